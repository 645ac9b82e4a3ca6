from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from dukcapil.accounts.models import User
from dukcapil.core.command import Command as Base
from reports.services import freeze_release
from reports.services.build import build_stale
from reports.services.demo import make_accounts, make_life, write_accounts
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
            make_life()
            build_stale()
            freeze_release(name="contoh-awal", note="Rilis contoh saat demo dibuat")
        write_accounts(settings.VAR_DIR, options["port"])
