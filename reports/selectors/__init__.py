from reports.selectors.coverage import Answer, answer, coverage
from reports.selectors.daily import daily_reports
from reports.selectors.question import Question
from reports.selectors.series import series

__all__ = ["Answer", "Question", "answer", "coverage", "daily_reports", "series"]
