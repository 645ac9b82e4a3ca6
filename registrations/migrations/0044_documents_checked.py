from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """What stands in the ledger fits the rule of more cards for children, and is read beside those who write."""

    dependencies = [("registrations", "0044_documents")]

    operations = [ValidateConstraint("servicerecord", "ledger_card_used")]
