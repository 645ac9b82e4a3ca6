"""Whoever is recorded no more keeps no IKD activation: through page, API, and a call to come again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.core.errors import Asks
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.activations import GOES_ALONG
from registrations.ledger.services.corrections import void_record
from registrations.people.models import Resident
from tests.world import World, make_event, make_resident, make_session, nik, record, today

BORN = date(1990, 5, 17)


def active() -> int:
    """Activations that count, in the nation."""
    sql = (
        "SELECT coalesce(sum(weight), 0) FROM registrations_servicerecord"
        " WHERE service = 'ikd_activation' AND outcome = 'done'"
    )
    with scoped(EVERYBODY):
        return int(rows(sql, [])[0][0])


def recorded_and_active(made: World, **changes: object) -> tuple[Resident, ServiceRecord]:
    person = make_resident(made, **changes)
    recording = record(made, person)
    record(made, person, "ikd_activation")
    return person, recording


def void(made: World, row: ServiceRecord, **body: object) -> tuple[int, dict[str, object]]:
    path = f"service-records/{row.pk}/void/"
    answer = made["operator"].post(path, {"reason": "Salah orang", **body})
    return answer.status, answer.json


def test_the_api_takes_the_activation_along(made: World) -> None:
    person, recording = recorded_and_active(made)
    status, _row = void(made, recording)
    assert (status, active()) == (201, 0)
    rows_of = made["operator"].get(f"service-records/?resident={person.pk}").json["results"]
    taken = [(row["service"], row["kind"]) for row in rows_of if row["kind"] == "void"]
    assert sorted(taken) == [("ikd_activation", "void"), ("recording", "void")]
    # A second void tells of the first and asks nothing.
    assert void(made, recording)[0] == 200
    # The way back: recorded and activated anew.
    record(made, person)
    record(made, person, "ikd_activation")
    assert active() == 1


def test_nothing_is_asked_where_the_activation_stands_all_the_same(made: World) -> None:
    person, _recording = recorded_and_active(made)
    with scoped(EVERYBODY):
        activation = ServiceRecord.objects.get(resident=person, service="ikd_activation")
    assert void(made, activation)[0] == 201
    known = make_resident(made, known_recorded_on=date(2015, 1, 1))
    record(made, known, "ikd_activation")
    failed = record(made, known, "biodata", outcome="failed", reason="network")
    assert (void(made, failed)[0], active()) == (201, 1)
    plain = record(made, make_resident(made))
    assert void(made, plain)[0] == 201


def test_an_activation_in_another_ledger_goes_along_and_is_not_told(made: World) -> None:
    number = nik(BORN)
    here, there = make_resident(made, nik=number), make_resident(made, "13.06", nik=number)
    recording = record(made, here)
    other = record(made, there, "ikd_activation")
    assert other.weight == 1
    by = made["operator"].actor
    with scoped(by.scope), pytest.raises(Asks) as asked:
        void_record(by=by, record=recording, reason="Salah orang")
    told = str(asked.value.message)
    assert "IKD" in told
    assert "no. " not in told
    assert "Agam" not in told
    status, _row = void(made, recording)
    with scoped(EVERYBODY):
        taken = ServiceRecord.objects.get(ref=other)
    assert (status, taken.office_id, taken.weight, active()) == (201, "13.06", -1, 0)


@pytest.mark.parametrize("where", ["counter", "person"])
def test_the_page_asks_before(where: str, made: World, browser: Callable[[str], Client]) -> None:
    person, recording = recorded_and_active(made)
    path, form = {
        "counter": (f"/layanan/?session=&last={recording.pk}", {}),
        "person": (f"/penduduk/{person.pk}/", {"record": recording.pk}),
    }[where]
    client = browser("operator")
    form = {"do": "void", "reason": "salah orang", **form}
    html = client.post(path, form).content.decode()
    question = html[html.index('class="alert alert-warning question"') :].partition("</form>")[0]
    assert f'name="confirm" value="{GOES_ALONG}"' in question
    assert 'name="reason" value="salah orang"' in question
    assert active() == 1
    client.post(path, {**form, "confirm": GOES_ALONG})
    assert active() == 0


def test_the_visit_is_open_for_both_again(made: World) -> None:
    session = make_session(made, make_event(made))
    person = make_resident(made)
    by = made["operator"].actor
    asked = {"session": session.pk, "resident": person.pk}
    asked["services"] = ["recording", "ikd_activation"]
    ticket = made["operator"].post("appointments/", asked).json["id"]
    made["operator"].post(f"appointments/{ticket}/check-in/", {})
    recording = record(made, person, session=session.pk)
    record(made, person, "ikd_activation", session=session.pk)
    with scoped(by.scope):
        void_record(by=by, record=recording, reason="Salah orang", confirm=[GOES_ALONG])
    appointment = made["operator"].get(f"appointments/{ticket}/").json
    assert (appointment["state"], active()) == ("checked_in", 0)
    again = record(made, person, session=session.pk)
    record(made, person, "ikd_activation", session=session.pk)
    assert (again.weight, active()) == (1, 1)


@pytest.mark.parametrize("known", [False, True])
def test_who_is_called_again_keeps_none(made: World, *, known: bool) -> None:
    person = make_resident(made, known_recorded_on=date(2015, 1, 1) if known else None)
    if not known:
        record(made, person)
    record(made, person, "ikd_activation")
    ask = {"reason": "deleted", "may_return_on": str(today())}
    assert made["head"].post(f"residents/{person.pk}/reopen-recording/", ask).status == 201
    assert active() == 0


def test_a_refused_question_changes_nothing(made: World) -> None:
    _person, recording = recorded_and_active(made)
    by = made["operator"].actor
    with scoped(by.scope), pytest.raises(Asks):
        void_record(by=by, record=recording, reason="Salah orang", confirm=["something-else"])
    with scoped(EVERYBODY):
        assert not ServiceRecord.objects.filter(row_kind="void").exists()


@pytest.mark.parametrize("how", ["another-number", "merged"])
@pytest.mark.parametrize("known_there", [False, True])
def test_a_number_that_loses_its_recording_keeps_no_activation(
    made: World, how: str, *, known_there: bool
) -> None:
    """Two offices hold a number; the recording below one's activation goes away with the other's person."""
    number, mine = nik(BORN), nik(BORN)
    here = make_resident(made, nik=number)
    known = date(2015, 1, 1) if known_there else None
    there = make_resident(made, "13.06", nik=number, known_recorded_on=known)
    record(made, here)
    assert record(made, there, "ikd_activation").weight == 1
    if how == "merged":
        stays = make_resident(made, nik=mine)
        path, body = f"residents/{here.pk}/merge/", {"into": str(stays.pk)}
    else:
        path, body = f"residents/{here.pk}/replace-nik/", {"nik": mine.text}
    answer = made["head"].post(path, {**body, "reason": "salah nomor"})
    assert answer.status in (200, 201)
    assert active() == (1 if known_there else 0)
