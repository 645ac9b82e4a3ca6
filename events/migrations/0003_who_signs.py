import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import dukcapil.core.ids
import dukcapil.core.rules


class Migration(migrations.Migration):
    """What a head signed of an event, and changes that wait for a head."""

    dependencies = [
        ("events", "0002_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EventChange",
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
                ("values", models.JSONField()),
                ("moves", models.BooleanField(default=False)),
                ("against", models.CharField(max_length=60)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Waits for the head"),
                            ("accepted", "Signed"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="pending",
                        max_length=9,
                    ),
                ),
                (
                    "proposed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
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
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="events.serviceevent",
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
            ],
            options={
                "verbose_name": "proposed change of an event",
            },
        ),
        migrations.CreateModel(
            name="EventSignature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.CharField(max_length=60)),
                ("content", models.JSONField()),
                (
                    "signed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signatures",
                        to="events.serviceevent",
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "signature of an event",
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="serviceevent",
            trigger=pgtrigger.compiler.Trigger(
                name="event_as_signed",
                sql=dukcapil.core.rules.RuleSql(
                    constraint="CONSTRAINT",
                    declare="DECLARE present events_serviceevent; facts jsonb; before jsonb; signed jsonb;",
                    func="\n        SELECT * INTO present FROM events_serviceevent WHERE id = NEW.id;\n        IF present.state IS DISTINCT FROM 'approved' THEN\n            RETURN NULL;\n        END IF;\n        SELECT jsonb_object_agg(key, value) INTO facts\n          FROM jsonb_each(to_jsonb(present)) WHERE key IN ('title', 'kind', 'village_id', 'place', 'place_kind', 'target_group', 'programme', 'services', 'starts_on', 'ends_on', 'holiday_reason', 'kits', 'walk_in_percent', 'priority_percent', 'by_invitation');\n        SELECT jsonb_object_agg(key, value) INTO before\n          FROM jsonb_each(to_jsonb(OLD)) WHERE key IN ('title', 'kind', 'village_id', 'place', 'place_kind', 'target_group', 'programme', 'services', 'starts_on', 'ends_on', 'holiday_reason', 'kits', 'walk_in_percent', 'priority_percent', 'by_invitation');\n        SELECT content -> 'facts' INTO signed FROM events_eventsignature\n         WHERE event_id = NEW.id ORDER BY id DESC LIMIT 1;\n        IF facts IS DISTINCT FROM signed AND (\n            signed IS NOT NULL OR OLD.state <> 'approved' OR facts IS DISTINCT FROM before\n        ) THEN\n            RAISE EXCEPTION 'not what was signed' USING ERRCODE = 'DK121';\n        END IF;\n        RETURN NULL;\n    ",
                    hash="5eb614a9ae7f4b98b42c6d8d92a3999d5c29dcb4",
                    operation="UPDATE",
                    pgid="event_as_signed",
                    table="events_serviceevent",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="eventchange",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "pending")),
                fields=("event",),
                name="change_one_open",
                violation_error_code="change-open",
                violation_error_message="Another change of this event waits for the head.",
            ),
        ),
        migrations.AddConstraint(
            model_name="eventchange",
            constraint=models.CheckConstraint(
                condition=models.Q(("values", {}), _negated=True), name="change_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="eventchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at__isnull", True),
                        ("decided_by__isnull", True),
                        ("state", "pending"),
                    ),
                    models.Q(
                        models.Q(("state", "pending"), _negated=True),
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="change_decided",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="eventchange",
            trigger=pgtrigger.compiler.Trigger(
                name="change_decided_once",
                sql=dukcapil.core.rules.RuleSql(
                    func="\n        IF TG_OP = 'DELETE' OR OLD.state <> 'pending' OR NEW.state = 'pending'\n           OR (to_jsonb(NEW) - '{state,decided_by_id,decided_at}'::text[])\n              IS DISTINCT FROM (to_jsonb(OLD) - '{state,decided_by_id,decided_at}'::text[]) THEN\n            RAISE EXCEPTION 'a change is decided once' USING ERRCODE = 'DK122';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="f2899f5934c16305b1938a4435d9ff71c13a76ca",
                    operation="UPDATE OR DELETE",
                    pgid="change_decided_once",
                    table="events_eventchange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="eventsignature",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="5f7de6165a4efb52463dccea73b55a794f5cec71",
                    operation="UPDATE OR DELETE",
                    pgid="events_eventsignature_append_only",
                    table="events_eventsignature",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="eventsignature",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="95043faeb06edb0d21e71a65b8569b69cb0a37e9",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="events_eventsignature_no_truncate",
                    table="events_eventsignature",
                    when="BEFORE",
                ),
            ),
        ),
    ]
