"""Two at once, where a look or a place is at stake; the long ones are drills."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from dukcapil.accounts.scoping import scoped
from registrations.booking.services import seats
from tests.drills.races import mixed, sessions
from tests.roles import sound
from tests.walls.conftest import as_superuser
from tests.world import Caller, World, looks, make_many, make_resident


def test_booking_cancelling_and_lowering_mixed_keep_every_place_right(kept: World) -> None:
    people = make_many(kept, ["Contoh Warga"] * 30)
    answers = mixed(kept, people, sessions(kept, 3, 6), clients=8, rounds=25)
    assert answers["book"] > 20
    assert answers["cancel"] > 0
    assert answers["places"] > 0
    assert [name for name in answers if name.startswith("!")] == []
    assert sound() == []


def test_a_place_that_is_only_looked_for_goes_wrong(
    kept: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: numbers are given out without taking the row."""
    numbers = iter(range(1, 10_000))
    monkeypatch.setattr(seats, "take", lambda *_args: seats.TakenSeat(next(numbers), 6))
    people = make_many(kept, ["Contoh Warga"] * 30)
    mixed(kept, people, sessions(kept, 3, 6), clients=8, rounds=3)
    assert "seat-holders" in sound()


def test_two_reveals_and_one_whose_row_cannot_be_written(kept: World) -> None:
    """Nothing is shown without its row, and the other one is not disturbed."""
    as_superuser(
        "CREATE FUNCTION fail_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NEW.reason LIKE 'gagal%' THEN RAISE EXCEPTION 'disk full'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER fail_one BEFORE INSERT ON accounts_accesslog"
        " FOR EACH ROW EXECUTE FUNCTION fail_one()",
    )
    only_one_is_shown(kept)


def test_two_reveals_and_one_whose_link_cannot_be_written(kept: World) -> None:
    """The link comes at the commit, after the view: still nothing is shown."""
    as_superuser(
        "CREATE FUNCTION fail_link() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF (SELECT reason FROM accounts_accesslog WHERE id = NEW.log_id) LIKE 'gagal%'"
        " THEN RAISE EXCEPTION 'disk full'; END IF; RETURN NEW; END $$",
        "ALTER FUNCTION fail_link() SECURITY DEFINER",
        "CREATE TRIGGER fail_link BEFORE INSERT ON accounts_accesslink"
        " FOR EACH ROW EXECUTE FUNCTION fail_link()",
    )
    only_one_is_shown(kept)


def only_one_is_shown(made: World) -> None:
    answers = reveal_both(made)
    assert answers["gagal"].status_code == 500
    assert b"9901" not in answers["gagal"].content
    assert answers["cetak"].status_code == 200
    assert b"9901" in answers["cetak"].content
    assert [row.reason for row in looks(action="reveal")] == ["cetak kartu keluarga"]


def reveal_both(made: World) -> dict[str, HttpResponse]:
    user, found = made["operator"].user, dict[str, Any]()
    people = {reason: make_resident(made) for reason in ("cetak", "gagal")}
    gate = threading.Barrier(2)

    def work(reason: str) -> None:
        client = Client(raise_request_exception=False)
        client.force_login(user)
        try:
            gate.wait()
            body = {"do": "reveal", "reason": f"{reason} kartu keluarga", "case": "1"}
            found[reason] = client.post(f"/penduduk/{people[reason].pk}/", body)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(reason,)) for reason in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_many_looks_at_once_make_one_chain(kept: World) -> None:
    person = make_resident(kept)
    operator = kept["operator"]

    def work() -> None:
        caller = Caller(operator.actor, operator.token)
        try:
            for _n in range(10):
                assert caller.get(f"residents/{person.pk}/").status == 200
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with scoped("*"):
        assert len(looks(action="view")) == 80
    assert sound() == []
