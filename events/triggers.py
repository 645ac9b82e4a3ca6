"""Rules of events that a CHECK cannot say. Errors carry our own SQLSTATEs (events/errors.py)."""

from events.planning.enums import TRANSITIONS

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

#: What came with the desk (issue of teams, loans, closing reports).
DESK = """
CREATE FUNCTION assignment_of_office() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    host text;
    home text;
BEGIN
    SELECT office_id INTO host FROM events_serviceevent WHERE id = NEW.event_id;
    IF NEW.team_id IS NOT NULL THEN
        SELECT office_id INTO home FROM events_team WHERE id = NEW.team_id;
    ELSIF NEW.device_id IS NOT NULL THEN
        SELECT office_id INTO home FROM events_device WHERE id = NEW.device_id;
    ELSE
        SELECT left(region_id, 5) INTO home FROM accounts_posting
         WHERE user_id = NEW.clerk_id AND length(region_id) >= 5
           AND starts_on <= lower(NEW.period)::date
           AND (ends_on IS NULL OR ends_on >= lower(NEW.period)::date)
         ORDER BY (left(region_id, 5) = host) DESC, starts_on DESC LIMIT 1;
    END IF;
    IF home IS DISTINCT FROM host AND NOT EXISTS (
        SELECT 1 FROM events_loan loan WHERE loan.id = NEW.loan_id AND loan.state = 'given'
           AND loan.event_id = NEW.event_id AND loan.lender_id = home
    ) THEN
        RAISE EXCEPTION 'not lent' USING ERRCODE = 'DK105';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER assignment_of_office BEFORE INSERT OR UPDATE ON events_assignment
    FOR EACH ROW EXECUTE FUNCTION assignment_of_office();

CREATE FUNCTION loan_between_offices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM events_serviceevent WHERE id = NEW.event_id
                AND office_id = NEW.lender_id) THEN
        RAISE EXCEPTION 'lends to itself' USING ERRCODE = 'DK107';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loan_between_offices BEFORE INSERT OR UPDATE ON events_loan
    FOR EACH ROW EXECUTE FUNCTION loan_between_offices();

-- A closed event's notes may be completed until its last day is final (seven days later).
CREATE FUNCTION event_notes_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    about uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.event_id ELSE NEW.event_id END;
BEGIN
    IF EXISTS (
        SELECT 1 FROM events_serviceevent e JOIN regions_region r ON r.code = e.village_id
         WHERE e.id = about AND e.state = 'closed'
           AND (now() AT TIME ZONE r.timezone)::date > e.ends_on + 7
    ) THEN
        RAISE EXCEPTION 'event is final' USING ERRCODE = 'DK106';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER event_notes_final BEFORE INSERT OR UPDATE OR DELETE ON events_eventcost
    FOR EACH ROW EXECUTE FUNCTION event_notes_final();
CREATE TRIGGER event_notes_final BEFORE INSERT OR UPDATE OR DELETE ON events_eventobstacle
    FOR EACH ROW EXECUTE FUNCTION event_notes_final();
CREATE TRIGGER event_notes_final BEFORE INSERT OR UPDATE OR DELETE ON events_eventblanko
    FOR EACH ROW EXECUTE FUNCTION event_notes_final();
"""

DESK_UNDO = """
DROP TRIGGER event_notes_final ON events_eventblanko;
DROP TRIGGER event_notes_final ON events_eventobstacle;
DROP TRIGGER event_notes_final ON events_eventcost;
DROP TRIGGER loan_between_offices ON events_loan;
DROP TRIGGER assignment_of_office ON events_assignment;
DROP FUNCTION event_notes_final(), loan_between_offices(), assignment_of_office();
"""

AUDIENCE = """
CREATE TRIGGER event_notes_final BEFORE INSERT OR UPDATE OR DELETE ON events_eventaudience
    FOR EACH ROW EXECUTE FUNCTION event_notes_final();
REVOKE INSERT, UPDATE, DELETE ON events_eventaudience FROM worker;
"""
AUDIENCE_UNDO = "DROP TRIGGER event_notes_final ON events_eventaudience;"
