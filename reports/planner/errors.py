"""A change of a plan that a rule does not allow."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(eq=False)
class Unkept(Exception):
    """`code` of the core's judge or of ours, and what its words name (`renderers.words`)."""

    code: str
    site: str = ""
    date: str = ""
    team: str = ""
    numbers: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code}: {self.site} {self.date} {self.team}"
