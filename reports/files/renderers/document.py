"""Coverage as a PDF to sign, made by typst in a worker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.offices.letterhead import letter, logo_of
from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.accounts.offices.selectors import profile_of
from dukcapil.core.paper import compiled
from dukcapil.core.templatetags.figures import people, share
from reports.bases.validators import SIGNS
from reports.coverage.enums import View
from reports.coverage.selectors.coverage import Answer
from reports.coverage.selectors.metadata import BY_NAME, DESCRIBING, OF_THE_DAY
from reports.coverage.selectors.question import Question
from reports.coverage.selectors.row import PERCENT, CoverageRow, flat
from reports.files.renderers.bases import of_basis, of_others
from reports.releases.enums import Status

#: Columns of the table: as many as an upright page holds.
TABLE = (
    *("wajib_ktp", "recorded", "recorded_percent", "unrecorded", "unrecorded_percent"),
    *("gap_to_target", "ikd_activated", "recorded_today"),
)
#: Where the source printed shares of its own, they stand beside ours.
TABLE_PRINTED = (
    *("wajib_ktp", "recorded", "recorded_percent", "unrecorded", "unrecorded_percent"),
    *("published_unrecorded_percent", "gap_to_target", "recorded_today"),
)
#: Figures of the whole region, above the table.
_WHOLE = (*DESCRIBING, *OF_THE_DAY)
#: Bars of the chart; with more regions, those with the most unrecorded people.
_BARS = 20


def pdf(question: Question, answer: Answer, profile: OfficeProfile | None = None) -> bytes:
    """Bytes that depend on these alone: the same question gives the same file. `profile`: of the office
    that signs; without it the one that serves the region.
    """
    signs = profile or profile_of(question.region.pk)
    content = _content(question, answer) | {"office": letter(signs)}
    return compiled("coverage.typ", content, answer.whole["as_of"], logo_of(signs))


def _content(question: Question, answer: Answer) -> dict[str, Any]:
    whole = flat(answer.whole)
    printed = any(row["published_unrecorded_percent"] for row in answer.rows)
    table = TABLE_PRINTED if printed else TABLE
    return {
        "words": _words(),
        "title": _("Coverage of KTP-el recording"),
        "place": f"{whole['name']} ({whole['region']})",
        "day": date_format(question.day, "j F Y"),
        "about": list(_about(question, answer)),
        "note": " ".join(question.answering.notes),
        "whole": [
            [_label(name, whole), _shown(name, whole[name])]
            for name in _WHOLE
            if whole[name] is not None
        ],
        "components": [
            [f"{sign} {BY_NAME[name].label}".strip(), people(whole[name])]
            for name, sign in SIGNS.items()
        ]
        if whole["components"]
        else [],
        "differences": [
            _("%(region)s, %(figure)s: total %(own)s, sum of the parts %(sum)s.")
            % {
                "region": item["region"],
                "figure": BY_NAME[item["figure"]].label
                if item["figure"] in BY_NAME
                else item["figure"],
                "own": people(item["own"]),
                "sum": people(item["sum_of_parts"]),
            }
            for item in answer.differences
        ],
        "columns": [str(BY_NAME[name].label) for name in table],
        "rows": [
            [row["region"], row["name"], *(_shown(name, row[name]) for name in table)]
            for row in map(flat, answer.rows)
        ],
        "bars": list(_bars(answer.rows)),
    }


def _words() -> dict[str, str]:
    return {
        "code": _("Code"),
        "region": _("Region"),
        "arithmetic": _("How wajib KTP comes about"),
        "chart": _("Most people not recorded"),
    }


def _about(question: Question, answer: Answer) -> Iterator[str]:
    whole = answer.whole
    if question.basis:
        yield of_basis(question.basis)
    yield from of_others(question, answer)
    counted = _("Counted")
    yield f"{counted} {View(question.view).label} · {Status(whole['status']).label}"
    if question.release:
        yield _("Release: %(name)s") % {"name": question.release.name}


def _label(name: str, whole: dict[str, Any]) -> str:
    label = str(BY_NAME[name].label)
    if name != "needed_per_day":
        return label
    return _("%(label)s, until %(day)s") % {
        "label": label,
        "day": date_format(whole["needed_until"], "j F Y"),
    }


def _shown(name: str, value: Any) -> str:
    return share(value) if BY_NAME[name].unit == PERCENT else people(value)


def _bars(rows: list[CoverageRow]) -> Iterator[dict[str, Any]]:
    by_region = [(row["name"], row["unrecorded"] or 0) for row in rows]
    most_first = sorted((entry for entry in by_region if entry[1] > 0), key=lambda entry: -entry[1])
    if len(most_first) < 2:
        return
    most = most_first[0][1]
    for name, unrecorded in most_first[:_BARS]:
        yield {"name": name, "shown": people(unrecorded), "length": 100 * unrecorded / most}
