"""Whom of an office's people a voter is. Pure: it asks no table, and each side may come from anywhere.

Numbers are compared by their hashes; then names, within blocks of people who may be meant: the family
card, the birth date, the birth date with day and month changed. What is sure is joined, what is
likely is asked of a person, with whom it may be; the rest is on the list alone (docs/adr/0068).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from rapidfuzz import fuzz, process

from registrations.voters.services.spelling import folded, ordered, words_within

#: Names so alike are the same, where nothing else speaks against it.
SAME = 95.0
#: The same day and village say so much that a slip in a name of several words does not matter.
CLOSE = 88.0
#: Alike enough beside a number, or a family card with the birth date.
ALIKE = 80.0
#: What is less alike is not even asked.
ASKED = 70.0
#: A second person who fits nearly as well makes it a question: twins, and fathers of one name.
MARGIN = 12.0
#: More people of one name and village are no answer.
_NAMESAKES = 10
#: At most so many people are shown beside a voter.
SHOWN = 3


@dataclass(slots=True)
class Held:
    """Somebody of the office. `born`: ordinal of the day; `area`: first six digits of the number."""

    key: Hashable
    nik: bytes
    area: str
    name: str
    born: int
    sex: str = ""
    village: str = ""
    family: bytes = b""
    plain: str = ""
    sorted: str = ""
    #: Whether the person is recorded: said of whoever is found, and of no use in finding.
    recorded: bool = False


@dataclass(slots=True)
class Listed:
    """A voter. Without a whole number `nik` is empty, and `shown` has what of it can be seen (`*` else);
    0 and "" stand for what the list does not tell.
    """

    number: int
    name: str
    nik: bytes = b""
    shown: str = ""
    born: int = 0
    sex: str = ""
    village: str = ""
    family: bytes = b""
    #: Whatever key the caller has for it.
    row: int = 0


JOINED, ASK, TWICE, NONE = "joined", "ask", "twice", "none"


@dataclass(slots=True)
class Match:
    """`joined`: to the first of `people`; `ask`: one of them, perhaps; `twice`: the list has that person
    in the row `other` already.
    """

    number: int
    verdict: str = NONE
    people: list[Hashable] = field(default_factory=list)
    score: float = 0.0
    other: int = 0
    #: Of the first of `people`, in `People.all`.
    place: int = -1


class People:
    """The people of an office, found by number, family card and birth date."""

    def __init__(self, people: Iterable[Held]) -> None:
        self.all: list[Held] = []
        self.by_nik: dict[bytes, int] = {}
        self.by_family: dict[bytes, list[int]] = defaultdict(list)
        self.by_born: dict[int, list[int]] = defaultdict(list)
        #: Of a village with its words in order: for whoever is found by nothing else. Mostly one person.
        self.by_name: dict[int, int | list[int]] = {}
        for place, one in enumerate(people):
            one.plain = _same(folded(one.name), one.name)
            one.sorted = _same(ordered(one.plain), one.plain)
            self.all.append(one)
            self.by_nik[one.nik] = place
            self.by_born[one.born].append(place)
            if one.family:
                self.by_family[one.family].append(place)
            key = hash((one.village, one.sorted))
            namesakes = self.by_name.setdefault(key, place)
            if isinstance(namesakes, list):
                namesakes.append(place)
            elif namesakes != place:
                self.by_name[key] = [namesakes, place]

    def namesakes(self, village: str, ordered_name: str) -> list[int]:
        """As a key says that is no more than likely: whoever is found is weighed like everybody."""
        found = self.by_name.get(hash((village, ordered_name)), [])
        return [found] if isinstance(found, int) else found


def _same(text: str, other: str) -> str:
    """One object for both where they are equal: there are a million."""
    return other if text == other else text


@dataclass(slots=True)
class _Candidate:
    place: int
    score: float
    sure: bool


class Matcher:
    """Two looks at a list: at whole numbers first (`by_number`), so that whoever is found by one is
    nobody else; then at everybody who was not found (`by_facts`).
    """

    def __init__(self, people: People) -> None:
        self.people = people
        #: Place -> row of the list.
        self.taken: dict[int, int] = {}

    def by_number(self, voter: Listed) -> Match | None:
        """None when the number leads to nobody who may be meant: then facts decide."""
        place = self.people.by_nik.get(voter.nik) if voter.nik else None
        if place is None:
            return None
        one = self.people.all[place]
        score = name_score(folded(voter.name), one)
        same_day = voter.born == one.born
        if not (score >= ALIKE or (same_day and score >= 50) or (same_day and _kin(voter, one))):
            # A number under another name: whether it is held is nobody's to learn by a list.
            return self._doubtful(voter, one, score)
        if place in self.taken:
            return Match(voter.number, TWICE, [one.key], score, self.taken[place], place)
        self.taken[place] = voter.number
        return Match(voter.number, JOINED, [one.key], score, place=place)

    @staticmethod
    def _doubtful(voter: Listed, one: Held, score: float) -> Match | None:
        likely = score >= ASKED and (not voter.born or _near(voter.born, one.born))
        return Match(voter.number, ASK, [one.key], score) if likely else None

    def by_facts(self, voter: Listed) -> Match:
        plain = folded(voter.name)
        found = self._close(voter, plain)
        if not any(one.sure for one in found):
            found = self._far(voter, plain, found)
        if not found:
            return Match(voter.number)
        found.sort(key=lambda one: (not one.sure, -one.score))
        first = found[0]
        rivals = [one for one in found[1:] if one.score > first.score - MARGIN]
        keys = [self.people.all[one.place].key for one in found[:SHOWN]]
        match = Match(voter.number, ASK, keys, first.score, place=first.place)
        if first.place in self.taken:
            match.other = self.taken[first.place]
        elif first.sure and not rivals:
            match.verdict = JOINED
            self.taken[first.place] = voter.number
        return match

    def _close(self, voter: Listed, plain: str) -> list[_Candidate]:
        """Of the same village and birth date, and of the family card."""
        all_people = self.people.all
        places = [
            place
            for place in self.people.by_born.get(voter.born, ())
            if all_people[place].village == voter.village
        ]
        if voter.family:
            places = list({*places, *self.people.by_family.get(voter.family, ())})
        weighed = [self._weigh(voter, plain, place) for place in places]
        return [one for one in weighed if one]

    def _far(self, voter: Listed, plain: str, found: list[_Candidate]) -> list[_Candidate]:
        """Of the whole office, born on the day, or with day and month changed."""
        known = {one.place for one in found}
        places = [*self.people.by_born.get(voter.born, ())] if voter.born else []
        if turned := turned_day(voter.born):
            places += self.people.by_born.get(turned, ())
        places = [place for place in places if place not in known]
        names = [self.people.all[place].sorted for place in places]
        sort = ordered(plain)
        near = process.extract(sort, names, scorer=fuzz.ratio, score_cutoff=ASKED, limit=10)
        close = [places[index] for _name, _score, index in near]
        if not (found or close):
            close = self.people.namesakes(voter.village, sort)[:_NAMESAKES]
        weighed = [self._weigh(voter, plain, place) for place in close]
        return [*found, *(one for one in weighed if one)]

    def _weigh(self, voter: Listed, plain: str, place: int) -> _Candidate | None:
        one = self.people.all[place]
        score = name_score(plain, one)
        if score < ASKED:
            return None
        number = _number(voter, one)
        if voter.sex and one.sex and voter.sex != one.sex and score < SAME:
            return None
        born = _born(voter.born, one.born)
        near = voter.village == one.village
        kin = _kin(voter, one)
        against = number < 0 or (voter.sex and one.sex and voter.sex != one.sex)
        if against:
            sure = kin and born == 2 and score >= SAME and near and voter.sex == one.sex
        elif born == 2:
            sure = (kin and score >= ALIKE + 5) or (
                near and score >= CLOSE and _tells(voter, number)
            )
        else:
            sure = kin and born == 1 and near and score >= SAME
        likely = (
            (born and (near or kin or number > 0))
            or (born == 2 and score >= ALIKE + 5)
            or (kin and score >= ALIKE)
        )
        if not (sure or likely):
            return None
        weight = score + 6 * (born == 2) + 6 * kin + 3 * near + 3 * (number > 0) - 6 * bool(against)
        return _Candidate(place, weight, bool(sure))


def match_all(people: People, voters: Iterable[Listed]) -> Iterator[Match]:
    """A list that fits into memory, in one go. Each match once, in no order."""
    matcher = Matcher(people)
    rest: list[Listed] = []
    for voter in voters:
        if (match := matcher.by_number(voter)) is not None:
            yield match
        else:
            rest.append(voter)
    for voter in rest:
        yield matcher.by_facts(voter)


# --- evidence -------------------------------------------------------------------------------------


def name_score(plain: str, one: Held) -> float:
    """How alike two names are, from 0 to 100: spelled otherwise, in another order, or with a word less."""
    if plain == one.plain:
        return 100.0
    score = max(
        fuzz.ratio(plain, one.plain),
        fuzz.ratio(ordered(plain), one.sorted),
    )
    return score if score >= 90 else max(score, words_within(plain, one.plain))


def _number(voter: Listed, one: Held) -> int:
    """1: what is shown of the number agrees; -1: it does not; 0: nothing is said."""
    if voter.nik:
        return -1 if voter.nik != one.nik else 1
    area = voter.shown[:6]
    if len(area) < 6 or not area.isdigit():
        return 0
    return 1 if area == one.area else -1


def _tells(voter: Listed, number: int) -> bool:
    """A name of one word is many people's: then the number has to agree, too."""
    return number > 0 or " " in voter.name


def _kin(voter: Listed, one: Held) -> bool:
    return bool(voter.family) and voter.family == one.family


def _born(listed: int, held: int) -> int:
    """2: the same day; 1: a slip away, or not told; 0: another."""
    if listed == held:
        return 2
    return 1 if not listed or _near(listed, held) else 0


def _near(listed: int, held: int) -> bool:
    """Day and month changed, or one of the three parts is another."""
    if turned_day(listed) == held:
        return True
    one, two = date.fromordinal(listed), date.fromordinal(held)
    return (one.day == two.day) + (one.month == two.month) + (one.year == two.year) == 2


def turned_day(born: int) -> int:
    """The ordinal with day and month changed; 0 where that is no other day."""
    if not born:
        return 0
    day = date.fromordinal(born)
    if day.day > 12 or day.day == day.month:
        return 0
    return day.replace(day=day.month, month=day.day).toordinal()
