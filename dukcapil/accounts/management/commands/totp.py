"""The code of a second factor, for the demonstration and for a lost phone."""

import time
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.management.base import CommandError, CommandParser

from dukcapil.accounts.selectors import current_posting
from dukcapil.accounts.services import log_by_machine
from dukcapil.core.command import Command as Base


class Command(Base):
    help = "Print the code of this moment for a user's authenticator (demo and rescue)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        authenticator = Authenticator.objects.filter(
            user__username=options["username"], type=Authenticator.Type.TOTP
        ).first()
        if authenticator is None:
            raise CommandError(f"{options['username']} has no authenticator.")
        posting = current_posting(authenticator.user_id)
        log_by_machine(
            kind="second factor code shown",
            subject=f"user {authenticator.user_id}",
            office=posting.region_id if posting else "",
        )
        secret = get_adapter().decrypt(authenticator.data["secret"])
        self.stdout.write(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
