import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

_CHANNELS = [("email", "E-mail"), ("phone", "SMS or WhatsApp")]

WAITING = "ALTER TABLE registrations_message ADD COLUMN waiting_id bigint"
REFERENCE = """
ALTER TABLE registrations_message ADD CONSTRAINT message_of_waiting FOREIGN KEY (waiting_id)
    REFERENCES registrations_waiting (id) DEFERRABLE INITIALLY DEFERRED NOT VALID
"""
#: A wider one takes its place at once: what was allowed stays allowed.
WIDER = """
-- squawk-ignore ban-drop-constraint
ALTER TABLE registrations_message DROP CONSTRAINT message_to_one
"""


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


class Migration(migrations.Migration):
    """Whoever waits for a place, or asks for a visit, leaves a contact too, and is told. Whole or not at
    all; 0016 checks the rows that stand, which may take a while.
    """

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
        AddConstraintNotValid("waiting", whole("waiting_contact")),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL([WAITING, REFERENCE])],
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
    ]
