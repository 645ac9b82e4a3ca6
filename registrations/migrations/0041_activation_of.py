"""Whose IKD activation counts, and whether a recording stands below it."""

from django.db import migrations

from dukcapil.core.sql import as_keeper, written


class Migration(migrations.Migration):
    dependencies = [("registrations", "0040_burials")]

    operations = [migrations.RunSQL(as_keeper(written(__file__, "activation_of")))]
