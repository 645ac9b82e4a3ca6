"""The daily report as a PDF to sign, and as a workbook in which numbers are numbers."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.core.templatetags.figures import people
from reports.files.renderers.closing import as_text, workbook
from reports.files.renderers.office import letter, logo_of
from reports.files.renderers.paper import compiled
from reports.files.selectors import DailyPaper


def daily_pdf(paper: DailyPaper, profile: OfficeProfile) -> bytes:
    content = {
        "title": _("Daily report"),
        "place": paper.title,
        "day": paper.day_in_words,
        "about": paper.about,
        "figures": [[name, people(number)] for name, number in paper.figures],
        "sections": as_text(paper.sections),
        "office": letter(profile),
    }
    return compiled("daily.typ", content, paper.made_at, logo_of(profile))


def daily_xlsx(paper: DailyPaper, profile: OfficeProfile) -> bytes:
    days = " · ".join([paper.day_in_words, *paper.about])
    return workbook(_("Daily report"), paper.title, days, paper, profile)
