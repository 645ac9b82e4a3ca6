import datetime as dt

import django.contrib.postgres.fields
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

#: What stood here becomes each election's first decision, known since it was entered. The checks come
#: at once: what follows changes these tables.
FIRST_DECISIONS = """
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO events_electiondecision (election_id, held_on, state, source, decided_at)
SELECT id, held_on, 'planned', '', created_at FROM events_election ORDER BY id;
UPDATE events_election election
   SET listed_from = (election.created_at AT TIME ZONE region.timezone)::date
  FROM regions_region region WHERE region.code = election.region_id;
SET CONSTRAINTS ALL DEFERRED;
"""


#: Of rows that stand nobody is known: there is nothing to look through.
WHO_DECIDED = """
ALTER TABLE events_localday ADD COLUMN by_id bigint;
ALTER TABLE events_localday ADD CONSTRAINT localday_by FOREIGN KEY (by_id)
    REFERENCES accounts_user (id) DEFERRABLE INITIALLY DEFERRED NOT VALID;
"""


class Migration(migrations.Migration):
    """Elections are moved and cancelled by decisions; offices open on days off, and say that they are
    open; points of service.
    """

    dependencies = [
        ("events", "0005_clock"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("regions", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Point",
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
                ("name", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
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
                "verbose_name": "point of service",
            },
        ),
        migrations.CreateModel(
            name="ElectionDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("held_on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "Planned"),
                            ("moved", "Moved"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="planned",
                        max_length=9,
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=200)),
                (
                    "decided_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "election",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="events.election",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision on an election",
            },
        ),
        migrations.CreateModel(
            name="Opening",
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
                ("day", models.DateField()),
                ("opens_at", models.TimeField()),
                ("closes_at", models.TimeField()),
                ("shifts", models.PositiveSmallIntegerField(default=1)),
                ("consult_only", models.BooleanField(default=False)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_reason", models.CharField(blank=True, max_length=200)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "election",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="openings",
                        to="events.election",
                    ),
                ),
                (
                    "ended_by",
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
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="openings",
                        to="events.serviceevent",
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
                    "point",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="openings",
                        to="events.point",
                    ),
                ),
            ],
            options={
                "verbose_name": "opening",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="OpeningEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "id",
                    models.UUIDField(
                        default=dukcapil.core.ids.uuid7, editable=False, serialize=False
                    ),
                ),
                ("day", models.DateField()),
                ("opens_at", models.TimeField()),
                ("closes_at", models.TimeField()),
                ("shifts", models.PositiveSmallIntegerField(default=1)),
                ("consult_only", models.BooleanField(default=False)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_reason", models.CharField(blank=True, max_length=200)),
                (
                    "created_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "election",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="events.election",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="events.serviceevent",
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="regions.region",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="events.opening",
                    ),
                ),
                (
                    "point",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="events.point",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="OpeningLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "opening",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="links",
                        to="events.opening",
                    ),
                ),
            ],
            options={
                "verbose_name": "phone link of an opening",
            },
        ),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("closed", "Closed as planned"),
                            ("stopped", "Stopped"),
                        ],
                        max_length=7,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("device_at", models.DateTimeField(blank=True, null=True)),
                ("note", models.CharField(blank=True, max_length=200)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "opening",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="heartbeats",
                        to="events.opening",
                    ),
                ),
                (
                    "link",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="heartbeats",
                        to="events.openinglink",
                    ),
                ),
            ],
            options={
                "verbose_name": "sign of an opening",
            },
        ),
        migrations.AlterModelOptions(
            name="election",
            options={"default_manager_name": "objects", "verbose_name": "election"},
        ),
        # The column stays as it is: only Django's name of it is another one.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint(
                    model_name="election",
                    name="election_once",
                ),
                migrations.AlterField(
                    model_name="election",
                    name="held_on",
                    field=models.DateField(db_column="held_on"),
                ),
                migrations.RenameField(
                    model_name="election",
                    old_name="held_on",
                    new_name="first_held_on",
                ),
                migrations.AddConstraint(
                    model_name="election",
                    constraint=models.UniqueConstraint(
                        fields=("region", "kind", "first_held_on"),
                        name="election_once",
                        violation_error_code="election-exists",
                        violation_error_message="This election was entered already; decide on that one.",
                    ),
                ),
            ]
        ),
        migrations.AddField(
            model_name="election",
            name="listed_from",
            field=models.DateField(db_default=dt.date(2011, 1, 1)),
        ),
        migrations.AddField(
            model_name="election",
            name="offices",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=5),
                blank=True,
                db_default=[],
                default=list,
                size=None,
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(WHO_DECIDED)],
            state_operations=[
                migrations.AddField(
                    model_name="localday",
                    name="by",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="localday",
            name="source",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="localday",
            name="by_opening",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.RunSQL(FIRST_DECISIONS),
        pgtrigger.migrations.AddTrigger(
            model_name="election",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="c062a7b78b4807ca6442934dd44b2ebbe7b3b8ab",
                    operation="UPDATE OR DELETE",
                    pgid="events_election_append_only",
                    table="events_election",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="election",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="3c15f039e3bcfdf12ceda2ea25dc273c0e68b895",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="events_election_no_truncate",
                    table="events_election",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="localday",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="8152e4a05d3ca4427b116c73a4cd372203264cf8",
                    operation="UPDATE OR DELETE",
                    pgid="events_localday_append_only",
                    table="events_localday",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="localday",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="b932abf5f995b7db6d677034fdd483878da63768",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="events_localday_no_truncate",
                    table="events_localday",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="serviceevent",
            trigger=pgtrigger.compiler.Trigger(
                name="event_of_openings",
                sql=dukcapil.core.rules.RuleSql(
                    func="\n        IF (NEW.kind IN ('election_day', 'holiday_opening') OR OLD.kind IN ('election_day', 'holiday_opening'))\n           AND (NEW.state, NEW.kind, NEW.office_id, NEW.starts_on, NEW.ends_on) IS DISTINCT FROM\n               (OLD.state, OLD.kind, OLD.office_id, OLD.starts_on, OLD.ends_on) THEN\n            PERFORM pg_advisory_xact_lock(8187, hashtext(NEW.office_id));\n            UPDATE events_opening SET event_id = event_id\n             WHERE ended_at IS NULL AND office_id = NEW.office_id\n               AND (event_id = NEW.id OR day BETWEEN NEW.starts_on AND NEW.ends_on);\n        END IF;\n        RETURN NULL;\n    ",
                    hash="1e5f3b64341fe5dd956bbaf9738430382f00da52",
                    operation="INSERT OR UPDATE",
                    pgid="event_of_openings",
                    table="events_serviceevent",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AlterConstraint(
            model_name="localday",
            name="localday_reason",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="localday_reason",
                violation_error_code="reason",
                violation_error_message="Give a reason.",
            ),
        ),
        migrations.AddIndex(
            model_name="electiondecision",
            index=models.Index(fields=["election", "-decided_at"], name="electiondecision_newest"),
        ),
        migrations.AddConstraint(
            model_name="electiondecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("source", ""), _negated=True), ("by__isnull", True), _connector="OR"
                ),
                name="electiondecision_source",
                violation_error_code="source",
                violation_error_message="Name the decree or letter that says so.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="electiondecision",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.decided_at := clock_timestamp(); RETURN NEW;",
                    hash="227376d75198019ad4063aab5d789995d6eaab6c",
                    operation="INSERT",
                    pgid="events_electiondecision_clock",
                    table="events_electiondecision",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="electiondecision",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="371fea8d0c9acdd3cff6c81398d2e88cb6619aaf",
                    operation="UPDATE OR DELETE",
                    pgid="events_electiondecision_append_only",
                    table="events_electiondecision",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="electiondecision",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="b8714f424e69d7ca412b26ce481939d798e55662",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="events_electiondecision_no_truncate",
                    table="events_electiondecision",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="heartbeat",
            index=models.Index(fields=["opening", "-at"], name="heartbeat_newest"),
        ),
        migrations.AddConstraint(
            model_name="heartbeat",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("by__isnull", False), ("link__isnull", True)),
                    models.Q(("by__isnull", True), ("link__isnull", False)),
                    _connector="OR",
                ),
                name="heartbeat_of_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="heartbeat",
            constraint=models.CheckConstraint(
                condition=models.Q(("at__lte", models.F("received_at"))), name="heartbeat_not_ahead"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="heartbeat",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="61a734cad9bc63137f001c83d5b9fc6a552d265b",
                    operation="UPDATE OR DELETE",
                    pgid="events_heartbeat_append_only",
                    table="events_heartbeat",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="heartbeat",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="ec573f1d37fb238dcda3fe40a03802ab87f58090",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="events_heartbeat_no_truncate",
                    table="events_heartbeat",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="point",
            constraint=models.UniqueConstraint(
                fields=("office", "name"),
                name="point_once",
                violation_error_code="point-exists",
                violation_error_message="A point of this name exists.",
            ),
        ),
        migrations.AddConstraint(
            model_name="point",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True),
                name="point_named",
                violation_error_code="name",
                violation_error_message="Give a name.",
            ),
        ),
        migrations.AddConstraint(
            model_name="point",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    django.db.models.lookups.In(
                        django.db.models.functions.text.Length("district"), [8]
                    )
                ),
                name="point_of_district",
            ),
        ),
        migrations.AddConstraint(
            model_name="point",
            constraint=models.CheckConstraint(
                condition=models.Q(("office", django.db.models.functions.text.Left("district", 5))),
                name="point_in_office",
                violation_error_code="point-outside-office",
                violation_error_message="The district lies outside the office's region.",
            ),
        ),
        migrations.AddIndex(
            model_name="opening",
            index=models.Index(fields=["day", "office"], name="opening_day_office"),
        ),
        migrations.AddConstraint(
            model_name="opening",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True), ("point__isnull", True)),
                fields=("office", "day"),
                name="opening_once",
                violation_error_code="opening-exists",
                violation_error_message="This opening is planned already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="opening",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True), ("point__isnull", False)),
                fields=("point", "day"),
                name="opening_of_point_once",
                violation_error_code="opening-exists",
                violation_error_message="This opening is planned already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="opening",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    django.db.models.lookups.In(
                        django.db.models.functions.text.Length("office"), [5]
                    )
                ),
                name="opening_office_is_regency",
            ),
        ),
        migrations.AddConstraint(
            model_name="opening",
            constraint=models.CheckConstraint(
                condition=models.Q(("closes_at__gt", models.F("opens_at"))),
                name="opening_hours",
                violation_error_code="opening-hours",
                violation_error_message="It closes after it opens.",
            ),
        ),
        migrations.AddConstraint(
            model_name="opening",
            constraint=models.CheckConstraint(
                condition=models.Q(("shifts__range", (1, 6))),
                name="opening_shifts",
                violation_error_code="opening-shifts",
                violation_error_message="From one to six shifts.",
            ),
        ),
        migrations.AddConstraint(
            model_name="opening",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ended_at__isnull", True), ("ended_by__isnull", True), ("ended_reason", "")
                    ),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("ended_by__isnull", False),
                        models.Q(("ended_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="opening_ended",
                violation_error_code="reason",
                violation_error_message="Say why it does not open.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="opening",
            trigger=pgtrigger.compiler.Trigger(
                name="opening_names_event",
                sql=dukcapil.core.rules.RuleSql(
                    func="\n        IF NEW.ended_at IS NULL THEN\n            IF pg_trigger_depth() = 1 THEN\n                PERFORM 1 FROM events_serviceevent event WHERE event.office_id = NEW.office_id AND event.state <> 'cancelled'\n                   AND event.kind IN ('election_day', 'holiday_opening')\n                   AND NEW.day BETWEEN event.starts_on AND event.ends_on\n                  ORDER BY event.id FOR KEY SHARE;\n                PERFORM pg_advisory_xact_lock(8187, hashtext(NEW.office_id));\n            END IF;\n            NEW.event_id := (\n                SELECT event.id FROM events_serviceevent event\n                 WHERE event.office_id = NEW.office_id AND event.state <> 'cancelled'\n                   AND event.kind IN ('election_day', 'holiday_opening')\n                   AND NEW.day BETWEEN event.starts_on AND event.ends_on\n                 ORDER BY (event.state = 'draft'), event.starts_on DESC, event.id LIMIT 1);\n        END IF;\n        RETURN NEW;\n    ",
                    hash="4f7715f55431f114dbe4dcc0f855508c974fda44",
                    operation="INSERT OR UPDATE",
                    pgid="opening_names_event",
                    table="events_opening",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="opening",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "events_openingevent" ("closes_at", "consult_only", "created_at", "created_by_id", "day", "election_id", "ended_at", "ended_by_id", "ended_reason", "event_id", "id", "office_id", "opens_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "point_id", "reason", "shifts") SELECT new_values."closes_at", new_values."consult_only", new_values."created_at", new_values."created_by_id", new_values."day", new_values."election_id", new_values."ended_at", new_values."ended_by_id", new_values."ended_reason", new_values."event_id", new_values."id", new_values."office_id", new_values."opens_at", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."point_id", new_values."reason", new_values."shifts" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="b715445a27aa4ebf7f549792ddc3e8d11872f029",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_524e8",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="events_opening",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="opening",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "events_openingevent" ("closes_at", "consult_only", "created_at", "created_by_id", "day", "election_id", "ended_at", "ended_by_id", "ended_reason", "event_id", "id", "office_id", "opens_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "point_id", "reason", "shifts") SELECT old_values."closes_at", old_values."consult_only", old_values."created_at", old_values."created_by_id", old_values."day", old_values."election_id", old_values."ended_at", old_values."ended_by_id", old_values."ended_reason", old_values."event_id", old_values."id", old_values."office_id", old_values."opens_at", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."point_id", old_values."reason", old_values."shifts" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="8bb6b856c137627c9518773fb307412b11157a81",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_68721",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="events_opening",
                    when="AFTER",
                ),
            ),
        ),
    ]
