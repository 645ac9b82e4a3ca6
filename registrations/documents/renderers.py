"""The chart of documents, drawn from the tables: docs/documents.md is this text (`draw_charts`)."""

from __future__ import annotations

from django.utils import translation

from registrations.documents.enums import TAKEN_BY, TRANSITIONS, DocumentState, ForWhom
from registrations.documents.selectors import fitting

_HEAD = """# Documents that are asked for

Drawn from `registrations/documents/enums.py` by `manage.py draw_charts`; a test holds the two together, and another one that
the verbs take these steps and no others. A request begins as `asked`, or as `incomplete` where papers are missing. It
is counted when it is handed over, by its record in the ledger (ADR 0072).

```mermaid
stateDiagram-v2
    [*] --> asked
    [*] --> incomplete"""


def chart() -> str:
    with translation.override("en"):
        ends = [state for state, later in TRANSITIONS.items() if not later]
        lines = [
            _HEAD,
            *(
                f"    {old.value} --> {new.value}: {TAKEN_BY[old, new].value}"
                for old, later in TRANSITIONS.items()
                for new in later
            ),
            *(f"    {state.value} --> [*]" for state in ends),
            *("```", "", "| state | means | somebody waits | counts |", "|---|---|---|---|"),
            *(
                f"| {state.value} | {state.label} | {_yes(state in DocumentState.open())}"
                f" | {_yes(state == DocumentState.HANDED_OVER)} |"
                for state in DocumentState
            ),
            *("", "| for whom | means | a death certificate |", "|---|---|---|"),
            *(
                f"| {one.value} | {one.label} | {_yes(one in fitting('death_certificate'))} |"
                for one in ForWhom
            ),
        ]
    return "\n".join(lines) + "\n"


def _yes(is_so: object) -> str:
    return "yes" if is_so else "no"
