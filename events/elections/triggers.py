"""Openings and the events at which people are booked on that day name each other, whichever changes; who
decides about an election is named.
"""

import pgtrigger

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.triggers import roles_that, signed_by
from dukcapil.core.locks import Lock
from dukcapil.core.rules import Rule
from events.planning.triggers import BOOKED_KINDS

_CHOSEN = f"""event.office_id = NEW.office_id AND event.state <> 'cancelled'
                   AND event.kind IN ({BOOKED_KINDS})
                   AND NEW.day BETWEEN event.starts_on AND event.ends_on"""

#: Of several events of that office and day a signed one, then the one that begins last. Whoever changes
#: an event has locked its row before the office's lock is taken, so the rows come first here too. Asked
#: by the event's own rule, the lock is held already.
OPENING_NAMES_EVENT = Rule(
    name="opening_names_event",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    func=f"""
        IF NEW.ended_at IS NULL THEN
            IF pg_trigger_depth() = 1 THEN
                PERFORM 1 FROM events_serviceevent event WHERE {_CHOSEN}
                  ORDER BY event.id FOR KEY SHARE;
                PERFORM pg_advisory_xact_lock({Lock.OPENINGS.value}, hashtext(NEW.office_id));
            END IF;
            NEW.event_id := (
                SELECT event.id FROM events_serviceevent event
                 WHERE {_CHOSEN}
                 ORDER BY (event.state = 'draft'), event.starts_on DESC, event.id LIMIT 1);
        END IF;
        RETURN NEW;
    """,
)

ELECTION_DECIDED_BY = signed_by(
    "election_decided_by",
    "by_id",
    roles_that(Permission.ELECTIONS_SET),
    region="SELECT region_id FROM events_election WHERE id = NEW.election_id",
)
