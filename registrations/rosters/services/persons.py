"""What becomes of rosters and groups when a person is erased. Merging: the database (`roster_merged`)."""

from __future__ import annotations

from datetime import date

from dukcapil.core.crypto import keyed_hash
from registrations.people.validators import name_key
from registrations.rosters.models import RosterEntry


def forget(office: str, *, nik: str, name: str, born: date) -> None:
    """Blank what unmatched lists have of somebody who is being erased: by number, name and day, or the
    name alone where a list has no day. Other offices' lists: the database (`roster_erased`), by number.
    """
    keys = [number_key(nik), name_day_key(name, born), name_day_key(name, None)]
    rows = RosterEntry.everything.filter(office=office)
    blank = RosterEntry.personal.blank
    rows.filter(nik_hash=keys[0]).update(**blank)
    rows.filter(key__in=keys).update(**blank)


def number_key(nik: str) -> bytes:
    return keyed_hash(nik)


def name_day_key(name: str, born: date | None) -> bytes:
    return keyed_hash(f"roster {name_key(name)}|{born or ''}")
