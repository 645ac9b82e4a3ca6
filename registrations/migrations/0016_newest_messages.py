from typing import Any

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models, transaction

_KEEP_THE_NEWEST = """
UPDATE registrations_message older
   SET state = 'dropped', address = NULL, finished_at = now()
  FROM registrations_message newer
 WHERE older.state = 'waiting' AND newer.state = 'waiting' AND newer.kind = older.kind
   AND newer.id > older.id
   AND (newer.appointment_id = older.appointment_id OR newer.group_id = older.group_id)
"""

CHECK_REFERENCE = "ALTER TABLE registrations_message VALIDATE CONSTRAINT message_of_waiting"


def keep_the_newest(apps: Any, editor: Any) -> None:
    """Of messages of one kind to one person only the newest goes on waiting. The owner may not change
    them: `keeper` may, for this statement. May be run again.
    """
    with transaction.atomic(using=editor.connection.alias), editor.connection.cursor() as cursor:
        cursor.execute("GRANT SELECT, UPDATE ON registrations_message TO keeper")
        cursor.execute("SET LOCAL ROLE keeper")
        cursor.execute(_KEEP_THE_NEWEST)
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute("REVOKE SELECT, UPDATE ON registrations_message FROM keeper")


def newest(name: str, owner: str) -> migrations.SeparateDatabaseAndState:
    """Built without blocking those who write messages meanwhile. One that failed is left invalid: it is
    built anew.
    """
    drop = f"DROP INDEX CONCURRENTLY IF EXISTS {name}"
    build = (
        f"CREATE UNIQUE INDEX CONCURRENTLY {name}"
        f" ON registrations_message ({owner}_id, kind) WHERE state = 'waiting'"
    )
    return migrations.SeparateDatabaseAndState(
        database_operations=[migrations.RunSQL([drop, build], drop)],
        state_operations=[
            migrations.AddConstraint(
                model_name="message",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("state", "waiting")),
                    fields=(owner, "kind"),
                    name=name,
                    violation_error_code="told-meanwhile",
                    violation_error_message="Somebody else changes this at the moment: try again.",
                ),
            )
        ],
    )


class Migration(migrations.Migration):
    """Only the newest message of a kind waits for each; what 0014 began is checked. Each step may be run
    again after a failure.
    """

    atomic = False

    dependencies = [("registrations", "0015_clock")]

    operations = [
        ValidateConstraint("visitrequest", "request_contact"),
        ValidateConstraint("waiting", "waiting_contact"),
        ValidateConstraint("message", "message_to_one"),
        migrations.RunSQL(CHECK_REFERENCE, migrations.RunSQL.noop),
        migrations.RunPython(keep_the_newest, migrations.RunPython.noop),
        newest("message_newest_visit", "appointment"),
        newest("message_newest_group", "group"),
        newest("message_newest_waiting", "waiting"),
    ]
