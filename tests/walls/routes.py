"""The written list of addresses: who gets through, and aimed at what. A new address stands here first.

Hand-written on purpose: it does not read `permissions.py`, so that a slip there is seen here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from dukcapil.core.ids import uuid7
from tests.walls.board import Board, Place
from tests.world import CLOSING, nik, today

DESK = frozenset({"operator", "head", "neighbour"})
PROVINCES = frozenset({"province_officer", "other_province_officer"})
LOOK = DESK | PROVINCES
PEOPLE = LOOK | {"village_verifier"}
#: Who says what was found out about people.
FINDS = DESK | {"village_verifier"}
EVENTS = LOOK | {"nation_viewer", "api_client"}
EVERYBODY = PEOPLE | {"nation_viewer", "api_client", "administrator"}
#: Reports are those of a regency: who sees one village has none.
REPORTS = EVERYBODY - {"village_verifier"}
#: Who follows up what hinders an office.
FOLLOWS = LOOK
#: Who is told of what goes wrong, and who says what is told.
TOLD = LOOK | {"administrator"}
SAYS = frozenset({"head", "administrator"}) | PROVINCES
HEAD = frozenset({"head"})
STAFF = frozenset({"head", "administrator"})
#: Who may be the second person of a proposal about staff.
SECOND = STAFF | PROVINCES
REVIEW = HEAD | PROVINCES
#: Who writes down a breach of data.
BREACHED = REVIEW | {"administrator"}
BUILD = HEAD | PROVINCES | {"api_client"}
NOBODY: frozenset[str] = frozenset()
#: Anybody's program: published figures, and nothing of the house.
PUBLIC = frozenset({"public_client"})
PROGRAMS = PUBLIC | {"api_client"}
#: Who brings bases, who decides about them and sets targets.
BRINGS = HEAD | PROVINCES | {"administrator"}
DECIDES = PROVINCES | {"administrator"}
#: Nobody has to log in; no person behind it.
OPEN = EVERYBODY | PUBLIC | {"former_operator", "anonymous"}
#: Everybody with an account: log-in matters, whatever the posting.
ACCOUNT = EVERYBODY | PUBLIC | {"former_operator"}

Body = Callable[[Board, Place], Any]


@dataclass(frozen=True)
class Route:
    get: frozenset[str] = NOBODY
    post: frozenset[str] = NOBODY
    patch: frozenset[str] = NOBODY
    delete: frozenset[str] = NOBODY
    #: What the address names, when it names something; whose reach decides.
    kind: str = ""
    #: A body that would work, aimed at the place.
    body: Body | None = None
    #: The day belongs into the address, else a page answers with a redirect to it.
    dated: bool = False
    #: Which thing of the place the address names, where it is not the first of its kind.
    aims: dict[str, str] = field(default_factory=dict)
    #: What the body names, when the address names nothing.
    names: str = ""
    #: It is named in a field that is typed: what is not theirs is refused there, as what there is not.
    typed: bool = False
    #: Answered by allauth or by the session alone: no posting is asked for.
    account: bool = False
    #: Shows approved events to anybody; people are looked for all the same.
    public: bool = False


def _page(get: frozenset[str], kind: str = "", **more: Any) -> Route:
    return Route(get, more.pop("post", get), kind=kind, **more)


def _reason(board: Board, place: Place) -> dict[str, Any]:
    return {"reason": "uji tembok data warga"}


def _event(board: Board, place: Place) -> dict[str, Any]:
    return {
        "title": "Uji",
        "kind": "gebyar",
        "village": place.village,
        "place": "Aula",
        "place_kind": "office",
        "starts_on": str(today() + timedelta(days=3)),
        "ends_on": str(today() + timedelta(days=3)),
        "services": ["recording"],
    }


def _person(board: Board, place: Place) -> dict[str, Any]:
    from datetime import date  # noqa: PLC0415

    return {
        "nik": nik(date(1991, 2, 3)).text,
        "name": "Warga Uji",
        "birth_date": "1991-02-03",
        "sex": "M",
        "marital_status": "single",
        "village": place.village,
    }


def _correction(board: Board, place: Place) -> dict[str, Any]:
    return {**_person(board, place), "birth_date": "1990-01-01", "reason": "uji tembok"}


def _corrected(board: Board, place: Place) -> dict[str, Any]:
    return {"address": "Jl. Uji Tembok 1", "reason": "uji tembok"}


def _number(board: Board, place: Place) -> dict[str, Any]:
    from datetime import date  # noqa: PLC0415

    return {"nik": nik(date(1991, 2, 3)).text, "reason": "uji tembok"}


def _record(board: Board, place: Place) -> dict[str, Any]:
    return {
        "id": str(uuid7()),
        "service": "family_card",
        "outcome": "done",
        "resident": str(place.resident),
        "occurred_at": (timezone.now() - timedelta(minutes=1)).isoformat(),
    }


def _booking(board: Board, place: Place) -> dict[str, Any]:
    return {
        "session": str(place.session),
        "resident": str(place.free_resident),
        "services": ["recording"],
    }


def _status(board: Board, place: Place) -> dict[str, Any]:
    return {
        "resident": str(place.free_resident),
        "code": "PROCESSING",
        "at": timezone.now().isoformat(),
        "source": "SIAK",
    }


def _paper_rule(board: Board, place: Place) -> dict[str, Any]:
    days = {"days_before_open": "9", "days_before_close": "0"}
    return {
        "do": "rule",
        "election": str(place.election),
        "kind": "suket",
        "source": "SK 3",
        **days,
    }


def _plan_floor(board: Board, place: Place) -> dict[str, Any]:
    return {
        "do": "floor",
        "district": place.village[:8],
        "min_visits": "1",
        "from_day": str(today()),
        "until_day": str(today()),
    }


def _paper(board: Board, place: Place) -> dict[str, Any]:
    return {
        "id": str(uuid7()),
        "kind": "biodata",
        "resident": str(place.resident),
        "reason": "Diminta warga",
    }


def _document(board: Board, place: Place) -> dict[str, Any]:
    return {
        "id": str(uuid7()),
        "resident": str(place.free_resident),
        "service": "moving_in",
        "for_whom": "family",
        "here": [],
    }


def _found(board: Board, place: Place) -> dict[str, Any]:
    return {"resident": str(place.free_resident), "outcome": "not_met"}


def _burial(board: Board, place: Place) -> dict[str, Any]:
    return {
        "name": "Almarhum Uji",
        "died_on": str(today()),
        "buried_on": str(today()),
        "village": place.village,
        "cemetery": "TPU Uji",
        "reporter": "Pelapor Uji",
        "relation": "child",
    }


def _digits(place: Place) -> str:
    return place.village.replace(".", "")


def _class_visit(board: Board, place: Place) -> dict[str, Any]:
    tomorrow = str(today() + timedelta(days=1))
    return {"do": "visit", "starts_on": tomorrow, "begins": "08:00", "ends": "09:00", "kits": "1"}


def _session(board: Board, place: Place) -> dict[str, Any]:
    return {
        "event": str(place.event),
        "starts_at": f"{today()}T08:00:00+07:00",
        "ends_at": f"{today()}T09:00:00+07:00",
        "capacity": {"recording": 1},
    }


def _election(board: Board, place: Place) -> dict[str, Any]:
    return {
        "name": "Pilkada uji",
        "kind": "pilkada",
        "region": place.office,
        "source": "SK 1",
        "held_on": str(today() + timedelta(days=40)),
    }


def _received(board: Board, place: Place) -> dict[str, Any]:
    return {
        "id": str(uuid7()),
        "item": "card",
        "source": "centre",
        "target": f"office:{place.office}",
        "quantity": 5,
        "document": "Uji tembok",
        "occurred_at": timezone.now().isoformat(),
    }


def _counted(board: Board, place: Place) -> dict[str, Any]:
    return {
        "id": str(uuid7()),
        "account": f"office:{place.office}",
        "item": "card",
        "physical": 500,
        "counted_at": timezone.now().isoformat(),
        "team": [{"name": "Siti Rahma", "function": "Pengurus barang"}],
    }


def _opening(board: Board, place: Place) -> dict[str, Any]:
    """On a Sunday; that of the board is on a Saturday."""
    sunday = today() + timedelta(days=6 - today().weekday())
    return {"office": place.office, "day": str(sunday), "from": "07:00", "until": "14:00"}


def backday() -> str:
    return str(today() - timedelta(days=1))


def _places(board: Board, place: Place) -> dict[str, Any]:
    return {"capacity_recording": "12", "capacity_ikd_activation": "9", "capacity_family_card": "0"}


def _request(board: Board, place: Place) -> dict[str, Any]:
    return {
        "village": place.village,
        "place": "Panti Contoh",
        "people": "12",
        "services": ["recording"],
        "reason": "together",
        "partner_kind": "social",
        "partner": "Dinas Sosial",
    }


ROUTES: dict[str, Route] = {
    # Pages of the day
    "home": Route(ACCOUNT, account=True),
    "today": Route(
        EVERYBODY,
        DESK,
        body=lambda b, p: {"day": str(today() - timedelta(days=1)), "nil_reason": "closed"},
    ),
    # A television shows the events of the public schedule, and no other.
    "screen": Route(EVERYBODY, public=True),
    "screen-region": Route(EVERYBODY, kind="region", public=True),
    "evaluation-own": Route(EVERYBODY),
    "evaluation": Route(EVERYBODY, kind="region"),
    "log": _page(
        DESK,
        body=lambda b, p: {"do": "find", "q": p.number},
    ),
    # Figures
    "coverage": Route(EVERYBODY),
    "coverage-region": Route(EVERYBODY, kind="region"),
    "coverage-trend": Route(EVERYBODY, kind="region"),
    "coverage-compare": Route(EVERYBODY, kind="region"),
    "coverage-why": Route(EVERYBODY, kind="region"),
    "coverage-ages": Route(EVERYBODY, kind="region"),
    "coverage-files": _page(EVERYBODY, "region"),
    "coverage-file": _page(EVERYBODY, "file"),
    "bases": _page(EVERYBODY),
    "basis-new": _page(BRINGS),
    "basis-preview": _page(BRINGS),
    "basis-template": Route(BRINGS),
    "basis": _page(EVERYBODY, post=DECIDES, body=lambda b, p: {"do": "approve"}, names="region"),
    "targets": _page(EVERYBODY, post=DECIDES),
    "releases": _page(EVERYBODY, post=frozenset({"administrator"})),
    "desk-own": Route(EVERYBODY),
    "desk-board": Route(REPORTS, kind="region"),
    "desk-report": Route(REPORTS, kind="region"),
    "desk-file": Route(REPORTS, kind="region"),
    "desk-incidents": _page(FOLLOWS, "region"),
    "desk-outages": _page(FOLLOWS, "region"),
    "desk-tasks": _page(FOLLOWS, "region"),
    "desk-calls": _page(FOLLOWS, "region"),
    "desk-commitments": _page(FOLLOWS, "region"),
    "plans": _page(LOOK, post=HEAD | PROVINCES),
    "plan": _page(LOOK, "plan", post=HEAD | PROVINCES, body=lambda b, p: {"do": "stop"}),
    "plan-compare": Route(LOOK, kind="plan", aims={"other_id": "plan"}),
    "stock-own": Route(EVERYBODY),
    # Carried out by the stock keeper of a province alone; of an office it leads to its page.
    "stock-region": _page(REPORTS, "region", post=NOBODY),
    "stock-office": _page(REPORTS, "region", post=DESK),
    "stock-statement": Route(REPORTS, kind="region"),
    "stock-counts": Route(REPORTS, kind="region"),
    "stock-count": _page(DESK, "region"),
    "stock-write": Route(DESK, kind="region"),
    "stock-move": _page(DESK, "region"),
    "stock-requests": _page(REPORTS, "region", post=DESK),
    "stock-request": _page(REPORTS, "opening", post=PROVINCES),
    "stock-sheet": Route(LOOK, kind="stock"),
    "editions": _page(EVERYBODY, post=PROVINCES),
    "edition": _page(EVERYBODY, "edition"),
    "edition-file": Route(EVERYBODY, kind="edition"),
    "daily": _page(REPORTS),
    "daily-region": _page(REPORTS, "region", post=BUILD, dated=True),
    "daily-file": Route(REPORTS, kind="region"),
    "day-row": Route(REPORTS, kind="region"),
    "daily-difference": Route(REPORTS, kind="region", dated=True),
    # Events
    "events": _page(EVENTS),
    "event-new": _page(DESK, body=_event),
    "event": _page(EVENTS, "event", post=DESK, body=lambda b, p: {"do": "cancel", "reason": "uji"}),
    # The board's events are approved: a clerk's change waits for the head, who signs.
    "event-edit": _page(DESK, "event", body=_event),
    "event-approve": _page(HEAD, "event"),
    "event-move": _page(DESK, "event"),
    "event-missing": _page(LOOK, "event", post=DESK),
    "event-groups": _page(LOOK, "event"),
    "event-copy": _page(DESK, "event"),
    "event-stations": _page(DESK, "event"),
    "event-team": _page(DESK, "event"),
    "event-notes": _page(DESK, "event"),
    "event-outages": _page(LOOK, "event"),
    "devices": _page(EVENTS, post=DESK),
    "device": _page(
        EVENTS, "device", post=FOLLOWS, body=lambda b, p: {"do": "faulty", "what": "Uji tembok"}
    ),
    "device-labels": Route(DESK),
    "event-report": _page(LOOK, "event"),
    "event-minutes": Route(LOOK, kind="event"),
    "event-recap": _page(LOOK),
    "requests": _page(
        LOOK,
        post=DESK,
        body=lambda b, p: {
            "requests": [str(p.request)],
            "starts_on": str(today() + timedelta(days=1)),
        },
        names="people",
    ),
    "request-new": _page(DESK, body=_request),
    "request": _page(LOOK, "people", post=DESK, body=lambda b, p: {"because": "moved"}),
    "documents": Route(LOOK, names="people"),
    "document-new": _page(DESK, "people", body=lambda b, p: {"for_whom": "self"}),
    "document-counts": _page(DESK, body=lambda b, p: {"moving": "3"}),
    "document": _page(
        LOOK, "people", post=DESK, body=lambda b, p: {"do": "refuse", "because": "data"}
    ),
    # Of the own region; set by who keeps the list there.
    "requirements": _page(
        EVERYBODY,
        post=STAFF,
        body=lambda b, p: {"service": "moving", "papers": "KK", "source": "SK 4"},
    ),
    "resources": _page(DESK),
    "loan": _page(DESK, "event", post=NOBODY),
    "calendar": _page(EVENTS, post=DESK),
    "calendar-feed": Route(OPEN, account=True),
    "schedule": Route(OPEN, account=True, public=True),
    "schedule-feed": Route(OPEN, account=True, public=True),
    "elections": _page(EVERYBODY, post=DECIDES),
    "election": _page(DECIDES, "region"),
    "local-days": _page(EVERYBODY, post=DECIDES),
    "openings": _page(EVERYBODY, post=DESK),
    "opening": _page(EVERYBODY, "opening", post=DESK, body=lambda b, p: {"do": "link"}),
    "opening-phone": Route(OPEN, OPEN, account=True),
    "session-new": _page(DESK, "event"),
    "session-places": _page(DESK, "event", body=_places),
    "session": _page(
        LOOK, "event", post=DESK, body=lambda b, p: {"do": "check-in", "ticket": p.ticket}
    ),
    "book": _page(
        DESK,
        "event",
        body=lambda b, p: {
            "do": "book",
            "resident": str(p.free_resident),
            "services": ["recording"],
        },
    ),
    # What plans are made from: counts of places, no person.
    "plan-inputs-own": Route(LOOK),
    "plan-inputs": Route(LOOK, kind="plan"),
    "plan-site": _page(
        LOOK,
        "plan",
        post=HEAD,
        body=lambda b, p: {
            "do": "close",
            "from_day": str(today()),
            "until_day": str(today()),
            "why": "Ujian",
        },
    ),
    "plan-days": _page(LOOK, "plan", post=HEAD, body=_plan_floor),
    "plan-ways": _page(
        LOOK,
        "plan",
        post=HEAD,
        body=lambda b, p: {"do": "leg", "target": p.village, "minutes": "40", "km": "12"},
    ),
    "plan-rules": _page(
        LOOK,
        "plan",
        post=HEAD,
        body=lambda b, p: {
            "do": "turnout",
            "kind": "village",
            "visit": "1",
            "per_thousand": "400",
            "valid_from": str(today()),
            "source": "SK 5",
        },
    ),
    "alerts": Route(TOLD),
    "alert": _page(TOLD, "alert", body=lambda b, p: {"note": "Uji tembok"}),
    "alert-rules-own": Route(
        TOLD,
        SAYS,
        body=lambda b, p: {
            "kind": "no_report",
            "is_on": "on",
            "number": "2",
            "reason": "Uji tembok",
            # The page draws these once a kind is chosen.
            **dict.fromkeys(["quiet_from", "quiet_until", "valid_from", "version", "shown"], ""),
        },
    ),
    "alert-rules": Route(TOLD, kind="region"),
    "alert-address": _page(
        TOLD,
        body=lambda b, p: {"do": "agree", "email": "uji@contoh.id", "agreed": "on"},
    ),
    "desk": _page(DESK, "event", body=lambda b, p: {"do": "find", "q": p.ticket}),
    "board": _page(LOOK, "event"),
    "group-new": _page(DESK, "event"),
    "group": _page(LOOK, "event", post=DESK, body=lambda b, p: {"do": "present"}),
    "group-slips": _page(LOOK, "event"),
    "group-handover": _page(
        LOOK, "event", post=DESK, body=lambda b, p: {"receiver": "self", "proof": "ktp"}
    ),
    "list-draft": _page(DESK, "draft", body=lambda b, p: {"do": "book", "version": "2"}),
    "waiting": _page(LOOK, "event", post=DESK),
    "print-list": _page(LOOK, "event"),
    "appointment": _page(LOOK, "people", post=DESK, body=lambda b, p: {"do": "cancel"}),
    # People
    "print-rules": _page(HEAD, body=lambda b, p: {"days": "7", "source": "SK 3"}),
    "residents": _page(PEOPLE, body=lambda b, p: {"q": p.number}),
    "resident-new": _page(DESK, body=_person),
    "resident": _page(
        PEOPLE,
        "people",
        post=DESK,
        body=lambda b, p: {"do": "reveal", "reason": "uji tembok data warga", "case": p.ticket},
    ),
    "resident-correct": _page(DESK, "people", body=_correction),
    "resident-nik": _page(DESK, "people", body=_number),
    "resident-merge": _page(
        HEAD, "people", body=lambda b, p: {"into": str(p.free_resident), "reason": "uji tembok"}
    ),
    "resident-reopen": _page(
        REVIEW,
        "people",
        body=lambda b, p: {"reason": "deleted", "may_return_on": str(today()), "evidence": ""},
    ),
    "resident-erase": _page(
        HEAD, "people", body=lambda b, p: {"reason": "uji", "case": "1/2026", "read": "on"}
    ),
    "breaches": _page(
        BREACHED,
        body=lambda b, p: {
            "what": "Uji tembok",
            "kinds": "nama",
            "noticed_at": f"{today()}T00:00",
            "offices": [p.office],
            "people": "",
        },
    ),
    "breach": _page(
        BREACHED, "breach", body=lambda b, p: {"text": "Uji tembok", "people": "", "told_at": ""}
    ),
    "retention": _page(
        BREACHED,
        post=frozenset({"administrator"}),
        body=lambda b, p: {"what": "proposals", "keep_days": "60", "source": "SK 4", "since": ""},
    ),
    "corrections": _page(DESK),
    "correction": _page(DESK, "people", body=lambda b, p: {"do": "accept"}),
    # Papers in place of a card; the one page is for whoever holds one.
    "papers": _page(
        DESK,
        body=lambda b, p: {"do": "void", "paper": str(p.paper), "reason": "Salah cetak"},
        names="people",
    ),
    "paper-rules": _page(HEAD | PROVINCES, body=_paper_rule),
    "paper-issue": _page(DESK, "people", body=lambda b, p: {"do": "issue", "kind": "biodata"}),
    "paper-file": _page(DESK, "people"),
    "paper-open": Route(OPEN, account=True),
    # What was found out about people, and the village that looks.
    "findings": _page(
        PEOPLE,
        post=REVIEW,
        body=lambda b, p: {"do": "refuse", "finding": str(p.finding), "why": "other"},
        names="people",
    ),
    # What SIAK says of recordings.
    "statuses": _page(
        LOOK,
        post=DESK,
        body=lambda b, p: {
            "do": "bring",
            "as_of": str(today()),
            "said_by": "SIAK",
            "pasted": "NIK;Status\n1375010101011234;PRR",
        },
    ),
    "to-print": _page(LOOK, post=DESK, body=lambda b, p: {"do": "print"}),
    "uncollected": _page(LOOK, post=DESK),
    "card-handover": _page(
        LOOK, "people", post=DESK, body=lambda b, p: {"receiver": "self", "proof": "ktp"}
    ),
    "status-import": _page(LOOK, "people", post=DESK, body=lambda b, p: {"do": "drop"}),
    "resident-status": _page(
        LOOK,
        "people",
        post=DESK,
        body=lambda b, p: {"code": "PROCESSING", "at": str(today()), "source": "SIAK"},
    ),
    "verify": _page(
        FINDS,
        post=DESK,
        body=lambda b, p: {"desa": p.village, "due": str(today())},
        names="people",
    ),
    "verify-person": _page(FINDS, "people", body=lambda b, p: {"outcome": "not_met"}),
    "verify-minutes": _page(FINDS),
    "minutes-file": _page(PEOPLE, "people"),
    "set-aside": _page(
        REVIEW,
        body=lambda b, p: {
            "do": "void",
            "record": str(p.record),
            "reason": "uji tembok data warga",
        },
        names="people",
    ),
    "venues": _page(
        LOOK,
        post=DESK,
        body=lambda b, p: {"kind": "school", "name": "SMA Uji", "village": _digits(p)},
    ),
    "venue": _page(
        LOOK,
        "venue",
        post=DESK,
        body=lambda b, p: {"do": "change", "name": "SMA Uji Tembok", "village": _digits(p)},
    ),
    "roster": _page(LOOK, "venue", post=DESK, body=_class_visit),
    "person-groups": Route(HEAD),
    "resident-groups": _page(HEAD, "people", body=lambda b, p: {"group": "remote"}),
    "imports": _page(HEAD),
    "import": _page(HEAD, "import", body=lambda b, p: {"do": "discard"}),
    "import-gone": _page(
        HEAD,
        "import",
        aims={"import_id": "written"},
        body=lambda b, p: {"do": "stays", "village": p.village},
    ),
    "arrivals": _page(DESK),
    "burials": _page(LOOK, post=DESK, body=lambda b, p: {"do": "match"}),
    "burial-new": _page(DESK, body=_burial, names="burial", typed=True),
    "burial-report": _page(LOOK, body=lambda b, p: {"do": "send"}),
    "burial-report-file": _page(LOOK, "burial report"),
    "plan-visits": _page(LOOK, "plan", post=DESK, body=lambda b, p: {"do": "events", "stops": "1"}),
    "burial": _page(
        LOOK, "burial", body=lambda b, p: {"do": "void", "reason": "uji tembok data warga"}
    ),
    "burial-correct": _page(
        DESK, "burial", body=lambda b, p: {**_burial(b, p), "reason": "uji tembok data warga"}
    ),
    "unrecorded": Route(EVERYBODY, REVIEW),
    "unrecorded-region": Route(EVERYBODY, REVIEW, kind="region"),
    "bench": _page(
        PEOPLE,
        "people",
        post=DESK,
        body=lambda b, p: {"do": "hand", "everybody": "1", "hand-next_step": "verify"},
    ),
    "bench-visit": _page(
        DESK,
        "people",
        body=lambda b, p: {
            "do": "plan",
            "people": [str(p.entry)],
            "services": ["recording"],
            "kits": "0",
            "starts_on": str(today() + timedelta(days=9)),
            "begins": "08:00",
            "ends": "12:00",
            "place": "Balai",
            "others": "0",
        },
    ),
    "bench-entry": _page(
        PEOPLE,
        "people",
        post=DESK,
        body=lambda b, p: {"do": "contact", "contact-how": "phone", "contact-result": "told"},
    ),
    "seventeen": _page(PEOPLE, post=DESK),
    "first-day": _page(HEAD, post=NOBODY),
    "voters": _page(HEAD),
    "voter-list": _page(HEAD, "import", body=lambda b, p: {"do": "discard", "version": "1"}),
    "voter-decisions": _page(
        HEAD,
        "import",
        aims={"list_id": "matched"},
        body=lambda b, p: {"do": "later", "number": 2},
    ),
    "voter-codes": _page(
        HEAD, "import", body=lambda b, p: {"code": "T1", "meaning": "tni", "source": "Uji"}
    ),
    "no-voter": _page(
        HEAD, "people", body=lambda b, p: {"do": "say", "reason": "tni", "source": "Uji"}
    ),
    "exports": _page(HEAD, body=_reason),
    "export-file": _page(HEAD, "export"),
    "oversight": _page(REVIEW),
    # Staff and own account
    "staff": _page(STAFF),
    "staff-new": _page(STAFF),
    "staff-made": _page(STAFF, "staff"),
    "staff-number": _page(STAFF, "staff", body=lambda b, p: {"staff_number": "9903" + "1" * 12}),
    "staff-proposals": _page(
        SECOND,
        body=lambda b, p: {"do": "withdraw", "proposal": str(p.proposal)},
        names="proposal",
    ),
    "office-profile": _page(SECOND, body=lambda b, p: {"version": "0", "letterhead": "UJI"}),
    "posting-new": _page(STAFF, "staff"),
    "posting-end": _page(STAFF, "staff", body=lambda b, p: {"last_day": str(today())}),
    "access-reset": _page(STAFF, "staff", body=lambda b, p: {"factor": "on"}),
    "account": _page(EVERYBODY | PUBLIC),
    "token-new": _page(EVERYBODY | PUBLIC),
    "token-made": _page(EVERYBODY | PUBLIC),
    "account_login": _page(OPEN, account=True),
    "account_logout": _page(OPEN, account=True),
    "account_change_password": _page(ACCOUNT, account=True),
    "account_reauthenticate": _page(ACCOUNT, account=True),
    "mfa_authenticate": _page(OPEN, account=True),
    "usersessions_list": _page(ACCOUNT, account=True),
    "mfa_index": _page(ACCOUNT, account=True),
    "mfa_reauthenticate": _page(ACCOUNT, account=True),
    "mfa_activate_totp": _page(ACCOUNT, account=True),
    "mfa_deactivate_totp": _page(ACCOUNT, account=True),
    "mfa_view_recovery_codes": _page(ACCOUNT, account=True),
    "mfa_generate_recovery_codes": _page(ACCOUNT, account=True),
    "mfa_download_recovery_codes": _page(ACCOUNT, account=True),
    "set_language": _page(OPEN, account=True),
    "healthz": _page(OPEN, account=True),
    "readyz": _page(OPEN, account=True),
    "metrics": _page(OPEN, account=True),
    # API
    "api:ping": Route(EVERYBODY | PUBLIC),
    "api:schema": Route(OPEN, account=True),
    "api:docs": Route(OPEN, account=True),
    "api:docs-start": Route(OPEN, account=True),
    "api:regions": Route(EVERYBODY | PUBLIC),
    "api:events": Route(
        EVENTS, DESK, body=lambda b, p: _event(b, p) | {"office": p.office}, names="event"
    ),
    "api:event": Route(EVENTS, patch=DESK, kind="event", body=lambda b, p: {"title": "Uji tembok"}),
    "api:event-change-sign": Route(post=HEAD, kind="event", body=lambda b, p: {}),
    "api:event-change-withdraw": Route(post=DESK, kind="event", body=lambda b, p: {}),
    "api:event-seen": Route(post=HEAD, kind="event", body=lambda b, p: {}),
    "api:event-approve": Route(
        post=HEAD, kind="event", body=lambda b, p: {"neutrality_signed": True}
    ),
    "api:event-close": Route(post=HEAD, kind="event", body=lambda b, p: {"confirm": list(CLOSING)}),
    "api:event-reopen": Route(post=HEAD, kind="event", body=_reason),
    "api:event-cancel": Route(post=DESK, kind="event", body=_reason),
    "api:elections": Route(EVERYBODY, DECIDES, body=_election, names="region"),
    "api:election-decisions": Route(
        post=DECIDES, kind="region", body=lambda b, p: {"source": "SK 2"}
    ),
    "api:local-days": Route(
        EVERYBODY,
        DECIDES,
        body=lambda b, p: {
            "region": p.office,
            "day": str(today() + timedelta(days=9)),
            "kind": "open",
            "reason": "uji",
        },
        names="region",
    ),
    "api:points": Route(
        EVERYBODY,
        DESK,
        body=lambda b, p: {"office": p.office, "district": p.village[:8], "name": "UPT Uji"},
        names="event",
    ),
    "api:openings": Route(EVERYBODY, DESK, body=_opening, names="event"),
    "api:opening-heartbeat": Route(post=DESK, kind="opening", body=lambda b, p: {"state": "open"}),
    "api:sessions": Route(EVENTS, DESK, body=_session, names="event"),
    "api:session": Route(
        *(EVENTS, NOBODY, DESK, DESK),
        kind="event",
        body=lambda b, p: {"capacity": {"recording": 3}},
    ),
    "api:print-rules": Route(
        PEOPLE,
        HEAD,
        body=lambda b, p: {"office": p.office, "days": 7, "source": "SK 3"},
        names="region",
    ),
    "api:residents": Route(PEOPLE, DESK, body=_person),
    "api:resident-search": Route(post=PEOPLE, body=lambda b, p: {"nik": p.number}),
    "api:resident": Route(PEOPLE, patch=DESK, kind="people", body=_corrected),
    "api:resident-replace-nik": Route(post=DESK, kind="people", body=_number),
    "api:resident-merge": Route(
        post=HEAD,
        kind="people",
        body=lambda b, p: {"into": str(p.free_resident), "reason": "uji tembok"},
    ),
    "api:resident-reopen-recording": Route(
        post=REVIEW,
        kind="people",
        body=lambda b, p: {"reason": "deleted", "may_return_on": str(today())},
    ),
    "api:resident-erase": Route(
        post=HEAD, kind="people", body=lambda b, p: {"reason": "uji", "case": "1/2026"}
    ),
    # For nobody: a full number is shown on a page, never to a program.
    "api:resident-reveal": Route(kind="people", body=_reason),
    "api:burials": Route(
        LOOK, DESK, body=lambda b, p: {"id": str(uuid7()), **_burial(b, p)}, names="burial"
    ),
    "api:record-statuses": Route(LOOK, DESK, body=_status, names="people"),
    "api:documents": Route(LOOK, DESK, body=_document, names="people"),
    "api:document-totals": Route(LOOK),
    "api:document": Route(LOOK, kind="people"),
    "api:document-papers": Route(post=DESK, kind="people", body=lambda b, p: {"here": []}),
    "api:document-move": Route(post=DESK, kind="people", body=lambda b, p: {"state": "in_work"}),
    "api:document-hand-over": Route(
        post=DESK, kind="people", body=lambda b, p: {"relation": "self", "proof": "ktp"}
    ),
    "api:document-refuse": Route(post=DESK, kind="people", body=lambda b, p: {"because": "data"}),
    "api:office-counts": Route(
        DESK, DESK, body=lambda b, p: {"day": str(today()), "counts": {"moving": 3}}
    ),
    "api:papers": Route(DESK, DESK, body=_paper, names="people"),
    "api:paper-void": Route(post=DESK, kind="people", body=_reason),
    "api:paper-rules": Route(
        PEOPLE,
        HEAD | PROVINCES,
        body=lambda b, p: {
            "election": p.election,
            "kind": "suket",
            "region": p.office,
            "source": "SK 3",
            "days_before_open": 9,
            "days_before_close": 0,
        },
        names="region",
    ),
    "api:findings": Route(PEOPLE, FINDS, body=_found, names="people"),
    "api:finding-decide": Route(post=REVIEW, kind="people", body=lambda b, p: {"accept": True}),
    "api:appointments": Route(LOOK, DESK, body=_booking, names="event"),
    "api:appointment": Route(LOOK, kind="people"),
    "api:appointment-cancel": Route(post=DESK, kind="people", body=lambda b, p: {}),
    "api:appointment-check-in": Route(post=DESK, kind="people", body=lambda b, p: {}),
    "api:messages": Route(LOOK),
    "api:appointment-undo-check-in": Route(post=DESK, kind="people", body=lambda b, p: {}),
    "api:records": Route(LOOK, DESK, body=_record, names="people"),
    "api:record-batch": Route(post=DESK, body=lambda b, p: {"records": [_record(b, p)]}),
    "api:record": Route(LOOK, kind="people"),
    "api:record-void": Route(post=LOOK, kind="people", body=_reason),
    "api:record-accept": Route(post=REVIEW, kind="people", body=_reason),
    "api:coverage": Route(EVERYBODY | PUBLIC),
    "api:coverage-series": Route(EVERYBODY, kind="region"),
    "api:daily-reports": Route(
        EVERYBODY, BUILD, body=lambda b, p: {"date": str(today()), "region": p.code}, names="region"
    ),
    "api:daily-report-status": Route(EVERYBODY),
    "api:daily-report-confirm": Route(
        post=DESK,
        body=lambda b, p: {"date": backday(), "region": p.code, "revision": 1},
        names="region",
    ),
    "api:daily-report-lock": Route(
        post=PROVINCES,
        body=lambda b, p: {"date": backday(), "regions": [p.code]},
        names="region",
    ),
    "api:metadata": Route(EVERYBODY | PUBLIC),
    "api:structures": Route(EVERYBODY | PUBLIC),
    "api:data-value-sets": Route(EVERYBODY),
    "api:age-bands": Route(EVERYBODY),
    "api:basis-figures": Route(EVERYBODY),
    "api:files": Route(
        post=EVERYBODY, body=lambda b, p: {"kind": "pdf", "region": p.code}, names="region"
    ),
    "api:file": Route(EVERYBODY, kind="file"),
    "api:file-content": Route(EVERYBODY, kind="file"),
    "api:webhooks": Route(PROGRAMS, PROGRAMS, body=lambda b, p: {"url": "https://contoh.id/kabar"}),
    "api:webhook-end": Route(post=PROGRAMS, kind="webhook", body=lambda b, p: {}),
    "api:webhook-deliveries": Route(PROGRAMS),
    "api:webhook-replay": Route(post=PROGRAMS, kind="webhook", body=lambda b, p: {}),
    "api:desk": Route(EVERYBODY),
    "api:incidents": Route(
        FOLLOWS,
        FOLLOWS,
        body=lambda b, p: {"office": p.office, "kind": "network", "note": "Uji tembok"},
        names="region",
    ),
    "api:incident": Route(
        FOLLOWS,
        patch=FOLLOWS,
        kind="incident",
        body=lambda b, p: {"version": 1, "note": "Uji tembok"},
    ),
    "api:stock": Route(EVERYBODY),
    "api:stock-movements": Route(EVERYBODY, DESK, body=_received, names="event"),
    "api:stock-counts": Route(post=DESK, body=_counted, names="event"),
    "api:stock-requests": Route(
        EVERYBODY,
        DESK,
        body=lambda b, p: {"office": p.office, "item": "card", "asked": 5, "reason": "Uji tembok"},
        names="event",
    ),
    "api:stock-request-decide": Route(
        post=PROVINCES, kind="incident", body=lambda b, p: {"granted": 50}
    ),
    "api:alerts": Route(TOLD),
    "api:alert": Route(TOLD, kind="alert"),
    "api:alert-take": Route(post=TOLD, kind="alert", body=lambda b, p: {"note": "Uji tembok"}),
    "api:devices": Route(
        EVENTS,
        DESK,
        body=lambda b, p: {"office": p.office, "label": "Set uji", "kind": "set"},
        names="event",
    ),
    "api:device": Route(EVENTS, patch=DESK, kind="device", body=lambda b, p: {"label": "Set uji"}),
    "api:device-faults": Route(
        EVENTS, FOLLOWS, kind="device", body=lambda b, p: {"what": "Uji tembok"}
    ),
    "api:device-fault": Route(
        patch=FOLLOWS, kind="device", body=lambda b, p: {"done": "Uji tembok"}
    ),
    "api:outages": Route(
        FOLLOWS,
        FOLLOWS,
        body=lambda b, p: {"office": p.office, "kind": "network"},
        names="region",
    ),
    "api:outage": Route(
        FOLLOWS, NOBODY, FOLLOWS, FOLLOWS, kind="incident", body=lambda b, p: {"note": "Uji tembok"}
    ),
    "api:bases": Route(
        EVERYBODY,
        BRINGS,
        body=lambda b, p: {
            "name": f"Papan {p.code}",
            "kind": "dkb",
            "level": "village",
            "wajib_as_of": str(today() - timedelta(days=40)),
            "source": "Uji tembok",
            "rows": [{"region_code": p.code, "wajib_ktp": "10", "recorded": "9"}],
        },
        names="region",
    ),
    "api:targets": Route(EVERYBODY),
    "api:releases": Route(EVERYBODY | PUBLIC),
    "api:editions": Route(
        EVERYBODY,
        PROVINCES,
        body=lambda b, p: {"region": p.code, "election": 1, "recipient": "KPU", "agreement": "1"},
        names="region",
    ),
    "api:edition": Route(EVERYBODY, kind="edition"),
    "api:plans": Route(
        post=HEAD | PROVINCES,
        body=lambda b, p: {
            "office": p.office,
            "from": str(today()),
            "until": str(today() + timedelta(days=6)),
        },
        names="plan",
    ),
    "api:plan": Route(LOOK, kind="plan"),
    "api:plan-instance": Route(LOOK, kind="plan"),
    "api:plan-stop": Route(post=HEAD | PROVINCES, kind="plan", body=lambda b, p: {}),
    "api:roll": Route(EVERYBODY),
    "api:roll-entries": Route(PEOPLE),
    "api:roll-venues": Route(PEOPLE),
    "api:roll-lists": Route(
        post=HEAD | PROVINCES,
        body=lambda b, p: {"purpose": "missing", "office": p.office},
        names="event",
    ),
}

__all__ = ["ROUTES", "Route"]
