"""Who needs something done: lists beside the exception desk, the queue of cards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.regions.enums import today_in
from events.planning.enums import Service
from registrations.cards.enums import COME_AGAIN, STEP, TO_PRINT, Exceptional
from registrations.cards.selectors.statuses import Statuses, late_at, newest
from registrations.ledger.enums import PrintReason
from registrations.ledger.selectors import standing
from registrations.people.enums import MaritalStatus
from registrations.people.models import RecordingReopened
from registrations.people.selectors import print_days_of
from registrations.people.validators import CARD_AGE, last_birth_date_reaching

#: Lists beside those of an exception desk, by `?daftar=`.
AGAIN, LATE, PRINT, HELD = "panggil", "lama", "cetak", "tahan"


def listed(by: Actor, name: str) -> Statuses:
    """People of a code, of one of the four lists of exceptions, or of one of ours; the oldest first.

    Raises NotFound for a list that there is not.
    """
    if name in STEP:
        found = newest(by).filter(code=name)
    elif name in Exceptional.values:
        found = newest(by).filter(code__in=Exceptional(name).codes)
    elif name in _LISTS:
        found = _LISTS[name](by)
    else:
        raise NotFound
    return found.order_by("since", "pk")


def to_print(by: Actor) -> Statuses:
    """Print-ready, and old enough by the rule of their office today, or ever married."""
    return _unprinted(by).filter(_old_enough(by))


def print_held(by: Actor) -> Statuses:
    """Print-ready before the day on which the office prints their card."""
    return _unprinted(by).exclude(_old_enough(by))


def _unprinted(by: Actor) -> Statuses:
    """Print-ready, and no card was printed since: SIAK's next list comes later than the card."""
    since = standing(Service.CARD_PRINT, "resident").filter(occurred_at__gte=OuterRef("since"))
    return newest(by).filter(~Exists(since), code__in=TO_PRINT)


def _old_enough(by: Actor) -> Q:
    """Whoever watches several offices sees of each what the office itself sees."""
    offices = [by.office] if by.office else _printing(by)
    early = print_days_of(offices)
    enough = ~Q(resident__marital_status=MaritalStatus.SINGLE)
    for office in offices:
        day = today_in(office) + timedelta(days=early.get(office, 0))
        born = last_birth_date_reaching(CARD_AGE, day)
        enough |= Q(office=office, resident__birth_date__lte=born)
    return enough


def _printing(by: Actor) -> list[str]:
    found = newest(by).filter(code__in=TO_PRINT).order_by("office")
    return list(found.values_list("office_id", flat=True).distinct())


def queue(by: Actor, *, held: bool = False) -> QuerySet[Any, Any]:
    """Who waits for a card, each with `why`: the reason that the ledger tells, empty where somebody has to
    say it (a card was printed before). `held`: before the day on which the office prints it.
    """
    counted = standing(Service.SUKET, "resident").filter(weight__gt=0)
    why = Case(
        When(Exists(standing(Service.CARD_PRINT, "resident")), then=Value(_AGAIN)),
        When(Exists(counted), then=Value(PrintReason.SUKET.value)),
        default=Value(PrintReason.FIRST.value),
    )
    found = print_held(by) if held else to_print(by)
    return found.annotate(why=why).order_by("since", "pk")


#: Printed before: lost, damaged, changed, moved; nobody but the clerk knows.
_AGAIN = ""


def counts_in(waiting: QuerySet[Any, Any]) -> list[dict[str, Any]]:
    """Of a `queue`: why, village, village_name, n. One query."""
    rows = waiting.order_by().values(
        "why", village=F("resident__village"), village_name=F("resident__village__name")
    )
    return list(rows.annotate(n=Count("pk")).order_by("village_name", "village"))


def to_be_called(by: Actor) -> Statuses:
    """Whose recording failed or is to be deleted, and was not called again since."""
    called = RecordingReopened.objects.filter(
        resident=OuterRef("resident"), at__gte=OuterRef("since")
    )
    return newest(by).filter(~Exists(called), code__in=COME_AGAIN)


def late(by: Actor) -> Statuses:
    return newest(by).filter(late_at(timezone.now()))


_LISTS = {AGAIN: to_be_called, LATE: late, PRINT: to_print, HELD: print_held}
