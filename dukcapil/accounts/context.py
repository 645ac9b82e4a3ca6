"""Template context: who is at the desk, and where they may go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.regions.enums import Level


@dataclass(frozen=True)
class Place:
    """An entry of the navigation; `key` is pressed after g."""

    url: str
    label: str | Promise
    icon: str
    permission: Permission
    key: str
    #: District offices only: provinces and the nation hold no desk.
    office: bool = False
    #: Not for who sees a district or a village only: reports are those of a regency.
    regency: bool = False


PLACES = (
    Place("today", _("Today"), "home", Permission.EVENTS_PLAN, "h", office=True),
    Place("events", _("Events"), "calendar-event", Permission.EVENTS_VIEW, "k"),
    Place("log", _("Log a service"), "clipboard-check", Permission.RECORDS_LOG, "c", office=True),
    Place("residents", _("Residents"), "users", Permission.RESIDENTS_VIEW, "p"),
    Place("coverage", _("Coverage"), "map-2", Permission.COVERAGE_VIEW, "w"),
    Place("daily", _("Daily report"), "report", Permission.REPORTS_VIEW, "l", regency=True),
    Place("bases", _("Bases and targets"), "clipboard-list", Permission.COVERAGE_VIEW, "d"),
    Place("set-aside", _("Set aside"), "scale", Permission.RECORDS_ACCEPT, "v"),
    Place("oversight", _("Oversight"), "eye", Permission.ACCESS_REVIEW, "a"),
    Place("staff", _("Staff"), "id-badge-2", Permission.STAFF_MANAGE, "s"),
)


def places(actor: Actor) -> list[Place]:
    return [
        place
        for place in PLACES
        if actor.may(place.permission)
        and (actor.office or not place.office)
        and (len(actor.region) <= Level.REGENCY.code_length or not place.regency)
    ]


def desk(request: HttpRequest) -> dict[str, Any]:
    actor: Actor | None = getattr(request, "actor", None)
    match = getattr(request, "resolver_match", None)
    return {
        "actor": actor,
        "posting": getattr(request, "posting", None),
        "places": places(actor) if actor else [],
        "here": getattr(match, "url_name", "") or "",
        "csrf_cookie": settings.CSRF_COOKIE_NAME,
    }
