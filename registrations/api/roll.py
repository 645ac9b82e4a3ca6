"""People who are to be recorded, for programs: who is on a list, at which venues, closing one now."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from dukcapil.accounts.access import ScopedApiView
from dukcapil.accounts.permissions import Permission
from dukcapil.core.api import (
    PAGED,
    DayField,
    StrictSerializer,
    TextField,
    WholeNumberField,
    paginate,
    serializer,
)
from dukcapil.core.jobs import hint
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import get_region
from events.elections.models import Election
from events.venues.enums import VenueKind
from registrations.missing.enums import EntryState, NextStep, Purpose
from registrations.missing.selectors.lists import (
    ENTRY,
    EntryFilter,
    closed_since,
    election_of,
    entries,
    masked,
    whole_of,
)
from registrations.missing.selectors.venues import VENUE, listed_venue, venue_counts
from registrations.missing.services.closing import ask_to_close
from registrations.missing.services.refreshing import refresh_within
from registrations.people.enums import Stage
from registrations.people.services.lookups import log_people
from registrations.tasks import work_on_lists

_ELECTION = "required of `seventeen`, refused of `missing`"


class RollQuery(StrictSerializer):
    region = TextField()
    purpose = serializers.ChoiceField(Purpose.choices, default=Purpose.MISSING)
    election = WholeNumberField(
        required=False, min_value=1, max_value=2**31 - 1, help_text=_ELECTION
    )


class EntryQuery(RollQuery):
    state = serializers.ChoiceField(EntryState.choices, required=False)
    stage = serializers.ChoiceField(Stage.choices, required=False, help_text="as of today")
    venue = serializers.UUIDField(
        required=False, help_text="where they are by the newest roster; no prison"
    )


EntryAnswer = serializer(
    "RollEntry",
    {
        "resident": serializers.UUIDField(),
        "name": serializers.CharField(allow_blank=True),
        "nik_masked": serializers.CharField(allow_blank=True),
        "village": serializers.CharField(),
        "birth_date": DayField(allow_null=True),
        "stage": serializers.ChoiceField(Stage.choices, allow_null=True),
        "stage_at_start": serializers.ChoiceField(Stage.choices),
        "state": serializers.ChoiceField(EntryState.choices),
        "outcome": serializers.CharField(
            allow_null=True, help_text="of the finding that explains it, or waits for a decision"
        ),
        "left_because": serializers.CharField(allow_blank=True),
        "owner": serializers.IntegerField(allow_null=True, help_text="a posting"),
        "next_step": serializers.ChoiceField(NextStep.choices),
        "added_on": DayField(),
    },
)
_SHOWN = tuple(EntryAnswer().fields)

CountsAnswer = serializer(
    "RollCounts",
    {name: serializers.IntegerField() for name in ("list", *EntryState.values)},
)


VenueAnswer = serializer(
    "RollVenue",
    {
        "venue": serializers.UUIDField(),
        "name": serializers.CharField(),
        "kind": serializers.ChoiceField(VenueKind.choices),
        "office": serializers.CharField(),
        "on_list": serializers.IntegerField(help_text="the six states together"),
        **{state: serializers.IntegerField() for state in EntryState.values},
        "as_of": serializers.DateTimeField(allow_null=True, help_text="when its list was closed"),
    },
)


class EntriesAnswer(serializers.Serializer[Any]):
    results = EntryAnswer(many=True)
    counts = CountsAnswer(
        help_text="of the whole region, whatever page or filter; they sum to `list`"
    )
    as_of = serializers.DateTimeField(
        allow_null=True,
        help_text="when its lists were closed, the oldest of them; null: never, the counts say nothing",
    )


ListBody = serializer(
    "RollListBody",
    {
        "purpose": serializers.ChoiceField(Purpose.choices),
        "office": TextField(),
        "election": WholeNumberField(
            required=False, allow_null=True, min_value=1, max_value=2**31 - 1, help_text=_ELECTION
        ),
    },
    StrictSerializer,
)
ListAnswer = serializer(
    "RollList",
    {
        "id": serializers.UUIDField(),
        "status": serializers.CharField(help_text="where its counts are, with `as_of`"),
        "purpose": serializers.ChoiceField(Purpose.choices),
        "office": serializers.CharField(),
        "election": serializers.IntegerField(allow_null=True),
        "closed_at": serializers.DateTimeField(allow_null=True),
        "version": serializers.IntegerField(),
    },
)


class RollEntries(ScopedApiView):
    """People of an office, of its province, or of a verifier's own village; each page is logged."""

    permission = Permission.RESIDENTS_VIEW

    @extend_schema(
        operation_id="roll_entries", parameters=[EntryQuery, *PAGED], responses=EntriesAnswer
    )
    def get(self, request: Request) -> Response:
        query = self.query(EntryQuery, paged=True)
        region = self.region(query["region"])
        election = election_of(query["purpose"], query.get("election"), region.pk)
        refresh_within(region.pk)
        which = EntryFilter(
            state=query.get("state", ""),
            stage=query.get("stage", ""),
            venue=listed_venue(self.actor, query["venue"]) if "venue" in query else None,
        )
        found = entries(self.actor, region.pk, query["purpose"], election, which)
        response = paginate(request, found, tuple(ENTRY), key="id")
        people = masked(self.actor, response.data["results"], election)
        log_people(by=self.actor, people=(row["resident"] for row in people), kind="missing list")
        response.data["results"] = [{name: row[name] for name in _SHOWN} for row in people]
        response.data["counts"] = whole_of(region.pk, query["purpose"], election)
        response.data["as_of"] = closed_since(region.pk, query["purpose"], election)
        return response


class RollVenues(ScopedApiView):
    """The six states of whoever is at a venue, wherever they live; no prison is among them."""

    permission = Permission.RESIDENTS_VIEW

    @extend_schema(
        operation_id="roll_venues", parameters=[RollQuery], responses=VenueAnswer(many=True)
    )
    def get(self, request: Request) -> Response:
        query = self.query(RollQuery, paged=True)
        region = self.region(query["region"])
        election = election_of(query["purpose"], query.get("election"), region.pk)
        refresh_within(region.pk)
        found = venue_counts(self.actor, region.pk, query["purpose"], election)
        return paginate(request, found, VENUE, key="venue_id")


class RollLists(ScopedApiView):
    """Closes a list now: at once, or within a minute where an office holds many people."""

    permission = Permission.FINDINGS_ACCEPT

    @extend_schema(operation_id="roll_close", request=ListBody, responses={202: ListAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(ListBody)
        office = get_region(body["office"], level=Level.REGENCY, field="office")
        election = self._election(office, body)
        roll_list = ask_to_close(
            by=self.actor, purpose=body["purpose"], office=office, election=election
        )
        if roll_list.asked_at is not None:
            hint(work_on_lists)
        status = f"{reverse('api:roll')}?region={office.pk}&purpose={roll_list.purpose}"
        if election is not None:
            status += f"&election={election.pk}"
        where = request.build_absolute_uri(status)
        answer = {
            "id": roll_list.pk,
            "status": where,
            "purpose": roll_list.purpose,
            "office": office.pk,
            "election": election.pk if election else None,
            "closed_at": roll_list.closed_at,
            "version": roll_list.version,
        }
        return Response(answer, status=202, headers={"Location": where})

    def _election(self, office: Region, body: dict[str, Any]) -> Election | None:
        """Another office than one's own is refused before anything is said of its elections."""
        self.region(office.pk)
        return election_of(body["purpose"], body.get("election"), office.pk)
