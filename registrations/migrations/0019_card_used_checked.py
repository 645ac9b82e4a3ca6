from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """What stands in the ledger says nothing of cards, and is read beside those who write."""

    dependencies = [("registrations", "0019_card_used")]

    operations = [ValidateConstraint("servicerecord", "ledger_card_used")]
