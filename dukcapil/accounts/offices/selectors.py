"""What an office prints on its paper."""

from __future__ import annotations

import base64

from django.db.models import QuerySet

from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.accounts.scoping import Actor
from dukcapil.core.reader.picture import PNG
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import NATION, ancestor

# What stands on paper is Indonesian, whoever reads the page.
_DINAS = "DINAS KEPENDUDUKAN DAN PENCATATAN SIPIL"
_NATION = "KEMENTERIAN DALAM NEGERI\nDIREKTORAT JENDERAL KEPENDUDUKAN DAN PENCATATAN SIPIL"


def office_code(code: str) -> str:
    """The office that serves a region: its regency's, or the region's own above that."""
    return ancestor(code, Level.REGENCY)


def office_of(by: Actor) -> Region:
    return Region.objects.get(pk=office_code(by.region))


def office_profile(office: Region) -> OfficeProfile:
    """The newest one; a plain one, made of the region's name, when the office entered none."""
    newest = OfficeProfile.objects.filter(office=office).order_by("-version").first()
    return newest or _plain(office)


def profile_at(office: Region, version: int) -> OfficeProfile | None:
    """The one that somebody was shown; 0 is the plain one."""
    if version == 0:
        return _plain(office)
    return OfficeProfile.objects.filter(office=office, version=version).first()


def profile_of(code: str) -> OfficeProfile:
    """The profile of the office that serves this region."""
    return office_profile(Region.objects.get(pk=office_code(code)))


def profile_version(code: str) -> int:
    """0 for the plain one."""
    versions = OfficeProfile.objects.filter(office=office_code(code)).order_by("-version")
    return versions.values_list("version", flat=True).first() or 0


def _plain(office: Region) -> OfficeProfile:
    whose = office.name.upper()
    if office.level == Level.PROVINCE and not whose.startswith("PROVINSI"):
        whose = f"PROVINSI {whose}"
    lines = _NATION if office.pk == NATION else f"PEMERINTAH {whose}\n{_DINAS}"
    return OfficeProfile(office=office, version=0, letterhead=lines, place=_place(office))


def _place(office: Region) -> str:
    """Offices of a city write the city's name; where a regency's seat lies no list of ours says."""
    name = office.name.removeprefix("Kota ").removeprefix("Administrasi ")
    return name if office.name.startswith("Kota ") else ""


def logo_address(profile: OfficeProfile) -> str:
    """The logo for a page, in the page itself: it needs no address of its own."""
    if not profile.logo:
        return ""
    content = bytes(profile.logo)
    kind = "png" if content.startswith(PNG) else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def history(office: Region) -> QuerySet[OfficeProfile]:
    """Who changed it when, the newest first."""
    rows = OfficeProfile.objects.filter(office=office).select_related("posting__user")
    return rows.defer("logo").order_by("-version")
