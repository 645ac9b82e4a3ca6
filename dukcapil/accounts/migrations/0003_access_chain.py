import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

from dukcapil.accounts import triggers


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="AccessHead",
            fields=[
                (
                    "office",
                    models.CharField(
                        db_collation="C", max_length=13, primary_key=True, serialize=False
                    ),
                ),
                ("seq", models.BigIntegerField()),
                ("hash", models.BinaryField()),
            ],
            options={
                "verbose_name": "end of the access log",
            },
        ),
        migrations.CreateModel(
            name="AccessLink",
            fields=[
                (
                    "log",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.accesslog",
                    ),
                ),
                ("office", models.CharField(blank=True, db_collation="C", max_length=13)),
                ("seq", models.BigIntegerField()),
                ("previous_hash", models.BinaryField()),
                ("hash", models.BinaryField()),
            ],
            options={
                "verbose_name": "link of the access log",
            },
        ),
        migrations.AlterModelOptions(
            name="accesslog",
            options={"base_manager_name": "everything", "verbose_name": "access"},
        ),
        migrations.AlterModelManagers(
            name="accesslog",
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddField(
            model_name="user",
            name="must_change_password",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="user",
            name="session_epoch",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddConstraint(
            model_name="accesslog",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("action", "export"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="accesslog_export_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="accesslink",
            constraint=models.UniqueConstraint(fields=("office", "seq"), name="accesslink_seq"),
        ),
        migrations.RunSQL(triggers.ACCESS_HASH, "DROP FUNCTION access_hash;"),
        migrations.RunSQL(triggers.ACCESS_BACKFILL, migrations.RunSQL.noop),
        migrations.RunSQL(triggers.as_keeper(triggers.ACCESS_CHAIN), "DROP FUNCTION access_chain;"),
        migrations.RunSQL(triggers.ACCESS_RIGHTS, migrations.RunSQL.noop),
    ]
