"""Rows of lists follow a person to another village at once, for the walls."""

from django.db import migrations

from dukcapil.core.sql import as_keeper, written


class Migration(migrations.Migration):
    dependencies = [("registrations", "0030_findings_explain")]

    operations = [
        migrations.RunSQL(as_keeper(written(__file__, "roll_follows"))),
        migrations.RunSQL(
            "CREATE TRIGGER roll_follows AFTER UPDATE OF village_id ON registrations_resident"
            " FOR EACH ROW WHEN (NEW.village_id <> OLD.village_id) EXECUTE FUNCTION roll_follows()"
        ),
    ]
