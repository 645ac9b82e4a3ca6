import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.manager
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import dukcapil.core.ids
import dukcapil.core.rules
from dukcapil.core.sql import written


class Migration(migrations.Migration):
    """What SIAK says of people's recordings, the lists that tell it, and who was recorded by it."""

    dependencies = [
        ("regions", "0001_initial"),
        ("registrations", "0041_activation_of"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="StatusImport",
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
                ("as_of", models.DateField()),
                ("source", models.CharField(max_length=100)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("shown", "To be confirmed"),
                            ("taken", "Taken in"),
                            ("dropped", "Dropped"),
                            ("back", "Taken out again"),
                        ],
                        default="shown",
                        max_length=7,
                    ),
                ),
                ("rows", models.JSONField(null=True)),
                ("refused", models.JSONField()),
                ("found", models.PositiveIntegerField()),
                ("taken", models.PositiveIntegerField(default=0)),
                ("older", models.PositiveIntegerField(default=0)),
                ("known", models.PositiveIntegerField(default=0)),
                ("impossible", models.PositiveIntegerField(default=0)),
                (
                    "brought_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "brought_by",
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
            ],
            options={
                "verbose_name": "list of statuses",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="RecordStatus",
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
                    "code",
                    models.CharField(
                        choices=[
                            ("UNREGISTERED", "Not recorded"),
                            ("BIO_CAPTURED", "Captured, not sent"),
                            ("PROCESSING", "In the queue to be sent"),
                            ("SENT_FOR_ENROLLMENT", "Sent to the centre"),
                            ("RECEIVED_AT_CENTRAL", "Received at the centre"),
                            ("ENROLL_FAILURE_AT_REGIONAL", "Enrolment failed in the region"),
                            ("ENROLL_FAILURE_AT_CENTRAL", "Enrolment failed at the centre"),
                            ("SEARCH_FAILURE_AT_CENTRAL", "Search failed at the centre"),
                            ("ADJUDICATE_RECORD", "Under adjudication"),
                            ("REQUEST_VALIDATION", "To be validated"),
                            ("DUPLICATE_RECORD", "Duplicate"),
                            ("PRINT_READY_RECORD", "Print-ready"),
                            ("SENT_FOR_CARD_PRINTING", "Sent to be printed"),
                            ("CARD_PRINTED", "Card printed"),
                            ("CARD_SHIPPED", "Card shipped"),
                            ("CARD_ISSUED", "Card handed over"),
                        ],
                        max_length=26,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("since", models.DateTimeField(editable=False)),
                ("newest", models.BooleanField(default=True, editable=False)),
                ("taken_back", models.BooleanField(default=False, editable=False)),
                ("source", models.CharField(max_length=100)),
                (
                    "entered_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "entered_by",
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
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statuses",
                        to="registrations.resident",
                    ),
                ),
                (
                    "brought",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statuses",
                        to="registrations.statusimport",
                    ),
                ),
            ],
            options={
                "verbose_name": "status of a recording",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddIndex(
            model_name="statusimport",
            index=models.Index(fields=["office", "-brought_at"], name="statusimport_newest"),
        ),
        migrations.AddConstraint(
            model_name="statusimport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at__isnull", True), ("rows__isnull", False), ("state", "shown")
                    ),
                    models.Q(
                        models.Q(("state", "shown"), _negated=True),
                        ("decided_at__isnull", False),
                        ("rows__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="statusimport_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="statusimport",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", ""), _negated=True),
                name="statusimport_source",
                violation_error_code="source",
                violation_error_message="Say where the status comes from.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="statusimport",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.brought_at := clock_timestamp(); RETURN NEW;",
                    hash="c220fe49b01ec0670a10b38eba17511fd38ee94c",
                    operation="INSERT",
                    pgid="registrations_statusimport_clock",
                    table="registrations_statusimport",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="recordstatus",
            index=models.Index(
                condition=models.Q(("newest", True)),
                fields=["office", "code", "since"],
                name="recordstatus_backlog",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordstatus",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "code__in",
                        [
                            "UNREGISTERED",
                            "BIO_CAPTURED",
                            "PROCESSING",
                            "SENT_FOR_ENROLLMENT",
                            "RECEIVED_AT_CENTRAL",
                            "ENROLL_FAILURE_AT_REGIONAL",
                            "ENROLL_FAILURE_AT_CENTRAL",
                            "SEARCH_FAILURE_AT_CENTRAL",
                            "ADJUDICATE_RECORD",
                            "REQUEST_VALIDATION",
                            "DUPLICATE_RECORD",
                            "PRINT_READY_RECORD",
                            "SENT_FOR_CARD_PRINTING",
                            "CARD_PRINTED",
                            "CARD_SHIPPED",
                            "CARD_ISSUED",
                        ],
                    )
                ),
                name="recordstatus_code",
                violation_error_code="code",
                violation_error_message="SIAK has no such status.",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordstatus",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", ""), _negated=True),
                name="recordstatus_source",
                violation_error_code="source",
                violation_error_message="Say where the status comes from.",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordstatus",
            constraint=models.CheckConstraint(
                condition=models.Q(("at__gte", "2009-01-01T00:00:00Z")),
                name="recordstatus_at",
                violation_error_code="status-before",
                violation_error_message="No KTP-el was recorded before 2009.",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordstatus",
            constraint=models.UniqueConstraint(
                condition=models.Q(("taken_back", False)),
                fields=("resident", "code", "at"),
                name="recordstatus_once",
                violation_error_code="status-known",
                violation_error_message="This status is known already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordstatus",
            constraint=models.CheckConstraint(
                condition=models.Q(("newest", False), ("taken_back", False), _connector="OR"),
                name="recordstatus_taken_back",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordstatus",
            constraint=models.UniqueConstraint(
                condition=models.Q(("newest", True)),
                fields=("resident",),
                name="recordstatus_newest",
                violation_error_code="status-at-once",
                violation_error_message="Somebody else entered a status of this person at the same moment.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="recordstatus",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.entered_at := clock_timestamp(); RETURN NEW;",
                    hash="0f02dad4714a7874390349423f54c0824682010a",
                    operation="INSERT",
                    pgid="registrations_recordstatus_clock",
                    table="registrations_recordstatus",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="recordstatus",
            trigger=pgtrigger.compiler.Trigger(
                name="of_somebody",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE gone boolean;",
                    func="\n        SELECT merged_into IS NOT NULL OR erased_at IS NOT NULL INTO gone\n          FROM registrations_resident WHERE id = NEW.resident_id FOR KEY SHARE;\n        IF NOT FOUND THEN  -- a lent clerk's policy shows the person and locks nobody\n            SELECT merged_into IS NOT NULL OR erased_at IS NOT NULL INTO gone\n              FROM registrations_resident WHERE id = NEW.resident_id;\n        END IF;\n        IF gone THEN\n            RAISE EXCEPTION 'nobody is held here' USING ERRCODE = 'DK211';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="3c26b75287436ebb5a218850fc57595fa71c66d7",
                    operation='INSERT OR UPDATE OF "resident_id"',
                    pgid="registrations_recordstatus_of_somebody",
                    table="registrations_recordstatus",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="recordstatus",
            trigger=pgtrigger.compiler.Trigger(
                name="recordstatus_follows",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE known registrations_recordstatus%ROWTYPE;",
                    func="\n        IF NEW.at > clock_timestamp() + interval '5 minutes' THEN\n            RAISE EXCEPTION 'not yet' USING ERRCODE = 'DK250';\n        END IF;\n        NEW.since := NEW.at;\n        NEW.newest := true;\n        SELECT * INTO known FROM registrations_recordstatus\n         WHERE resident_id = NEW.resident_id AND newest FOR UPDATE;\n        IF NOT FOUND THEN\n            RETURN NEW;\n        END IF;\n        IF NEW.at < known.at THEN\n            NEW.newest := false;\n            RETURN NEW;\n        END IF;\n        IF NEW.code = known.code THEN\n            NEW.since := known.since;\n        ELSIF known.code || '>' || NEW.code IN ('BIO_CAPTURED>UNREGISTERED', 'PROCESSING>UNREGISTERED', 'PROCESSING>BIO_CAPTURED', 'SENT_FOR_ENROLLMENT>UNREGISTERED', 'SENT_FOR_ENROLLMENT>BIO_CAPTURED', 'SENT_FOR_ENROLLMENT>PROCESSING', 'RECEIVED_AT_CENTRAL>UNREGISTERED', 'RECEIVED_AT_CENTRAL>BIO_CAPTURED', 'RECEIVED_AT_CENTRAL>PROCESSING', 'ENROLL_FAILURE_AT_REGIONAL>SENT_FOR_CARD_PRINTING', 'ENROLL_FAILURE_AT_REGIONAL>CARD_PRINTED', 'ENROLL_FAILURE_AT_REGIONAL>CARD_SHIPPED', 'ENROLL_FAILURE_AT_REGIONAL>CARD_ISSUED', 'ENROLL_FAILURE_AT_CENTRAL>SENT_FOR_CARD_PRINTING', 'ENROLL_FAILURE_AT_CENTRAL>CARD_PRINTED', 'ENROLL_FAILURE_AT_CENTRAL>CARD_SHIPPED', 'ENROLL_FAILURE_AT_CENTRAL>CARD_ISSUED', 'SEARCH_FAILURE_AT_CENTRAL>SENT_FOR_CARD_PRINTING', 'SEARCH_FAILURE_AT_CENTRAL>CARD_PRINTED', 'SEARCH_FAILURE_AT_CENTRAL>CARD_SHIPPED', 'SEARCH_FAILURE_AT_CENTRAL>CARD_ISSUED', 'ADJUDICATE_RECORD>SENT_FOR_CARD_PRINTING', 'ADJUDICATE_RECORD>CARD_PRINTED', 'ADJUDICATE_RECORD>CARD_SHIPPED', 'ADJUDICATE_RECORD>CARD_ISSUED', 'REQUEST_VALIDATION>SENT_FOR_CARD_PRINTING', 'REQUEST_VALIDATION>CARD_PRINTED', 'REQUEST_VALIDATION>CARD_SHIPPED', 'REQUEST_VALIDATION>CARD_ISSUED', 'DUPLICATE_RECORD>SENT_FOR_CARD_PRINTING', 'DUPLICATE_RECORD>CARD_PRINTED', 'DUPLICATE_RECORD>CARD_SHIPPED', 'DUPLICATE_RECORD>CARD_ISSUED', 'PRINT_READY_RECORD>UNREGISTERED', 'PRINT_READY_RECORD>BIO_CAPTURED', 'PRINT_READY_RECORD>PROCESSING', 'PRINT_READY_RECORD>SENT_FOR_ENROLLMENT', 'PRINT_READY_RECORD>RECEIVED_AT_CENTRAL', 'PRINT_READY_RECORD>ENROLL_FAILURE_AT_REGIONAL', 'PRINT_READY_RECORD>ENROLL_FAILURE_AT_CENTRAL', 'PRINT_READY_RECORD>SEARCH_FAILURE_AT_CENTRAL', 'SENT_FOR_CARD_PRINTING>UNREGISTERED', 'SENT_FOR_CARD_PRINTING>BIO_CAPTURED', 'SENT_FOR_CARD_PRINTING>PROCESSING', 'SENT_FOR_CARD_PRINTING>SENT_FOR_ENROLLMENT', 'SENT_FOR_CARD_PRINTING>RECEIVED_AT_CENTRAL', 'SENT_FOR_CARD_PRINTING>ENROLL_FAILURE_AT_REGIONAL', 'SENT_FOR_CARD_PRINTING>ENROLL_FAILURE_AT_CENTRAL', 'SENT_FOR_CARD_PRINTING>SEARCH_FAILURE_AT_CENTRAL', 'CARD_PRINTED>UNREGISTERED', 'CARD_PRINTED>BIO_CAPTURED', 'CARD_PRINTED>PROCESSING', 'CARD_PRINTED>SENT_FOR_ENROLLMENT', 'CARD_PRINTED>RECEIVED_AT_CENTRAL', 'CARD_PRINTED>ENROLL_FAILURE_AT_REGIONAL', 'CARD_PRINTED>ENROLL_FAILURE_AT_CENTRAL', 'CARD_PRINTED>SEARCH_FAILURE_AT_CENTRAL', 'CARD_PRINTED>SENT_FOR_CARD_PRINTING', 'CARD_SHIPPED>UNREGISTERED', 'CARD_SHIPPED>BIO_CAPTURED', 'CARD_SHIPPED>PROCESSING', 'CARD_SHIPPED>SENT_FOR_ENROLLMENT', 'CARD_SHIPPED>RECEIVED_AT_CENTRAL', 'CARD_SHIPPED>ENROLL_FAILURE_AT_REGIONAL', 'CARD_SHIPPED>ENROLL_FAILURE_AT_CENTRAL', 'CARD_SHIPPED>SEARCH_FAILURE_AT_CENTRAL', 'CARD_SHIPPED>SENT_FOR_CARD_PRINTING', 'CARD_SHIPPED>CARD_PRINTED', 'CARD_ISSUED>UNREGISTERED', 'CARD_ISSUED>BIO_CAPTURED', 'CARD_ISSUED>PROCESSING', 'CARD_ISSUED>SENT_FOR_ENROLLMENT', 'CARD_ISSUED>RECEIVED_AT_CENTRAL', 'CARD_ISSUED>ENROLL_FAILURE_AT_REGIONAL', 'CARD_ISSUED>ENROLL_FAILURE_AT_CENTRAL', 'CARD_ISSUED>SEARCH_FAILURE_AT_CENTRAL', 'CARD_ISSUED>SENT_FOR_CARD_PRINTING', 'CARD_ISSUED>CARD_PRINTED', 'CARD_ISSUED>CARD_SHIPPED')\n              AND NOT EXISTS (SELECT FROM registrations_recordingreopened again\n                               WHERE again.resident_id = NEW.resident_id AND again.at >= known.since) THEN\n            RAISE EXCEPTION 'impossible' USING ERRCODE = 'DK251';\n        END IF;\n        UPDATE registrations_recordstatus SET newest = false WHERE id = known.id;\n        RETURN NEW;\n    ",
                    hash="271d33575af400f8b414a4caccc82ab5890ead22",
                    operation="INSERT",
                    pgid="recordstatus_follows",
                    table="registrations_recordstatus",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="recordstatus",
            trigger=pgtrigger.compiler.Trigger(
                name="recordstatus_stays",
                sql=dukcapil.core.rules.RuleSql(
                    func="\n        IF TG_OP = 'DELETE'\n           OR NEW.source NOT IN (OLD.source, '-')\n           OR OLD.taken_back AND NOT NEW.taken_back\n           OR to_jsonb(NEW) - '{resident_id,newest,source,taken_back}'::text[]\n              IS DISTINCT FROM to_jsonb(OLD) - '{resident_id,newest,source,taken_back}'::text[] THEN\n            RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';\n        END IF;\n        IF NEW.taken_back AND NOT OLD.taken_back AND EXISTS (\n               SELECT FROM registrations_recordstatus later\n                WHERE later.resident_id = NEW.resident_id AND NOT later.taken_back\n                  AND later.at >= NEW.at AND later.entered_at > NEW.entered_at\n                  AND (NEW.brought_id IS NULL OR later.brought_id IS DISTINCT FROM NEW.brought_id)) THEN\n            RAISE EXCEPTION 'something newer stands on it' USING ERRCODE = 'DK252';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="ce68415cfb7f8f433e4955d819fc6c2c721eda6e",
                    operation="UPDATE OR DELETE",
                    pgid="recordstatus_stays",
                    table="registrations_recordstatus",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(written(__file__, "recorded_by_status")),
    ]
