"""What an edition promises: how rarely one is made, how coarse its numbers are."""

from __future__ import annotations

from datetime import timedelta

#: Between two editions of one region, or of a region and a part of it.
APART = timedelta(days=30)
#: Editions for one election, counted as above.
MOST = 3
#: Every number is a multiple of this.
STEP = 5
#: Villages and districts with fewer potential voters are joined with a neighbour.
FEWEST = 20
