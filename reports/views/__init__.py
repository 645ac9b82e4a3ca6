from reports.views.ages import ages_page
from reports.views.bases import (
    basis_list,
    basis_new,
    basis_page,
    basis_preview,
    release_list,
    target_list,
)
from reports.views.closing import closing_page
from reports.views.coverage import coverage_page, trend_page, why_page
from reports.views.daily import daily_page, difference_page
from reports.views.files import file_download, files_page
from reports.views.recap import recap_page
from reports.views.today import home, today_page

__all__ = [
    "ages_page",
    "basis_list",
    "basis_new",
    "basis_page",
    "basis_preview",
    "closing_page",
    "coverage_page",
    "daily_page",
    "difference_page",
    "file_download",
    "files_page",
    "home",
    "recap_page",
    "release_list",
    "target_list",
    "today_page",
    "trend_page",
    "why_page",
]
