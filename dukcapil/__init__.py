"""The roof (settings, urls, celery) and the ground (what every app stands on)."""
