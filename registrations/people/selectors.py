"""Reads about people. Looks are logged: by `services.lookups`, or by the caller's edge."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

from django.db.models import Case, CharField, Exists, Max, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dukcapil.accounts.asked import asked
from dukcapil.accounts.scoping import Actor
from dukcapil.core.crypto import keyed_hash, tombstone
from dukcapil.core.db import rows
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.core.prepared import as_array, hot
from dukcapil.regions.enums import today_in
from dukcapil.regions.selectors import area_is_known
from dukcapil.regions.validators import within
from events.elections.models import Election
from events.elections.selectors import next_elections, previous_election
from events.planning.enums import Service
from registrations.people.enums import Category, MaritalStatus, Stage
from registrations.people.models import PrintRule, RecordingReopened, Resident
from registrations.people.validators import (
    CARD_AGE,
    OVERDUE_AGE,
    RECORDING_AGE,
    Nik,
    Remark,
    anniversary,
    category_of,
    due_from,
    last_birth_date_reaching,
    printable_from,
    recordable_from,
)

#: Columns of a person -> what they are called in a masked row.
_SHOWN = {
    "id": "id",
    "office_id": "office",
    "village_id": "village",
    "village__name": "village_name",
    "identity__name": "name",
    "identity__nik_masked": "nik_masked",
    "birth_date": "birth_date",
    "sex": "sex",
    "marital_status": "marital_status",
    "identity__address": "address",
    "identity__rt": "rt",
    "identity__rw": "rw",
}
COLUMNS = (*_SHOWN, "known_married_since", "is_example", "off_roll_since")

#: What a doubtful number means for the work at hand.
WAITS = gettext_lazy(
    "Services of this person count only when the head or the province has accepted the number."
)


def nik_doubts(nik: Nik, areas: Container[str] | None = None) -> list[Remark]:
    """Why nobody can have been issued this number; empty for every number that may exist.

    The one rule of every door. `areas`: `KnownAreas`, where many numbers are looked at.
    """
    doubts = []
    if not nik.is_example and not (area_is_known(nik.area) if areas is None else nik.area in areas):
        doubts.append(Remark("nik", "area-unknown", _("No district has, or had, this area code.")))
    if not nik.names_a_day:
        text = _("The NIK names a day that does not exist.")
        doubts.append(Remark("nik", "date-impossible", text))
    if not nik.has_serial:
        doubts.append(Remark("nik", "serial-zero", _("No NIK ends in 0000.")))
    return doubts


def election_asked(election_id: int | None) -> Election | None:
    """The election that somebody named; None: the next of each place."""
    if election_id is None:
        return None
    election = Election.objects.filter(pk=election_id).first()
    if election is None:
        raise Invalid("election-unknown", _("No election has this number."), field="election")
    return election


def category_today(resident: Resident) -> Category:
    day = timezone.localdate(timezone=ZoneInfo(resident.village.timezone))
    election = previous_election(resident.village_id, day)
    return category_of(resident.birth_date, day, election.held_on if election else None)


_ONE = asked("resident", lambda by, pk: Resident.objects.visible_to(by).filter(pk=pk), pk=uuid.UUID)


def get_resident_or_404(by: Actor, resident_id: uuid.UUID) -> Resident:
    if (found := _ONE.one(by, resident_id)) is None:
        raise NotFound
    return cast("Resident", found)


def erased(numbers: Iterable[str]) -> set[str]:
    """Those of the numbers whose person's data was erased, by whatever office."""
    stones = {tombstone(number): number for number in numbers}
    if not stones:
        return set()
    return {stones[bytes(stone)] for (stone,) in rows("SELECT erased_numbers(%s)", [list(stones)])}


def lives_outside(office: str, village: str) -> bool:
    """Whether a village lies in another district than the office's."""
    return not within(village, office)


def held_by_number(by: Actor, nik: Nik) -> list[dict[str, Any]]:
    """Whom the actor's own office holds under a number that a verb has looked up and refused, as a
    list of one masked row.
    """
    residents = Resident.objects.visible_to(by).filter(office_id=by.office)
    return masked_rows(residents.filter(nik_hash=keyed_hash(nik.text)).values(*COLUMNS))


def masked_rows(
    rows: Iterable[dict[str, Any]], election: Election | None = None
) -> list[dict[str, Any]]:
    """Rows of COLUMNS as pages show them, with the date of recording as far as the actor's own
    offices know it, and the stage for an election, else the next of each village: two queries, one
    where nobody is young. What another office did is told at the desk (`person_served`).
    """
    people = list(rows)
    if not people:
        return []
    recorded = recorded_here(row["id"] for row in people if "recorded_here" not in row)
    reached = stages(
        [Aged(row["village_id"], row["birth_date"], row["marital_status"]) for row in people],
        election,
    )
    waiting = {
        row["office_id"] for row, stage in zip(people, reached, strict=True) if stage.waits_for_card
    }
    rules = _dated_rules(waiting)
    return [
        _masked(row, recorded.get(row["id"]), stage, rules.get(row["office_id"], ()))
        for row, stage in zip(people, reached, strict=True)
    ]


def election_days(villages: set[str], election: Election | None) -> dict[str, date]:
    """Village -> the day of the election that people there are getting ready for."""
    if election is not None:
        return dict.fromkeys(villages, election.held_on)
    by_day: dict[date, list[str]] = defaultdict(list)
    for village in sorted(villages):
        by_day[today_in(village)].append(village)
    coming = {
        village: election
        for day, codes in by_day.items()
        for village, election in next_elections(codes, day).items()
    }
    return {village: one.held_on for village, one in coming.items() if one}


def _masked(
    row: dict[str, Any], recorded_on: date | None, stage: Stage, rules: Sequence[DatedRule]
) -> dict[str, Any]:
    recorded_on = recorded_on or row.get("recorded_here")
    shown = {name: row[column] for column, name in _SHOWN.items()}
    born, married = row["birth_date"], row["marital_status"]
    return {
        **shown,
        **dates_of(born, married, row["known_married_since"], rules)._asdict(),
        "stage": stage,
        "recorded": recorded_on is not None,
        "recorded_on": recorded_on,
        "is_example": row["is_example"],
        "off_roll_since": row["off_roll_since"],
    }


# --- stages ---------------------------------------------------------------------------------------


class Dates(NamedTuple):
    """From when on somebody may take each step towards a card, and is late with it."""

    record_from: date
    print_from: date
    handover_from: date
    overdue_from: date


def dates_of(
    born: date,
    marital_status: str,
    married_since: date | None,
    rules: Sequence[DatedRule] = (),
) -> Dates:
    """`rules`: of the office, for printing (`_dated_rules`)."""
    due = due_from(born, married_since)
    may_record = recordable_from(born, MaritalStatus.SINGLE)
    if marital_status != MaritalStatus.SINGLE:
        # By law since the marriage; of that day nothing is known.
        may_record = min(may_record, due)
    printed = min(due, _first_printed(born, rules))
    return Dates(may_record, printed, due, anniversary(born, OVERDUE_AGE))


def dates_for(people: Iterable[Resident]) -> dict[uuid.UUID, Dates]:
    """`dates_of` for each. One query, none for nobody."""
    listed = list(people)
    rules = _dated_rules(one.office_id for one in listed)
    return {
        one.pk: dates_of(
            *(one.birth_date, one.marital_status, one.known_married_since),
            rules.get(one.office_id, ()),
        )
        for one in listed
    }


class DatedRule(NamedTuple):
    since: date
    days: int


def _first_printed(born: date, rules: Sequence[DatedRule]) -> date:
    """The first day on which the rule of that very day lets the card be printed. `rules`: in order of
    their days; each holds until the next.
    """
    spans = pairwise([DatedRule(date.min, 0), *rules, DatedRule(date.max, 0)])
    for rule, following in spans:
        first = max(rule.since, printable_from(born, rule.days))
        if first < following.since:
            return first
    return anniversary(born, CARD_AGE)


class Aged(NamedTuple):
    """What a stage depends on."""

    village: str
    born: date
    marital_status: str

    @property
    def asks_election(self) -> bool:
        """Of others the stage is the same whatever election comes."""
        single = self.marital_status == MaritalStatus.SINGLE
        return single and anniversary(self.born, CARD_AGE) > today_in(self.village)


def stages(people: Iterable[Aged], election: Election | None = None) -> list[Stage]:
    """Today's stage of each, for an election, else the next of each village: one query, none where
    nobody is young.
    """
    all_of_them = list(people)
    days = election_days({one.village for one in all_of_them if one.asks_election}, election)
    return [
        stage_of(one.born, one.marital_status, days.get(one.village), today_in(one.village))
        for one in all_of_them
    ]


#: Columns that `with_stages` needs of a row about a visit.
STAGE_COLUMNS = ("resident__village_id", "resident__birth_date", "resident__marital_status")


def with_stages(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of STAGE_COLUMNS and others, each with the person's `stage` of today."""
    people = list(rows)
    reached = stages(Aged(*(row[column] for column in STAGE_COLUMNS)) for row in people)
    return [row | {"stage": stage} for row, stage in zip(people, reached, strict=True)]


def _dated_rules(offices: Iterable[str]) -> dict[str, list[DatedRule]]:
    """Every rule of these offices in order of its day. One query, none for no office."""
    codes = sorted(set(offices))
    if not codes:
        return {}
    # Of the same day the newest counts.
    days: dict[str, dict[date, int]] = defaultdict(dict)
    for rule in PrintRule.objects.filter(office_id__in=codes).order_by("since", "pk"):
        days[rule.office_id][rule.since] = rule.days
    return {office: [DatedRule(*row) for row in dated.items()] for office, dated in days.items()}


def print_days_of(offices: Iterable[str], day: date | None = None) -> dict[str, int]:
    """How many days before the 17th birthday these offices print a card, by the rule of the day, or of
    today; an office without a rule is not among them. One query, none for no office.
    """
    return {
        office: days
        for office, rules in _dated_rules(offices).items()
        for since, days in rules
        if since <= (day or today_in(office))
    }


def print_days(office: str, day: date, services: Container[str]) -> int:
    """As `print_days_of`, for one office; not asked where no card is printed."""
    if Service.CARD_PRINT not in services:
        return 0
    return print_days_of([office], day).get(office, 0)


def print_rules(office: str) -> list[PrintRule]:
    """The newest first."""
    rules = PrintRule.objects.filter(office_id=office).select_related("decided_by")
    return list(rules.order_by("-since", "-pk"))


def stage_of(born: date, marital_status: str, election_day: date | None, today: date) -> Stage:
    """By dates alone: whether somebody was recorded stands beside it. `stage_case` says the same."""
    seventeen = anniversary(born, CARD_AGE)
    if seventeen <= today:
        return Stage.OVERDUE if anniversary(born, OVERDUE_AGE) <= today else Stage.DUE
    if marital_status != MaritalStatus.SINGLE:
        return Stage.MARRIED_MINOR
    if election_day is not None and seventeen <= election_day:
        return Stage.SEVENTEEN_ON_DAY if seventeen == election_day else Stage.SEVENTEEN_BY_DAY
    return Stage.MAY_RECORD if anniversary(born, RECORDING_AGE) <= today else Stage.TOO_YOUNG


def stage_case(election_day: date | None, today: date) -> Case:
    """As `stage_of`, for a query of residents. Birth dates are compared with bounds; no years are
    taken off a day, which would be wrong for who is born on 29 February.
    """

    def reached(age: int, day: date) -> Q:
        return Q(birth_date__lte=last_birth_date_reaching(age, day))

    steps = [
        (reached(OVERDUE_AGE, today), Stage.OVERDUE),
        (reached(CARD_AGE, today), Stage.DUE),
        (~Q(marital_status=MaritalStatus.SINGLE), Stage.MARRIED_MINOR),
    ]
    if election_day is not None:
        before = election_day - timedelta(days=1)
        steps += [
            (reached(CARD_AGE, before), Stage.SEVENTEEN_BY_DAY),
            (reached(CARD_AGE, election_day), Stage.SEVENTEEN_ON_DAY),
        ]
    steps.append((reached(RECORDING_AGE, today), Stage.MAY_RECORD))
    return Case(
        *(When(condition, then=Value(stage.value)) for condition, stage in steps),
        default=Value(Stage.TOO_YOUNG.value),
        output_field=CharField(),
    )


def person_read(by: Actor, one: uuid.UUID) -> QuerySet[Any, Any]:
    called = Exists(RecordingReopened.objects.visible_to(by).filter(resident=OuterRef("pk")))
    people: Any = Resident.objects.visible_to(by).filter(pk=one).annotate(called_again=called)
    return cast("QuerySet[Any, Any]", people.values(*COLUMNS, "called_again"))


_PERSON = asked("person", person_read, one=uuid.UUID)
_RECORDED = hot("recorded_here", "SELECT resident_id, recorded_on FROM recorded_here($1::uuid[])")
_BY_STATUS = hot("recorded_by_status", "SELECT recorded_by_status($1::uuid[])")
_DATES = hot("recorded_dates", "SELECT resident_id, recorded_on FROM recorded_dates($1::uuid[])")


def person_or_404(by: Actor, resident_id: uuid.UUID) -> dict[str, Any]:
    """One masked row, and whether the person was ever called again."""
    if (row := _PERSON.one(by, resident_id)) is None:
        raise NotFound
    return {**masked_rows([row])[0], "called_again": row["called_again"]}


def called_again_since(resident: uuid.UUID, day: date | None) -> date | None:
    """When the own office called this person again last, on that day or after it."""
    called = RecordingReopened.everything.filter(resident=resident, reopened_on__gte=day)
    return called.aggregate(last=Max("reopened_on"))["last"]


def recorded_here(residents: Iterable[uuid.UUID]) -> dict[uuid.UUID, date]:
    """On which date an office in scope, or one before this ledger, recorded each resident in scope."""
    ids = as_array(residents)
    return dict(_RECORDED.rows(ids)) if ids != "{}" else {}


def recorded_dates(residents: Iterable[uuid.UUID]) -> dict[uuid.UUID, date]:
    """On which date each was recorded, at any office; only for residents in scope. For whoever books
    or serves these people now, and logged (`services.lookups`).
    """
    return dict(_DATES.rows(as_array(residents)))


def recorded_by_status(residents: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Who was recorded by what SIAK says, as the own office's lists tell it: when, nobody may know."""
    ids = as_array(residents)
    return {one for (one,) in _BY_STATUS.rows(ids)} if ids != "{}" else set()
