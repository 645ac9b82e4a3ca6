"""A desk's forms look the same drawn around holes as drawn whole, whoever is shown and however they stand."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client

from dukcapil.accounts.scoping import scoped
from dukcapil.core.templatetags import kept
from events.planning.services.sessions import set_stations
from registrations.booking.services.appointments import book, check_in
from tests.world import World, make_event, make_resident, make_session

pytestmark = [pytest.mark.django_db, pytest.mark.contexts]
#: Anew in each form and each page.
_TOKENS = re.compile(r'name="(once|csrfmiddlewaretoken)" value="[^"]+"')


class Hall:
    def __init__(self, made: World, client: Client) -> None:
        self.made, self.client, self.by = made, client, made["operator"].actor
        event = make_event(made)
        self.session = make_session(made, event, {"recording": 60, "ikd_activation": 60})
        with scoped(self.by.scope):
            tables = {"Meja rekam": ["recording"], "Meja IKD": ["ikd_activation"]}
            set_stations(by=self.by, event=event, stations=tables)
            self.stations = list(event.stations.order_by("pk"))
        self.path = f"/sesi/{self.session.pk}/meja/"

    def at(self, station: int | None) -> str:
        """The page of one of its tables; None: of none."""
        chosen = "" if station is None else self.stations[station].pk
        return f"{self.path}?station={chosen}"

    def asks(self, station: int = 0, **form: Any) -> Any:
        answer = self.client.post(self.at(station), form, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        return answer

    def comes(self, *services: str, arrived: bool = True) -> Any:
        person = make_resident(self.made)
        with scoped(self.by.scope):
            visit = book(by=self.by, session=self.session, resident=person, services=list(services))
            if arrived:
                check_in(by=self.by, appointment=visit)
        return visit

    def answers(self) -> dict[str, Any]:
        """Of each kind of step, by what it is."""
        new, other = make_resident(self.made), make_resident(self.made)
        self.comes("recording")
        waiting = self.comes("recording", "ikd_activation")
        booked = self.comes("recording", arrived=False)
        found = {"a first look": self.asks(do="find", q="")}
        found["nobody's booking"] = self.asks(do="find", q=str(new.pk))
        found["walk-in"] = self.asks(do="walk-in", resident=new.pk, services="recording")
        found["walk-in refused"] = self.asks(do="walk-in", resident=other.pk)
        found["called"] = self.asks(do="call")
        found["called elsewhere"] = self.asks(1, do="call")
        found["sits here"] = self.asks(do="serve", visit=waiting.pk)
        found["put back"] = self.asks(do="back", visit=waiting.pk)
        for station in (0, 1, None):
            for who, one in (
                ("new", new.pk),
                ("waits", waiting.resident_id),
                ("booked", booked.resident_id),
            ):
                address = f"{self.at(station)}&person={one}"
                found[f"{who} at {station}"] = self.client.get(
                    address, headers={"HX-Request": "true"}
                )
        log = {"do": "log", "resident": waiting.resident_id, "service": "recording"}
        found["log refused"] = self.asks(**log, outcome="failed")
        found["log"] = self.asks(**log, outcome="done", receiver="self")
        return found


@pytest.fixture
def hall(made: World, browser: Callable[[str], Client]) -> Hall:
    return Hall(made, browser("operator"))


def _drawn(context: dict[str, Any]) -> str:
    return _TOKENS.sub("token", render_to_string("registrations/_desk.html", context))


def test_the_same_is_drawn(hall: Hall) -> None:
    framed = set()
    for what, answer in hall.answers().items():
        given = answer.context[0].flatten()
        whole = _drawn(given | {"start": None, "forms": None})
        for _again in range(2):
            assert _drawn(given) == whole, what
        framed |= {what} if given["forms"] else set()
    assert {"walk-in", "called", "sits here", "new at 0", "waits at 1", "new at None"} <= framed
    assert not {"booked at 0", "log refused", "walk-in refused", "log"} & framed


def test_what_is_kept_is_nobodys(hall: Hall) -> None:
    kept.frames.forget()
    shown: set[str] = set()
    for answer in hall.answers().values():
        shown |= set(
            re.findall(r'name="(?:resident|visit)" value="([^"]+)"', answer.content.decode())
        )
    assert len(shown) > 3
    kept_now = " ".join(body for _until, body in kept.frames._kept.values())
    assert "value" in kept_now
    assert not [key for key in shown if key in kept_now]
