"""What a rule is that SQL can check."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Invariant:
    """`sql` returns what breaks the rule: ids and codes, never a person."""

    name: str
    meaning: str
    sql: str
