"""The data for the form of a death, and monthly reports, as files; the chart of burials: docs/burials.md is
that text (`draw_charts`).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.offices.letterhead import BLANK, below, dated, letter, logo_of
from dukcapil.accounts.offices.selectors import office_profile
from dukcapil.core.paper import compiled
from dukcapil.core.templatetags.figures import decimal, people
from dukcapil.core.workbook import table
from registrations.burials.enums import BEGINS, TAKEN_BY, BurialState, Relation
from registrations.burials.models import Burial, BurialReport
from registrations.burials.selectors.months import COUNTS, due_of, rates_of
from registrations.people.enums import Sex
from registrations.people.validators import Nik


def _day(day: date | None) -> str:
    return date_format(day, "j F Y") if day else BLANK


def form_data_pdf(burial: Burial, made_at: datetime) -> bytes:
    """What the officer copies into F-2.01. It is no form and no certificate, and says so."""
    profile = office_profile(burial.office)
    told = burial.told
    number, sex = told.get("nik", ""), told.get("sex", "")
    example = bool(number) and Nik(number).is_example
    age = _("about %(years)s years") % {"years": told["age"]} if "age" in told else BLANK
    home, village = burial.home_village, burial.village
    content = {
        "office": letter(profile),
        "title": _("DATA FOR FORM F-2.01: A DEATH"),
        "event": _("EXAMPLE: made up, of nobody") if example else "",
        "number": _("Burial register of %(village)s, line %(line)s")
        % {"village": village.name, "line": burial.line},
        "opening": [
            _(
                "This sheet is not the form and no certificate. It holds what the burial register has, to be"
                " compared with the papers of the family and copied into F-2.01."
            )
        ],
        "facts": [
            [_("Name of the dead"), told.get("name", "")],
            ["NIK", number or BLANK],
            [_("Sex"), str(Sex(sex).label) if sex else BLANK],
            [_("Birth date"), _day(burial.born) if burial.born else age],
            [_("Last address"), told.get("address") or BLANK],
            [_("Home village"), f"{home.name} ({home.pk})"],
            [_("Died on"), _day(burial.died_on)],
            [_("Buried on"), _day(burial.buried_on)],
            [_("Cemetery"), " ".join([burial.cemetery, told.get("block", "")]).strip()],
            [_("Village of the grave"), f"{village.name} ({village.pk})"],
        ],
        "served": _("Who reports, and two witnesses:"),
        "figures": [
            [told.get("reporter", ""), str(Relation(told["relation"]).label)],
            [_("First witness"), BLANK],
            [_("Second witness"), BLANK],
        ],
        "sections": [],
        "closing": [
            _(
                "Bring the letter of the doctor or village, the family card and the KTP-el of the dead."
            )
        ],
        "signatures": [
            {
                "place": dated(profile),
                "title": _("Who reports"),
                "name": told.get("reporter", ""),
                "below": [],
            },
            {"place": "", "title": _("Officer"), "name": BLANK, "below": []},
        ],
    }
    return compiled("minutes.typ", content, made_at, logo_of(profile))


# --- monthly reports ------------------------------------------------------------------------------


def labels() -> dict[str, str]:
    """Column -> its heading, in order."""
    return {
        "burials": _("Burials"),
        "matched": _("Found"),
        "waiting": _("Waiting"),
        "not_found": _("Not held"),
        "handed_over": _("Given to other offices"),
        "late": _("Written down after 30 days"),
        "filed": _("Deaths reported"),
        "certificates": _("Certificates"),
        "received": _("Received"),
    }


def reach_labels() -> dict[str, str]:
    """Who reports at all, with both denominators: of an office its whole, of a province each office."""
    return {
        "villages_reported": _("Villages that reported"),
        "villages": _("Villages"),
        "cemeteries_reported": _("Cemeteries that reported"),
        "cemeteries": _("Cemeteries"),
    }


def report_xlsx(report: BurialReport) -> bytes:
    """The rows and their sum. What nobody reported, or counted, stays empty."""
    content = report.content
    header = [_("Code"), _("Region"), *labels().values(), *reach_labels().values()]
    rows: list[list[str | int | date]] = [_cells(row) for row in content["rows"]]
    whole = {**content["totals"], **content["reach"]}
    rows.append(_cells({"code": "", "name": _("Total"), **whole}))
    return table(_("Burials"), header, rows)


def _cells(row: dict[str, Any]) -> list[str | int | date]:
    counts = [row.get(name) for name in (*COUNTS, *reach_labels())]
    return [row["code"], row["name"], *("" if n is None else n for n in counts)]


def report_pdf(report: BurialReport) -> bytes:
    """As it was sent: counts, who reports, and who signs. No person."""
    region, content = report.region, report.content
    profile = office_profile(region)
    sent = report.made_at.astimezone(ZoneInfo(region.timezone))
    reach, books, rates = content["reach"], content["books"], rates_of(content)
    month = date_format(report.month, "F Y")
    facts = [
        [_("Region"), f"{region.name} ({region.pk})"],
        [_("Month"), month],
        [_("Due"), date_format(due_of(region.pk, report.month), "j F Y")],
        [_("Sent"), date_format(sent, "j F Y H.i")],
        [
            _("Villages that reported"),
            _of(reach["villages_reported"], reach["villages"], rates.villages),
        ],
        [
            _("Cemeteries that reported"),
            _of(reach["cemeteries_reported"], reach["cemeteries"], rates.cemeteries),
        ],
        [_("Registers of villages"), _of(books["books"], books["villages"], rates.books)],
    ]
    if "offices" in content:
        facts.append(
            [_("Offices that reported"), _of(content["offices_reported"], content["offices"], None)]
        )
    content_of_paper = {
        "office": letter(profile),
        "title": _("MONTHLY REPORT OF BURIALS"),
        "event": month,
        "number": _("Number: %(number)s") % {"number": str(report.pk)[-12:].upper()},
        "opening": [],
        "facts": facts,
        "served": _("Burials that were written down in this month:"),
        "figures": [[label, people(content["totals"][name])] for name, label in labels().items()],
        "sections": [],
        "closing": [],
        "signatures": [
            {
                "place": dated(profile),
                "title": _("Head of the office"),
                "name": profile.head_name or BLANK,
                "below": below(profile),
            }
        ],
    }
    return compiled("minutes.typ", content_of_paper, report.made_at, logo_of(profile))


def _of(part: int | None, whole: int | None, rate: Any) -> str:
    if part is None or whole is None:
        return _("not known")
    text = _("%(part)s of %(whole)s") % {"part": people(part), "whole": people(whole)}
    return text if rate is None else f"{text} ({decimal(rate)} %)"


# --- chart ----------------------------------------------------------------------------------------

_CHART = """# Lines of the burial register

Drawn from `registrations/burials/enums.py` by `manage.py draw_charts`; a test holds the two together, and another one that
the verbs take these steps and no others. A line begins as `handed_over` where the dead lived in another office's village.
No step changes a figure: who is found is proposed as deceased, and two people decide (ADR 0069).

```mermaid
stateDiagram-v2"""


def chart() -> str:
    with translation.override("en"):
        lines = [
            _CHART,
            *(f"    [*] --> {state.value}" for state in BEGINS),
            *(
                f"    {old.value} --> {new.value}: {', or '.join(verbs)}"
                for (old, new), verbs in TAKEN_BY.items()
            ),
            *("    void --> [*]", "```", "", "| state | means | the office has to do |"),
            "|---|---|---|",
            *(
                f"| {state.value} | {state.label} |"
                f" {'yes' if state in BurialState.waiting() else 'no'} |"
                for state in BurialState
            ),
        ]
    return "\n".join(lines) + "\n"
