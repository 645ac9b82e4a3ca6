"""The six states by venue; two offices that take one person at once; how many an office holds, whoever asks."""

import django.db.models.deletion
from django.db import migrations, models

from dukcapil.core.sql import as_keeper, written

_TOUCHED = (
    "CREATE TRIGGER people_touched_insert AFTER INSERT ON registrations_rosterentry"
    " REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION people_touched();"
    "CREATE TRIGGER people_touched_update AFTER UPDATE ON registrations_rosterentry"
    " REFERENCING OLD TABLE AS was NEW TABLE AS touched"
    " FOR EACH STATEMENT EXECUTE FUNCTION people_touched()"
)


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0013_venues"),
        ("registrations", "0036_gone_moved"),
    ]

    operations = [
        migrations.AlterField(
            model_name="rollentry",
            name="venue",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.CreateModel(
            name="RollVenueCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded", models.IntegerField(db_default=0)),
                ("explained", models.IntegerField(db_default=0)),
                ("booked", models.IntegerField(db_default=0)),
                ("asked", models.IntegerField(db_default=0)),
                ("open", models.IntegerField(db_default=0)),
                ("left", models.IntegerField(db_default=0)),
                (
                    "list",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="venue_counts",
                        to="registrations.rolllist",
                    ),
                ),
                (
                    "venue",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="events.venue",
                    ),
                ),
            ],
            options={
                "verbose_name": "counts of a list by venue",
                "constraints": [
                    models.UniqueConstraint(fields=("list", "venue"), name="roll_venue_count_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("asked__gte", 0),
                            ("booked__gte", 0),
                            ("explained__gte", 0),
                            ("left__gte", 0),
                            ("open__gte", 0),
                            ("recorded__gte", 0),
                        ),
                        name="roll_venue_count_positive",
                    ),
                ],
            },
        ),
        migrations.RunSQL(as_keeper(written(__file__, "people_touched"))),
        migrations.RunSQL(as_keeper(written(__file__, "count_roll"))),
        migrations.RunSQL(as_keeper(written(__file__, "close_roll"))),
        migrations.RunSQL(as_keeper(written(__file__, "holds_few"))),
        migrations.RunSQL(_TOUCHED),
    ]
