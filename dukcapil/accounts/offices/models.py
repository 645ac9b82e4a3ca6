"""The profile of an office: what stands on its paper.

Personal data (staff): name, rank and NIP of the office's head, as they stand on every letter of it.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Now
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import Posting
from dukcapil.accounts.offices.validators import NIP_RULE
from dukcapil.core.reader.picture import LARGEST_ANEW
from dukcapil.core.rules import APPEND_ONLY, clocked, says
from dukcapil.core.versions import CHANGED
from dukcapil.regions.models import Region, code_length


class OfficeProfile(models.Model):
    """What an office prints above and below what it signs. A change is a new row, so that the rows of
    before are its history; the newest one counts.
    """

    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    #: 1, 2, 3 ... of this office; 0 is the plain one of an office that entered nothing.
    version = models.PositiveIntegerField()
    #: Lines of the letterhead, without the address.
    letterhead = models.CharField(max_length=400)
    address = models.CharField(max_length=200, blank=True)
    #: Where letters are dated.
    place = models.CharField(max_length=60, blank=True)
    head_name = models.CharField(max_length=120, blank=True)
    head_rank = models.CharField(max_length=80, blank=True)
    head_nip = models.CharField(max_length=18, blank=True)
    logo = models.BinaryField(null=True)
    posting = models.ForeignKey(Posting, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("profile of an office")
        triggers = [clocked("at"), *APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(
                fields=["office", "version"],
                name="officeprofile_version",
                **says(CHANGED, _("Somebody changed this after you opened it: look again.")),
            ),
            models.CheckConstraint(
                name="officeprofile_of_an_office", condition=code_length("office", 2, 5)
            ),
            models.CheckConstraint(
                name="officeprofile_counted", condition=Q(version__gte=1) & ~Q(letterhead="")
            ),
            models.CheckConstraint(
                name="officeprofile_nip",
                condition=Q(head_nip__regex=r"^(\d{18})?$"),
                **says("nip", NIP_RULE, field="head_nip"),
            ),
            models.CheckConstraint(
                name="officeprofile_logo_small",
                condition=Q(logo__isnull=True) | Q(LessThanOrEqual(Length("logo"), LARGEST_ANEW)),
            ),
        ]

    @property
    def lines(self) -> list[str]:
        return self.letterhead.splitlines()

    @property
    def name(self) -> str:
        """The office in one line, for a slip."""
        return self.lines[-1]
