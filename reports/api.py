from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.core.api import StrictSerializer, TextField, paginate
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.core.jobs import hint
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import get_region
from dukcapil.regions.validators import NATION, ancestor, bounds, dotted
from reports.exports import TYPES, answer_key, check_format, keep_answer, kept_answer, render
from reports.filters import CoverageQuery, DailyQuery, RegionQuery, SeriesQuery, TargetQuery
from reports.models import PopulationBasis, Release, Target
from reports.selectors import Question, daily_reports, series
from reports.selectors.daily import behind
from reports.tasks import build_day

#: Days of one series answer.
LONGEST_SERIES = 400


class CoverageRow(serializers.Serializer[Any]):
    region = serializers.CharField()
    name = serializers.CharField()
    level = serializers.CharField()
    date = serializers.DateField()
    basis = serializers.CharField(allow_null=True)
    basis_kind = serializers.CharField(allow_null=True)
    wajib_as_of = serializers.DateField(allow_null=True)
    recorded_as_of = serializers.DateField(allow_null=True)
    wajib_ktp = serializers.IntegerField(allow_null=True)
    recorded = serializers.IntegerField(allow_null=True)
    unrecorded = serializers.IntegerField(allow_null=True)
    recorded_percent = serializers.CharField(allow_null=True)
    printed = serializers.IntegerField(allow_null=True)
    printed_percent = serializers.CharField(allow_null=True)
    ikd_activated = serializers.IntegerField(allow_null=True)
    ikd_percent_of_base = serializers.CharField(allow_null=True)
    ikd_percent_of_target = serializers.CharField(allow_null=True)
    target_percent = serializers.CharField(allow_null=True)
    gap_to_target = serializers.IntegerField(allow_null=True)
    needed_per_day = serializers.IntegerField(allow_null=True)
    recorded_today = serializers.IntegerField()
    recorded_today_pemula = serializers.IntegerField()
    ikd_today = serializers.IntegerField()
    status = serializers.CharField()
    revision = serializers.IntegerField(allow_null=True)
    as_of = serializers.DateTimeField(allow_null=True)


class AnyFormat(BaseContentNegotiation):
    """Coverage chooses its own format; problems are always JSON."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


def wanted_format(request: Request) -> str:
    """`format=` wins, then Accept, else JSON."""
    if asked := request.query_params.get("format"):
        return asked
    accept = request.headers.get("Accept", "")
    if "json" in accept or "*/*" in accept:
        return "json"
    return next((name for name in TYPES if TYPES[name].split(";")[0] in accept), "json")


class Coverage(ScopedApiView):
    permission = "coverage.view"
    content_negotiation_class = AnyFormat

    @extend_schema(
        parameters=[
            CoverageQuery,
            OpenApiParameter("format", OpenApiTypes.STR, enum=list(TYPES)),
        ],
        responses=CoverageRow(many=True),
    )
    def get(self, request: Request) -> HttpResponse:
        query = self.query(CoverageQuery)
        fmt = wanted_format(request)
        check_format(fmt)
        code = dotted(query["region"])
        key = answer_key(query | {"region": code}, fmt)
        found = kept_answer(key) if self.actor.covers(code) else None
        if found is None:
            body = render(self._question(query), fmt)
            found = keep_answer(key, body), body
        response = HttpResponse(found[1], content_type=TYPES[fmt], headers={"ETag": found[0]})
        if fmt != "json":
            name = f"cakupan-{code}-{query.get('date', 'terbaru')}.{fmt}"
            response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def _question(self, query: dict[str, Any]) -> Question:
        return Question.of(
            by=self.actor,
            region=get_region(query["region"]),
            level=query.get("level"),
            day=query.get("date"),
            basis=query.get("basis"),
            view=query.get("view", "domicile"),
            release=query.get("release"),
        )


class SeriesRow(serializers.Serializer[Any]):
    date = serializers.DateField()
    wajib_ktp = serializers.IntegerField(allow_null=True)
    recorded = serializers.IntegerField(allow_null=True)
    unrecorded = serializers.IntegerField(allow_null=True)
    recorded_percent = serializers.CharField(allow_null=True)
    recorded_today = serializers.IntegerField()
    ikd_today = serializers.IntegerField()


class CoverageSeries(ScopedApiView):
    permission = "coverage.view"

    @extend_schema(parameters=[SeriesQuery], responses=SeriesRow(many=True))
    def get(self, request: Request, code: str) -> Response:
        query = self.query(SeriesQuery)
        region = get_region(code)
        question = Question.of(
            by=self.actor,
            region=region,
            level=region.level,
            day=query.get("to"),
            basis=query.get("basis"),
            view=query.get("view", "domicile"),
        )
        first: date = query.get("from") or question.day - timedelta(days=29)
        if not 0 <= (question.day - first).days < LONGEST_SERIES:
            raise Invalid(
                "series-span",
                _("A series runs forward over at most %(most)s days.") % {"most": LONGEST_SERIES},
                field="from",
            )
        basis = question.basis
        return Response(
            {
                "region": region.pk,
                "name": region.name,
                "basis": basis.name if basis else None,
                "basis_kind": basis.kind if basis else None,
                "results": series(question, first),
            }
        )


class DailyBody(StrictSerializer):
    date = serializers.DateField()
    region = TextField()


class DailyRow(serializers.Serializer[Any]):
    region = serializers.CharField()
    name = serializers.CharField()
    date = serializers.DateField()
    revision = serializers.IntegerField()
    ledger_seq = serializers.IntegerField()
    reason = serializers.CharField()
    built_at = serializers.DateTimeField()
    latest = serializers.BooleanField()
    recorded = serializers.IntegerField()
    recorded_pemula = serializers.IntegerField()
    recorded_outsiders = serializers.IntegerField()
    ikd_activated = serializers.IntegerField()
    cards_printed = serializers.IntegerField()
    documents = serializers.IntegerField()
    failed = serializers.IntegerField()


class BuildAnswer(serializers.Serializer[Any]):
    status = serializers.CharField()


class DailyReports(ScopedApiView):
    permission = {"GET": "reports.view", "POST": "reports.build"}

    def _region(self, text: str) -> Region:
        region = get_region(text)
        if not self.actor.covers(region.pk):
            raise NotFound
        return region

    @extend_schema(parameters=[DailyQuery], responses=DailyRow(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(DailyQuery)
        region = self._region(query["region"])
        return Response({"results": daily_reports(region.pk, query["date"])})

    @extend_schema(request=DailyBody, responses={202: BuildAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(DailyBody)
        region = self._region(body["region"])
        if region.level not in (Level.REGENCY, Level.PROVINCE):
            raise Invalid(
                "region-level", _("Reports are built for a regency or a province."), field="region"
            )
        Question.of(by=self.actor, region=region, level=region.level, day=body["date"])
        regencies = Region.objects.within(region.pk).level(Level.REGENCY)
        hint(
            build_day,
            ancestor(region.pk, Level.PROVINCE),
            list(regencies.values_list("code", flat=True)),
            body["date"].isoformat(),
        )
        query = urlencode({"region": region.pk, "date": body["date"]})
        url = f"{reverse('api:daily-report-status')}?{query}"
        return Response({"status": url}, status=202, headers={"Location": url})


class DailyReportStatus(ScopedApiView):
    """Whether every chain of the region is in revisions, and which revisions the day has."""

    permission = "reports.view"

    @extend_schema(parameters=[DailyQuery], responses=DailyRow(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(DailyQuery)
        region = get_region(query["region"])
        if not self.actor.covers(region.pk):
            raise NotFound
        waiting = behind(region.pk)
        reports = daily_reports(region.pk, query["date"])
        done = not waiting and bool(reports)
        return Response(
            {"status": "done" if done else "pending", "behind": waiting, "results": reports}
        )


class BasisRow(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.CharField()
    region = serializers.CharField()
    wajib_as_of = serializers.DateField()
    recorded_as_of = serializers.DateField()
    level = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # DRF's own name
    note = serializers.CharField()


class BasisList(ScopedApiView):
    permission = "coverage.view"

    @extend_schema(parameters=[RegionQuery], responses=BasisRow(many=True))
    def get(self, request: Request) -> Response:
        bases = PopulationBasis.objects.all()
        if text := self.query(RegionQuery).get("region"):
            code = get_region(text).pk
            low, high = bounds(code)
            bases = bases.filter(
                Q(region_id__in=_line(code)) | Q(region_id__gte=low, region_id__lt=high)
            )
        columns = (
            *("id", "name", "kind", "region_id", "wajib_as_of", "recorded_as_of"),
            *("level", "source", "note"),
        )
        return paginate(request, bases, columns, key="id", rename={"region_id": "region"})


def _line(code: str) -> list[str]:
    return [NATION, *(code[:cut] for cut in (2, 5, 8, 13) if cut <= len(code))]


class TargetRow(serializers.Serializer[Any]):
    indicator = serializers.CharField()
    region = serializers.CharField()
    year = serializers.IntegerField()
    percent = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # DRF's own name


class TargetList(ScopedApiView):
    permission = "coverage.view"

    @extend_schema(parameters=[TargetQuery], responses=TargetRow(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(TargetQuery)
        targets = Target.objects.all()
        if text := query.pop("region", None):
            targets = targets.filter(region_id__in=_line(get_region(text).pk))
        targets = targets.filter(**query)
        columns = ("id", "indicator", "region_id", "year", "percent", "source")
        return paginate(request, targets, columns, key="id", rename={"region_id": "region"})


class ReleaseRow(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    frozen_at = serializers.DateTimeField()
    note = serializers.CharField()


class ReleaseList(ScopedApiView):
    permission = "coverage.view"

    @extend_schema(responses=ReleaseRow(many=True))
    def get(self, request: Request) -> Response:
        return paginate(
            request, Release.objects.all(), ("id", "name", "frozen_at", "note"), key="id"
        )
