"""A first user, made by whoever runs the machine; later ones are made on the page of the staff."""

import getpass
import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from dukcapil.accounts.permissions import Role
from dukcapil.accounts.services import create_posting, create_user
from dukcapil.accounts.validators import staff_id_of
from dukcapil.core.command import Command as Base
from dukcapil.regions.enums import today_in
from dukcapil.regions.selectors import get_region


class Command(Base):
    help = (
        "Create a user with a posting that starts today. The password is asked, or read from stdin."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--region", required=True, help="region code, for example 13.75")
        parser.add_argument(
            "--staff-number",
            default="",
            help="NIP (18 digits) or NIK (16); without it the person is no second person",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        tty = sys.stdin.isatty()
        password = getpass.getpass() if tty else sys.stdin.readline().rstrip("\n")
        if not password:
            raise CommandError("No password was given.")
        region = get_region(options["region"])
        with transaction.atomic():
            user = create_user(
                username=options["username"],
                name=options["name"],
                password=password,
                staff_id=staff_id_of(options["staff_number"]),
            )
            create_posting(
                user=user, role=options["role"], region=region, starts_on=today_in(region.pk)
            )
        self.stdout.write(f"{user.username}: {options['role']} of {region.name}")
