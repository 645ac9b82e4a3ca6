"""The ledger over the API: list, log one or many, void, accept."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.core.api import (
    DayField,
    MomentField,
    Results,
    StrictSerializer,
    TextField,
    WholeNumberField,
    list_columns,
    paginate,
    shown,
)
from dukcapil.core.errors import Invalid
from dukcapil.core.http import StrictJSONParser
from dukcapil.core.openapi import ProblemField
from dukcapil.core.plain_reader import PlainReader
from dukcapil.core.problems import of_domain, pointers, problem
from events.planning.enums import Service
from registrations.api.residents import WarningAnswer
from registrations.ledger.enums import (
    CardFate,
    CardUsed,
    HandoverProof,
    Outcome,
    Receiver,
    RowKind,
    SetAside,
)
from registrations.ledger.models import REASONS, ServiceRecord
from registrations.ledger.selectors import get_record_or_404
from registrations.ledger.services.activations import GOES_ALONG
from registrations.ledger.services.batch import log_batch
from registrations.ledger.services.corrections import accept_record, void_record
from registrations.ledger.services.entries import Entry
from registrations.ledger.services.ledger import log_service
from registrations.ledger.validators import (
    LONGEST_NAME,
    NAMED_ONCE,
    NO_CARD_LEFT,
    is_named_once,
)
from registrations.people.services.lookups import log_people
from registrations.people.validators import parse_nik

#: Rows of one batch; a day's queue of a field laptop is smaller.
LARGEST_BATCH = 2000


#: Exactly one of them names the person.
_NAMES = ("resident", "nik", "ticket")


class RecordBody(StrictSerializer):
    id = serializers.UUIDField(help_text="UUIDv7 made by the client; the same id again is a replay")
    service = serializers.ChoiceField(Service.choices)
    outcome = serializers.ChoiceField(Outcome.choices)
    reason = serializers.ChoiceField(
        REASONS, required=False, help_text="why it failed; of a printed card, why it was printed"
    )
    resident = serializers.UUIDField(required=False)
    nik = TextField(required=False)
    ticket = TextField(required=False, max_length=10)
    session = serializers.UUIDField(required=False)
    event = serializers.UUIDField(required=False)
    occurred_at = MomentField()
    device = TextField(required=False, max_length=60)
    note = TextField(required=False, max_length=300)
    card_used = serializers.ChoiceField(
        CardUsed.choices,
        required=False,
        help_text="of a print that failed: how its card was spoiled, as its reason allows",
    )
    receiver = serializers.ChoiceField(
        Receiver.choices, required=False, help_text="who took a card that was handed over"
    )
    receiver_name = TextField(
        required=False, max_length=LONGEST_NAME, help_text="of somebody else than the person"
    )
    proof = serializers.ChoiceField(
        HandoverProof.choices, required=False, help_text="needed with `receiver`"
    )
    device_now = MomentField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        names = {name: attrs.get(name) for name in _NAMES}
        if not is_named_once(**names):
            raise serializers.ValidationError({"resident": [NAMED_ONCE]})
        return attrs


@cache
def plain_rows() -> PlainReader:
    """What most rows of a batch are read with: the serializer once a row took two thirds of its time."""
    return PlainReader(RecordBody, _is_named_once)


def _is_named_once(row: Mapping[str, Any]) -> bool:
    return ("resident" in row) + ("nik" in row) + ("ticket" in row) == 1


class _Rows(serializers.ListField):
    """Each is read by itself, below; that they are JSON the parser knows."""

    def run_child_validation(self, data: Any) -> list[Any]:
        return list(data)


class BatchBody(StrictSerializer):
    records = _Rows(
        child=serializers.JSONField(allow_null=True), allow_empty=False, max_length=LARGEST_BATCH
    )
    device_now = MomentField(required=False)


class ReasonBody(StrictSerializer):
    reason = TextField(max_length=300)


class VoidBody(ReasonBody):
    card = serializers.ChoiceField(
        CardFate.choices,
        required=False,
        help_text="what became of the card: needed for a print that was done, for nothing else",
    )


class RecordQuery(StrictSerializer):
    resident = serializers.UUIDField(required=False)
    event = serializers.UUIDField(required=False)
    session = serializers.UUIDField(required=False)
    service = serializers.ChoiceField(Service.choices, required=False)
    service_date = DayField(required=False)
    weight = WholeNumberField(required=False, help_text="0 finds what was set aside")


@extend_schema_serializer(exclude_fields=["ref", "clock_skew"])  # answered, not promised
class RecordAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(RowKind.choices, source="row_kind")
    ref = serializers.UUIDField(source="ref_id", allow_null=True)
    office = serializers.CharField(source="office_id")
    seq = serializers.IntegerField()
    service = serializers.CharField()
    outcome = serializers.CharField()
    reason = serializers.CharField()
    category = serializers.CharField()
    resident = serializers.UUIDField(source="resident_id")
    domicile = serializers.CharField(source="domicile_id")
    place = serializers.CharField(source="place_id")
    event = serializers.UUIDField(allow_null=True, source="event_id")
    session = serializers.UUIDField(allow_null=True, source="session_id")
    occurred_at = serializers.DateTimeField()
    timezone = serializers.CharField()
    service_date = DayField()
    received_at = serializers.DateTimeField()
    clock_skew = serializers.IntegerField(allow_null=True)
    weight = serializers.IntegerField()
    set_aside = serializers.BooleanField(source="*")
    set_aside_code = serializers.ChoiceField(
        ["", *SetAside.values], help_text="why it was set aside, whatever was decided since"
    )
    card_used = serializers.CharField(
        help_text="what is said of a card, with a print that failed or by a void; may be empty"
    )
    hash = serializers.CharField()


class LoggedAnswer(RecordAnswer):
    warnings = WarningAnswer(
        many=True, help_text="`no-card-left`: served, none was left by the ledger"
    )


COLUMNS = list_columns(RecordAnswer)


class BatchAnswer(serializers.Serializer[Any]):
    id = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(["created", "already", "set-aside", "rejected"])
    code = serializers.ChoiceField(
        SetAside.choices, required=False, help_text="why the record was set aside"
    )
    problem = ProblemField(required=False)
    warnings = WarningAnswer(many=True, required=False)


def shape(row: dict[str, Any]) -> dict[str, Any]:
    is_set_aside = row["kind"] == RowKind.RECORD and row["weight"] == 0
    return row | {"hash": bytes(row["hash"]).hex(), "set_aside": is_set_aside}


def answer(record: ServiceRecord) -> dict[str, Any]:
    return shape(shown(record, COLUMNS))


def warnings_of(*, card_missing: bool) -> list[dict[str, Any]]:
    if not card_missing:
        return []
    return [{"field": "id", "code": "no-card-left", "detail": str(NO_CARD_LEFT)}]


def entry_of(values: dict[str, Any]) -> Entry:
    """`values` of `RecordBody`, read."""
    fields = dict(values)
    fields.pop("device_now", None)
    if nik := fields.get("nik"):
        fields["nik"] = parse_nik(nik).text
    return Entry.of(fields)


class RecordList(ScopedApiView):
    permission = {"GET": "records.view", "POST": "records.log"}

    @extend_schema(parameters=[RecordQuery], responses=RecordAnswer(many=True))
    def get(self, request: Request) -> Response:
        records = ServiceRecord.objects.visible_to(self.actor).filter(
            **self.query(RecordQuery, paged=True)
        )
        response = paginate(request, records, COLUMNS, key="id", shape=shape)
        people = (row["resident"] for row in response.data["results"])
        log_people(by=self.actor, people=people, kind="record list")
        return response

    @extend_schema(request=RecordBody, responses={200: LoggedAnswer, 201: LoggedAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(RecordBody)
        record, new = log_service(
            by=self.actor, entry=entry_of(body), device_now=body.get("device_now")
        )
        logged = answer(record) | {"warnings": warnings_of(card_missing=record.card_missing)}
        return Response(logged, status=201 if new else 200)


class BatchParser(StrictJSONParser):
    """Takes a bare list of records too: a queue is a list."""

    def shaped(self, data: Any) -> dict[str, Any]:
        return {"records": data} if isinstance(data, list) else super().shaped(data)


class RecordBatch(ScopedApiView):
    """Each row gets its answer; a bad row never refuses the others."""

    permission = "records.log"
    pagination_class = Results
    parser_classes = [BatchParser]

    @extend_schema(request=BatchBody, responses=BatchAnswer(many=True))
    def post(self, request: Request) -> Response:
        body = self.body(BatchBody)
        answers: list[dict[str, Any]] = []
        entries: list[Entry] = []
        plain = plain_rows()
        # Once for all rows: DRF copies every field for each serializer that it makes.
        fields = RecordBody().fields
        for raw in body["records"]:
            sent = raw.get("id") if isinstance(raw, dict) else None
            answers.append({"id": sent if isinstance(sent, str) else None})
            if why := self._read(raw, plain, fields, entries):
                answers[-1] |= {"status": "rejected", "problem": why}
        entry_answers = iter(
            log_batch(by=self.actor, entries=entries, device_now=body.get("device_now"))
        )
        for row in answers:
            if "status" not in row:
                entry_answer = next(entry_answers)
                row["status"] = entry_answer.status
                if entry_answer.set_aside_code:
                    row["code"] = entry_answer.set_aside_code
                if entry_answer.card_missing:
                    row["warnings"] = warnings_of(card_missing=True)
                if entry_answer.error:
                    row["problem"] = of_domain(entry_answer.error)
        return Response({"results": answers})

    @staticmethod
    def _read(
        raw: Any, plain: PlainReader, fields: Any, entries: list[Entry]
    ) -> dict[str, Any] | None:
        values = plain.read(raw)
        if values is None:
            bound = RecordBody(data=raw)
            bound.fields = fields
            if not bound.is_valid():
                return problem(422, errors=pointers(bound.errors))
            values = bound.validated_data
        try:
            entries.append(entry_of(values))
        except Invalid as error:
            return of_domain(error)
        return None


class RecordDetail(ScopedApiView):
    permission = "records.view"

    @extend_schema(responses=RecordAnswer)
    def get(self, request: Request, record_id: uuid.UUID) -> Response:
        record = get_record_or_404(self.actor, record_id)
        log_people(by=self.actor, people=[record.resident_id], kind="record")
        return Response(answer(record))


class RecordVoid(ScopedApiView):
    permission = "records.void"

    @extend_schema(request=VoidBody, responses={200: RecordAnswer, 201: RecordAnswer})
    def post(self, request: Request, record_id: uuid.UUID) -> Response:
        """Take a record back. With a recording goes the IKD activation that stood on it, by a row of its
        own; pages ask before.
        """
        record = get_record_or_404(self.actor, record_id)
        later, new = void_record(
            by=self.actor, record=record, confirm=[GOES_ALONG], **self.body(VoidBody)
        )
        return Response(answer(later), status=201 if new else 200)


class RecordAccept(ScopedApiView):
    permission = "records.accept"

    @extend_schema(request=ReasonBody, responses={200: RecordAnswer, 201: RecordAnswer})
    def post(self, request: Request, record_id: uuid.UUID) -> Response:
        record = get_record_or_404(self.actor, record_id)
        later, new = accept_record(by=self.actor, record=record, **self.body(ReasonBody))
        return Response(answer(later), status=201 if new else 200)
