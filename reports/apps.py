from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Figures: bases and targets, daily reports and their revisions, coverage."""

    name = "reports"
