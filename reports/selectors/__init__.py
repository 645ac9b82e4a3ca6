from reports.selectors.coverage import Question, coverage
from reports.selectors.daily import daily_reports
from reports.selectors.series import series

__all__ = ["Question", "coverage", "daily_reports", "series"]
