"""A voters' list does not keep an import from being undone; nobody is asked about whoever is held no more."""

from django.db import migrations

from dukcapil.core.sql import as_keeper, written


class Migration(migrations.Migration):
    dependencies = [("registrations", "0034_findings_wait")]

    operations = [
        migrations.RunSQL(as_keeper(written(__file__, "undo_import"))),
        migrations.RunSQL(written(__file__, "gone_over")),
    ]
