"""The text that a province sends to offices whose days are not confirmed: plain, for any messenger."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

#: Days of one office that are named; of more the number is enough.
NAMED = 3


def reminder(place: str, day: date, offices: Iterable[tuple[str, list[date]]]) -> str:
    """`offices`: names with their days, the newest first."""
    title = _("Daily reports that are not confirmed")
    lines = [f"*{title}*", f"{place}, {date_format(day, 'j F Y')}", ""]
    for number, (name, days) in enumerate(offices, start=1):
        named = ", ".join(date_format(one, "j F") for one in days[:NAMED])
        more = len(days) - NAMED
        if more > 0:
            rest = ngettext("and %(n)s day more", "and %(n)s days more", more)
            named = f"{named} {rest % {'n': more}}"
        lines.append(f"{number}. {name}: {named}")
    lines += [
        "",
        _(
            "Please confirm these days, or report nil with its reason, on the page Today. Thank you."
        ),
    ]
    return "\n".join(lines) + "\n"
