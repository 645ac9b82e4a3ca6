"""The evaluation of a region's offices as a PDF to sign, and as a workbook in which numbers are numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.offices.letterhead import letter, logo_of
from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.core.paper import compiled
from dukcapil.core.templatetags.figures import abbreviated, people, share
from dukcapil.regions.enums import zone_of
from reports.bases.enums import BasisKind
from reports.closing.selectors.sections import Cell, Section, Sections
from reports.coverage.selectors.question import Question
from reports.evaluation.selectors import Evaluated
from reports.files.renderers.closing import as_text, workbook


@dataclass(kw_only=True)
class EvaluationPaper(Sections):
    """The page's rows in the page's order, with what they rest on."""

    whole: Evaluated
    day: date
    about: list[str] = field(default_factory=list)

    @property
    def place(self) -> str:
        return f"{self.whole.row['name']} ({self.whole.row['region']})"

    @property
    def day_in_words(self) -> str:
        return date_format(self.day, "l, j F Y")


def evaluation_paper(
    question: Question, whole: Evaluated, rows: list[Evaluated]
) -> EvaluationPaper:
    paper = EvaluationPaper(whole=whole, day=question.day, about=about(question, whole))
    paper.figures += [
        (_("Recorded"), whole.row["recorded"]),
        (_("Wajib KTP"), whole.row["wajib_ktp"]),
        (_("Short of target"), whole.row["gap_to_target"]),
    ]
    columns = [
        *(_("Region"), _("Rank"), _("Recorded, %"), _("Short"), _("A working day")),
        *(_("Recorded in 30 days"), _("Points in 30 days")),
        *(_("Days due"), _("Reports late"), _("Reports missing"), _("Not recorded")),
    ]
    paper.sections.append(Section(_("Ranking"), columns, [*map(_cells, rows), [*_cells(whole)]]))
    return paper


def _cells(one: Evaluated) -> list[Cell]:
    row, reports = one.row, one.reporting
    return [
        f"{row['region']} {abbreviated(row['name'])}",
        one.place,
        _decimal(row["recorded_percent"]),
        *(row["gap_to_target"], row["needed_per_day"]),
        *(one.trend.recorded, one.trend.points),
        *((reports.due, reports.late, reports.missing) if reports else (None, None, None)),
        row["unrecorded"],
    ]


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def about(question: Question, whole: Evaluated) -> list[str]:
    """Basis, source, target and moment, as page and files say them."""
    lines = []
    if basis := question.forced:
        said = _("One basis for all rows: %(name)s (recordings of %(day)s, and all logged since)")
        day = date_format(basis.recorded_as_of, "j F Y")
        lines.append(said % {"name": basis.name, "day": day})
        if basis.kind == BasisKind.DERIVED:
            lines.append(_("This basis is an estimate, no official figure."))
        if basis.source:
            lines.append(_("Source: %(source)s") % {"source": basis.source})
    else:
        lines.append(
            _("No basis covers all of these regions: each stands on its own, and none has a place.")
        )
    row = whole.row
    if row["target_percent"]:
        said = _("Target %(share)s; %(n)s people a working day are needed until %(day)s.")
        until = date_format(row["needed_until"], "j F Y") if row["needed_until"] else ""
        details = {"share": share(row["target_percent"]), "n": people(row["needed_per_day"])}
        lines.append(said % {**details, "day": until})
    if whole.reporting:
        lines.append(_("Reports: days of the last thirty; each is due at noon of the next day."))
    if row["as_of"]:
        zone = zone_of(row["region"])
        moment = date_format(row["as_of"].astimezone(ZoneInfo(zone)), "j F Y H.i")
        lines.append(_("As of %(moment)s %(zone)s") % {"moment": moment, "zone": zone.label})
    return lines


def evaluation_pdf(paper: EvaluationPaper, profile: OfficeProfile) -> bytes:
    [table] = as_text(paper.sections)
    *table_rows, total = table["rows"]
    content = {
        "title": _("Evaluation of the offices"),
        "place": paper.place,
        "day": paper.day_in_words,
        "about": paper.about,
        "columns": table["columns"],
        "rows": table_rows,
        "total": total,
        "office": letter(profile),
    }
    return compiled("evaluation.typ", content, paper.whole.row["as_of"], logo_of(profile))


def evaluation_xlsx(paper: EvaluationPaper, profile: OfficeProfile) -> bytes:
    days = " · ".join([paper.day_in_words, *paper.about])
    return workbook(_("Evaluation"), paper.place, days, paper, profile)
