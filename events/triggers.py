"""Rules of events that a CHECK cannot say. Errors carry our own SQLSTATEs (events/errors.py)."""

from events.enums import TRANSITIONS

_ALLOWED = " OR ".join(
    f"(OLD.state = '{before}' AND NEW.state IN ({', '.join(repr(str(s)) for s in after)}))"
    for before, after in TRANSITIONS.items()
    if after
)

RULES = f"""
CREATE FUNCTION event_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND NOT ({_ALLOWED}) THEN
        RAISE EXCEPTION 'event state' USING ERRCODE = 'DK101';
    END IF;
    IF (NEW.starts_on, NEW.ends_on) IS DISTINCT FROM (OLD.starts_on, OLD.ends_on)
       AND EXISTS (
           SELECT 1 FROM events_servicesession s JOIN regions_region r ON r.code = NEW.village_id
           WHERE s.event_id = NEW.id
             AND ((s.starts_at AT TIME ZONE r.timezone)::date < NEW.starts_on
                  OR (s.ends_at AT TIME ZONE r.timezone)::date > NEW.ends_on)
       ) THEN
        RAISE EXCEPTION 'sessions outside the event' USING ERRCODE = 'DK102';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER event_state BEFORE UPDATE ON events_serviceevent
    FOR EACH ROW EXECUTE FUNCTION event_state();

CREATE FUNCTION event_starts_as_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'draft' THEN
        RAISE EXCEPTION 'event state' USING ERRCODE = 'DK101';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER event_starts_as_draft BEFORE INSERT ON events_serviceevent
    FOR EACH ROW EXECUTE FUNCTION event_starts_as_draft();

CREATE FUNCTION session_in_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE event record;
BEGIN
    SELECT e.starts_on, e.ends_on, e.state, r.timezone INTO event
      FROM events_serviceevent e JOIN regions_region r ON r.code = e.village_id
     WHERE e.id = NEW.event_id FOR SHARE OF e;
    IF event.state NOT IN ('draft', 'approved') THEN
        RAISE EXCEPTION 'event is over' USING ERRCODE = 'DK104';
    END IF;
    IF (NEW.starts_at AT TIME ZONE event.timezone)::date < event.starts_on
       OR (NEW.ends_at AT TIME ZONE event.timezone)::date > event.ends_on THEN
        RAISE EXCEPTION 'session outside the event' USING ERRCODE = 'DK102';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER session_in_event BEFORE INSERT OR UPDATE ON events_servicesession
    FOR EACH ROW EXECUTE FUNCTION session_in_event();

CREATE FUNCTION seat_keeps_holder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
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
END $$;
CREATE TRIGGER seat_keeps_holder BEFORE UPDATE OR DELETE ON events_seat
    FOR EACH ROW EXECUTE FUNCTION seat_keeps_holder();

REVOKE UPDATE, DELETE, TRUNCATE ON events_serviceeventevent, events_servicesessionevent
    FROM web, worker;
"""

UNDO = """
DROP TRIGGER seat_keeps_holder ON events_seat;
DROP TRIGGER session_in_event ON events_servicesession;
DROP TRIGGER event_starts_as_draft ON events_serviceevent;
DROP TRIGGER event_state ON events_serviceevent;
DROP FUNCTION seat_keeps_holder(), session_in_event(), event_starts_as_draft(), event_state();
"""
