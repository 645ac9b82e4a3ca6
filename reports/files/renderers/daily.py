"""The daily report as a PDF to sign, and as a workbook in which numbers are numbers."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dukcapil.accounts.offices.letterhead import letter, logo_of
from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.core.paper import compiled
from dukcapil.core.templatetags.figures import people
from reports.closing.selectors.sections import DayPaper
from reports.files.renderers.closing import as_text, workbook


def daily_pdf(paper: DayPaper, profile: OfficeProfile) -> bytes:
    return day_pdf(_("Daily report"), paper, profile)


def day_pdf(title: str, paper: DayPaper, profile: OfficeProfile) -> bytes:
    content = {
        "title": title,
        "place": paper.title,
        "day": paper.day_in_words,
        "about": paper.about,
        "figures": [[name, people(number)] for name, number in paper.figures],
        "sections": as_text(paper.sections),
        "office": letter(profile),
    }
    return compiled("daily.typ", content, paper.made_at, logo_of(profile))


def daily_xlsx(paper: DayPaper, profile: OfficeProfile) -> bytes:
    return day_xlsx(_("Daily report"), paper, profile)


def day_xlsx(tab: str, paper: DayPaper, profile: OfficeProfile) -> bytes:
    days = " · ".join([paper.day_in_words, *paper.about])
    return workbook(tab, paper.title, days, paper, profile)
