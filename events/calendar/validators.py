"""Days that anything here can be about."""

from datetime import date

#: KTP-el recording began in 2011: there are no figures, records or events before.
FIRST_DAY = date(2011, 1, 1)
#: A later day is a slip of the pen.
LAST_DAY = date(2100, 12, 31)
