"""Matching a staged list with the people of its office, and writing what became of each row.

The people are held in memory without their numbers: hashes, names, days; of the voters only those whose
number leads to nobody. Everything else passes in pieces.
"""

from __future__ import annotations

import csv
import io
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from dukcapil.core.crypto import keyed_hash
from dukcapil.core.db import rows as fetch
from dukcapil.core.errors import NotFound
from dukcapil.core.lists.clean import bare_name
from registrations.people.models import Resident
from registrations.people.selectors import recorded_here
from registrations.people.services.lookups import look_up_import, unsaid_in_preview
from registrations.people.validators import family_card_key, name_key
from registrations.voters.enums import ListState, Verdict
from registrations.voters.models import Voter, VoterList, VoterRow, opened
from registrations.voters.selectors.lists import Coded, whole_villages
from registrations.voters.services.matching import (
    ASK,
    JOINED,
    NONE,
    TWICE,
    Held,
    Listed,
    Match,
    Matcher,
    People,
)

#: Bytes of a hash that are kept in memory: no two people of a nation share them.
_KEPT = 16
_PIECE = 5_000
#: So many numbers that share all but their last four digits and lead to nobody are looked at twice.
_ALIKE, _ALIKE_DIGITS = 3, 12
_RESULT = """
CREATE TEMPORARY TABLE matched_voter (
    number integer PRIMARY KEY, verdict text, differs text[], resident uuid, maybe uuid[],
    other_row integer, score smallint, recorded boolean, code text
) ON COMMIT DROP
"""
_COPY = "COPY matched_voter FROM STDIN WITH (FORMAT csv)"
_WRITE = """
UPDATE registrations_voterrow row
   SET verdict = m.verdict, differs = m.differs, resident_id = m.resident, maybe = m.maybe,
       other_row = m.other_row, score = m.score, recorded = m.recorded,
       code = CASE WHEN row.code_by_hand THEN row.code ELSE coalesce(m.code, '') END
  FROM matched_voter m
 WHERE row.voter_list_id = %s AND row.number = m.number
"""


def compare(voter_list: VoterList, by: Actor) -> dict[str, Any]:
    """Match every row. Returns the columns to write."""
    people = People(_held(by))
    matcher = Matcher(people)
    _reserve(voter_list, by, matcher)
    results = _Results(voter_list, by)
    with connection.cursor() as cursor:
        cursor.execute(_RESULT)
    rest = _by_number(voter_list, by, matcher, results)
    unsaid = _unsaid(by, voter_list, rest, results.named)
    for voter in rest:
        if voter.number in unsaid:
            results.unread(voter.number)
        else:
            results.add(voter, matcher.by_facts(voter), people)
    if unsaid:
        results.take_back(unsaid)
    results.write()
    look_up_import(by=by, found=results.first, missed=results.total - results.found, before=0)
    return {
        "state": ListState.READY,
        "done": voter_list.total,
        "attempts": 0,
        "matched_at": timezone.now(),
    }


def _reserve(voter_list: VoterList, by: Actor, matcher: Matcher) -> None:
    """Whom somebody decided on is nobody else, when the list is matched again."""
    decided = VoterRow.objects.visible_to(by).filter(
        voter_list=voter_list, verdict__in=Verdict.joined()
    )
    rows: dict[Any, int] = dict(decided.values_list("resident_id", "number"))
    if rows:
        places = enumerate(matcher.people.all)
        matcher.taken |= {place: rows[one.key] for place, one in places if one.key in rows}


_HELD = (
    *("pk", "nik_hash", "identity__nik_masked", "identity__name_key", "birth_date", "sex"),
    *("village_id", "identity__family_card_hash"),
)


def _held(by: Actor) -> Iterator[Held]:
    people = Resident.objects.visible_to(by).filter(office_id=by.office)
    villages: dict[str, str] = {}
    for row in people.order_by().values_list(*_HELD).iterator(_PIECE):
        held = _as_held(row)
        held.village = villages.setdefault(held.village, held.village)
        yield held


def held_of(by: Actor, resident: uuid.UUID) -> Held:
    """One of the office. Raises NotFound."""
    people = Resident.objects.visible_to(by).filter(office_id=by.office, pk=resident)
    if (row := people.values_list(*_HELD).first()) is None:
        raise NotFound
    return _as_held(row)


def _as_held(row: tuple[Any, ...]) -> Held:
    pk, nik, shown, name, born, sex, village, family = row
    return Held(
        key=pk,
        nik=bytes(nik)[:_KEPT],
        area=shown[:6],
        name=name,
        born=born.toordinal(),
        sex=sex,
        village=village,
        family=bytes(family)[:_KEPT] if family else b"",
    )


def voters_of(voter_list: VoterList, by: Actor) -> Iterator[tuple[Voter, Listed]]:
    """Rows that can be compared, opened one after another."""
    waiting = VoterRow.objects.visible_to(by).filter(
        voter_list=voter_list, verdict=Verdict.WAITING, sealed__isnull=False
    )
    stream = waiting.order_by("number").values_list("number", "sealed", "village_id")
    for number, blob, village in stream.iterator(_PIECE):
        voter = opened(bytes(blob or b""), voter_list.pk, number)
        yield voter, listed(voter, number, village or "")


def listed(voter: Voter, number: int, village: str) -> Listed:
    born = date.fromisoformat(voter.birth_date).toordinal() if voter.birth_date else 0
    return Listed(
        number=number,
        name=name_key(bare_name(voter.name)) if voter.name else "",
        nik=keyed_hash(voter.nik)[:_KEPT] if voter.nik else b"",
        shown=voter.shown,
        born=born,
        sex=voter.sex,
        village=village,
        family=family_card_key(voter.family_card)[:_KEPT] if voter.family_card else b"",
    )


@dataclass
class _Missed:
    """Whole numbers that led to nobody, and numbers of whom it is known: prefix of twelve digits."""

    found: dict[int, str] = field(default_factory=dict)
    missed: dict[int, str] = field(default_factory=dict)


def _by_number(
    voter_list: VoterList, by: Actor, matcher: Matcher, results: _Results
) -> list[Listed]:
    """Match whoever is found by a number; the others, to be matched by facts."""
    rest = []
    for voter, one in voters_of(voter_list, by):
        match = matcher.by_number(one)
        if match is None:
            rest.append(one)
            if voter.nik:
                results.named.missed[one.number] = voter.nik
        else:
            results.add(one, match, matcher.people)
            if voter.nik:
                results.named.found[one.number] = voter.nik
    return rest


def _unsaid(by: Actor, voter_list: VoterList, rest: list[Listed], named: _Missed) -> set[int]:
    """Rows whose number is one of many alike that lead to nobody: nothing is said of them, nor of those
    that do, for such a list would find the right number among them.
    """
    often = Counter(number[:_ALIKE_DIGITS] for number in named.missed.values())
    alike = {prefix for prefix, many in often.items() if many >= _ALIKE}
    if not alike:
        return set()
    asked = {
        number: leads
        for numbers, leads in ((named.missed, False), (named.found, True))
        for number in numbers.values()
        if number[:_ALIKE_DIGITS] in alike
    }
    refused = unsaid_in_preview(by=by, numbers=asked)
    return {
        row
        for numbers in (named.missed, named.found)
        for row, number in numbers.items()
        if number in refused
    }


class _Results:
    """What became of each row, in pieces for the database."""

    def __init__(self, voter_list: VoterList, by: Actor) -> None:
        self.by = by
        self.voter_list = voter_list
        self.coded = Coded.of(by, voter_list)
        self.whole = whole_villages(by)
        self.named = _Missed()
        self.total = self.found = 0
        #: Some of whom were found, for the log.
        self.first: list[Any] = []
        self._piece: list[tuple[Any, ...]] = []

    def add(self, voter: Listed, match: Match, people: People) -> None:
        self.total += 1
        if match.verdict == NONE:
            # Without a name nobody can say that it is a voter whom the office does not hold.
            alone = self._alone(voter.village) if voter.name else Verdict.UNREAD
            self._row(voter.number, alone)
            return
        self.found += 1
        self.first.append(match.people[0])
        score = min(round(match.score), 100)
        if match.verdict == ASK:
            self._row(voter.number, Verdict.ASK, maybe=match.people, other=match.other, score=score)
            return
        held = people.all[match.place]
        if match.verdict == TWICE:
            self._row(
                voter.number,
                Verdict.TWICE,
                resident=held.key,
                other=match.other,
                score=score,
                code=self.coded.double,
            )
            return
        if match.verdict != JOINED:
            raise ValueError(match.verdict)
        differs = differing(voter, held)
        self._row(
            voter.number,
            Verdict.DIFFERS if differs else Verdict.BOTH,
            differs=differs,
            resident=held.key,
            score=score,
            code=self.coded.of_person(held.key, date.fromordinal(held.born)),
        )

    def unread(self, number: int) -> None:
        self._row(number, Verdict.UNREAD)

    def take_back(self, numbers: Iterable[int]) -> None:
        """Of rows that were found before it was known that nothing is to be said of them."""
        self._flush()
        fetch(
            "UPDATE matched_voter SET verdict = 'unread', differs = '{}', resident = NULL,"
            " maybe = '{}', other_row = NULL, score = 0, recorded = NULL, code = '' WHERE number = ANY(%s) RETURNING number",
            [list(numbers)],
        )

    def write(self) -> None:
        self._flush()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE matched_voter")
            cursor.execute(_WRITE, [str(self.voter_list.pk)])

    def _alone(self, village: str) -> Verdict:
        return Verdict.ONLY_ON_LIST if village in self.whole else Verdict.UNKNOWN

    def _row(
        self,
        number: int,
        verdict: Verdict,
        *,
        differs: Iterable[str] = (),
        resident: Any = None,
        maybe: Iterable[Any] = (),
        other: int = 0,
        score: int = 0,
        code: str = "",
    ) -> None:
        self._piece.append(
            (number, verdict.value, differs, resident, maybe, other or None, score, code)
        )
        if len(self._piece) == _PIECE:
            self._flush()

    def _flush(self) -> None:
        if not self._piece:
            return
        people = [row[3] for row in self._piece if row[3]]
        recorded = recorded_here(people) if people else {}
        text = io.StringIO()
        writer = csv.writer(text)
        for number, verdict, differs, resident, maybe, other, score, code in self._piece:
            writer.writerow(
                (
                    *(number, verdict, f"{{{','.join(differs)}}}", resident),
                    *(f"{{{','.join(map(str, maybe))}}}", other, score),
                    *("" if resident is None else resident in recorded, code),
                )
            )
        with connection.cursor() as cursor:
            cursor.copy_expert(_COPY, io.StringIO(text.getvalue()))
        self._piece = []


def differing(voter: Listed, held: Held) -> list[str]:
    """Fields of which both sides tell something else. A masked number tells its area alone."""
    area = voter.shown[:6]
    return [
        name
        for name, is_other in (
            ("nik", voter.nik and voter.nik != held.nik),
            ("nik", not voter.nik and area.isdigit() and area != held.area),
            ("name", voter.name and voter.name != held.name),
            ("birth_date", voter.born and voter.born != held.born),
            ("sex", voter.sex and held.sex and voter.sex != held.sex),
            ("village", voter.village and voter.village != held.village),
            ("family_card", voter.family and held.family and voter.family != held.family),
        )
        if is_other
    ]
