import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.db.models.lookups
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import dukcapil.core.rules
from dukcapil.core.sql import written


class Migration(migrations.Migration):
    """Voters by village as they leave the house."""

    dependencies = [
        ("events", "0006_elections_decided"),
        ("regions", "0001_initial"),
        ("reports", "0008_desk_rows"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Edition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("held_on", models.DateField()),
                ("day", models.DateField()),
                ("recipient", models.CharField(max_length=150)),
                ("agreement", models.CharField(max_length=100)),
                (
                    "made_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "basis",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reports.populationbasis",
                    ),
                ),
                (
                    "election",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="events.election",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
            ],
            options={
                "verbose_name": "edition",
            },
        ),
        migrations.CreateModel(
            name="EditionRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("nation", "Nation"),
                            ("province", "Province"),
                            ("regency", "Regency or city"),
                            ("district", "District"),
                            ("village", "Village"),
                        ],
                        max_length=8,
                    ),
                ),
                ("regions", models.JSONField()),
                ("potential", models.PositiveIntegerField()),
                ("recorded", models.PositiveIntegerField(null=True)),
                ("unrecorded", models.PositiveIntegerField(null=True)),
                ("seventeen", models.PositiveIntegerField(null=True)),
                ("left_out", models.JSONField(default=list)),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rows",
                        to="reports.edition",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
            ],
            options={
                "verbose_name": "row of an edition",
            },
        ),
        migrations.AddIndex(
            model_name="edition",
            index=models.Index(fields=["region", "made_at"], name="edition_region_made"),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    django.db.models.lookups.In(
                        django.db.models.functions.text.Length("region"), [2, 5]
                    ),
                    models.Q(("region", "00"), _negated=True),
                ),
                name="edition_region",
                violation_error_code="edition-region",
                violation_error_message="An edition is made of a province, or of a regency or city.",
            ),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.CheckConstraint(
                condition=models.Q(("recipient", ""), _negated=True),
                name="edition_recipient",
                violation_error_code="recipient",
                violation_error_message="Say who gets the edition.",
            ),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.CheckConstraint(
                condition=models.Q(("agreement", ""), _negated=True),
                name="edition_agreement",
                violation_error_code="agreement",
                violation_error_message="Give the number of the agreement.",
            ),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.CheckConstraint(
                condition=models.Q(("held_on__gte", models.F("day"))),
                name="edition_before_election",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="edition",
            trigger=pgtrigger.compiler.Trigger(
                name="edition_limits",
                sql=dukcapil.core.rules.RuleSql(
                    func="\n        PERFORM pg_advisory_xact_lock(8196, hashtext(''));\n        IF EXISTS (SELECT 1 FROM reports_edition made WHERE (starts_with(made.region_id || '.', NEW.region_id || '.') OR starts_with(NEW.region_id || '.', made.region_id || '.'))\n                   AND made.made_at > clock_timestamp() - interval '30 days') THEN\n            RAISE EXCEPTION 'too soon after another edition' USING ERRCODE = 'DK306';\n        END IF;\n        IF (SELECT count(*) FROM reports_edition made\n             WHERE made.election_id = NEW.election_id AND (starts_with(made.region_id || '.', NEW.region_id || '.') OR starts_with(NEW.region_id || '.', made.region_id || '.'))) >= 3 THEN\n            RAISE EXCEPTION 'too many editions of an election' USING ERRCODE = 'DK307';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="7484360f0fd52fcb959b26b9acb0492285c8cb97",
                    operation="INSERT",
                    pgid="edition_limits",
                    table="reports_edition",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="edition",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.made_at := clock_timestamp(); RETURN NEW;",
                    hash="858ea997108bfbb88167248fa693c65686f2135d",
                    operation="INSERT",
                    pgid="reports_edition_clock",
                    table="reports_edition",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="edition",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="ff8cc33dbb572b6a29b29720e5a4207be3443556",
                    operation="UPDATE OR DELETE",
                    pgid="reports_edition_append_only",
                    table="reports_edition",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="edition",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="e6dd94959c9450accad7380b4cf0f58d12608c81",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="reports_edition_no_truncate",
                    table="reports_edition",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="editionrow",
            constraint=models.UniqueConstraint(
                fields=("edition", "region"), name="editionrow_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="editionrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("potential__isnull", True),
                        models.Q(
                            (
                                "potential",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("potential"), "/", models.Value(5)
                                    ),
                                    "*",
                                    models.Value(5),
                                ),
                            ),
                            ("potential__gte", 0),
                        ),
                        _connector="OR",
                    ),
                    models.Q(
                        ("recorded__isnull", True),
                        models.Q(
                            (
                                "recorded",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("recorded"), "/", models.Value(5)
                                    ),
                                    "*",
                                    models.Value(5),
                                ),
                            ),
                            ("recorded__gte", 0),
                        ),
                        _connector="OR",
                    ),
                    models.Q(
                        ("unrecorded__isnull", True),
                        models.Q(
                            (
                                "unrecorded",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("unrecorded"), "/", models.Value(5)
                                    ),
                                    "*",
                                    models.Value(5),
                                ),
                            ),
                            ("unrecorded__gte", 0),
                        ),
                        _connector="OR",
                    ),
                    models.Q(
                        ("seventeen__isnull", True),
                        models.Q(
                            (
                                "seventeen",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("seventeen"), "/", models.Value(5)
                                    ),
                                    "*",
                                    models.Value(5),
                                ),
                            ),
                            ("seventeen__gte", 0),
                        ),
                        _connector="OR",
                    ),
                ),
                name="editionrow_rounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="editionrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("recorded__isnull", True), ("unrecorded__isnull", True)),
                    models.Q(
                        (
                            "potential",
                            django.db.models.expressions.CombinedExpression(
                                models.F("recorded"), "+", models.F("unrecorded")
                            ),
                        ),
                        ("recorded__isnull", False),
                        ("unrecorded__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="editionrow_sum",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="editionrow",
            trigger=pgtrigger.compiler.Trigger(
                name="rows_with_edition",
                sql=dukcapil.core.rules.RuleSql(
                    func="\n        IF EXISTS (SELECT 1 FROM (SELECT DISTINCT edition_id FROM added) added WHERE EXISTS (SELECT 1 FROM public.accounts_seal seal   WHERE seal.kind = 'reports_edition' AND seal.row = added.edition_id)) THEN\n            RAISE EXCEPTION 'its parent is sealed' USING ERRCODE = 'DK005';\n        END IF;\n        RETURN NULL;\n    ",
                    hash="919997d7d26a9b7ffaa67e76a1e7049d6ec62023",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="rows_with_edition",
                    referencing="REFERENCING NEW TABLE AS added ",
                    table="reports_editionrow",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="editionrow",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="b223fccc050cd3f5cc2b4eccf107a77317694961",
                    operation="UPDATE OR DELETE",
                    pgid="reports_editionrow_append_only",
                    table="reports_editionrow",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="editionrow",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="08392594b460dc5fdf304c1ed13d601d42c971c4",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="reports_editionrow_no_truncate",
                    table="reports_editionrow",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(written(__file__, "editions")),
    ]
