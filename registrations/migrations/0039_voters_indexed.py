"""Rows of voters' lists: an index for each page, and none that nobody asks, for a list brings a million."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

_UNASKED = (
    *("decided_by_id_212f86d9", "office_id_a7390567", "office_id_a7390567_like"),
    *("resident_id_267f5748", "village_id_6db42416", "village_id_6db42416_like"),
    "voter_list_id_c2781463",
)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("regions", "0001_initial"),
        ("registrations", "0038_voters_counted"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="voterrow",
            index=models.Index(fields=["voter_list", "village", "number"], name="voter_village"),
        ),
        AddIndexConcurrently(
            model_name="voterrow",
            index=models.Index(
                condition=models.Q(("resident__isnull", False)),
                fields=["resident"],
                name="voter_resident",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                *(
                    migrations.RunSQL(
                        f'DROP INDEX CONCURRENTLY IF EXISTS "registrations_voterrow_{name}"'
                    )
                    for name in _UNASKED
                ),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="voterrow",
                    name="decided_by",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AlterField(
                    model_name="voterrow",
                    name="office",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
                migrations.AlterField(
                    model_name="voterrow",
                    name="resident",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="voter_rows",
                        to="registrations.resident",
                    ),
                ),
                migrations.AlterField(
                    model_name="voterrow",
                    name="village",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
                migrations.AlterField(
                    model_name="voterrow",
                    name="voter_list",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rows",
                        to="registrations.voterlist",
                    ),
                ),
            ],
        ),
    ]
