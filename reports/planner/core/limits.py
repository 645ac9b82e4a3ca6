"""What instances and plans are called, and how large: without numpy, for whoever asks before one is read."""

FORMAT = "jemput-bola-instance/1"
PLAN_FORMAT = "jemput-bola-plan/1"
#: More than these in one office is another order of work; 5,000 places are five large offices.
MOST_SITES = 1500
#: The working days of a plan: sets of dates are bits of a whole number.
MOST_DATES = 62
