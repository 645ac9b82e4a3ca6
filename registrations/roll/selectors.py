"""Reads of imports: own ones, their rows page by page, and what stands on people whom one brought."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dukcapil.accounts.scoping import Actor, ScopedModel
from dukcapil.core.errors import DomainError, Invalid, NotFound
from dukcapil.core.versions import version_of
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import get_region
from dukcapil.regions.validators import within
from registrations.people.enums import MaritalStatus, Sex
from registrations.people.models import Resident, ResidentIdentity
from registrations.people.services.residents import masked
from registrations.people.validators import Nik, name_key
from registrations.roll.enums import ImportStep, Outcome, Verdict
from registrations.roll.models import RollImport, RollRows, Row


def imports_of(by: Actor) -> QuerySet[RollImport]:
    """Of the actor's office, the newest first, without their content."""
    own = RollImport.objects.visible_to(by).filter(office_id=by.office).defer("file", "about")
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


_FIRST = (Verdict.REFUSED.value, Verdict.ALIKE.value)


class Rows:
    """The rows of an import, or those of one verdict or outcome: a list that opens only the pieces
    that a page shows.
    """

    def __init__(self, by: Actor, roll_import: RollImport, show: str = "") -> None:
        self.pieces = RollRows.objects.visible_to(by).filter(roll_import=roll_import)
        self.show = show
        sizes = self.pieces.order_by("number").values_list("pk", "size", "verdicts", "outcomes")
        self.sizes = list(sizes)
        self.counts = Counts(Counter(), Counter())
        for _pk, _size, verdicts, outcomes in self.sizes:
            self.counts.verdicts.update(verdicts)
            self.counts.outcomes.update(outcomes)

        #: In a preview, what is to be mended or answered stands first; "" is the rest.
        preview = roll_import.step == ImportStep.JUDGE
        self.parts = [show] if show or not preview else [*_FIRST, ""]

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
        for said in (row.person or {}, row.before, row.after)
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
        number=masked(Nik(said["nik"])) if "nik" in said else "",
        born=date.fromisoformat(born) if born else None,
        village=villages.get(said.get("village", ""), ""),
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


# --- villages -------------------------------------------------------------------------------------


@dataclass
class Villages:
    """The villages of an office, by code and by name."""

    office: str
    by_code: dict[str, Region] = field(default_factory=dict)
    by_name: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _asked: dict[str, DomainError] = field(default_factory=dict)

    @classmethod
    def of(cls, office: str) -> Villages:
        villages = cls(office)
        for region in Region.objects.within(office).filter(level=Level.VILLAGE):
            villages.by_code[region.pk] = region
            villages.by_name[name_key(region.name)].append(region.pk)
        return villages

    def find(self, digits: str, name: str) -> str:
        """The code of the village that is meant. Raises Invalid in words of the row."""
        if digits:
            return self._of_code(f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}.{digits[6:]}", name)
        codes = self.by_name.get(name_key(name), [])
        if len(codes) != 1:
            text = _("No single village of your district has this name: write its ten-digit code.")
            raise Invalid("village", text, field="village")
        return codes[0]

    def _of_code(self, code: str, name: str) -> str:
        if (region := self.by_code.get(code)) is None:
            raise self._unknown(code)
        if name and name_key(name) != name_key(region.name):
            text = _("Code and name are of two villages: %(code)s is %(name)s.")
            raise Invalid(
                "village-differs", text % {"code": code, "name": region.name}, field="village"
            )
        return code

    def _unknown(self, code: str) -> DomainError:
        if code not in self._asked:
            self._asked[code] = self._why_not(code)
        return self._asked[code]

    def _why_not(self, code: str) -> DomainError:
        try:
            get_region(code, level=Level.VILLAGE, field="village")
        except DomainError as error:
            return error
        if within(code, self.office):
            return Invalid("village", _("No region has this code."), field="village")
        text = _(
            "The village lies in another district: that office imports its people. Somebody who comes"
            " to yours for a service is added one by one."
        )
        return Invalid("other-district", text, field="village")


# --- what stands on somebody ----------------------------------------------------------------------


def standing_on(residents: Collection[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """Resident -> names of what refers to them: a visit, a record, a request, a later change. Every
    table with a foreign key to people is asked, those of later subjects too.
    """
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    for relation in Resident._meta.get_fields(include_hidden=True):
        if not (relation.one_to_many or relation.one_to_one) or not relation.auto_created:
            continue
        model: Any = relation.related_model
        if model is ResidentIdentity or not _readable(model):
            continue
        manager = model.everything if issubclass(model, ScopedModel) else model.objects
        column = relation.field.attname  # type: ignore[union-attr]  # a reverse relation's
        ids = manager.filter(**{f"{column}__in": residents}).values_list(column, flat=True)
        for resident in set(ids):
            found[resident].append(str(model._meta.verbose_name))
    return found


def _readable(model: Any) -> bool:
    """The index of effective services has no reader; each of its rows has a record."""
    return model._meta.model_name != "effectiveservice"
