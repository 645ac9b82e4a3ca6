from typing import Any

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models, transaction

_CHANNELS = [("email", "E-mail"), ("phone", "SMS or WhatsApp")]

_KEEP_THE_NEWEST = """
UPDATE registrations_message older
   SET state = 'dropped', address = NULL, finished_at = now()
  FROM registrations_message newer
 WHERE older.state = 'waiting' AND newer.state = 'waiting' AND newer.kind = older.kind
   AND newer.id > older.id
   AND (newer.appointment_id = older.appointment_id OR newer.group_id = older.group_id)
"""

WAITING = "ALTER TABLE registrations_message ADD COLUMN waiting_id bigint"
REFERENCE = """
ALTER TABLE registrations_message ADD CONSTRAINT message_of_waiting FOREIGN KEY (waiting_id)
    REFERENCES registrations_waiting (id) DEFERRABLE INITIALLY DEFERRED NOT VALID
"""
CHECK_REFERENCE = "ALTER TABLE registrations_message VALIDATE CONSTRAINT message_of_waiting"
#: A wider one takes its place at once: what was allowed stays allowed.
WIDER = """
-- squawk-ignore ban-drop-constraint
ALTER TABLE registrations_message DROP CONSTRAINT message_to_one
"""


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


def channel() -> models.CharField:
    return models.CharField(blank=True, choices=_CHANNELS, db_default="", default="", max_length=8)


def whole(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(
            models.Q(("channel", ""), ("contact__isnull", True)),
            models.Q(
                models.Q(("channel", ""), _negated=True),
                ("contact__isnull", False),
            ),
            _connector="OR",
        ),
        name=name,
    )


def newest(name: str, owner: str) -> migrations.SeparateDatabaseAndState:
    """Built without blocking those who write messages meanwhile."""
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {name}"
                f" ON registrations_message ({owner}_id, kind) WHERE state = 'waiting'",
                f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
            )
        ],
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
    """Whoever waits for a place, or asks for a visit, leaves a contact too, and is told; only the newest
    message of a kind waits for each.
    """

    atomic = False

    dependencies = [("registrations", "0013_visits_end")]

    operations = [
        migrations.AddField("visitrequest", "channel", channel()),
        migrations.AddField("visitrequest", "contact", models.BinaryField(null=True)),
        migrations.AddField("waiting", "channel", channel()),
        migrations.AddField("waiting", "contact", models.BinaryField(null=True)),
        migrations.AlterField(
            "waiting",
            "state",
            models.CharField(
                choices=[
                    ("waiting", "On the waiting list"),
                    ("moved_up", "Moved up"),
                    ("withdrawn", "Withdrawn"),
                    ("ended", "No place came free"),
                    ("refused", "Cannot be recorded on that day"),
                ],
                default="waiting",
                max_length=9,
            ),
        ),
        migrations.AlterField("appointment", "channel", channel()),
        migrations.AlterField("visitgroup", "channel", channel()),
        AddConstraintNotValid("visitrequest", whole("request_contact")),
        ValidateConstraint("visitrequest", "request_contact"),
        AddConstraintNotValid("waiting", whole("waiting_contact")),
        ValidateConstraint("waiting", "waiting_contact"),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL([WAITING, REFERENCE, CHECK_REFERENCE])],
            state_operations=[
                migrations.AddField(
                    "message",
                    "waiting",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="registrations.waiting",
                    ),
                )
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL([WIDER])],
            state_operations=[migrations.RemoveConstraint("message", "message_to_one")],
        ),
        AddConstraintNotValid(
            "message",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("appointment__isnull", False),
                        ("group__isnull", True),
                        ("waiting__isnull", True),
                    ),
                    models.Q(
                        ("appointment__isnull", True),
                        ("group__isnull", False),
                        ("waiting__isnull", True),
                    ),
                    models.Q(
                        ("appointment__isnull", True),
                        ("group__isnull", True),
                        ("waiting__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="message_to_one",
            ),
        ),
        ValidateConstraint("message", "message_to_one"),
        migrations.RunPython(keep_the_newest, migrations.RunPython.noop),
        newest("message_newest_visit", "appointment"),
        newest("message_newest_group", "group"),
        newest("message_newest_waiting", "waiting"),
    ]
