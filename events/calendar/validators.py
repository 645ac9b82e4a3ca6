"""The first and the last day that an event, a record or a figure can have."""

from datetime import date

#: KTP-el recording began in 2011: there are no figures, records or events before.
FIRST_DAY = date(2011, 1, 1)
#: A later day is a typing error.
LAST_DAY = date(2100, 12, 31)
