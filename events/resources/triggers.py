"""What belongs to another office works here only when it was lent; places follow the recording sets."""

import pgtrigger
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict, Invalid, rule
from dukcapil.core.rules import Rule

rule(
    "DK105",
    lambda: Conflict(
        "not-lent", _("This belongs to another office, which has not lent it to this event.")
    ),
)


ASSIGNMENT_OF_OFFICE = Rule(
    name="assignment_of_office",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    declare=[("host", "text"), ("home", "text"), ("day", "date")],
    func="""
        -- The day on which the shift begins, at the place of the event.
        SELECT event.office_id, (lower(NEW.period) AT TIME ZONE village.timezone)::date
          INTO host, day FROM events_serviceevent event
          JOIN regions_region village ON village.code = event.village_id
         WHERE event.id = NEW.event_id;
        IF NEW.team_id IS NOT NULL THEN
            SELECT office_id INTO home FROM events_team WHERE id = NEW.team_id;
        ELSIF NEW.device_id IS NOT NULL THEN
            SELECT office_id INTO home FROM events_device WHERE id = NEW.device_id;
        ELSE
            SELECT left(region_id, 5) INTO home FROM accounts_posting
             WHERE user_id = NEW.clerk_id AND length(region_id) >= 5
               AND starts_on <= day AND (ends_on IS NULL OR ends_on >= day)
             ORDER BY (left(region_id, 5) = host) DESC, starts_on DESC LIMIT 1;
        END IF;
        IF home IS DISTINCT FROM host AND NOT EXISTS (
            SELECT 1 FROM events_loan loan WHERE loan.id = NEW.loan_id AND loan.state = 'given'
               AND loan.event_id = NEW.event_id AND loan.lender_id = home
        ) THEN
            RAISE EXCEPTION 'not lent' USING ERRCODE = 'DK105';
        END IF;
        RETURN NEW;
    """,
)


rule(
    "DK107",
    lambda: Invalid("loan-self", _("An office does not lend to itself."), field="lender"),
)


LOAN_BETWEEN_OFFICES = Rule(
    name="loan_between_offices",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    func="""
        IF EXISTS (SELECT 1 FROM events_serviceevent WHERE id = NEW.event_id
                    AND office_id = NEW.lender_id) THEN
            RAISE EXCEPTION 'lends to itself' USING ERRCODE = 'DK107';
        END IF;
        RETURN NEW;
    """,
)


rule(
    "DK152",
    lambda: Invalid("point-elsewhere", _("The point is of another office."), field="point"),
)


DEVICE_AT_OWN_POINT = Rule(
    name="device_at_own_point",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    func="""
        IF NEW.point_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM events_point WHERE id = NEW.point_id AND office_id = NEW.office_id
        ) THEN
            RAISE EXCEPTION 'point of another office' USING ERRCODE = 'DK152';
        END IF;
        RETURN NEW;
    """,
)

#: The device's row is held: of a fault and an assignment of one moment the second finds the first.
FAULT_FITS_PLACES = Rule(
    name="fault_fits_places",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    declare=[("broken", "int"), ("found", "uuid")],
    func="""
        broken := CASE WHEN TG_OP = 'DELETE' THEN OLD.device_id ELSE NEW.device_id END;
        PERFORM 1 FROM events_device WHERE id = broken FOR NO KEY UPDATE;
        FOR found IN
            SELECT DISTINCT session.id FROM events_assignment used
              JOIN events_servicesession session ON session.event_id = used.event_id
               AND used.period && tstzrange(session.starts_at, session.ends_at)
             WHERE used.device_id = broken
               AND ((TG_OP <> 'DELETE' AND tstzrange(session.starts_at, session.ends_at)
                     && tstzrange(NEW.since, NEW.until))
                 OR (TG_OP <> 'INSERT' AND tstzrange(session.starts_at, session.ends_at)
                     && tstzrange(OLD.since, OLD.until)))
             ORDER BY 1
        LOOP
            PERFORM fit_places(found);
        END LOOP;
        RETURN NULL;
    """,
)

ASSIGNMENT_FITS_PLACES = Rule(
    name="assignment_fits_places",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    declare=[("found", "uuid")],
    func="""
        IF coalesce(NEW.device_id, OLD.device_id) IS NULL THEN
            RETURN NULL;
        END IF;
        PERFORM 1 FROM events_device WHERE id IN (NEW.device_id, OLD.device_id) ORDER BY id
            FOR NO KEY UPDATE;
        FOR found IN
            SELECT session.id FROM events_servicesession session
             WHERE (session.event_id = NEW.event_id
                    AND NEW.period && tstzrange(session.starts_at, session.ends_at))
                OR (session.event_id = OLD.event_id
                    AND OLD.period && tstzrange(session.starts_at, session.ends_at))
             ORDER BY 1
        LOOP
            PERFORM fit_places(found);
        END LOOP;
        RETURN NULL;
    """,
)
