"""Somebody who was recorded is called again: what the centre holds of them failed, or is gone."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor, of_office, scoped
from dukcapil.accounts.services import log_access, require
from dukcapil.accounts.validators import refuse_number
from dukcapil.core.db import rows, service
from dukcapil.core.errors import Conflict, Invalid, NotFound, Refused
from dukcapil.core.ids import uuid7
from dukcapil.core.locks import Lock, hold
from dukcapil.regions.enums import today_in
from registrations.findings.services.persons import missing_again
from registrations.ledger.models import LedgerHead, ServiceRecord
from registrations.ledger.services.activations import activation_left, take_along
from registrations.ledger.services.rewriting import hold_ledger, take_back_one
from registrations.people.enums import CalledAgain
from registrations.people.models import RecordingReopened, Resident
from registrations.people.selectors import lives_outside

#: A later day is a slip of the pen: no adjudication takes so long.
LONGEST_WAIT = timedelta(days=730)


@dataclass(frozen=True)
class Counting:
    """The record that counts as a person's recording, wherever in the nation it was written."""

    record: uuid.UUID
    office: str


@service
def reopen_recording(
    *, by: Actor, resident: Resident, reason: str, may_return_on: date, evidence: str = ""
) -> RecordingReopened:
    """The person is missing again from today on, and the next recording counts. Voids the record that
    counts, or ends the date that was known, and the IKD activation that stood on it; the visit of then
    stays served.

    A record of another office is voided in that office's ledger, by the office of the home or its
    province. Raises Conflict `not-recorded`, `not-at-home`.
    """
    require(by, Permission.RECORDS_ACCEPT)
    if not by.covers(resident.office_id):
        raise Refused("forbidden", _("This person is held by another office."))
    kind = _reason(reason)
    evidence = _evidence(evidence)
    _check_day(may_return_on, today_in(resident.office_id))
    person, counting = _hold(by, resident)
    row = RecordingReopened(
        id=uuid7(),
        resident=person,
        office_id=person.office_id,
        reason=kind,
        may_return_on=may_return_on,
        evidence=evidence,
        reopened_on=today_in(person.office_id),
        by_id=by.user_id,
    )
    earlier = None
    if counting is not None:
        _void(by, person, counting, row)
    elif person.known_recorded_on is not None:
        earlier = _taken_off_before(person, person.known_recorded_on)
        if earlier is None:
            _know_no_more(person, person.known_recorded_on, row)
    else:
        raise Conflict(
            "not-recorded",
            _("Nothing is known of a recording of this person: nothing can be called again."),
        )
    if person.known_recorded_on is not None:
        person.known_recorded_on = None
        person.save(update_fields=["known_recorded_on"])
    missing_again(by, person)
    if (activation := activation_left(person.pk, person.office_id)) is not None:
        take_along(by, activation, str(kind.label))
    if earlier is None:
        row.save(force_insert=True)
    else:
        row = earlier
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="recording called again",
        subject=str(person.pk),
        case=str(row.pk),
    )
    return row


def _reason(reason: str) -> CalledAgain:
    if reason not in CalledAgain.values:
        raise Invalid("reason", _("Choose why the person is called again."), field="reason")
    return CalledAgain(reason)


def _evidence(text: str) -> str:
    tidy = " ".join(text.split())
    refuse_number(tidy, field="evidence")
    return tidy[:300]


def _check_day(day: date, today: date) -> None:
    if day < today:
        raise Invalid("may-return-on", _("Choose today or a later day."), field="may_return_on")
    if day > today + LONGEST_WAIT:
        raise Invalid(
            "may-return-on",
            _("This is more than two years ahead: check the year."),
            field="may_return_on",
        )


def _hold(by: Actor, resident: Resident) -> tuple[Resident, Counting | None]:
    """The person, locked after the ledgers of both offices: first the one with the lower code, so that
    two offices that call the same person again wait for each other and for nothing else.
    """
    counting = recording_of(resident.pk)
    held = sorted({resident.office_id, *([counting.office] if counting else [])})
    for office in held:
        hold_ledger(office)
    person = (
        Resident.objects.visible_to(by)
        .select_for_update(of=("self",))
        .filter(pk=resident.pk)
        .first()
    )
    if person is None:
        raise NotFound
    counting = recording_of(person.pk)
    if counting is not None and counting.office not in held:
        raise Conflict(
            "recorded-elsewhere",
            _("Another office recorded this number at the same moment. Try again."),
        )
    return person, counting


def recording_of(resident: uuid.UUID) -> Counting | None:
    found = rows("SELECT record_id, office_id FROM recording_of(%s)", [resident])
    return Counting(*found[0]) if found else None


def _void(by: Actor, person: Resident, counting: Counting, row: RecordingReopened) -> None:
    elsewhere = counting.office != person.office_id
    if elsewhere and lives_outside(person.office_id, person.village_id):
        raise Conflict(
            "not-at-home",
            _("Another office recorded this person. The office of the home calls them again."),
        )
    # A rule of the house in the other office's ledger: nobody sees its rows by it.
    with scoped(of_office(counting.office)):
        record = ServiceRecord.everything.get(pk=counting.record)
        note = f"{row.get_reason_display()} ({row.pk})"
        void = take_back_one(by, record, note)
    row.record, row.void = record.pk, void.pk
    row.domicile_id, row.place_id = record.domicile_id, record.place_id
    row.counted_on = max(record.service_date, record.counts_from or record.service_date)
    row.chain_id, row.seq = void.office_id, void.seq


def _taken_off_before(person: Resident, known: date) -> RecordingReopened | None:
    """Figures know already that this recording ended: they take nobody off twice (two rows of one
    person, merged, may bring the same date again).
    """
    earlier = RecordingReopened.everything.filter(
        resident=person, void=None, counted_on__lte=known, reopened_on__gte=known
    )
    return earlier.order_by("-at", "-pk").first()


def _know_no_more(person: Resident, known: date, row: RecordingReopened) -> None:
    """No ledger holds the recording: a release goes by the moment, and is not cut until this is written."""
    hold(Lock.KNOWN, shared=True)
    head = LedgerHead.objects.filter(office_id=person.office_id).first()
    row.domicile_id = row.place_id = person.village_id
    row.counted_on = known
    row.chain_id, row.seq = person.office_id, (head.seq if head else 0) + 1
