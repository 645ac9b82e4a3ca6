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
        migrations.RunSQL(
            "REVOKE UPDATE, DELETE, TRUNCATE ON accounts_postingevent FROM web, worker;",
            "GRANT UPDATE, DELETE ON accounts_postingevent TO web, worker;",
        ),
        # The context of a change is written once and completed within its transaction.
        migrations.RunSQL(
            "REVOKE DELETE, TRUNCATE ON pghistory_context FROM web, worker;",
            "GRANT DELETE ON pghistory_context TO web, worker;",
        ),
        # Regions are loaded by the owner; nothing that serves may change them.
        migrations.RunSQL(
            "REVOKE INSERT, UPDATE, DELETE ON regions_region, regions_retiredcode"
            " FROM web, worker;",
            "GRANT INSERT, UPDATE, DELETE ON regions_region, regions_retiredcode TO web, worker;",
        ),
    ]
