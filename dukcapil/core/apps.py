"""The app that every other one is built on."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """No tables, no domain words: what every app stands on."""

    name = "dukcapil.core"
    label = "core"

    def ready(self) -> None:
        from dukcapil.core import checks, connections, jobs  # noqa: F401, PLC0415 - registers on import

        connections.start()
