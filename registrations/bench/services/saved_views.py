"""Keeping a selection of the workbench under a name, and dropping it."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from registrations.bench.models import SavedView
from registrations.bench.selectors.filters import BenchFilter

#: More than anybody finds again.
MOST_VIEWS = 30


@service
def save_view(*, by: Actor, name: str, which: BenchFilter) -> SavedView:
    """Under the same name again it is replaced. Raises Invalid for a selection of everybody."""
    require(by, Permission.RESIDENTS_VIEW)
    if not which.text:
        raise Invalid("nothing-chosen", _("Choose something first: this is the whole list."))
    kept = SavedView.objects.filter(posting_id=by.posting_id)
    if found := kept.filter(name=name).first():
        found.filters = which.text
        found.save(update_fields=["filters"])
        return found
    if kept.count() >= MOST_VIEWS:
        text = _("You have %(most)s views: drop one first.") % {"most": MOST_VIEWS}
        raise Conflict("too-many-views", text, field="name")
    return SavedView.objects.create(posting_id=by.posting_id, name=name, filters=which.text)


@service
def drop_view(*, by: Actor, view_id: uuid.UUID) -> None:
    require(by, Permission.RESIDENTS_VIEW)
    found = SavedView.objects.filter(posting_id=by.posting_id, pk=view_id).first()
    if found is None:
        raise NotFound
    found.delete()
