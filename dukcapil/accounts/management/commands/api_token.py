"""An API token from the command line."""

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser

from dukcapil.accounts.models import User
from dukcapil.accounts.permissions import SCOPES
from dukcapil.accounts.selectors import current_posting
from dukcapil.accounts.services import create_token
from dukcapil.core.command import Command as Base


class Command(Base):
    help = "Make an API token for a user's posting of today and print it once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", required=True)
        parser.add_argument(
            "--scopes", default="*", help=f"comma-separated; of {', '.join(sorted(SCOPES))}"
        )
        parser.add_argument("--label", default="command line")
        parser.add_argument("--days", type=int, default=365)

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        posting = current_posting(user.pk) if user else None
        if posting is None:
            raise CommandError(f"{options['username']} has no posting today.")
        _token, text = create_token(
            posting=posting,
            scopes=[scope.strip() for scope in options["scopes"].split(",")],
            label=options["label"],
            expiry=timedelta(days=options["days"]),
            by_machine=True,
        )
        self.stdout.write(text)
