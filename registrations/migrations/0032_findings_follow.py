from django.db import migrations

from dukcapil.core.sql import as_keeper, written

_WHEN = """
DROP TRIGGER finding_follows ON registrations_resident;
CREATE TRIGGER finding_follows AFTER UPDATE ON registrations_resident FOR EACH ROW
    WHEN (NEW.village_id <> OLD.village_id OR NEW.nik_hash <> OLD.nik_hash
          OR (OLD.known_recorded_on IS NULL AND NEW.known_recorded_on IS NOT NULL))
    EXECUTE FUNCTION finding_follows();
"""


class Migration(migrations.Migration):
    """Another number that is recorded already contradicts what was found out, too."""

    dependencies = [("registrations", "0031_roll_follows")]

    operations = [
        migrations.RunSQL(as_keeper(written(__file__, "findings_follow"))),
        migrations.RunSQL(_WHEN),
    ]
