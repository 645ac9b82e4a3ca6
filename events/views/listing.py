"""The list of events: filtered, ordered, page by page, or whole as a workbook."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid
from dukcapil.core.live import live
from dukcapil.core.pages import ordered, paged
from dukcapil.core.workbook import XLSX, table
from dukcapil.regions.enums import Level
from dukcapil.regions.selectors import regions_below
from dukcapil.regions.validators import level_of
from events.forms.planning import EventFilter
from events.planning.models.event import ServiceEvent
from events.planning.selectors.events import listed_events

_COLUMNS = {
    "title": ("title",),
    "day": ("starts_on",),
    "office": ("office__name",),
    "place": ("place",),
    "state": ("state",),
    "sessions": ("session_count",),
    "taken": ("taken",),
}
#: Rows of one workbook; more are asked for with a filter.
MOST_ROWS = 5_000


@page(Permission.EVENTS_VIEW)
def event_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    """``?format=xlsx`` gives the same list as a workbook: all pages, in the same order."""
    several = level_of(actor.region) == Level.PROVINCE
    offices = regions_below(actor.region, [Level.REGENCY]) if several else []
    form = EventFilter(request.GET, offices=offices)
    events = ordered(request, listed_events(actor, **form.filters()), _COLUMNS)
    file_format = request.GET.get("format", "")
    if file_format == "xlsx":
        return _workbook(events)
    if file_format:
        raise Invalid("format", _("The list comes as xlsx."))
    context = {
        "form": form,
        "pages": paged(request, events),
        "several": actor.office is None,
        "filtered": any(request.GET.get(name) for name in form.fields),
    }
    return live(request, "events/event_list.html", "events/_events.html", context, every=30)


def _workbook(queryset: QuerySet[ServiceEvent]) -> HttpResponse:
    events = list(queryset[: MOST_ROWS + 1])
    if len(events) > MOST_ROWS:
        raise Invalid(
            "too-many",
            _("A workbook holds at most %(most)s events: use a filter.") % {"most": MOST_ROWS},
        )
    with translation.override("id"):
        body = table(_("Events"), _header(), [_row(event) for event in events])
    name = f"kegiatan-{timezone.localdate():%Y%m%d}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(body, content_type=XLSX, headers=headers)


def _header() -> list[str]:
    return [
        *(_("Event"), _("Kind"), _("Programme"), _("First day"), _("Last day")),
        *(_("Code of the office"), _("Office"), _("Place"), _("Kind of place")),
        *(_("Code of the village"), _("Village"), _("State"), _("Why open on a holiday")),
        *(_("Sessions"), _("Places"), _("Places taken")),
    ]


def _row(event: Any) -> list[Any]:
    return [
        *(event.title, event.get_kind_display(), event.programme, event.starts_on, event.ends_on),
        *(event.office_id, event.office.name, event.place, event.get_place_kind_display()),
        *(event.village_id, event.village.name, event.get_state_display(), event.holiday_reason),
        *(event.session_count, event.seats, event.taken),
    ]
