"""Rules of events that a CHECK cannot say, with their words."""

import json
from datetime import timedelta
from typing import Any

import pgtrigger
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.triggers import roles_that, signed_by
from dukcapil.core.errors import Conflict, Invalid, rule
from dukcapil.core.locks import Lock
from dukcapil.core.rules import Rule, SharedRule
from events.planning.enums import (
    EDITED_FIELDS,
    FINAL_AFTER,
    LONGEST_NIGHT,
    SIGNED_SINCE,
    TRANSITIONS,
)

#: pgtrigger leaves this class untyped.
_Referencing: Any = pgtrigger.Referencing

_ALLOWED = " OR ".join(
    f"(OLD.state = '{before}' AND NEW.state IN ({', '.join(repr(str(s)) for s in after)}))"
    for before, after in TRANSITIONS.items()
    if after
)


rule("DK101", lambda: Conflict("event-state", _("The event's state does not allow this.")))


rule(
    "DK102",
    lambda: Invalid(
        "session-outside-event",
        _("A session begins on one of the days of its event, and ends at most a day later."),
        field="starts_at",
    ),
)


def outside_sql(session: str, event: str, zone: str) -> str:
    """SQL: this session is of no day of this event. It belongs to the local day on which it begins, and
    may end after midnight (`validators.lies_within` says the same).
    """
    longest = f"interval '{LONGEST_NIGHT // timedelta(hours=1)} hours'"
    return (
        f"(({session}.starts_at AT TIME ZONE {zone})::date"
        f" NOT BETWEEN {event}.starts_on AND {event}.ends_on"
        f" OR {session}.ends_at > greatest("
        f"({event}.ends_on + 1)::timestamp AT TIME ZONE {zone}, {session}.starts_at + {longest}))"
    )


def final_sql(event: str, zone: str) -> str:
    """SQL: the last day of this event is final, by the date of its place."""
    return f"(now() AT TIME ZONE {zone})::date > {event}.ends_on + {FINAL_AFTER}"


EVENT_STATE = Rule(
    name="event_state",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    func=f"""
        IF NEW.state <> OLD.state AND NOT ({_ALLOWED}) THEN
            RAISE EXCEPTION 'event state' USING ERRCODE = 'DK101';
        END IF;
        IF OLD.state = 'closed' AND NEW.state = 'approved' AND EXISTS (
            SELECT 1 FROM regions_region r
             WHERE r.code = NEW.village_id AND {final_sql("NEW", "r.timezone")}
        ) THEN
            RAISE EXCEPTION 'event is final' USING ERRCODE = 'DK106';
        END IF;
        IF (NEW.starts_on, NEW.ends_on) IS DISTINCT FROM (OLD.starts_on, OLD.ends_on)
           AND EXISTS (
               SELECT 1 FROM events_servicesession s JOIN regions_region r ON r.code = NEW.village_id
               WHERE s.event_id = NEW.id
                 AND {outside_sql("s", "NEW", "r.timezone")}
           ) THEN
            RAISE EXCEPTION 'sessions outside the event' USING ERRCODE = 'DK102';
        END IF;
        RETURN NEW;
    """,
)


EVENT_STARTS_AS_DRAFT = Rule(
    name="event_starts_as_draft",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="""
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'event state' USING ERRCODE = 'DK101';
        END IF;
        RETURN NEW;
    """,
)


rule(
    "DK121",
    lambda: Conflict("event-unsigned", _("An approved event is as its head signed it.")),
)

_FACTS = ", ".join(f"'{name}'" for name in EDITED_FIELDS)


def signed_facts(since: dict[str, Any]) -> str:
    """SQL: what a signature says of the event; of fields that it is older than, what `since` says."""
    # As the rule stands in the database until there is such a field.
    if not since:
        return "content -> 'facts'"
    before = json.dumps(since).replace("'", "''")
    return f"'{before}'::jsonb || (content -> 'facts')"


#: Asked at the commit, so that a verb may change the event and sign it in any order. Before versions
#: were kept there was no signature: such an event stays as it is until the next one.
EVENT_AS_SIGNED = Rule(
    name="event_as_signed",
    when=pgtrigger.After,
    operation=pgtrigger.Update,
    timing=pgtrigger.Deferred,
    declare=[
        *(("present", "events_serviceevent"), ("facts", "jsonb")),
        *(("before", "jsonb"), ("signed", "jsonb")),
    ],
    func=f"""
        SELECT * INTO present FROM events_serviceevent WHERE id = NEW.id;
        IF present.state IS DISTINCT FROM 'approved' THEN
            RETURN NULL;
        END IF;
        SELECT jsonb_object_agg(key, value) INTO facts
          FROM jsonb_each(to_jsonb(present)) WHERE key IN ({_FACTS});
        SELECT jsonb_object_agg(key, value) INTO before
          FROM jsonb_each(to_jsonb(OLD)) WHERE key IN ({_FACTS});
        SELECT {signed_facts(SIGNED_SINCE)} INTO signed FROM events_eventsignature
         WHERE event_id = NEW.id ORDER BY id DESC LIMIT 1;
        IF facts IS DISTINCT FROM signed AND (
            signed IS NOT NULL OR OLD.state <> 'approved' OR facts IS DISTINCT FROM before
        ) THEN
            RAISE EXCEPTION 'not what was signed' USING ERRCODE = 'DK121';
        END IF;
        RETURN NULL;
    """,
)


rule("DK122", lambda: Conflict("change-decided", _("This change was decided already.")))


CHANGE_DECIDED_ONCE = Rule(
    name="change_decided_once",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF TG_OP = 'DELETE' OR OLD.state <> 'pending' OR NEW.state = 'pending'
           OR (to_jsonb(NEW) - '{state,decided_by_id,decided_at}'::text[])
              IS DISTINCT FROM (to_jsonb(OLD) - '{state,decided_by_id,decided_at}'::text[]) THEN
            RAISE EXCEPTION 'a change is decided once' USING ERRCODE = 'DK122';
        END IF;
        RETURN NEW;
    """,
)


rule("DK104", lambda: Conflict("event-over", _("The event is closed or cancelled."), field="event"))


SESSION_IN_EVENT = Rule(
    name="session_in_event",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    declare=[("event", "record")],
    func=f"""
        SELECT e.starts_on, e.ends_on, e.state, r.timezone INTO event
          FROM events_serviceevent e JOIN regions_region r ON r.code = e.village_id
         WHERE e.id = NEW.event_id FOR SHARE OF e;
        IF event.state NOT IN ('draft', 'approved') THEN
            RAISE EXCEPTION 'event is over' USING ERRCODE = 'DK104';
        END IF;
        IF {outside_sql("NEW", "event", "event.timezone")} THEN
            RAISE EXCEPTION 'session outside the event' USING ERRCODE = 'DK102';
        END IF;
        RETURN NEW;
    """,
)


rule(
    "DK103",
    lambda: Conflict(
        "capacity-below-booked",
        _("The capacity cannot be lower than the places already booked."),
        field="capacity",
    ),
)


SEAT_KEEPS_HOLDER = Rule(
    name="seat_keeps_holder",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF TG_OP = 'DELETE' THEN
            IF OLD.holder IS NOT NULL THEN
                RAISE EXCEPTION 'place is taken' USING ERRCODE = 'DK103';
            END IF;
            RETURN OLD;
        END IF;
        IF OLD.holder IS NOT NULL AND NEW.holder IS NOT NULL AND OLD.holder <> NEW.holder THEN
            RAISE EXCEPTION 'place is taken' USING ERRCODE = 'DK103';
        END IF;
        RETURN NEW;
    """,
)


rule(
    "DK106",
    lambda: Conflict(
        "event-final",
        _("The event was closed and its last day is final: nothing is changed any more."),
    ),
)


#: A closed event's notes may be completed until its last day is final (seven days later).
EVENT_NOTES_FINAL = SharedRule(
    name="event_notes_final",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    declare=[
        ("about", "uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.event_id ELSE NEW.event_id END")
    ],
    func=f"""
        IF EXISTS (
            SELECT 1 FROM events_serviceevent e JOIN regions_region r ON r.code = e.village_id
             WHERE e.id = about AND e.state = 'closed'
               AND {final_sql("e", "r.timezone")}
        ) THEN
            RAISE EXCEPTION 'event is final' USING ERRCODE = 'DK106';
        END IF;
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    """,
)


#: SQL: kinds of events at which people are booked on days when an office opens.
BOOKED_KINDS = "'election_day', 'holiday_opening'"

#: An opening names the event of its office and day (`events.elections.triggers`): it looks again
#: when one of these is planned, moved or cancelled. One that is planned at this moment is waited for.
EVENT_OF_OPENINGS = Rule(
    name="event_of_openings",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.Update,
    func=f"""
        IF (NEW.kind IN ({BOOKED_KINDS}) OR OLD.kind IN ({BOOKED_KINDS}))
           AND (NEW.state, NEW.kind, NEW.office_id, NEW.starts_on, NEW.ends_on) IS DISTINCT FROM
               (OLD.state, OLD.kind, OLD.office_id, OLD.starts_on, OLD.ends_on) THEN
            PERFORM pg_advisory_xact_lock({Lock.OPENINGS.value}, hashtext(NEW.office_id));
            UPDATE events_opening SET event_id = event_id
             WHERE ended_at IS NULL AND office_id = NEW.office_id
               AND (event_id = NEW.id OR day BETWEEN NEW.starts_on AND NEW.ends_on);
        END IF;
        RETURN NULL;
    """,
)


#: One that is given back while more are booked than the working sets serve stays out, instead of one
#: that is still held. And one that is taken again all the same (a late record) is in: another is out.
SEAT_OUT_CHANGES = Rule(
    name="seat_out_changes",
    when=pgtrigger.After,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition(
        "(OLD.holder IS NOT NULL AND NEW.holder IS NULL"
        " OR OLD.holder IS NULL AND NEW.holder IS NOT NULL AND NEW.kept_for = 'out')"
    ),
    declare=[("held", "bigint"), ("free", "bigint")],
    func="""
        SELECT id INTO held FROM events_seat
         WHERE session_id = NEW.session_id AND service = NEW.service AND kept_for = 'out'
           AND holder IS NOT NULL
         ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED;
        IF held IS NULL THEN
            RETURN NULL;
        END IF;
        SELECT id INTO free FROM events_seat
         WHERE session_id = NEW.session_id AND service = NEW.service AND kept_for <> 'out'
           AND holder IS NULL
         ORDER BY id = NEW.id DESC, number DESC LIMIT 1 FOR UPDATE SKIP LOCKED;
        IF free IS NOT NULL THEN
            UPDATE events_seat SET kept_for = kept_before, kept_before = NULL WHERE id = held;
            UPDATE events_seat SET kept_before = kept_for, kept_for = 'out' WHERE id = free;
        END IF;
        RETURN NULL;
    """,
)

SESSION_FITS_PLACES = Rule(
    name="session_fits_places",
    when=pgtrigger.After,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition(
        "((OLD.starts_at, OLD.ends_at) IS DISTINCT FROM (NEW.starts_at, NEW.ends_at))"
    ),
    func="PERFORM fit_places(NEW.id); RETURN NULL;",
)


def _fits(name: str, operation: pgtrigger.Operation, referencing: str) -> Rule:
    """Of places that came or went, those of recording. Statement by statement: they come in hundreds."""
    return Rule(
        name=name,
        when=pgtrigger.After,
        operation=operation,
        level=pgtrigger.Statement,
        referencing=_Referencing(**{referencing: "touched"}),
        declare=[("found", "uuid")],
        func="""
        FOR found IN SELECT DISTINCT session_id FROM touched WHERE service = 'recording' ORDER BY 1
        LOOP
            PERFORM fit_places(found);
        END LOOP;
        RETURN NULL;
    """,
    )


PLACES_ADDED_FIT = _fits("places_added_fit", pgtrigger.Insert, "new")
PLACES_REMOVED_FIT = _fits("places_removed_fit", pgtrigger.Delete, "old")

EVENT_FITS_PLACES = Rule(
    name="event_fits_places",
    when=pgtrigger.After,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition("(OLD.kits IS DISTINCT FROM NEW.kits)"),
    declare=[("found", "uuid")],
    func="""
        FOR found IN SELECT id FROM events_servicesession WHERE event_id = NEW.id ORDER BY 1
        LOOP
            PERFORM fit_places(found);
        END LOOP;
        RETURN NULL;
    """,
)

EVENT_SIGNED_BY = signed_by(
    "event_signed_by",
    "signed_by_id",
    roles_that(Permission.EVENTS_APPROVE),
    region="SELECT office_id FROM events_serviceevent WHERE id = NEW.event_id",
)
