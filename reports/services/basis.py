"""Importing a basis from a CSV: all rows or none, every error with its row and field."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import takewhile
from pathlib import Path

from django.utils.translation import gettext as _

from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, DomainError, Invalid
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import NATION, dotted, level_of
from reports import errors as _rules  # noqa: F401 - registers the messages
from reports.models import PopulationBasis, PopulationFigure

PLAIN = ("wajib_ktp", "recorded", "unrecorded", "printed", "ikd_activated")
COMPONENTS = ("dkb", "deaths", "duplicates", "moved_out", "moved_in", "first_recordings")


@dataclass
class Imported:
    basis: PopulationBasis
    created: bool
    rows: int
    warnings: list[str] = field(default_factory=list)


class RowErrors(DomainError):
    """Every bad row of a file, so that it is mended in one go."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("rows", "\n".join(errors))
        self.errors = errors


def read_rows(path: Path) -> list[dict[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("encoding", _("The file is not UTF-8. Save it again as UTF-8.")) from error
    except OSError as error:
        raise Invalid("file", _("The file cannot be read.")) from error
    return list(csv.DictReader(text.splitlines()))


@service
def import_basis(
    *,
    rows: list[dict[str, str]],
    name: str,
    kind: str,
    wajib_as_of: date,
    level: str,
    recorded_as_of: date | None = None,
    components: bool = False,
    source: str = "",
    note: str = "",
) -> Imported:
    """A frozen basis. The same name and content again writes nothing; other content is a Conflict.

    Recorded above wajib is real (offices serve residents of others) and only warned of.
    """
    figures, warnings = _parse(rows, level, components=components)
    recorded_on = recorded_as_of or wajib_as_of
    content = repr((kind, wajib_as_of, recorded_on, level, sorted(map(_content, figures))))
    digest = hashlib.sha256(content.encode()).hexdigest()
    if known := PopulationBasis.objects.filter(name=name).first():
        if known.content_hash != digest:
            raise Conflict(
                "basis-frozen",
                _("A basis of this name with other content exists. A basis is never changed."),
            )
        return Imported(known, False, len(figures), warnings)
    basis = PopulationBasis.objects.create(
        name=name,
        kind=kind,
        region_id=_root(figure.region_id for figure in figures),
        level=level,
        wajib_as_of=wajib_as_of,
        recorded_as_of=recorded_on,
        source=source,
        note=note,
        content_hash=digest,
    )
    for figure in figures:
        figure.basis = basis
    PopulationFigure.objects.bulk_create(figures, batch_size=2000)
    return Imported(basis, True, len(figures), warnings)


def _content(figure: PopulationFigure) -> tuple[str, ...]:
    names = ("region_id", "wajib", "recorded", "unrecorded", "printed", "ikd_activated")
    return tuple(str(getattr(figure, name)) for name in (*names, *COMPONENTS))


def _root(codes: Iterable[str]) -> str:
    """The smallest region that all codes lie in."""
    columns = zip(*(code.split(".") for code in codes), strict=False)
    shared = takewhile(lambda column: len(set(column)) == 1, columns)
    return ".".join(column[0] for column in shared) or NATION


def _parse(
    rows: list[dict[str, str]], level: str, *, components: bool
) -> tuple[list[PopulationFigure], list[str]]:
    wanted = (*COMPONENTS, "recorded", "unrecorded") if components else PLAIN
    errors: list[str] = []
    warnings: list[str] = []
    if not rows:
        raise RowErrors([_("The file has no rows.")])
    required = {"region_code", *(COMPONENTS if components else ())}
    if missing := required - rows[0].keys():
        raise RowErrors([_("Missing columns: %(names)s.") % {"names": ", ".join(sorted(missing))}])
    known = set(Region.objects.filter(code__in=_codes(rows)).values_list("code", flat=True))
    figures: dict[str, PopulationFigure] = {}
    for number, row in enumerate(rows, start=2):
        try:
            figure = _figure(row, wanted, known, level)
            if figure.region_id in figures:
                raise Invalid(
                    "twice", _("This region stands in the file twice."), field="region_code"
                )
        except DomainError as error:
            errors.append(
                _("Row %(row)s, %(field)s: %(message)s")
                % {"row": number, "field": error.field or "", "message": error.message}
            )
            continue
        figures[figure.region_id] = figure
        if figure.unrecorded is not None and figure.unrecorded < 0:
            warnings.append(
                _("Row %(row)s: more people recorded than wajib KTP; kept as it is.")
                % {"row": number}
            )
    if errors:
        raise RowErrors(errors)
    return list(figures.values()), warnings


def _codes(rows: list[dict[str, str]]) -> list[str]:
    found = []
    for row in rows:
        try:
            found.append(dotted(row["region_code"] or ""))
        except DomainError:
            continue
    return found


def _figure(
    row: dict[str, str], wanted: tuple[str, ...], known: set[str], level: str
) -> PopulationFigure:
    code = dotted(row["region_code"] or "", field="region_code")
    if code not in known:
        raise Invalid("region-unknown", _("No region has this code."), field="region_code")
    if level_of(code).is_below(Level(level)):
        raise Invalid(
            "region-level",
            _("This region lies below the level of the basis."),
            field="region_code",
        )
    values = {name: _number(row.get(name), name) for name in wanted}
    if any(values.get(name) is not None for name in COMPONENTS):
        values["wajib_ktp"] = dinamis(values)
    return PopulationFigure(
        region_id=code,
        **_completed(values),
        **{name: values.get(name) for name in COMPONENTS},
    )


def dinamis(values: dict[str, int | None]) -> int:
    """DKB - deaths - duplicates - moved out + moved in + first recordings outside the DKB."""
    for name in COMPONENTS:
        if values[name] is None:
            raise Invalid("missing", _("Give all six components."), field=name)
    part = {name: values[name] or 0 for name in COMPONENTS}
    return (
        part["dkb"]
        - part["deaths"]
        - part["duplicates"]
        - part["moved_out"]
        + part["moved_in"]
        + part["first_recordings"]
    )


def _completed(values: dict[str, int | None]) -> dict[str, int | None]:
    """Any two of wajib, recorded and unrecorded give the third."""
    wajib, recorded, unrecorded = (
        values.get(name) for name in ("wajib_ktp", "recorded", "unrecorded")
    )
    if wajib is None and recorded is not None and unrecorded is not None:
        wajib = recorded + unrecorded
    elif recorded is None and wajib is not None and unrecorded is not None:
        recorded = wajib - unrecorded
    elif unrecorded is None and wajib is not None and recorded is not None:
        unrecorded = wajib - recorded
    if None not in (wajib, recorded, unrecorded) and wajib != recorded + unrecorded:  # type: ignore[operator]
        raise Invalid(
            "figure-sum",
            _("Recorded and unrecorded do not add up to wajib KTP."),
            field="unrecorded",
        )
    return {
        "wajib": wajib,
        "recorded": recorded,
        "unrecorded": unrecorded,
        "printed": values.get("printed"),
        "ikd_activated": values.get("ikd_activated"),
    }


def _number(text: str | None, name: str) -> int | None:
    digits = (text or "").strip()
    if not digits:
        return None
    if not digits.isascii() or not digits.isdigit():
        raise Invalid(
            "number", _("Write whole numbers with digits only, without separators."), field=name
        )
    return int(digits)
