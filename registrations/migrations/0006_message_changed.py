from django.db import migrations, models


class Migration(migrations.Migration):
    """People are told of another place or title too, not only of another time."""

    dependencies = [
        ("registrations", "0005_unusual_records"),
    ]

    operations = [
        migrations.AlterField(
            model_name="message",
            name="kind",
            field=models.CharField(
                choices=[
                    ("reminder", "Reminder"),
                    ("moved_up", "A place came free"),
                    ("moved", "Moved to another time"),
                    ("changed", "Changed"),
                    ("cancelled", "Cancelled"),
                ],
                max_length=10,
            ),
        ),
    ]
