"""Elections from the command line: list, enter, decide."""

from datetime import date
from typing import Any

from django.core.management.base import CommandError, CommandParser

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.selectors import actor_of, current_posting
from dukcapil.core.command import Command as Base
from dukcapil.regions.enums import Level
from dukcapil.regions.selectors import get_region
from dukcapil.regions.validators import NATION
from events.elections.enums import ElectionKind, ElectionState
from events.elections.models import Election
from events.elections.selectors import decisions_of, elections_of, state_of
from events.elections.services.deciding import decide, enter_election, get_election_or_404


def actor_named(username: str) -> Actor:
    user = User.objects.filter(username=username).first()
    posting = current_posting(user.pk) if user else None
    if posting is None:
        raise CommandError(f"{username} has no posting today.")
    return actor_of(posting)


class Command(Base):
    help = (
        "List the elections of a region with what was decided of them. With --enter NAME enter one"
        " (--kind, --region, --day, --source); with --decide NUMBER move it (--day), cancel it"
        " (--state cancelled) or confirm it, with --source. Both need --by, an account that is posted"
        " as province officer or administrator."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--region", default=NATION)
        parser.add_argument("--enter", metavar="NAME")
        parser.add_argument("--decide", type=int, metavar="NUMBER")
        parser.add_argument("--kind", choices=ElectionKind.values)
        parser.add_argument("--day", type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--state", choices=ElectionState.values)
        parser.add_argument("--source", default="", help="decree or letter")
        parser.add_argument("--listed-from", type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument(
            "--office", action="append", default=[], help="only these offices; may be repeated"
        )
        parser.add_argument("--by", default="", metavar="USERNAME")
        parser.add_argument("--yes", action="store_true", help="move one that was held already")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["enter"] is None and options["decide"] is None:
            for election in elections_of(get_region(options["region"]).pk):
                self._line(election)
            return
        by = actor_named(options["by"])
        with scoped(by.scope):
            if options["decide"] is not None:
                self._decide(by, options)
            else:
                self._enter(by, options)

    def _enter(self, by: Actor, options: dict[str, Any]) -> None:
        if options["kind"] is None or options["day"] is None:
            raise CommandError("An election has a --kind and a --day.")
        election = enter_election(
            by=by,
            name=options["enter"],
            kind=options["kind"],
            region=get_region(options["region"]),
            held_on=options["day"],
            source=options["source"],
            listed_from=options["listed_from"],
            offices=[get_region(code, level=Level.REGENCY) for code in options["office"]],
        )
        self._line(election)

    def _decide(self, by: Actor, options: dict[str, Any]) -> None:
        done = decide(
            by=by,
            election=get_election_or_404(by, options["decide"]),
            held_on=options["day"],
            state=options["state"],
            source=options["source"],
            confirm=["election-held"] if options["yes"] else [],
        )
        self._line(done.election)
        self.stdout.write(f"openings moved: {len(done.moved)}, ended: {len(done.ended)}")

    def _line(self, election: Election) -> None:
        self.stdout.write(
            f"{election.pk}  {election.held_on}  {state_of(election)}  {election.kind}"
            f"  {election.region_id}  {election.name}"
        )
        for one in decisions_of(election):
            self.stdout.write(
                f"    {one.decided_at:%Y-%m-%d %H:%M}  {one.state}  {one.held_on}  {one.source}"
            )
