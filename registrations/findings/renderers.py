"""Minutes of a village on paper: counts, and who signed them."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.offices.letterhead import letter, logo_of
from dukcapil.accounts.offices.selectors import office_profile
from dukcapil.core.paper import compiled
from dukcapil.core.templatetags.figures import people
from registrations.findings.models import FindingMinutes
from registrations.people.enums import FindingOutcome


def minutes_pdf(minutes: FindingMinutes) -> bytes:
    """As it was signed, whatever the office decided since."""
    profile = office_profile(minutes.office)
    content = _content(minutes) | {"office": letter(profile)}
    return compiled("minutes.typ", content, minutes.signed_at, logo_of(profile))


def _content(minutes: FindingMinutes) -> dict[str, Any]:
    signed = minutes.signed_at.astimezone(ZoneInfo(minutes.village.timezone))
    day = date_format(signed, "j F Y")
    found = [[str(FindingOutcome(name).label), people(n)] for name, n in minutes.counts.items()]
    return {
        "title": _("MINUTES OF VERIFICATION"),
        "event": minutes.village.name,
        "number": _("Number: %(number)s") % {"number": str(minutes.pk)[-12:].upper()},
        "opening": [
            _(
                "On %(day)s %(name)s, %(function)s of %(village)s, states what was found out about"
                " people of the village who are not recorded. The names stand with the office."
            )
            % {
                "day": day,
                "name": minutes.signer,
                "function": minutes.function,
                "village": minutes.village.name,
            }
        ],
        "facts": [
            [_("Village"), f"{minutes.village.name} ({minutes.village_id})"],
            [_("People"), people(minutes.people)],
            [_("Signed"), date_format(signed, "j F Y H.i")],
            [_("Check code"), minutes.content[:16]],
        ],
        "served": _("What was found out:"),
        "figures": found,
        "sections": [],
        "closing": [_("These minutes were written truthfully, to be used as they should be.")],
        "signatures": [
            {
                "place": f"{minutes.village.name}, {day}",
                "title": minutes.function,
                "name": minutes.signer,
                "below": [_("signed by typed name")],
            }
        ],
    }
