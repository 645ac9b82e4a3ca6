"""Documents that were asked for at an event, and what was counted there without persons."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.utils.translation import gettext as _

from events.planning.enums import Service
from registrations.documents.enums import DocumentState
from reports.closing.selectors.sections import Cell, Section, counted_section, summed


def documents_section(asked: list[Any], counted: list[Any]) -> list[Section]:
    """What was asked for here, wherever it was handed over since: what was handed over on the event's days
    is among the services done. What was counted without persons is in no other table.
    """
    sections = []
    if asked:
        cells: dict[str, dict[str, int]] = defaultdict(dict)
        for service, n, _none, state in asked:
            cells[service][state] = n
        table: list[list[Cell]] = [
            [
                str(Service(name).label),
                sum(cells[name].values()),
                *(cells[name].get(state, 0) for state in DocumentState),
            ]
            for name in Service.values
            if name in cells
        ]
        states = [str(state.label) for state in DocumentState]
        columns = [_("Document"), _("Asked here"), *states]
        sections.append(Section(_("Documents asked for here"), columns, table, summed(table)))
    return sections + counted_section({what: int(n) for what, n, *_rest in counted})
