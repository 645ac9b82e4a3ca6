"""A basis beside the one it replaces: what is new, changed and gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dukcapil.regions.models import Region
from reports.bases.models import PopulationBasis, PopulationFigure
from reports.bases.selectors.basis import COLUMNS

#: Rows of each kind that a page shows; all are counted.
SHOWN = 50


@dataclass
class Compared:
    new: list[str]
    gone: list[str]
    #: region, figure, before, after
    changed: list[tuple[str, str, Any, Any]]
    same: int

    @property
    def counts(self) -> dict[str, int]:
        return {
            "new": len(self.new),
            "changed": len({region for region, *_rest in self.changed}),
            "gone": len(self.gone),
            "same": self.same,
        }

    def shown(self) -> dict[str, Any]:
        codes = {*self.new[:SHOWN], *self.gone[:SHOWN], *(row[0] for row in self.changed[:SHOWN])}
        names = dict(Region.objects.filter(code__in=codes).values_list("code", "name"))
        return {
            "new": [(code, names.get(code, "")) for code in self.new[:SHOWN]],
            "gone": [(code, names.get(code, "")) for code in self.gone[:SHOWN]],
            "changed": [(code, names.get(code, ""), *rest) for code, *rest in self.changed[:SHOWN]],
        }


def compared(figures: list[PopulationFigure], before: PopulationBasis | None) -> Compared:
    """Without an earlier basis every region is new."""
    new_figures = {figure.region_id: figure for figure in figures}
    old_figures = {figure.region_id: figure for figure in before.figures.all()} if before else {}
    changed = [
        (code, name, getattr(old_figures[code], name), getattr(new_figures[code], name))
        for code in sorted(new_figures.keys() & old_figures.keys())
        for name in COLUMNS
        if getattr(old_figures[code], name) != getattr(new_figures[code], name)
    ]
    differing = {row[0] for row in changed}
    return Compared(
        new=sorted(new_figures.keys() - old_figures.keys()),
        gone=sorted(old_figures.keys() - new_figures.keys()),
        changed=changed,
        same=len(new_figures.keys() & old_figures.keys()) - len(differing),
    )
