"""What figures rest on: bases with their figures, targets, releases."""

from __future__ import annotations

import base64
import io
from dataclasses import asdict
from typing import Any, cast

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.accounts.permissions import Permission
from dukcapil.core.api import (
    Empty,
    StrictSerializer,
    TextField,
    list_columns,
    paginate,
    serializer,
    shown,
)
from dukcapil.core.errors import Invalid
from dukcapil.core.lists.grid import WhichSheet, read_file
from dukcapil.core.lists.layout import WhichColumns
from dukcapil.core.tables import Rows
from dukcapil.regions.enums import Level
from dukcapil.regions.selectors import get_region
from dukcapil.regions.validators import lineage
from reports.bases.enums import BasisKind
from reports.bases.models import Target
from reports.bases.readers.figures import LIMITS
from reports.bases.readers.rows import Table
from reports.bases.readers.sheets import read_table
from reports.bases.readers.words import BASES
from reports.bases.selectors.access import (
    about_region,
    bases_seen_by,
    figures_seen_by,
    get_basis_or_404,
)
from reports.bases.services.basis import BasisFacts, propose_basis, read_basis
from reports.bases.validators import COMPONENTS
from reports.filters import RegionQuery, TargetQuery
from reports.releases.selectors import releases_for

BasisRow = serializer(
    "BasisRow",
    {
        "id": serializers.IntegerField(),
        "name": serializers.CharField(),
        "kind": serializers.CharField(),
        "region": serializers.CharField(source="region_id"),
        "wajib_as_of": serializers.DateField(),
        "recorded_as_of": serializers.DateField(),
        "level": serializers.CharField(),
        "source": serializers.CharField(),
        "note": serializers.CharField(),
        "replaces": serializers.IntegerField(allow_null=True, source="replaces_id"),
    },
)


BasisBody = serializer(
    "BasisBody",
    {
        "name": TextField(max_length=100),
        "kind": serializers.ChoiceField(choices=BasisKind.choices),
        "level": serializers.ChoiceField(choices=Level.choices),
        "wajib_as_of": serializers.DateField(),
        "recorded_as_of": serializers.DateField(required=False, allow_null=True),
        "source": TextField(max_length=300),
        "note": TextField(max_length=1000, required=False, allow_blank=True),
        "replaces": serializers.IntegerField(
            required=False, allow_null=True, min_value=1, max_value=2**31 - 1
        ),
        "components": serializers.BooleanField(required=False),
        "by_name": serializers.BooleanField(
            required=False, help_text="codes are another office's: regions are matched by names"
        ),
        "file": TextField(
            required=False, help_text="the bytes of an XLSX, XLS, ODS or CSV, base64"
        ),
        "filename": TextField(max_length=200, required=False),
        "rows": serializers.ListField(
            child=serializers.DictField(
                child=serializers.CharField(allow_null=True, allow_blank=True, max_length=200)
            ),
            required=False,
            max_length=100_000,
            help_text="instead of a file: region_code, wajib_ktp, recorded and the other columns",
        ),
        "sheet": TextField(max_length=100, required=False),
        "columns": serializers.DictField(
            child=serializers.CharField(allow_blank=True, max_length=40),
            required=False,
            help_text="letter of a column -> what it holds, empty for not used",
        ),
    },
    StrictSerializer,
)

BasisProposed = serializer(
    "BasisProposed",
    {
        **BasisRow().fields,
        "state": serializers.CharField(help_text="waiting: a second person decides"),
        "rows": serializers.IntegerField(),
        "warnings": serializers.ListField(child=serializers.CharField()),
        "said": serializers.ListField(child=serializers.CharField()),
    },
)


class BasisList(ScopedApiView):
    """Approved bases. One that `replaces` another answers instead of it, unless it is named."""

    permission = {"GET": Permission.COVERAGE_VIEW, "POST": Permission.BASES_IMPORT}

    @extend_schema(request=BasisBody, responses={201: BasisProposed})
    def post(self, request: Request) -> Response:
        """A proposal: figures rest on it once a second person approved it."""
        body = self.body(BasisBody)
        rows = _rows(body)
        replaces = body.pop("replaces", None)
        replaced = get_basis_or_404(self.actor, replaces) if replaces is not None else None
        facts = BasisFacts(**body)
        parsed = read_basis(by=self.actor, rows=rows, facts=facts)
        basis = propose_basis(by=self.actor, rows=rows, facts=facts, replaces=replaced)
        answer = shown(basis, list_columns(BasisRow)) | {
            "state": "waiting",
            "rows": len(parsed.figures),
            "warnings": parsed.warnings,
            "said": parsed.said,
        }
        return Response(answer, status=201)

    @extend_schema(parameters=[RegionQuery], responses=BasisRow(many=True))
    def get(self, request: Request) -> Response:
        bases = bases_seen_by(self.actor)
        if region_text := self.query(RegionQuery, paged=True).get("region"):
            bases = bases.filter(about_region(get_region(region_text).pk))
        return paginate(request, bases, list_columns(BasisRow), key="id")


def _rows(body: dict[str, Any]) -> Rows | Table:
    """Raises Invalid with what has to be chosen: `sheets`, or `columns` with what they may hold."""
    rows, file, name, sheet, columns = (
        body.pop(key, None) for key in ("rows", "file", "filename", "sheet", "columns")
    )
    if bool(file) == bool(rows):
        raise Invalid("file", _("Give either a file or rows."), field="file")
    if rows:
        return cast("Rows", rows)
    try:
        content = io.BytesIO(base64.b64decode(file, validate=True))
    except ValueError as error:
        raise Invalid("file", _("The file is not base64."), field="file") from error
    try:
        return read_table(read_file(content, name or "", LIMITS, sheet or ""), columns)
    except WhichSheet as error:
        error.extra["sheets"] = [asdict(one) for one in error.sheets]
        raise
    except WhichColumns as error:
        error.extra["columns"] = [asdict(one) for one in error.columns]
        error.extra["kinds"] = [kind.name for kind in BASES.kinds if kind.used]
        raise


class FigureRow(serializers.Serializer[Any]):
    region = serializers.CharField(source="region_id")
    population = serializers.IntegerField(allow_null=True)
    wajib_ktp = serializers.IntegerField(allow_null=True, source="wajib")
    recorded = serializers.IntegerField(allow_null=True)
    unrecorded = serializers.IntegerField(allow_null=True)
    printed = serializers.IntegerField(allow_null=True)
    ikd_activated = serializers.IntegerField(allow_null=True)
    published_unrecorded_percent = serializers.CharField(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        parts = {name: serializers.IntegerField(allow_null=True) for name in COMPONENTS}
        return {**super().get_fields(), **parts}


class BasisFigures(ScopedApiView):
    """A basis as it was imported: its own rows, within the reader's region."""

    permission = Permission.COVERAGE_VIEW

    @extend_schema(responses=FigureRow(many=True))
    def get(self, request: Request, basis_id: int) -> Response:
        self.query(Empty, paged=True)
        figures = figures_seen_by(self.actor, get_basis_or_404(self.actor, basis_id))
        return paginate(request, figures, list_columns(FigureRow), key="region_id")


TargetRow = serializer(
    "TargetRow",
    {
        "id": serializers.IntegerField(),
        "indicator": serializers.CharField(),
        "region": serializers.CharField(source="region_id"),
        "year": serializers.IntegerField(),
        "percent": serializers.CharField(allow_null=True, help_text="null: withdrawn"),
        "source": serializers.CharField(),
        "set_at": serializers.DateTimeField(),
    },
)


class TargetList(ScopedApiView):
    """Every target as it was set; of an indicator, region and year the newest row counts."""

    permission = Permission.COVERAGE_VIEW

    @extend_schema(parameters=[TargetQuery], responses=TargetRow(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(TargetQuery, paged=True)
        targets = Target.objects.all()
        if region_text := query.pop("region", None):
            targets = targets.filter(region_id__in=lineage(get_region(region_text).pk))
        targets = targets.filter(**query)
        return paginate(request, targets, list_columns(TargetRow), key="id")


class ReleaseRow(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.CharField()
    day = serializers.DateField(allow_null=True)
    frozen_at = serializers.DateTimeField()
    embargo_until = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField()


class ReleaseList(ScopedApiView):
    """Releases that exist for the reader: an embargoed one does not, before its hour."""

    permission = (Permission.COVERAGE_VIEW, Permission.PUBLIC_VIEW)
    shared = True

    @extend_schema(responses=ReleaseRow(many=True))
    def get(self, request: Request) -> Response:
        self.query(Empty, paged=True)
        return paginate(request, releases_for(self.actor), list_columns(ReleaseRow), key="id")
