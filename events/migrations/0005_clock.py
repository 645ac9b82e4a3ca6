import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import dukcapil.core.rules


class Migration(migrations.Migration):
    """Sessions over midnight, closings taken back, shifts by the day of their place."""

    dependencies = [
        ("events", "0004_clocks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EventReopening",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=200)),
                (
                    "reopened_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reopenings",
                        to="events.serviceevent",
                    ),
                ),
                (
                    "reopened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "closing taken back",
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="assignment",
            name="assignment_of_office",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="serviceevent",
            name="event_state",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="servicesession",
            name="session_in_event",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="assignment",
            trigger=pgtrigger.compiler.Trigger(
                name="assignment_of_office",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE host text; home text; day date;",
                    func="\n        -- The day on which the shift begins, at the place of the event.\n        SELECT event.office_id, (lower(NEW.period) AT TIME ZONE village.timezone)::date\n          INTO host, day FROM events_serviceevent event\n          JOIN regions_region village ON village.code = event.village_id\n         WHERE event.id = NEW.event_id;\n        IF NEW.team_id IS NOT NULL THEN\n            SELECT office_id INTO home FROM events_team WHERE id = NEW.team_id;\n        ELSIF NEW.device_id IS NOT NULL THEN\n            SELECT office_id INTO home FROM events_device WHERE id = NEW.device_id;\n        ELSE\n            SELECT left(region_id, 5) INTO home FROM accounts_posting\n             WHERE user_id = NEW.clerk_id AND length(region_id) >= 5\n               AND starts_on <= day AND (ends_on IS NULL OR ends_on >= day)\n             ORDER BY (left(region_id, 5) = host) DESC, starts_on DESC LIMIT 1;\n        END IF;\n        IF home IS DISTINCT FROM host AND NOT EXISTS (\n            SELECT 1 FROM events_loan loan WHERE loan.id = NEW.loan_id AND loan.state = 'given'\n               AND loan.event_id = NEW.event_id AND loan.lender_id = home\n        ) THEN\n            RAISE EXCEPTION 'not lent' USING ERRCODE = 'DK105';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="68296dada79e600db812e2c34a993706cdafaa58",
                    operation="INSERT OR UPDATE",
                    pgid="assignment_of_office",
                    table="events_assignment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="serviceevent",
            trigger=pgtrigger.compiler.Trigger(
                name="event_state",
                sql=dukcapil.core.rules.RuleSql(
                    func="\n        IF NEW.state <> OLD.state AND NOT ((OLD.state = 'draft' AND NEW.state IN ('approved', 'cancelled')) OR (OLD.state = 'approved' AND NEW.state IN ('closed', 'cancelled')) OR (OLD.state = 'closed' AND NEW.state IN ('approved'))) THEN\n            RAISE EXCEPTION 'event state' USING ERRCODE = 'DK101';\n        END IF;\n        IF OLD.state = 'closed' AND NEW.state = 'approved' AND EXISTS (\n            SELECT 1 FROM regions_region r\n             WHERE r.code = NEW.village_id AND (now() AT TIME ZONE r.timezone)::date > NEW.ends_on + 7\n        ) THEN\n            RAISE EXCEPTION 'event is final' USING ERRCODE = 'DK106';\n        END IF;\n        IF (NEW.starts_on, NEW.ends_on) IS DISTINCT FROM (OLD.starts_on, OLD.ends_on)\n           AND EXISTS (\n               SELECT 1 FROM events_servicesession s JOIN regions_region r ON r.code = NEW.village_id\n               WHERE s.event_id = NEW.id\n                 AND ((s.starts_at AT TIME ZONE r.timezone)::date NOT BETWEEN NEW.starts_on AND NEW.ends_on OR s.ends_at > greatest((NEW.ends_on + 1)::timestamp AT TIME ZONE r.timezone, s.starts_at + interval '24 hours'))\n           ) THEN\n            RAISE EXCEPTION 'sessions outside the event' USING ERRCODE = 'DK102';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="1f981e4e499c00fc42c9cebce80d821d0a3feda7",
                    operation="UPDATE",
                    pgid="event_state",
                    table="events_serviceevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="servicesession",
            trigger=pgtrigger.compiler.Trigger(
                name="session_in_event",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE event record;",
                    func="\n        SELECT e.starts_on, e.ends_on, e.state, r.timezone INTO event\n          FROM events_serviceevent e JOIN regions_region r ON r.code = e.village_id\n         WHERE e.id = NEW.event_id FOR SHARE OF e;\n        IF event.state NOT IN ('draft', 'approved') THEN\n            RAISE EXCEPTION 'event is over' USING ERRCODE = 'DK104';\n        END IF;\n        IF ((NEW.starts_at AT TIME ZONE event.timezone)::date NOT BETWEEN event.starts_on AND event.ends_on OR NEW.ends_at > greatest((event.ends_on + 1)::timestamp AT TIME ZONE event.timezone, NEW.starts_at + interval '24 hours')) THEN\n            RAISE EXCEPTION 'session outside the event' USING ERRCODE = 'DK102';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="3555b452fb0f8c26281ca4371e83a9d5fe1aa3b6",
                    operation="INSERT OR UPDATE",
                    pgid="session_in_event",
                    table="events_servicesession",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="eventreopening",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="reopening_reason",
                violation_error_code="reason",
                violation_error_message="Say why the closing is taken back.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="eventreopening",
            trigger=pgtrigger.compiler.Trigger(
                name="clock",
                sql=dukcapil.core.rules.RuleSql(
                    func="NEW.reopened_at := clock_timestamp(); RETURN NEW;",
                    hash="6a2ac25153cd7be526066b3f066a92b3b0f858fa",
                    operation="INSERT",
                    pgid="events_eventreopening_clock",
                    table="events_eventreopening",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="eventreopening",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="b8d47b018ff295f2a4c3173f3120edb39ab58992",
                    operation="UPDATE OR DELETE",
                    pgid="events_eventreopening_append_only",
                    table="events_eventreopening",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="eventreopening",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=dukcapil.core.rules.RuleSql(
                    func="RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';",
                    hash="556ce45e2c78e710625abf4fd09ed3902ab259ee",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="events_eventreopening_no_truncate",
                    table="events_eventreopening",
                    when="BEFORE",
                ),
            ),
        ),
    ]
