from django.db import migrations

from dukcapil.accounts.triggers import (
    APPEND_ONLY,
    APPEND_ONLY_UNDO,
    REFUSE_CHANGE,
    SCOPE,
    SCOPE_UNDO,
)

TABLE = "accounts_accesslog"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("regions", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE_CHANGE, "DROP FUNCTION refuse_change();"),
        migrations.RunSQL(SCOPE, SCOPE_UNDO),
        migrations.RunSQL(APPEND_ONLY.format(table=TABLE), APPEND_ONLY_UNDO.format(table=TABLE)),
        # Regions are loaded by the owner; nothing that serves may change them.
        migrations.RunSQL(
            "REVOKE INSERT, UPDATE, DELETE ON regions_region, regions_retiredcode"
            " FROM web, worker;",
            "GRANT INSERT, UPDATE, DELETE ON regions_region, regions_retiredcode TO web, worker;",
        ),
    ]
