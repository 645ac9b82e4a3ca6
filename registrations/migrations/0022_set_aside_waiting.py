from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """An index of the few records that weigh nothing until somebody decides."""

    atomic = False

    dependencies = [("registrations", "0021_annex")]

    operations = [
        AddIndexConcurrently(
            model_name="servicerecord",
            index=models.Index(
                condition=models.Q(("row_kind", "record"), ("weight", 0)),
                fields=["office"],
                name="ledger_set_aside",
            ),
        ),
    ]
