"""What a venue is."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.planning.enums import PlaceKind


class VenueKind(models.TextChoices):
    """Where people are together whom an office visits."""

    SCHOOL = "school", _("School")
    CAMPUS = "campus", _("Campus")
    PRISON = "prison", _("Prison")
    HOSPITAL = "hospital", _("Hospital")
    HOME_INSTITUTION = "home_institution", _("Home (panti)")
    COMPANY = "company", _("Company")
    OTHER = "other", _("Other")

    @property
    def place_kind(self) -> PlaceKind:
        """Of an event that is held there."""
        return _PLACES.get(self, PlaceKind.OTHER)

    @property
    def has_school_years(self) -> bool:
        return self in (VenueKind.SCHOOL, VenueKind.CAMPUS)


_PLACES = {
    VenueKind.SCHOOL: PlaceKind.SCHOOL,
    VenueKind.CAMPUS: PlaceKind.CAMPUS,
    VenueKind.PRISON: PlaceKind.PRISON,
    VenueKind.HOSPITAL: PlaceKind.HOSPITAL,
}
