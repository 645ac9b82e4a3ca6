"""Every column of every table of accounts and reports, in many rows of a demonstration."""

from __future__ import annotations

from typing import Any

import psycopg2
from django.core.management import call_command
from django.db import connection

from dukcapil import embedded
from dukcapil.accounts.models import User
from dukcapil.core.command import use_role
from tests import engines
from tests.walls import alterations

#: Rows of each table; smaller tables are altered in every row.
ROWS = 40


def altered() -> tuple[dict[str, Any], bool]:
    connection.close()
    engines.fresh_database()
    call_command("demo", verbosity=0)
    use_role("web")
    clerk, head = (User.objects.get(username=name).pk for name in ("operator", "kepala"))
    alterations.rarely_filled(clerk, head)
    alterations.plan(head)
    alterations.print_rule(head)
    connection.close()
    database = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    with database.cursor() as cursor:
        wanted = alterations.columns(cursor)
        alterations.as_who_owns_the_machine(cursor)
        sound = alterations.found_by(cursor) == ""
        empty = [table for table in alterations.NEVER if not alterations.counted(cursor, table)]
        tried, missed = alterations.unseen(cursor, wanted, ROWS)
    database.rollback()
    database.close()
    for line in [*sorted(set(missed)), *empty]:
        print("   ", line)
    figures = {"alterations": tried, "unseen": len(missed), "tables without a row": len(empty)}
    return figures, sound and not missed and not empty
