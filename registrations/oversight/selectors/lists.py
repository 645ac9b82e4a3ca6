"""Columns and rows of each list of people that may be taken out."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any, cast
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import dicts
from dukcapil.core.errors import Invalid
from dukcapil.core.templatetags.figures import masked
from dukcapil.regions.enums import zone_of
from events.planning.enums import Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from registrations.booking.enums import AppointmentState, WaitState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.waiting import Waiting
from registrations.booking.selectors.residents import YES, filter_from, residents
from registrations.documents.enums import DocumentState, ForWhom, Relation
from registrations.documents.selectors import documents_of
from registrations.ledger.enums import Failure
from registrations.ledger.models import ServiceRecord
from registrations.lifecycle.selectors import absentees
from registrations.oversight.enums import ExportKind
from registrations.oversight.models import Export
from registrations.people.enums import MaritalStatus, Sex
from registrations.people.selectors import (
    COLUMNS,
    STAGE_COLUMNS,
    masked_rows,
    with_stages,
)
from registrations.roll.selectors import rows_to_mend
from registrations.voters.enums import Verdict
from registrations.voters.selectors.lists import result_rows

#: People read between two checks of the asker's right.
CHUNK = 500
#: A list of more people is a copy of the register, and more than a job's memory.
LONGEST = 50_000
#: Raises when the asker's right to the list has ended.
RightCheck = Callable[[], None]
Rows = Callable[[Export, Actor, RightCheck], Iterator[list[str]]]


class TooLong(Exception):
    """More people than one file may take out."""


def _residents(export: Export, actor: Actor, check_right: RightCheck) -> Iterator[list[str]]:
    which = filter_from(export.filters)
    # Who is recorded is read with every piece: of all at once it would be asked anew for each.
    most = None if which.recorded else LONGEST
    taken = 0
    for chunk in _chunks(residents(actor, which), COLUMNS, check_right, most=most):
        for row in masked_rows(chunk):
            if which.recorded and (row["recorded_on"] is not None) != (which.recorded == YES):
                continue
            if (taken := taken + 1) > LONGEST:
                raise TooLong
            yield [
                *(row["name"], masked(row["nik_masked"]), str(row["birth_date"])),
                *(str(Sex(row["sex"]).label), str(MaritalStatus(row["marital_status"]).label)),
                *(row["village_name"], row["address"], row["rt"], row["rw"]),
                *(str(row["recorded_on"] or ""), str(row["stage"].label)),
            ]


_PERSON = (
    *("resident__identity__name", "resident__identity__nik_masked", "resident__village__name"),
    *STAGE_COLUMNS,
)
_QUEUE = ("id", "ticket", "services", "state", "expected_at", "group__name", *_PERSON)
_WAITING = ("id", "services", "state", "created_at", "group__name", *_PERSON)


def _person(row: dict[str, Any]) -> list[str]:
    name, number, village = (row[column] for column in _PERSON[:3])
    return [name, masked(number), village]


def _queue(export: Export, actor: Actor, check_right: RightCheck) -> Iterator[list[str]]:
    zone = _zone(export)
    booked = Appointment.objects.visible_to(actor).filter(session_id=export.session_id)
    for chunk in _chunks(booked, _QUEUE, check_right):
        for row in with_stages(chunk):
            hour = row["expected_at"]
            yield [
                *(row["ticket"], *_person(row), row["group__name"] or ""),
                f"{hour.astimezone(zone):%H.%M}" if hour else "",
                _services(row["services"]),
                *(str(AppointmentState(row["state"]).label), str(row["stage"].label)),
            ]


def _waiting(export: Export, actor: Actor, check_right: RightCheck) -> Iterator[list[str]]:
    zone = _zone(export)
    waits = Waiting.objects.visible_to(actor).filter(session_id=export.session_id)
    for chunk in _chunks(waits, _WAITING, check_right):
        for row in with_stages(chunk):
            yield [
                *(*_person(row), row["group__name"] or ""),
                f"{row['created_at'].astimezone(zone):%Y-%m-%d %H.%M}",
                _services(row["services"]),
                *(str(WaitState(row["state"]).label), str(row["stage"].label)),
            ]


def _missing(export: Export, actor: Actor, check_right: RightCheck) -> Iterator[list[str]]:
    check_right()
    # The constraint `export_event` sees to it that there is one.
    missing = absentees(actor, cast("ServiceEvent", export.event))
    if len(missing) > LONGEST:
        raise TooLong
    for absentee in missing:
        yield [
            absentee.name,
            masked(absentee.nik_masked),
            absentee.village,
            absentee.group,
            ", ".join(absentee.labels),
            absentee.why,
        ]


_MENDED = (
    *("nik", "name", "birth_date", "sex", "village", "address", "rt", "rw", "rt_rw"),
    *("marital_status", "recorded_on"),
)


def _mend(export: Export, actor: Actor, check_right: RightCheck) -> Iterator[list[str]]:
    """Rows that an import left, as the list had them, so that the file can be brought again."""
    check_right()
    # The constraint `export_import` sees to it that there is one.
    for count, row in enumerate(rows_to_mend(actor, cast("uuid.UUID", export.of_import))):
        if count == LONGEST:
            raise TooLong
        if count % CHUNK == CHUNK - 1:
            check_right()
        said = row.person or {}
        cells = [row.cells.get(name) or said.get(name, "") for name in _MENDED]
        yield [*cells, row.why, str(row.number)]


def _zone(export: Export) -> ZoneInfo:
    """Of the place of the session, which `export_session` sees to."""
    return ZoneInfo(cast("ServiceSession", export.session).event.village.timezone)


def _services(names: list[str]) -> str:
    return ", ".join(str(Service(name).label) for name in names)


#: Which documents: a state, or `open`; and perhaps of an event.
OF_DOCUMENTS = "dokumen="
_DOCUMENT = (
    *("id", "service", "for_whom", "state", "lacks", "taken_at", "handed_at", "relation"),
    *("resident__identity__name", "resident__identity__nik_masked", "resident__village__name"),
)


def documents_asked(state: str, event: uuid.UUID | None) -> str:
    """What `_documents` reads again. Raises Invalid for a state that there is not."""
    if state and state not in DocumentState.values:
        raise Invalid("state", _("No document has this state."), field="state")
    return f"{OF_DOCUMENTS}{state or 'open'}&kegiatan={event or ''}"


def _documents(export: Export, actor: Actor, check_right: RightCheck) -> Iterator[list[str]]:
    asked = dict(parse_qsl(export.filters))
    state, event = asked["dokumen"], asked.get("kegiatan")
    zone = ZoneInfo(zone_of(export.office_id))
    found = documents_of(
        actor,
        state="" if state == "open" else state,
        event=uuid.UUID(event) if event else None,
    ).select_related(None)
    for chunk in _chunks(found, _DOCUMENT, check_right):
        for row in chunk:
            handed = row["handed_at"]
            yield [
                *(row["resident__identity__name"], masked(row["resident__identity__nik_masked"])),
                row["resident__village__name"],
                str(Service(row["service"]).label),
                str(ForWhom(row["for_whom"]).label),
                str(DocumentState(row["state"]).label),
                "; ".join(row["lacks"]),
                f"{row['taken_at'].astimezone(zone):%Y-%m-%d}",
                f"{handed.astimezone(zone):%Y-%m-%d}" if handed else "",
                str(Relation(row["relation"]).label) if row["relation"] else "",
            ]


def _chunks(
    people: QuerySet,
    columns: tuple[str, ...],
    check_right: RightCheck,
    most: int | None = LONGEST,
) -> Iterator[list[dict[str, Any]]]:
    """Pieces in the order of ids; before each one the asker's right is checked again."""
    if most is not None and people.count() > most:
        raise TooLong
    last: object = None
    while True:
        check_right()
        after = people.filter(pk__gt=last) if last else people
        chunk = list(after.order_by("pk").values(*columns)[:CHUNK])
        if not chunk:
            return
        yield chunk
        last = chunk[-1]["id"]


#: Of a destruction: when what it destroyed began to gather, for each class, and which records it is of.
_SPOILED_SINCE = """
SELECT spoiled.record FROM events_movement destroyed
  JOIN events_movement every ON every.target_id = destroyed.target_id
   AND every.minutes_number = destroyed.minutes_number AND every.minutes_on = destroyed.minutes_on
  JOIN events_movement spoiled ON spoiled.target_id = every.source_id AND spoiled.record IS NOT NULL
   AND spoiled.received_at <= every.received_at
   AND spoiled.received_at > coalesce((
       SELECT max(before.received_at) FROM events_movement before
        WHERE before.source_id = every.source_id AND before.target_id = every.target_id
          AND before.received_at < every.received_at), '-infinity')
 WHERE destroyed.id = %(movement)s AND destroyed.target_kind = 'destroyed'
"""
_CARD = (
    *("id", "service_date", "reason", "resident__identity__name"),
    *("resident__identity__nik_masked", "resident__village__name", "resident__identity__address"),
)
DESTROYED = "musnah="


def _annex(export: Export, actor: Actor, check_right: RightCheck) -> Iterator[list[str]]:
    """Whose card was spoiled, of the cards that were destroyed by the same minutes."""
    movement = export.filters.removeprefix(DESTROYED)
    records = [row["record"] for row in dicts(_SPOILED_SINCE, {"movement": movement})]
    spoiled = ServiceRecord.objects.visible_to(actor).filter(pk__in=records)
    for chunk in _chunks(spoiled, _CARD, check_right):
        for row in chunk:
            yield [
                row["resident__identity__name"],
                masked(row["resident__identity__nik_masked"]),
                *(row["resident__village__name"], row["resident__identity__address"]),
                str(row["service_date"]),
                str(Failure(row["reason"]).label) if row["reason"] in Failure.values else "",
            ]


#: Rows of the result of a voters' list that a workbook takes; as CSV it may be longer, for nobody stands
#: in it.
LONGEST_RESULT, LONGEST_SHEET = 2_000_000, 100_000
OF_VOTERS = "pemilih="


def _voters(export: Export, actor: Actor, check_right: RightCheck) -> Iterator[list[str]]:
    """Number of the row, class and code. A workbook says the class in words."""
    check_right()
    is_sheet = export.kind == ExportKind.VOTERS
    most = LONGEST_SHEET if is_sheet else LONGEST_RESULT
    list_id = uuid.UUID(export.filters.removeprefix(OF_VOTERS))
    for count, (number, verdict, differs, code) in enumerate(result_rows(actor, list_id)):
        if count == most:
            raise TooLong
        if count % CHUNK == CHUNK - 1:
            check_right()
        yield [number, str(Verdict(verdict).label) if is_sheet else verdict, differs, code]


_WHO = (_("Name"), "NIK", _("Village"))
_RESULT = (_("Row of the list"), _("Class"), _("Differs in"), _("Code"))
_ASKED = (
    *(*_WHO, _("Document"), _("Whom it is for"), _("State"), _("Missing"), _("Asked")),
    *(_("Given out"), _("Who takes it")),
)
LISTS: dict[ExportKind, tuple[tuple[Any, ...], Rows]] = {
    ExportKind.RESIDENTS: (
        (
            *(_("Name"), "NIK", _("Birth date"), _("Sex"), _("Marital status")),
            *(_("Village"), _("Address"), "RT", "RW", _("Recorded on"), _("Stage")),
        ),
        _residents,
    ),
    ExportKind.QUEUE: (
        (_("Slip"), *_WHO, _("Group"), _("Hour"), _("Services"), _("State"), _("Stage")),
        _queue,
    ),
    ExportKind.WAITING: (
        (*_WHO, _("Group"), _("Since"), _("Services"), _("State"), _("Stage")),
        _waiting,
    ),
    ExportKind.MEND: (
        (
            *("NIK", _("Name"), _("Birth date"), _("Sex"), _("Village"), _("Address"), "RT", "RW"),
            *("RT/RW", _("Marital status"), _("Recorded on"), _("Why"), _("Row of the list")),
        ),
        _mend,
    ),
    ExportKind.ANNEX: ((*_WHO, _("Address"), _("Day"), _("Why")), _annex),
    ExportKind.VOTERS: (_RESULT, _voters),
    ExportKind.VOTERS_CSV: (("row", "class", "differs", "code"), _voters),
    ExportKind.DOCUMENTS: (_ASKED, _documents),
    ExportKind.DOCUMENTS_CSV: (_ASKED, _documents),
    ExportKind.MISSING: ((*_WHO, _("Group"), _("Services"), _("Why")), _missing),
}
