from django.db import migrations

from dukcapil.core.sql import as_keeper, written


class Migration(migrations.Migration):
    """An office reports nil in one step."""

    dependencies = [("reports", "0009_editions")]

    operations = [migrations.RunSQL(as_keeper(written(__file__, "nil_day")))]
