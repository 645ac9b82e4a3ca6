"""The letter to a school or another venue, with names: PDF, and DOCX to go on writing in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dukcapil.accounts.offices.letterhead import BLANK, below, dated, letter, logo_of
from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.accounts.offices.selectors import office_profile
from dukcapil.core.paper import compiled
from dukcapil.core.templatetags.figures import people
from registrations.oversight.selectors.letters import Letter


def letter_file(one: Letter, form: str, made_at: datetime, number: str) -> bytes:
    """In the language that is set. `number`: of the file, as it stands in the log."""
    profile = office_profile(one.venue.office)
    content = _content(one, profile, number)
    return (_docx if form == "docx" else _pdf)(content, profile, made_at)


def _content(one: Letter, profile: OfficeProfile, number: str) -> dict[str, Any]:
    hours = any(person.hour for person in one.people)
    columns = [_("No."), _("Name"), _("Class or group"), *([_("Hour")] if hours else [])]
    rows = [
        [str(place), person.name, person.group or "–", *([person.hour or "–"] if hours else [])]
        for place, person in enumerate(one.people, start=1)
    ]
    return {
        "title": _("LETTER ABOUT THE RECORDING OF KTP-EL"),
        "venue": one.venue.name,
        "facts": [
            [_("Number"), BLANK],
            [_("About"), _("Recording of the electronic identity card (KTP-el)")],
            [_("Enclosed"), _("List of names")],
        ],
        "to": [
            _("Addressed to"),
            one.venue.contact or _("The head"),
            one.venue.name,
            _("at the place"),
        ],
        "body": [*_body(one, profile)],
        "list": _("List of names"),
        "columns": columns,
        "rows": rows,
        "secret": _(
            "This list holds personal data (Law 27/2022): use it for this purpose alone, and destroy it"
            " afterwards."
        ),
        "number": _("File %(number)s") % {"number": number},
        "signature": {
            "place": dated(profile),
            "title": _("Head of the office"),
            "name": profile.head_name or BLANK,
            "below": below(profile),
        },
    }


def _body(one: Letter, profile: OfficeProfile) -> list[str]:
    n = len(one.people)
    count = ngettext("%(n)s person", "%(n)s people", n) % {"n": people(n)}
    bring = _("Each of them is asked to bring a copy of the family card (KK).")
    if one.event is None:
        return [
            _(
                "The people in the enclosed list, %(count)s, belong to %(office)s and are not recorded for"
                " the KTP-el yet."
            )
            % {"count": count, "office": profile.office.name},
            _(
                "Recording is possible at every population office, also outside the own district, and is"
                " free of charge. We ask you to send them to the nearest office or service point."
            ),
            bring,
        ]
    when = "; ".join(
        _("%(day)s, from %(begins)s to %(ends)s")
        % {
            "day": date_format(starts, "l, j F Y"),
            "begins": f"{starts:%H.%M}",
            "ends": f"{ends:%H.%M}",
        }
        for starts, ends in one.sessions
    )
    return [
        _(
            "We come to %(place)s, %(village)s, to record people for the KTP-el: %(when)s. The service is"
            " free of charge."
        )
        % {"place": one.event.place, "village": one.event.village.name, "when": when},
        _(
            "The people in the enclosed list, %(count)s, are expected. We ask you to tell them, to excuse"
            " them for that time, and to have a room with electricity ready."
        )
        % {"count": count},
        bring,
        _("Who cannot come on that day is visited later, or comes to our office."),
    ]


def _pdf(content: dict[str, Any], profile: OfficeProfile, made_at: datetime) -> bytes:
    data = content | {"office": letter(profile)}
    return compiled("venue_letter.typ", data, made_at, logo_of(profile))


def _docx(content: dict[str, Any], profile: OfficeProfile, made_at: datetime) -> bytes:
    from dukcapil.accounts.offices import text_document as docx  # noqa: PLC0415 - docx takes 50 ms, for DOCX alone

    document = docx.begin(profile, f"{content['title']} {content['venue']}", made_at)
    for name, value in content["facts"]:
        docx.write_line(document, f"{name}: {value}")
    for text in content["to"]:
        docx.write_line(document, text)
    for text in content["body"]:
        docx.write(document, text)
    docx.write_signatures(document, [_nobody(), content["signature"]])
    document.add_page_break()
    docx.write_line(document, content["list"], bold=True, size=12, centre=True)
    docx.write_line(document, content["venue"], size=11, centre=True)
    docx.write_table(document, [content["columns"], *content["rows"]], numbers=False)
    docx.write(document, content["secret"])
    docx.write(document, content["number"])
    return docx.saved(document)


def _nobody() -> dict[str, Any]:
    return {"place": "", "title": "", "name": "", "below": []}
