"""What waits for somebody: of each thing how many there are, asked only for who may act on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from dukcapil.accounts.models import User
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.staff.selectors import proposals
from dukcapil.core.work import FAILED, WAITING
from dukcapil.regions.models import inside
from events.elections.models import Opening
from events.incidents.enums import IncidentState
from events.incidents.selectors import incidents
from events.planning.enums import ChangeState, EventState
from events.planning.models.event import ServiceEvent
from events.planning.models.signing import EventChange
from events.resources.enums import LoanState
from events.resources.models import Loan
from registrations.arrivals.enums import ArrivalKind
from registrations.arrivals.selectors import arrivals_of
from registrations.booking.models.message import Message
from registrations.burials.selectors.burials import burials_of
from registrations.corrections.selectors import open_changes
from registrations.findings.selectors.findings import contradicted
from registrations.findings.selectors.findings import waiting as findings_waiting
from registrations.ledger.selectors import set_aside
from registrations.oversight.models import Export
from registrations.oversight.selectors.breaches import untold
from registrations.oversight.selectors.looks import guesses
from registrations.requests.enums import RequestState
from registrations.requests.models import VisitRequest
from registrations.roll.enums import GoneState
from registrations.roll.models import RollGone
from reports.alerts.models import AlertMail
from reports.alerts.selectors.shown import waiting_alerts
from reports.bases.models import PopulationBasis
from reports.bases.selectors.access import bases_seen_by
from reports.daily.models import DayLock, RegencyDay
from reports.daily.selectors.reporting import LOOKED_AT
from reports.files.models import FigureFile
from reports.planner.models.plans import Plan
from reports.publication.models import WebhookDelivery
from reports.releases.enums import ReleaseKind
from reports.releases.models import Release
from reports.releases.selectors import publishes

_Query = QuerySet[Any, Any]


@dataclass(frozen=True)
class Duty:
    """`name`: what waits, as in `_ASKED`."""

    name: str
    count: int
    #: The first of its days, where there are some.
    first: str = ""


def _own_events(by: Actor) -> QuerySet[ServiceEvent]:
    """Not those to which the actor is lent: their own office decides about them."""
    return ServiceEvent.objects.visible_to(by).filter(office=by.office)


def _drafts(by: Actor) -> _Query:
    return _own_events(by).filter(state=EventState.DRAFT, ends_on__gte=by.today)


def _changes(by: Actor) -> _Query:
    return EventChange.objects.filter(event__in=_own_events(by), state=ChangeState.PENDING)


def _overdue(by: Actor) -> _Query:
    return _own_events(by).filter(state=EventState.APPROVED, ends_on__lt=by.today)


def _loans(by: Actor) -> _Query:
    return Loan.objects.filter(lender=by.office, state=LoanState.ASKED)


def _requests(by: Actor) -> _Query:
    return VisitRequest.objects.visible_to(by).filter(office=by.office, state=RequestState.OPEN)


def _findings(by: Actor) -> _Query:
    """Of others; a province decides what its offices left for a week, for who has no second person."""
    found = findings_waiting(by).exclude(found_by=by.user_id)
    if by.office is None:
        found = found.filter(found_at__lt=timezone.now() - timedelta(days=7))
    return found


def _proposals(by: Actor) -> _Query:
    """Another person's: whoever proposes never decides."""
    return proposals(by).filter(decision=None).exclude(proposed_by=by.user_id)


def _bases(by: Actor) -> _Query:
    waiting: QuerySet[PopulationBasis] = bases_seen_by(by, proposals=True).filter(
        inside("region_id", by.region), decision=None
    )
    return waiting.exclude(imported_by=by.user_id)


def _releases(by: Actor) -> _Query:
    if not publishes(by):
        return Release.objects.none()
    waiting = Release.objects.filter(kind=ReleaseKind.PUBLICATION, publication=None)
    return waiting.exclude(proposed_by=by.user_id)


def _to_lock(by: Actor) -> _Query:
    """Days that their offices confirmed, and that the province has not closed."""
    locks = DayLock.objects.filter(
        regency=OuterRef("regency"), service_date=OuterRef("service_date")
    )
    days = RegencyDay.objects.filter(
        inside("regency_id", by.region),
        latest=True,
        confirmation__isnull=False,
        service_date__gte=by.today - LOOKED_AT,
    )
    return days.exclude(Exists(locks))


def _stopped(by: Actor) -> _Query:
    """People, however often each was stopped."""
    # By the clock of PostgreSQL: the statement of a page is kept, and asked again later.
    lines = guesses(by, Now() - timedelta(days=7))
    return User.objects.filter(pk__in=lines.order_by().values("user_id"))


def _incidents(by: Actor) -> _Query:
    """Of the offices that the actor answers for: open in one of them."""
    return incidents(by, state=IncidentState.OPEN)


def _gone(by: Actor) -> _Query:
    return RollGone.objects.visible_to(by).filter(office=by.office, state=GoneState.OPEN)


def _burials(by: Actor) -> _Query:
    """Handed over by other offices; they are kept for a time only."""
    return arrivals_of(by, ArrivalKind.BURIAL)


def _burials_asked(by: Actor) -> _Query:
    """Lines of the register that are not compared yet, or of which somebody decides who it is."""
    return burials_of(by, "menunggu")


#: What waits, who may act on it, and whether that is a matter of offices; in the order of the page.
_ASKED: dict[str, tuple[Permission, bool, Callable[[Actor], _Query]]] = {
    "drafts": (Permission.EVENTS_APPROVE, True, _drafts),
    "changes": (Permission.EVENTS_APPROVE, True, _changes),
    "overdue": (Permission.EVENTS_APPROVE, True, _overdue),
    "alerts": (Permission.ALERTS_TAKE, False, waiting_alerts),
    "incidents": (Permission.INCIDENTS_WRITE, False, _incidents),
    "loans": (Permission.EVENTS_APPROVE, True, _loans),
    "requests": (Permission.EVENTS_PLAN, True, _requests),
    "corrections": (Permission.RESIDENTS_CORRECT, True, open_changes),
    "findings": (Permission.FINDINGS_ACCEPT, False, _findings),
    "contradicted": (Permission.FINDINGS_ACCEPT, True, contradicted),
    "gone": (Permission.ROLL_IMPORT, True, _gone),
    "arrivals": (Permission.RESIDENTS_REGISTER, True, arrivals_of),
    "burials": (Permission.BURIALS_MATCH, True, _burials),
    "burials_asked": (Permission.BURIALS_MATCH, True, _burials_asked),
    "set_aside": (Permission.RECORDS_ACCEPT, False, set_aside),
    "proposals": (Permission.STAFF_DECIDE, False, _proposals),
    "bases": (Permission.BASES_APPROVE, False, _bases),
    "releases": (Permission.RELEASES_PUBLISH, False, _releases),
    "to_lock": (Permission.REPORTS_LOCK, False, _to_lock),
    "stopped": (Permission.ACCESS_REVIEW, False, _stopped),
    "breaches": (Permission.BREACHES_WRITE, False, untold),
}


def asked_of(by: Actor) -> dict[str, _Query]:
    """For `core.db.together`: everything that may wait for this actor."""
    return {
        name: query(by)
        for name, (permission, of_office, query) in _ASKED.items()
        if by.may(permission) and (by.office is not None or not of_office)
    }


#: Before the name of a duty: the query for its first day.
_FIRST = "first_"


def first_days_asked(by: Actor) -> dict[str, _Query]:
    """For `core.db.together`: of what is a matter of days the first one."""
    if not by.may(Permission.REPORTS_LOCK):
        return {}
    days = _to_lock(by).order_by("service_date").values("service_date")
    return {_FIRST + "to_lock": days[:1]}


def duties_of(
    counts: Mapping[str, int], rows: Mapping[str, list[dict[str, Any]]] | None = None
) -> list[Duty]:
    """What does wait, in the order of the page. `rows`: with those of `first_days_asked`."""
    days = rows or {}

    def first(name: str) -> str:
        found = days.get(_FIRST + name)
        return found[0]["service_date"] if found else ""

    return [Duty(name, counts[name], first(name)) for name in _ASKED if counts.get(name)]


#: How long before an election its offices plan on which hours they open.
PLANNED_WITHIN = timedelta(days=30)


def openings_asked(region: str, days: dict[str, date], today: date) -> dict[str, _Query]:
    """For `unplanned`: openings that stand on these days."""
    if not (soon := _soon(days, today)):
        return {}
    openings = Opening.everything.filter(
        inside("office_id", region), ended_at=None, day__in=set(soon.values())
    )
    return {"openings": openings.order_by().values("office_id", "day")}


def unplanned(
    days: dict[str, date], rows: list[dict[str, Any]], today: date
) -> list[tuple[str, date]]:
    """Offices with the day of their own next election, where it is near and no opening is planned.

    `days`: office -> that day.
    """
    planned = {(row["office_id"], date.fromisoformat(row["day"])) for row in rows}
    return sorted(
        (pair for pair in _soon(days, today).items() if pair not in planned),
        key=lambda pair: (pair[1], pair[0]),
    )


def _soon(days: dict[str, date], today: date) -> dict[str, date]:
    return {code: day for code, day in days.items() if day - today <= PLANNED_WITHIN}


#: Work lists of the jobs, for who looks after the server.
_QUEUES: dict[str, Any] = {
    "files": FigureFile.objects,
    "webhooks": WebhookDelivery.objects,
    "exports": Export.everything,
    "messages": Message.everything,
    "alerts": AlertMail.objects,
    "plans": Plan.everything,
}


def queues_asked() -> dict[str, _Query]:
    """Counts of rows that are due and wait, and of those that were given up within a week."""
    now = timezone.now()
    asked: dict[str, _Query] = {}
    for name, rows in _QUEUES.items():
        asked[f"{name}_waiting"] = rows.filter(state=WAITING, due_at__lte=now)
        asked[f"{name}_failed"] = rows.filter(
            state=FAILED, finished_at__gte=now - timedelta(days=7)
        )
    return asked


@dataclass(frozen=True)
class QueueState:
    name: str
    waiting: int
    failed: int


def queues_of(counts: dict[str, int]) -> Iterator[QueueState]:
    for name in _QUEUES:
        yield QueueState(name, counts[f"{name}_waiting"], counts[f"{name}_failed"])
