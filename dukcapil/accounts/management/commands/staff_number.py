"""The NIP or NIK of an account that has none, by whoever runs the machine."""

import getpass
import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from dukcapil.accounts.models import User
from dukcapil.accounts.selectors import current_posting
from dukcapil.accounts.services import log_by_machine
from dukcapil.accounts.staff.services import identify
from dukcapil.core.command import Command as Base


class Command(Base):
    help = (
        "Enter the NIP or NIK of an account that has none, so that the person counts where two have"
        " to agree. It is asked, or read from stdin; only a keyed hash of it is kept."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['username']}.")
        tty = sys.stdin.isatty()
        number = getpass.getpass("NIP or NIK: ") if tty else sys.stdin.readline()
        posting = current_posting(user.pk)
        with transaction.atomic():
            identify(user=user, staff_number=number)
            log_by_machine(
                kind="staff number entered",
                subject=f"user {user.pk}",
                office=posting.region_id if posting else "",
            )
        self.stdout.write(f"{user.username}: entered.")
