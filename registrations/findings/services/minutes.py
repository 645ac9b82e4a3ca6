"""Verbs of a village: its minutes are signed; and of its office: by when it is asked to look."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.locks import Lock, hold
from dukcapil.core.versions import stale
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.models import Region
from registrations.findings.models import Finding, FindingMinutes, FindingTask
from registrations.findings.selectors.minutes import draft_of, unsigned

LONGEST_SIGNER = 120
#: A village is asked within a year.
LATEST_DUE = timedelta(days=366)


@service
def sign_minutes(
    *, by: Actor, village: Region, signer: str, function: str, version: str
) -> FindingMinutes:
    """The head of a village signs by name and function what was found there and stands in no minutes
    yet; `version` is that of what was shown.

    Raises Conflict `already-signed`, and `changed-meanwhile` when something else stands there by now.
    """
    require(by, Permission.FINDINGS_PROPOSE)
    of_office = _own_village(by, village)
    name, office = " ".join(signer.split()), " ".join(function.split())
    for text, field in ((name, "signer"), (office, "function")):
        if not text or len(text) > LONGEST_SIGNER:
            raise Invalid("signer", _("Give name and function of who signs."), field=field)
    hold(Lock.MINUTES, village.pk)
    if FindingMinutes.objects.filter(village=village, content=version).exists():
        raise Conflict("already-signed", _("These minutes are signed already."))
    findings = list(unsigned(by, village).select_for_update(of=("self",)))
    if not findings:
        raise Conflict("nothing-to-sign", _("Nothing was found that is not signed already."))
    draft = draft_of(village, findings)
    if draft.version != version:
        raise stale(draft.version, {})
    minutes = FindingMinutes.objects.create(
        office_id=of_office,
        village=village,
        content=draft.version,
        counts=draft.counts,
        people=draft.people,
        signer=name,
        function=office,
        made_by_id=by.user_id,
    )
    Finding.objects.filter(pk__in=[finding.pk for finding in findings]).update(minutes=minutes)
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="minutes signed",
        case=str(minutes.pk),
        found=draft.people,
    )
    return minutes


@service
def ask_village(*, by: Actor, village: Region, due: date) -> FindingTask:
    """The office asks a village to look at its people by a day; the newest day counts."""
    require(by, Permission.APPOINTMENTS_BOOK)
    of_office = _own_village(by, village)
    if due < today_in(village.pk):
        raise Invalid("due", _("Choose today or a later day."), field="due")
    if due > today_in(village.pk) + LATEST_DUE:
        raise Invalid("due", _("This is more than a year ahead: check the year."), field="due")
    return FindingTask.objects.create(
        office_id=of_office, village=village, due=due, asked_by_id=by.user_id
    )


def _own_village(by: Actor, village: Region) -> str:
    """Its office. Raises NotFound for a village that the actor does not work with."""
    if by.office is None or village.level != Level.VILLAGE or not by.covers(village.pk):
        raise NotFound
    return by.office
