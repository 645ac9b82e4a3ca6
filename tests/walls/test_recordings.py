"""Recordings for others: both offices see the same rows, and only the recording one the person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.db import rows
from dukcapil.regions.models import Region
from registrations.ledger.services.corrections import void_record
from registrations.oversight.selectors.recordings import Recording, UnusualRecordings
from registrations.people.validators import Nik
from tests.world import World, looks, make_resident, record

PAGE = "/pengawasan/?show=recordings"


def logged_in(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def seen(actor: Actor) -> list[Recording]:
    with scoped(actor.scope):
        return UnusualRecordings(actor, timezone.now() - timedelta(days=7))[0:50]


def outsider(made: World, village: str = "13.06.01.2001", name: str = "Kenari Rahasia Tamu") -> str:
    """Somebody of another district, recorded by Bukittinggi."""
    resident = make_resident(made, village=Region.objects.get(pk=village), name=name)
    return str(record(made, resident).pk)


def test_both_offices_and_their_provinces_see_a_recording_for_another_domicile(made: World) -> None:
    here, far = outsider(made), outsider(made, "18.71.01.1003")
    record(made, make_resident(made))  # an ordinary one stands on no list
    for who, expected in {
        "head": {here, far},
        "neighbour_head": {here},
        "province_officer": {here, far},
        "other_province_officer": {far},
    }.items():
        assert {str(line.id) for line in seen(made[who].actor)} == expected, who


def test_the_person_is_shown_to_the_recording_office_and_its_province_alone(made: World) -> None:
    outsider(made), outsider(made, "18.71.01.1003")
    for who, shown in {
        "head": 2,
        "province_officer": 2,
        "neighbour_head": 0,
        "other_province_officer": 0,
    }.items():
        lines = seen(made[who].actor)
        assert sum(line.resident is not None for line in lines) == shown, who
        html = logged_in(who).get(PAGE).content.decode()
        assert html.count("/penduduk/0") == shown
        assert "Kenari" not in html
        assert "990101\u2022" not in html.replace(" ", "") or shown


def test_a_late_one_and_a_doubtful_number_say_so(made: World) -> None:
    old = record(
        made, make_resident(made), "family_card", occurred_at=timezone.now() - timedelta(days=9)
    )
    record(made, make_resident(made), "family_card", occurred_at=timezone.now() - timedelta(days=6))
    odd = record(made, make_resident(made, nik=Nik("9901011705900000")))
    lines = {line.id: line for line in seen(made["head"].actor)}
    assert lines.keys() == {old.pk, odd.pk}
    assert (lines[old.pk].late, lines[old.pk].doubtful, lines[old.pk].state) == (
        *(True, False),
        "counts",
    )
    assert (lines[odd.pk].late, lines[odd.pk].doubtful, lines[odd.pk].state) == (
        *(False, True),
        "waits",
    )
    html = logged_in("head").get(PAGE).content.decode()
    assert "terlambat" in html
    assert "nomor meragukan" in html
    assert seen(made["neighbour_head"].actor) == []


def test_counts_by_office_and_period(made: World) -> None:
    outsider(made)
    outsider(made)
    odd = make_resident(made, nik=Nik("9901011705900000"))
    record(made, odd)
    head = made["head"].actor
    with scoped(head.scope):
        counts = UnusualRecordings(head, timezone.now() - timedelta(days=7)).counts()
        assert UnusualRecordings(head, timezone.now() + timedelta(days=1)).counts() == []
    numbers = {count.home: (count.total, count.elsewhere, count.doubtful) for count in counts}
    assert set(numbers.values()) == {(2, 2, 0), (1, 0, 1)}


def test_what_was_taken_back_says_so(made: World) -> None:
    person = make_resident(made, village=Region.objects.get(pk="13.06.01.2001"))
    row = record(made, person)
    by = made["operator"].actor
    with scoped(by.scope):
        void_record(by=by, record=row, reason="Salah orang")
    assert [line.state for line in seen(made["neighbour_head"].actor)] == ["void"]


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ("13.75;;", 2),
        ("13.06;;", 1),
        ("13;;", 2),
        ("18;;", 1),
        ("11;;", 0),
        ("13.06;13.06.01.2001;", 0),  # a village's posting
        ("", 0),
    ],
)
def test_the_function_gives_each_scope_its_own(made: World, scope: str, found: int) -> None:
    outsider(made), outsider(made, "18.71.01.1003")
    with scoped(scope):
        assert len(rows("SELECT id FROM unusual_records(now() - interval '1 day')")) == found


def test_the_look_is_logged_and_costs_the_same_for_one_and_for_many(made: World) -> None:
    outsider(made)
    client = logged_in("head")
    client.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE)
    for _n in range(12):
        outsider(made)
    with CaptureQueriesContext(connection) as many:
        client.get(PAGE)
    assert len(many) == len(one)
    assert [row.found for row in looks(kind="oversight recordings")] == [1, 1, 13]


def test_the_index_of_the_few_fits_what_the_function_asks(made: World) -> None:
    """A slip in one of the two conditions, and every page reads a whole chain."""
    outsider(made)
    source = rows("SELECT prosrc FROM pg_proc WHERE proname = 'unusual_records'")[0][0]
    asked = source.partition("WHERE ")[2].partition("AND led.received_at")[0]
    with scoped(made["head"].actor.scope), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(
            "EXPLAIN SELECT received_at FROM registrations_servicerecord led WHERE "
            f"{asked} ORDER BY office_id, received_at"
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "using ledger_unusual_office" in plan
    assert "Sort" not in plan
