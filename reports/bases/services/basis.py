"""Bases of figures: one person imports a basis, a second decides about it. Nobody changes it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date

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
from reports.bases.readers.figures import EXTRA, Parsed, parse
from reports.bases.readers.rows import Table
from reports.bases.selectors.access import replaceable_by
from reports.bases.selectors.signing import BASIS_WORDS, basis_parts
from reports.bases.validators import COMPONENTS


@dataclass
class Imported:
    basis: PopulationBasis
    rows: int
    warnings: list[str] = field(default_factory=list)
    #: What was decided in reading the file.
    said: list[str] = field(default_factory=list)
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
    #: Codes of the file are another office's: regions are matched by their names.
    by_name: bool = False

    @property
    def recorded_on(self) -> date:
        return self.recorded_as_of or self.wajib_as_of


@service
def import_basis(
    *,
    rows: Rows | Table,
    name: str,
    kind: str,
    wajib_as_of: date,
    level: str,
    recorded_as_of: date | None = None,
    components: bool = False,
    source: str = "",
    note: str = "",
    region: str = NATION,
    by_name: bool = False,
) -> Imported:
    """By the machine's operator: approved at once. The same name and content again writes nothing;
    other content is a Conflict.

    Recorded above wajib is real (offices serve residents of others) and only warned of. `region`:
    where names without a code are looked for.
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
        by_name=by_name,
    )
    parsed = _parsed(facts, rows, region)
    digest = digest_of(facts, parsed)
    if earlier := PopulationBasis.objects.filter(name=name).first():
        if earlier.content_hash != digest:
            raise _frozen()
        return Imported(earlier, len(parsed.figures), parsed.warnings, parsed.said, created=False)
    basis = _write(facts, parsed, digest)
    BasisDecision.objects.create(basis=basis, verdict=Verdict.APPROVED)
    return Imported(basis, len(parsed.figures), parsed.warnings, parsed.said, created=True)


@service
def propose_basis(
    *,
    by: Actor,
    rows: Rows | Table,
    facts: BasisFacts,
    replaces: PopulationBasis | None = None,
    content: str | None = None,
) -> PopulationBasis:
    """A basis that waits for a second person. Raises Invalid when what is unusual has no note.

    `content`: the hash of what was shown; Conflict when the same file says something else by now.
    """
    parsed = read_basis(by=by, rows=rows, facts=facts)
    digest = digest_of(facts, parsed)
    if content is not None and content != digest:
        text = _("What the file says has changed since you saw it: look at the preview again.")
        raise Conflict("changed-meanwhile", text, content=digest)
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
    return _write(facts, parsed, digest, imported_by=by.user_id, replaces=replaces)


def read_basis(*, by: Actor, rows: Rows | Table, facts: BasisFacts) -> Parsed:
    """What a proposal would hold. Raises NotFound for regions of others, RowErrors for bad rows."""
    require(by, Permission.BASES_IMPORT)
    parsed = _parsed(facts, rows, by.region)
    if not is_own(by, parsed):
        raise NotFound
    return parsed


def _parsed(facts: BasisFacts, rows: Rows | Table, region: str) -> Parsed:
    return parse(
        rows, facts.level, components=facts.components, region=region, by_name=facts.by_name
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
        region_id=parsed.root,
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


def digest_of(facts: BasisFacts, parsed: Parsed) -> str:
    """The hash of what a basis would hold: its facts that count, and its figures."""
    content = repr(
        (
            *(facts.kind, facts.wajib_as_of, facts.recorded_on, facts.level),
            sorted(map(_content, parsed.figures)),
        )
    )
    return hashlib.sha256(content.encode()).hexdigest()


def _content(figure: PopulationFigure) -> tuple[str, ...]:
    names = ["region_id", "wajib", "recorded", "unrecorded", "printed", "ikd_activated"]
    # Columns that came later count only when they are filled, so that old digests stay the same.
    names += [name for name in EXTRA if getattr(figure, name) is not None]
    return tuple(str(getattr(figure, name)) for name in (*names, *COMPONENTS))
