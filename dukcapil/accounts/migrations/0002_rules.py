import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import dukcapil.core.rules
from dukcapil.core.sql import as_keeper, written


class Migration(migrations.Migration):
    """Scope, the chain of the access log, and what is written once."""

    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(written(__file__, "scope")),
        migrations.RunSQL(written(__file__, "access_hash")),
        migrations.RunSQL(as_keeper(written(__file__, "access_chain"))),
        migrations.RunSQL(
            "CREATE CONSTRAINT TRIGGER access_chain AFTER INSERT ON accounts_accesslog"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION access_chain()"
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="accesslog",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="23a94719f6cfc5786a3851d4840dbee9826550e8",
                    operation="UPDATE OR DELETE",
                    pgid="accounts_accesslog_append_only",
                    table="accounts_accesslog",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="accesslog",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="33bc019a80343a725232418fe0a4b323cb98f900",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="accounts_accesslog_no_truncate",
                    table="accounts_accesslog",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="posting",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "accounts_postingevent" ("created_at", "ends_on", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "region_id", "role", "starts_on", "user_id") SELECT new_values."created_at", new_values."ends_on", new_values."id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."region_id", new_values."role", new_values."starts_on", new_values."user_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="c700a50cb06b1ff03ca96614e910a1fa1f235101",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_0f4ef",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="accounts_posting",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="posting",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "accounts_postingevent" ("created_at", "ends_on", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "region_id", "role", "starts_on", "user_id") SELECT old_values."created_at", old_values."ends_on", old_values."id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."region_id", old_values."role", old_values."starts_on", old_values."user_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="6a98a0b274720cba91fda6c534605b7722d133f2",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_37497",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="accounts_posting",
                    when="AFTER",
                ),
            ),
        ),
    ]
