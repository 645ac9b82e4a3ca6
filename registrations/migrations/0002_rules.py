import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import dukcapil.core.rules
from dukcapil.core.sql import as_keeper, written


class Migration(migrations.Migration):
    """The ledger, who sees whom, and what is written once."""

    dependencies = [
        ("registrations", "0001_initial"),
        ("accounts", "0002_rules"),
        ("events", "0002_rules"),
    ]

    operations = [
        migrations.RunSQL(written(__file__, "ledger_hash")),
        migrations.RunSQL(written(__file__, "scope_lent")),
        migrations.RunSQL(
            as_keeper(written(__file__, "ledger_append") + written(__file__, "recorded_dates"))
        ),
        migrations.RunSQL(
            "CREATE TRIGGER ledger_append BEFORE INSERT ON registrations_servicerecord"
            " FOR EACH ROW EXECUTE FUNCTION ledger_append()"
        ),
        # A place knows its holder, and events know nothing of registrations.
        migrations.RunSQL(
            "ALTER TABLE events_seat ADD CONSTRAINT seat_holder_appointment FOREIGN KEY (holder)"
            " REFERENCES registrations_appointment (id) DEFERRABLE INITIALLY DEFERRED"
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="servicerecord",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="f826b7d43a7b33dbe8daf787d776877ef3ebb113",
                    operation="UPDATE OR DELETE",
                    pgid="registrations_servicerecord_append_only",
                    table="registrations_servicerecord",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="servicerecord",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="39ae95aa850756efb18206268593197dcdf51f50",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="registrations_servicerecord_no_truncate",
                    table="registrations_servicerecord",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="resident",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "registrations_residentevent" ("birth_date", "created_at", "created_by_id", "id", "is_example", "known_recorded_on", "marital_status", "nik_hash", "office_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sex", "village_id") SELECT new_values."birth_date", new_values."created_at", new_values."created_by_id", new_values."id", new_values."is_example", new_values."known_recorded_on", new_values."marital_status", new_values."nik_hash", new_values."office_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."sex", new_values."village_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="0230b4f0981a0dbd86ab910b8179fa315231066e",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_ae6bc",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="registrations_resident",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="resident",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "registrations_residentevent" ("birth_date", "created_at", "created_by_id", "id", "is_example", "known_recorded_on", "marital_status", "nik_hash", "office_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sex", "village_id") SELECT old_values."birth_date", old_values."created_at", old_values."created_by_id", old_values."id", old_values."is_example", old_values."known_recorded_on", old_values."marital_status", old_values."nik_hash", old_values."office_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."sex", old_values."village_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="cdbf208ee39daee8243834870ed465dca271d502",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_06869",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="registrations_resident",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="recordnote",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="f1e046ed741ef5fd5bb2ffa6ec5fff5334af5940",
                    operation="UPDATE OR DELETE",
                    pgid="registrations_recordnote_append_only",
                    table="registrations_recordnote",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="recordnote",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="4700f087e05dd703937485bc5d538321d929b00c",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="registrations_recordnote_no_truncate",
                    table="registrations_recordnote",
                    when="BEFORE",
                ),
            ),
        ),
    ]
