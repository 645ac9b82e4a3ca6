from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

#: PostgreSQL only notes a longer limit: nothing is written anew, and the lock is over at once.
_WIDER = """
-- squawk-ignore changing-column-type
ALTER TABLE registrations_appointment ALTER COLUMN state TYPE varchar(16);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0004_clocks"),
        ("regions", "0001_initial"),
        ("registrations", "0012_names_indexed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="appointment",
            name="ended_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(_WIDER, migrations.RunSQL.noop)],
            state_operations=[
                migrations.AlterField(
                    model_name="appointment",
                    name="state",
                    field=models.CharField(
                        choices=[
                            ("booked", "Booked"),
                            ("checked_in", "Checked in"),
                            ("served", "Served"),
                            ("came_not_served", "Came, not served"),
                            ("no_show", "Did not come"),
                            ("cancelled", "Cancelled"),
                            ("moved", "Moved to another session"),
                        ],
                        default="booked",
                        max_length=16,
                    ),
                ),
            ],
        ),
        # Not valid: what ended before has no moment and stays as it is; nobody waits while it is read.
        AddConstraintNotValid(
            model_name="appointment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("state__in", ("booked", "checked_in"))),
                    ("state__in", ("served", "cancelled")),
                    models.Q(("ended_at__isnull", False), ("state", "moved")),
                    models.Q(
                        ("checked_in_at__isnull", False),
                        ("ended_at__isnull", False),
                        ("state", "came_not_served"),
                    ),
                    models.Q(("ended_at__isnull", True), ("state", "no_show")),
                    models.Q(("checked_in_at__isnull", True), ("state", "no_show")),
                    _connector="OR",
                ),
                name="appointment_ends",
            ),
        ),
    ]
