"""People over the API: list, register, search."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.core.api import DayField, Results, StrictSerializer, TextField, paginate
from dukcapil.core.errors import Refused
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.selectors import get_region
from events.elections.models import Election
from registrations.booking.selectors.residents import (
    NO,
    YES,
    by_recording,
    few_enough,
    filter_of,
    residents,
)
from registrations.people.enums import Category, MaritalStatus, Sex, Stage
from registrations.people.models import Resident
from registrations.people.selectors import (
    COLUMNS,
    category_today,
    election_asked,
    get_resident_or_404,
    masked_rows,
)
from registrations.people.services.checks import judge
from registrations.people.services.lookups import Found, find_by_nik, find_named, log_people
from registrations.people.services.residents import register
from registrations.people.validators import Person, parse_nik


class ResidentBody(StrictSerializer):
    nik = TextField(help_text="16 digits, as text")
    # How long a text may be is for `people.services.checks` to say: with one code at every door.
    name = TextField(help_text="at most 150 characters")
    birth_date = DayField()
    sex = serializers.ChoiceField(Sex.choices)
    village = TextField()
    address = TextField(required=False, allow_blank=True, help_text="at most 250 characters")
    rt = TextField(required=False, allow_blank=True, help_text="up to three digits")
    rw = TextField(required=False, allow_blank=True, help_text="up to three digits")
    marital_status = serializers.ChoiceField(MaritalStatus.choices, required=False)
    confirm = serializers.ListField(
        child=TextField(),
        required=False,
        help_text="words of a question that was answered with 409, such as look-alike",
    )


class SearchBody(StrictSerializer):
    nik = TextField(required=False)
    name = TextField(
        required=False,
        max_length=150,
        help_text="words of the name, in any order; the last may go on",
    )
    village = TextField(required=False)
    birth_date = DayField(required=False)


class StageQuery(StrictSerializer):
    election = serializers.IntegerField(
        required=False, min_value=1, help_text="which `stage` looks at; else the region's next"
    )


class ResidentQuery(StageQuery):
    village = TextField(required=False, help_text="region code; people who live there or below it")
    recorded = serializers.ChoiceField(
        [YES, NO], required=False, help_text="as far as your own offices know it"
    )
    age = TextField(
        required=False, trim_whitespace=False, max_length=9, help_text="16, 15-17, 17+ or 17-, -16"
    )
    category = serializers.ChoiceField(Category.choices, required=False, help_text="as of today")
    seventeen = serializers.ChoiceField(
        [YES], required=False, help_text="turns 17 by the day of the next election"
    )
    group = serializers.UUIDField(required=False, help_text="people of a class")
    stage = serializers.ChoiceField(
        Stage.choices, required=False, help_text="as each person's `stage` says, for `election`"
    )


class ResidentAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    office = serializers.CharField()
    village = serializers.CharField()
    village_name = serializers.CharField()
    name = serializers.CharField()
    nik_masked = serializers.CharField()
    birth_date = DayField()
    sex = serializers.CharField()
    marital_status = serializers.CharField()
    address = serializers.CharField(allow_blank=True)
    rt = serializers.CharField(allow_blank=True)
    rw = serializers.CharField(allow_blank=True)
    stage = serializers.ChoiceField(
        Stage.choices, help_text="by dates alone, for `election`; recorded or not stands beside it"
    )
    record_from = DayField()
    print_from = DayField()
    handover_from = DayField()
    overdue_from = DayField()
    recorded = serializers.BooleanField(help_text="as far as your own offices know it")
    recorded_on = DayField(allow_null=True)
    is_example = serializers.BooleanField()
    off_roll_since = DayField(
        allow_null=True,
        help_text="as of which list of the village the person is not of it any more",
    )


class SearchAnswer(serializers.Serializer[Any]):
    results = ResidentAnswer(many=True)
    more = serializers.BooleanField(
        help_text="whether others fit, who are not shown: add a word of the name or a birth date"
    )


class WarningAnswer(serializers.Serializer[Any]):
    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class NewResidentAnswer(ResidentAnswer):
    category = serializers.CharField()
    warnings = WarningAnswer(many=True)


def resident_answer(resident: Resident, election: Election | None = None) -> dict[str, Any]:
    return masked_rows(Resident.objects.filter(pk=resident.pk).values(*COLUMNS), election)[0]


class ResidentList(ScopedApiView):
    permission = {"GET": "residents.view", "POST": "residents.register"}

    @extend_schema(parameters=[ResidentQuery], responses=ResidentAnswer(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(ResidentQuery, paged=True)
        election = election_asked(query.pop("election", None))
        which = filter_of(**query)
        people_meant = few_enough(residents(self.actor, which, election), which)
        response = paginate(request, by_recording(people_meant, which), COLUMNS, key="id")
        people = response.data["results"] = masked_rows(response.data["results"], election)
        log_people(by=self.actor, people=(row["id"] for row in people), kind="resident list")
        return response

    @extend_schema(request=ResidentBody, responses={201: NewResidentAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(ResidentBody)
        body["nik"] = parse_nik(body["nik"])
        body["village"] = get_region(body["village"], level=Level.VILLAGE, field="village")
        confirm = body.pop("confirm", [])
        resident = register(by=self.actor, confirm=confirm, **body)
        remarks = judge(Person(**body), today=today_in(body["village"].pk))
        answer = resident_answer(resident) | {
            "category": category_today(resident),
            "warnings": [
                {"field": remark.field, "code": remark.code, "detail": remark.detail}
                for remark in remarks
            ],
        }
        return Response(answer, status=201)


class ResidentSearch(ScopedApiView):
    """POST, so that neither a number nor a name stands in a URL. Every look is logged anew."""

    permission = "residents.view"
    pagination_class = Results
    keeps_answers = False

    @extend_schema(request=SearchBody, responses=SearchAnswer)
    def post(self, request: Request) -> Response:
        body = self.body(SearchBody)
        if nik := body.get("nik"):
            found = Found(find_by_nik(by=self.actor, nik=parse_nik(nik)))
        else:
            found = self._by_name(body)
        return Response({"results": found.people, "more": found.more})

    def _by_name(self, body: dict[str, Any]) -> Found:
        village = body.get("village")
        if village:
            village = get_region(village, level=Level.VILLAGE, field="village").pk
        return find_named(
            by=self.actor,
            name=body.get("name", ""),
            village=village,
            birth_date=body.get("birth_date"),
        )


class ResidentDetail(ScopedApiView):
    permission: str | dict[str, str] = "residents.view"

    @extend_schema(parameters=[StageQuery], responses=ResidentAnswer)
    def get(self, request: Request, resident_id: uuid.UUID) -> Response:
        resident = get_resident_or_404(self.actor, resident_id)
        election = election_asked(self.query(StageQuery).get("election"))
        log_people(by=self.actor, people=[resident.pk], kind="resident")
        return Response(resident_answer(resident, election))


class ResidentReveal(ScopedApiView):
    """403 for every token: a full number is shown to a person on a page, never to a program."""

    permission = "residents.reveal"
    keeps_answers = False

    @extend_schema(request=None, responses={403: OpenApiResponse(description="always")})
    def post(self, request: Request, resident_id: uuid.UUID) -> Response:
        raise Refused("reveal-by-page", _("Full numbers are shown on pages only."))
