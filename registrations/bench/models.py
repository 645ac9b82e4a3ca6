"""What an office keeps of how it looks at its lists. No person: codes and words of an address."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import Posting
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import says


class SavedView(models.Model):
    """A filter of the workbench under a name, of one posting alone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    posting = models.ForeignKey(Posting, models.PROTECT, related_name="+")
    #: A name for a selection, such as "RW 03, not met". No person's name.
    name = models.CharField(max_length=60)
    #: As `BenchFilter.text` writes it.
    filters = models.CharField(max_length=300)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("saved view")
        constraints = [
            models.CheckConstraint(
                name="savedview_named",
                condition=~Q(name=""),
                **says("name", _("Give the view a name."), field="name"),
            ),
            models.UniqueConstraint(
                fields=["posting", "name"],
                name="savedview_once",
                **says("view-exists", _("You have a view of this name already."), field="name"),
            ),
        ]
