from reports.models.basis import BasisDecision, PopulationBasis, PopulationFigure, Target
from reports.models.daily import BuildHead, DayConfirmation, DayCount, DayLock, RegencyDay
from reports.models.release import (
    FigureFile,
    Publication,
    PublicFigure,
    Release,
    ReleaseEntry,
    Webhook,
    WebhookDelivery,
)

__all__ = [
    "BasisDecision",
    "BuildHead",
    "DayConfirmation",
    "DayCount",
    "DayLock",
    "FigureFile",
    "PopulationBasis",
    "PopulationFigure",
    "PublicFigure",
    "Publication",
    "RegencyDay",
    "Release",
    "ReleaseEntry",
    "Target",
    "Webhook",
    "WebhookDelivery",
]
