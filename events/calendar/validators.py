"""The first and the last day that an event, a record or a figure can have."""

from datetime import date

from django.utils.dateparse import parse_date

#: KTP-el recording began in 2011: there are no figures, records or events before.
FIRST_DAY = date(2011, 1, 1)
#: A later day is a typing error.
LAST_DAY = date(2100, 12, 31)


def parse_day(text: str | None) -> date | None:
    """A day that the calendar reaches; None for anything else."""
    try:
        day = parse_date(text or "")
    except ValueError:
        return None
    return day if day and FIRST_DAY <= day <= LAST_DAY else None
