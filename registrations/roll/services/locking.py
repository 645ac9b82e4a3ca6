"""One import, held by whoever works on it, and at the point at which the work is possible."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.errors import Conflict, NotFound
from registrations.roll.enums import ImportState, ImportStep
from registrations.roll.models import RollImport


def locked(by: Actor, roll_import: RollImport) -> RollImport:
    require(by, Permission.ROLL_IMPORT)
    own = RollImport.objects.visible_to(by).filter(office_id=by.office, pk=roll_import.pk)
    if (found := own.select_for_update(skip_locked=True).first()) is not None:
        return found
    if own.exists():
        raise Conflict("import-at-work", _("This list is being worked on: wait a moment."))
    raise NotFound


def require_preview(roll_import: RollImport) -> None:
    if (roll_import.step, roll_import.state) != (ImportStep.JUDGE, ImportState.READY):
        raise over()


def over() -> Conflict:
    return Conflict("import-state", _("This list is not (any more) at this point: look again."))
