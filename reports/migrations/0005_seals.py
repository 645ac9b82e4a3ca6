import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import dukcapil.core.rules
from dukcapil.core.sql import written


class Migration(migrations.Migration):
    """What is decided is sealed with all that belongs to it, also what stood here before."""

    dependencies = [
        ("reports", "0004_present_on"),
        ("accounts", "0005_seals"),
    ]

    operations = [
        migrations.AddField(
            model_name="basisdecision",
            name="content",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=64
            ),
        ),
        migrations.AddField(
            model_name="dayconfirmation",
            name="content",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=64
            ),
        ),
        migrations.AddField(
            model_name="daylock",
            name="content",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=64
            ),
        ),
        migrations.AddField(
            model_name="publication",
            name="content",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=64
            ),
        ),
        migrations.AlterField(
            model_name="basisdecision",
            name="decided_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False
            ),
        ),
        migrations.AlterField(
            model_name="dayconfirmation",
            name="confirmed_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False
            ),
        ),
        migrations.AlterField(
            model_name="daylock",
            name="locked_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False
            ),
        ),
        migrations.AlterField(
            model_name="figurefile",
            name="created_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False
            ),
        ),
        migrations.AlterField(
            model_name="populationbasis",
            name="created_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False
            ),
        ),
        migrations.AlterField(
            model_name="publication",
            name="approved_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False
            ),
        ),
        migrations.AlterField(
            model_name="regencyday",
            name="built_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False
            ),
        ),
        migrations.AlterField(
            model_name="release",
            name="frozen_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False
            ),
        ),
        migrations.AlterField(
            model_name="target",
            name="set_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False
            ),
        ),
        migrations.AlterField(
            model_name="webhook",
            name="created_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False
            ),
        ),
        migrations.RunSQL(written(__file__, "contents")),
        migrations.RunSQL(written(__file__, "seals")),
        pgtrigger.migrations.AddTrigger(
            model_name="basisdecision",
            trigger=pgtrigger.compiler.Trigger(
                name="basis_signed",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE signed text;",
                    func="\n        SELECT encode(basis_content(basis), 'hex') INTO signed FROM reports_populationbasis basis WHERE basis.id = NEW.basis_id;\n        IF NEW.content NOT IN ('', coalesce(signed, '')) THEN\n            RAISE EXCEPTION 'another version' USING ERRCODE = 'DK004';\n        END IF;\n        NEW.content := coalesce(signed, '');\n        RETURN NEW;\n    ",
                    hash="7157a48abda5904effaf399413bc1e97ca01c9f9",
                    operation="INSERT",
                    pgid="basis_signed",
                    table="reports_basisdecision",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="basisdecision",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.decided_at := clock_timestamp(); RETURN NEW;",
                    hash="85c160f35562e0b3c403713a7a01c8da1bb10ec7",
                    operation="INSERT",
                    pgid="reports_basisdecision_clock",
                    table="reports_basisdecision",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dayconfirmation",
            trigger=pgtrigger.compiler.Trigger(
                name="confirmation_signed",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE signed text;",
                    func="\n        SELECT encode(day_content(day), 'hex') INTO signed FROM reports_regencyday day WHERE day.id = NEW.day_id;\n        IF NEW.content NOT IN ('', coalesce(signed, '')) THEN\n            RAISE EXCEPTION 'another version' USING ERRCODE = 'DK004';\n        END IF;\n        NEW.content := coalesce(signed, '');\n        RETURN NEW;\n    ",
                    hash="1ddc002f4b2b399beeacdc8f8ba5027a89e266f2",
                    operation="INSERT",
                    pgid="confirmation_signed",
                    table="reports_dayconfirmation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dayconfirmation",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.confirmed_at := clock_timestamp(); RETURN NEW;",
                    hash="b365848e45ab3a7ea46b32021bfd302690539e47",
                    operation="INSERT",
                    pgid="reports_dayconfirmation_clock",
                    table="reports_dayconfirmation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="daycount",
            trigger=pgtrigger.compiler.Trigger(
                name="counts_with_day",
                sql=dukcapil.core.rules.RuleSql(
                    func="\n        IF EXISTS (SELECT 1 FROM public.accounts_seal seal WHERE seal.kind = 'reports_regencyday' AND seal.row = ANY (ARRAY(SELECT DISTINCT day_id FROM added))) THEN\n            RAISE EXCEPTION 'its parent is sealed' USING ERRCODE = 'DK005';\n        END IF;\n        RETURN NULL;\n    ",
                    hash="f0f9bd87e19b0bd06d5016954a85c470b53498bb",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="counts_with_day",
                    referencing="REFERENCING NEW TABLE AS added ",
                    table="reports_daycount",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="daylock",
            trigger=pgtrigger.compiler.Trigger(
                name="lock_signed",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE signed text;",
                    func="\n        SELECT encode(day_content(day), 'hex') INTO signed FROM reports_regencyday day WHERE day.regency_id = NEW.regency_id AND day.service_date = NEW.service_date AND day.latest;\n        IF NEW.content NOT IN ('', coalesce(signed, '')) THEN\n            RAISE EXCEPTION 'another version' USING ERRCODE = 'DK004';\n        END IF;\n        NEW.content := coalesce(signed, '');\n        RETURN NEW;\n    ",
                    hash="17ca24054ebf90826c7eb837531a31140365f1af",
                    operation="INSERT",
                    pgid="lock_signed",
                    table="reports_daylock",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="daylock",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.locked_at := clock_timestamp(); RETURN NEW;",
                    hash="bf68b0ceb87973c23e891ea50360d7ecd0127e84",
                    operation="INSERT",
                    pgid="reports_daylock_clock",
                    table="reports_daylock",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="figurefile",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.created_at := clock_timestamp(); RETURN NEW;",
                    hash="059522774bf6742722e1a3b1c5aa07d6ac2ba025",
                    operation="INSERT",
                    pgid="reports_figurefile_clock",
                    table="reports_figurefile",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="populationbasis",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.created_at := clock_timestamp(); RETURN NEW;",
                    hash="5a9d800b047d7a5005882359c02b6e2d8ded1114",
                    operation="INSERT",
                    pgid="reports_populationbasis_clock",
                    table="reports_populationbasis",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="populationfigure",
            trigger=pgtrigger.compiler.Trigger(
                name="figures_with_basis",
                sql=dukcapil.core.rules.RuleSql(
                    func="\n        IF EXISTS (SELECT 1 FROM (SELECT DISTINCT basis_id FROM added) added WHERE EXISTS (SELECT 1 FROM public.accounts_seal seal   WHERE seal.kind = 'reports_populationbasis' AND seal.row = added.basis_id) OR EXISTS (SELECT 1 FROM public.reports_basisdecision decision   WHERE decision.basis_id = added.basis_id)) THEN\n            RAISE EXCEPTION 'its parent is sealed' USING ERRCODE = 'DK005';\n        END IF;\n        RETURN NULL;\n    ",
                    hash="7e0999aad1e1575eba83fe16e7d040664943f8df",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="figures_with_basis",
                    referencing="REFERENCING NEW TABLE AS added ",
                    table="reports_populationfigure",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="publication",
            trigger=pgtrigger.compiler.Trigger(
                name="publication_signed",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE signed text;",
                    func="\n        SELECT encode(release_content(release), 'hex') INTO signed FROM reports_release release WHERE release.id = NEW.release_id;\n        IF NEW.content NOT IN ('', coalesce(signed, '')) THEN\n            RAISE EXCEPTION 'another version' USING ERRCODE = 'DK004';\n        END IF;\n        NEW.content := coalesce(signed, '');\n        RETURN NEW;\n    ",
                    hash="bbf494a8690810bfbd6e4296397cc8eedb06d2ab",
                    operation="INSERT",
                    pgid="publication_signed",
                    table="reports_publication",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="publication",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.approved_at := clock_timestamp(); RETURN NEW;",
                    hash="4fc9fba46c85c9e01e1fa2ea09be104221f487c1",
                    operation="INSERT",
                    pgid="reports_publication_clock",
                    table="reports_publication",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="publicfigure",
            trigger=pgtrigger.compiler.Trigger(
                name="public_with_release",
                sql=dukcapil.core.rules.RuleSql(
                    func="\n        IF EXISTS (SELECT 1 FROM (SELECT DISTINCT release_id FROM added) added LEFT JOIN public.reports_publication publication ON publication.release_id = added.release_id WHERE publication.id IS NULL OR EXISTS (SELECT 1 FROM public.accounts_seal seal   WHERE seal.kind = 'reports_publication' AND seal.row = publication.id)) THEN\n            RAISE EXCEPTION 'its parent is sealed' USING ERRCODE = 'DK005';\n        END IF;\n        RETURN NULL;\n    ",
                    hash="1ae533ba58fa4a270293c9e48203cf8abe617143",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="public_with_release",
                    referencing="REFERENCING NEW TABLE AS added ",
                    table="reports_publicfigure",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="regencyday",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.built_at := clock_timestamp(); RETURN NEW;",
                    hash="65fd02f7b4c8f03337c56dfe450cfd93d051d678",
                    operation="INSERT",
                    pgid="reports_regencyday_clock",
                    table="reports_regencyday",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="release",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.frozen_at := clock_timestamp(); RETURN NEW;",
                    hash="52f1ce847afe8d4ca2eac299b691d6630fab61a4",
                    operation="INSERT",
                    pgid="reports_release_clock",
                    table="reports_release",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="releaseentry",
            trigger=pgtrigger.compiler.Trigger(
                name="entries_with_release",
                sql=dukcapil.core.rules.RuleSql(
                    func="\n        IF EXISTS (SELECT 1 FROM (SELECT DISTINCT release_id FROM added) added WHERE EXISTS (SELECT 1 FROM public.accounts_seal seal   WHERE seal.kind = 'reports_release' AND seal.row = added.release_id) OR EXISTS (SELECT 1 FROM public.reports_publication publication   WHERE publication.release_id = added.release_id)) THEN\n            RAISE EXCEPTION 'its parent is sealed' USING ERRCODE = 'DK005';\n        END IF;\n        RETURN NULL;\n    ",
                    hash="3c948379763be95ab0f852d57ae38a7a4adceb46",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="entries_with_release",
                    referencing="REFERENCING NEW TABLE AS added ",
                    table="reports_releaseentry",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="target",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.set_at := clock_timestamp(); RETURN NEW;",
                    hash="03bb9739d2aa6422b7605ff21a2aa9087e57d7f8",
                    operation="INSERT",
                    pgid="reports_target_clock",
                    table="reports_target",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="webhook",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.created_at := clock_timestamp(); RETURN NEW;",
                    hash="d0f85720caed106816d16bf71c4cd520524a9693",
                    operation="INSERT",
                    pgid="reports_webhook_clock",
                    table="reports_webhook",
                    when="BEFORE",
                ),
            ),
        ),
    ]
