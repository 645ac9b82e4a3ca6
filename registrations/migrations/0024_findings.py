import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import dukcapil.core.ids
import dukcapil.core.rules
from dukcapil.core.sql import as_keeper, written

#: The owner may not change people: `keeper` may, for this statement.
WORDS = """
GRANT SELECT, UPDATE ON registrations_visitrequest TO keeper;
GRANT INSERT ON registrations_rolltouched TO keeper;
SET LOCAL ROLE keeper;
UPDATE registrations_visitrequest
   SET ended_because = CASE ended_because WHEN 'not_found' THEN 'not_met' ELSE 'refuses' END
 WHERE ended_because IN ('not_found', 'unwilling');
SET LOCAL ROLE NONE;
REVOKE SELECT, UPDATE ON registrations_visitrequest FROM keeper;
"""
CONTRADICTED = """
CREATE TRIGGER finding_contradicted AFTER INSERT ON registrations_effectiveservice FOR EACH ROW
    WHEN (NEW.service = 'recording') EXECUTE FUNCTION finding_contradicted();
CREATE TRIGGER finding_follows AFTER UPDATE ON registrations_resident FOR EACH ROW
    WHEN (NEW.village_id <> OLD.village_id
          OR (OLD.known_recorded_on IS NULL AND NEW.known_recorded_on IS NOT NULL))
    EXECUTE FUNCTION finding_follows();
"""


class Migration(migrations.Migration):
    """What is found out about people, the minutes of a village, and its tasks; a visit that was asked
    for ends with the same words.
    """

    dependencies = [
        ("regions", "0001_initial"),
        ("registrations", "0023_missing"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FindingMinutes",
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
                ("content", models.CharField(max_length=64)),
                ("counts", models.JSONField()),
                ("people", models.PositiveIntegerField()),
                ("signer", models.CharField(max_length=120)),
                ("function", models.CharField(max_length=120)),
                (
                    "signed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
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
                    "office",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
                (
                    "village",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
            ],
            options={
                "verbose_name": "minutes of a village",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Finding",
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
                    "outcome",
                    models.CharField(
                        choices=[
                            ("deceased", "Has died"),
                            ("moved", "Moved away"),
                            ("abroad", "Lives abroad"),
                            ("duplicate", "Stands on the list twice"),
                            ("unknown_nik", "Nobody here knows this person"),
                            ("not_met", "Was not met"),
                            ("away", "Is away and comes back"),
                            ("sick_or_disabled", "Cannot come: the office has to go there"),
                            ("refuses", "Does not want it"),
                            ("recorded_already", "Says to be recorded already"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "evidence_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("death_certificate", "Death certificate"),
                            ("burial", "Entry of a burial register"),
                            ("letter", "Letter"),
                            ("minutes", "Minutes of the village"),
                            ("other", "Another paper"),
                        ],
                        max_length=17,
                    ),
                ),
                ("evidence_number", models.BinaryField(null=True)),
                ("evidence_issuer", models.CharField(blank=True, max_length=150)),
                ("evidence_on", models.DateField(blank=True, null=True)),
                ("note", models.BinaryField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Waits for a decision"),
                            ("accepted", "Accepted"),
                            ("refused", "Refused"),
                            ("contradicted", "Contradicted by what came later"),
                        ],
                        default="proposed",
                        max_length=12,
                    ),
                ),
                (
                    "found_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("alive", "The person is alive"),
                            ("no_paper", "The paper is missing"),
                            ("other", "Another reason"),
                            ("replaced", "Whoever found it said something else later"),
                            ("gone", "The person was merged with another row, or erased"),
                        ],
                        max_length=8,
                    ),
                ),
                ("decided_note", models.BinaryField(null=True)),
                ("contradicted_at", models.DateTimeField(blank=True, null=True)),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "found_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "of",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registrations.resident",
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
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="registrations.resident",
                    ),
                ),
                (
                    "seen_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "village",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
                (
                    "minutes",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="registrations.findingminutes",
                    ),
                ),
            ],
            options={
                "verbose_name": "finding",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="FindingTask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due", models.DateField()),
                (
                    "asked_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "asked_by",
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
                    "village",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                    ),
                ),
            ],
            options={
                "verbose_name": "task of a village",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddIndex(
            model_name="findingminutes",
            index=models.Index(fields=["office", "-signed_at"], name="minutes_office"),
        ),
        migrations.AddConstraint(
            model_name="findingminutes",
            constraint=models.UniqueConstraint(
                fields=("village", "content"),
                name="minutes_once",
                violation_error_code="already-signed",
                violation_error_message="These minutes are signed already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="findingminutes",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("signer", ""), _negated=True),
                    models.Q(("function", ""), _negated=True),
                ),
                name="minutes_signed",
                violation_error_code="signer",
                violation_error_message="Give name and function of who signs.",
            ),
        ),
        migrations.AddConstraint(
            model_name="findingminutes",
            constraint=models.CheckConstraint(
                condition=models.Q(("people__gt", 0)), name="minutes_people"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="findingminutes",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.signed_at := clock_timestamp(); RETURN NEW;",
                    hash="83de8dea15e00067c823911c1d5ad2610eb88e7c",
                    operation="INSERT",
                    pgid="registrations_findingminutes_clock",
                    table="registrations_findingminutes",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="findingminutes",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="4cf2d6de4fdba721654745f6c27277f225c29c6e",
                    operation="UPDATE OR DELETE",
                    pgid="registrations_findingminutes_append_only",
                    table="registrations_findingminutes",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="findingminutes",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="ef357b0fa5b33b93d89913ade510afbb441beb09",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="registrations_findingminutes_no_truncate",
                    table="registrations_findingminutes",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["resident", "-found_at"], name="finding_resident"),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["office", "state", "found_at"], name="finding_office_state"),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(
                condition=models.Q(("minutes__isnull", True)),
                fields=["village", "found_at"],
                name="finding_not_signed",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "deceased"), _negated=True),
                    models.Q(
                        models.Q(("evidence_kind", ""), _negated=True),
                        ("evidence_number__isnull", False),
                        ("evidence_on__isnull", False),
                        models.Q(("evidence_issuer", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="finding_deceased",
                violation_error_code="paper-needed",
                violation_error_message="That somebody died is said by a paper: give its kind, number, issuer and date.",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("of__isnull", False),
                        ("outcome", "duplicate"),
                        models.Q(("of", models.F("resident")), _negated=True),
                    ),
                    models.Q(
                        models.Q(("outcome", "duplicate"), _negated=True), ("of__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="finding_duplicate",
                violation_error_code="duplicate-of",
                violation_error_message="Say which other person of the list it is, and only of a duplicate.",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "recorded_already"), _negated=True),
                    models.Q(
                        ("evidence_on__isnull", False),
                        models.Q(("evidence_issuer", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="finding_recorded_already",
                violation_error_code="source-needed",
                violation_error_message="Say who recorded the person, and on which day.",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("contradicted_at__isnull", True),
                        ("decided_at__isnull", True),
                        ("state", "proposed"),
                        ("why", ""),
                    ),
                    models.Q(
                        ("contradicted_at__isnull", True),
                        ("decided_at__isnull", False),
                        ("state", "accepted"),
                        ("why", ""),
                    ),
                    models.Q(
                        ("contradicted_at__isnull", True),
                        ("decided_at__isnull", False),
                        ("state", "refused"),
                        models.Q(("why", ""), _negated=True),
                    ),
                    models.Q(
                        ("contradicted_at__isnull", False), ("state", "contradicted"), ("why", "")
                    ),
                    _connector="OR",
                ),
                name="finding_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("seen_at__isnull", True),
                    models.Q(("seen_by__isnull", False), ("state", "contradicted")),
                    _connector="OR",
                ),
                name="finding_seen",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state", "proposed"),
                    models.Q(
                        ("outcome__in", ["not_met", "away", "sick_or_disabled"]), _negated=True
                    ),
                ),
                fields=("resident",),
                name="finding_proposed_once",
                violation_error_code="already-found",
                violation_error_message="Somebody said something about this person already, and the office has not decided yet.",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state", "accepted"),
                    models.Q(
                        ("outcome__in", ["not_met", "away", "sick_or_disabled"]), _negated=True
                    ),
                ),
                fields=("resident",),
                name="finding_accepted_once",
                violation_error_code="already-explained",
                violation_error_message="Something else is accepted about this person already.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="finding",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.found_at := clock_timestamp(); RETURN NEW;",
                    hash="39d4c717252ad106304acfdd1d6e7e91f90c0b84",
                    operation="INSERT",
                    pgid="registrations_finding_clock",
                    table="registrations_finding",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="finding",
            trigger=pgtrigger.compiler.Trigger(
                name="of_somebody",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE gone boolean;",
                    func="\n        SELECT merged_into IS NOT NULL OR erased_at IS NOT NULL INTO gone\n          FROM registrations_resident WHERE id = NEW.resident_id FOR KEY SHARE;\n        IF NOT FOUND THEN  -- a lent clerk's policy shows the person and locks nobody\n            SELECT merged_into IS NOT NULL OR erased_at IS NOT NULL INTO gone\n              FROM registrations_resident WHERE id = NEW.resident_id;\n        END IF;\n        IF gone THEN\n            RAISE EXCEPTION 'nobody is held here' USING ERRCODE = 'DK211';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="c38a3a87b3bffcd0e29d4889e35ed84085bc6387",
                    operation='INSERT OR UPDATE OF "resident_id"',
                    pgid="registrations_finding_of_somebody",
                    table="registrations_finding",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="finding",
            trigger=pgtrigger.compiler.Trigger(
                name="finding_decided_once",
                sql=dukcapil.core.rules.RuleSql(
                    func="\n        IF (NEW.id, NEW.office_id, NEW.outcome, NEW.evidence_kind, NEW.found_by_id, NEW.found_at)\n           IS DISTINCT FROM\n           (OLD.id, OLD.office_id, OLD.outcome, OLD.evidence_kind, OLD.found_by_id, OLD.found_at) THEN\n            RAISE EXCEPTION 'it was said so' USING ERRCODE = 'DK001';\n        END IF;\n        IF OLD.minutes_id IS NOT NULL AND NEW.minutes_id IS DISTINCT FROM OLD.minutes_id THEN\n            RAISE EXCEPTION 'it was signed' USING ERRCODE = 'DK001';\n        END IF;\n        IF NEW.state = OLD.state THEN\n            IF (NEW.why, NEW.decided_by_id, NEW.decided_at)\n               IS DISTINCT FROM (OLD.why, OLD.decided_by_id, OLD.decided_at) THEN\n                RAISE EXCEPTION 'decided' USING ERRCODE = 'DK240';\n            END IF;\n            RETURN NEW;\n        END IF;\n        IF NOT (OLD.state = 'proposed' OR (OLD.state = 'accepted' AND NEW.state = 'contradicted')) THEN\n            RAISE EXCEPTION 'decided' USING ERRCODE = 'DK240';\n        END IF;\n        IF NEW.state IN ('accepted', 'refused') AND NEW.why NOT IN ('replaced', 'gone')\n           AND one_person(NEW.found_by_id, NEW.decided_by_id, clock_timestamp()) IS NOT NULL THEN\n            RAISE EXCEPTION 'a second person decides' USING ERRCODE = 'DK241';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="94badfa2ac240cf9660ce6735163889153e8d78d",
                    operation="UPDATE",
                    pgid="finding_decided_once",
                    table="registrations_finding",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="findingtask",
            index=models.Index(fields=["village", "-id"], name="findingtask_newest"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="findingtask",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.asked_at := clock_timestamp(); RETURN NEW;",
                    hash="10700674780ee6247c7d7ae5e40967db554cdf70",
                    operation="INSERT",
                    pgid="registrations_findingtask_clock",
                    table="registrations_findingtask",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="findingtask",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="20b785515d63676eebd247b9f5ed8a22039b1b41",
                    operation="UPDATE OR DELETE",
                    pgid="registrations_findingtask_append_only",
                    table="registrations_findingtask",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="findingtask",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="957fac0e6cd79788aa49ceb0eb15b099e236710b",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="registrations_findingtask_no_truncate",
                    table="registrations_findingtask",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AlterField(
            model_name="visitrequest",
            name="ended_because",
            field=models.CharField(
                blank=True,
                choices=[
                    ("elsewhere", "Was served elsewhere"),
                    ("not_met", "Was not met"),
                    ("moved", "Moved away"),
                    ("deceased", "Has died"),
                    ("refuses", "Does not want it"),
                    ("twice", "Asked twice"),
                ],
                max_length=9,
            ),
        ),
        migrations.RunSQL(as_keeper(written(__file__, "findings"))),
        migrations.RunSQL(CONTRADICTED),
        migrations.RunSQL(WORDS),
    ]
