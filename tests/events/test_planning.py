"""A plan is judged by its subject: whoever asks, by page, program or verb, is told the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import scoped
from dukcapil.core.errors import Invalid
from events.planning.models.session import ServiceSession
from events.planning.services.events import copy_event
from events.planning.validators import seats_for_kits
from registrations.lifecycle.services.events import open_to_booking
from tests.world import World, at, make_event, today


@pytest.mark.contexts
def test_page_and_program_are_told_the_same_of_a_plan(made: World) -> None:
    operator = made["operator"]
    body = {
        "title": "Panjang",
        "kind": "gebyar",
        "office": "13.75",
        "village": "13.75.01.1001",
        "place": "Aula",
        "starts_on": "2026-01-01",
        "ends_on": "2027-06-01",
        "services": ["recording"],
    }
    assert operator.post("events/", body).json["type"] == "/problems/event-long"
    client = Client()
    client.force_login(User.objects.get(username="operator"))
    typed = {**body, "place_kind": "other"}
    page = client.post("/kegiatan/baru/", typed)
    assert (page.status_code, "Lebih dari setahun" in page.content.decode()) == (422, True)
    event = make_event(made)
    hours = {"starts_at": at(8).isoformat(), "ends_at": at(12).isoformat()}
    nothing = {"event": str(event.pk), "capacity": {"recording": 0}, **hours}
    assert operator.post("sessions/", nothing).json["type"] == "/problems/capacity"
    typed = {"day": str(today()), "begins": "08:00", "ends": "12:00"}
    for name in event.services:
        typed[f"capacity_{name}"] = "0"
    page = client.post(f"/kegiatan/{event.pk}/sesi/baru/", typed)
    assert (page.status_code, ServiceSession.everything.exists()) == (422, False)
    late = {**typed, "capacity_recording": "1", "ends": "07:00"}
    page = client.post(f"/kegiatan/{event.pk}/sesi/baru/", late)
    assert page.context["form"].errors.as_data().keys() == {"ends"}
    away = {**typed, "capacity_recording": "1", "day": str(today() + timedelta(days=9))}
    page = client.post(f"/kegiatan/{event.pk}/sesi/baru/", away)
    assert page.context["form"].errors.as_data().keys() == {"day"}


def test_places_of_sets() -> None:
    assert seats_for_kits(3, at(8), at(12), 6) == 120
    assert seats_for_kits(3, at(8), at(8, 11), 6) == 3
    assert seats_for_kits(3, at(12), at(8), 6) == 0
    assert seats_for_kits(200, at(0), at(23), 1) == 5000


def test_the_whole_checklist_is_signed(made: World) -> None:
    by, head = made["operator"].actor, made["head"].actor
    event = make_event(made)
    with scoped(by.scope):
        [draft] = copy_event(by=by, event=event, starts_on=today())
    with scoped(head.scope):
        with pytest.raises(Invalid) as refused:
            open_to_booking(by=head, event=draft, neutrality_signed=True, items=["symbols"])
        assert refused.value.code == "neutrality-unsigned"
        assert open_to_booking(by=head, event=draft, neutrality_signed=True).state == "approved"
