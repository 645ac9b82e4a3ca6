"""An alert in words, for pages, programs and mail: figures and places, never a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dukcapil.regions.enums import zone_of
from events.incidents.enums import IncidentKind
from events.stock.enums import Item
from reports.alerts.enums import AlertKind
from reports.alerts.models import Alert


def text_of(alert: Alert) -> str:
    """What is the matter, in a sentence or two. Facts of a release before may lack one: then its name."""
    try:
        return _WORDS[alert.kind](alert.facts, alert)
    except (KeyError, ValueError):
        return str(alert.get_kind_display())


def mail_of(alert: Alert, link: str) -> tuple[str, str]:
    """Subject and text."""
    subject = f"{alert.region.name}: {alert.get_kind_display()}"
    opened = _("Told since %(at)s.") % {"at": _moment(alert.opened_at, alert)}
    lines = [f"{alert.region.name} ({alert.region_id})", text_of(alert), opened]
    if alert.closed_at is not None:
        lines.append(_("It is over since %(at)s.") % {"at": _moment(alert.closed_at, alert)})
    elif alert.taken_at is not None:
        lines.append(_("Somebody has taken it: %(at)s.") % {"at": _moment(alert.taken_at, alert)})
    return subject, "\n".join([*lines, "", link])


def amount_of(number: Decimal) -> str:
    """The number of a rule, with as many decimals as it has."""
    return number_format(int(number) if number == int(number) else number.normalize())


def _moment(moment: datetime, alert: Alert) -> str:
    """By the clock of the place."""
    zone = zone_of(alert.region_id)
    local = moment.astimezone(ZoneInfo(zone))
    return f"{date_format(local, 'j F Y, H.i')} {zone.label}"


def _day(text: str) -> str:
    return date_format(date.fromisoformat(text), "j F Y")


def _n(value: int | str) -> str:
    return number_format(value, use_l10n=True, force_grouping=True)


def _plain(text: str) -> str:
    """A number with as many decimals as it has."""
    return number_format(Decimal(text), use_l10n=True)


def _not_open(facts: dict[str, Any], alert: Alert) -> str:
    words = {"place": facts["point"] or alert.region.name, "at": facts["from"]}
    if facts["stopped"]:
        return _("%(place)s says that it has stopped; it was planned from %(at)s.") % words
    return _("%(place)s has not said that it is open; planned from %(at)s.") % words


def _stock_low(facts: dict[str, Any], alert: Alert) -> str:
    text = _("%(n)s blank cards are left; the threshold is %(threshold)s.") % {
        "n": _n(facts["left"]),
        "threshold": _n(facts["threshold"]),
    }
    if alert.subject == Item.CHILD_CARD:
        text = f"{Item.CHILD_CARD.label}: {text}"
    if facts["days"] is None:
        return text
    return f"{text} " + _("They last for %(days)s days.") % {"days": _plain(facts["days"])}


def _device(facts: dict[str, Any], alert: Alert) -> str:
    return _("%(device)s does not work, and is planned for “%(event)s” on %(day)s.") % {
        "device": facts["device"],
        "event": facts["event"],
        "day": _day(facts["day"]),
    }


def _overdue(facts: dict[str, Any], alert: Alert) -> str:
    return _("%(kind)s: it was to end by %(at)s.") % {
        "kind": IncidentKind(facts["kind"]).label,
        "at": _moment(datetime.fromisoformat(facts["due"]), alert),
    }


def _since_first(text: str, facts: dict[str, Any]) -> str:
    return text % {"n": _n(facts["n"]), "first": _day(facts["first"])}


def _owed(facts: dict[str, Any], alert: Alert) -> str:
    text = ngettext(
        "%(n)s day on which somebody was served is not confirmed: %(first)s.",
        "%(n)s days on which somebody was served are not confirmed, the first is %(first)s.",
        facts["n"],
    )
    return _since_first(text, facts)


def _nil(facts: dict[str, Any], alert: Alert) -> str:
    text = ngettext(
        "On %(n)s day of work nobody was served, and no reason is given: %(first)s.",
        "On %(n)s days of work nobody was served, and no reason is given, the first is %(first)s.",
        facts["n"],
    )
    return _since_first(text, facts)


def _doubtful(facts: dict[str, Any], alert: Alert) -> str:
    text = ngettext(
        "%(n)s record does not count until somebody decides, since %(first)s.",
        "%(n)s records do not count until somebody decides, the oldest since %(first)s.",
        facts["n"],
    )
    return _since_first(text, facts)


def _fell(facts: dict[str, Any], alert: Alert) -> str:
    text = _(
        "From %(before)s %% to %(after)s %% since %(day)s, on the same basis (%(basis)s): %(n)s recorded less."
    )
    return text % {
        "before": _plain(facts["before"]),
        "after": _plain(facts["after"]),
        "day": _day(facts["since"]),
        "basis": facts["basis"],
        "n": _n(facts["fewer"]),
    }


def _not_mailed(facts: dict[str, Any], alert: Alert) -> str:
    text = ngettext(
        "%(n)s mail waits since %(at)s: the mail server does not take it. Nothing is lost; it is tried again.",
        "%(n)s mails wait since %(at)s: the mail server does not take them. Nothing is lost; they are tried again.",
        facts["n"],
    )
    at = _moment(datetime.fromisoformat(facts["first"]), alert)
    return text % {"n": _n(facts["n"]), "at": at}


_WORDS: dict[str, Callable[[dict[str, Any], Alert], str]] = {
    AlertKind.OFFICE_NOT_OPEN: _not_open,
    AlertKind.STOCK_LOW: _stock_low,
    AlertKind.DEVICE_DOWN_ON_EVENT_DAY: _device,
    AlertKind.INCIDENT_OVERDUE: _overdue,
    AlertKind.NO_REPORT: _owed,
    AlertKind.NIL_WITHOUT_REASON: _nil,
    AlertKind.DOUBTFUL_RECORDS: _doubtful,
    AlertKind.COVERAGE_DROP: _fell,
    AlertKind.MAIL_NOT_SENT: _not_mailed,
}
