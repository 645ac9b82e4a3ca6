from reports.services.basis import import_basis
from reports.services.build import build_province, build_stale, ensure_day
from reports.services.release import freeze_release

__all__ = [
    "build_province",
    "build_stale",
    "ensure_day",
    "freeze_release",
    "import_basis",
]
