"""Fills an empty database with the demonstration."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from dukcapil.accounts.models import User
from dukcapil.core.command import Command as Base
from dukcapil.core.command import use_role
from reports.daily.services.build import build_stale
from reports.demo.accounts import make_accounts, write_accounts
from reports.demo.burials import make_burials
from reports.demo.cards import ask_for_cards, open_stores
from reports.demo.documents import make_documents
from reports.demo.figures import make_decisions
from reports.demo.ikd import make_stops
from reports.demo.life import make_corrections, make_history, make_roll, make_today
from reports.demo.loop import close_lists, make_loop
from reports.demo.offices import make_profiles
from reports.demo.papers import make_papers
from reports.demo.places import make_places
from reports.demo.planner import make_plans
from reports.demo.published import load_published, load_targets
from reports.demo.statuses import make_statuses
from reports.demo.synthetic import load_synthetic
from reports.publication.services.freezing import freeze_release


def _build() -> None:
    """What the worker does, as the worker: pages may not write figures, nor jobs plans."""
    use_role("worker")
    build_stale()
    use_role("web")


class Command(Base):
    help = (
        "Fill an empty database with the demonstration (published figures, two offices with "
        "synthetic people) and write demo.json, whose tokens stay while they hold. A database with "
        "other users is left alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, **options: Any) -> None:
        demo = User.objects.filter(demonstration=True).exists()
        if User.objects.exists() and not demo:
            self.progress("This database has users of its own: no demonstration was loaded.")
            return
        if not demo:
            self.progress("Loading published figures ...")
            # By the operator of the server: nobody is posted yet, and pages sign nothing in nobody's name.
            use_role("owner")
            load_published()
            load_synthetic()
            use_role("web")
        make_accounts()
        if not demo:
            self.progress("Making two offices with synthetic people ...")
            load_targets()
            make_profiles()
            open_stores()
            make_history()
            _build()
            # What comes late or is taken back makes second revisions of days that were built.
            make_corrections()
            _build()
            make_roll()
            close_lists()
            make_today()
            make_loop()
            make_stops()
            make_burials()
            make_places()
            make_papers()
            make_statuses()
            make_documents()
            ask_for_cards()
            make_plans()
            _build()
            freeze_release(name="contoh-awal", note="Rilis contoh saat peragaan dibuat")
            make_decisions()
        write_accounts(settings.VAR_DIR, options["port"])
