"""What waits for somebody, in words and with the page where it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from dukcapil.accounts.scoping import Actor
from dukcapil.core.templatetags.figures import people
from reports.duties.selectors.duties import Duty, QueueState


@dataclass(frozen=True)
class Waiting:
    """A line of "Perlu tindakan Anda"."""

    text: str
    url: str
    query: str = ""
    #: Of an address that names one.
    region: str = ""


#: Name of the duty -> its words, its page, and what is asked of that page.
_PAGES: dict[str, tuple[Any, str, str]] = {
    "drafts": (
        ngettext_lazy(
            "%(n)s event waits for your approval", "%(n)s events wait for your approval", "count"
        ),
        "events",
        "?state=draft",
    ),
    "changes": (
        ngettext_lazy(
            "%(n)s change of an approved event waits for your signature",
            "%(n)s changes of approved events wait for your signature",
            "count",
        ),
        "events",
        "?state=approved",
    ),
    "overdue": (
        ngettext_lazy(
            "%(n)s event is over and not closed", "%(n)s events are over and not closed", "count"
        ),
        "events",
        "?state=approved",
    ),
    "alerts": (
        ngettext_lazy(
            "%(n)s alert that nobody has taken", "%(n)s alerts that nobody has taken", "count"
        ),
        "alerts",
        "",
    ),
    "incidents": (
        ngettext_lazy("%(n)s incident is open", "%(n)s incidents are open", "count"),
        "desk-incidents",
        "",
    ),
    "loans": (
        ngettext_lazy(
            "%(n)s office asks for clerks or devices of yours",
            "%(n)s offices ask for clerks or devices of yours",
            "count",
        ),
        "resources",
        "",
    ),
    "requests": (
        ngettext_lazy(
            "%(n)s request for a visit is to be planned",
            "%(n)s requests for visits are to be planned",
            "count",
        ),
        "requests",
        "",
    ),
    "corrections": (
        ngettext_lazy(
            "%(n)s proposed correction of a person's data waits",
            "%(n)s proposed corrections of people's data wait",
            "count",
        ),
        "corrections",
        "",
    ),
    "findings": (
        ngettext_lazy(
            "%(n)s finding about a person waits for a decision",
            "%(n)s findings about people wait for a decision",
            "count",
        ),
        "findings",
        "",
    ),
    "contradicted": (
        ngettext_lazy(
            "%(n)s finding is contradicted by a recording",
            "%(n)s findings are contradicted by recordings",
            "count",
        ),
        "findings",
        "?lihat=dibantah",
    ),
    "gone": (
        ngettext_lazy(
            "%(n)s person is not on the newest list of the village",
            "%(n)s people are not on the newest lists of their villages",
            "count",
        ),
        "imports",
        "",
    ),
    "arrivals": (
        ngettext_lazy(
            "%(n)s person was handed over by another office",
            "%(n)s people were handed over by other offices",
            "count",
        ),
        "arrivals",
        "",
    ),
    "burials": (
        ngettext_lazy(
            "%(n)s burial was handed over by another office",
            "%(n)s burials were handed over by other offices",
            "count",
        ),
        "burials",
        "",
    ),
    "burials_asked": (
        ngettext_lazy(
            "%(n)s burial is not compared with the people of the office",
            "%(n)s burials are not compared with the people of the office",
            "count",
        ),
        "burials",
        "?lihat=menunggu",
    ),
    "set_aside": (
        ngettext_lazy(
            "%(n)s record that was set aside waits for a decision",
            "%(n)s records that were set aside wait for a decision",
            "count",
        ),
        "set-aside",
        "",
    ),
    "proposals": (
        ngettext_lazy(
            "%(n)s proposal about staff waits for a second person",
            "%(n)s proposals about staff wait for a second person",
            "count",
        ),
        "staff-proposals",
        "",
    ),
    "bases": (
        ngettext_lazy(
            "%(n)s basis waits for a second person",
            "%(n)s bases wait for a second person",
            "count",
        ),
        "bases",
        "",
    ),
    "releases": (
        ngettext_lazy(
            "%(n)s publication waits for a second person",
            "%(n)s publications wait for a second person",
            "count",
        ),
        "releases",
        "",
    ),
    "to_lock": (
        ngettext_lazy(
            "%(n)s day that an office confirmed is not locked",
            "%(n)s days that offices confirmed are not locked",
            "count",
        ),
        "daily-region",
        "?date=%(first)s",
    ),
    "stopped": (
        ngettext_lazy(
            "%(n)s person was stopped within a week after too many numbers that nobody holds",
            "%(n)s people were stopped within a week after too many numbers that nobody holds",
            "count",
        ),
        "oversight",
        "?show=guesses",
    ),
    "breaches": (
        ngettext_lazy(
            "%(n)s data breach of which nobody was told yet",
            "%(n)s data breaches of which nobody was told yet",
            "count",
        ),
        "breaches",
        "",
    ),
}


#: Their pages are those of a region.
_OF_REGION = {"incidents", "to_lock"}


def waiting(duties: list[Duty], by: Actor) -> list[Waiting]:
    lines = []
    for duty in duties:
        words, url, query = _PAGES[duty.name]
        text = words % {"count": duty.count, "n": people(duty.count)}
        region = (by.office or by.region) if duty.name in _OF_REGION else ""
        lines.append(Waiting(text, url, query % {"first": duty.first}, region))
    return lines


def opening_waits(offices: list[tuple[str, date]]) -> list[Waiting]:
    """Of one office: that it has not planned its opening on an election's day."""
    text = _("The opening on election day, %(day)s, is not planned")
    return [
        Waiting(text % {"day": date_format(day, "j F Y")}, "openings", f"?day={day}")
        for _office, day in offices
    ]


def queue_words(state: QueueState) -> tuple[str, int, int]:
    names = {
        "files": _("Files of figures"),
        "webhooks": _("Addresses that are told of releases"),
        "exports": _("Lists taken out"),
        "messages": _("Messages to visitors"),
        "alerts": _("Alerts by e-mail"),
        "plans": _("Plans of jemput bola"),
    }
    return names[state.name], state.waiting, state.failed
