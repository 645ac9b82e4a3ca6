"""Papers in place of a card: rules in days before an election, numbers without a gap, states that follow
the ledger.
"""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.db.models.lookups
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import dukcapil.core.ids
import dukcapil.core.rules
from dukcapil.core.sql import as_keeper, written

_TRIGGERS = """
CREATE TRIGGER paper_issue BEFORE INSERT ON registrations_paper FOR EACH ROW
    EXECUTE FUNCTION paper_issue();
CREATE CONSTRAINT TRIGGER paper_counted AFTER INSERT ON registrations_paper
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION paper_counted();
CREATE TRIGGER paper_follows AFTER INSERT ON registrations_servicerecord FOR EACH ROW
    WHEN (NEW.service IN ('biodata', 'suket', 'card_handover') AND NEW.outcome = 'done'
          AND (NEW.row_kind = 'void' OR NEW.weight = 1))
    EXECUTE FUNCTION paper_follows();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0013_venues"),
        ("regions", "0001_initial"),
        ("registrations", "0042_record_status"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="servicerecord",
            name="set_aside_code",
            field=models.CharField(
                blank=True,
                choices=[
                    ("other-office", "Another office recorded this person first"),
                    ("doubtful-number", "Nobody can have been issued this NIK"),
                    ("too-young", "Recorded before 16, and never married"),
                    ("card-too-early", "A card before 17, and never married"),
                    ("not-recorded", "Nothing is known of a recording"),
                    ("called-again", "From before this person was called again"),
                    ("paper-needed", "Done without its paper"),
                ],
                db_default="",
                default="",
                max_length=15,
            ),
        ),
        migrations.CreateModel(
            name="PaperRule",
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
                            ("biodata", "Biodata sheet"),
                            ("suket", "Recording certificate (suket)"),
                        ],
                        max_length=7,
                    ),
                ),
                ("days_before_open", models.PositiveSmallIntegerField()),
                ("days_before_close", models.PositiveSmallIntegerField()),
                ("status_age", models.PositiveSmallIntegerField(default=30)),
                ("source", models.CharField(max_length=200)),
                (
                    "decided_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
            ],
            options={
                "verbose_name": "rule for papers",
            },
        ),
        migrations.CreateModel(
            name="Paper",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=dukcapil.core.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("biodata", "Biodata sheet"),
                            ("suket", "Recording certificate (suket)"),
                        ],
                        max_length=7,
                    ),
                ),
                ("issued_on", models.DateField()),
                ("year", models.PositiveSmallIntegerField(default=0)),
                ("serial", models.PositiveIntegerField(default=0)),
                ("number", models.CharField(blank=True, max_length=100)),
                ("code", models.CharField(max_length=20)),
                ("valid_until", models.DateField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=300)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("valid", "Valid"),
                            ("void", "Void"),
                            ("replaced", "Replaced by a newer one"),
                            ("exchanged", "Exchanged for a card"),
                        ],
                        default="valid",
                        max_length=9,
                    ),
                ),
                ("initials", models.CharField(max_length=20)),
                ("birth_year", models.PositiveSmallIntegerField()),
                (
                    "issued_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "exchanged_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registrations.servicerecord",
                    ),
                ),
                (
                    "extends",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="extended_by",
                        to="registrations.paper",
                    ),
                ),
                (
                    "issued_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
                (
                    "record",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="paper",
                        to="registrations.servicerecord",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="papers",
                        to="registrations.resident",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registrations.paperrule",
                    ),
                ),
            ],
            options={
                "verbose_name": "paper",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="PaperTemplate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=60)),
                (
                    "set_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "template of numbers",
            },
        ),
        migrations.CreateModel(
            name="PaperCounter",
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
                            ("biodata", "Biodata sheet"),
                            ("suket", "Recording certificate (suket)"),
                        ],
                        max_length=7,
                    ),
                ),
                ("year", models.PositiveSmallIntegerField()),
                ("last", models.PositiveIntegerField()),
                (
                    "office",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
            ],
            options={
                "verbose_name": "counter of papers",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("office", "kind", "year"), name="papercounter_once"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="paperrule",
            index=models.Index(fields=["election", "kind", "-id"], name="paperrule_newest"),
        ),
        migrations.AddConstraint(
            model_name="paperrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("days_before_open__gte", models.F("days_before_close")),
                    ("days_before_open__lte", 400),
                ),
                name="paperrule_days",
                violation_error_code="rule-days",
                violation_error_message="A window opens at most 400 days before the election, and not after it closes.",
            ),
        ),
        migrations.AddConstraint(
            model_name="paperrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("status_age__gte", 1), ("status_age__lte", 400)),
                name="paperrule_status_age",
                violation_error_code="rule-status-age",
                violation_error_message="A status counts for a day at least and for 400 at most.",
            ),
        ),
        migrations.AddConstraint(
            model_name="paperrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", ""), _negated=True),
                name="paperrule_source",
                violation_error_code="source",
                violation_error_message="Name the decree or letter that says so.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="paperrule",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.decided_at := clock_timestamp(); RETURN NEW;",
                    hash="67a71a061274b226553eb31e36ef8a266ad59803",
                    operation="INSERT",
                    pgid="registrations_paperrule_clock",
                    table="registrations_paperrule",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="paperrule",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="2152dbc36aa2b317e5ffbf2afb02ff9437241cfa",
                    operation="UPDATE OR DELETE",
                    pgid="registrations_paperrule_append_only",
                    table="registrations_paperrule",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="paperrule",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="73cc0c8ead8405036eff29e7ed63085158ff7dd9",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="registrations_paperrule_no_truncate",
                    table="registrations_paperrule",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="paper",
            index=models.Index(fields=["office", "issued_on", "kind", "serial"], name="paper_day"),
        ),
        migrations.AddIndex(
            model_name="paper",
            index=models.Index(fields=["resident", "kind"], name="paper_resident"),
        ),
        migrations.AddIndex(
            model_name="paper",
            index=models.Index(
                condition=models.Q(("kind", "suket"), ("state", "valid")),
                fields=["office", "valid_until"],
                name="paper_outstanding",
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.UniqueConstraint(
                fields=("office", "kind", "year", "serial"), name="paper_serial_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.UniqueConstraint(
                fields=("office", "number"),
                name="paper_number_once",
                violation_error_code="number-taken",
                violation_error_message="An older paper has this number. Choose another way to write numbers.",
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.UniqueConstraint(fields=("code",), name="paper_code_once"),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("exchanged_by__isnull", True),
                    models.Q(("kind", "suket"), ("state__in", ["exchanged", "void"])),
                    _connector="OR",
                ),
                name="paper_exchanged",
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "exchanged"), _negated=True),
                    ("exchanged_by__isnull", False),
                    _connector="OR",
                ),
                name="paper_exchanged_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "biodata"), ("valid_until__isnull", True)),
                    models.Q(("kind", "suket"), ("valid_until__gt", models.F("issued_on"))),
                    _connector="OR",
                ),
                name="paper_valid_until",
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^[a-z2-7]{20}$")), name="paper_code"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="paper",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.issued_at := clock_timestamp(); RETURN NEW;",
                    hash="751c9e5f19a80a2c5d2ef8779fe63e6111629334",
                    operation="INSERT",
                    pgid="registrations_paper_clock",
                    table="registrations_paper",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="paper",
            trigger=pgtrigger.compiler.Trigger(
                name="of_somebody",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE gone boolean;",
                    func="\n        SELECT merged_into IS NOT NULL OR erased_at IS NOT NULL INTO gone\n          FROM registrations_resident WHERE id = NEW.resident_id FOR KEY SHARE;\n        IF NOT FOUND THEN  -- a lent clerk's policy shows the person and locks nobody\n            SELECT merged_into IS NOT NULL OR erased_at IS NOT NULL INTO gone\n              FROM registrations_resident WHERE id = NEW.resident_id;\n        END IF;\n        IF gone THEN\n            RAISE EXCEPTION 'nobody is held here' USING ERRCODE = 'DK211';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="2a6cb81b8b1c82ec356a28e603e37148516723c9",
                    operation='INSERT OR UPDATE OF "resident_id"',
                    pgid="registrations_paper_of_somebody",
                    table="registrations_paper",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="paper",
            trigger=pgtrigger.compiler.Trigger(
                name="paper_stays",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE taken_back boolean;",
                    func="\n        IF TG_OP = 'DELETE'\n           OR to_jsonb(NEW) - '{state,exchanged_by_id,record_id,resident_id,initials,birth_year,reason}'::text[]\n              IS DISTINCT FROM\n              to_jsonb(OLD) - '{state,exchanged_by_id,record_id,resident_id,initials,birth_year,reason}'::text[]\n           OR NEW.initials NOT IN (OLD.initials, '') OR NEW.birth_year NOT IN (OLD.birth_year, 0)\n           OR NEW.reason NOT IN (OLD.reason, '') THEN\n            RAISE EXCEPTION 'it is printed' USING ERRCODE = 'DK001';\n        END IF;\n        IF (NEW.state, NEW.record_id) IS DISTINCT FROM (OLD.state, OLD.record_id) THEN\n            SELECT EXISTS (SELECT FROM registrations_servicerecord\n                            WHERE ref_id = NEW.record_id AND row_kind = 'void') INTO taken_back;\n            IF (NEW.state = 'void') <> taken_back\n               OR NEW.state = 'replaced' AND NOT EXISTS (\n                   SELECT FROM registrations_paper newer\n                    WHERE (newer.resident_id, newer.kind) = (NEW.resident_id, NEW.kind)\n                      AND newer.state <> 'void'\n                      AND (newer.issued_at, newer.id) > (NEW.issued_at, NEW.id)) THEN\n                RAISE EXCEPTION 'its record says otherwise' USING ERRCODE = 'DK001';\n            END IF;\n        END IF;\n        RETURN NEW;\n    ",
                    hash="25c82a7cd4a5f0ac59d110a5aab17f131b11aed1",
                    operation="UPDATE OR DELETE",
                    pgid="paper_stays",
                    table="registrations_paper",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="papertemplate",
            index=models.Index(fields=["office", "-id"], name="papertemplate_newest"),
        ),
        migrations.AddConstraint(
            model_name="papertemplate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    django.db.models.lookups.In(
                        django.db.models.functions.text.Length("office"), [5]
                    )
                ),
                name="papertemplate_office_is_regency",
            ),
        ),
        migrations.AddConstraint(
            model_name="papertemplate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("text__contains", "{number}"),
                    ("text__contains", "{kind}"),
                    ("text__contains", "{year}"),
                    ("text__regex", "^([^{}]|\\{(number|kind|month|year)\\})+$"),
                ),
                name="papertemplate_text",
                violation_error_code="template",
                violation_error_message="A number has {number}, {kind} and {year}, perhaps {month}, and no other braces.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="papertemplate",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.set_at := clock_timestamp(); RETURN NEW;",
                    hash="bad299e87a86d223f76e2c64f8dc8f59e71ca78c",
                    operation="INSERT",
                    pgid="registrations_papertemplate_clock",
                    table="registrations_papertemplate",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="papertemplate",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="ab8a01d6330681a7ff17a7fadfcffc57f2d12eae",
                    operation="UPDATE OR DELETE",
                    pgid="registrations_papertemplate_append_only",
                    table="registrations_papertemplate",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="papertemplate",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="71d209eb5a27974de03995b0b545306b0acccd7f",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="registrations_papertemplate_no_truncate",
                    table="registrations_papertemplate",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(as_keeper(written(__file__, "papers"))),
        migrations.RunSQL(as_keeper(written(__file__, "ledger_append"))),
        migrations.RunSQL(written(__file__, "paper_carried")),
        migrations.RunSQL(_TRIGGERS),
    ]
