from reports.selectors.coverage import Question, coverage, series
from reports.selectors.daily import daily_reports

__all__ = ["Question", "coverage", "daily_reports", "series"]
