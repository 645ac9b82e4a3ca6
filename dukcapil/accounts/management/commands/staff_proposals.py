"""Proposals about staff, for an installation that has no second person."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from dukcapil.accounts.models import StaffProposal
from dukcapil.accounts.staff.services import approve_on_server
from dukcapil.core.command import Command as Base


class Command(Base):
    help = (
        "List the postings and new passwords that wait for a second person. With --approve the"
        " operator of the server is that person: it is logged, and a password is printed once."
    )

    #: Serving roles sign nothing in nobody's name.
    database_role = "owner"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--approve", type=int, metavar="NUMBER")

    def handle(self, *args: Any, **options: Any) -> None:
        waiting = StaffProposal.objects.filter(decision=None).select_related(
            "user", "region", "proposed_by", "posting"
        )
        if options["approve"] is None:
            for proposal in waiting.order_by("pk"):
                self.stdout.write(
                    f"{proposal.pk}  {proposal.kind}  {proposal.who}  {proposal.role}"
                    f"  {proposal.region_id}  proposed by {proposal.proposed_by.username}"
                )
            return
        chosen = waiting.filter(pk=options["approve"]).first()
        if chosen is None:
            raise CommandError("No such proposal waits.")
        posting, password = approve_on_server(proposal=chosen)
        self.stdout.write(
            f"Approved: {posting.user.username}, {posting.role} of {posting.region_id}"
        )
        if password:
            self.stdout.write(f"First password: {password}")
