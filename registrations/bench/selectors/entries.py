"""Entries of one village's list as the workbench shows them: masked rows, page by page."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.utils import timezone
from django.utils.translation import gettext as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound, Refused
from dukcapil.core.versions import version_of
from events.elections.models import Election
from events.planning.enums import EventState
from events.venues.enums import VenueKind
from events.venues.selectors import goes_to_prison
from registrations.bench.enums import Tried
from registrations.bench.selectors.filters import MINE, NOBODY, TO_DO, TO_DO_STATES, BenchFilter
from registrations.booking.enums import AppointmentState, WaitState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.waiting import Waiting
from registrations.booking.selectors.residents import ages, of_age
from registrations.booking.selectors.stages import in_stage
from registrations.ledger.selectors import ikd_in_vain, ikd_next
from registrations.missing.enums import ContactResult, EntryState, LeftBecause, NextStep
from registrations.missing.models import RollContact, RollEntry, RollList
from registrations.missing.selectors.lists import next_step
from registrations.people.enums import FindingOutcome
from registrations.people.models import Resident
from registrations.people.selectors import Aged, stages
from registrations.rosters.models import GroupMember, RosterEntry

#: Rows of a page.
ROWS = 50
#: A list of more people is shown in the order in which it grew: names stand in another table.
MOST_BY_NAME = 2_000
#: A visit in vain counts as one of late for so long.
_LATELY = timedelta(days=30)

_COLUMNS = (
    *("id", "resident_id", "state", "outcome", "left_because", "next_step", "added_on"),
    *("village_id", "owner_id", "owner__user__name"),
    *("resident__birth_date", "resident__marital_status", "resident__erased_at"),
    *("resident__identity__name", "resident__identity__nik_masked"),
    *("resident__identity__address", "resident__identity__rt", "resident__identity__rw"),
)
_BESIDE = ("spoken_at", "said", "comes_at", "waits_for", "ikd_failed")


def entries_of(by: Actor, roll: RollList, village: str, which: BenchFilter) -> QuerySet[RollEntry]:
    """Of a village, or of the whole list where `village` is empty."""
    found: QuerySet[RollEntry] = RollEntry.objects.visible_to(by).filter(list=roll)
    if village:
        found = found.filter(village_id=village)
    exact = {"outcome": which.finding}
    # Whose IKD failed is recorded, and is carried on all the same.
    if which.state and which.tried != Tried.IKD:
        states = TO_DO_STATES if which.state == TO_DO else (which.state,)
        found = found.filter(state__in=states)
    found = found.filter(**{name: value for name, value in exact.items() if value})
    found = found.filter(_owned(by, which.owner))
    if which.tried:
        found = found.filter(_tried(which.tried))
    if which.group:
        found = found.filter(_in_group(by, which.group))
    if which.venue or which.grade:
        found = found.filter(_at(by, which))
    if which.sought:
        if not by.may(Permission.GROUPS_VIEW):
            raise Refused("forbidden", _("You may not do this."))
        members = GroupMember.objects.visible_to(by).filter(group=which.sought)
        found = found.filter(resident__in=members.values("resident_id"))
    if which.stage or which.age:
        found = found.filter(resident__in=_people(by, roll, village, which).values("pk"))
    return found


def _owned(by: Actor, owner: str) -> Q:
    if not owner:
        return Q()
    if owner == NOBODY:
        return Q(owner=None)
    return Q(owner_id=by.posting_id if owner == MINE else int(owner))


def _in_group(by: Actor, group: str) -> Q:
    """Nobody of a visit to a prison, for whoever may not see who is in one."""
    booked, waiting = (
        model.objects.visible_to(by).filter(group=uuid.UUID(group))
        for model in (Appointment, Waiting)
    )
    if not by.may(Permission.PRISONS_VIEW):
        booked, waiting = (rows.exclude(goes_to_prison("event_id")) for rows in (booked, waiting))
    return Q(resident__in=booked.values("resident_id")) | Q(
        resident__in=waiting.values("resident_id")
    )


def _at(by: Actor, which: BenchFilter) -> Q:
    """At a venue as its counts say, of a prison by its roster; of a class by rosters that have one."""
    listed = RosterEntry.objects.visible_to(by).filter(gone_in=None, resident__isnull=False)
    if which.venue:
        listed = listed.filter(roster__venue=uuid.UUID(which.venue))
    if which.grade:
        return Q(resident__in=listed.filter(class_name=which.grade).values("resident_id"))
    listed = listed.filter(roster__venue__kind=VenueKind.PRISON)
    return Q(venue=uuid.UUID(which.venue)) | Q(resident__in=listed.values("resident_id"))


def _people(by: Actor, roll: RollList, village: str, which: BenchFilter) -> QuerySet[Resident]:
    people: QuerySet[Resident] = Resident.objects.visible_to(by).filter(office_id=roll.office_id)
    if village:
        people = people.filter(village_id=village)
    if which.age:
        people = people.filter(of_age(*ages(which.age), by.today))
    return in_stage(people, which.stage, election_of(roll)) if which.stage else people


def election_of(roll: RollList) -> Election | None:
    """With its day, which the row of a list's election alone does not know."""
    return Election.objects.get(pk=roll.election_id) if roll.election_id else None


def _tried(tried: str) -> Q:
    """By visits that are over and at which the person was not served, or by activations of IKD."""
    if tried == Tried.IKD:
        return ikd_in_vain("resident")[0]
    now = timezone.now()
    vain = Appointment.objects.filter(
        resident=OuterRef("resident"),
        state__in=AppointmentState.unserved(),
        session__ends_at__lte=now,
    )
    late = Exists(vain.filter(session__ends_at__gt=now - _LATELY))
    if tried == Tried.LATELY:
        return Q(late)
    return ~Q(Exists(vain)) if tried == Tried.NEVER else Q(Exists(vain)) & ~Q(late)


@dataclass(frozen=True)
class BenchPage:
    """Rows of a page, and whether there are more. How many in all is counted for whole lists alone."""

    rows: list[dict[str, Any]]
    number: int
    has_next: bool

    @property
    def previous(self) -> int:
        return self.number - 1

    @property
    def next(self) -> int:
        return self.number + 1


def page_of(
    by: Actor,
    found: QuerySet[RollEntry],
    number: int,
    election: Election | None,
    *,
    by_name: bool,
    of_village: bool = True,
    size: int = ROWS,
) -> BenchPage:
    """Two queries, one where nobody is young. `election`: for which their stages are meant.

    Which rows they are is read from an index alone, then who they are.
    """
    order = ("state", "id") if of_village else ("id",)
    if by_name:
        order = ("resident__identity__name_key", "id")
    first = (number - 1) * size
    ids = found.order_by(*order).values("pk")[first : first + size + 1]
    rows = list(_read(by, RollEntry.objects.filter(pk__in=ids)).order_by(*order))
    read, has_next = rows[:size], len(rows) > size
    page = shown(read, election)
    for row, one in zip(page, read, strict=True):
        row["version"] = version_of(_handed(one["owner_id"], one["next_step"]))
    return BenchPage(page, number, has_next)


def _read(by: Actor, found: QuerySet[RollEntry]) -> Any:
    """With the newest contact of each, when they are expected, why their IKD is not active, and the draft
    whose list they are on: no prison's, but for whoever may see prisons.
    """
    in_vain, reasons = ikd_in_vain("resident")
    newest = RollContact.objects.filter(entry=OuterRef("pk")).order_by("-at")
    visits = Appointment.objects.filter(
        resident=OuterRef("resident"), state__in=AppointmentState.active()
    )
    drafts = Waiting.objects.filter(
        resident=OuterRef("resident"), state=WaitState.WAITING, event__state__in=EventState.ahead()
    )
    if not by.may(Permission.PRISONS_VIEW):
        drafts = drafts.exclude(goes_to_prison("event_id"))
    return found.annotate(
        spoken_at=Subquery(newest.values("at")[:1]),
        said=Subquery(newest.values("result")[:1]),
        comes_at=Subquery(visits.order_by("expected_at").values("expected_at")[:1]),
        waits_for=Subquery(drafts.order_by("-pk").values("event__title")[:1]),
        ikd_failed=Case(When(in_vain, then=Subquery(reasons[:1]))),
    ).values(*_COLUMNS, *_BESIDE)


def shown(rows: list[dict[str, Any]], election: Election | None) -> list[dict[str, Any]]:
    """Rows of `_COLUMNS` as pages show them: one query, none where nobody is young."""
    reached = stages(
        [
            Aged(row["village_id"], row["resident__birth_date"], row["resident__marital_status"])
            for row in rows
        ],
        election,
    )
    return [_shown(row, stage) for row, stage in zip(rows, reached, strict=True)]


def _shown(row: dict[str, Any], stage: Any) -> dict[str, Any]:
    # Of who was erased nothing is left but a day that stands for none.
    is_erased = row["resident__erased_at"] is not None
    step = next_step(row["state"], row["outcome"], row["next_step"])
    return {
        "id": row["id"],
        "key": str(row["id"]),
        "resident": row["resident_id"],
        "village": row["village_id"],
        "name": row["resident__identity__name"],
        "nik_masked": row["resident__identity__nik_masked"],
        "born": None if is_erased else row["resident__birth_date"],
        "address": row["resident__identity__address"],
        "rt": row["resident__identity__rt"],
        "rw": row["resident__identity__rw"],
        "stage": None if is_erased else stage,
        "state": EntryState(row["state"]),
        "outcome": _label(FindingOutcome, row["outcome"]),
        "left_because": _label(LeftBecause, row["left_because"]),
        "next_step": _next(step, row["ikd_failed"]),
        "owner": row["owner__user__name"] or "",
        "added_on": row["added_on"],
        "spoken_at": row["spoken_at"],
        "said": _label(ContactResult, row["said"] or ""),
        "comes_at": row["comes_at"],
        "waits_for": row["waits_for"] or "",
    }


def _next(step: NextStep, ikd_failed: str | None) -> str:
    """First the recording; of who is recorded what is still to be done for their IKD."""
    if step != NextStep.NOTHING:
        return str(step.label)
    return _("IKD: %(next)s") % {"next": ikd_next(ikd_failed)} if ikd_failed else ""


def _label(choices: Any, value: str) -> str:
    return str(choices(value).label) if value in choices.values else ""


def pieces(
    by: Actor, found: QuerySet[RollEntry], size: int, after: int = 0
) -> list[dict[str, Any]]:
    """The next rows in the order of ids, for files."""
    return list(_read(by, found.filter(pk__gt=after)).order_by("pk")[:size])


# --- one of them -------------------------------------------------------------------------------------


def entry_or_404(by: Actor, entry_id: int) -> RollEntry:
    entries = RollEntry.objects.visible_to(by).select_related("list__election", "village", "owner")
    if (entry := entries.filter(pk=entry_id).first()) is None:
        raise NotFound
    return entry


def handed_to(entry: RollEntry) -> dict[str, Any]:
    """What of an entry somebody sets by hand; its version is that of these."""
    return _handed(entry.owner_id, entry.next_step)


def _handed(owner: int | None, step: str) -> dict[str, Any]:
    return {"owner": owner, "next_step": step}


def shown_entry(by: Actor, entry: RollEntry) -> dict[str, Any]:
    """Raises NotFound for a person who is not the actor's to see, whoever's the entry is."""
    rows = shown(list(_read(by, RollEntry.objects.filter(pk=entry.pk))), election_of(entry.list))
    if not rows:
        raise NotFound
    return rows[0]


def contacts_of(by: Actor, entry: RollEntry) -> list[RollContact]:
    """The newest first."""
    notes = RollContact.objects.visible_to(by).filter(entry=entry).select_related("by")
    return list(notes.order_by("-at", "-pk"))
