import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import dukcapil.core.rules
from dukcapil.core.sql import as_keeper, written


class Migration(migrations.Migration):
    """Counts by months, decisions by two people, and what is written once."""

    dependencies = [("reports", "0001_initial"), ("registrations", "0002_rules")]

    operations = [
        migrations.RunSQL(written(__file__, "daycount_months")),
        migrations.RunSQL(written(__file__, "daycount_partitions")),
        migrations.RunSQL(as_keeper(written(__file__, "present_on"))),
        pgtrigger.migrations.AddTrigger(
            model_name="daylock",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="f648478ad7a0b88559644c2ab5459e31b639a762",
                    operation="UPDATE OR DELETE",
                    pgid="reports_daylock_append_only",
                    table="reports_daylock",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="daylock",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="c6a123b3deb0525596f6c990443422f8e3c4cb97",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="reports_daylock_no_truncate",
                    table="reports_daylock",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="populationbasis",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="0e8a955fa0419d51675419af7f809c3253ba1937",
                    operation="UPDATE OR DELETE",
                    pgid="reports_populationbasis_append_only",
                    table="reports_populationbasis",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="populationbasis",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="1bab9614d6f385cfa23405b9898eea797bb836ed",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="reports_populationbasis_no_truncate",
                    table="reports_populationbasis",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="basisdecision",
            trigger=pgtrigger.compiler.Trigger(
                name="basis_two_people",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE importer bigint;",
                    func="\n        SELECT imported_by_id INTO importer FROM reports_populationbasis WHERE id = NEW.basis_id;\n        IF importer IS NOT NULL AND (NEW.decided_by_id IS NULL OR NEW.decided_by_id = importer) THEN\n            RAISE EXCEPTION 'a second person decides' USING ERRCODE = 'DK301';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="6636c02a0c9d49bd3b83c98c227ec88154c9d252",
                    operation="INSERT",
                    pgid="basis_two_people",
                    table="reports_basisdecision",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="basisdecision",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="dc0c446fd7a858f12d2a48fdb0bdadd73486f3e3",
                    operation="UPDATE OR DELETE",
                    pgid="reports_basisdecision_append_only",
                    table="reports_basisdecision",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="basisdecision",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="29fd9b5f8814aa40a1d7ff62c0b1d917d09d1c62",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="reports_basisdecision_no_truncate",
                    table="reports_basisdecision",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="populationfigure",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="28891cfe78306c179338a806b197e08a58fbd4ee",
                    operation="UPDATE OR DELETE",
                    pgid="reports_populationfigure_append_only",
                    table="reports_populationfigure",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="populationfigure",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="d8177ac5f0b211594281313069986e1a87e86dfc",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="reports_populationfigure_no_truncate",
                    table="reports_populationfigure",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="regencyday",
            trigger=pgtrigger.compiler.Trigger(
                name="regencyday_frozen",
                sql=dukcapil.core.rules.RuleSql(
                    func="\n        IF TG_OP = 'DELETE' OR NOT OLD.latest OR NEW.latest\n           OR (to_jsonb(NEW) - 'latest') IS DISTINCT FROM (to_jsonb(OLD) - 'latest')\n        THEN\n            RAISE EXCEPTION 'a revision is never changed' USING ERRCODE = 'DK001';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="26afc66b5f8c0046b7544fae505570c25e678d2d",
                    operation="UPDATE OR DELETE",
                    pgid="regencyday_frozen",
                    table="reports_regencyday",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="daycount",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="d881fa68ad04b15c57ea8ccb7a9e87f0990005ed",
                    operation="UPDATE OR DELETE",
                    pgid="reports_daycount_append_only",
                    table="reports_daycount",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="daycount",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="481ca418fbc8ac35b31844f37811395963b108f0",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="reports_daycount_no_truncate",
                    table="reports_daycount",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dayconfirmation",
            trigger=pgtrigger.compiler.Trigger(
                name="confirmation_rules",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE day reports_regencyday; nil boolean;",
                    func="\n        SELECT * INTO day FROM reports_regencyday WHERE id = NEW.day_id;\n        IF NOT day.latest THEN\n            RAISE EXCEPTION 'a newer revision exists' USING ERRCODE = 'DK303';\n        END IF;\n        IF EXISTS (SELECT 1 FROM reports_daylock lock\n                    WHERE lock.regency_id = day.regency_id AND lock.service_date = day.service_date) THEN\n            RAISE EXCEPTION 'the day is locked' USING ERRCODE = 'DK304';\n        END IF;\n        nil := NOT EXISTS (SELECT 1 FROM reports_daycount cell\n                            WHERE cell.day_id = day.id AND cell.service_date = day.service_date);\n        IF nil <> (NEW.nil_reason <> '') THEN\n            RAISE EXCEPTION 'a reason is given for nil alone' USING ERRCODE = 'DK305';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="35f0400c41897842dd3d8e5d1a63a0dbff0fbba2",
                    operation="INSERT",
                    pgid="confirmation_rules",
                    table="reports_dayconfirmation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dayconfirmation",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="55e977e421b9e538d622761d475f5da47c073f8c",
                    operation="UPDATE OR DELETE",
                    pgid="reports_dayconfirmation_append_only",
                    table="reports_dayconfirmation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dayconfirmation",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="dc6f34ce60745aef10d7a5bab79f434e1b21d7ca",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="reports_dayconfirmation_no_truncate",
                    table="reports_dayconfirmation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="release",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="14136a3bdd976786bd5547a0c091174b54d1d36b",
                    operation="UPDATE OR DELETE",
                    pgid="reports_release_append_only",
                    table="reports_release",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="release",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="4ec06af934423ab1a76c50e567796fd18fa053fa",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="reports_release_no_truncate",
                    table="reports_release",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="publicfigure",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="066b3f9bdf967757b713dd0586f505003d47fd59",
                    operation="UPDATE OR DELETE",
                    pgid="reports_publicfigure_append_only",
                    table="reports_publicfigure",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="publicfigure",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="27a60aaecb756746d93c2ddf39f81c79c187dc00",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="reports_publicfigure_no_truncate",
                    table="reports_publicfigure",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="publication",
            trigger=pgtrigger.compiler.Trigger(
                name="publication_two_people",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE release reports_release;",
                    func="\n        SELECT * INTO release FROM reports_release WHERE id = NEW.release_id;\n        IF release.kind <> 'publication' OR release.proposed_by_id = NEW.approved_by_id THEN\n            RAISE EXCEPTION 'a second person publishes' USING ERRCODE = 'DK302';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="44a189adc5f59f48b554308437665de57363bb86",
                    operation="INSERT",
                    pgid="publication_two_people",
                    table="reports_publication",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="publication",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="e4f12c0ee7ce9c83eb43d70ef74dd7508a49eaa0",
                    operation="UPDATE OR DELETE",
                    pgid="reports_publication_append_only",
                    table="reports_publication",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="publication",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="199dbaf0cccd199730228f4d831787dac3978754",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="reports_publication_no_truncate",
                    table="reports_publication",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="releaseentry",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="e87bbf59bafb4609cb2f75314f060e3b89a2f235",
                    operation="UPDATE OR DELETE",
                    pgid="reports_releaseentry_append_only",
                    table="reports_releaseentry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="releaseentry",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="c83d3a9c58b936447c7ef8be39f67e73e4ff952d",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="reports_releaseentry_no_truncate",
                    table="reports_releaseentry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="target",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="ae22dc25ea146eda2f12b8c0fc7a98e8b26af574",
                    operation="UPDATE OR DELETE",
                    pgid="reports_target_append_only",
                    table="reports_target",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="target",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="fccd6934387297a49148ec134737853658b084db",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="reports_target_no_truncate",
                    table="reports_target",
                    when="BEFORE",
                ),
            ),
        ),
    ]
