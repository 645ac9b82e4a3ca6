"""The burial register: written down on a phone, corrected, compared, reported."""

from __future__ import annotations

import io
import re
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from dukcapil.accounts.models import Posting
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.selectors import actor_of
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import DomainError, NotFound
from dukcapil.core.ids import uuid7
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from registrations.arrivals.enums import ArrivalKind
from registrations.arrivals.models import Arrival
from registrations.arrivals.selectors import arrivals_of
from registrations.arrivals.services import deciding
from registrations.burials.enums import BurialState, Clock
from registrations.burials.models import Burial, BurialBooks, BurialReport
from registrations.burials.selectors.burials import burials_of, clock_of
from registrations.burials.selectors.months import (
    COUNTS,
    counted,
    due_of,
    first_day,
    percent,
    put_together,
    rates_of,
)
from registrations.burials.services import entries
from registrations.burials.services.entries import Entry
from registrations.burials.services.filing import file_burial
from registrations.burials.services.matching import match_burial, match_waiting, may_be
from registrations.burials.services.recording import (
    correct_burial,
    receive_burial,
    record_burial,
    void_burial,
)
from registrations.burials.services.reporting import count_books, send_report
from registrations.corrections.services.merging import merge
from registrations.findings.models import Finding
from registrations.findings.services.findings import decide
from registrations.oversight.services.erasing import erase_person
from registrations.people.models import Resident
from registrations.people.validators import Nik
from reports.duties.selectors.duties import asked_of
from tests.standing import built_once
from tests.world import World, looks, make_caller, make_resident, nik, record, today

CITY, SECOND, AGAM = "13.75.01.1001", "13.75.02.1004", "13.06.01.2001"
BORN = date(1950, 3, 4)
WHY = "salah tulis di buku desa"


@built_once
def village(made: World) -> None:
    """The keeper of a register, and one of another village."""
    start = today() - timedelta(days=40)
    make_caller("juru", "burial_recorder", CITY, start)
    make_caller("juru_lain", "burial_recorder", SECOND, start)


def actor(name: str) -> Actor:
    return actor_of(Posting.objects.select_related("region").get(user__username=name))


def said(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Contoh Almarhum",
        "died_on": today() - timedelta(days=3),
        "buried_on": today() - timedelta(days=2),
        "cemetery": "TPU Contoh",
        "reporter": "Contoh Pelapor",
        "relation": "child",
        **changes,
    }


def buried(by: Actor, village: str = CITY, **changes: Any) -> Burial:
    with scoped(by.scope):
        return record_burial(
            by=by,
            village=Region.objects.get(pk=village),
            burial_id=changes.pop("burial_id", None),
            entry=Entry(**said(**changes)),
        )


def test_what_is_written_down(village: World) -> None:
    juru = actor("juru")
    burial = buried(juru, nik="9901 0144 0350 0001", birth_date=BORN, sex="F", block="B/12")
    assert (burial.state, burial.line) == ("new", f"1/{today().year}")
    assert buried(juru, name="Contoh Kedua").number == 2
    assert burial.told["nik"] == "9901014403500001"
    with scoped(EVERYBODY):
        row = Burial.everything.filter(pk=burial.pk).values().get()
    assert "Almarhum" not in str({**row, "sealed": ""})


def refusal(call: Any) -> tuple[str, str | None]:
    with pytest.raises(DomainError) as refused, transaction.atomic():
        call()
    return refused.value.code, refused.value.field


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": "12"}, "name", "name"),
        ({"reporter": " "}, "name", "reporter"),
        ({"nik": "123"}, "nik", "nik"),
        ({"buried_on": today() + timedelta(days=2)}, "buried-future", "buried_on"),
        ({"died_on": today()}, "buried-before-death", "buried_on"),
        ({"died_on": date(1960, 1, 1)}, "died-long-ago", "died_on"),
        ({"birth_date": today()}, "birth-date", "birth_date"),
        ({"age": 121}, "age", "age"),
        ({"sex": "X"}, "sex", "sex"),
        ({"relation": "?"}, "relation", "relation"),
        ({"cemetery": " "}, "cemetery", "cemetery"),
        ({"address": "1375010101500001 " * 2}, "reason-number", "address"),
        ({"block": "x" * 41}, "too-long", "block"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    village: World, changes: dict[str, Any], code: str, field: str
) -> None:
    assert refusal(lambda: buried(actor("juru"), **changes)) == (code, field)


# --- walls, corrections, voids --------------------------------------------------------------------


def ids(by: Actor, shown: str = "") -> set[Any]:
    with scoped(by.scope):
        return set(burials_of(by, shown).values_list("pk", flat=True))


def lines(by: Actor) -> list[Burial]:
    with scoped(by.scope):
        return list(burials_of(by))


def test_who_keeps_a_register_sees_their_own_lines_alone(village: World) -> None:
    mine, other = buried(actor("juru")), buried(actor("juru_lain"), SECOND)
    office = buried(village["operator"].actor, name="Contoh Ketiga")
    assert ids(actor("juru")) == {mine.pk}
    assert ids(village["operator"].actor) == {mine.pk, other.pk, office.pk}
    assert ids(village["neighbour"].actor) == set()
    for by, code in ((actor("juru"), SECOND), (village["operator"].actor, AGAM)):
        with pytest.raises(NotFound):
            buried(by, code)
    for by in (village["village_verifier"].actor, village["province_officer"].actor):
        assert refusal(lambda by=by: buried(by))[0] == "forbidden"


def test_the_same_id_is_the_same_line(village: World) -> None:
    juru, key = actor("juru"), uuid7()
    first = buried(juru, burial_id=key)
    assert buried(juru, burial_id=key).pk == first.pk
    assert refusal(lambda: buried(juru, burial_id=key, name="Contoh Lain"))[0] == "other-content"
    assert refusal(lambda: buried(actor("juru_lain"), SECOND, burial_id=key))[0] == "other-content"
    assert len(ids(juru)) == 1


def test_one_burial_a_person(village: World) -> None:
    juru = actor("juru")
    number = nik(BORN).text
    first = buried(juru, nik=number)
    assert refusal(lambda: buried(juru, name="Contoh Lain", nik=number)) == (
        "already-buried",
        "nik",
    )
    buried(juru, name="Contoh Tanpa Nomor", birth_date=BORN)
    twice = {"name": "contoh  tanpa nomor", "birth_date": BORN}
    assert refusal(lambda: buried(juru, **twice)) == ("already-buried", "name")
    with scoped(juru.scope):
        void_burial(by=juru, burial_id=first.pk, reason=WHY)
    assert buried(juru, nik=number).number == 3


def test_a_correction_is_another_line_with_the_same_number(village: World) -> None:
    juru = actor("juru")
    first = buried(juru, nik=nik(BORN).text)
    with scoped(juru.scope):
        again = correct_burial(
            by=juru,
            burial_id=first.pk,
            reason=WHY,
            entry=Entry(**said(name="Contoh Betul", nik=nik(BORN).text)),
        )
    with scoped(juru.scope):
        first.refresh_from_db()
    assert (first.state, first.voided_by_id, first.void_reason) == ("void", juru.user_id, WHY)
    assert (again.line, again.reported_on, again.corrects_id) == (
        first.line,
        first.reported_on,
        first.pk,
    )
    assert ids(juru) == {again.pk}
    assert ids(juru, "batal") == {first.pk}

    def go(verb: Any, key: Any, **more: Any) -> str:
        with scoped(juru.scope):
            return refusal(lambda: verb(by=juru, burial_id=key, **more))[0]

    assert go(void_burial, first.pk, reason=WHY) == "burial-void"
    assert go(void_burial, again.pk, reason="salah") == "reason-short"
    same = {name: text for name, text in again.told.items() if name in ("name", "nik")}
    assert (
        go(correct_burial, again.pk, reason=WHY, entry=Entry(**said(**same))) == "nothing-changed"
    )


def test_what_the_office_works_on_only_the_office_corrects(village: World) -> None:
    juru, operator = actor("juru"), village["operator"].actor
    burial = buried(juru)
    with scoped(operator.scope):
        assert match_burial(by=operator, burial_id=burial.pk).state == "not_found"
    with scoped(juru.scope):
        code = refusal(lambda: void_burial(by=juru, burial_id=burial.pk, reason=WHY))[0]
    assert code == "taken-up"
    with scoped(operator.scope):
        again = correct_burial(
            by=operator, burial_id=burial.pk, reason=WHY, entry=Entry(**said(name="Contoh Betul"))
        )
    assert (again.state, again.recorded_by_id) == ("new", juru.user_id)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE registrations_burial SET buried_on = died_on",
        "UPDATE registrations_burial SET cemetery = 'x'",
        "UPDATE registrations_burial SET state = 'matched'",
        "UPDATE registrations_burial SET state = 'asked'",
        "UPDATE registrations_burial SET doubt = 'several'",
        "UPDATE registrations_burial SET state = 'void'",
        "UPDATE registrations_burial SET filed_on = died_on",
        "UPDATE registrations_burial SET filed_on = died_on - 1, filed_by_id = recorded_by_id",
        "DELETE FROM registrations_burial",
    ],
)
def test_the_database_keeps_the_rules(village: World, sql: str) -> None:
    by = village["operator"].actor
    buried(by)
    with scoped(by.scope), pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute(sql)
    good = "UPDATE registrations_burial SET filed_on = died_on, filed_by_id = recorded_by_id"
    with scoped(by.scope), connection.cursor() as cursor:
        cursor.execute(good)
        assert cursor.rowcount == 1


# --- who it is ------------------------------------------------------------------------------------


def matched(by: Actor, burial: Burial, **more: Any) -> Burial:
    with scoped(by.scope):
        return match_burial(by=by, burial_id=burial.pk, **more)


def person(made: World, **changes: Any) -> tuple[Resident, str]:
    number = nik(changes.get("birth_date", BORN))
    values = {"name": "Contoh Almarhum", "birth_date": BORN, "nik": number, **changes}
    return make_resident(made, **values), number.text


def test_a_number_with_its_name_is_a_match_and_proposes_a_finding(village: World) -> None:
    operator, head = village["operator"].actor, village["head"].actor
    resident, number = person(village)
    burial = matched(operator, buried(actor("juru"), nik=number))
    assert (burial.state, burial.resident_id) == ("matched", resident.pk)
    with scoped(operator.scope):
        finding = Finding.objects.get(pk=burial.finding_id)
    assert (finding.outcome, finding.state, finding.evidence_kind) == (
        "deceased",
        "proposed",
        "burial",
    )
    with scoped(operator.scope):
        assert refusal(lambda: decide(by=operator, finding=finding, accept=True))[0] == "forbidden"
    with scoped(head.scope):
        decide(by=head, finding=finding, accept=True)
        void_burial(by=head, burial_id=burial.pk, reason=WHY)
        finding.refresh_from_db()
    # Who decides is told: nobody has seen it yet.
    assert (finding.state, finding.seen_at) == ("contradicted", None)
    assert looks(kind="resident", action="search", subject=str(resident.pk))


def test_name_and_birth_date_are_a_match_without_a_number(village: World) -> None:
    operator = village["operator"].actor
    resident, _number = person(village)
    burial = matched(operator, buried(actor("juru"), birth_date=BORN))
    assert (burial.state, burial.resident_id) == ("matched", resident.pk)
    burial = matched(operator, burial, nobody=True)
    assert (burial.state, burial.finding_id) == ("not_found", None)
    with scoped(EVERYBODY):
        assert Finding.everything.get(resident=resident).why == "replaced"


@pytest.mark.parametrize(
    ("held", "told", "doubt"),
    [
        ({"name": "Rahmat Hidayat"}, {"number": True}, "other_name"),
        ({}, {"number": True, "birth_date": date(1951, 1, 1)}, "other_data"),
        ({}, {"number": True, "sex": "F"}, "other_data"),
        ({}, {"nik": "9901014403500009", "birth_date": BORN}, "other_number"),
        ({}, {}, "name_only"),
        ({}, {"birth_date": date(1951, 1, 1)}, "name_only"),
        ({"name": "Rahmat Hidayat"}, {}, ""),
    ],
)
def test_a_doubt_is_a_question_and_no_match(
    village: World, held: dict[str, Any], told: dict[str, Any], doubt: str
) -> None:
    operator = village["operator"].actor
    resident, number = person(village, **held)
    told = {**told, **({"nik": number} if told.get("number") else {})}
    told.pop("number", None)
    burial = matched(operator, buried(actor("juru"), **told))
    assert (burial.state, burial.doubt) == ("asked" if doubt else "not_found", doubt)
    with scoped(EVERYBODY):
        assert not Finding.everything.exists()
    if doubt:
        stranger, _number = person(village, name="Orang Lain", birth_date=date(1980, 1, 1))
        with scoped(operator.scope):
            assert may_be(operator, burial) == [resident.pk]
            code = refusal(
                lambda: match_burial(by=operator, burial_id=burial.pk, resident=stranger.pk)
            )
        assert code == ("resident", "resident")
        assert matched(operator, burial, resident=resident.pk).state == "matched"


def test_several_of_a_name_and_day_are_a_question(village: World) -> None:
    operator = village["operator"].actor
    people = {person(village)[0].pk, person(village)[0].pk}
    burial = matched(operator, buried(actor("juru"), birth_date=BORN))
    assert burial.doubt == "several"
    with scoped(operator.scope):
        assert set(may_be(operator, burial)) == people


def test_who_was_recorded_yesterday_is_a_question(village: World) -> None:
    operator = village["operator"].actor
    resident, number = person(village)
    record(village, resident)
    burial = matched(operator, buried(actor("juru"), nik=number))
    assert (burial.state, burial.doubt) == ("asked", "recorded")
    burial = matched(operator, burial, resident=resident.pk)
    # They are recorded: nothing is to be found out, and no figure moves.
    assert (burial.state, burial.finding_id) == ("matched", None)


def test_who_was_recorded_long_ago_is_a_match_without_a_finding(village: World) -> None:
    operator = village["operator"].actor
    resident, number = person(village, known_recorded_on=date(2015, 1, 1))
    burial = matched(operator, buried(actor("juru"), nik=number))
    assert (burial.state, burial.resident_id, burial.finding_id) == ("matched", resident.pk, None)


def test_two_burials_of_one_person(village: World) -> None:
    operator = village["operator"].actor
    resident, number = person(village)
    matched(operator, buried(actor("juru"), nik=number))
    second = matched(operator, buried(actor("juru_lain"), SECOND, birth_date=BORN))
    assert (second.state, second.doubt) == ("asked", "buried")
    with scoped(operator.scope):
        code = refusal(lambda: match_burial(by=operator, burial_id=second.pk, resident=resident.pk))
    assert code[0] == "already-buried"


def test_numbers_are_not_tried_by_burials(village: World) -> None:
    operator = village["operator"].actor
    codes = []
    for n in range(12):
        burial = buried(actor("juru"), name=f"Contoh {n}", nik=f"99010144035{n:05}")
        with scoped(operator.scope), suppress(DomainError):
            match_burial(by=operator, burial_id=burial.pk)
            codes.append(n)
    assert 10 <= len(codes) < 12


def test_all_that_wait_are_compared_at_once(village: World) -> None:
    operator = village["operator"].actor
    _resident, number = person(village)
    buried(actor("juru"), nik=number)
    buried(actor("juru"), name="Contoh Kedua")
    with scoped(operator.scope):
        assert match_waiting(by=operator) == {"matched": 1, "not_found": 1}
        assert match_waiting(by=operator) == {}
        # A line of somebody who was erased says nothing any more, and holds up nobody.
        gone = buried(operator, name="Contoh Lupa")
        Burial.objects.filter(pk=gone.pk).update(**Burial.personal.blank)
        buried(operator, name="Contoh Ketiga")
        assert match_waiting(by=operator) == {"not_found": 1}
        assert gone not in burials_of(operator, "menunggu")


# --- other offices --------------------------------------------------------------------------------


def test_whose_home_is_elsewhere_is_handed_over(village: World) -> None:
    juru, there = actor("juru"), village["neighbour"].actor
    home = Region.objects.get(pk=AGAM)
    burial = buried(juru, nik=nik(BORN).text, home_village=home)
    assert burial.state == "handed_over"
    with scoped(there.scope):
        (arrival,) = arrivals_of(there, ArrivalKind.BURIAL)
        assert list(arrivals_of(there)) == []
        assert (asked_of(there)["burials"].count(), asked_of(there)["arrivals"].count()) == (1, 0)
        received = receive_burial(by=there, arrival_id=arrival.pk)
    assert (received.office_id, received.state, received.told["name"]) == (
        "13.06",
        "new",
        "Contoh Almarhum",
    )
    month = first_day(today())
    with scoped(there.scope):
        totals = counted(there, "13.06", month)["totals"]
    assert (totals["burials"], totals["received"]) == (0, 1)
    # Of both offices together it is one burial.
    told = village["province_officer"].get("burials/?region=13").json["counts"]
    assert told == {"burials": 1, "unmatched": 0, "matched": 0, "handed_over": 1, "received": 1}
    with scoped(village["operator"].actor.scope):
        code = refusal(lambda: match_burial(by=village["operator"].actor, burial_id=burial.pk))
    assert code[0] == "handed-over"


def test_what_was_handed_over_last_year_is_received_all_the_same(
    village: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its days were judged where it was written."""
    there = village["neighbour"].actor
    buried(actor("juru"), home_village=Region.objects.get(pk=AGAM))
    monkeypatch.setattr(entries, "OLDEST_DEATH", -1)
    with scoped(there.scope):
        (arrival,) = arrivals_of(there, ArrivalKind.BURIAL)
        assert receive_burial(by=there, arrival_id=arrival.pk).state == "new"


def test_a_void_takes_back_what_nobody_there_decided(village: World) -> None:
    juru, there = actor("juru"), village["neighbour"].actor
    home = Region.objects.get(pk=AGAM)
    burial = buried(juru, home_village=home)
    with scoped(juru.scope):
        void_burial(by=juru, burial_id=burial.pk, reason=WHY)
    with scoped(there.scope):
        assert list(arrivals_of(there, ArrivalKind.BURIAL)) == []
    buried(juru, home_village=home)
    with scoped(there.scope):
        (arrival,) = arrivals_of(there, ArrivalKind.BURIAL)
        deciding.refuse(by=there, arrival_id=arrival.pk, why="unknown", kind=ArrivalKind.BURIAL)
        assert Arrival.objects.get(pk=arrival.pk).said == {}


# --- merging, erasing -----------------------------------------------------------------------------


def test_who_is_merged_lies_there_as_the_other_row(village: World) -> None:
    head = village["head"].actor
    gone, number = person(village)
    stays, other = person(village, birth_date=date(1950, 3, 5))
    first = matched(head, buried(actor("juru"), nik=number))
    second = matched(head, buried(actor("juru_lain"), SECOND, nik=other))
    with scoped(head.scope):
        merge(by=head, resident=gone, into=stays, reason=WHY)
        rows = {one.pk: (one.state, one.doubt, one.resident_id) for one in Burial.objects.all()}
    assert rows == {
        first.pk: ("asked", "buried", None),
        second.pk: ("matched", "", stays.pk),
    }


def test_who_is_erased_stands_in_no_register(village: World) -> None:
    head = village["head"].actor
    resident, number = person(village)
    elsewhere = buried(village["neighbour"].actor, AGAM, nik=number)
    by_name = buried(actor("juru"), birth_date=BORN)
    mistyped = buried(
        village["operator"].actor, nik=nik(date(1951, 1, 1)).text, name="Contoh Almarhum"
    )
    with scoped(head.scope):
        right = Entry(**said(nik=number))
        correct_burial(by=head, burial_id=mistyped.pk, entry=right, reason=WHY)
        erase_person(by=head, resident=resident, reason=WHY, case="UPT/1/2026")
    with scoped(EVERYBODY):
        rows = Burial.everything.filter(pk__in=[elsewhere.pk, by_name.pk, mistyped.pk])
        assert [(one.sealed, one.nik_hash, one.key) for one in rows] == [(None, None, None)] * 3
    with scoped(head.scope):
        assert counted(head, "13.75", first_day(today()))["totals"]["late"] == 0
    line = village["operator"].get("burials/?region=13.75").json["results"][0]
    assert (line["name"], line["died_on"], line["buried_on"]) == ("", None, None)
    assert refusal(lambda: buried(actor("juru"), nik=number))[0] == "erased"


# --- thirty days, reports -------------------------------------------------------------------------

DIED = date(2024, 11, 1)


@pytest.mark.parametrize(
    ("filed", "now", "clock", "days"),
    [
        (None, date(2024, 11, 4), Clock.RUNNING, 27),
        (None, date(2024, 12, 1), Clock.RUNNING, 0),
        (None, date(2024, 12, 2), Clock.LATE, 1),
        (date(2024, 12, 1), date(2025, 3, 1), Clock.FILED, 0),
        (date(2024, 12, 5), date(2025, 3, 1), Clock.FILED_LATE, 4),
    ],
)
def test_the_thirty_days(filed: date | None, now: date, clock: Clock, days: int) -> None:
    ticking = clock_of(DIED, filed, now)
    assert (ticking.clock, ticking.days, ticking.due) == (clock, days, date(2024, 12, 1))


def test_a_report_of_the_family_ends_them(village: World) -> None:
    operator = village["operator"].actor
    burial = buried(actor("juru"))

    def filed(day: date | None, certificate: str = "") -> Burial:
        with scoped(operator.scope):
            return file_burial(
                by=operator, burial_id=burial.pk, filed_on=day, certificate=certificate
            )

    for wrong in (today() + timedelta(days=1), today() - timedelta(days=4)):
        assert refusal(lambda wrong=wrong: filed(wrong)) == ("filed-on", "filed_on")
    filed(today())
    done = filed(today() - timedelta(days=1), "1375-KM-01")
    assert (done.filed_on, done.certificate_number) == (today() - timedelta(days=1), "1375-KM-01")
    assert b"1375-KM-01" not in bytes(done.certificate or b"")
    assert refusal(lambda: filed(None, "1375-KM-01")) == ("filed-on", "filed_on")
    assert filed(None).filed_by_id is None
    assert refusal(lambda: filed(None)) == ("filed-on", "filed_on")


def test_months_and_their_days() -> None:
    assert due_of("13.75", date(2024, 2, 1)) == date(2024, 2, 28)
    assert due_of("13", date(2024, 12, 1)) == date(2025, 1, 5)


#: BPP/desa of Sulawesi Tenggara on 22 February 2024, as published (66 and 44 of Kendari and Baubau are more
#: than their villages).
SULTRA = [
    *((135, 135), (351, 351), (143, 143), (100, 100), (133, 133), (170, 170), (77, 77), (70, 70)),
    *((95, 95), (180, 291), (128, 150), (45, 90), (90, 133), (43, 96), (60, 86), (66, 65)),
    (44, 43),
]


def test_sultra_out_of_keyed_rows(village: World) -> None:
    offices = list(
        Region.objects.filter(code__startswith="74.", level=Level.REGENCY).order_by("code")[
            : len(SULTRA)
        ]
    )
    assert len(offices) == len(SULTRA)
    by = village["administrator"].actor
    for office, (books, villages) in zip(offices, SULTRA, strict=True):
        for older in (1, 0):
            BurialBooks.objects.create(
                office=office,
                as_of=date(2024, 2, 22 - older),
                books=books - 10 * older,
                villages=villages,
                cemeteries=1504 if office == offices[0] else 0,
                source="Dinas Dukcapil Provinsi Sulawesi Tenggara",
                entered_by_id=by.user_id,
            )
    with scoped(EVERYBODY):
        content, _parts = put_together("74", date(2024, 2, 1))
    assert content["books"] == {"offices": 17, "books": 1930, "villages": 2228}
    rates = rates_of(content)
    assert str(rates.books) == "86.62"
    assert (rates.villages, rates.cemeteries) == (None, None)
    assert content["offices_reported"] == 0
    assert {*content["totals"].values(), *content["reach"].values()} == {None}


def test_the_report_of_a_month(village: World) -> None:
    juru, operator, head = actor("juru"), village["operator"].actor, village["head"].actor
    month = first_day(today())
    _resident, number = person(village)
    buried(juru, nik=number)
    buried(juru, name="Contoh Kedua", cemetery="tpu contoh")
    late = {"died_on": today() - timedelta(days=40), "buried_on": today() - timedelta(days=39)}
    buried(actor("juru_lain"), SECOND, name="Contoh Ketiga", cemetery="TPU Kedua", **late)
    with scoped(operator.scope):
        match_waiting(by=operator)
        extra = buried(operator, name="Contoh Batal")
        void_burial(by=operator, burial_id=extra.pk, reason=WHY)
        content = counted(operator, "13.75", month)
        assert [row["code"] for row in content["rows"]] == [CITY, SECOND]
        assert content["totals"] == dict(zip(COUNTS, (3, 1, 0, 2, 0, 1, 0, 0, 0), strict=True))
        villages = content["reach"]["villages"]
        assert content["reach"] == {
            "villages": villages,
            "villages_reported": 2,
            "cemeteries": 2,
            "cemeteries_reported": 2,
        }
        count_books(
            by=head, as_of=today(), books=20, villages=villages, cemeteries=8, source="Surat 1"
        )
        assert str(rates_of(counted(operator, "13.75", month)).cemeteries) == "25.00"
    with scoped(head.scope):
        sent = send_report(by=head, month=month)
        assert refusal(lambda: send_report(by=head, month=month))[0] == "already-sent"
        assert refusal(lambda: send_report(by=head, month=month.replace(year=2100)))[0] == "month"
    buried(juru, name="Contoh Keempat")
    assert BurialReport.objects.get(pk=sent.pk).content["totals"]["burials"] == 3
    with scoped(head.scope):
        assert send_report(by=head, month=month).content["totals"]["burials"] == 4
    province = village["province_officer"].actor
    with scoped(province.scope):
        whole = send_report(by=province, month=month)
    assert whole.content["totals"]["burials"] == 4
    assert (whole.content["offices_reported"], len(whole.parts)) == (1, 1)
    other = village["other_province_officer"].actor
    with scoped(other.scope):
        assert refusal(lambda: send_report(by=other, month=month))[0] == "no-reports"


@given(st.integers(0, 500), st.integers(0, 500))
def test_a_rate_is_a_share(part: int, more: int) -> None:
    rate = percent(part, part + more)
    assert rate is None if part + more == 0 else rate is not None and 0 <= rate <= 100


def test_every_burial_is_in_exactly_one_state(village: World) -> None:
    """Whatever is done: the four counts of a month sum up to its burials, and nobody stands in none."""
    juru, operator = actor("juru"), village["operator"].actor
    home = Region.objects.get(pk=AGAM)
    numbers = [person(village, name=f"Contoh {n}")[1] for n in "ABC"]
    for n, number in zip("ABC", numbers, strict=True):
        buried(juru, name=f"Contoh {n}", nik=number)
    buried(juru, name="Contoh Rantau", home_village=home)
    buried(juru, name="Contoh A")
    steps = [
        lambda: match_waiting(by=operator),
        lambda: match_burial(by=operator, burial_id=first, nobody=True),
        lambda: void_burial(by=operator, burial_id=first, reason=WHY),
    ]
    first = min(ids(operator), key=str)
    for step in [lambda: None, *steps]:
        with scoped(operator.scope):
            step()
            totals = counted(operator, "13.75", first_day(today()))["totals"]
            held = Burial.objects.visible_to(operator).filter(office_id="13.75")
            states = list(held.values_list("state", flat=True))
        parts = [totals[name] for name in ("matched", "waiting", "not_found", "handed_over")]
        assert sum(parts) == totals["burials"] == len([one for one in states if one != "void"])
        assert set(states) <= set(BurialState.values)
    assert re.fullmatch(r"\d+", str(totals["burials"]))


# --- pages and programs ---------------------------------------------------------------------------


def typed(**changes: Any) -> dict[str, Any]:
    return {name: str(value) for name, value in said(**changes).items()}


def test_a_register_is_kept_on_a_phone(village: World, browser: Any) -> None:
    juru = browser("juru")
    page = juru.get("/pemakaman/catat/").content.decode()
    assert 'name="village"' not in page
    assert 'name="home_village"' in page
    bad = juru.post("/pemakaman/catat/", typed(died_on=today() + timedelta(days=1)))
    assert bad.status_code == 422
    assert 'value="Contoh Almarhum"' in bad.content.decode()
    number = nik(BORN).text
    assert juru.post("/pemakaman/catat/", typed(nik=number)).status_code == 302
    other = typed(name="Contoh Tetangga", home_village="Tidak Ada")
    assert juru.post("/pemakaman/catat/", other).status_code == 422
    neighbour = Region.objects.get(pk=SECOND)
    other["home_village"] = neighbour.name.lower()
    assert juru.post("/pemakaman/catat/", other).status_code == 302
    (key,) = [one.pk for one in lines(actor("juru")) if one.home_village_id == CITY]
    page = juru.get("/pemakaman/").content.decode()
    assert "Contoh Almarhum" in page
    assert number not in juru.get(f"/pemakaman/{key}/").content.decode()
    assert juru.get("/pemakaman/laporan/").status_code == 403
    assert browser("juru_lain").get(f"/pemakaman/{key}/").status_code == 404
    assert browser("neighbour").get(f"/pemakaman/{key}/").status_code == 404
    assert browser("village_verifier").get("/pemakaman/").status_code == 403
    assert browser("province_officer").get("/pemakaman/").url == "/pemakaman/laporan/"


def test_who_keeps_a_register_never_learns_who_is_held(village: World, browser: Any) -> None:
    """Two lines, one of whom the office holds: the pages are the same but for what was typed."""
    operator = village["operator"].actor
    _resident, number = person(village, name="Contoh Aaaaa")
    held, unknown = (
        buried(actor("juru"), name="Contoh Aaaaa", nik=number),
        buried(actor("juru"), name="Contoh Bbbbb", nik=nik(BORN).text),
    )
    assert matched(operator, held).state == "matched"
    assert matched(operator, unknown).state == "not_found"
    juru = browser("juru")
    waits = juru.get("/pemakaman/?lihat=menunggu").content.decode()
    assert ("Contoh Aaaaa" in waits, "Contoh Bbbbb" in waits) == (True, True)

    def seen(burial: Burial) -> str:
        text = juru.get(f"/pemakaman/{burial.pk}/").content.decode()
        own = burial.told["name"], str(burial.pk), burial.line
        for word in own:
            text = text.replace(word, "")
        return re.sub(r'value="[^"]{20,}"|nonce="[^"]*"|9901[^<]*|[?]v=\w+', "", text)

    assert seen(held) == seen(unknown)


def test_the_office_compares_decides_and_files(village: World, browser: Any) -> None:
    office = browser("operator")
    resident, number = person(village, name="Rahmat Hidayat")
    burial = buried(actor("juru"), nik=number)
    address = f"/pemakaman/{burial.pk}/"
    assert office.post("/pemakaman/", {"do": "match"}).status_code == 302
    page = office.get(address).content.decode()
    assert str(resident.pk) in page
    office.post(address, {"do": "choose", "resident": str(resident.pk)})
    assert str(resident.pk) in office.get("/temuan/").content.decode()
    assert office.post(address, {"do": "file", "filed_on": "2016-01-01"}).status_code == 422
    assert office.post(address, {"do": "file", "filed_on": str(today())}).status_code == 302
    short = office.post(address, {"do": "form", "reason": "F-2.01"})
    assert short.status_code == 422
    paper = office.post(address, {"do": "form", "reason": "mengisi formulir keluarga"})
    assert paper["Content-Type"] == "application/pdf"
    text = "".join(one.extract_text() for one in PdfReader(io.BytesIO(paper.content)).pages)
    assert number in text
    assert "CONTOH" in text
    (look,) = looks(action="reveal", kind="burial")
    assert (look.case, look.reason) == (str(burial.pk), "mengisi formulir keluarga")
    page = office.get(f"{address}perbaiki/").content.decode()
    assert 'name="version"' in page
    # The full NIK of a line that another wrote is a look of its own.
    assert number in page
    assert len(looks(action="reveal", kind="burial", case=str(burial.pk))) == 2
    fixed = typed(name="Contoh Betul", nik=number) | {"reason": WHY, "version": "lama"}
    assert office.post(f"{address}perbaiki/", fixed).status_code == 409
    del fixed["version"]
    assert office.post(f"{address}perbaiki/", fixed).status_code == 302
    assert office.post(f"{address}perbaiki/", fixed).status_code == 302
    assert len(ids(village["operator"].actor)) == 1


def test_the_report_is_a_page_a_workbook_and_a_paper(village: World, browser: Any) -> None:
    buried(actor("juru"))
    head = browser("head")
    assert head.post("/pemakaman/laporan/", {"do": "send"}).status_code == 302
    count = {"do": "books", "as_of": str(today()), "books": "66", "villages": "65", "source": "S"}
    assert head.post("/pemakaman/laporan/", count).status_code == 302
    assert head.post("/pemakaman/laporan/", count | {"villages": "0"}).status_code == 422
    page = head.get("/pemakaman/laporan/").content.decode()
    assert "101,54" in page
    report = BurialReport.objects.get()
    book = head.get(f"/pemakaman/laporan/{report.pk}/xlsx/")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0)
    table = rows.to_python()
    assert table[1][:4] == [CITY, "Tarok Dipo", 1.0, 0.0]
    assert table[2][2] == 1.0
    paper = head.get(f"/pemakaman/laporan/{report.pk}/pdf/")
    text = "".join(one.extract_text() for one in PdfReader(io.BytesIO(paper.content)).pages)
    assert "Almarhum" not in text
    assert head.get(f"/pemakaman/laporan/{report.pk}/csv/").status_code == 404
    assert browser("neighbour").get(f"/pemakaman/laporan/{report.pk}/pdf/").status_code == 404
    province = browser("province_officer")
    assert province.get(f"/pemakaman/laporan/{report.pk}/pdf/").status_code == 200
    page = province.get("/pemakaman/laporan/?bulan=2020-13").content.decode()
    assert "Almarhum" not in page
    other = browser("other_province_officer")
    assert other.get(f"/pemakaman/laporan/{report.pk}/pdf/").status_code == 404


def test_programs_write_a_line_and_count(village: World) -> None:
    operator = village["operator"]
    number = nik(BORN).text
    make_resident(village, name="Contoh Almarhum", birth_date=BORN, nik=Nik(number))
    body = typed(nik=number) | {"id": str(uuid7()), "village": CITY}
    assert operator.post("burials/", body).json == {"id": body["id"], "state": "unmatched"}
    assert operator.post("burials/", body).status == 200
    assert operator.post("burials/", body | {"block": "9"}).status == 409
    away = typed(name="Contoh Rantau") | {"id": str(uuid7()), "village": CITY, "home_village": AGAM}
    assert operator.post("burials/", away).json["state"] == "handed_over"
    bad = body | {"id": str(uuid7()), "nik": "12"}
    answer = operator.post("burials/", bad)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/nik")
    assert operator.post("burials/", bad | {"village": AGAM}).status == 404
    with scoped(operator.actor.scope):
        match_waiting(by=operator.actor)
    counts = {"burials": 2, "unmatched": 0, "matched": 1, "handed_over": 1, "received": 0}
    before = len(looks())
    found = operator.get("burials/?region=13.75").json
    # Whoever picks one line out of the list has looked at that one.
    shown = sorted((row.kind, row.case) for row in looks()[before:])
    assert shown == sorted(("burial", row["id"]) for row in found["results"])
    assert found["counts"] == counts
    assert {row["name"] for row in found["results"]} == {"Contoh Almarhum", "Contoh Rantau"}
    province = village["province_officer"].get("burials/?region=13").json
    assert (province["counts"], province["results"]) == (counts, [])
    assert village["neighbour"].get("burials/?region=13.06").json["counts"]["burials"] == 0
    for who, status in (("village_verifier", 403), ("nation_viewer", 403)):
        assert village[who].post("burials/", body).status == status
        assert village[who].get("burials/?region=13.75").status == status
