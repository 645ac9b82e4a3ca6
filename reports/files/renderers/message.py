"""The day as a message for a phone: plain text, with the asterisks that WhatsApp shows as bold."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.core.templatetags.figures import people, share
from dukcapil.regions.enums import zone_of
from reports.bases.validators import SIGNS
from reports.coverage.enums import View
from reports.coverage.selectors.coverage import Answer
from reports.coverage.selectors.metadata import BY_NAME
from reports.coverage.selectors.question import Question
from reports.coverage.selectors.row import CoverageRow, flat
from reports.files.renderers.bases import of_basis, of_others
from reports.releases.enums import Status

#: More regions than this are a table, not a message.
MOST_LINES = 40


def message(question: Question, answer: Answer) -> str:
    whole = answer.whole
    title = _("Coverage of KTP-el recording")
    lines = [
        f"*{title}*",
        f"*{whole['name']}*, {date_format(question.day, 'j F Y')}",
        "",
        *_figures(whole),
        *_parts(question, answer),
        "",
        *_basis(question, answer),
    ]
    return "\n".join(lines) + "\n"


def _line(name: str, text: str) -> str:
    return f"{BY_NAME[name].label}: {text}"


def _figures(row: CoverageRow) -> Iterator[str]:
    whole = flat(row)
    if whole["population"] is not None:
        yield _line("population", people(whole["population"]))
    yield _line("wajib_ktp", people(whole["wajib_ktp"]))
    if whole["components"]:
        yield "= " + " ".join(
            f"{sign} {BY_NAME[name].label} {people(whole[name])}".strip()
            for name, sign in SIGNS.items()
        )
    yield _line("recorded", f"{people(whole['recorded'])} ({share(whole['recorded_percent'])})")
    yield _line("unrecorded", _unrecorded(row))
    if whole["gap_to_target"] is not None:
        target = f"{people(whole['gap_to_target'])} ({share(whole['target_percent'])})"
        yield _line("gap_to_target", target)
        text = _("%(needed)s, until %(day)s")
        details = {
            "needed": people(whole["needed_per_day"]),
            "day": date_format(whole["needed_until"], "j F Y"),
        }
        yield _line("needed_per_day", text % details)
    if whole["ikd_activated"] is not None:
        yield _line("ikd_activated", people(whole["ikd_activated"]))
        yield _line("ikd_percent_of_base", share(whole["ikd_percent_of_base"]))
        yield _line("ikd_percent_of_target", share(whole["ikd_percent_of_target"]))
        if whole["ikd_gap_to_target"] is not None:
            aim = f"{people(whole['ikd_gap_to_target'])} ({share(whole['ikd_target_percent'])})"
            yield _line("ikd_gap_to_target", aim)
    yield _line(
        "recorded_today",
        _("%(all)s (first-time %(pemula)s); IKD %(ikd)s")
        % {
            "all": people(whole["recorded_today"]),
            "pemula": people(whole["recorded_today_pemula"]),
            "ikd": people(whole["ikd_today"]),
        },
    )


def _unrecorded(row: CoverageRow) -> str:
    text = people(row["unrecorded"])
    if row["unrecorded_percent"]:
        text += f" ({share(row['unrecorded_percent'])})"
    if row["published_unrecorded_percent"]:
        printed = share(row["published_unrecorded_percent"])
        text += " " + _("[printed: %(share)s]") % {"share": printed}
    return text


def _parts(question: Question, answer: Answer) -> Iterator[str]:
    if not 1 < len(answer.rows) <= MOST_LINES:
        return
    yield ""
    title = _("Not recorded")
    yield f"*{title}, {question.level.label}*"
    for row in answer.rows:
        percent = f"{share(row['recorded_percent'])} · " if row["recorded_percent"] else ""
        yield f"{row['region']} {row['name']}: {percent}{_unrecorded(row)}"


def _basis(question: Question, answer: Answer) -> Iterator[str]:
    whole = answer.whole
    if question.basis:
        yield of_basis(question.basis)
    yield from of_others(question, answer)
    yield from question.answering.notes
    view = View(question.view).label
    counted = _("Counted")
    yield f"{counted} {view} · {Status(whole['status']).label}"
    if question.release:
        yield _("Release: %(name)s") % {"name": question.release.name}
    if whole["as_of"]:
        zone = zone_of(question.region.pk)
        moment = whole["as_of"].astimezone(ZoneInfo(zone))
        yield _("As of %(moment)s %(zone)s") % {
            "moment": date_format(moment, "j F Y H.i"),
            "zone": zone.label,
        }
