"""Berita acara of an event: what took place, ready to be signed; PDF, and DOCX to go on writing in."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from dukcapil.accounts.offices.letterhead import BLANK, below, dated, letter, logo_of
from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.accounts.offices.selectors import office_profile
from dukcapil.core.paper import compiled
from dukcapil.core.templatetags.figures import people
from reports.closing.selectors.closing import Closing
from reports.files.renderers.closing import as_text, days_of


def minutes_pdf(report: Closing) -> bytes:
    profile = office_profile(report.event.office)
    content = _content(report, profile) | {"office": letter(profile)}
    return compiled("minutes.typ", content, report.event.created_at, logo_of(profile))


def _content(report: Closing, profile: OfficeProfile) -> dict[str, Any]:
    """What both files say."""
    event = report.event
    opening = [
        _(
            "On this day, %(blank)s, we who sign below state that %(office)s held the event “%(event)s”"
            " on %(days)s at %(place)s, %(village)s."
        )
        % {
            "blank": BLANK,
            "office": profile.name,
            "event": event.title,
            "days": days_of(report),
            "place": event.place,
            "village": event.village.name,
        }
    ]
    if event.is_ahead:
        opening.append(_("The event is not closed: these are the figures so far."))
    return {
        "title": _("MINUTES OF THE EVENT"),
        "event": event.title,
        "number": _("Number: %(blank)s") % {"blank": BLANK},
        "opening": opening,
        "facts": [list(pair) for pair in report.facts],
        "served": _("Who came, and what was done:"),
        "figures": [[name, people(number)] for name, number in report.figures],
        "sections": as_text([one for one in report.sections if one.in_minutes]),
        "closing": [_("These minutes were written truthfully, to be used as they should be.")],
        "signatures": _signatures(profile),
    }


def _signatures(profile: OfficeProfile) -> list[dict[str, Any]]:
    """Who led the team and who saw it, side by side; below them the head."""
    return [
        {"place": "", "title": _("Leader of the team"), "name": BLANK, "below": [f"NIP {BLANK}"]},
        {"place": "", "title": _("Host of the place"), "name": BLANK, "below": [_("Witness")]},
        {"place": "", "title": "", "name": "", "below": []},
        {
            "place": dated(profile),
            "title": _("Head of the office"),
            "name": profile.head_name or BLANK,
            "below": below(profile),
        },
    ]


def minutes_docx(report: Closing) -> bytes:
    from dukcapil.accounts.offices import text_document as docx  # noqa: PLC0415 - docx takes 50 ms, for DOCX alone

    profile = office_profile(report.event.office)
    content = _content(report, profile)
    title = f"{content['title']} {content['event']}"
    document = docx.begin(profile, title, report.event.created_at)
    for text, size in ((content["title"], 14), (content["event"], 12), (content["number"], 11)):
        docx.write_line(document, text, bold=size > 11, size=size, centre=True)
    for text in content["opening"]:
        docx.write(document, text)
    docx.write_table(document, content["facts"], head=False, numbers=False)
    docx.write(document, content["served"])
    docx.write_table(document, content["figures"], head=False)
    for section in content["sections"]:
        docx.write_section(document, section)
    for text in content["closing"]:
        docx.write(document, text)
    docx.write_signatures(document, content["signatures"])
    return docx.saved(document)
