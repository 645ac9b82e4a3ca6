"""Which lists lag behind is asked in one statement."""

from django.db import migrations

from dukcapil.core.sql import as_keeper, written


class Migration(migrations.Migration):
    dependencies = [("registrations", "0032_findings_follow")]

    operations = [migrations.RunSQL(as_keeper(written(__file__, "offices_to_settle")))]
