import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import dukcapil.core.rules
from dukcapil.core.sql import written


class Migration(migrations.Migration):
    """Who somebody is, who made whom, and what waits for a second person."""

    dependencies = [
        ("accounts", "0003_reasons"),
        ("regions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="StaffIdentity",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="identity",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("staff_id", models.BinaryField(max_length=32, unique=True)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "verbose_name": "identity of staff",
            },
        ),
        migrations.CreateModel(
            name="StaffAct",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("made", "made the account"),
                            ("posted", "made the posting"),
                            ("reset", "reset the access"),
                        ],
                        max_length=8,
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "posting",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts",
                        to="accounts.posting",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "act on an account",
            },
        ),
        migrations.CreateModel(
            name="StaffProposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("account", "new account"),
                            ("posting", "new posting"),
                            ("reset", "new password"),
                        ],
                        max_length=8,
                    ),
                ),
                ("username", models.CharField(blank=True, max_length=60)),
                ("name", models.CharField(blank=True, max_length=120)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("staff_id", models.BinaryField(max_length=32, null=True)),
                ("factor", models.BooleanField(default=False)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("district_operator", "District operator"),
                            ("district_head", "Head of the district office"),
                            ("province_officer", "Province officer"),
                            ("national_viewer", "National viewer"),
                            ("village_verifier", "Village verifier"),
                            ("api_client", "API client"),
                            ("public_client", "Public API client"),
                            ("administrator", "Administrator"),
                        ],
                        max_length=20,
                    ),
                ),
                ("starts_on", models.DateField(null=True)),
                ("ends_on", models.DateField(null=True)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "posting",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.posting",
                    ),
                ),
                (
                    "proposed_by",
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
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "proposal about staff",
            },
        ),
        migrations.CreateModel(
            name="StaffDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[("approved", "approved"), ("withdrawn", "withdrawn")], max_length=9
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "proposal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decision",
                        to="accounts.staffproposal",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision about staff",
            },
        ),
        migrations.AddField(
            model_name="user",
            name="demonstration",
            field=models.BooleanField(db_default=False, default=False),
        ),
        # Demonstrations made before this column existed, by what no real account is called.
        migrations.RunSQL(written(__file__, "demonstration")),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="user_demonstration",
                sql=dukcapil.core.rules.RuleSql(
                    func="\n        IF TG_OP = 'UPDATE' THEN\n            IF NEW.demonstration <> OLD.demonstration THEN\n                RAISE EXCEPTION 'a demonstration is made, not declared' USING ERRCODE = 'DK002';\n            END IF;\n        ELSIF NEW.demonstration AND EXISTS (SELECT FROM accounts_user WHERE NOT demonstration)\n              AND NOT EXISTS (SELECT FROM accounts_user WHERE demonstration) THEN\n            RAISE EXCEPTION 'this database is no demonstration' USING ERRCODE = 'DK002';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="59deabb7d147408d6f43b55493daf24be5bdde78",
                    operation="INSERT OR UPDATE",
                    pgid="user_demonstration",
                    table="accounts_user",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffidentity",
            trigger=pgtrigger.compiler.Trigger(
                name="dated",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.at := clock_timestamp(); RETURN NEW;",
                    hash="873c54d35b5dd18bd574e75b98a0000064f39028",
                    operation="INSERT",
                    pgid="accounts_staffidentity_dated",
                    table="accounts_staffidentity",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffidentity",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="2340763319b4dc2987576bfb4a154a84a367e99c",
                    operation="UPDATE OR DELETE",
                    pgid="accounts_staffidentity_append_only",
                    table="accounts_staffidentity",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffidentity",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="7764130442672db20296729c1eed7b41521be7e3",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="accounts_staffidentity_no_truncate",
                    table="accounts_staffidentity",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffact",
            trigger=pgtrigger.compiler.Trigger(
                name="dated",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.at := clock_timestamp(); RETURN NEW;",
                    hash="4bed2f5171210d74037ec1c2805b983e2ad78d5d",
                    operation="INSERT",
                    pgid="accounts_staffact_dated",
                    table="accounts_staffact",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffact",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="813726bf1aee03b7a84fc4b75deba7273a09bf49",
                    operation="UPDATE OR DELETE",
                    pgid="accounts_staffact_append_only",
                    table="accounts_staffact",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffact",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="7e191cca10d6e35388794e08472c5e9cc6d68a34",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="accounts_staffact_no_truncate",
                    table="accounts_staffact",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="staffproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "account"),
                        ("posting", None),
                        ("starts_on__isnull", False),
                        ("user", None),
                        models.Q(("username", ""), _negated=True),
                    ),
                    models.Q(
                        ("kind", "posting"),
                        ("posting", None),
                        ("starts_on__isnull", False),
                        ("user__isnull", False),
                    ),
                    models.Q(
                        ("kind", "reset"), ("posting__isnull", False), ("user__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="staffproposal_is_whole",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffproposal",
            trigger=pgtrigger.compiler.Trigger(
                name="dated",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.at := clock_timestamp(); RETURN NEW;",
                    hash="e397e5b6b2bd748a47c04276aeca1e12009e7a84",
                    operation="INSERT",
                    pgid="accounts_staffproposal_dated",
                    table="accounts_staffproposal",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffproposal",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="35e95e905996bbe7a845e5846cbd4038a69bfb62",
                    operation="UPDATE OR DELETE",
                    pgid="accounts_staffproposal_append_only",
                    table="accounts_staffproposal",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffproposal",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="a81df4612b42b3c4c9c7c2d8d2b44894d9a6d33d",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="accounts_staffproposal_no_truncate",
                    table="accounts_staffproposal",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffdecision",
            trigger=pgtrigger.compiler.Trigger(
                name="dated",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.at := clock_timestamp(); RETURN NEW;",
                    hash="ccc7fb302f2f07a66baf182a9b92409167311500",
                    operation="INSERT",
                    pgid="accounts_staffdecision_dated",
                    table="accounts_staffdecision",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffdecision",
            trigger=pgtrigger.compiler.Trigger(
                name="staff_two_people",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE proposal accounts_staffproposal;",
                    func="\n        SELECT * INTO proposal FROM accounts_staffproposal WHERE id = NEW.proposal_id;\n        IF NEW.verdict = 'approved' AND NEW.decided_by_id IS NOT NULL\n           AND (NEW.decided_by_id = proposal.user_id\n                OR one_person(proposal.proposed_by_id, NEW.decided_by_id, clock_timestamp())\n                   IS NOT NULL) THEN\n            RAISE EXCEPTION 'a second person decides' USING ERRCODE = 'DK003';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="bffb150f06fe49bda7c17239e79f7220f0b36950",
                    operation="INSERT",
                    pgid="staff_two_people",
                    table="accounts_staffdecision",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffdecision",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="bc4e697debf06bdc9cf93d53a82130005982d9d9",
                    operation="UPDATE OR DELETE",
                    pgid="accounts_staffdecision_append_only",
                    table="accounts_staffdecision",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffdecision",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="ec5261b20f864923c2b1660bb8af1a866974a6e9",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="accounts_staffdecision_no_truncate",
                    table="accounts_staffdecision",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(written(__file__, "one_person")),
    ]
