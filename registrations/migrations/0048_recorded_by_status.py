from django.db import migrations

from dukcapil.core.sql import as_keeper, written


class Migration(migrations.Migration):
    """A card is printed and handed over of whom SIAK has recorded, too."""

    dependencies = [("registrations", "0047_counted_more")]

    operations = [migrations.RunSQL(as_keeper(written(__file__, "ledger_append")))]
