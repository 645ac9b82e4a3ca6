from typing import Any

from django.db import migrations, transaction

from registrations.people.validators import name_key

BATCH = 5_000
_NAMES = """
SELECT resident_id, name FROM registrations_residentidentity
 WHERE resident_id > %s ORDER BY resident_id LIMIT %s
"""
#: A name that was corrected since it was read has its new key already.
_WRITE = """
UPDATE registrations_residentidentity i SET name_key = n.key
  FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS n (resident_id, name, key)
 WHERE i.resident_id = n.resident_id AND i.name = n.name
"""


def fill(apps: Any, editor: Any) -> None:
    """Every name's key as the code of today makes it; the rule of the table turns it.

    In batches that each end their transaction, so that nobody waits for more than one. May be run
    again. Reads `name_key` itself: keys are compared with what it answers, now and later.
    """
    last: str | None = "00000000-0000-0000-0000-000000000000"
    while last:
        with transaction.atomic(using=editor.connection.alias):
            last = _fill_batch(editor.connection, last)


def _fill_batch(connection: Any, after: str) -> str | None:
    """Its last id; None when there are no more. The owner may not change people: `keeper` may, for
    these statements.
    """
    with connection.cursor() as cursor:
        cursor.execute("GRANT SELECT, UPDATE ON registrations_residentidentity TO keeper")
        cursor.execute("SET LOCAL ROLE keeper")
        cursor.execute(_NAMES, [after, BATCH])
        people = cursor.fetchall()
        ids, names = [str(row[0]) for row in people], [row[1] for row in people]
        cursor.execute(_WRITE, [ids, names, [name_key(name) for name in names]])
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute("REVOKE SELECT, UPDATE ON registrations_residentidentity FROM keeper")
    return ids[-1] if ids else None


class Migration(migrations.Migration):
    """Names that are held already get the new form of their keys."""

    atomic = False

    dependencies = [("registrations", "0010_names_turned")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
