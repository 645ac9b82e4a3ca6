"""Reads of imports: own ones, their rows page by page, and what stands on people whom one brought."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, QuerySet, When
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from dukcapil.accounts.scoping import Actor, ScopedModel
from dukcapil.core.errors import NotFound
from dukcapil.core.versions import version_of
from dukcapil.regions.models import Region
from dukcapil.regions.validators import within
from registrations.people.enums import MaritalStatus, Sex
from registrations.people.models import Resident, ResidentIdentity
from registrations.people.services.residents import masked_as_told
from registrations.people.validators import Nik
from registrations.roll.enums import Completeness, GoneState, ImportStep, Outcome, Verdict
from registrations.roll.models import BACK, FOUND, RollGone, RollImport, RollRows, Row


def imports_of(by: Actor) -> QuerySet[RollImport]:
    """Of the actor's office, the newest first, without their content; `asks`: somebody is to answer."""
    asked = RollGone.objects.visible_to(by).filter(roll_import=OuterRef("pk"), state=GoneState.OPEN)
    own: Any = RollImport.objects.visible_to(by).filter(office_id=by.office)
    own = own.defer("file", "about").annotate(asks=Exists(asked))
    return own.select_related("posting__user").order_by("-created_at", "-pk")


def get_import_or_404(by: Actor, import_id: uuid.UUID) -> RollImport:
    """One of the actor's own office."""
    own = RollImport.objects.visible_to(by).filter(office_id=by.office, pk=import_id)
    if (found := own.select_related("posting__user").defer("file").first()) is None:
        raise NotFound
    return found


# --- rows -----------------------------------------------------------------------------------------


@dataclass
class Counts:
    """How many rows of each verdict and outcome."""

    verdicts: Counter[str]
    outcomes: Counter[str]

    def of(self, name: str) -> int:
        return (self.verdicts if name in Verdict.values else self.outcomes)[name]


#: A list of nothing but people held says something only as a version (`versions.say_what`), or where it
#: brings somebody back.
_WRITES = (Verdict.NEW, Verdict.DIFFERS, Verdict.LATER, Verdict.ELSEWHERE)


_FIRST = (Verdict.REFUSED.value, Verdict.ALIKE.value)


class Rows:
    """The rows of an import, or those of one verdict or outcome: a list that opens only the pieces
    that a page shows.
    """

    def __init__(self, by: Actor, roll_import: RollImport, show: str = "") -> None:
        self.pieces = RollRows.objects.visible_to(by).filter(roll_import=roll_import)
        self.show = show
        columns = ("pk", "size", "verdicts", "outcomes", "villages")
        self.sizes: list[tuple[int, int, dict[str, int], dict[str, int]]] = []
        self.counts = Counts(Counter(), Counter())
        #: Village -> how many rows of each verdict or outcome, with those of `FOUND` and `BACK`.
        self.villages: dict[str, Counter[str]] = defaultdict(Counter)
        for *sizes, villages in self.pieces.order_by("number").values_list(*columns):
            pk, size, verdicts, outcomes = sizes
            self.sizes.append((pk, size, verdicts, outcomes))
            self.counts.verdicts.update(verdicts)
            self.counts.outcomes.update(outcomes)
            for code, counted in (villages or {}).items():
                self.villages[code].update(counted)

        #: In a preview, what is to be mended or answered stands first; "" is the rest.
        preview = roll_import.step == ImportStep.JUDGE
        self.parts = [show] if show or not preview else [*_FIRST, ""]

    @property
    def to_write(self) -> int:
        """Of a preview, those that change something: also with nothing new, where the person is off the roll."""
        back = sum(counted[BACK] for counted in self.villages.values())
        return sum(self.counts.verdicts[one] for one in _WRITES) + back

    def __len__(self) -> int:
        return sum(many for _part, _pk, many in self._stretches())

    def __getitem__(self, part: slice) -> list[Row]:
        start, stop = part.start or 0, len(self) if part.stop is None else part.stop
        wanted, before, skip = [], 0, None
        for name, pk, many in self._stretches():
            if many and before < stop and before + many > start:
                wanted.append((name, pk))
                skip = start - before if skip is None else skip
            before += many
        opened = self._opened({pk for _name, pk in wanted})
        shown = [row for name, pk in wanted for row in opened[pk] if self._shows(name, row)]
        return shown[skip or 0 : (skip or 0) + stop - start]

    def _stretches(self) -> Iterator[tuple[str, int, int]]:
        """(part, piece, how many rows of it), in the order of a page."""
        for part in self.parts:
            for pk, size, verdicts, outcomes in self.sizes:
                if part:
                    yield part, pk, int({**verdicts, **outcomes}.get(part, 0))
                else:
                    yield part, pk, size - sum(verdicts.get(one, 0) for one in self.parts if one)

    def _shows(self, part: str, row: Row) -> bool:
        return part in (row.verdict, row.outcome) if part else row.verdict not in self.parts

    def _opened(self, pieces: set[int]) -> dict[int, list[Row]]:
        return {piece.pk: list(piece.read()) for piece in self.pieces.filter(pk__in=pieces)}


#: How a page calls the fields of a row.
FIELDS = {
    "nik": "NIK",
    "name": gettext_lazy("Name"),
    "birth_date": gettext_lazy("Birth date"),
    "sex": gettext_lazy("Sex"),
    "village": gettext_lazy("Village"),
    "marital_status": gettext_lazy("Marital status"),
    "address": gettext_lazy("Address"),
    "rt": "RT",
    "rw": "RW",
    "recorded_on": gettext_lazy("Recorded on"),
    "known_recorded_on": gettext_lazy("Recorded on"),
}


#: What a row to mend shows; other columns of the list stay as they came.
MENDED = ("nik", "name", "birth_date", "sex", "village")


@dataclass
class ShownRow:
    """A row as a page shows it: numbers masked, but in a row that is to be mended."""

    row: Row
    name: str
    number: str
    born: date | None
    village: str
    resident: uuid.UUID | None
    #: Field, what is held, what the list has.
    changes: list[tuple[Any, str, str]]
    problems: list[tuple[Any, str]]
    notes: list[str]
    verdict: Verdict | None
    outcome: Outcome | None

    @property
    def people(self) -> list[uuid.UUID]:
        """Whom of the office this row shows."""
        ids = [self.row.resident, *(resident for resident, _words in self.row.alike)]
        return [uuid.UUID(resident) for resident in ids if resident]

    @property
    def version(self) -> str:
        return row_version(self.row)

    @property
    def as_shown(self) -> dict[str, str]:
        """The fields of `mended`, for the page to send back."""
        return {name: text for name, _label, text in self.mended}

    @property
    def mended(self) -> list[tuple[str, Any, str]]:
        """What of a refused row can be typed anew: field, label, what was read."""
        return [(name, FIELDS[name], self.row.cells.get(name, "")) for name in MENDED]


def shown_rows(rows: list[Row]) -> list[ShownRow]:
    codes = {
        said["village"]
        for row in rows
        for said in (row.person or {}, row.before, row.after, {"village": row.elsewhere})
        if said.get("village")
    }
    villages = dict(Region.objects.filter(pk__in=codes).values_list("pk", "name")) if codes else {}
    return [_shown(row, villages) for row in rows]


def _shown(row: Row, villages: dict[str, str]) -> ShownRow:
    said = row.person or {}
    born = said.get("birth_date")
    return ShownRow(
        row=row,
        name=said.get("name") or row.cells.get("name", ""),
        number=masked_as_told(Nik(said["nik"])) if "nik" in said else "",
        born=date.fromisoformat(born) if born else None,
        village=villages.get(row.village, ""),
        resident=uuid.UUID(row.resident) if row.resident else None,
        changes=[
            (
                FIELDS[name],
                _value(name, row.before.get(name, ""), villages),
                _value(name, value, villages),
            )
            for name, value in row.after.items()
        ],
        problems=[(FIELDS.get(name, name), words) for name, _code, words in row.problems],
        notes=list(dict.fromkeys(words for _name, _code, words in row.notes)),
        verdict=Verdict(row.verdict) if row.verdict else None,
        outcome=Outcome(row.outcome) if row.outcome else None,
    )


def _value(name: str, value: str, villages: dict[str, str]) -> str:
    if name == "village":
        return villages.get(value, value)
    if name == "birth_date" and value:
        return date_format(date.fromisoformat(value), "j M Y")
    if name == "sex" and value:
        return str(Sex(value).label)
    if name == "marital_status" and value:
        return str(MaritalStatus(value).label)
    return value or "–"


def rows_to_mend(by: Actor, import_id: uuid.UUID) -> Iterator[Row]:
    """What was not taken over, in the order of the list."""
    pieces = RollRows.objects.visible_to(by).filter(roll_import_id=import_id, office_id=by.office)
    for piece in pieces.filter(outcomes__has_key=Outcome.LEFT).order_by("number").iterator(20):
        yield from (row for row in piece.read() if row.outcome == Outcome.LEFT)


def piece_of(by: Actor, roll_import: RollImport, number: int) -> tuple[RollRows, list[Row], Row]:
    """The piece, locked, all of its rows, and the one of this number. Raises NotFound."""
    pieces = RollRows.objects.visible_to(by).filter(roll_import=roll_import)
    for piece in pieces.order_by("number").select_for_update().iterator(20):
        rows = piece.read()
        for row in rows:
            if row.number == number:
                return piece, rows, row
    raise NotFound


def row_version(row: Row) -> str:
    """Of what a page shows of a row of the preview: what was read, and what would become of it."""
    return version_of({"row": [row.cells, row.verdict, row.other_person]})


# --- versions -------------------------------------------------------------------------------------


@dataclass
class VillageRows:
    """What a list has of a village, and who is held there and is not on it."""

    village: str
    name: str = ""
    covered: bool = False
    new: int = 0
    changed: int = 0
    same: int = 0
    #: Rows of which nothing is written, or of which it is said only then.
    left: int = 0
    later: int = 0
    #: None where nobody is asked about: the list does not cover the village as a whole. Of a preview, at
    #: most so many.
    gone: int | None = None
    open: int = 0
    off: int = 0


_COUNTED: dict[str, tuple[Verdict | Outcome, ...]] = {
    "new": (Verdict.NEW, Outcome.CREATED),
    "changed": (Verdict.DIFFERS, Outcome.PROPOSED),
    "same": (Verdict.SAME, Outcome.NOTHING, Outcome.RETURNED),
    "left": (Verdict.ALIKE, Verdict.REFUSED, Outcome.LEFT),
    "later": (Verdict.LATER,),
}


def villages_of(
    by: Actor, roll_import: RollImport, listed: Rows | None = None
) -> list[VillageRows]:
    """New, changed, same and gone in each village of the office, in the order of their codes. `listed`: its
    rows, where somebody has read them.
    """
    counted = (listed or Rows(by, roll_import)).villages
    names = dict(
        Region.objects.filter(pk__in={*counted, *roll_import.covers}).values_list("pk", "name")
    )
    own = [code for code in sorted(names) if within(code, roll_import.office_id)]
    rows = {code: VillageRows(code, names[code], code in roll_import.covers) for code in own}
    for code, row in rows.items():
        tally: Counter[str] = counted.get(code, Counter())
        for name, of in _COUNTED.items():
            setattr(row, name, sum(tally[one.value] for one in of))
    if roll_import.completeness == Completeness.WHOLE:
        preview = roll_import.step in (ImportStep.READ, ImportStep.JUDGE)
        _count_gone(by, roll_import, rows, counted if preview else None)
    return list(rows.values())


def _count_gone(
    by: Actor,
    roll_import: RollImport,
    rows: dict[str, VillageRows],
    found: dict[str, Counter[str]] | None,
) -> None:
    if found is not None:
        held = at_home(by, roll_import.covers)
        asked = set(roll_import.covers) - set(later_lists(by, roll_import))
        for code in asked:
            rows[code].gone = max(held.get(code, 0) - found.get(code, Counter())[FOUND], 0)
        return
    gone = RollGone.objects.visible_to(by).filter(roll_import=roll_import)
    for code in roll_import.covers:
        rows[code].gone = 0
    for code, state, many in gone.values_list("village", "state").annotate(n=Count("pk")):
        row = rows[code]
        row.gone = (row.gone or 0) + many
        row.open += many if state == GoneState.OPEN else 0
        row.off += many if state == GoneState.OFF else 0


def at_home(by: Actor, villages: Collection[str]) -> dict[str, int]:
    """How many people the office holds in each of its villages who are on its roll."""
    held = Resident.objects.visible_to(by).filter(
        office_id=by.office, village__in=villages, off_roll_since__isnull=True
    )
    return dict(held.order_by().values_list("village").annotate(n=Count("pk")))


def listed_villages(roll_import: RollImport, listed: Rows) -> set[str]:
    """Villages of the office that have a row in the list."""
    return {code for code in listed.villages if code and within(code, roll_import.office_id)}


def later_lists(by: Actor, roll_import: RollImport) -> dict[str, date]:
    """Village of this list -> the day of a later one that says as much of it, and was taken over."""
    says_as_much = {Completeness.WHOLE.value, roll_import.completeness}
    others = RollImport.objects.visible_to(by).filter(
        office_id=by.office,
        step=ImportStep.WRITE,
        covers__overlap=roll_import.covers,
        as_of__gt=roll_import.as_of,
        completeness__in=says_as_much,
    )
    found: dict[str, date] = {}
    for covers, as_of in others.values_list("covers", "as_of"):
        for code in {*covers} & {*roll_import.covers}:
            found[code] = max(as_of or date.min, found.get(code, date.min))
    return found


def gone_of(by: Actor, roll_import: RollImport, village: str = "") -> QuerySet[RollGone]:
    """Who is not on the list: those to be answered first."""
    gone = RollGone.objects.visible_to(by).filter(roll_import=roll_import, office_id=by.office)
    if village:
        gone = gone.filter(village_id=village)
    waits = Case(When(state=GoneState.OPEN, then=0), default=1)
    return gone.order_by(waits, "village_id", "pk")


# --- what stands on somebody ----------------------------------------------------------------------


def standing_on(residents: Collection[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """Resident -> names of what refers to them, of every table with a foreign key to people."""
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    relation: Any
    for relation in Resident._meta.get_fields(include_hidden=True):
        if not (relation.one_to_many or relation.one_to_one) or not relation.auto_created:
            continue
        model: Any = relation.related_model
        if model is ResidentIdentity or not _readable(model):
            continue
        manager = model.everything if issubclass(model, ScopedModel) else model.objects
        column = relation.field.attname
        ids = manager.filter(**{f"{column}__in": residents}).values_list(column, flat=True)
        for resident in set(ids):
            found[resident].append(str(model._meta.verbose_name))
    return found


def _readable(model: Any) -> bool:
    """Not what stands for a record, for being held, or is nobody's again: a voter's row."""
    return model._meta.model_name not in ("effectiveservice", "rollentry", "voterrow")
