from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """What stands in the ledger fits the shorter check, and is read beside those who write."""

    dependencies = [("registrations", "0050_dear_words")]

    operations = [ValidateConstraint("servicerecord", "ledger_card_used")]
