"""Entries that somebody ticked, or all of a selection."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid, NotFound
from registrations.findings.selectors.findings import accepted_about
from registrations.missing.models import RollEntry, RollList
from registrations.people.enums import FindingOutcome

#: What one click does something with.
MOST_CHOSEN = 500


def chosen_entries(
    by: Actor,
    roll: RollList,
    found: QuerySet[RollEntry],
    ticked: Collection[str],
    *,
    everybody: bool,
) -> list[RollEntry]:
    """Raises Invalid for nobody or too many, NotFound for an entry that is not there (any more)."""
    if everybody:
        entries = list(found.order_by("pk")[: MOST_CHOSEN + 1])
    else:
        ids = {int(text) for text in ticked if text.isdecimal() and len(text) < 19}
        if len(ids) > MOST_CHOSEN:
            raise _too_many()
        own = RollEntry.objects.visible_to(by).filter(list=roll, pk__in=ids)
        entries = list(own.order_by("pk"))
        if len(entries) != len(ids):
            raise NotFound
    if not entries:
        raise Invalid("people", _("Choose at least one person of the list."), field="people")
    if len(entries) > MOST_CHOSEN:
        raise _too_many()
    return entries


def may_come(by: Actor, entries: Iterable[RollEntry]) -> list[uuid.UUID]:
    """These people, without who was found to have died or to stand twice."""
    people = [entry.resident_id for entry in entries]
    gone = accepted_about(by, people, FindingOutcome.nobody())
    return [one for one in people if one not in gone]


def _too_many() -> Invalid:
    text = _("Choose at most %(most)s people at once.") % {"most": MOST_CHOSEN}
    return Invalid("people", text, field="people")
