from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Index of the places that are out."""

    atomic = False

    dependencies = [("events", "0010_devices")]

    operations = [
        AddIndexConcurrently(
            model_name="seat",
            index=models.Index(
                condition=models.Q(("kept_for", "out")),
                fields=["session", "service"],
                name="seat_out",
            ),
        ),
    ]
