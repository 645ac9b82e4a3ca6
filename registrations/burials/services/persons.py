"""What registers have of somebody who is being erased. Merging, and other offices: the database."""

from __future__ import annotations

from datetime import date

from dukcapil.accounts.scoping import Actor
from registrations.arrivals.services.sending import take_back
from registrations.burials.models import Burial
from registrations.burials.services.recording import name_day_key


def forget(by: Actor, office: str, *, name: str, born: date) -> None:
    """Blank lines that name somebody without a NIK, and take back what they handed over; those with it are
    found by their number.
    """
    rows = Burial.everything.filter(office=office, key=name_day_key(name, born))
    for key in rows.values_list("pk", flat=True):
        take_back(by=by, source=key)
    rows.update(**Burial.personal.blank)
