"""`migrate` with our two additions: it runs as `owner`, and writes rights and policies after it."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from dukcapil import catalogue
from dukcapil.core.command import RoleMixin
from dukcapil.core.migrating import tables_alone

#: Apps with migrations of our own, which were written anew once (docs/migrations.md).
OURS = {"regions", "accounts", "events", "registrations", "reports"}


class Command(RoleMixin, Migrate):
    """Django's migrate, as the role that owns the tables; rights and policies follow."""

    database_role = "owner"

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_older_history()
        with connection.cursor() as cursor:
            # A migration that has to wait for a lock makes everybody behind it wait too.
            cursor.execute("SET lock_timeout = '10s'")
        with tables_alone():
            super().handle(*args, **options)
        if options["plan"] or options["check_unapplied"]:
            return
        changed = catalogue.apply()
        if options["verbosity"] and changed:
            self.stdout.write(f"Rights and policies written: {len(changed)} tables.")


def refuse_older_history() -> None:
    """Refuse a database that has applied migrations of ours whose files no longer exist."""
    loader = MigrationLoader(connection)
    if any(
        app in OURS and (app, name) not in loader.disk_migrations
        for app, name in loader.applied_migrations
    ):
        raise CommandError(
            "This database was made before the migrations began anew. Put it aside and begin anew:"
            " mv var var.old, then make run (docs/migrations.md)."
        )
