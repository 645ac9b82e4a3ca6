from django.db import migrations

from dukcapil.core.sql import as_keeper, written


class Migration(migrations.Migration):
    """Who is nobody yet was not present."""

    dependencies = [
        ("reports", "0003_two_persons"),
        ("registrations", "0004_numbers_in_doubt"),
    ]

    operations = [migrations.RunSQL(as_keeper(written(__file__, "present_on")))]
