from django.db import migrations, models


class Migration(migrations.Migration):
    """What a closing ends is remembered, so that it can be taken back."""

    dependencies = [
        ("registrations", "0014_contacts"),
    ]

    operations = [
        migrations.AddField(
            model_name="appointment",
            name="open_at_closing",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
        migrations.AddField(
            model_name="appointmentservice",
            name="open_at_closing",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="waiting",
            name="open_at_closing",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="visitrequest",
            name="counted_by",
            field=models.UUIDField(blank=True, null=True),
        ),
    ]
