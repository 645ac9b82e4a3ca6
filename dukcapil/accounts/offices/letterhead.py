"""What an office's paper begins and ends with, for PDF, workbook and text document."""

from __future__ import annotations

import io
from typing import Any

from django.utils.translation import gettext as _

from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.core.reader.picture import points

#: To be filled in by hand.
BLANK = "." * 30


def letter(profile: OfficeProfile) -> dict[str, Any]:
    """`office` of a template's data."""
    return {
        "lines": profile.lines,
        "address": profile.address,
        "page": _("Page"),
        "dated": dated(profile),
        "head_title": _("Head of the office"),
        "head": profile.head_name or BLANK,
        "below": below(profile),
    }


def dated(profile: OfficeProfile) -> str:
    """The day is that of the signature, which nobody knows when the file is made."""
    return f"{profile.place or BLANK[:18]}, {BLANK}"


def below(profile: OfficeProfile) -> list[str]:
    """Lines under the name of the head."""
    rank = [profile.head_rank] if profile.head_rank else []
    return [*rank, f"NIP {profile.head_nip or BLANK}"]


def logo_of(profile: OfficeProfile) -> bytes | None:
    return bytes(profile.logo) if profile.logo else None


def heading(profile: OfficeProfile) -> list[str]:
    """Lines above a table in a workbook."""
    return [*profile.lines, *([profile.address] if profile.address else [])]


#: Height of the logo in a workbook, in points of a screen: three rows.
_LOGO = 58


def put_logo(sheet: Any, column: int, profile: OfficeProfile) -> None:
    """Beside the letterhead of a workbook."""
    if picture := logo_of(profile):
        scale = _LOGO / points(picture)[1]
        place = {"x_scale": scale, "y_scale": scale, "object_position": 3}
        sheet.insert_image(0, column, "logo", {"image_data": io.BytesIO(picture), **place})


def ending(profile: OfficeProfile) -> list[str]:
    """Lines below the last table of a workbook, with room for a signature."""
    return [
        dated(profile),
        _("Head of the office"),
        *("", "", ""),
        profile.head_name or BLANK,
        *below(profile),
    ]
