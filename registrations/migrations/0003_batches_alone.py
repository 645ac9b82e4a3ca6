from django.db import migrations

from dukcapil.accounts.triggers import as_keeper
from registrations import triggers


class Migration(migrations.Migration):
    """Databases made before batches held their offices for themselves get the new trigger."""

    dependencies = [("registrations", "0002_rules")]

    operations = [migrations.RunSQL(as_keeper(triggers.APPEND), migrations.RunSQL.noop)]
