from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The rare rows of people who guessed numbers are found without reading a week of looks."""

    atomic = False

    dependencies = [("accounts", "0005_seals")]

    operations = [
        AddIndexConcurrently(
            model_name="accesslog",
            index=models.Index(
                condition=models.Q(("action", "refused"), ("kind", "numbers guessed")),
                fields=["office", "at"],
                name="accesslog_guesses",
            ),
        ),
    ]
