"""Examples in the document of the API: one story of one day, with invented people."""

from __future__ import annotations

from typing import Any

_EVENT, _SESSION = "0193a1c0-0000-7000-8000-000000000001", "0193a1c0-0000-7000-8000-000000000002"
_PERSON, _VISIT = "0193a1c0-0000-7000-8000-000000000003", "0193a1c0-0000-7000-8000-000000000004"
_RECORD = "0193a1c0-0000-7000-8000-000000000005"

_event_sent: dict[str, Any] = {
    "title": "Perekaman di SMA Negeri 1",
    "kind": "jemput_bola",
    "office": "13.75",
    "village": "13.75.01.1001",
    "place": "Aula SMA Negeri 1",
    "starts_on": "2024-11-15",
    "ends_on": "2024-11-15",
    "services": ["recording", "ikd_activation"],
}
_event: dict[str, Any] = {
    "id": _EVENT,
    **_event_sent,
    "state": "draft",
    "place_kind": "other",
    "target_group": "",
    "programme": "",
    "holiday_reason": "",
    "neutrality_signed_at": None,
    "version": "3d5c0b7d2f6a4e1c",
    "proposal": None,
    "after_signature": [],
}
_session_sent = {
    "event": _EVENT,
    "starts_at": "2024-11-15T08:00:00+07:00",
    "ends_at": "2024-11-15T12:00:00+07:00",
    "capacity": {"recording": 100, "ikd_activation": 50},
}
_session = {
    "id": _SESSION,
    **_session_sent,
    "starts_at": "2024-11-15T01:00:00Z",
    "ends_at": "2024-11-15T05:00:00Z",
    "free": {"recording": 100, "ikd_activation": 50},
    "out": {"recording": 0, "ikd_activation": 0},
    "version": "8a1f0e52c9d7b364",
}
_person_sent: dict[str, Any] = {
    "nik": "9975015511070001",
    "name": "Siti Contoh",
    "birth_date": "2007-11-15",
    "sex": "F",
    "village": "13.75.01.1001",
}
_person: dict[str, Any] = {
    "id": _PERSON,
    "office": "13.75",
    "village": "13.75.01.1001",
    "village_name": "Bukit Cangang Kayu Ramang",
    "name": "Siti Contoh",
    "nik_masked": "997501··········7F",
    "birth_date": "2007-11-15",
    "sex": "F",
    "marital_status": "single",
    "address": "",
    "rt": "",
    "rw": "",
    "stage": "due",
    "record_from": "2023-11-15",
    "print_from": "2024-11-15",
    "handover_from": "2024-11-15",
    "overdue_from": "2029-11-15",
    "recorded": False,
    "recorded_on": None,
    "is_example": True,
    "off_roll_since": None,
}
_visit = {
    "id": _VISIT,
    "session": _SESSION,
    "event": _EVENT,
    "resident": _PERSON,
    "services": ["recording"],
    "ticket": "K7M2QX",
    "places": {"recording": 17},
    "expected_at": "2024-11-15T01:15:00Z",
    "state": "booked",
}
_record_sent = {
    "id": _RECORD,
    "service": "recording",
    "outcome": "done",
    "resident": _PERSON,
    "session": _SESSION,
    "occurred_at": "2024-11-15T09:12:00+07:00",
}
_record = {
    "id": _RECORD,
    "kind": "record",
    "office": "13.75",
    "seq": 4711,
    "service": "recording",
    "outcome": "done",
    "reason": "",
    "category": "pemula",
    "resident": _PERSON,
    "domicile": "13.75.01.1001",
    "place": "13.75.01.1001",
    "event": _EVENT,
    "session": _SESSION,
    "occurred_at": "2024-11-15T02:12:00Z",
    "timezone": "Asia/Jakarta",
    "service_date": "2024-11-15",
    "received_at": "2024-11-15T02:12:01Z",
    "weight": 1,
    "set_aside": False,
    "set_aside_code": "",
    "card_used": "",
    "hash": "5f" * 32,
}

_document_sent: dict[str, Any] = {
    "id": "0193a1c0-0000-7000-8000-000000000009",
    "resident": _PERSON,
    "service": "family_card",
    "for_whom": "family",
    "event": _EVENT,
    "here": ["Kartu keluarga (KK) lama"],
}
_document: dict[str, Any] = {
    **{name: _document_sent[name] for name in ("id", "resident", "service", "for_whom", "event")},
    "name": "Siti Contoh",
    "nik_masked": "997501··········7F",
    "office": "13.75",
    "village": "13.75.01.1001",
    "state": "incomplete",
    "asked_papers": ["Kartu keluarga (KK) lama", "Formulir F-1.02"],
    "lacks": ["Formulir F-1.02"],
    **dict.fromkeys(("refused_because", "relation", "proof"), ""),
    **dict.fromkeys(("record", "ready_at", "handed_at")),
    "taken_at": "2024-11-15T02:20:00Z",
    "version": "b0c5a7d1e2f34a68-1f40a9",
}
_document_out: dict[str, Any] = {
    **_document,
    "state": "handed_over",
    "lacks": [],
    "relation": "family",
    "proof": "kk",
    "record": _RECORD,
    "ready_at": "2024-11-18T03:00:00Z",
    "handed_at": "2024-11-19T02:05:00Z",
}

#: Of calls whose view says nothing of its own: what they do.
_election_sent: dict[str, Any] = {
    "name": "Pilkada Serentak 2024",
    "kind": "pilkada",
    "region": "13.75",
    "held_on": "2024-11-27",
    "source": "PKPU 2/2024",
}
_election: dict[str, Any] = {
    "id": 7,
    "name": "Pilkada Serentak 2024",
    "kind": "pilkada",
    "region": "13.75",
    "offices": [],
    "state": "planned",
    "held_on": "2024-11-27",
    "listed_from": "2024-11-08",
    "history": [
        {
            "at": "2024-11-08T03:00:00Z",
            "by": 4,
            "held_on": "2024-11-27",
            "state": "planned",
            "source": "PKPU 2/2024",
        }
    ],
}
_opening_sent: dict[str, Any] = {
    "office": "13.75",
    "election": 7,
    "day": "2024-11-27",
    "from": "08:00",
    "until": "14:00",
    "shifts": 2,
}
_opening: dict[str, Any] = {
    "id": "0193a1c0-0000-7000-8000-000000000006",
    "office": "13.75",
    "name": "Kota Bukittinggi",
    "point": None,
    "election": 7,
    "event": None,
    "day": "2024-11-27",
    "from": "08:00",
    "until": "14:00",
    "zone": "Asia/Jakarta",
    "shifts": 2,
    "consult_only": False,
    "reason": "",
    "heartbeat": None,
    "opened_at": None,
    "colour": "",
}
_movement_sent: dict[str, Any] = {
    "id": "0193a1c0-0000-7000-8000-000000000007",
    "item": "card",
    "source": "in_transit:13.75",
    "target": "office:13.75",
    "quantity": 4000,
    "document": "050/08/BA-DUKCAPIL/II/2026",
    "occurred_at": "2024-11-15T08:00:00+07:00",
}
_movement: dict[str, Any] = {
    **_movement_sent,
    "act": "move",
    "occurred_at": "2024-11-15T01:00:00Z",
    "received_at": "2024-11-15T01:04:11Z",
    **dict.fromkeys(("event", "record", "minutes")),
    "by": 4,
    **dict.fromkeys(("reason", "supplier", "funds"), ""),
    "witnesses": [],
}
_count_sent: dict[str, Any] = {
    "id": "0193a1c0-0000-7000-8000-000000000008",
    "account": "office:13.75",
    "item": "card",
    "physical": 4997,
    "counted_at": "2024-11-15T16:00:00+07:00",
    "team": [{"name": "Siti Rahma", "function": "Pengurus barang"}],
    "reason": "Tiga keping rusak belum dicatat",
}
_count: dict[str, Any] = {
    **_count_sent,
    "system": 5000,
    "difference": -3,
    "counted_at": "2024-11-15T09:00:00Z",
    "received_at": "2024-11-15T09:12:40Z",
    "by": 4,
}

_PLAN = "0193a1c0-0000-7000-8000-000000000009"
_plan_sent: dict[str, Any] = {"office": "13.75", "from": "2024-11-18", "until": "2024-11-26"}
_plan: dict[str, Any] = {
    "id": _PLAN,
    "office": "13.75",
    "state": "done",
    "progress": 100,
    "seconds": None,
    "cut": "2024-11-15T02:10:00Z",
    "inputs_changed_at": None,
    "objective": 96000,
    "bound": 98500,
    "bound_scope": "all",
    "refused": None,
    "plan": {
        "format": "jemput-bola-plan/1",
        "instance": "13.75 2024-11-18",
        "duties": [
            {
                "team": "T1",
                "date": "2024-11-18",
                "kits": ["K1"],
                "start": "13.75",
                "end": "13.75",
                "depart": 455,
                "return": 880,
                "stops": [
                    {
                        "site": "13.75.01.1001",
                        "arrive": 480,
                        "begin": 480,
                        "minutes": 335,
                        "expected": 48,
                    }
                ],
            }
        ],
        "objective": 96000,
        "expected": 48,
        "cost": {"13.75": 650000},
        "bound": 98500,
        "all_priced": True,
        "proven": False,
        "relaxed": [],
    },
    "left_out": [{"site": "13.75.01.1002", "reason": "no_date", "numbers": {}}],
    "one_more": [
        {"what": "team", "plan": None, "people": None, "points": None, "noise": 0},
        {"what": "kit", "plan": None, "people": None, "points": None, "noise": 0},
        {"what": "money", "plan": None, "people": None, "points": None, "noise": 0},
    ],
}

SUMMARIES = {
    "appointments_cancel_create": "Cancel a booking; its places go to who waits",
    "appointments_check_in_create": "Somebody is here and gets a number of the queue",
    "appointments_create": "Book somebody for services of a session",
    "appointments_list": "Bookings of a session or event",
    "appointments_retrieve": "One booking",
    "elections_create": "Enter an election with its day and source",
    "elections_decisions_create": "An election is moved, cancelled or planned again",
    "elections_list": "Elections of a region, with what was decided when",
    "local_days_create": "Open or close a day for the offices of a region",
    "local_days_list": "What regions decided of days",
    "office_counts_retrieve": "What the own office counted of a day without persons",
    "openings_create": "An office opens on a day off or an election day",
    "openings_heartbeat_create": "An office says that it is open",
    "openings_list": "Openings by region, day and election, with their last sign",
    "points_create": "Name a point of service",
    "points_list": "Points of service of an office",
    "events_approve_create": "The head signs: open to booking",
    "events_cancel_create": "Cancel an event",
    "events_close_create": "Close an event",
    "events_create": "Plan an event",
    "events_list": "Events by office, day, state and kind",
    "events_partial_update": "Change an event, or propose a change of one that was signed",
    "events_retrieve": "One event, with the version that a signature names",
    "files_retrieve": "Whether a file is ready",
    "messages_list": "Messages of a booking, session or event",
    "residents_create": "Register somebody",
    "residents_list": "People of your office",
    "plans_create": "Ask for a plan: of an office and its days, or of an instance that is sent",
    "plans_instance": "What a plan was made from",
    "plans_retrieve": "How far a plan is, and the plan",
    "plans_stop_create": "End a plan that waits or is being made",
    "residents_retrieve": "One person",
    "service_records_accept_create": "Let a record count that was set aside",
    "service_records_create": "Log a service",
    "service_records_list": "Rows of the ledger",
    "service_records_retrieve": "One row of the ledger",
    "service_records_void_create": "Take a record back, by a row of its own",
    "sessions_create": "Open hours with places",
    "sessions_list": "Sessions by event and day",
    "sessions_partial_update": "Change a session",
    "sessions_retrieve": "One session, with what is free",
    "stock_counts_create": "Count what lies in a place; the first count opens a store",
    "stock_list": "What offices have of cards, and how long it lasts",
    "stock_movements_create": "Cards go from one place to another",
    "stock_movements_list": "What went in and out of a region's places",
    "stock_requests_create": "An office asks its province for cards",
    "stock_requests_decide_create": "The province says how many it gives",
    "stock_requests_list": "What offices asked for, and what was granted",
    "webhooks_end_create": "Tell an address no more",
}

#: operation -> (body, answer)
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "stock_movements_create": (_movement_sent, _movement),
    "stock_counts_create": (_count_sent, _count),
    "elections_create": (_election_sent, _election),
    "openings_create": (_opening_sent, _opening),
    "events_create": (_event_sent, _event),
    "events_approve_create": (
        {"neutrality_signed": True, "version": "3d5c0b7d2f6a4e1c"},
        {**_event, "state": "approved", "neutrality_signed_at": "2024-11-08T03:00:00Z"},
    ),
    "sessions_create": (_session_sent, _session),
    "residents_create": (_person_sent, {**_person, "category": "pemula", "warnings": []}),
    "residents_search_create": (
        {"name": "siti con", "village": "13.75.01.1001"},
        {"results": [_person], "more": False},
    ),
    "appointments_create": (
        {"session": _SESSION, "resident": _PERSON, "services": ["recording"]},
        _visit,
    ),
    "service_records_create": (_record_sent, {**_record, "warnings": []}),
    "service_records_batch_create": (
        {"records": [_record_sent]},
        {"results": [{"id": _RECORD, "status": "created"}]},
    ),
    "service_records_void_create": (
        {"reason": "orang yang salah dipilih"},
        {**_record, "id": "0193a1c0-0000-7000-8000-000000000006", "kind": "void", "weight": -1},
    ),
    "documents_create": (_document_sent, _document),
    "documents_hand_over_create": (
        {"relation": "family", "proof": "kk", "name": "Rahmat Contoh"},
        _document_out,
    ),
    "daily_reports_create": (
        {"date": "2024-11-15", "region": "13.75"},
        {"status": "/api/v1/daily-reports/status/?region=13.75&date=2024-11-15"},
    ),
    "files_create": ({"kind": "pdf", "region": "18", "level": "regency"}, None),
    "plans_create": (
        _plan_sent,
        {"id": _PLAN, "status": f"/api/v1/plans/{_PLAN}/", "seconds": 20},
    ),
    "plans_retrieve": (None, _plan),
    "webhooks_create": ({"url": "https://contoh.go.id/dukcapil"}, None),
}
