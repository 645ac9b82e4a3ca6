"""An instance before it is stored: its form, its size, and what no plan can keep."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid
from reports.planner.readers import check_instance, check_time, refused

#: What the solver refuses -> words. Each names the row.
_WORDS = {
    "PIN": _("This fixed visit cannot be kept: %(row)s."),
    "FLOOR": _("So many visits cannot be had there: %(row)s."),
    "CLASH": _("No plan was found that keeps all of these: %(row)s."),
    "TRAVEL": _("Ways are missing or wrong: %(row)s."),
    "WORKDAYS": _("The days are not in order, or not before the election: %(row)s."),
    "DAY": _("The limits of a day do not fit together: %(row)s."),
    "REF": _("This names a row that is not there, or twice: %(row)s."),
    "ID": _("A row without an id, or with one that is there already: %(row)s."),
    "MEMORY": _("It takes more memory than a plan is given. Ask for a few offices at a time."),
    # Of an office's own plan: there are no others to leave out.
    "MEMORY_OWN": _("It takes more memory than a plan is given. Ask for fewer days."),
    # Nothing was refused: all tries ended without an answer.
    "": _(
        "The work was broken off several times, by a fault of the machine or of the program. Ask for the plan again; if it is broken off once more, ask for fewer days and tell the administrator."
    ),
    "SIZE": _("An office has at most 1,500 places: %(row)s. Divide it."),
}
_OTHER = _("The instance cannot be read: %(row)s.")


def examine(raw: Any) -> None:
    """Raises Invalid with the row for an instance of which no plan can be made, as far as one look tells."""
    # Numpy comes with them: not before somebody sends an instance.
    from reports.planner.core.clashes import impossible_floor, impossible_pin  # noqa: PLC0415
    from reports.planner.core.instance import Refused  # noqa: PLC0415
    from reports.planner.core.reading import read  # noqa: PLC0415

    check_instance(raw)
    check_time(raw)
    try:
        instance = read(raw)
        for office in instance.offices:
            for pin in office.pins:
                if (found := impossible_pin(office, instance.dates, pin)) is not None:
                    raise found
            for floor in office.floors:
                if (found := impossible_floor(office, floor)) is not None:
                    raise found
    except Refused as refusal:
        raise invalid(raw, refusal.code, refusal.where) from None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError):
        raise invalid(raw, "FORMAT", "instance") from None


def in_words(code: str, row: str) -> str:
    """What the solver refused, for people."""
    return str(_WORDS.get(code, _OTHER) % {"row": row})


#: Where to look when the solver names a day or an office alone.
_LISTS = {"WORKDAYS": "workdays", "TRAVEL": "travel", "SIZE": "sites"}


def invalid(raw: Any, code: str, row: str) -> Invalid:
    where = pointer(raw, row) or _LISTS.get(code, "")
    return refused("plan-instance", where, in_words(code, row), row=row, rule=code)


#: What a row is called by, where that is not its id.
_NAMED = {
    "pins": ("site", "date"),
    "announced": ("site", "date"),
    "floors": ("district",),
    "travel": ("office",),
}


def pointer(raw: dict[str, Any], row: str) -> str:
    """The way to a row that the solver names by its list and id: `pins SITE DATE`."""
    name, _space, rest = row.partition(" ")
    rows = raw.get(name)
    if not rest or not isinstance(rows, list):
        return name if rows is not None else ""
    if rest.isdigit() and int(rest) < len(rows) and name in ("pins", "announced"):
        return f"{name}/{rest}"
    for number, one in enumerate(rows):
        named = " ".join(str(one[part]) for part in _NAMED.get(name, ("id",)))
        if named == rest or rest.startswith(f"{named} "):
            return f"{name}/{number}"
    return name
