"""What registers have of somebody who is being erased. Merging, and other offices: the database."""

from __future__ import annotations

from datetime import date

from registrations.burials.models import Burial
from registrations.burials.services.recording import name_day_key


def forget(office: str, *, name: str, born: date) -> None:
    """Blank lines that name somebody without a NIK; those with it are found by their number."""
    rows = Burial.everything.filter(office=office, key=name_day_key(name, born))
    rows.update(**Burial.personal.blank)
