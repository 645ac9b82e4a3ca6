from django.db import migrations

from dukcapil.core.sql import as_keeper, written


class Migration(migrations.Migration):
    """Copies of one record that come at once are one row, at whichever key they meet."""

    dependencies = [("registrations", "0055_looked_for_by_their_own_key")]

    operations = [migrations.RunSQL(as_keeper(written(__file__, "ledger_claim")))]
