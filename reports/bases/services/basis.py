"""Bases of figures: one person imports a basis, a second decides about it. Nobody changes it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import takewhile

from django.utils.translation import gettext as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require, require_two_persons
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.locks import Lock, hold
from dukcapil.core.tables import Rows
from dukcapil.core.versions import require_seen
from dukcapil.regions.validators import NATION
from reports.bases.enums import Verdict
from reports.bases.models import BasisDecision, PopulationBasis, PopulationFigure
from reports.bases.readers import EXTRA, Parsed, parse
from reports.bases.selectors.access import replaceable_by
from reports.bases.selectors.signing import BASIS_WORDS, basis_parts
from reports.bases.validators import COMPONENTS


@dataclass
class Imported:
    basis: PopulationBasis
    rows: int
    warnings: list[str] = field(default_factory=list)
    created: bool = field(kw_only=True)


@dataclass(frozen=True)
class BasisFacts:
    """What describes a basis, besides its rows."""

    name: str
    kind: str
    wajib_as_of: date
    level: str
    recorded_as_of: date | None = None
    components: bool = False
    source: str = ""
    note: str = ""

    @property
    def recorded_on(self) -> date:
        return self.recorded_as_of or self.wajib_as_of


@service
def import_basis(
    *,
    rows: Rows,
    name: str,
    kind: str,
    wajib_as_of: date,
    level: str,
    recorded_as_of: date | None = None,
    components: bool = False,
    source: str = "",
    note: str = "",
) -> Imported:
    """By the machine's operator: approved at once. The same name and content again writes nothing;
    other content is a Conflict.

    Recorded above wajib is real (offices serve residents of others) and only warned of.
    """
    facts = BasisFacts(
        name,
        kind,
        wajib_as_of,
        level,
        recorded_as_of,
        components=components,
        source=source,
        note=note,
    )
    parsed = parse(rows, level, components=components)
    digest = _digest(facts, parsed.figures)
    if earlier := PopulationBasis.objects.filter(name=name).first():
        if earlier.content_hash != digest:
            raise _frozen()
        return Imported(earlier, len(parsed.figures), parsed.warnings, created=False)
    basis = _write(facts, parsed, digest)
    BasisDecision.objects.create(basis=basis, verdict=Verdict.APPROVED)
    return Imported(basis, len(parsed.figures), parsed.warnings, created=True)


@service
def propose_basis(
    *, by: Actor, rows: Rows, facts: BasisFacts, replaces: PopulationBasis | None = None
) -> PopulationBasis:
    """A basis that waits for a second person. Raises Invalid when what is unusual has no note."""
    require(by, Permission.BASES_IMPORT)
    parsed = parse(rows, facts.level, components=facts.components)
    if not is_own(by, parsed):
        raise NotFound
    if parsed.warnings and not facts.note.strip():
        raise Invalid(
            "note",
            _(
                "These figures are unusual. Say in the note why they are right; it is shown beside them."
            ),
            field="note",
        )
    refuse_taken(facts.name)
    if replaces is not None:
        check_replaceable(by, replaces)
    return _write(
        facts, parsed, _digest(facts, parsed.figures), imported_by=by.user_id, replaces=replaces
    )


def is_own(by: Actor, parsed: Parsed) -> bool:
    """Whether every region of a file lies within the actor's own."""
    return all(by.covers(figure.region_id) for figure in parsed.figures)


def refuse_taken(name: str) -> None:
    """Raises Conflict when a basis of this name exists, whoever may see it."""
    if PopulationBasis.objects.filter(name=name).exists():
        raise Conflict("basis-name", _("A basis of this name exists."), field="name")


def check_replaceable(by: Actor, basis: PopulationBasis) -> None:
    """Raises NotFound or Conflict when this basis is not the actor's to replace, or not in force."""
    if not by.covers(basis.region_id):
        raise NotFound
    if not replaceable_by(by).filter(pk=basis.pk).exists():
        raise Conflict(
            "basis-not-in-force", _("Only a basis in force is replaced."), field="replaces"
        )


@service
def decide_basis(
    *,
    by: Actor,
    basis: PopulationBasis,
    verdict: str,
    note: str = "",
    version: str | None = None,
) -> BasisDecision:
    """A second person approves or refuses. Whoever imported the basis may only refuse it.

    `version`: of what was shown; None decides about what stands. Raises Conflict when it is another.
    """
    require(by, Permission.BASES_APPROVE)
    if not by.covers(basis.region_id):
        raise NotFound
    require_two_persons(by, basis.imported_by_id)
    require_seen(version, basis_parts(basis), BASIS_WORDS)
    if verdict == Verdict.APPROVED and basis.replaces_id is not None:
        # Two proposals may replace the same basis: the first approved one wins.
        hold(Lock.REPLACED_BASIS, basis.replaces_id)
        check_replaceable(by, PopulationBasis.objects.get(pk=basis.replaces_id))
    return BasisDecision.objects.create(
        basis=basis, verdict=verdict, note=" ".join(note.split()), decided_by_id=by.user_id
    )


def _write(
    facts: BasisFacts,
    parsed: Parsed,
    digest: str,
    *,
    imported_by: int | None = None,
    replaces: PopulationBasis | None = None,
) -> PopulationBasis:
    basis = PopulationBasis.objects.create(
        name=facts.name,
        kind=facts.kind,
        region_id=_root(figure.region_id for figure in parsed.figures),
        level=facts.level,
        wajib_as_of=facts.wajib_as_of,
        recorded_as_of=facts.recorded_on,
        source=facts.source,
        note=facts.note,
        content_hash=digest,
        imported_by_id=imported_by,
        replaces=replaces,
    )
    for figure in parsed.figures:
        figure.basis = basis
    PopulationFigure.objects.bulk_create(parsed.figures, batch_size=2000)
    return basis


def _frozen() -> Conflict:
    return Conflict(
        "basis-frozen",
        _("A basis of this name with other content exists. A basis is never changed."),
        field="name",
    )


def _digest(facts: BasisFacts, figures: list[PopulationFigure]) -> str:
    content = repr(
        (
            *(facts.kind, facts.wajib_as_of, facts.recorded_on, facts.level),
            sorted(map(_content, figures)),
        )
    )
    return hashlib.sha256(content.encode()).hexdigest()


def _content(figure: PopulationFigure) -> tuple[str, ...]:
    names = ["region_id", "wajib", "recorded", "unrecorded", "printed", "ikd_activated"]
    # Columns that came later count only when they are filled, so that old digests stay the same.
    names += [name for name in EXTRA if getattr(figure, name) is not None]
    return tuple(str(getattr(figure, name)) for name in (*names, *COMPONENTS))


def _root(codes: Iterable[str]) -> str:
    """The smallest region that all codes lie in."""
    columns = zip(*(code.split(".") for code in codes), strict=False)
    shared = takewhile(lambda column: len(set(column)) == 1, columns)
    return ".".join(column[0] for column in shared) or NATION
