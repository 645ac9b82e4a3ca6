from typing import Any

from django.db import migrations, models, transaction

from dukcapil.core.anew import AddIndexAnew

BATCH = 5_000
#: The rule of the table turns them. Nobody else has a seventh word; whose name was corrected since it was read
#: has the keys of the new one.
_WRITE = """
WITH long AS (
    SELECT resident_id FROM registrations_residentidentity
     WHERE key_6 IS NOT NULL AND key_7 IS NULL AND name_key LIKE '%% %% %% %% %% %% %%'
       AND resident_id > %s
     ORDER BY resident_id LIMIT %s
), turned AS (
    UPDATE registrations_residentidentity i SET name_key = i.name_key
      FROM long WHERE i.resident_id = long.resident_id
)
SELECT max(resident_id::text) FROM long
"""


def fill(apps: Any, editor: Any) -> None:
    """In batches that each end their transaction, so that nobody waits for more than one. May be run again."""
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
        cursor.execute(_WRITE, [after, BATCH])
        last: str | None = cursor.fetchone()[0]
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute("REVOKE SELECT, UPDATE ON registrations_residentidentity FROM keeper")
    return last


class Migration(migrations.Migration):
    """Names of seven and more words that are held already get the new keys, and these their indexes."""

    atomic = False

    dependencies = [("registrations", "0053_names_to_the_eighth")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        AddIndexAnew(
            model_name="residentidentity",
            index=models.Index(
                condition=models.Q(("key_7__isnull", False)),
                fields=["office", "key_7"],
                include=("village", "resident"),
                name="identity_word_7",
            ),
        ),
        AddIndexAnew(
            model_name="residentidentity",
            index=models.Index(
                condition=models.Q(("key_8__isnull", False)),
                fields=["office", "key_8"],
                include=("village", "resident"),
                name="identity_word_8",
            ),
        ),
    ]
