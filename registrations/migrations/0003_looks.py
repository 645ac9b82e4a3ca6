from django.db import migrations

from dukcapil.core.sql import as_keeper, written


class Migration(migrations.Migration):
    """What other offices recorded is told apart."""

    dependencies = [("accounts", "0003_reasons"), ("registrations", "0002_rules")]

    operations = [migrations.RunSQL(as_keeper(written(__file__, "recorded_here")))]
