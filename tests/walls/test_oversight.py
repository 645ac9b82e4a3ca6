"""Looks that nothing explains come before the head; the others do not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import scoped
from dukcapil.core import work
from registrations.booking.services.appointments import book
from registrations.oversight.selectors.looks import looks_without_service
from registrations.oversight.services.exports import request_export
from registrations.people.services.residents import reveal
from tests.counting import asks
from tests.engines import MANY, past_all_rules
from tests.walls.conftest import as_superuser
from tests.world import World, make_event, make_resident, make_session, record


def logged_in(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def earlier(minutes: int) -> None:
    """Everything that was looked at happened so long ago; services and bookings stay now."""
    past_all_rules(f"UPDATE accounts_accesslog SET at = at - interval '{minutes} minutes'")


def held_long() -> None:
    as_superuser("UPDATE registrations_resident SET created_at = created_at - interval '9 days'")


def unexplained(made: World) -> set[str]:
    by = made["head"].actor
    since = timezone.now() - timedelta(days=7)
    with scoped(by.scope):
        return {row["subject"] for row in looks_without_service(by, since)}


def test_a_look_near_a_service_is_explained_and_one_far_from_it_is_not(kept: World) -> None:
    served, far = make_resident(kept), make_resident(kept)
    held_long()
    client = logged_in("operator")
    for person in (served, far):
        client.get(f"/penduduk/{person.pk}/")
    earlier(10)
    record(kept, served)
    earlier(25)  # the look at `served` is 35 minutes old, its service now: too far by five
    assert unexplained(kept) == {str(served.pk), str(far.pk)}
    past_all_rules(
        "UPDATE registrations_servicerecord SET received_at = received_at - interval '9 min'"
    )
    assert unexplained(kept) == {str(far.pk)}


def test_a_slip_and_a_search_that_finds_one_are_looks_too(kept: World) -> None:
    one, two = make_resident(kept, name="Contoh Slip"), make_resident(kept, name="Contoh Cari")
    session = make_session(kept, make_event(kept))
    by = kept["operator"].actor
    with scoped(by.scope):
        slip = book(by=by, session=session, resident=one, services=["recording"])
    held_long()
    as_superuser("UPDATE registrations_appointment SET created_at = created_at - interval '9 days'")
    client = logged_in("operator")
    client.get(f"/janji/{slip.pk}/")
    client.post("/penduduk/", {"q": "contoh cari"})
    client.post("/penduduk/", {"q": "contoh"})
    earlier(40)
    assert unexplained(kept) == {str(one.pk), str(two.pk)}


@pytest.mark.parametrize("what", ["booked", "added", "too new"])
def test_a_booking_a_registration_and_the_last_half_hour_are_left_out(
    kept: World, what: str
) -> None:
    person = make_resident(kept)
    logged_in("operator").get(f"/penduduk/{person.pk}/")
    if what == "too new":
        held_long()
        earlier(29)
        assert unexplained(kept) == set()
        earlier(2)
        assert unexplained(kept) == {str(person.pk)}
        return
    earlier(31)
    if what == "booked":
        held_long()
        by = kept["operator"].actor
        session = make_session(kept, make_event(kept))
        with scoped(by.scope):
            book(by=by, session=session, resident=person, services=["recording"])
        as_superuser("UPDATE registrations_appointment SET created_at = now() - interval '5 min'")
    else:
        as_superuser("UPDATE registrations_resident SET created_at = now() - interval '5 min'")
    assert unexplained(kept) == set()


def test_the_head_sees_reason_and_case_and_whether_it_is_one(kept: World) -> None:
    person, other = make_resident(kept), make_resident(kept)
    by = kept["operator"].actor
    session = make_session(kept, make_event(kept))
    with scoped(by.scope):
        slip = book(by=by, session=session, resident=person, services=["recording"])
        reveal(by=by, resident=person, reason="cetak kartu keluarga", case=slip.ticket.lower())
        reveal(by=by, resident=other, reason="penasaran saja, tanpa layanan", case=slip.ticket)
    page = logged_in("head").get("/pengawasan/?show=reveals").content.decode()
    assert "cetak kartu keluarga" in page
    assert "penasaran saja, tanpa layanan" in page
    assert page.count("milik orang ini") == 1
    assert page.count("bukan slip atau layanan orang ini") == 1
    assert logged_in("operator").get("/pengawasan/").status_code == 403
    theirs = logged_in("other_province_officer").get("/pengawasan/?show=reveals&days=90")
    assert "penasaran saja, tanpa layanan" not in theirs.content.decode()
    ours = logged_in("province_officer").get("/pengawasan/?show=reveals&days=90")
    assert "penasaran saja, tanpa layanan" in ours.content.decode()


def test_one_row_and_many_cost_the_same(
    kept: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "MOST_WAITING", 100)
    settings.REVEALS_AN_HOUR = settings.EXPORTS_AN_HOUR = 100
    head, clerk = kept["head"].actor, logged_in("operator")

    def more(count: int) -> None:
        for _n in range(count):
            person, seen = make_resident(kept), make_resident(kept)
            with scoped(head.scope):
                request_export(by=head, kind="residents", reason="uji baris pengawasan")
                reveal(by=head, resident=person, reason="uji baris pengawasan", case="1")
            clerk.get(f"/penduduk/{seen.pk}/")
        held_long()
        earlier(40)

    def asked(path: str) -> tuple[int, int]:
        client = logged_in("head")
        client.get(path)
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(path)
        sql = [row["sql"] for row in captured if asks(row["sql"])]
        return len(sql), answer.content.decode().count("<tr>")

    more(1)
    paths = ("/pengawasan/", *(f"/pengawasan/?show={what}" for what in ("reveals", "exports")))
    before = {path: asked(path) for path in (*paths, "/ekspor/")}
    more(MANY - 1)
    for path, (one, rows_of_one) in before.items():
        many, rows_of_many = asked(path)
        assert rows_of_many - rows_of_one >= MANY - 5, path
        assert one == many <= 8, path
