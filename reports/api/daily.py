"""Daily reports for programs: read, build, confirm, lock."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.accounts.permissions import Permission
from dukcapil.core.api import (
    Results,
    StrictSerializer,
    TextField,
    WholeNumberField,
    serializer_of,
)
from dukcapil.core.jobs import hint
from dukcapil.core.versions import LONGEST_VERSION
from reports.coverage.selectors.question import Question
from reports.daily.enums import NilReason
from reports.daily.selectors.daily import behind, daily_reports
from reports.daily.selectors.row import DailyRow
from reports.daily.selectors.signing import DaysStanding, days_standing
from reports.daily.services.confirming import confirm_day, lock_days
from reports.daily.services.ordering import order_day
from reports.filters import DailyQuery, DayQuery
from reports.releases.selectors import find_release
from reports.tasks import build_day


class DailyBody(StrictSerializer):
    date = serializers.DateField()
    region = TextField()


class DayConfirmBody(DailyBody):
    revision = WholeNumberField(min_value=1)
    nil_reason = serializers.ChoiceField(NilReason.choices, required=False)
    note = TextField(required=False, max_length=300)
    version = TextField(required=False, max_length=LONGEST_VERSION)


class LockBody(StrictSerializer):
    date = serializers.DateField()
    regions = serializers.ListField(child=TextField(), allow_empty=False, max_length=600)
    version = TextField(
        required=False,
        max_length=LONGEST_VERSION,
        help_text="of the region's row; of several regions the status answer's",
    )


#: Of the newest revision only, as it stands now; null for what stood at another time.
_VERSION = "what a confirmation or lock signs; null unless it is the newest revision"
DailyShape = serializer_of(
    DailyRow, version=serializers.CharField(allow_null=True, help_text=_VERSION)
)


class BuildAnswer(serializers.Serializer[Any]):
    status = serializers.CharField()


class BehindRow(serializers.Serializer[Any]):
    region = serializers.CharField()
    head = serializers.IntegerField()
    built_to = serializers.IntegerField()


class StatusAnswer(serializers.Serializer[Any]):
    status = serializers.CharField(help_text="done or pending")
    behind = BehindRow(many=True)
    results = DailyShape(many=True)
    version = serializers.CharField(help_text="of all regencies with a report, for a lock of them")


class ConfirmAnswer(serializers.Serializer[Any]):
    region = serializers.CharField()
    date = serializers.DateField()
    revision = serializers.IntegerField()
    confirmed_at = serializers.DateTimeField()
    version = serializers.CharField(help_text="what was signed")


class LockAnswer(serializers.Serializer[Any]):
    locked = serializers.IntegerField()
    version = serializers.CharField(help_text="what was signed")


def _standing(reports: list[DailyRow], day: date) -> DaysStanding:
    return days_standing([row["region"] for row in reports if row["latest"]], day)


def _with_versions(reports: list[DailyRow], standing: DaysStanding | None) -> list[dict[str, Any]]:
    versions = standing.versions() if standing else {}
    return [
        {**row, "version": versions.get(row["region"]) if row["latest"] else None}
        for row in reports
    ]


class DailyReports(ScopedApiView):
    """Revisions of a day. With `revision` or `release` as it stood then."""

    permission = {"GET": Permission.REPORTS_VIEW, "POST": Permission.REPORTS_BUILD}
    pagination_class = Results

    @extend_schema(parameters=[DailyQuery], responses=DailyShape(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(DailyQuery)
        region = self.region(query["region"])
        release = query.get("release")
        reports = daily_reports(
            region.pk,
            query["date"],
            revision=query.get("revision"),
            release=find_release(release, self.actor) if release else None,
        )
        now = "revision" not in query and not release
        standing = _standing(reports, query["date"]) if now else None
        return Response({"results": _with_versions(reports, standing)})

    @extend_schema(request=DailyBody, responses={202: BuildAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(DailyBody)
        region = self.region(body["region"])
        order = order_day(by=self.actor, region=region, day=body["date"])
        Question.of(by=self.actor, region=region, level=region.level, day=body["date"])
        hint(build_day, order.province, order.regencies, order.day)
        query = urlencode({"region": region.pk, "date": body["date"]})
        url = f"{reverse('api:daily-report-status')}?{query}"
        return Response({"status": url}, status=202, headers={"Location": url})


class DailyReportStatus(ScopedApiView):
    """Whether every chain of the region is in revisions, and which revisions the day has."""

    permission = Permission.REPORTS_VIEW

    @extend_schema(
        operation_id="daily_reports_status", parameters=[DayQuery], responses=StatusAnswer
    )
    def get(self, request: Request) -> Response:
        query = self.query(DayQuery)
        region = self.region(query["region"])
        waiting = behind(region.pk)
        reports = daily_reports(region.pk, query["date"])
        done = not waiting and bool(reports)
        standing = _standing(reports, query["date"])
        return Response(
            {
                "status": "done" if done else "pending",
                "behind": waiting,
                "results": _with_versions(reports, standing),
                "version": standing.version,
            }
        )


class DailyReportConfirm(ScopedApiView):
    """The office says that a revision is right, or gives the reason for nil."""

    permission = Permission.REPORTS_CONFIRM

    @extend_schema(request=DayConfirmBody, responses={201: ConfirmAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(DayConfirmBody)
        region = self.region(body.pop("region"))
        done = confirm_day(by=self.actor, regency=region.pk, day=body.pop("date"), **body)
        confirmation = done.confirmation
        answer = {
            "region": region.pk,
            "date": confirmation.day.service_date,
            "revision": confirmation.day.revision,
            "confirmed_at": confirmation.confirmed_at,
            "version": done.version,
        }
        return Response(answer, status=201)


class DailyReportLock(ScopedApiView):
    """The province closes a day of its regencies."""

    permission = Permission.REPORTS_LOCK

    @extend_schema(request=LockBody, responses={200: LockAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(LockBody)
        codes = [self.region(text).pk for text in body["regions"]]
        locked = lock_days(
            by=self.actor, regencies=codes, day=body["date"], version=body.get("version")
        )
        return Response({"locked": locked.count, "version": locked.version})
