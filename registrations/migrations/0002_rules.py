from django.db import migrations

from registrations import triggers


class Migration(migrations.Migration):
    dependencies = [
        ("registrations", "0001_initial"),
        ("events", "0002_rules"),
        ("accounts", "0002_rules"),
    ]

    operations = [
        migrations.RunSQL(triggers.HASH, "DROP FUNCTION ledger_hash;"),
        migrations.RunSQL(triggers.APPEND, "DROP FUNCTION ledger_append;"),
        migrations.RunSQL(triggers.RECORDED, "DROP FUNCTION recorded_dates;"),
        migrations.RunSQL(triggers.OWNERSHIP, triggers.OWNERSHIP_UNDO),
        migrations.RunSQL(triggers.SECURITY, triggers.SECURITY_UNDO),
        migrations.RunSQL(triggers.HOLDER, triggers.HOLDER_UNDO),
    ]
