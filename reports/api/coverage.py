"""Coverage for programs: of staff live and of any release, of everybody else published releases."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotAcceptable
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.accounts.permissions import Permission
from dukcapil.core.api import Results, serializer_of
from dukcapil.core.errors import Invalid
from dukcapil.core.http import OwnFormat, dumps
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import get_region
from dukcapil.regions.validators import dotted
from reports.bases.selectors.basis import DifferenceRow
from reports.coverage.selectors.ages import age_bands
from reports.coverage.selectors.coverage import answer
from reports.coverage.selectors.elections import elections_around
from reports.coverage.selectors.metadata import MeaningRow, described
from reports.coverage.selectors.question import Question
from reports.coverage.selectors.residual import Residual
from reports.coverage.selectors.row import NESTED, CoverageRow
from reports.coverage.selectors.series import series_of, usual_first
from reports.exports import (
    RELEASE_MAX_AGE_SECONDS,
    TYPES,
    check_format,
    coverage_key,
    coverage_response,
    etag_of,
    keep_answer,
    kept_answer,
    render,
    wanted_format,
)
from reports.files.renderers.delimited import as_csv
from reports.files.renderers.structure import STRUCTURE_TYPE, structure
from reports.files.renderers.values import data_values
from reports.filters import AgeQuery, CoverageQuery, DataValueQuery, SeriesQuery
from reports.publication.selectors import public_rows, public_whole, published

CoverageShape = serializer_of(
    CoverageRow,
    suppressed=serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="public tokens: families of figures left out because a count is under five",
    ),
)
#: What a public row has besides and a line of a table has not.
_INSIDE = {*NESTED, "suppressed"}


class CoverageWhole(serializers.Serializer[Any]):
    row = CoverageShape(allow_null=True)
    residual = serializer_of(Residual)(help_text="what the region says more than its rows together")


class CoverageAnswer(serializers.Serializer[Any]):
    results = CoverageShape(many=True)
    whole = CoverageWhole()
    differences = serializer_of(DifferenceRow)(many=True)
    notes = serializers.ListField(
        child=serializers.CharField(), help_text="of the bases of these rows"
    )


class Coverage(ScopedApiView):
    """Rows of one level within a region. Public tokens get published releases only, with counts
    under five left out, and whatever would let them be derived.
    """

    permission = (Permission.COVERAGE_VIEW, Permission.PUBLIC_VIEW)
    content_negotiation_class = OwnFormat
    shared = True

    @extend_schema(
        operation_id="coverage_list",
        parameters=[
            CoverageQuery,
            OpenApiParameter("format", OpenApiTypes.STR, enum=list(TYPES)),
        ],
        responses={
            (200, "application/json"): CoverageAnswer,
            **{
                (200, media_type.partition(";")[0]): OpenApiTypes.STR
                for name, media_type in TYPES.items()
                if name not in {"json", "xlsx"}
            },
            (200, TYPES["xlsx"]): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request) -> HttpResponse:
        query = self.query(CoverageQuery)
        fmt = wanted_format(request.query_params.get("format"), request.headers.get("Accept", ""))
        if fmt is None:
            # By their types: this address writes without renderers.
            raise NotAcceptable(available_renderers=cast("Any", list(TYPES.values())))
        check_format(fmt)
        if not self.actor.may(Permission.COVERAGE_VIEW):
            return _public(query, fmt)
        query |= {"region": dotted(query["region"])}
        key = coverage_key(self.actor, query, fmt)
        etag_and_body = kept_answer(key) if self.actor.covers(query["region"]) else None
        if etag_and_body is None:
            body = render(
                self._question(query), fmt, bom=query.get("bom", False), office=self.actor.region
            )
            etag_and_body = keep_answer(key, body, query), body
        return coverage_response(*etag_and_body, fmt, query, key)

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


#: What a public question may say, besides which region.
_PUBLIC = {"region", "level", "release", "date", "bom"}


def _public(query: dict[str, Any], fmt: str) -> HttpResponse:
    if not_allowed := sorted(set(query) - _PUBLIC):
        raise Invalid(
            "public-question",
            _("Public figures are asked for by region, level and release alone."),
            field=not_allowed[0],
        )
    release = published(query.get("release"))
    if query.get("date", release.day) != release.day:
        raise Invalid(
            "public-day",
            _("This release is of %(day)s.") % {"day": release.day},
            field="date",
        )
    if fmt not in ("json", "csv"):
        raise Invalid(
            "format", _("Formats: %(allowed)s.") % {"allowed": "json, csv"}, field="format"
        )
    region = get_region(query["region"])
    rows = public_rows(release, region, query.get("level"))
    if fmt == "csv":
        columns = [name for name in (rows[0] if rows else {}) if name not in _INSIDE]
        body = as_csv(rows, columns, bom=query.get("bom", False))
    else:
        whole = public_whole(release, region, rows)
        body = dumps(
            {
                "results": rows,
                "whole": whole,
                "differences": [],
                "notes": [],
                "release": release.name,
            }
        )
    shown = {"region": region.pk, "date": release.day, "release": release.name}
    response = coverage_response(etag_of(body), body, fmt, shown, "coverage:public")
    max_age = RELEASE_MAX_AGE_SECONDS if query.get("release") else 300
    response.headers["Cache-Control"] = f"public, max-age={max_age}"
    return response


class SeriesRow(serializers.Serializer[Any]):
    date = serializers.DateField()
    wajib_ktp = serializers.IntegerField(allow_null=True)
    recorded = serializers.IntegerField(allow_null=True)
    unrecorded = serializers.IntegerField(allow_null=True)
    recorded_percent = serializers.CharField(allow_null=True)
    recorded_today = serializers.IntegerField()
    ikd_today = serializers.IntegerField()
    basis = serializers.CharField(allow_null=True)
    basis_kind = serializers.CharField(allow_null=True)
    joined = serializers.BooleanField(help_text="from this day on another basis answers")


class SeriesJoin(serializers.Serializer[Any]):
    date = serializers.DateField()
    before = serializers.CharField(allow_null=True)
    basis = serializers.CharField(allow_null=True)


class SeriesAnswer(serializers.Serializer[Any]):
    region = serializers.CharField()
    name = serializers.CharField()
    basis = serializers.CharField(allow_null=True, help_text="of the last day")
    basis_kind = serializers.CharField(allow_null=True)
    joins = SeriesJoin(many=True)
    results = SeriesRow(many=True)


class CoverageSeries(ScopedApiView):
    """One region over time: each day as coverage answers it. `basis=` takes one for all days."""

    permission = Permission.COVERAGE_VIEW

    @extend_schema(
        operation_id="coverage_series_list", parameters=[SeriesQuery], responses=SeriesAnswer
    )
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
            release=query.get("release"),
        )
        first: date = query.get("from") or usual_first(question.day)
        found = series_of(question, first)
        return Response(
            {
                "region": region.pk,
                "name": region.name,
                "basis": found.basis.name if found.basis else None,
                "basis_kind": found.basis.kind if found.basis else None,
                "joins": [
                    {
                        "date": join.date,
                        "before": join.before.name if join.before else None,
                        "basis": join.basis.name if join.basis else None,
                    }
                    for join in found.joins
                ],
                "results": found.rows,
            }
        )


class Metadata(ScopedApiView):
    """Concept, definition, classification, measure, unit and source of every figure."""

    permission = (Permission.COVERAGE_VIEW, Permission.PUBLIC_VIEW)
    pagination_class = Results
    shared = True

    @extend_schema(responses=serializer_of(MeaningRow)(many=True))
    def get(self, request: Request) -> Response:
        return Response({"results": described()})


class Structures(ScopedApiView):
    """The SDMX structures of `format=sdmx-csv`: dataflow, dimensions, attributes, codes. SDMX-JSON 2.0."""

    permission = (Permission.COVERAGE_VIEW, Permission.PUBLIC_VIEW)
    content_negotiation_class = OwnFormat
    shared = True

    @extend_schema(
        operation_id="structures",
        responses={(200, STRUCTURE_TYPE.partition(";")[0]): OpenApiTypes.OBJECT},
    )
    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(dumps(structure()), content_type=STRUCTURE_TYPE)


class DataValue(serializers.Serializer[Any]):
    dataElement = serializers.CharField()  # noqa: N815 - DHIS2's own names
    period = serializers.CharField()
    orgUnit = serializers.CharField()  # noqa: N815
    categoryOptionCombo = serializers.CharField()  # noqa: N815
    attributeOptionCombo = serializers.CharField()  # noqa: N815
    value = serializers.CharField()
    lastUpdated = serializers.DateTimeField(allow_null=True)  # noqa: N815
    comment = serializers.CharField()


class DataValueSet(serializers.Serializer[Any]):
    dataSet = serializers.CharField()  # noqa: N815
    period = serializers.CharField()
    orgUnit = serializers.CharField()  # noqa: N815
    dataValues = DataValue(many=True)  # noqa: N815


class DataValueSets(ScopedApiView):
    """The same figures in the shape in which DHIS2 reads data values."""

    permission = Permission.COVERAGE_VIEW

    @extend_schema(
        operation_id="data_value_sets", parameters=[DataValueQuery], responses=DataValueSet
    )
    def get(self, request: Request) -> Response:
        query = self.query(DataValueQuery)
        region = get_region(query["orgUnit"], field="orgUnit")
        period = query["period"].text
        try:
            question = Question.of(
                by=self.actor,
                region=region,
                level=None if query.get("children") else region.level,
                day=query["period"].day,
                basis=query.get("basis"),
            )
        except Invalid as error:
            # What was asked for here is called a period.
            error.field = "period" if error.field == "date" else error.field
            raise
        return Response(data_values(question, answer(question), period))


class AgeRow(serializers.Serializer[Any]):
    band = serializers.CharField()
    unrecorded = serializers.IntegerField()


class AgeAnswer(serializers.Serializer[Any]):
    region = serializers.CharField()
    date = serializers.DateField()
    election = serializers.CharField(allow_null=True)
    election_on = serializers.DateField(allow_null=True)
    unrecorded = serializers.IntegerField()
    pemula = serializers.IntegerField(allow_null=True)
    pemula_recorded = serializers.IntegerField(allow_null=True)
    turning_17 = serializers.IntegerField(allow_null=True)
    results = AgeRow(many=True)


class AgeBands(ScopedApiView):
    """The registered residents who are obliged and not recorded, by age."""

    permission = Permission.REPORTS_VIEW

    @extend_schema(operation_id="age_bands", parameters=[AgeQuery], responses=AgeAnswer)
    def get(self, request: Request) -> Response:
        query = self.query(AgeQuery)
        region = get_region(query["region"])
        question = Question.of(by=self.actor, region=region, day=query.get("date"))
        return Response(_ages(region, question.day))


def _ages(region: Region, day: date) -> dict[str, Any]:
    coming, before = elections_around(region.pk, day)
    counts = age_bands(region, day, coming, before)
    bands = counts.pop("bands")
    return {
        "region": region.pk,
        "date": day,
        "election": coming.name if coming else None,
        "election_on": coming.held_on if coming else None,
        **counts,
        "results": [{"band": name, "unrecorded": n} for name, _label, n in bands],
    }
