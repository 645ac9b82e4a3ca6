"""The chart of statuses, drawn from the tables: docs/status.md is this text (`draw_charts`)."""

from __future__ import annotations

from django.utils import translation

from registrations.cards.enums import REFUSED, STEPS, StatusCode

_HEAD = """# Statuses of a recording

Drawn from `registrations/cards/enums.py` by `manage.py draw_charts`; a test holds the two together. A list of SIAK
is a look at a single day, so a step may be left out: the chart has every pair that may follow each other, and the table below
what never does, unless the recording was called again in between.
"""


def chart() -> str:
    with translation.override("en"):
        lines = [
            _HEAD,
            *(
                "| code | next step | who acts | late after | counts as recorded |",
                "|---|---|---|---|---|",
            ),
            *(
                f"| {step.code.value} | {step.next} | {step.who.label} |"
                f" {'-' if step.days is None else step.days} | {'yes' if step.recorded else 'no'} |"
                for step in STEPS
            ),
            *("", "```mermaid", "stateDiagram-v2"),
            *(
                f"    {code.value} --> {later.value}"
                for code in StatusCode
                for later in StatusCode
                if later != code and later not in REFUSED[code]
            ),
            *("```", "", "| after | never comes |", "|---|---|"),
            *(
                f"| {code.value} | {', '.join(later.value for later in StatusCode if later in never)} |"
                for code, never in REFUSED.items()
                if never
            ),
        ]
    return "\n".join(lines) + "\n"
