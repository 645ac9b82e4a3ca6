"""Counts of voters' lists stand beside them; names of a list are taken out by a job; who was merged is asked of
once, as somebody of whom nothing is known yet.
"""

import django.db.models.deletion
from django.db import migrations, models

from dukcapil.core.sql import as_keeper, written

_TRIGGERS = """
CREATE TRIGGER count_voters_new AFTER INSERT OR DELETE ON registrations_voterrow FOR EACH ROW
    WHEN (coalesce(current_setting('app.counted_once', true), '') = '')
    EXECUTE FUNCTION count_voters();
CREATE TRIGGER count_voters AFTER UPDATE OF verdict, recorded, code, village_id ON registrations_voterrow
    FOR EACH ROW WHEN (
        coalesce(current_setting('app.counted_once', true), '') = ''
        AND (OLD.verdict, OLD.recorded, OLD.code, OLD.village_id)
            IS DISTINCT FROM (NEW.verdict, NEW.recorded, NEW.code, NEW.village_id))
    EXECUTE FUNCTION count_voters();
"""
_COUNT = """
INSERT INTO registrations_votercount (voter_list_id, village_id, verdict, recorded, code, n)
SELECT voter_list_id, village_id, verdict, recorded, code, count(*) FROM registrations_voterrow
 GROUP BY 1, 2, 3, 4, 5
"""


class Migration(migrations.Migration):
    dependencies = [
        ("regions", "0001_initial"),
        ("registrations", "0037_roll_venues"),
    ]

    operations = [
        migrations.CreateModel(
            name="VoterCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("waiting", "Not compared yet"),
                            ("both", "On both, alike"),
                            ("differs", "On both, data differs"),
                            ("ask", "To be decided"),
                            ("twice", "Twice on the list"),
                            ("only_on_list", "Only on the voters' list"),
                            ("unknown", "Not on your list, which is not whole"),
                            ("unread", "Could not be compared"),
                        ],
                        max_length=12,
                    ),
                ),
                ("recorded", models.BooleanField(null=True)),
                ("code", models.CharField(blank=True, db_default="", max_length=4)),
                ("n", models.IntegerField(db_default=0)),
                (
                    "village",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
                (
                    "voter_list",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counts",
                        to="registrations.voterlist",
                    ),
                ),
            ],
            options={"verbose_name": "counts of a voters' list"},
        ),
        migrations.AddConstraint(
            model_name="votercount",
            constraint=models.UniqueConstraint(
                fields=("voter_list", "verdict", "code", "village", "recorded"),
                name="voter_count_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="votercount",
            constraint=models.CheckConstraint(
                condition=models.Q(("n__gte", 0)), name="voter_count_positive"
            ),
        ),
        migrations.AlterField(
            model_name="voterlist",
            name="step",
            field=models.CharField(
                choices=[
                    ("read", "Reading the file"),
                    ("match", "Matching with your people"),
                    ("take", "Taking the result over"),
                    ("drop", "Throwing away"),
                ],
                default="read",
                max_length=5,
            ),
        ),
        migrations.RunSQL(as_keeper(written(__file__, "count_voters"))),
        migrations.RunSQL(written(__file__, "voters_merged")),
        migrations.RunSQL(_TRIGGERS),
        migrations.RunSQL(_COUNT),
    ]
