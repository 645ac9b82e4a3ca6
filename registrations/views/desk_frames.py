"""What the forms of a desk in a hall are drawn from: the same for most of whom it shows (`core.frames`)."""

from __future__ import annotations

from typing import Any

from dukcapil.core.frames import Frame, hole
from dukcapil.core.unbound import Unbound
from registrations.views.desks import Desk


def start_frame(desk: Desk) -> Frame | None:
    """Where somebody is looked for, or called: `_desk_start.html`. None: somebody typed there."""
    find: Any = desk.find
    if not isinstance(find, Unbound):
        return None
    shown = {
        "in_a_hall": desk.in_a_hall,
        "arrived": desk.arrived,
        "begins": desk.begins,
        "station": desk.station is not None,
    }
    return Frame(shown, {"find": find})


def forms_frame(desk: Desk) -> Frame | None:
    """What is done with whoever is shown: `_desk_forms.html`. None: nobody is, they are only booked (then the hour of
    it is shown), or somebody typed.
    """
    forms: dict[str, Any] = {"form": desk.form}
    if desk.takes and not desk.waits:
        forms["walk_in"] = desk.walk_in
    typed = not all(isinstance(form, Unbound) for form in forms.values())
    if desk.person is None or desk.expects or typed:
        return None
    own = {"person": desk.person["id"]}
    shown = {
        "hall": desk.in_a_hall,
        "expects": False,
        "person": {"id": hole("person")},
        **{name: getattr(desk, name) for name in _SHOWN},
    }
    if visit := desk.visit:
        station = {"name": visit.station.name} if visit.station else None
        shown["visit"] = {"pk": hole("visit"), "station": station}
        own["visit"] = visit.pk
    return Frame(shown, forms, own)


#: Of a desk, as its templates ask for them.
_SHOWN = ("waits", "sits", "elsewhere", "left_labels", "untouched", "seats", "rests", "takes")
