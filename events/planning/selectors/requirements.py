"""What people bring: by the rows of a region and of those above it, else by the list of the software."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject, Left

from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.validators import NATION, lineage
from events.planning.enums import BRING, Service
from events.planning.models.event import ServiceEvent
from events.planning.models.requirement import Requirement

#: (region, service) -> (since, papers), the row that counts last.
_Rows = dict[tuple[str, str], list[tuple[date, list[str]]]]


def _rows(regions: Iterable[str], services: Iterable[str]) -> _Rows:
    codes = {above for code in regions for above in lineage(code)}
    found: _Rows = {}
    rows = Requirement.objects.filter(region_id__in=codes, service__in=set(services))
    columns = ("region_id", "service", "since", "papers")
    for region, service, since, papers in rows.order_by("since", "pk").values_list(*columns):
        found.setdefault((region, service), []).append((since, papers))
    return found


def _of(rows: _Rows, region: str, service: str, day: date) -> list[str]:
    for code in reversed(lineage(region)):
        holding = [papers for since, papers in rows.get((code, service), []) if since <= day]
        if holding:
            return holding[-1]
    return [str(paper) for paper in BRING[Service(service)]]


def papers_of(region: str, services: Iterable[str], day: date) -> dict[str, list[str]]:
    """service -> its papers on that day. One query."""
    wanted = list(services)
    rows = _rows([region], wanted)
    return {service: _of(rows, region, service, day) for service in wanted}


def papers_together(region: str, services: Iterable[str], day: date) -> list[str]:
    """Of all these services, each paper once, in the order of the services. One query."""
    found = papers_of(region, services, day)
    return list(dict.fromkeys(paper for papers in found.values() for paper in papers))


def asked_at(office: str) -> ArraySubquery:
    """For a query of events or sessions, as `asked`: the rows that bear on each one's office."""
    province = Left(OuterRef(office), Level.PROVINCE.code_length)
    here = Q(region=OuterRef(office)) | Q(region=province) | Q(region=NATION)
    row = JSONObject(region="region_id", service="service", since="since", papers="papers")
    return ArraySubquery(Requirement.objects.filter(here).order_by("since", "pk").values(row=row))


def brought_to(event: ServiceEvent, asked: Iterable[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """(service, its papers), on the day of the event that is today, else on the first one to come or the
    last one. `asked`: as `asked_at` found them. No query.
    """
    rows: _Rows = {}
    for row in asked:
        since = date.fromisoformat(row["since"])
        rows.setdefault((row["region"], row["service"]), []).append((since, row["papers"]))
    day = _day_of(event)
    return [
        (str(Service(name).label), _of(rows, event.office_id, name, day)) for name in event.services
    ]


def _day_of(event: ServiceEvent) -> date:
    return min(max(event.starts_on, today_in(event.village_id)), event.ends_on)


def requirements_of(region: str) -> list[Requirement]:
    """Of a region and of those above it, by service; of each the newest first."""
    rows = Requirement.objects.filter(region_id__in=lineage(region)).select_related(
        "region", "decided_by"
    )
    order = {name: number for number, name in enumerate(Service.values)}
    return sorted(rows.order_by("-region_id", "-since", "-pk"), key=lambda row: order[row.service])
