import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import dukcapil.core.rules
from dukcapil.core.sql import as_keeper, written


class Migration(migrations.Migration):
    """Chains of seals over what is decided; times of new rows are the database's."""

    dependencies = [
        ("accounts", "0004_two_persons"),
    ]

    operations = [
        migrations.CreateModel(
            name="Seal",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "chain",
                        "seq",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("chain", models.CharField(db_collation="C", max_length=40)),
                ("seq", models.BigIntegerField()),
                ("kind", models.CharField(db_collation="C", max_length=63)),
                ("row", models.BigIntegerField()),
                ("content", models.BinaryField()),
                ("previous_hash", models.BinaryField()),
                ("hash", models.BinaryField()),
            ],
            options={
                "verbose_name": "seal",
                "constraints": [models.UniqueConstraint(fields=("kind", "row"), name="seal_once")],
            },
        ),
        migrations.CreateModel(
            name="SealHead",
            fields=[
                (
                    "chain",
                    models.CharField(
                        db_collation="C", max_length=40, primary_key=True, serialize=False
                    ),
                ),
                ("seq", models.BigIntegerField()),
                ("hash", models.BinaryField()),
            ],
            options={
                "verbose_name": "end of a chain of seals",
            },
        ),
        migrations.RunSQL(written(__file__, "row_content")),
        migrations.RunSQL(written(__file__, "seal_hash")),
        migrations.RunSQL(as_keeper(written(__file__, "seal"))),
        migrations.RunSQL(written(__file__, "seal_rights")),
        migrations.RunSQL(written(__file__, "staff_seals")),
        pgtrigger.migrations.AddTrigger(
            model_name="accesslog",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.at := clock_timestamp(); RETURN NEW;",
                    hash="257866f58e4de8907e11b925f4d98aa9dffd21f9",
                    operation="INSERT",
                    pgid="accounts_accesslog_clock",
                    table="accounts_accesslog",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="apitoken",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.created := clock_timestamp(); RETURN NEW;",
                    hash="67ac6e79c9e07f8f6e3ea8a784056ecf953dd81e",
                    operation="INSERT",
                    pgid="accounts_apitoken_clock",
                    table="accounts_apitoken",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="idempotentanswer",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.created_at := clock_timestamp(); RETURN NEW;",
                    hash="01bc88ccace4e113890fb9cd1571b62b30c9eeae",
                    operation="INSERT",
                    pgid="accounts_idempotentanswer_clock",
                    table="accounts_idempotentanswer",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="posting",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.created_at := clock_timestamp(); RETURN NEW;",
                    hash="d41a2a10f82ec4a714181cee61b05bc09ddd83cb",
                    operation="INSERT",
                    pgid="accounts_posting_clock",
                    table="accounts_posting",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.created_at := clock_timestamp(); RETURN NEW;",
                    hash="fca06d9e79fa73d644e689ce4d7a90c894e7ea53",
                    operation="INSERT",
                    pgid="accounts_user_clock",
                    table="accounts_user",
                    when="BEFORE",
                ),
            ),
        ),
    ]
