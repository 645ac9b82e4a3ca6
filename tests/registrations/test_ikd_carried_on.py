"""Whose IKD failed is carried on, until it is active: in the follow-up of an event and on the workbench."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from dukcapil.accounts.scoping import scoped
from registrations.ledger.services.ledger import DeskNote, log_service
from registrations.lifecycle.selectors import absentees
from tests.registrations.test_bench import BENCH, close, names
from tests.world import World, entry, make_event, make_resident, make_session, record


def test_who_failed_is_carried_on_until_active(
    made: World, browser: Callable[[str], Client]
) -> None:
    event = make_event(made)
    session = make_session(made, event)
    by = made["operator"].actor
    ayu, budi, citra = (make_resident(made, name=f"Contoh {n}") for n in ("Ayu", "Budi", "Citra"))
    close()
    for person in (ayu, budi, citra):
        record(made, person, session=session.pk)
    with scoped(by.scope):
        for person, reason in ((ayu, "no_email"), (budi, "face_mismatch")):
            failed = entry(
                person, "ikd_activation", outcome="failed", reason=reason, session=session.pk
            )
            log_service(by=by, entry=failed, desk_note=DeskNote(step="face"))
    record(made, citra, "ikd_activation", session=session.pk)
    client = browser("operator")
    shown = client.get(f"{BENCH}?tried=ikd")
    assert names(shown) == ["Contoh Ayu", "Contoh Budi"]
    html = shown.content.decode()
    assert "IKD: membuat alamat surel lebih dahulu" in html
    assert "IKD: dipanggil untuk mencoba lagi" in html
    with scoped(by.scope):
        missing = {one.name: (one.failed, one.next_step) for one in absentees(by, event)}
    assert {name: failed for name, (failed, _next) in missing.items()} == {
        "Contoh Ayu": "no_email",
        "Contoh Budi": "face_mismatch",
    }
    page = client.get(f"/kegiatan/{event.pk}/susulan/").content.decode()
    assert "membuat alamat surel" in page
    # A second try that succeeds ends it, wherever it stands.
    record(made, ayu, "ikd_activation")
    assert names(client.get(f"{BENCH}?tried=ikd")) == ["Contoh Budi"]
    with scoped(by.scope):
        assert [one.name for one in absentees(by, event)] == ["Contoh Budi"]


def test_a_recording_that_failed_says_nothing_of_an_ikd(made: World) -> None:
    event = make_event(made)
    session = make_session(made, event)
    person = make_resident(made)
    services = ["recording", "ikd_activation"]
    asked = {"session": session.pk, "resident": person.pk, "services": services}
    assert made["operator"].post("appointments/", asked).status == 201
    record(made, person, outcome="failed", reason="network", session=session.pk)
    by = made["operator"].actor
    with scoped(by.scope):
        [one] = absentees(by, event)
    assert (one.failed, one.ikd_failed, one.next_step) == ("network", "", "")
