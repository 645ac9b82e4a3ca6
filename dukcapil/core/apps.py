"""The app that every other one is built on."""

from django.apps import AppConfig
from django.core import signals
from django.core.cache import close_caches


class CoreConfig(AppConfig):
    """No tables, no domain words: what every app stands on."""

    name = "dukcapil.core"
    label = "core"

    def ready(self) -> None:
        from dukcapil.core import checks, connections, jobs  # noqa: F401, PLC0415 - registers on import

        connections.start()
        # After each request Django asks every cache to close; ours keeps its connection, so that says nothing.
        signals.request_finished.disconnect(close_caches)
