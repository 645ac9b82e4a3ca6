from django.db import migrations

from dukcapil.core.sql import as_keeper, written


class Migration(migrations.Migration):
    """Of a finding and a recording at another office the second one knows the first."""

    dependencies = [("registrations", "0033_called_again_counts")]

    operations = [migrations.RunSQL(as_keeper(written(__file__, "finding_contradicted")))]
