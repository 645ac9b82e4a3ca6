"""Documents over the API: asked for, ticked, worked on, handed over; counted, also without persons."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.core.api import (
    DayField,
    Results,
    StrictSerializer,
    TextField,
    WholeNumberField,
    paginate,
    serializer,
)
from dukcapil.core.errors import Invalid
from dukcapil.core.versions import LONGEST_VERSION
from dukcapil.regions.enums import Level
from events.planning.models.event import ServiceEvent
from events.planning.models.requirement import LONGEST_PAPER, MOST_PAPERS
from events.planning.selectors.events import get_event_or_404, require_own_or_404
from registrations.documents.enums import (
    COUNTED,
    DOCUMENT_KINDS,
    DocumentRefusal,
    DocumentState,
    ForWhom,
    Proof,
    Relation,
)
from registrations.documents.models import DocumentRequest
from registrations.documents.selectors import (
    counted_on,
    documents_where,
    get_document_or_404,
    totals_at,
    totals_within,
    version_of,
    with_people,
)
from registrations.documents.services.counts import MOST, set_counts
from registrations.documents.services.requests import (
    LONGEST_NAME,
    ask_once,
    hand_over,
    move_document,
    refuse_document,
    tick_papers,
)
from registrations.people.selectors import get_resident_or_404
from registrations.people.services.lookups import log_people, log_person

#: The most days that are counted together.
MOST_DAYS = 366
_REFUSED = [one for one in DocumentRefusal.choices if one[0] != DocumentRefusal.GONE]
_HERE = "which of `asked_papers` are here; the others are missing"


def _papers() -> serializers.ListField:
    return serializers.ListField(
        child=TextField(max_length=LONGEST_PAPER), max_length=MOST_PAPERS, help_text=_HERE
    )


class DocumentQuery(StrictSerializer):
    state = serializers.ChoiceField(DocumentState.choices, required=False)
    service = serializers.ChoiceField(DOCUMENT_KINDS, required=False)
    event = serializers.UUIDField(required=False, help_text="where it was taken in")
    resident = serializers.UUIDField(required=False)


class DocumentBody(StrictSerializer):
    id = serializers.UUIDField(help_text="UUIDv7 made by the client; the same id again is a replay")
    resident = serializers.UUIDField(help_text="who asks, of the own office")
    service = serializers.ChoiceField(DOCUMENT_KINDS)
    for_whom = serializers.ChoiceField(ForWhom.choices)
    event = serializers.UUIDField(required=False, help_text="of today; without it at the office")
    here = _papers()


class _Seen(StrictSerializer):
    version = TextField(
        max_length=LONGEST_VERSION,
        required=False,
        help_text="of what was shown; 409 where it stands otherwise by now",
    )


class DocumentPapersBody(_Seen):
    here = _papers()


class DocumentMoveBody(_Seen):
    state = serializers.ChoiceField([DocumentState.IN_WORK.value, DocumentState.READY.value])


class DocumentHandOverBody(StrictSerializer):
    relation = serializers.ChoiceField(Relation.choices)
    proof = serializers.ChoiceField(Proof.choices)
    name = TextField(
        max_length=LONGEST_NAME,
        required=False,
        help_text="of who took it, where that is not who asked; kept sealed and told by no call",
    )


class DocumentRefuseBody(StrictSerializer):
    because = serializers.ChoiceField(_REFUSED)


class DocumentAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    resident = serializers.UUIDField()
    name = serializers.CharField(allow_blank=True)
    nik_masked = serializers.CharField(allow_blank=True)
    office = serializers.CharField()
    village = serializers.CharField()
    event = serializers.UUIDField(allow_null=True)
    service = serializers.ChoiceField(DOCUMENT_KINDS)
    for_whom = serializers.ChoiceField(ForWhom.choices)
    state = serializers.ChoiceField(DocumentState.choices)
    asked_papers = serializers.ListField(
        child=serializers.CharField(), help_text="by the rule of the day on which it was asked for"
    )
    lacks = serializers.ListField(child=serializers.CharField(), help_text="what is not here")
    refused_because = serializers.ChoiceField(["", *DocumentRefusal.values])
    relation = serializers.ChoiceField(["", *Relation.values], help_text="who took it")
    proof = serializers.ChoiceField(["", *Proof.values])
    record = serializers.UUIDField(
        allow_null=True, help_text="the ledger's, once it is handed over"
    )
    taken_at = serializers.DateTimeField()
    ready_at = serializers.DateTimeField(allow_null=True)
    handed_at = serializers.DateTimeField(allow_null=True)
    version = serializers.CharField()


class DocumentList(ScopedApiView):
    permission = {"GET": "appointments.view", "POST": "records.log"}

    @extend_schema(parameters=[DocumentQuery], responses=DocumentAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Documents that people asked for, in whatever state. 404 for an event or a person that is not yours."""
        query = self.query(DocumentQuery, paged=True)
        if event := query.get("event"):
            get_event_or_404(self.actor, event)
        if resident := query.get("resident"):
            get_resident_or_404(self.actor, resident)
        response = paginate(request, documents_where(self.actor, **query), ("id",), key="id")
        ids = [row["id"] for row in response.data["results"]]
        found = documents_where(self.actor, pk__in=ids).order_by("pk")
        rows = response.data["results"] = with_people(self.actor, found)
        log_people(by=self.actor, people=(row["resident"] for row in rows), kind="documents")
        return response

    @extend_schema(request=DocumentBody, responses={201: DocumentAnswer, 200: DocumentAnswer})
    def post(self, request: Request) -> Response:
        """Take papers in. Without all of them it is `incomplete`."""
        body = self.body(DocumentBody)
        person = body["resident"] = get_resident_or_404(self.actor, body["resident"])
        if event := body.get("event"):
            body["event"] = get_event_or_404(self.actor, event)
        log_person(by=self.actor, person=person.pk)
        key = body.pop("id")
        document, is_new = ask_once(by=self.actor, document_id=key, **body)
        document.refresh_from_db()
        return Response(with_people(self.actor, [document])[0], status=201 if is_new else 200)


class _OneDocument(ScopedApiView):
    """A step of one document of the own office."""

    permission = "records.log"

    def taken(self, document_id: uuid.UUID) -> DocumentRequest:
        document = get_document_or_404(self.actor, document_id)
        log_person(by=self.actor, person=document.resident_id)
        return document

    def told(self, document: DocumentRequest) -> Response:
        return Response(with_people(self.actor, [document])[0])


class DocumentDetail(_OneDocument):
    permission = "appointments.view"

    @extend_schema(responses=DocumentAnswer)
    def get(self, request: Request, document_id: uuid.UUID) -> Response:
        """One document, with the version that a step names."""
        return self.told(self.taken(document_id))


class DocumentPapers(_OneDocument):
    @extend_schema(request=DocumentPapersBody, responses=DocumentAnswer)
    def post(self, request: Request, document_id: uuid.UUID) -> Response:
        """Say which papers are here now, all of them at once. What is in work goes back where one is missing."""
        body = self.body(DocumentPapersBody)
        return self.told(tick_papers(by=self.actor, request=self.taken(document_id), **body))


class DocumentMove(_OneDocument):
    @extend_schema(request=DocumentMoveBody, responses=DocumentAnswer)
    def post(self, request: Request, document_id: uuid.UUID) -> Response:
        """Into work, ready, or from ready back into work; 409 while papers are missing."""
        body = self.body(DocumentMoveBody)
        return self.told(move_document(by=self.actor, request=self.taken(document_id), **body))


class DocumentHandOver(_OneDocument):
    @extend_schema(request=DocumentHandOverBody, responses=DocumentAnswer)
    def post(self, request: Request, document_id: uuid.UUID) -> Response:
        """Hand it over, with proof; its record is written and counts from now. Twice is 409."""
        body = self.body(DocumentHandOverBody)
        return self.told(hand_over(by=self.actor, request=self.taken(document_id), **body))


class DocumentRefuse(_OneDocument):
    @extend_schema(request=DocumentRefuseBody, responses=DocumentAnswer)
    def post(self, request: Request, document_id: uuid.UUID) -> Response:
        """Refuse it, with the reason; it counts nowhere."""
        body = self.body(DocumentRefuseBody)
        return self.told(refuse_document(by=self.actor, request=self.taken(document_id), **body))


# --- counted --------------------------------------------------------------------------------------


class DocumentCountsQuery(StrictSerializer):
    event = serializers.UUIDField(required=False, help_text="or `region`, `first` and `last`")
    region = TextField(required=False)
    first = DayField(required=False)
    last = DayField(required=False, help_text="without it the first day alone")


AskedRow = serializer(
    "DocumentAskedRow",
    {
        "at": serializers.ChoiceField(["event", "office"], help_text="where it was taken in"),
        "service": serializers.ChoiceField(DOCUMENT_KINDS),
        "for_whom": serializers.ChoiceField(ForWhom.choices),
        "state": serializers.ChoiceField(DocumentState.choices),
        "n": serializers.IntegerField(),
    },
)
CountedRow = serializer(
    "DocumentCountedRow",
    {
        "at": serializers.ChoiceField(["event", "office"]),
        "what": serializers.ChoiceField(COUNTED),
        "n": serializers.IntegerField(),
    },
)


class DocumentCountsAnswer(serializers.Serializer[Any]):
    asked = AskedRow(
        many=True,
        help_text="taken in on these days, by what stands of it now; done is the ledger's",
    )
    counted = CountedRow(many=True, help_text="without persons; what is not there is unknown")


class DocumentCounts(ScopedApiView):
    """What the reports of an event, of a day and of a period say of documents. No people."""

    permission = "records.view"
    pagination_class = Results

    @extend_schema(parameters=[DocumentCountsQuery], responses=DocumentCountsAnswer)
    def get(self, request: Request) -> Response:
        """Of an event; or of the offices of a region, over days. 404 for what is not yours."""
        query = self.query(DocumentCountsQuery)
        if event_id := query.get("event"):
            if len(query) > 1:
                raise Invalid(
                    "event", _("Ask of an event, or of a region and days."), field="event"
                )
            event = require_own_or_404(self.actor, get_event_or_404(self.actor, event_id))
            return Response(totals_at(event.pk))
        if "region" not in query or "first" not in query:
            raise Invalid("region", _("Ask of an event, or of a region and days."), field="region")
        region = self.region(query["region"])
        if region.level not in (Level.NATION, Level.PROVINCE, Level.REGENCY):
            raise Invalid("region", _("Documents are counted of whole offices."), field="region")
        first: date = query["first"]
        last: date = query.get("last", first)
        if not 0 <= (last - first).days < MOST_DAYS:
            text = _("A period runs forward, over at most %(most)s days.")
            raise Invalid("period", text % {"most": MOST_DAYS}, field="last")
        return Response(totals_within(region.pk, first, last))


class OfficeCountQuery(StrictSerializer):
    day = DayField(required=False, help_text="without it today")
    event = serializers.UUIDField(required=False, help_text="where it was counted")


#: Every kind, so that a program knows them; null is unknown.
CountsShape = serializer(
    "CountsWithoutPersons",
    {what: serializers.IntegerField(allow_null=True) for what, _label in COUNTED},
)
CountsSent = serializer(
    "CountsSent",
    {
        what: WholeNumberField(required=False, min_value=0, max_value=MOST)
        for what, _label in COUNTED
    },
    StrictSerializer,
)


class OfficeCountBody(StrictSerializer):
    day = DayField()
    event = serializers.UUIDField(required=False, help_text="where it was counted")
    counts = CountsSent(help_text="0: there were none; what is left out stays as it was said")
    version = TextField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_VERSION,
        help_text="of what was shown, empty where nothing was counted; 409 where somebody said more",
    )


class OfficeCountAnswer(serializers.Serializer[Any]):
    office = serializers.CharField()
    day = serializers.DateField()
    event = serializers.UUIDField(allow_null=True)
    counts = CountsShape()
    version = serializers.CharField(allow_blank=True)


class OfficeCountList(ScopedApiView):
    """What the own office counted of a day by nobody's name."""

    permission = "records.log"
    pagination_class = Results
    also_answers = (404,)

    @extend_schema(parameters=[OfficeCountQuery], responses=OfficeCountAnswer)
    def get(self, request: Request) -> Response:
        query = self.query(OfficeCountQuery)
        return Response(self._said(query.get("day", self.actor.today), self._event(query)))

    @extend_schema(request=OfficeCountBody, responses={201: OfficeCountAnswer})
    def post(self, request: Request) -> Response:
        """Say how many of each were made, where nothing is kept of persons. What was said stays as history."""
        body = self.body(OfficeCountBody)
        event, day = self._event(body), body["day"]
        version = body.get("version")
        set_counts(by=self.actor, day=day, event=event, counts=body["counts"], version=version)
        return Response(self._said(day, event), status=201)

    def _event(self, asked: dict[str, Any]) -> ServiceEvent | None:
        if "event" not in asked:
            return None
        return require_own_or_404(self.actor, get_event_or_404(self.actor, asked["event"]))

    def _said(self, day: date, event: ServiceEvent | None) -> dict[str, Any]:
        place = (self.actor.office or "", day, event.pk if event else None)
        said = counted_on(*place)
        return {
            "office": self.actor.office,
            "day": day,
            "event": place[2],
            "counts": {what: said.get(what) for what, _label in COUNTED},
            "version": version_of(*place),
        }
