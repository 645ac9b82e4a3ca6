"""The report of a desk: a PDF to sign, a workbook, and a message for a phone."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.core.templatetags.figures import people
from reports.election_desk.selectors.paper import DeskPaper
from reports.files.renderers.daily import day_pdf, day_xlsx


def desk_pdf(paper: DeskPaper, profile: OfficeProfile) -> bytes:
    return day_pdf(_("Report of the Desk Pilkada"), paper, profile)


def desk_xlsx(paper: DeskPaper, profile: OfficeProfile) -> bytes:
    return day_xlsx(_("Desk Pilkada"), paper, profile)


def desk_message(paper: DeskPaper) -> str:
    title = _("Report of the Desk Pilkada")
    figures = [f"{name}: {people(number)}" for name, number in paper.figures]
    offices = [
        f"{name}: {people(recorded)}{f' · {why}' if why else ''}"
        for name, why, recorded in paper.lines
    ]
    lines = [f"*{title}*", f"*{paper.title}*, {paper.day_in_words}", *paper.about, ""]
    recorded = _("Recorded that day")
    return "\n".join([*lines, *figures, "", f"*{recorded}*", *offices]) + "\n"
