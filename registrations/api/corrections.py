"""Correcting people over the API: other data, another NIK, two rows made one, called again, erasing."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.core.api import DayField, StrictSerializer, TextField
from dukcapil.core.errors import Invalid
from dukcapil.regions.enums import Level
from dukcapil.regions.selectors import get_region
from registrations.api.residents import NewResidentAnswer, ResidentAnswer, resident_answer
from registrations.api.residents import ResidentDetail as Looked
from registrations.corrections.services.called_again import reopen_recording
from registrations.corrections.services.correcting import correct
from registrations.corrections.services.merging import merge
from registrations.corrections.services.numbers import replace_nik
from registrations.oversight.services.erasing import erase_person
from registrations.people.enums import CalledAgain, ChangeState, MaritalStatus, Sex
from registrations.people.models import Resident
from registrations.people.selectors import category_today, get_resident_or_404
from registrations.people.services.lookups import log_person
from registrations.people.services.residents import judge_held
from registrations.people.validators import parse_nik


class CorrectionBody(StrictSerializer):
    name = TextField(required=False, help_text="at most 150 characters")
    birth_date = DayField(required=False)
    sex = serializers.ChoiceField(Sex.choices, required=False)
    marital_status = serializers.ChoiceField(MaritalStatus.choices, required=False)
    village = TextField(required=False)
    address = TextField(required=False, allow_blank=True, help_text="at most 250 characters")
    rt = TextField(required=False, allow_blank=True, help_text="up to three digits")
    rw = TextField(required=False, allow_blank=True, help_text="up to three digits")
    moved_on = DayField(
        required=False, help_text="the day of a real move; records keep the village of their day"
    )
    reason = TextField(max_length=300)
    confirm = serializers.ListField(
        child=TextField(max_length=40),
        required=False,
        max_length=10,
        help_text="the words of a 409 that asks: moves-figures",
    )


class ReplaceNikBody(StrictSerializer):
    nik = TextField(help_text="16 digits, as text")
    reason = TextField(max_length=300)


class MergeBody(StrictSerializer):
    into = serializers.UUIDField(help_text="the person who stays")
    reason = TextField(max_length=300)


class EraseBody(StrictSerializer):
    reason = TextField(max_length=300, help_text="No person's name.")
    case = TextField(max_length=100, help_text="the number of the written request")


class ReopenRecordingBody(StrictSerializer):
    reason = serializers.ChoiceField(CalledAgain.choices)
    may_return_on = DayField(help_text="from when on the person may be recorded again")
    evidence = TextField(
        required=False,
        allow_blank=True,
        max_length=300,
        help_text="number and date of the centre's letter. No person's name.",
    )


class ReopenedAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    resident = serializers.UUIDField()
    reason = serializers.ChoiceField(CalledAgain.choices)
    may_return_on = serializers.DateField()
    reopened_on = serializers.DateField(help_text="missing again from this day on")


class ProposedAnswer(serializers.Serializer[Any]):
    proposal = serializers.UUIDField()
    state = serializers.CharField()


class ErasedAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="answers 404 from now on")
    erased = serializers.BooleanField()


def _changed(resident: Resident) -> dict[str, Any]:
    return resident_answer(resident) | {
        "category": category_today(resident),
        "warnings": [
            {"field": remark.field, "code": remark.code, "detail": remark.detail}
            for remark in judge_held(resident)
        ],
    }


class ResidentDetail(Looked):
    permission = {"GET": "residents.view", "PATCH": "residents.correct"}

    @extend_schema(request=CorrectionBody, responses=NewResidentAnswer)
    def patch(self, request: Request, resident_id: uuid.UUID) -> Response:
        """Correct data. Asks (409, `confirm`) where services are recorded and a birth date or a village
        was wrong from the start: they are voided and recorded anew.
        """
        resident = get_resident_or_404(self.actor, resident_id)
        body = self.body(CorrectionBody)
        if "village" in body:
            body["village"] = get_region(body["village"], level=Level.VILLAGE, field="village")
        asked = {name: body.pop(name) for name in ("reason", "moved_on", "confirm") if name in body}
        log_person(by=self.actor, person=resident.pk)
        corrected = correct(by=self.actor, resident=resident, changes=body, **asked)
        return Response(_changed(Resident.objects.get(pk=corrected.pk)))


class ResidentReplaceNik(ScopedApiView):
    permission = "residents.correct"
    #: A stored answer tells whether a number is held.
    keeps_answers = False

    @extend_schema(request=ReplaceNikBody, responses={200: NewResidentAnswer, 202: ProposedAnswer})
    def post(self, request: Request, resident_id: uuid.UUID) -> Response:
        """Replace a wrong NIK: at once by the head (200), by a clerk as a proposal (202)."""
        resident = get_resident_or_404(self.actor, resident_id)
        body = self.body(ReplaceNikBody)
        nik = parse_nik(body["nik"])
        log_person(by=self.actor, person=resident.pk)
        change = replace_nik(by=self.actor, resident=resident, nik=nik, reason=body["reason"])
        if change.state == ChangeState.OPEN:
            return Response({"proposal": change.pk, "state": change.state}, status=202)
        return Response(_changed(Resident.objects.get(pk=resident.pk)))


class ResidentMerge(ScopedApiView):
    permission = "residents.decide"

    @extend_schema(request=MergeBody, responses=ResidentAnswer)
    def post(self, request: Request, resident_id: uuid.UUID) -> Response:
        """Everything of this person goes to another row of the same person; this id answers 404 then."""
        resident = get_resident_or_404(self.actor, resident_id)
        body = self.body(MergeBody)
        into = Resident.objects.visible_to(self.actor).filter(pk=body["into"]).first()
        if into is None:
            raise Invalid("into", _("No person of your office has this id."), field="into")
        for person in (resident, into):
            log_person(by=self.actor, person=person.pk)
        stays = merge(by=self.actor, resident=resident, into=into, reason=body["reason"])
        return Response(resident_answer(stays))


class ResidentReopenRecording(ScopedApiView):
    permission = "records.accept"

    @extend_schema(request=ReopenRecordingBody, responses={201: ReopenedAnswer})
    def post(self, request: Request, resident_id: uuid.UUID) -> Response:
        """What the centre holds of a recorded person failed, or is gone: the person is missing again, and
        the next recording counts. 409 where nothing is known of a recording.
        """
        resident = get_resident_or_404(self.actor, resident_id)
        body = self.body(ReopenRecordingBody)
        log_person(by=self.actor, person=resident.pk)
        reopened = reopen_recording(by=self.actor, resident=resident, **body)
        return Response(
            {
                "id": reopened.pk,
                "resident": reopened.resident_id,
                "reason": reopened.reason,
                "may_return_on": reopened.may_return_on,
                "reopened_on": reopened.reopened_on,
            },
            status=201,
        )


class ResidentErase(ScopedApiView):
    permission = "residents.erase"

    @extend_schema(request=EraseBody, responses=ErasedAnswer)
    def post(self, request: Request, resident_id: uuid.UUID) -> Response:
        """Blank the person's data and refuse the number from now on. Counts stay as they are."""
        resident = get_resident_or_404(self.actor, resident_id)
        body = self.body(EraseBody)
        erase_person(by=self.actor, resident=resident, **body)
        return Response({"id": resident.pk, "erased": True})
