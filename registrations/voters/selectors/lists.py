"""Reads of voters' lists: which there are, what became of their rows, per village, and what waits."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from events.elections.models import Election, ElectionDecision
from events.elections.selectors import elections_of
from registrations.findings.enums import FindingState
from registrations.findings.models import Finding
from registrations.people.enums import FindingOutcome
from registrations.people.models import Resident
from registrations.people.selectors import COLUMNS, masked_rows
from registrations.people.validators import CARD_AGE, last_birth_date_reaching
from registrations.roll.enums import Completeness
from registrations.roll.models import VillageList
from registrations.voters.enums import CODES_SINCE, Meaning, Verdict
from registrations.voters.models import NotAVoter, VoterCode, VoterCount, VoterList, VoterRow

# --- lists ----------------------------------------------------------------------------------------


def lists_of(by: Actor) -> QuerySet[VoterList]:
    """Of the actor's office, the newest first, without their content."""
    own = VoterList.objects.visible_to(by).filter(office_id=by.office).defer("file", "about")
    return own.select_related("posting__user", "election").order_by("-created_at", "-pk")


def get_list_or_404(by: Actor, list_id: uuid.UUID) -> VoterList:
    """One of the actor's own office, with the day of its election (`held_on`)."""
    decisions = ElectionDecision.objects.filter(election=OuterRef("election"))
    newest = decisions.order_by("-decided_at", "-pk").values("held_on")[:1]
    own = VoterList.objects.visible_to(by).filter(office_id=by.office, pk=list_id)
    found = (
        own.annotate(day=Subquery(newest))
        .select_related("posting__user", "election", "village")
        .defer("file")
        .first()
    )
    if found is None:
        raise NotFound
    found.held_on = found.day
    return found


def election_of(voter_list: VoterList) -> Election:
    """With the day that was decided last, which a row that comes with its list does not have."""
    election: Election = Election.objects.get(pk=voter_list.election_id)
    return election


def elections_for(by: Actor) -> list[Election]:
    """Elections whose lists the office may bring."""
    return elections_of(by.region)


def whole_villages(by: Actor) -> set[str]:
    """Villages of which the office says that its list has everybody: whoever is not found there is on
    the voters' list alone. Of the others nobody knows.
    """
    lists = VillageList.objects.filter(office_id=by.office, completeness=Completeness.WHOLE)
    return set(lists.values_list("village_id", flat=True))


# --- codes ----------------------------------------------------------------------------------------


def codes_of(by: Actor, election_id: int, held_on: date) -> dict[str, Meaning]:
    """Code -> meaning: what the office entered for this election, else what its years use."""
    own = VoterCode.objects.visible_to(by).filter(election=election_id, office_id=by.office)
    entered = {one.code: Meaning(one.meaning) for one in own.order_by("pk")}
    return entered or usual_codes(held_on.year)


def usual_codes(year: int) -> dict[str, Meaning]:
    """Of elections before the first known year as in that."""
    since = max((one for one in CODES_SINCE if one <= year), default=min(CODES_SINCE))
    return CODES_SINCE[since]


_OF_FINDING = {
    FindingOutcome.DECEASED: Meaning.DECEASED,
    FindingOutcome.MOVED: Meaning.MOVED,
    FindingOutcome.DUPLICATE: Meaning.DOUBLE,
    FindingOutcome.UNKNOWN_NIK: Meaning.NOT_KNOWN,
}


@dataclass
class Coded:
    """Which code what the office knows of a person has in the lists of one election."""

    by_meaning: dict[Meaning, str]
    #: Who is no voter on the day of the election, and what was found out.
    people: dict[Any, Meaning]
    #: Whoever was born later is under age on the day, unless ever married.
    latest_birth: date
    married: set[Any]

    @classmethod
    def of(cls, by: Actor, voter_list: VoterList) -> Coded:
        election = election_of(voter_list)
        day = election.held_on
        codes = codes_of(by, election.pk, day)
        latest = last_birth_date_reaching(CARD_AGE, day)
        young = Resident.objects.visible_to(by).filter(office_id=by.office, birth_date__gt=latest)
        return cls(
            by_meaning={meaning: code for code, meaning in reversed(codes.items())},
            people=_known_of(by, day),
            latest_birth=latest,
            married=set(
                young.filter(known_married_since__isnull=False).values_list("pk", flat=True)
            ),
        )

    @property
    def double(self) -> str:
        return self.by_meaning.get(Meaning.DOUBLE, "")

    def of_person(self, resident: Any, born: date) -> str:
        meaning = self.people.get(resident)
        if meaning is None and born > self.latest_birth and resident not in self.married:
            meaning = Meaning.UNDERAGE
        return self.by_meaning.get(meaning, "") if meaning else ""


def _known_of(by: Actor, day: date) -> dict[Any, Meaning]:
    found = Finding.objects.visible_to(by).filter(
        office_id=by.office, state=FindingState.ACCEPTED, outcome__in=list(_OF_FINDING)
    )
    known = {
        resident: _OF_FINDING[FindingOutcome(outcome)]
        for resident, outcome in found.values_list("resident_id", "outcome")
    }
    said = NotAVoter.objects.visible_to(by).filter(
        Q(until__isnull=True) | Q(until__gte=day), office_id=by.office
    )
    for resident, reason in said.order_by("said_at").values_list("resident_id", "reason"):
        known.setdefault(resident, Meaning(reason))
    return known


# --- what became of the rows ----------------------------------------------------------------------

_SHOWN_VERDICTS = [one for one in Verdict if one is not Verdict.WAITING]


@dataclass
class Line:
    """Voters of a village, or of the whole list: `classes` sum to `voters`. Of those who are found,
    `recorded` and `not_recorded` sum to both classes of them; `codes` by code.
    """

    code: str = ""
    name: Any = ""
    voters: int = 0
    classes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_SHOWN_VERDICTS, 0))
    recorded: int = 0
    not_recorded: int = 0
    codes: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def not_found(self) -> int:
        """Neither recorded nor known not to be."""
        return self.voters - self.recorded - self.not_recorded

    @property
    def others(self) -> int:
        return self.voters - sum(
            self.classes[one] for one in (*Verdict.joined(), Verdict.ONLY_ON_LIST)
        )

    def add(self, verdict: str, code: str, many: int, *, recorded: bool | None) -> None:
        self.voters += many
        self.classes[verdict] = self.classes.get(verdict, 0) + many
        self.recorded += many * (recorded is True)
        self.not_recorded += many * (recorded is False)
        if code:
            self.codes[code] += many


@dataclass
class Figures:
    """`cells`: voters by village and class."""

    whole: Line
    villages: list[Line]
    cells: dict[tuple[str, str], int]

    def many(self, verdict: str, village: str) -> int:
        """Of a class, of a village, or of both."""
        return sum(
            n
            for (one, other), n in self.cells.items()
            if village in ("", one) and verdict in ("", other)
        )


def figures(by: Actor, voter_list: VoterList) -> Figures:
    """Counts of a list, and of each of its villages; voters without a village come last."""
    counted = _counts(by, voter_list).values(
        *("village_id", "village__name", "verdict", "recorded", "code", "n")
    )
    whole = Line()
    villages: dict[str, Line] = {}
    cells: dict[tuple[str, str], int] = defaultdict(int)
    for row in counted:
        village = row["village_id"] or ""
        name = row["village__name"] or _("Without a village of your district")
        line = villages.setdefault(village, Line(village, name))
        cells[village, row["verdict"]] += row["n"]
        for one in (whole, line):
            one.add(row["verdict"], row["code"], row["n"], recorded=row["recorded"])
    lines = sorted(villages.values(), key=lambda line: (not line.code, line.code))
    return Figures(whole, lines, cells)


def _counts(by: Actor, voter_list: VoterList) -> QuerySet[VoterCount]:
    """Of a list that the actor sees."""
    own = VoterList.objects.visible_to(by).filter(pk=voter_list.pk)
    return VoterCount.objects.filter(voter_list__in=own, n__gt=0)


def _rows(by: Actor, voter_list: VoterList) -> QuerySet[VoterRow]:
    return VoterRow.objects.visible_to(by).filter(voter_list=voter_list)


class RowsOf:
    """Rows of a class or a village, of which is known how many they are: in the order of the list, within a
    class behind those that nobody put off. An index has each order, so that a page opens no others.
    """

    def __init__(self, rows: QuerySet[VoterRow], many: int) -> None:
        self.rows, self.many = rows, many

    def __len__(self) -> int:
        return self.many

    def __getitem__(self, part: slice) -> list[VoterRow]:
        # Row security hides from the planner how many rows there are: it would read all and sort them.
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_sort = off")
            found = list(self.rows[part])
            cursor.execute("SET LOCAL enable_sort = on")
        return found


def rows_of(
    by: Actor, voter_list: VoterList, counted: Figures, verdict: str = "", village: str = ""
) -> RowsOf:
    rows = _rows(by, voter_list)
    order = ["number"]
    if village:
        rows = rows.filter(village_id=village)
    if verdict:
        rows = rows.filter(verdict=verdict)
    if verdict and not village:
        order = ["put_off", "number"]
    rows = rows.select_related("village").order_by(*order)
    return RowsOf(rows, counted.many(verdict, village))


def next_to_decide(by: Actor, voter_list: VoterList) -> VoterRow | None:
    """What nobody put off comes first."""
    waits = _rows(by, voter_list).filter(verdict=Verdict.ASK)
    return waits.order_by("put_off", "number").select_related("village").first()


def to_decide(by: Actor, voter_list: VoterList) -> int:
    waits = _counts(by, voter_list).filter(verdict=Verdict.ASK).aggregate(n=Sum("n"))
    return waits["n"] or 0


def get_row_or_404(by: Actor, voter_list: VoterList, number: int) -> VoterRow:
    row = _rows(by, voter_list).filter(number=number).select_related("village").first()
    if row is None:
        raise NotFound
    return row


def named(by: Actor, residents: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """Name, birth date and village of those who are still held; the caller logs them."""
    held = Resident.objects.visible_to(by).filter(office_id=by.office, pk__in=residents)
    columns = ("id", "identity__name", "birth_date", "village__name")
    return {row["id"]: row for row in held.values(*columns)}


def people_of(by: Actor, residents: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """Masked rows of those who are still held; the caller logs them."""
    held = Resident.objects.visible_to(by).filter(office_id=by.office, pk__in=residents)
    return {row["id"]: row for row in masked_rows(held.values(*COLUMNS))}


def no_vote_of(by: Actor, resident: uuid.UUID) -> QuerySet[NotAVoter]:
    """What the actor's office says of a resident, the newest first."""
    own = NotAVoter.objects.visible_to(by).filter(office_id=by.office, resident=resident)
    return own.select_related("said_by").order_by("-said_at", "pk")


# --- the result -----------------------------------------------------------------------------------


def result_rows(by: Actor, list_id: uuid.UUID) -> Iterator[list[str]]:
    """Row number, class and code of every row: no person's data."""
    rows = VoterRow.objects.visible_to(by).filter(voter_list_id=list_id, office_id=by.office)
    columns = ("number", "verdict", "differs", "code")
    for number, verdict, differs, code in rows.order_by("number").values_list(*columns).iterator():
        yield [str(number), verdict, " ".join(differs), code]
