"""Template context of every page: who is logged in, and the entries of their navigation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission, Role
from dukcapil.accounts.scoping import Actor
from dukcapil.regions.enums import Level


@dataclass(frozen=True)
class Entry:
    """An entry of the navigation; on the keyboard: g, then `key`."""

    url: str
    label: str | Promise
    icon: str
    permission: Permission
    key: str
    #: District offices only: provinces and the nation serve nobody.
    office: bool = False
    #: Not for somebody who sees only a district or a village: reports are those of a regency.
    regency: bool = False
    #: Provinces only.
    province: bool = False
    #: Only for somebody who sees a district or a village.
    village: bool = False
    #: Behind the address: the menu leads to the own region and the latest day, whatever was chosen.
    query: str = ""


NAVIGATION = (
    Entry("today", _("Today"), "home", Permission.COVERAGE_VIEW, "h"),
    Entry("events", _("Events"), "calendar-event", Permission.EVENTS_VIEW, "k"),
    Entry(
        "elections", _("Elections and days off"), "calendar-month", Permission.COVERAGE_VIEW, "e"
    ),
    Entry("log", _("Log a service"), "clipboard-check", Permission.RECORDS_LOG, "c", office=True),
    Entry("residents", _("Residents"), "users", Permission.RESIDENTS_VIEW, "p"),
    Entry("unrecorded", _("Not recorded"), "clipboard-list", Permission.COVERAGE_VIEW, "m"),
    Entry("seventeen", _("17 on election day"), "clock", Permission.RESIDENTS_VIEW, "j"),
    Entry(
        "verify",
        _("Verify people"),
        "clipboard-check",
        Permission.FINDINGS_PROPOSE,
        "f",
        village=True,
    ),
    Entry("findings", _("Findings"), "search", Permission.FINDINGS_ACCEPT, "f"),
    Entry("burials", _("Burials"), "file-text", Permission.BURIALS_VIEW, "g"),
    Entry("statuses", _("Status of recordings"), "id-badge-2", Permission.RECORDS_VIEW, "r"),
    Entry("venues", _("Schools and places"), "id-badge-2", Permission.APPOINTMENTS_VIEW, "t"),
    Entry("plans", _("Plans of jemput bola"), "map-2", Permission.PLANS_VIEW, "o", regency=True),
    Entry("coverage", _("Coverage"), "map-2", Permission.COVERAGE_VIEW, "w", query="?own=1"),
    Entry(
        "daily",
        _("Daily report"),
        "report",
        Permission.REPORTS_VIEW,
        "l",
        regency=True,
        query="?own=1",
    ),
    Entry("stock-own", _("Stock of cards"), "copy", Permission.REPORTS_VIEW, "b", regency=True),
    Entry("evaluation-own", _("Evaluation"), "scale", Permission.REPORTS_LOCK, "n", province=True),
    Entry("desk-own", _("Desk Pilkada"), "info-circle", Permission.INCIDENTS_WRITE, "i"),
    Entry(
        "voters", _("Voters' lists"), "clipboard-list", Permission.VOTERS_MATCH, "q", office=True
    ),
    Entry("bases", _("Bases and targets"), "clipboard-list", Permission.COVERAGE_VIEW, "d"),
    Entry("set-aside", _("Set aside"), "scale", Permission.RECORDS_ACCEPT, "v"),
    Entry("oversight", _("Oversight"), "eye", Permission.ACCESS_REVIEW, "a"),
    Entry("breaches", _("Data breaches"), "alert-triangle", Permission.BREACHES_WRITE, "y"),
    Entry("staff", _("Staff"), "id-badge-2", Permission.STAFF_MANAGE, "s"),
    # The province manages no staff; it is the second person of its offices.
    Entry(
        "staff-proposals",
        _("Proposals about staff"),
        "id-badge-2",
        Permission.STAFF_DECIDE,
        "u",
        province=True,
    ),
)


def navigation_of(actor: Actor) -> list[Entry]:
    return [
        entry
        for entry in NAVIGATION
        if actor.may(entry.permission)
        and (actor.office or not entry.office)
        and (len(actor.region) <= Level.REGENCY.code_length or not entry.regency)
        and (actor.role == Role.PROVINCE_OFFICER or not entry.province)
        and (actor.village_range or not entry.village)
    ]


def desk(request: HttpRequest) -> dict[str, Any]:
    actor: Actor | None = getattr(request, "actor", None)
    match = getattr(request, "resolver_match", None)
    return {
        "actor": actor,
        "posting": getattr(request, "posting", None),
        "navigation": navigation_of(actor) if actor else [],
        "here": getattr(match, "url_name", "") or "",
        "csrf_cookie": settings.CSRF_COOKIE_NAME,
    }
