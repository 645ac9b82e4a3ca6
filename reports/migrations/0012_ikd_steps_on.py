"""Where activations of IKD stopped on a day, as a revision of it counts them."""

from django.db import migrations

from dukcapil.core.sql import as_keeper, written


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0011_alerts"),
        ("registrations", "0035_lists_undone"),
    ]

    operations = [migrations.RunSQL(as_keeper(written(__file__, "ikd_steps_on")))]
