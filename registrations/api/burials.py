"""The register of burials over the API: a line is written, lines are counted and listed."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.core.api import (
    PAGED,
    DayField,
    StrictSerializer,
    TextField,
    WholeNumberField,
    paginate,
    serializer,
)
from dukcapil.regions.enums import Level
from dukcapil.regions.models import inside
from dukcapil.regions.selectors import get_region
from registrations.burials.enums import Relation, Told
from registrations.burials.models import LONGEST_CEMETERY, Burial
from registrations.burials.selectors.burials import burials_of, shown
from registrations.burials.selectors.months import counts_below
from registrations.burials.services.entries import LONGEST_BLOCK, Entry
from registrations.burials.services.form_data import log_lines
from registrations.burials.services.recording import record_burial
from registrations.people.enums import Sex
from registrations.people.validators import LONGEST_ADDRESS, LONGEST_NAME, OLDEST


class BurialBody(StrictSerializer):
    id = serializers.UUIDField(help_text="yours: sent twice it is one line")
    name = TextField(max_length=LONGEST_NAME)
    nik = TextField(required=False)
    birth_date = DayField(required=False)
    age = WholeNumberField(required=False, min_value=0, max_value=OLDEST)
    sex = serializers.ChoiceField(Sex.choices, required=False)
    died_on = DayField()
    buried_on = DayField()
    village = TextField(help_text="of the grave")
    home_village = TextField(required=False, help_text="where the dead lived, if elsewhere")
    address = TextField(required=False, max_length=LONGEST_ADDRESS)
    cemetery = TextField(max_length=LONGEST_CEMETERY)
    block = TextField(required=False, max_length=LONGEST_BLOCK)
    reporter = TextField(max_length=LONGEST_NAME)
    relation = serializers.ChoiceField(Relation.choices)


class BurialQuery(StrictSerializer):
    region = TextField()


BurialAnswer = serializer(
    "Burial",
    {"id": serializers.UUIDField(), "state": serializers.ChoiceField(Told.choices)},
)
BurialRow = serializer(
    "BurialRow",
    {
        "id": serializers.UUIDField(),
        "state": serializers.ChoiceField(Told.choices),
        "name": serializers.CharField(allow_blank=True),
        "nik_masked": serializers.CharField(allow_blank=True),
        "birth_date": DayField(allow_null=True),
        "died_on": DayField(allow_null=True),
        "buried_on": DayField(allow_null=True),
        "village": serializers.CharField(),
        "home_village": serializers.CharField(),
        "cemetery": serializers.CharField(),
    },
)
BurialCounts = serializer(
    "BurialCounts",
    {name: serializers.IntegerField() for name in ("burials", *Told.values, "received")},
)


class BurialsAnswer(serializers.Serializer[Any]):
    results = BurialRow(many=True, help_text="of the own office; a province reads counts alone")
    counts = BurialCounts(
        help_text="of the whole region, whatever page; `received` from other offices, which count them"
    )


class BurialList(ScopedApiView):
    permission = {"GET": "burials.view", "POST": "burials.record"}

    @extend_schema(parameters=[BurialQuery, *PAGED], responses=BurialsAnswer)
    def get(self, request: Request) -> Response:
        """Burials of a region that stand, counted; the lines for the office, and those of who wrote them."""
        region = self.region(self.query(BurialQuery, paged=True)["region"])
        lines = burials_of(self.actor).filter(inside("village_id", region.pk)).order_by()
        response = paginate(request, lines, ("id",), key="id")
        ids = [row["id"] for row in response.data["results"]]
        found = Burial.objects.visible_to(self.actor).filter(pk__in=ids)
        rows = list(found.select_related("village", "home_village").order_by("pk"))
        response.data["results"] = [self._row(one) for one in rows]
        counts = dict.fromkeys(Told.values, 0)
        own, received = counts_below(self.actor, region)
        for state, n in own.items():
            counts[self._state(state)] += n
        burials = sum(counts.values())
        response.data["counts"] = {"burials": burials, **counts, "received": received}
        log_lines(by=self.actor, lines=rows)
        return response

    def _state(self, state: str) -> str:
        """Who keeps a register never learns what the office found."""
        told = state if state in Told.values else Told.UNMATCHED
        hidden = told == Told.MATCHED and not self.actor.may("burials.report")
        return Told.UNMATCHED if hidden else told

    def _row(self, burial: Burial) -> dict[str, Any]:
        line = shown(self.actor, burial)
        return {
            "id": burial.pk,
            "state": self._state(burial.state),
            "name": line.name,
            "nik_masked": line.number,
            "birth_date": line.born,
            "died_on": burial.died_on if line.name else None,
            "buried_on": burial.buried_on if line.name else None,
            "village": burial.village_id,
            "home_village": burial.home_village_id,
            "cemetery": burial.cemetery,
        }

    @extend_schema(request=BurialBody, responses={201: BurialAnswer, 200: BurialAnswer})
    def post(self, request: Request) -> Response:
        """Write a line; 200 for one that was written before, 409 for a person who lies there already."""
        body = self.body(BurialBody)
        key: uuid.UUID = body.pop("id")
        village = get_region(body.pop("village"), level=Level.VILLAGE, field="village")
        if home := body.pop("home_village", ""):
            body["home_village"] = get_region(home, level=Level.VILLAGE, field="home_village")
        before = Burial.objects.visible_to(self.actor).filter(pk=key).exists()
        burial = record_burial(by=self.actor, village=village, burial_id=key, entry=Entry(**body))
        answer = {"id": burial.pk, "state": self._state(burial.state)}
        return Response(answer, status=200 if before else 201)
