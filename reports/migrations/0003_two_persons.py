import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import dukcapil.core.rules


class Migration(migrations.Migration):
    """Both rules of two people ask who made whom."""

    dependencies = [
        ("accounts", "0004_two_persons"),
        ("reports", "0002_rules"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="basisdecision",
            name="basis_two_people",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="publication",
            name="publication_two_people",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="basisdecision",
            trigger=pgtrigger.compiler.Trigger(
                name="basis_two_people",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE importer bigint;",
                    func="\n        SELECT imported_by_id INTO importer FROM reports_populationbasis WHERE id = NEW.basis_id;\n        IF importer IS NOT NULL AND (NEW.decided_by_id IS NULL\n           OR one_person(importer, NEW.decided_by_id, clock_timestamp()) IS NOT NULL) THEN\n            RAISE EXCEPTION 'a second person decides' USING ERRCODE = 'DK301';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="9f72f8ae5b9e9f3fb215aae41e3cf82ecaba509c",
                    operation="INSERT",
                    pgid="basis_two_people",
                    table="reports_basisdecision",
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
                    func="\n        SELECT * INTO release FROM reports_release WHERE id = NEW.release_id;\n        IF release.kind <> 'publication' OR release.proposed_by_id IS NULL\n           OR one_person(release.proposed_by_id, NEW.approved_by_id, clock_timestamp()) IS NOT NULL THEN\n            RAISE EXCEPTION 'a second person publishes' USING ERRCODE = 'DK302';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="fafc05213ca48c91354512265e7beb6ca403179c",
                    operation="INSERT",
                    pgid="publication_two_people",
                    table="reports_publication",
                    when="BEFORE",
                ),
            ),
        ),
    ]
