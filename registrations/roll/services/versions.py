"""A list as a version: what somebody says that it is, and what follows for those who are not on it.

Nobody is deleted. Who is held at home in a village and not on a whole list of it is a question
(`RollGone`), which somebody answers; findings, contacts and records stay whatever the answer is.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access
from dukcapil.core.db import service
from dukcapil.core.errors import Asks, Conflict, Invalid
from dukcapil.core.versions import require_seen
from registrations.people.models import Resident
from registrations.roll.enums import Completeness, GoneState, ImportState, ImportStep
from registrations.roll.models import RollGone, RollImport
from registrations.roll.selectors import Rows, later_lists, listed_villages
from registrations.roll.services.locking import locked, over, require_preview

#: The word that confirms that an older list is brought after a newer one.
OLDER = "older-list"
#: What can be said of a list, as a refusal names it.
_SAID = {"completeness": _("Whom it has"), "as_of": _("Its day"), "villages": _("Villages")}


@service
def say_what(
    *,
    by: Actor,
    roll_import: RollImport,
    completeness: str,
    villages: Collection[str] = (),
    as_of: date | None = None,
    version: str | None = None,
    confirm: Collection[str] = (),
) -> RollImport:
    """What the list of a preview is: everybody of these villages (`whole`), everybody there who is not
    recorded (`missing_only`), or some people (empty). Raises Invalid, Asks `older-list` where a later
    list of one of the villages was taken over. `version`: of what the form showed (`RollImport.says`).
    """
    says = Completeness(completeness or Completeness.NONE)
    found = locked(by, roll_import)
    require_preview(found)
    require_seen(version, found.says, _SAID)
    found.completeness, found.covers, found.as_of = "", [], None
    if says != Completeness.NONE:
        found.completeness = says.value
        found.covers = _covered(by, found, villages)
        found.as_of = _day_of(by, as_of)
        if OLDER not in confirm:
            _ask_older(by, found)
    found.version += 1
    found.save(update_fields=["completeness", "covers", "as_of", "version"])
    return found


def _covered(by: Actor, roll_import: RollImport, villages: Collection[str]) -> list[str]:
    require_listed(roll_import, Rows(by, roll_import), villages)
    if not villages:
        raise Invalid("villages", _("Say which villages the list covers."), field="villages")
    return sorted(set(villages))


def require_listed(roll_import: RollImport, listed: Rows, villages: Collection[str]) -> None:
    """Villages without a single row are left alone: nobody there is asked about."""
    if strange := sorted(set(villages) - listed_villages(roll_import, listed)):
        text = _("No row of this list is of the village %(code)s: it does not cover it.")
        raise Invalid("village-not-listed", text % {"code": strange[0]}, field="villages")


def _day_of(by: Actor, as_of: date | None) -> date:
    if as_of is None:
        raise Invalid("as-of", _("Say from which day the list is."), field="as_of")
    if as_of > by.today:
        raise Invalid("as-of", _("A list cannot be from a day to come."), field="as_of")
    return as_of


def _ask_older(by: Actor, roll_import: RollImport) -> None:
    later = later_lists(by, roll_import)
    if later:
        text = _(
            "Of %(count)s of these villages a later list was taken over, of %(day)s: there this one asks"
            " about nobody, and the later one stays the newest."
        )
        newest = date_format(max(later.values()), "j M Y")
        words = {"count": len(later), "day": newest}
        raise Asks(OLDER, message=text % words, field="as_of")


# --- the questions --------------------------------------------------------------------------------


@service
def answer_gone(
    *,
    by: Actor,
    roll_import: RollImport,
    off: bool,
    village: str = "",
    people: Collection[uuid.UUID] = (),
) -> int:
    """Whoever is not on the list is off the roll from its day on, or stays: all of a village who are not
    answered yet, or these people, whose answer may change. Returns how many.
    """
    found = locked(by, roll_import)
    if found.step != ImportStep.WRITE or found.state == ImportState.WAITING:
        raise over()
    asked = RollGone.objects.visible_to(by).filter(roll_import=found, office_id=by.office)
    if village:
        asked = asked.filter(village_id=village, state=GoneState.OPEN)
    else:
        answers = (GoneState.OPEN, GoneState.OFF, GoneState.STAYS)
        asked = asked.filter(resident__in=people, state__in=answers)
    rows = dict(asked.order_by("pk").select_for_update(of=("self",)).values_list("pk", "resident"))
    if not rows:
        raise Conflict("gone-answered", _("Nobody here waits for this answer (any more)."))
    _write_answer(by, roll_import, list(rows.values()), off=off)
    RollGone.objects.filter(pk__in=rows).update(
        state=GoneState.OFF if off else GoneState.STAYS,
        answered_by=by.user_id,
        answered_at=timezone.now(),
    )
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="taken off the roll" if off else "left on the roll",
        subject=str(roll_import.pk),
        found=len(rows),
    )
    return len(rows)


def _write_answer(
    by: Actor, roll_import: RollImport, people: list[uuid.UUID], *, off: bool
) -> None:
    own = Resident.objects.visible_to(by).filter(office_id=by.office, pk__in=people)
    if off:
        own.filter(off_roll_since__isnull=True).update(off_roll_since=roll_import.as_of)
    else:
        own.filter(off_roll_since=roll_import.as_of).update(off_roll_since=None)
