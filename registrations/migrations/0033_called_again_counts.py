"""Only what was recorded after somebody was called again counts as the new recording."""

from django.db import migrations, models

from dukcapil.core.sql import as_keeper, written


class Migration(migrations.Migration):
    dependencies = [("registrations", "0032_offices_to_settle")]

    operations = [
        migrations.AlterField(
            model_name="servicerecord",
            name="set_aside_code",
            field=models.CharField(
                blank=True,
                choices=[
                    ("other-office", "Another office recorded this person first"),
                    ("doubtful-number", "Nobody can have been issued this NIK"),
                    ("too-young", "Recorded before 16, and never married"),
                    ("card-too-early", "A card before 17, and never married"),
                    ("not-recorded", "Nothing is known of a recording"),
                    ("called-again", "From before this person was called again"),
                ],
                db_default="",
                default="",
                max_length=15,
            ),
        ),
        migrations.RunSQL(as_keeper(written(__file__, "ledger_append"))),
    ]
