"""A clerk's desk: what the page of a counter and the page of a session's hall both show."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.forms import Question
from dukcapil.core.unbound import fill_or_unbound, unbound
from events.planning.enums import EventState, Service
from events.planning.models.session import ServiceSession, Station
from registrations.booking.enums import AppointmentState
from registrations.booking.models.appointment import Appointment
from registrations.forms.desk import LogForm, WalkInForm
from registrations.forms.people import FindVisitorForm
from registrations.ledger.selectors import at_desk, suggested_service
from registrations.people.services.lookups import looked_at, told_at_desk
from registrations.views.saved import CardQuestion, Saved


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
    find: FindVisitorForm = field(default_factory=lambda: unbound(FindVisitorForm))
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
    question: Question | None = None
    #: A print is taken back: what became of its card.
    card_question: CardQuestion | None = None
    #: The person was called, or sits here: only then does Enter save. A scanner that sends Enter twice
    #: records nobody who was only found.
    sits: bool = False
    #: The arrival was noted just now: the next slip may follow.
    arrived: bool = False

    @property
    def hall(self) -> Hall | None:
        return self.workplace if isinstance(self.workplace, Hall) else None

    @property
    def in_a_hall(self) -> bool:
        return self.hall is not None

    @property
    def begins(self) -> bool:
        """Nobody is shown: the next key is for whom is looked for."""
        return not (self.arrived or self.person or self.people)

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
        """A chosen station offers its own alone."""
        offered = list(self.session.event.services if self.session else Service.values)
        if self.station:
            return [name for name in offered if name in self.station.services]
        return offered

    @property
    def left(self) -> list[str]:
        """What the visit is still open for."""
        return list(vars(self.visit)["open_services"]) if self.visit and self.holds else []

    @property
    def left_labels(self) -> list[str]:
        return [str(Service(name).label) for name in self.left]

    @property
    def elsewhere(self) -> bool:
        """Nothing that is left is given at this station."""
        return bool(self.left) and not set(self.left) & set(self.services)

    @property
    def untouched(self) -> bool:
        """Arrived, and nothing was logged: the arrival may be taken back."""
        return self.waits and self.visit is not None and len(self.left) == len(self.visit.services)

    @property
    def takes(self) -> bool:
        return self.session is not None and self.session.event.state == EventState.APPROVED

    @property
    def expects(self) -> bool:
        """Only booked: the person arrives before anything is logged."""
        return self.booked and self.takes

    @property
    def seats(self) -> bool:
        """The person waits, and this station is not where they were called to."""
        return bool(
            self.waits and self.station and self.visit and self.visit.station_id != self.station.pk
        )

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

    @property
    def rests(self) -> bool:
        """The next key is for the open person: nothing else is asked or was just noted."""
        refused = self.form is not None and bool(self.form.errors)
        return not (self.elsewhere or self.arrived or self.question or refused)

    def address(self, **query: Any) -> str:
        if self.hall is None:
            return f"{reverse('log')}?{urlencode({'session': self.session_text, **query})}"
        if self.station:
            query["station"] = self.station.pk
        path = reverse("desk", args=[self.hall.session.pk])
        return f"{path}?{urlencode(query)}" if query else path

    def show(self, resident_id: uuid.UUID) -> None:
        """Open a person with their visit and a form ready to be sent. Logged as a look."""
        session = self.session.pk if self.session else None
        found = at_desk(self.actor, resident_id, session, [looked_at(self.actor, resident_id)])
        self.person = told_at_desk(by=self.actor, person=found.person, anywhere=found.anywhere)
        self.visit, self.done = found.visit, found.done
        suggested = suggested_service(
            self.person,
            offered=self.services,
            done=self.done,
            booked=self.left,
        )
        self.form = self._log_form(suggested)
        if self.hall and self.walk_in is None:
            self.walk_in = unbound(
                WalkInForm,
                services=self.session.event.services if self.session else [],
                initial={"services": [suggested]},
            )

    def _log_form(self, suggested: str) -> LogForm:
        options: dict[str, Any] = {
            "services": self.services,
            "zone": self.zone,
            "initial": {"service": suggested, "outcome": "done"},
        }
        return fill_or_unbound(self.request, LogForm, do=("log",), **options)
