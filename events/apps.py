"""Events, their sessions and their resources."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """What is held, where, when, by whom, with what."""

    name = "events"
