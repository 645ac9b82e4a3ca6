from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from dukcapil.accounts.models import User
from dukcapil.core.command import Command as Base
from reports.services import freeze_release
from reports.services.build import build_stale
from reports.services.demo import make_accounts, write_accounts
from reports.services.demo_life import make_corrections, make_history, make_today
from reports.services.published import load_published


class Command(Base):
    help = (
        "Fill an empty database with the demonstration (published figures, two offices with "
        "synthetic people) and write demo.json with fresh tokens. A database with other users "
        "is left alone."
    )
    database_role = "worker"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, **options: Any) -> None:
        demo = User.objects.filter(username="klien-api").exists()
        if User.objects.exists() and not demo:
            self.progress("This database has users of its own: no demonstration was loaded.")
            return
        if not demo:
            self.progress("Loading published figures ...")
            load_published()
        make_accounts()
        if not demo:
            self.progress("Making two offices with synthetic people ...")
            make_history()
            build_stale()
            # What comes late or is taken back makes second revisions of days that were built.
            make_corrections()
            build_stale()
            make_today()
            build_stale()
            freeze_release(name="contoh-awal", note="Rilis contoh saat demo dibuat")
        write_accounts(settings.VAR_DIR, options["port"])
