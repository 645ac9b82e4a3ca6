"""Prepares a PostgreSQL server of the office: roles, rights, schema; then checks the result."""

from __future__ import annotations

import os
from typing import Any

import psycopg2
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from dukcapil import catalogue, embedded, roles
from dukcapil.core.command import use_role

OLDEST_VERSION = 150_000


class Command(BaseCommand):
    help = (
        "Prepare the server that DATABASE_URL names, with a superuser's login there: roles with"
        " random passwords (kept 0600 in the key folder), rights, extension, migrations. Then check"
        " everything against dukcapil/grants.py. Running it again changes nothing. Afterwards"
        " DATABASE_URL may name any login, or none that is a superuser."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="change nothing; only compare with the written list",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        url = os.environ.get("DATABASE_URL") or embedded.admin_url(settings.VAR_DIR)
        if url is None:
            raise CommandError("Set DATABASE_URL to a superuser's address of the database.")
        if not options["check"]:
            self._prepare(url)
        with psycopg2.connect(url) as database, database.cursor() as cursor:
            differences = catalogue.differences(cursor)
        database.close()
        for line in differences:
            self.stdout.write(self.style.ERROR(line))
        if differences:
            raise CommandError(f"{len(differences)} differences from dukcapil/grants.py")
        self.stdout.write(self.style.SUCCESS("Roles, rights and policies are as written."))

    def _prepare(self, url: str) -> None:
        try:
            with psycopg2.connect(url) as database:
                version = database.server_version
            database.close()
            allowed = roles.may_prepare(url)
        except psycopg2.OperationalError as error:
            raise CommandError("The database does not answer at DATABASE_URL.") from error
        if version < OLDEST_VERSION:
            raise CommandError("PostgreSQL 15 or newer is needed.")
        if not allowed:
            raise CommandError(
                "This login is no superuser: it cannot create the role `backup`, which reads past"
                " row-level security. Ask the server's administrator to run this once."
            )
        roles.prepare(url, settings.VAR_DIR)
        self.stdout.write(f"Roles are there; passwords in {embedded.keys_dir(settings.VAR_DIR)}")
        use_role("owner")
        connection.close()
        call_command("migrate", verbosity=0, interactive=False)
        self.stdout.write("The schema is up to date.")
