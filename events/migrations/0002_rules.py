import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import dukcapil.core.rules


class Migration(migrations.Migration):
    """Rules of events, and their history."""

    dependencies = [("events", "0001_initial"), ("accounts", "0002_rules")]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="eventaudience",
            trigger=pgtrigger.compiler.Trigger(
                name="event_notes_final",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE about uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.event_id ELSE NEW.event_id END;",
                    func="\n        IF EXISTS (\n            SELECT 1 FROM events_serviceevent e JOIN regions_region r ON r.code = e.village_id\n             WHERE e.id = about AND e.state = 'closed'\n               AND (now() AT TIME ZONE r.timezone)::date > e.ends_on + 7\n        ) THEN\n            RAISE EXCEPTION 'event is final' USING ERRCODE = 'DK106';\n        END IF;\n        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;\n    ",
                    hash="f82731e27a48b8f9e7406e3ebeb664846cc68388",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="events_eventaudience_event_notes_final",
                    table="events_eventaudience",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="eventblanko",
            trigger=pgtrigger.compiler.Trigger(
                name="event_notes_final",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE about uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.event_id ELSE NEW.event_id END;",
                    func="\n        IF EXISTS (\n            SELECT 1 FROM events_serviceevent e JOIN regions_region r ON r.code = e.village_id\n             WHERE e.id = about AND e.state = 'closed'\n               AND (now() AT TIME ZONE r.timezone)::date > e.ends_on + 7\n        ) THEN\n            RAISE EXCEPTION 'event is final' USING ERRCODE = 'DK106';\n        END IF;\n        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;\n    ",
                    hash="fca06f708908caa7d0bb2fe6fe3d33908bc2e487",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="events_eventblanko_event_notes_final",
                    table="events_eventblanko",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="serviceevent",
            trigger=pgtrigger.compiler.Trigger(
                name="event_state",
                sql=dukcapil.core.rules.RuleSql(
                    func="\n        IF NEW.state <> OLD.state AND NOT ((OLD.state = 'draft' AND NEW.state IN ('approved', 'cancelled')) OR (OLD.state = 'approved' AND NEW.state IN ('closed', 'cancelled'))) THEN\n            RAISE EXCEPTION 'event state' USING ERRCODE = 'DK101';\n        END IF;\n        IF (NEW.starts_on, NEW.ends_on) IS DISTINCT FROM (OLD.starts_on, OLD.ends_on)\n           AND EXISTS (\n               SELECT 1 FROM events_servicesession s JOIN regions_region r ON r.code = NEW.village_id\n               WHERE s.event_id = NEW.id\n                 AND ((s.starts_at AT TIME ZONE r.timezone)::date < NEW.starts_on\n                      OR (s.ends_at AT TIME ZONE r.timezone)::date > NEW.ends_on)\n           ) THEN\n            RAISE EXCEPTION 'sessions outside the event' USING ERRCODE = 'DK102';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="10401b2f174f8d74c0a70e39a32109633eaddaae",
                    operation="UPDATE",
                    pgid="event_state",
                    table="events_serviceevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="serviceevent",
            trigger=pgtrigger.compiler.Trigger(
                name="event_starts_as_draft",
                sql=dukcapil.core.rules.RuleSql(
                    func="\n        IF NEW.state <> 'draft' THEN\n            RAISE EXCEPTION 'event state' USING ERRCODE = 'DK101';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="a6959f799a6baa2e426eae6b7ad40223e9d0af5f",
                    operation="INSERT",
                    pgid="event_starts_as_draft",
                    table="events_serviceevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="serviceevent",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "events_serviceeventevent" ("by_invitation", "cancel_reason", "copied_from_id", "created_at", "created_by_id", "ends_on", "holiday_reason", "id", "kind", "kits", "neutrality_items", "neutrality_signed_at", "neutrality_signed_by_id", "office_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "place_kind", "priority_percent", "programme", "services", "starts_on", "state", "target_group", "title", "village_id", "walk_in_percent") SELECT new_values."by_invitation", new_values."cancel_reason", new_values."copied_from_id", new_values."created_at", new_values."created_by_id", new_values."ends_on", new_values."holiday_reason", new_values."id", new_values."kind", new_values."kits", new_values."neutrality_items", new_values."neutrality_signed_at", new_values."neutrality_signed_by_id", new_values."office_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."place", new_values."place_kind", new_values."priority_percent", new_values."programme", new_values."services", new_values."starts_on", new_values."state", new_values."target_group", new_values."title", new_values."village_id", new_values."walk_in_percent" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="c21e79c2065227c523ad7b56427afa1d1d596998",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_d43d0",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="events_serviceevent",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="serviceevent",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "events_serviceeventevent" ("by_invitation", "cancel_reason", "copied_from_id", "created_at", "created_by_id", "ends_on", "holiday_reason", "id", "kind", "kits", "neutrality_items", "neutrality_signed_at", "neutrality_signed_by_id", "office_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "place_kind", "priority_percent", "programme", "services", "starts_on", "state", "target_group", "title", "village_id", "walk_in_percent") SELECT old_values."by_invitation", old_values."cancel_reason", old_values."copied_from_id", old_values."created_at", old_values."created_by_id", old_values."ends_on", old_values."holiday_reason", old_values."id", old_values."kind", old_values."kits", old_values."neutrality_items", old_values."neutrality_signed_at", old_values."neutrality_signed_by_id", old_values."office_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."place", old_values."place_kind", old_values."priority_percent", old_values."programme", old_values."services", old_values."starts_on", old_values."state", old_values."target_group", old_values."title", old_values."village_id", old_values."walk_in_percent" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="16fdf66adfcd69ad72adb953fd5c63f2a79f2f9f",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_aa5d8",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="events_serviceevent",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="eventcost",
            trigger=pgtrigger.compiler.Trigger(
                name="event_notes_final",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE about uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.event_id ELSE NEW.event_id END;",
                    func="\n        IF EXISTS (\n            SELECT 1 FROM events_serviceevent e JOIN regions_region r ON r.code = e.village_id\n             WHERE e.id = about AND e.state = 'closed'\n               AND (now() AT TIME ZONE r.timezone)::date > e.ends_on + 7\n        ) THEN\n            RAISE EXCEPTION 'event is final' USING ERRCODE = 'DK106';\n        END IF;\n        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;\n    ",
                    hash="30da58d54ace263a62100142754c2863cb347d65",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="events_eventcost_event_notes_final",
                    table="events_eventcost",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="eventobstacle",
            trigger=pgtrigger.compiler.Trigger(
                name="event_notes_final",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE about uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.event_id ELSE NEW.event_id END;",
                    func="\n        IF EXISTS (\n            SELECT 1 FROM events_serviceevent e JOIN regions_region r ON r.code = e.village_id\n             WHERE e.id = about AND e.state = 'closed'\n               AND (now() AT TIME ZONE r.timezone)::date > e.ends_on + 7\n        ) THEN\n            RAISE EXCEPTION 'event is final' USING ERRCODE = 'DK106';\n        END IF;\n        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;\n    ",
                    hash="f40d08dbe9c0a88b23fe4591846de2fffbcbd19c",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="events_eventobstacle_event_notes_final",
                    table="events_eventobstacle",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="loan",
            trigger=pgtrigger.compiler.Trigger(
                name="loan_between_offices",
                sql=dukcapil.core.rules.RuleSql(
                    func="\n        IF EXISTS (SELECT 1 FROM events_serviceevent WHERE id = NEW.event_id\n                    AND office_id = NEW.lender_id) THEN\n            RAISE EXCEPTION 'lends to itself' USING ERRCODE = 'DK107';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="0ad1138ca03609176b422f2c348f946370793147",
                    operation="INSERT OR UPDATE",
                    pgid="loan_between_offices",
                    table="events_loan",
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
                    func="\n        SELECT e.starts_on, e.ends_on, e.state, r.timezone INTO event\n          FROM events_serviceevent e JOIN regions_region r ON r.code = e.village_id\n         WHERE e.id = NEW.event_id FOR SHARE OF e;\n        IF event.state NOT IN ('draft', 'approved') THEN\n            RAISE EXCEPTION 'event is over' USING ERRCODE = 'DK104';\n        END IF;\n        IF (NEW.starts_at AT TIME ZONE event.timezone)::date < event.starts_on\n           OR (NEW.ends_at AT TIME ZONE event.timezone)::date > event.ends_on THEN\n            RAISE EXCEPTION 'session outside the event' USING ERRCODE = 'DK102';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="2bf5a74aec13f9935e3d9c54f21655d90f96e34f",
                    operation="INSERT OR UPDATE",
                    pgid="session_in_event",
                    table="events_servicesession",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="servicesession",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "events_servicesessionevent" ("created_at", "ends_at", "event_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "starts_at") SELECT new_values."created_at", new_values."ends_at", new_values."event_id", new_values."id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."starts_at" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="09e24d1540408dcdaae15ea1c0571eea5ea84ffc",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_7cc4f",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="events_servicesession",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="servicesession",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "events_servicesessionevent" ("created_at", "ends_at", "event_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "starts_at") SELECT old_values."created_at", old_values."ends_at", old_values."event_id", old_values."id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."starts_at" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="ec8f373723af7817abe5b5381113ec1daf7dec58",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_491ae",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="events_servicesession",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="seat",
            trigger=pgtrigger.compiler.Trigger(
                name="seat_keeps_holder",
                sql=dukcapil.core.rules.RuleSql(
                    func="\n        IF TG_OP = 'DELETE' THEN\n            IF OLD.holder IS NOT NULL THEN\n                RAISE EXCEPTION 'place is taken' USING ERRCODE = 'DK103';\n            END IF;\n            RETURN OLD;\n        END IF;\n        IF OLD.holder IS NOT NULL AND NEW.holder IS NOT NULL AND OLD.holder <> NEW.holder THEN\n            RAISE EXCEPTION 'place is taken' USING ERRCODE = 'DK103';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="4ecf8b8324d7d51ab077dd0b7448646cc2934aff",
                    operation="UPDATE OR DELETE",
                    pgid="seat_keeps_holder",
                    table="events_seat",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="assignment",
            trigger=pgtrigger.compiler.Trigger(
                name="assignment_of_office",
                sql=dukcapil.core.rules.RuleSql(
                    declare="DECLARE host text; home text;",
                    func="\n        SELECT office_id INTO host FROM events_serviceevent WHERE id = NEW.event_id;\n        IF NEW.team_id IS NOT NULL THEN\n            SELECT office_id INTO home FROM events_team WHERE id = NEW.team_id;\n        ELSIF NEW.device_id IS NOT NULL THEN\n            SELECT office_id INTO home FROM events_device WHERE id = NEW.device_id;\n        ELSE\n            SELECT left(region_id, 5) INTO home FROM accounts_posting\n             WHERE user_id = NEW.clerk_id AND length(region_id) >= 5\n               AND starts_on <= lower(NEW.period)::date\n               AND (ends_on IS NULL OR ends_on >= lower(NEW.period)::date)\n             ORDER BY (left(region_id, 5) = host) DESC, starts_on DESC LIMIT 1;\n        END IF;\n        IF home IS DISTINCT FROM host AND NOT EXISTS (\n            SELECT 1 FROM events_loan loan WHERE loan.id = NEW.loan_id AND loan.state = 'given'\n               AND loan.event_id = NEW.event_id AND loan.lender_id = home\n        ) THEN\n            RAISE EXCEPTION 'not lent' USING ERRCODE = 'DK105';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="6c1f5e55d1e00d2f2c19a45689d690a84230689c",
                    operation="INSERT OR UPDATE",
                    pgid="assignment_of_office",
                    table="events_assignment",
                    when="BEFORE",
                ),
            ),
        ),
    ]
