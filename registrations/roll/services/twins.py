"""Rows of one list that have one number, or one name and birth date."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.crypto import keyed_hash
from registrations.people.validators import name_key
from registrations.roll.enums import Verdict
from registrations.roll.models import RollImport, RollRows, Row


class Twins:
    """While a list is read: the first of two rows stands."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._names: dict[bytes, tuple[int, str]] = {}

    def look(self, row: Row) -> None:
        if not (nik := _number(row)):
            return
        first = self._numbers.setdefault(keyed_hash(nik), row.number)
        if first != row.number:
            _refuse(row, first)
        number, other = self._names.setdefault(keyed_hash(_name(row)), (row.number, nik))
        if other != nik:
            row.alike_row = number


def look_for_twins(by: Actor, roll_import: RollImport, row: Row) -> None:
    """Of a row that was mended, over the whole list; a row that is refused is nobody's twin."""
    if not (nik := _number(row)):
        return
    name = _name(row)
    pieces = RollRows.objects.visible_to(by).filter(roll_import=roll_import)
    for piece in pieces.order_by("number").iterator(20):
        for other in piece.read():
            if other.number == row.number or other.verdict == Verdict.REFUSED:
                continue
            if _number(other) == nik:
                _refuse(row, other.number)
                return
            # Where the other one asks about this row, once is enough.
            if not row.alike_row and other.alike_row != row.number and _name(other) == name:
                row.alike_row = other.number


def _refuse(row: Row, first: int) -> None:
    text = _("This NIK stands in row %(row)s already.") % {"row": first}
    row.problems.append(("nik", "twice", text))


def _number(row: Row) -> str:
    return (row.person or {}).get("nik", "")


def _name(row: Row) -> str:
    said = row.person or {}
    return f"{name_key(said.get('name', ''))} {said.get('birth_date')}"
