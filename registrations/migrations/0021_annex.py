from django.db import migrations, models


class Migration(migrations.Migration):
    """Whose cards were destroyed may be taken out as a list."""

    dependencies = [
        ("registrations", "0020_print_rules"),
    ]

    operations = [
        migrations.AlterField(
            model_name="export",
            name="kind",
            field=models.CharField(
                choices=[
                    ("residents", "Residents of the office"),
                    ("queue", "Bookings of a session"),
                    ("waiting", "Waiting list of a session"),
                    ("missing", "Who is missing after an event"),
                    ("mend", "Rows of an import to mend"),
                    ("annex", "Annex of a destruction of cards"),
                ],
                max_length=10,
                verbose_name="list",
            ),
        ),
    ]
