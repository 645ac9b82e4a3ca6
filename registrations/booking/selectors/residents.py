"""People of the list of residents, by what the list's address says: codes and words, never a name."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import rows
from dukcapil.core.errors import Invalid
from dukcapil.regions.enums import zone_of
from dukcapil.regions.models import Region, inside
from dukcapil.regions.selectors import get_region
from events.elections.models import Election
from events.elections.selectors import last_elections, next_election
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.waiting import Waiting
from registrations.booking.selectors.stages import in_stage
from registrations.people.enums import Category, Stage
from registrations.people.models import Resident
from registrations.people.selectors import COLUMNS, masked_rows
from registrations.people.validators import CARD_AGE, PEMULA_BELOW, last_birth_date_reaching

YES, NO = "yes", "no"
#: Who of more people is recorded is not told while somebody waits for a page.
MOST_LOOKED_UP = 20_000
#: Of more people so few are on one page that it is quicker to go through all of them by name.
_MANY = 20_000
_OLDEST = 130
#: One age; from and to; from; to.
_AGE = re.compile(
    r"(\d{1,3})|(\d{1,3})\s*[-\u2013]\s*(\d{1,3})|(\d{1,3})\s*[-\u2013+ ]\s*|[-\u2013]\s*(\d{1,3})\s*"
)
_TOO_MANY = gettext_lazy(
    "Who of more than 20,000 people is recorded takes too long to tell: choose a village, an age or a"
    " class as well."
)


@dataclass(frozen=True)
class Filter:
    """Which residents; empty: whoever. As text it stands in addresses, and with what is taken out."""

    #: Code of a village, or of anything above it.
    village: str = ""
    recorded: str = ""
    age: str = ""
    category: str = ""
    #: `yes`: who turns 17 from tomorrow to the day of the next election.
    seventeen: str = ""
    group: str = ""
    #: As shown of each person, for the next election.
    stage: str = ""

    @property
    def text(self) -> str:
        return urlencode({name: value for name, value in self._values() if value})

    def _values(self) -> list[tuple[str, str]]:
        return [(field.name, getattr(self, field.name)) for field in fields(self)]


EVERYONE = Filter()


def filter_of(**values: Any) -> Filter:
    """Raises Invalid with the field that cannot be read."""
    given = {name: str(value) for name, value in values.items() if value}
    if village := given.get("village"):
        given["village"] = get_region(village, field="village").pk
    for name, allowed in (
        ("recorded", (YES, NO)),
        ("seventeen", (YES,)),
        ("category", tuple(Category.values)),
        ("stage", tuple(Stage.values)),
    ):
        if given.get(name, allowed[0]) not in allowed:
            text = _("Allowed: %(allowed)s.") % {"allowed": ", ".join(allowed)}
            raise Invalid("choice", text, field=name)
    if age := given.get("age"):
        given["age"] = age_text(age)
    if group := given.get("group"):
        given["group"] = _group_id(group)
    return Filter(**given)


def filter_from(text: str) -> Filter:
    """What `Filter.text` wrote, or an address that says more than that."""
    names = {field.name for field in fields(Filter)}
    return filter_of(**{name: value for name, value in parse_qsl(text) if name in names})


def _group_id(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise Invalid("choice", _("No class of yours has this id."), field="group") from error


def ages(text: str) -> tuple[int, int | None]:
    """From and to, both included: "16", "15-17", "17+" (in an address its plus is a space), "17-",
    "-16". Raises Invalid.
    """
    found = _AGE.fullmatch(text.lstrip())
    if found is None:
        raise Invalid("age", _("Write an age as 16, 15-17, 17+ or -16."), field="age")
    one, low, high, least, most = (
        None if number is None else int(number) for number in found.groups()
    )
    if one is not None:
        low = high = one
    low, high = low or least or 0, most if high is None else high
    if max(low, high or 0) > _OLDEST or (high is not None and high < low):
        text = _("Write the younger age first, up to %(most)s.") % {"most": _OLDEST}
        raise Invalid("age", text, field="age")
    return low, high


def age_text(text: str) -> str:
    """An age as an address writes it. Raises Invalid."""
    return _age_text(*ages(text))


def _age_text(low: int, high: int | None) -> str:
    if high is None:
        return f"{low}+"
    return str(low) if low == high else f"{low}-{high}"


# --- whom it means --------------------------------------------------------------------------------


def residents(by: Actor, which: Filter, election: Election | None = None) -> QuerySet[Resident]:
    """All of them but by `recorded`, which `Residents` and the list's file ask for at the end.
    `election`: for which their stages are meant, instead of the next.
    """
    people: QuerySet[Resident] = Resident.objects.visible_to(by)
    if by.office and not by.lent_events:
        # One value: then an index is read in its order.
        people = people.filter(office_id=by.office)
    if which.village:
        people = people.filter(inside("village_id", which.village))
    if which.age:
        people = people.filter(of_age(*ages(which.age), today_of(by)))
    if which.category:
        people = people.filter(_of_category(which.category, today_of(by)))
    if which.seventeen:
        people = people.filter(_turning_17(by))
    if which.stage:
        people = in_stage(people, which.stage, election)
    if which.group:
        booked, waiting = (
            model.objects.visible_to(by).filter(group=uuid.UUID(which.group)).values("resident_id")
            for model in (Appointment, Waiting)
        )
        people = people.filter(Q(pk__in=booked) | Q(pk__in=waiting))
    return people


def today_of(by: Actor) -> date:
    return timezone.localdate(timezone=ZoneInfo(zone_of(by.region)))


def of_age(low: int, high: int | None, day: date) -> Q:
    old_enough = Q(birth_date__lte=last_birth_date_reaching(low, day))
    if high is None:
        return old_enough
    return old_enough & Q(birth_date__gt=last_birth_date_reaching(high + 1, day))


def _turning_17(by: Actor) -> Q:
    election = next_election(by.office or by.region, today_of(by))
    if election is None:
        raise Invalid("no-election", _("No election is to come in this region."), field="seventeen")
    return Q(birth_date__gt=last_birth_date_reaching(CARD_AGE, today_of(by))) & Q(
        birth_date__lte=last_birth_date_reaching(CARD_AGE, election.held_on)
    )


def _of_category(category: str, day: date) -> Q:
    """As `category_of`: in each region by its own last election."""
    under_18 = last_birth_date_reaching(PEMULA_BELOW, day)
    first_time = Q(birth_date__gt=under_18)
    for code, held_on, within in last_elections(day):
        there = inside("village_id", code)
        for deeper in within:
            there &= ~inside("village_id", deeper)
        first_time |= there & Q(birth_date__gt=last_birth_date_reaching(CARD_AGE, held_on))
    return first_time if category == Category.PEMULA else ~first_time


# --- the list -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counts:
    people: int
    #: None: of too many to tell.
    unrecorded: int | None


class Residents:
    """A list that knows its length and its counts, and reads the page that is asked for."""

    def __init__(self, by: Actor, which: Filter, order: tuple[str, ...]) -> None:
        self.by, self.which, self._order = by, which, order
        self._all = residents(by, which)
        self.counts = _counts(self._all)
        if which.recorded and self.counts.unrecorded is None:
            raise _too_many()

    def __len__(self) -> int:
        if not self.which.recorded:
            return self.counts.people
        unrecorded = self.counts.unrecorded or 0
        return unrecorded if self.which.recorded == NO else self.counts.people - unrecorded

    def __getitem__(self, part: slice) -> list[dict[str, Any]]:
        people = by_recording(self._all, self.which)
        if self.counts.people <= _MANY:
            return masked_rows(people.order_by(*self._order).values(*COLUMNS)[part])
        ids = self._ids_of_many(people, part)
        place = {resident: number for number, resident in enumerate(ids)}
        shown = masked_rows(
            Resident.objects.visible_to(self.by).filter(pk__in=ids).values(*COLUMNS)
        )
        return sorted(shown, key=lambda row: place[row["id"]])

    def _ids_of_many(self, people: QuerySet[Resident], part: slice) -> list[uuid.UUID]:
        first, turned = self._order[0].removeprefix("-"), self._order[0].startswith("-")
        if not self.by.office or self.by.lent_events:
            order = self._order
        elif first == "identity__name_key":
            return _by_name(self.by.office, people, part, descending=turned)
        else:
            # Of one day or village in no order: the names stand in another table.
            column = {"birth_date": "birth_date", "village__name": "village_id"}[first]
            order = ("-" * turned + column, "pk")
        return list(people.order_by(*order).values_list("pk", flat=True)[part])


def _by_name(
    office: str, people: QuerySet[Resident], part: slice, *, descending: bool
) -> list[uuid.UUID]:
    """Names in the order of their index, each asked whether it is meant, until the page is full.

    OFFSET 0 keeps the planner from beginning with the people, and sorting all of them.
    """
    inner, values = people.order_by().values("pk").query.sql_with_params()
    order = "DESC" if descending else "ASC"
    sql = f"""
        SELECT id FROM (
            SELECT i.resident_id AS id, i.name_key FROM registrations_residentidentity i
             WHERE i.office_id = %s ORDER BY i.office_id {order}, i.name_key {order} OFFSET 0
        ) AS named WHERE id IN ({inner}) ORDER BY name_key {order}, id LIMIT %s OFFSET %s
    """
    return [row[0] for row in rows(sql, [office, *values, part.stop - part.start, part.start])]


def few_enough(people: QuerySet[Resident], which: Filter) -> QuerySet[Resident]:
    """Raises Invalid when who of them is recorded would take too long to tell."""
    if which.recorded and people.count() > MOST_LOOKED_UP:
        raise _too_many()
    return people


def _too_many() -> Invalid:
    return Invalid("too-many-people", _TOO_MANY, field="recorded")


def by_recording(people: QuerySet[Resident], which: Filter) -> QuerySet[Resident]:
    """Those of them who are recorded, or are not, as far as the actor's own offices know it."""
    if not which.recorded:
        return people
    inner, values = people.order_by().values("pk").query.sql_with_params()
    recorded = RawSQL(f"SELECT resident_id FROM recorded_here(ARRAY({inner}))", values)  # noqa: S611 - as Django writes it
    return (
        people.filter(pk__in=recorded) if which.recorded == YES else people.exclude(pk__in=recorded)
    )


def _counts(people: QuerySet[Resident]) -> Counts:
    """The rest of the transaction reads by indexes alone: to the planner row security looks like one
    row of an office, so it would go through all of them to count a few, and sort all for a page.
    """
    inner, values = people.order_by().values("pk").query.sql_with_params()
    sql = f"""
        SELECT set_config(name, 'off', true) FROM unnest(%s) AS name;
        SELECT n, CASE WHEN n <= %s THEN n - (SELECT count(*) FROM recorded_here(ARRAY({inner}))) END
          FROM (SELECT count(*) AS n FROM ({inner}) AS people) AS counted
    """
    return Counts(*rows(sql, [_SWITCHED, MOST_LOOKED_UP, *values, *values])[0])


_SWITCHED = [
    *("enable_seqscan", "enable_bitmapscan", "enable_sort", "enable_hashjoin", "enable_mergejoin")
]


# --- in words -------------------------------------------------------------------------------------


def described(by: Actor, which: Filter) -> list[str]:
    """What a list was filtered by, for its heading and the cover of its file."""
    said = []
    if which.village:
        region = Region.objects.get(pk=which.village)
        said.append(_("living in %(name)s (%(code)s)") % {"name": region.name, "code": region.pk})
    if which.recorded:
        said.append(_("recorded") if which.recorded == YES else _("not yet recorded"))
    if which.age:
        said.append(_("aged %(age)s") % {"age": which.age})
    if which.category:
        said.append(str(Category(which.category).label))
    if which.seventeen and (election := _next(by)):
        said.append(_("17 by the election of %(day)s") % {"day": f"{election.held_on:%d-%m-%Y}"})
    if which.stage:
        said.append(str(Stage(which.stage).label))
    if which.group:
        group = VisitGroup.objects.visible_to(by).filter(pk=which.group).first()
        said.append(_("class %(name)s") % {"name": group.name if group else "–"})
    return said


def _next(by: Actor) -> Election | None:
    return next_election(by.office or by.region, today_of(by))
