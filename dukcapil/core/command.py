"""The base of our management commands: their database role, their errors, their progress."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from dukcapil import embedded, processes
from dukcapil.core.characters import readable
from dukcapil.core.errors import Asks, DomainError
from dukcapil.core.roomy import with_room


def use_role(role: str) -> None:
    """Connect as another role from now on."""
    url = embedded.database_url(settings.VAR_DIR, role)
    if url is None:
        raise embedded.EngineError(f"Nothing runs on {settings.VAR_DIR}. Start it: make run")
    login = settings.ENV.db_url_config(url)
    if connection.settings_dict["USER"] == login["USER"]:
        return
    connection.close()
    connection.settings_dict.update(USER=login["USER"], PASSWORD=login["PASSWORD"])


class RoleMixin(BaseCommand):
    """Declare `database_role` on a command to run it as another role than `web`."""

    database_role = "web"

    def execute(self, *args: Any, **options: Any) -> Any:
        processes.begin_work()
        use_role(self.database_role)
        return with_room(super().execute, *args, **options)


class Command(RoleMixin):
    """Base of our commands: domain errors become one line and exit 1, and so do arguments with
    characters that nobody sees.
    """

    #: Django's checks of the code import every page, which no command needs: half of its start. The suite carries
    #: them out, and `manage.py check`.
    requires_system_checks: list[str] = []

    def execute(self, *args: Any, **options: Any) -> Any:
        try:
            typed = {
                name: readable(value, field=name) if isinstance(value, str) else value
                for name, value in options.items()
            }
            return super().execute(*args, **typed)
        except DomainError as error:
            asked = isinstance(error, Asks) and "yes" in options
            said = f"{error.message} With --yes it is done." if asked else str(error.message)
            raise CommandError(said) from error

    def progress(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
