import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import dukcapil.core.rules
from dukcapil.core.sql import written


class Migration(migrations.Migration):
    """Releases keep the answers that they show, sealed with them."""

    dependencies = [
        ("regions", "0001_initial"),
        ("reports", "0005_seals"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReleaseAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("row", models.JSONField()),
                ("change", models.JSONField(default=dict)),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="reports.release",
                    ),
                ),
            ],
            options={
                "verbose_name": "answer of a release",
                "constraints": [
                    models.UniqueConstraint(fields=("release", "region"), name="releaseanswer_once")
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="releaseanswer",
            trigger=pgtrigger.compiler.Trigger(
                name="answers_with_release",
                sql=dukcapil.core.rules.RuleSql(
                    func="\n        IF EXISTS (SELECT 1 FROM (SELECT DISTINCT release_id FROM added) added WHERE EXISTS (SELECT 1 FROM public.accounts_seal seal   WHERE seal.kind = 'reports_release' AND seal.row = added.release_id) OR EXISTS (SELECT 1 FROM public.reports_publication publication   WHERE publication.release_id = added.release_id)) THEN\n            RAISE EXCEPTION 'its parent is sealed' USING ERRCODE = 'DK005';\n        END IF;\n        RETURN NULL;\n    ",
                    hash="1e913876ca65d402bdca6e0a363b5f63b08af7a9",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="answers_with_release",
                    referencing="REFERENCING NEW TABLE AS added ",
                    table="reports_releaseanswer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="releaseanswer",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="921742d04695a3415fcb52e585affa2bad326762",
                    operation="UPDATE OR DELETE",
                    pgid="reports_releaseanswer_append_only",
                    table="reports_releaseanswer",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="releaseanswer",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="6747ed5c6a8b8d63b19f0ef3a6927ffa8875cff3",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="reports_releaseanswer_no_truncate",
                    table="reports_releaseanswer",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(written(__file__, "release_content")),
    ]
