"""Making an edition: counted, joined, rounded, left out, and written down for good."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.core.locks import Lock, hold
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.models import Region, inside
from dukcapil.regions.validators import ancestor, level_of
from events.elections.models import Election
from registrations.people.enums import MaritalStatus
from registrations.people.models import Resident
from registrations.people.validators import CARD_AGE, last_birth_date_reaching
from reports.bases.models import PopulationBasis
from reports.coverage.selectors.coverage import answer
from reports.coverage.selectors.question import Question
from reports.editions.models import Edition, EditionRow
from reports.editions.selectors import earlier, election_for, held_here, voters_basis
from reports.editions.services.protecting import Cell, left_out
from reports.editions.validators import is_small, joined, rounded

#: More than a village has: where nothing says how many there could be.
_ANY = 10**9


@dataclass(frozen=True)
class Counts:
    """What is known of a village before anything is rounded. None is unknown."""

    potential: int
    unrecorded: int | None
    seventeen: int | None

    @property
    def recorded(self) -> int | None:
        return None if self.unrecorded is None else self.potential - self.unrecorded

    @property
    def shown_unrecorded(self) -> int | None:
        if self.unrecorded is None:
            return None
        return min(rounded(self.unrecorded), rounded(self.potential))

    @property
    def shown_seventeen(self) -> int | None:
        return None if self.seventeen is None else rounded(self.seventeen)


@dataclass(frozen=True)
class Prepared:
    """What an edition would be made of, checked."""

    region: Region
    election: Election
    basis: PopulationBasis
    #: Editions for this election so far.
    made: int


def prepare_edition(*, by: Actor, region: Region, election: int) -> Prepared:
    """The one check before an edition; raises what it would be refused for."""
    require(by, Permission.EDITIONS_MAKE)
    if not by.covers(region.pk):
        raise NotFound
    if region.level not in (Level.PROVINCE, Level.REGENCY):
        raise Invalid(
            "edition-region",
            _("An edition is made of a province, or of a regency or city."),
            field="region",
        )
    day = today_in(region.pk)
    basis = voters_basis(region.pk, day)
    chosen = election_for(region.pk, election, day)
    before = earlier(region.pk, chosen)
    before.check()
    return Prepared(region, chosen, basis, before.for_election)


@service
def make_edition(
    *, by: Actor, region: Region, election: int, recipient: str, agreement: str
) -> Edition:
    """Voters of every village for a recipient who is named. What was made is never changed."""
    require(by, Permission.EDITIONS_MAKE)
    hold(Lock.EDITIONS)
    ready = prepare_edition(by=by, region=region, election=election)
    day = today_in(region.pk)
    counts = _counted(by, ready, day)
    edition = Edition.objects.create(
        region=region,
        election=ready.election,
        held_on=ready.election.held_on,
        basis=ready.basis,
        day=day,
        recipient=recipient.strip(),
        agreement=agreement.strip(),
        made_by_id=by.user_id,
    )
    rows = _rows(edition, counts)
    EditionRow.objects.bulk_create(rows, batch_size=500)
    _log(by, edition, len(rows))
    return edition


@service
def take_out(*, by: Actor, edition: Edition) -> None:
    """Somebody takes an edition, as a file or over the API: kept like every list that is taken out."""
    _log(by, edition, None)


@service
def look_at(*, by: Actor, edition: Edition) -> None:
    """Somebody opens the page of an edition: kept like every look."""
    _log(by, edition, None, Access.VIEW)


def _log(by: Actor, edition: Edition, found: int | None, action: Access = Access.EXPORT) -> None:
    log_access(
        by=by,
        action=action,
        kind="edition",
        subject=str(edition.pk),
        reason=_("Edition of voters for %(recipient)s") % {"recipient": edition.recipient},
        case=edition.agreement,
        found=found,
        office=edition.region_id if len(edition.region_id) > 2 else "",
    )


# --- counting -------------------------------------------------------------------------------------


def _counted(by: Actor, ready: Prepared, day: date) -> dict[str, Counts]:
    """Village -> what the voters' list, the ledger since then and the offices' people say."""
    seventeen = _turning_seventeen(by, ready.region.pk, day, ready.election.held_on)
    regencies = Region.objects.within(ready.region.pk).level(Level.REGENCY)
    counts: dict[str, Counts] = {}
    for regency in regencies:
        # The same answer as the page of coverage gives by this basis.
        for row in answer(Question(regency, Level.VILLAGE, day, ready.basis)).rows:
            counts[row["region"]] = Counts(
                row["wajib_ktp"] or 0, row["unrecorded"], seventeen.get(row["region"])
            )
    return counts


def _turning_seventeen(by: Actor, region: str, day: date, held_on: date) -> dict[str, int]:
    """Village -> people who are not of age yet, were never married, and will be by the election."""
    turning = Q(
        marital_status=MaritalStatus.SINGLE,
        birth_date__gt=last_birth_date_reaching(CARD_AGE, day),
        birth_date__lte=last_birth_date_reaching(CARD_AGE, held_on),
    )
    held = Resident.objects.visible_to(by).filter(held_here(), inside("office_id", region))
    return dict(held.values_list("village_id").order_by().annotate(n=Count("pk", filter=turning)))


# --- rows -----------------------------------------------------------------------------------------


@dataclass
class _Tree:
    """Villages in the groups that are shown together, and what each group is part of."""

    region: str
    counts: dict[str, Counts] = field(default_factory=dict)
    regions: dict[str, list[str]] = field(default_factory=dict)
    above: dict[str, str] = field(default_factory=dict)
    #: Code -> the groups of villages within it, a group's own among them.
    within: dict[str, list[Counts]] = field(default_factory=lambda: defaultdict(list))

    def add(self, codes: list[str], above: str) -> str:
        code = codes[0]
        self.above[code], self.regions[code] = above, codes
        return code

    def count(self, codes: list[str], above: str, total: Counts) -> None:
        code = self.add(codes, above)
        self.counts[code] = total
        while True:
            self.within[code].append(total)
            if code == self.region:
                return
            code = self.above[code]

    @property
    def nodes(self) -> list[str]:
        return [code for code in self.regions if code not in self.counts]


def _tree(region: str, counts: Mapping[str, Counts]) -> _Tree:
    tree = _Tree(region, regions={region: [region]})
    for regency, villages in _by(Level.REGENCY, counts).items():
        if regency != region:
            tree.add([regency], region)
        districts = _by(Level.DISTRICT, villages)
        sizes = [
            (code, _total(list(below.values())).potential) for code, below in districts.items()
        ]
        for codes in joined(sizes):
            district = tree.add(codes, regency)
            here = {code: one for part in codes for code, one in districts[part].items()}
            for group in joined([(code, one.potential) for code, one in here.items()]):
                tree.count(group, district, _total([here[code] for code in group]))
    return tree


def _by(level: Level, counts: Mapping[str, Counts]) -> dict[str, dict[str, Counts]]:
    parts: dict[str, dict[str, Counts]] = defaultdict(dict)
    for code in sorted(counts):
        parts[ancestor(code, level)][code] = counts[code]
    return parts


def _total(counts: list[Counts]) -> Counts:
    """Of villages that are shown together. The roll knows them where it knows one of them."""
    turning = [one.seventeen for one in counts if one.seventeen is not None]
    return Counts(
        sum(one.potential for one in counts),
        _sum([one.unrecorded for one in counts]),
        sum(turning) if turning else None,
    )


def _sum(values: list[int | None]) -> int | None:
    """Unknown is not zero."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _rows(edition: Edition, counts: Mapping[str, Counts]) -> list[EditionRow]:
    tree = _tree(edition.region_id, counts)
    hidden = {"recording": _recording(tree), "seventeen": _seventeen(tree)}
    return [_row(edition, tree, code, hidden) for code in (*tree.nodes, *tree.counts)]


def _row(edition: Edition, tree: _Tree, code: str, hidden: dict[str, set[str]]) -> EditionRow:
    below = tree.within[code]
    potential = sum(rounded(one.potential) for one in below)
    shown = {
        "recording": _sum([one.shown_unrecorded for one in below]),
        "seventeen": _sum([one.shown_seventeen for one in below]),
    }
    left = [name for name, value in shown.items() if value is not None and code in hidden[name]]
    shown |= dict.fromkeys(left)
    unrecorded = shown["recording"]
    return EditionRow(
        edition=edition,
        level=Level.VILLAGE if code in tree.counts else level_of(code),
        region_id=code,
        regions=tree.regions[code],
        potential=potential,
        # What is left, not rounded by itself: it tells nothing to who knows the voters' list.
        recorded=None if unrecorded is None else potential - unrecorded,
        unrecorded=unrecorded,
        seventeen=shown["seventeen"],
        left_out=left,
    )


def _recording(tree: _Tree) -> set[str]:
    """Recorded and unrecorded are shown together or not at all: potential voters are known."""
    cells = {
        code: Cell(
            shown,
            rounded(one.potential),
            is_small(one.unrecorded or 0),
            is_small(one.recorded or 0),
        )
        for code, one in tree.counts.items()
        if (shown := one.shown_unrecorded) is not None
    }
    never = {
        node
        for node in tree.nodes
        if _small_or_unknown([one.unrecorded for one in tree.within[node]])
        or _small_or_unknown([one.recorded for one in tree.within[node]])
    }
    return left_out(tree.above, cells, never)


def _seventeen(tree: _Tree) -> set[str]:
    cells = {
        code: Cell(shown, _ANY, is_small(one.seventeen or 0))
        for code, one in tree.counts.items()
        if (shown := one.shown_seventeen) is not None
    }
    never = {
        node
        for node in tree.nodes
        if _small_or_unknown([one.seventeen for one in tree.within[node]])
    }
    return left_out(tree.above, cells, never)


def _small_or_unknown(values: list[int | None]) -> bool:
    total = _sum(values)
    return total is None or is_small(total)
