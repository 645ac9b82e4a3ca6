"""What the page refuses the API refuses: one verb holds each limit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Invalid
from events.planning.models.event import ServiceEvent
from events.planning.services.events import copy_event
from events.planning.services.sessions import open_session
from tests.world import World, at, make_event, today


def plan(**changes: Any) -> dict[str, Any]:
    return {
        "title": "Gebyar",
        "kind": "gebyar",
        "office": "13.75",
        "village": "13.75.01.1001",
        "place": "Aula",
        "starts_on": "2026-11-25",
        "ends_on": "2026-11-25",
        "services": ["recording"],
        **changes,
    }


def state(event: ServiceEvent) -> tuple[str, str]:
    with scoped(EVERYBODY):
        event.refresh_from_db()
    return event.state, event.cancel_reason


def test_an_event_of_ninety_years_is_refused_at_both_doors(
    made: World, browser: Callable[[str], Client]
) -> None:
    long = plan(starts_on="2011-01-01", ends_on="2100-12-31")
    answer = made["operator"].post("events/", long)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/ends_on")
    page = browser("operator").post("/kegiatan/baru/", {**long, "place_kind": "other"})
    assert page.status_code == 422
    assert made["operator"].post("events/", plan(ends_on="2027-11-26")).status == 201
    assert made["operator"].post("events/", plan(ends_on="2027-11-27")).status == 422


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "   "}])
def test_an_approved_event_is_cancelled_with_a_reason_alone(
    made: World, body: dict[str, str]
) -> None:
    event = make_event(made)
    answer = made["operator"].post(f"events/{event.pk}/cancel/", body)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/reason")
    assert state(event)[0] == "approved"
    assert made["operator"].post(f"events/{event.pk}/cancel/", {"reason": "Banjir"}).status == 200
    assert state(event) == ("cancelled", "Banjir")
    assert made["operator"].post(f"events/{event.pk}/cancel/", {}).status == 200


def test_a_draft_is_cancelled_without_one(made: World) -> None:
    draft = made["operator"].post("events/", plan()).json["id"]
    assert made["operator"].post(f"events/{draft}/cancel/", {}).json["state"] == "cancelled"


@pytest.mark.parametrize("letters", [201, 300])
def test_a_reason_that_is_too_long_is_refused_at_both_doors(
    made: World, browser: Callable[[str], Client], letters: int
) -> None:
    event = make_event(made)
    body = {"reason": "x" * letters}
    assert made["operator"].post(f"events/{event.pk}/cancel/", body).status == 422
    page = browser("operator").post(f"/kegiatan/{event.pk}/", {"do": "cancel", **body}, follow=True)
    assert page.status_code == 200
    assert "paling banyak 200 huruf" in page.content.decode()
    assert state(event)[0] == "approved"


def test_limits_of_the_pages_hold_in_the_verbs(made: World) -> None:
    event, by = make_event(made, kits=1), made["operator"].actor
    with scoped(by.scope):
        for minutes in (0, -5, 121):
            with pytest.raises(Invalid) as refused:
                open_session(
                    by=by,
                    event=event,
                    starts_at=at(8),
                    ends_at=at(12),
                    capacity={"recording": None},
                    minutes=minutes,
                )
            assert refused.value.field == "minutes"
        for days in (0, -7, 367):
            with pytest.raises(Invalid) as refused:
                copy_event(
                    by=by, event=event, starts_on=today() + timedelta(days=7), every_days=days
                )
            assert refused.value.field == "every_days"


def test_a_search_takes_a_name_of_the_length_of_a_name(made: World) -> None:
    assert made["operator"].post("residents/search/", {"name": "x" * 151}).status == 422
