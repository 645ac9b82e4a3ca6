"""Matching a staged list with the people of its office, and writing what became of each row.

The people are held in memory without their numbers: hashes, names, days; of the voters only those whose
number leads to nobody. Everything else passes in pieces.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any

from django.db import connection
from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.core.lists.clean import bare_name
from registrations.people.models import Resident
from registrations.people.selectors import recorded_here
from registrations.people.services.lookups import look_up_import, unsaid_in_preview
from registrations.people.validators import family_card_key, name_key
from registrations.voters.enums import ListState, Verdict
from registrations.voters.models import Voter, VoterList, VoterRow, opened
from registrations.voters.selectors.lists import Coded, whole_villages
from registrations.voters.services.counting import counted_once
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
from registrations.voters.services.pieces import PIECE, Pieces, array

#: Bytes of a hash that are kept in memory: no two people of a nation share them.
_KEPT = 16
#: So many numbers that share all but their last four digits and lead to nobody are looked at twice.
_ALIKE, _ALIKE_DIGITS = 3, 12
#: Row security hides from the planner how many rows there are: it takes one for few, and a nested loop over a
#: million people never ends.
_NO_LOOPS, _LOOPS = "SET LOCAL enable_nestloop = off;", "SET LOCAL enable_nestloop = on"
_WRITE = f"""
{_NO_LOOPS}
UPDATE registrations_voterrow row
   SET verdict = m.verdict, differs = coalesce(string_to_array(m.differs, ' '), '{{}}'),
       resident_id = m.resident, maybe = coalesce(string_to_array(m.maybe, ' ')::uuid[], '{{}}'),
       other_row = m.other_row, score = m.score,
       recorded = m.recorded,
       code = CASE WHEN row.code_by_hand THEN row.code ELSE coalesce(m.code, '') END
  FROM unnest(%(rows)s::bigint[], %(verdicts)s::text[], %(differs)s::text[], %(residents)s::uuid[],
              %(maybe)s::text[], %(others)s::integer[], %(scores)s::smallint[], %(codes)s::text[],
              %(recorded)s::boolean[])
       AS m (id, verdict, differs, resident, maybe, other_row, score, code, recorded)
 WHERE row.id = ANY(%(rows)s::bigint[]) AND row.id = m.id;
{_LOOPS}
"""
_COLUMNS = (
    "rows",
    "verdicts",
    "differs",
    "residents",
    "maybe",
    "others",
    "scores",
    "codes",
    "recorded",
)
_TAKE_BACK = """
UPDATE registrations_voterrow
   SET verdict = 'unread', differs = '{}', resident_id = NULL, maybe = '{}', other_row = NULL, score = 0,
       recorded = NULL, code = CASE WHEN code_by_hand THEN code ELSE '' END
 WHERE voter_list_id = %s AND number = ANY(%s)
"""


def compare(voter_list: VoterList, by: Actor) -> dict[str, Any]:
    """Match every row. Returns the columns to write."""
    with counted_once(voter_list.pk):
        found, total = _compared(voter_list, by)
    look_up_import(by=by, found=found, missed=total - len(found), before=0)
    return {
        "state": ListState.READY,
        "done": voter_list.total,
        "attempts": 0,
        "matched_at": timezone.now(),
    }


def _compared(voter_list: VoterList, by: Actor) -> tuple[list[Any], int]:
    """Who was found, of a row that may be several the likeliest, and of how many rows."""
    _begin_again(voter_list, by)
    people = People(_held(by))
    matcher = Matcher(people)
    _reserve(voter_list, by, matcher)
    with Pieces(_WRITE) as pieces:
        results = _Results(voter_list, by, pieces)
        rest = _by_number(voter_list, by, matcher, results)
        unsaid = _unsaid(by, results.named)
        for voter in rest:
            if voter.number in unsaid:
                results.unread(voter)
            else:
                results.add(voter, matcher.by_facts(voter), people)
        results.flush()
    if unsaid:
        with connection.cursor() as cursor:
            cursor.execute(_TAKE_BACK, [str(voter_list.pk), list(unsaid)])
    return results.found, results.total


def _begin_again(voter_list: VoterList, by: Actor) -> None:
    """Rows that were compared before, and nobody decided: nobody of the list is held back by them."""
    rows = VoterRow.objects.visible_to(by).filter(voter_list=voter_list, decided_at__isnull=True)
    rows.exclude(verdict__in=[Verdict.UNREAD, Verdict.WAITING]).filter(sealed__isnull=False).update(
        verdict=Verdict.WAITING, resident=None, differs=[], maybe=[], other_row=None, recorded=None
    )


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
    same: dict[str, str] = {}
    stream = people.order_by().values_list(*_HELD).iterator(PIECE)
    with connection.cursor() as cursor:
        cursor.execute(_NO_LOOPS)
        piece = list(islice(stream, PIECE))
        cursor.execute(_LOOPS)
    while piece:
        recorded = recorded_here([row[0] for row in piece])
        for row in piece:
            held = _as_held(row)
            held.village = same.setdefault(held.village, held.village)
            held.area = same.setdefault(held.area, held.area)
            held.recorded = held.key in recorded
            yield held
        piece = list(islice(stream, PIECE))


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
    stream = waiting.order_by("number").values_list(
        "pk", "number", "sealed", "village_id", "nik_hash"
    )
    for row, number, blob, village, nik in stream.iterator(PIECE):
        voter = opened(bytes(blob or b""), voter_list.pk, number)
        one = _listed(voter, number, village, nik)
        one.row = row
        yield voter, one


def row_as_listed(row: VoterRow) -> Listed:
    return _listed(row.read(), row.number, row.village_id, row.nik_hash)


def _listed(voter: Voter, number: int, village: str | None, nik: Any) -> Listed:
    born = date.fromisoformat(voter.birth_date).toordinal() if voter.birth_date else 0
    return Listed(
        number=number,
        name=name_key(bare_name(voter.name)) if voter.name else "",
        nik=bytes(nik)[:_KEPT] if nik else b"",
        shown=voter.shown,
        born=born,
        sex=voter.sex,
        village=village or "",
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


def _unsaid(by: Actor, named: _Missed) -> set[int]:
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

    def __init__(self, voter_list: VoterList, by: Actor, pieces: Pieces) -> None:
        self.pieces = pieces
        self.coded = Coded.of(by, voter_list)
        self.whole = whole_villages(by)
        self.named = _Missed()
        self.total = 0
        #: For the log: of a row that may be several, the likeliest.
        self.found: list[Any] = []
        self._piece: list[tuple[str, ...]] = []

    def add(self, voter: Listed, match: Match, people: People) -> None:
        self.total += 1
        if match.verdict == NONE:
            # Without a name nobody can say that it is a voter whom the office does not hold.
            alone = self._alone(voter.village) if voter.name else Verdict.UNREAD
            self._row(voter, alone)
            return
        self.found.append(match.people[0])
        score = min(round(match.score), 100)
        if match.verdict == ASK:
            self._row(voter, Verdict.ASK, maybe=match.people, other=match.other, score=score)
            return
        held = people.all[match.place]
        if match.verdict == TWICE:
            self._row(
                voter,
                Verdict.TWICE,
                held=held,
                other=match.other,
                score=score,
                code=self.coded.double,
            )
            return
        if match.verdict != JOINED:
            raise ValueError(match.verdict)
        differs = differing(voter, held)
        self._row(
            voter,
            Verdict.DIFFERS if differs else Verdict.BOTH,
            differs=differs,
            held=held,
            score=score,
            code=self.coded.of_person(held.key, date.fromordinal(held.born)),
        )

    def unread(self, voter: Listed) -> None:
        self._row(voter, Verdict.UNREAD)

    def flush(self) -> None:
        if self._piece:
            columns = zip(_COLUMNS, map(array, zip(*self._piece, strict=True)), strict=True)
            self.pieces.send(dict(columns))
            self._piece = []

    def _alone(self, village: str) -> Verdict:
        return Verdict.ONLY_ON_LIST if village in self.whole else Verdict.UNKNOWN

    def _row(
        self,
        voter: Listed,
        verdict: Verdict,
        *,
        differs: Iterable[str] = (),
        held: Held | None = None,
        maybe: Iterable[Any] = (),
        other: int = 0,
        score: int = 0,
        code: str = "",
    ) -> None:
        self._piece.append(
            (
                *(str(voter.row), verdict.value, " ".join(differs), str(held.key) if held else ""),
                *(" ".join(map(str, maybe)), str(other or ""), str(score), code),
                str(held.recorded) if held else "",
            )
        )
        if len(self._piece) == PIECE:
            self.flush()


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
