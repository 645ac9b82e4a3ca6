"""Drills: long, destructive, seeded; `make drill` prints their table and keeps JSON. No CI waits for them."""
