from reports.views.coverage import coverage_page, trend_page, why_page
from reports.views.daily import daily_page
from reports.views.today import home, today_page

__all__ = ["coverage_page", "daily_page", "home", "today_page", "trend_page", "why_page"]
