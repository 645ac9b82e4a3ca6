from reports.services.basis import decide_basis, import_basis, propose_basis
from reports.services.build import build_province, build_stale, ensure_day
from reports.services.daily import confirm_day, lock_days
from reports.services.release import approve_release, freeze_release, propose_release
from reports.services.targets import set_target

__all__ = [
    "approve_release",
    "build_province",
    "build_stale",
    "confirm_day",
    "decide_basis",
    "ensure_day",
    "freeze_release",
    "import_basis",
    "lock_days",
    "propose_basis",
    "propose_release",
    "set_target",
]
