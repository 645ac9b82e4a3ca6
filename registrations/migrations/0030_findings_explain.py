"""A finding that was accepted explains why somebody is not recorded; who is off the roll leaves a list."""

import django.db.models.deletion
from django.db import migrations, models

from dukcapil.core.sql import as_keeper, written

_TOUCHED = (
    "CREATE TRIGGER people_touched_insert AFTER INSERT ON registrations_finding"
    " REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION people_touched();"
    "CREATE TRIGGER people_touched_update AFTER UPDATE ON registrations_finding"
    " REFERENCING OLD TABLE AS was NEW TABLE AS touched"
    " FOR EACH STATEMENT EXECUTE FUNCTION people_touched()"
)


class Migration(migrations.Migration):
    dependencies = [
        ("registrations", "0029_saved_views"),
        ("registrations", "0024_findings"),
        ("registrations", "0025_called_again"),
        ("registrations", "0026_versions"),
    ]

    operations = [
        # Words of another place, and a name that an import has for something else.
        migrations.AlterField(
            model_name="villagelist",
            name="completeness",
            field=models.CharField(
                choices=[
                    ("none", "Single people"),
                    ("missing_only", "Everybody who is not recorded"),
                    ("whole", "Everybody who lives there"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="villagelist",
            name="roll_import",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="village_lists",
                to="registrations.rollimport",
            ),
        ),
        migrations.RunSQL(as_keeper(written(__file__, "close_roll"))),
        migrations.RunSQL(_TOUCHED),
    ]
