import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import dukcapil.core.rules


class Migration(migrations.Migration):
    """Counts of a revision that coverage counts only from a later day on."""

    dependencies = [("reports", "0006_release_answers"), ("registrations", "0018_early_found")]

    operations = [
        migrations.CreateModel(
            name="EarlyCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "day",
                        "place",
                        "domicile",
                        "service",
                        "reason",
                        "counts_from",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("service_date", models.DateField()),
                ("counts_from", models.DateField()),
                (
                    "service",
                    models.CharField(
                        choices=[
                            ("recording", "KTP-el recording"),
                            ("ikd_activation", "IKD activation"),
                            ("card_print", "Card printed"),
                            ("card_handover", "Card handed over"),
                            ("biodata", "Biodata sheet"),
                            ("suket", "Recording certificate (suket)"),
                            ("family_card", "Family card (KK)"),
                            ("birth_certificate", "Birth certificate"),
                            ("death_certificate", "Death certificate"),
                            ("child_card", "Child identity card (KIA)"),
                            ("moving", "Moving"),
                            ("other", "Other document"),
                        ],
                        max_length=20,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=30)),
                ("n", models.IntegerField()),
                ("last_at", models.DateTimeField()),
                (
                    "day",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="early",
                        to="reports.regencyday",
                    ),
                ),
                (
                    "domicile",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
            ],
            options={
                "verbose_name": "early count",
                "indexes": [
                    models.Index(fields=["domicile", "counts_from"], name="earlycount_domicile"),
                    models.Index(fields=["place", "counts_from"], name="earlycount_place"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("counts_from__gt", models.F("service_date"))),
                        name="earlycount_later",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="earlycount",
            trigger=pgtrigger.compiler.Trigger(
                name="early_with_day",
                sql=dukcapil.core.rules.RuleSql(
                    func="\n        IF EXISTS (SELECT 1 FROM public.accounts_seal seal WHERE seal.kind = 'reports_regencyday' AND seal.row = ANY (ARRAY(SELECT DISTINCT day_id FROM added))) THEN\n            RAISE EXCEPTION 'its parent is sealed' USING ERRCODE = 'DK005';\n        END IF;\n        RETURN NULL;\n    ",
                    hash="fe7f3c3bea428aa6e79ad1d7cffeffdd150ef78a",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="early_with_day",
                    referencing="REFERENCING NEW TABLE AS added ",
                    table="reports_earlycount",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="earlycount",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="c38f892fb34b54dfabfda6c5ac252ad5869e7544",
                    operation="UPDATE OR DELETE",
                    pgid="reports_earlycount_append_only",
                    table="reports_earlycount",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="earlycount",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="e7c02f7c5835fbb5cdf9f1407594c820b85620a3",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="reports_earlycount_no_truncate",
                    table="reports_earlycount",
                    when="BEFORE",
                ),
            ),
        ),
    ]
