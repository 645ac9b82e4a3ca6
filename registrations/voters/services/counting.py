"""Counts of a list whose every row is written: made once, instead of row by row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

COUNT = """
DELETE FROM registrations_votercount WHERE voter_list_id = %(list)s;
INSERT INTO registrations_votercount (voter_list_id, village_id, verdict, recorded, code, n)
SELECT voter_list_id, village_id, verdict, recorded, code, count(*) FROM registrations_voterrow
 WHERE voter_list_id = %(list)s GROUP BY 1, 2, 3, 4, 5
"""


@contextmanager
def counted_once(list_id: Any) -> Iterator[None]:
    """Whatever is written of this list within is counted behind it; what is thrown undoes it all."""
    with transaction.atomic(), connection.cursor() as cursor:
        # The trigger `count_voters` looks for it.
        cursor.execute("SELECT set_config('app.counted_once', 'on', true)")
        yield
        cursor.execute("SELECT set_config('app.counted_once', '', true)")
        cursor.execute(COUNT, {"list": str(list_id)})
