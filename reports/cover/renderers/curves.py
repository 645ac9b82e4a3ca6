"""Geometry of the curve of cards: whole numbers that a template writes into SVG. No colour, no word."""

from __future__ import annotations

from dataclasses import dataclass

from reports.cover.selectors.curve import Curve

#: Units of a day, and of the height of the plot.
_DAY, _HEIGHT = 10, 120


@dataclass(frozen=True)
class Drawn:
    """A step line of what was counted and a line of what is reckoned."""

    width: int
    height: int
    counted: str
    reckoned: str
    #: Where today stands, and the threshold; None where it lies above the plot.
    today: int
    threshold: int | None
    #: Value at the top.
    most: int

    @classmethod
    def of(cls, curve: Curve, threshold: int) -> Drawn:
        points = curve.points
        most = _round_up(max((point.cards for point in points), default=0))

        def height(cards: int) -> int:
            return _HEIGHT - round(min(max(cards, 0), most) * _HEIGHT / most)

        places = [
            (place * _DAY, height(point.cards), point.ahead) for place, point in enumerate(points)
        ]
        behind = [(x, y) for x, y, ahead in places if not ahead]
        counted = f"M{behind[0][0]} {behind[0][1]}"
        counted += "".join(f"H{x}V{y}" for x, y in behind[1:])
        ahead = [behind[-1], *((x, y) for x, y, is_ahead in places if is_ahead)]
        return cls(
            width=max(_DAY, (len(points) - 1) * _DAY),
            height=_HEIGHT,
            counted=counted,
            reckoned=" ".join(f"{x},{y}" for x, y in ahead) if len(ahead) > 1 else "",
            today=behind[-1][0],
            threshold=height(threshold) if 0 < threshold <= most else None,
            most=most,
        )


def _round_up(value: int) -> int:
    """The next round number, for the top of an axis."""
    step = 10
    while value > step * 10:
        step *= 10
    return max(10, -(-value // step) * step)
