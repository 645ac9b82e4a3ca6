from reports.models.basis import PopulationBasis, PopulationFigure, Target
from reports.models.daily import BuildHead, DayCount, RegencyDay, Release, ReleaseEntry

__all__ = [
    "BuildHead",
    "DayCount",
    "PopulationBasis",
    "PopulationFigure",
    "RegencyDay",
    "Release",
    "ReleaseEntry",
    "Target",
]
