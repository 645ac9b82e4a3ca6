"""Lists that somebody asked for themselves."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from registrations.oversight.models import Export


def own_exports(by: Actor) -> QuerySet[Export]:
    """Without the files, the newest first."""
    own = Export.objects.visible_to(by).filter(posting_id=by.posting_id).defer("file")
    return own.select_related("session__event", "event").order_by("-created_at", "-pk")


def get_export_or_404(by: Actor, export_id: uuid.UUID) -> Export:
    if (export := Export.objects.visible_to(by).filter(pk=export_id).first()) is None:
        raise NotFound
    return export
