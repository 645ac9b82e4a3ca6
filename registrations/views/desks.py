"""A clerk's desk: what the page of a counter and the page of a session's hall both show."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.forms import fill
from events.planning.enums import Service
from events.planning.models.session import ServiceSession, Station
from registrations.booking.enums import AppointmentState
from registrations.booking.models.appointment import Appointment
from registrations.booking.selectors.desk import visit_of
from registrations.forms.desk import LogForm, WalkInForm
from registrations.forms.people import FindVisitorForm
from registrations.ledger.selectors import done_services, suggested_service
from registrations.people.services.lookups import person_served
from registrations.views.saved import Saved


@dataclass(frozen=True)
class Hall:
    """A session with its queue, as the address names it, and the clerk's station in it."""

    session: ServiceSession
    stations: list[Station]
    station: Station | None


@dataclass(frozen=True)
class Counter:
    """An office's counter, where a session of the day may be chosen."""

    sessions: list[ServiceSession]
    zone: str


@dataclass
class Desk:
    """What a clerk works on. Only a hall has a queue, and only there htmx changes the page."""

    request: StaffRequest
    actor: Actor
    workplace: Hall | Counter
    session: ServiceSession | None
    find: FindVisitorForm = field(default_factory=FindVisitorForm)
    people: list[dict[str, Any]] = field(default_factory=list)
    #: Others fit the search, who are not among `people`.
    more: bool = False
    looked: bool = False
    person: dict[str, Any] | None = None
    visit: Appointment | None = None
    form: LogForm | None = None
    walk_in: WalkInForm | None = None
    done: set[str] = field(default_factory=set)
    saved: Saved | None = None
    problem: str = ""

    @property
    def hall(self) -> Hall | None:
        return self.workplace if isinstance(self.workplace, Hall) else None

    @property
    def station(self) -> Station | None:
        return self.hall.station if self.hall else None

    @property
    def stations(self) -> list[Station]:
        return self.hall.stations if self.hall else []

    @property
    def session_text(self) -> str:
        return str(self.session.pk) if self.session else ""

    @property
    def services(self) -> list[str]:
        return list(self.session.event.services if self.session else Service.values)

    @property
    def zone(self) -> str:
        """Of the place of service: an hour that is typed is the hour there."""
        if self.session:
            return self.session.event.village.timezone
        return self.workplace.zone if isinstance(self.workplace, Counter) else ""

    @property
    def booked(self) -> bool:
        return self.visit is not None and self.visit.state == AppointmentState.BOOKED

    @property
    def waits(self) -> bool:
        return self.visit is not None and self.visit.state == AppointmentState.CHECKED_IN

    @property
    def holds(self) -> bool:
        return self.visit is not None and self.visit.state in AppointmentState.active()

    def address(self, **query: Any) -> str:
        if self.hall is None:
            return f"{reverse('log')}?{urlencode({'session': self.session_text, **query})}"
        if self.station:
            query["station"] = self.station.pk
        path = reverse("desk", args=[self.hall.session.pk])
        return f"{path}?{urlencode(query)}" if query else path

    def show(self, resident_id: uuid.UUID) -> None:
        """Open a person with their visit and a form ready to be sent. Logged as a look."""
        self.person = person_served(by=self.actor, resident_id=resident_id)
        self.visit = visit_of(self.actor, self.session, resident_id) if self.session else None
        self.done = done_services(self.actor, resident_id)
        suggested = suggested_service(
            self.person,
            offered=self.services,
            done=self.done,
            visit=self.visit,
            station=self.station,
        )
        self.form = self._log_form(suggested)
        if self.hall and self.walk_in is None:
            self.walk_in = WalkInForm(services=self.services, initial={"services": [suggested]})

    def _log_form(self, suggested: str) -> LogForm:
        options: dict[str, Any] = {
            "services": self.services,
            "zone": self.zone,
            "initial": {"service": suggested, "outcome": "done"},
        }
        return fill(self.request, LogForm, do=("log",), **options)
