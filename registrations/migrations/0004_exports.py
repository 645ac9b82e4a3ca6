import django.db.models.deletion
import django.db.models.manager
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import dukcapil.core.ids
from registrations import triggers


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_access_chain"),
        ("events", "0003_event_years"),
        ("regions", "0001_initial"),
        ("registrations", "0003_batches_alone"),
    ]

    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=dukcapil.core.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("residents", "Residents of the office"),
                            ("queue", "Bookings of a session"),
                        ],
                        max_length=10,
                        verbose_name="list",
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Being made"),
                            ("ready", "Ready"),
                            ("stopped", "Stopped: the right to it had ended"),
                            ("failed", "Could not be made"),
                            ("gone", "Removed"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("rows", models.PositiveIntegerField(null=True)),
                ("file", models.BinaryField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "export",
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AlterModelOptions(
            name="appointmentservice",
            options={"base_manager_name": "everything", "verbose_name": "booked service"},
        ),
        migrations.AlterModelOptions(
            name="residentidentity",
            options={"base_manager_name": "everything", "verbose_name": "identity"},
        ),
        migrations.AlterModelManagers(
            name="appointmentservice",
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AlterModelManagers(
            name="residentidentity",
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        # Binds new rows; one of before may hold the sign, and is never changed.
        AddConstraintNotValid(
            model_name="servicerecord",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("device__contains", "|"), _negated=True),
                    models.Q(("reason__contains", "|"), _negated=True),
                ),
                name="ledger_unambiguous",
            ),
        ),
        migrations.AddField(
            model_name="export",
            name="office",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="regions.region"
            ),
        ),
        migrations.AddField(
            model_name="export",
            name="posting",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.posting"
            ),
        ),
        migrations.AddField(
            model_name="export",
            name="session",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="events.servicesession",
            ),
        ),
        migrations.AddIndex(
            model_name="export",
            index=models.Index(fields=["office", "created_at"], name="export_office"),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__regex", "\\S.*\\S")), name="export_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("file__isnull", False), ("state", "ready")),
                    models.Q(models.Q(("state", "ready"), _negated=True), ("file__isnull", True)),
                    _connector="OR",
                ),
                name="export_file_while_ready",
            ),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "queue"), ("session__isnull", False)),
                    models.Q(models.Q(("kind", "queue"), _negated=True), ("session__isnull", True)),
                    _connector="OR",
                ),
                name="export_session",
            ),
        ),
        migrations.RunSQL(triggers.EXPORTS, migrations.RunSQL.noop),
        migrations.RunSQL(triggers.EFFECTIVE, migrations.RunSQL.noop),
    ]
