from django.db import migrations

from dukcapil.accounts.triggers import as_keeper
from registrations import triggers


class Migration(migrations.Migration):
    dependencies = [("registrations", "0006_desk"), ("events", "0007_desk_rules")]

    operations = [
        migrations.RunSQL(triggers.DESK, triggers.DESK_UNDO),
        migrations.RunSQL(triggers.LENT, triggers.LENT_UNDO),
        migrations.RunSQL(
            as_keeper(triggers.RECORDED_LENT),
            as_keeper(triggers.RECORDED.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")),
        ),
    ]
