from django.db import migrations

from dukcapil.core.sql import as_keeper, written


class Migration(migrations.Migration):
    """A function of `keeper` is the ledger's only writer; the trigger that judged each row refuses all others.

    Whoever has to go back finds `ledger_append` in its file (`0045_ledger_append.sql`).
    """

    dependencies = [
        ("registrations", "0047_counted_more"),
    ]

    operations = [
        migrations.RunSQL(as_keeper(written(__file__, "ledger_write"))),
        migrations.RunSQL(written(__file__, "ledger_by_keeper")),
        migrations.RunSQL("DROP TRIGGER ledger_append ON registrations_servicerecord"),
        # It was a trigger's: no client calls it.
        migrations.RunSQL(
            as_keeper("-- squawk-ignore ban-drop-function\nDROP FUNCTION ledger_append();")
        ),
        migrations.RunSQL(
            "CREATE TRIGGER ledger_by_keeper BEFORE INSERT ON registrations_servicerecord"
            " FOR EACH STATEMENT EXECUTE FUNCTION ledger_by_keeper()"
        ),
    ]
