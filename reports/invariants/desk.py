"""Events, places, queues, waiting lists, bookings, requests."""

from __future__ import annotations

from events.planning.enums import EDITED_FIELDS, SIGNED_SINCE
from events.planning.triggers import outside_sql, signed_facts
from registrations.booking.enums import AppointmentState
from reports.invariants.rule import Invariant

_FACTS = ", ".join(f"'{name}'" for name in EDITED_FIELDS)

_OPEN = ", ".join(f"'{state}'" for state in AppointmentState.active())
_ENDS = ", ".join(f"'{state}'" for state in AppointmentState.ends())
#: As `reports.closing` counts them.
_SUM = " + ".join(
    f"count(*) FILTER (WHERE state = '{state}')"
    for state in (*AppointmentState.active(), *AppointmentState.ends())
)

DESK = [
    Invariant(
        "seat-holders",
        "a taken place belongs to a booking of that session and service, and the other way round",
        "SELECT seat.id::text FROM events_seat seat WHERE seat.holder IS NOT NULL AND NOT EXISTS"
        "  (SELECT 1 FROM registrations_appointment app JOIN registrations_appointmentservice booked"
        "      ON booked.appointment_id = app.id AND booked.service = seat.service"
        "    WHERE app.id = seat.holder AND app.session_id = seat.session_id"
        "      AND booked.number = seat.number AND app.state IN ('booked', 'checked_in', 'served'))"
        " UNION ALL SELECT booked.id::text FROM registrations_appointmentservice booked"
        "  WHERE booked.active AND NOT EXISTS (SELECT 1 FROM events_seat seat"
        "     WHERE seat.holder = booked.appointment_id AND seat.service = booked.service)",
    ),
    Invariant(
        "places-out",
        "as many places of recording are out as the broken recording sets of a session take away; free"
        " ones first",
        "SELECT session_id::text FROM events_seat seat WHERE service = 'recording' AND (session_id IN"
        "   (SELECT session_id FROM events_seat WHERE kept_for = 'out') OR session_id IN"
        "   (SELECT session.id FROM events_devicefault fault"
        "      JOIN events_assignment used ON used.device_id = fault.device_id"
        "       AND used.period && tstzrange(fault.since, fault.until)"
        "      JOIN events_servicesession session ON session.event_id = used.event_id))"
        " GROUP BY session_id"
        " HAVING count(*) FILTER (WHERE kept_for = 'out') <> places_out(session_id, count(*))"
        "     OR bool_or(kept_for = 'out' AND holder IS NOT NULL)"
        "        AND bool_or(kept_for <> 'out' AND holder IS NULL)"
        " UNION ALL SELECT id::text FROM events_seat WHERE kept_for = 'out' AND service <> 'recording'",
    ),
    Invariant(
        "queue-gapless",
        "in every session the numbers of the queue are 1, 2, 3 ...",
        "SELECT session_id FROM registrations_appointment WHERE queue_number IS NOT NULL"
        " GROUP BY session_id HAVING min(queue_number) <> 1 OR max(queue_number) <> count(*)",
    ),
    Invariant(
        "waiting-list",
        "who moved up from a waiting list has a booking of that very session",
        "SELECT entry.id FROM registrations_waiting entry"
        "  LEFT JOIN registrations_appointment visit ON visit.id = entry.appointment_id"
        " WHERE entry.state = 'moved_up' AND (visit.session_id, visit.resident_id)"
        "   IS DISTINCT FROM (entry.session_id, entry.resident_id)",
    ),
    Invariant(
        "lent-only",
        "what belongs to another office is at an event only with a loan of that office",
        "SELECT assignment.id FROM events_assignment assignment JOIN events_serviceevent event"
        "    ON event.id = assignment.event_id"
        "  LEFT JOIN events_device device ON device.id = assignment.device_id"
        "  LEFT JOIN events_team team ON team.id = assignment.team_id"
        "  LEFT JOIN events_loan loan"
        "    ON loan.id = assignment.loan_id AND loan.event_id = assignment.event_id"
        "    AND loan.state = 'given'"
        " WHERE coalesce(device.office_id, team.office_id, event.office_id) <> event.office_id"
        "   AND loan.lender_id IS DISTINCT FROM coalesce(device.office_id, team.office_id)",
    ),
    Invariant(
        "booked-once",
        "nobody is booked twice for a service, and only open visits keep active places",
        "SELECT resident_id FROM registrations_appointmentservice WHERE active"
        " GROUP BY resident_id, service HAVING count(*) > 1"
        " UNION ALL SELECT app.id FROM registrations_appointment app"
        "  JOIN registrations_appointmentservice booked ON booked.appointment_id = app.id"
        " WHERE booked.active AND app.state NOT IN ('booked', 'checked_in')",
    ),
    Invariant(
        "visits-ended",
        "a visit that ended was served, came and was not served, did not come, was cancelled or moved,"
        " as its places, arrival and records say; an event that is over has no open visit",
        "SELECT visit.id::text FROM registrations_appointment visit"
        "  JOIN events_serviceevent event ON event.id = visit.event_id"
        f" WHERE visit.state NOT IN ({_OPEN}, {_ENDS})"
        f"    OR (visit.state IN ({_OPEN}) AND event.state IN ('closed', 'cancelled'))"
        # What ended before this was noted has no moment and stays as it is.
        "    OR (visit.ended_at IS NOT NULL AND ("
        f"        visit.state NOT IN ({_ENDS})"
        "         OR (visit.state = 'served') <> EXISTS"
        "            (SELECT 1 FROM events_seat WHERE holder = visit.id)"
        "         OR (visit.state = 'came_not_served' AND visit.checked_in_at IS NULL)"
        "         OR (visit.state = 'no_show' AND visit.checked_in_at IS NOT NULL)))"
        # Served, and every record of that service in the session that counted was taken back.
        " UNION ALL SELECT visit.id::text FROM registrations_appointment visit"
        "  JOIN events_seat seat ON seat.holder = visit.id"
        "  JOIN registrations_appointmentservice place ON place.appointment_id = visit.id"
        "   AND place.service = seat.service AND NOT place.active"
        "  JOIN registrations_servicerecord record ON record.session_id = visit.session_id"
        "   AND record.resident_id = visit.resident_id AND record.service = seat.service"
        "   AND record.row_kind = 'record'"
        "  LEFT JOIN registrations_servicerecord void ON void.ref_id = record.id"
        "   AND void.row_kind = 'void'"
        " WHERE visit.ended_at IS NOT NULL"
        " GROUP BY visit.id, seat.service HAVING bool_or(record.weight > 0)"
        # Who was called again was served all the same.
        "   AND bool_and(record.weight = 0 OR void.id IS NOT NULL AND NOT EXISTS"
        "        (SELECT 1 FROM registrations_recordingreopened again WHERE again.void = void.id))"
        # The closing report counts each way to end: together they are the list.
        " UNION ALL SELECT event_id::text FROM registrations_appointment GROUP BY event_id"
        f" HAVING count(*) <> {_SUM}",
    ),
    Invariant(
        "events-signed",
        "an approved or closed event has a signed neutrality checklist; an approved one is as signed",
        "SELECT id FROM events_serviceevent WHERE state IN ('approved', 'closed')"
        " AND (neutrality_signed_by_id IS NULL OR neutrality_signed_at IS NULL)"
        " UNION ALL SELECT event.id FROM events_serviceevent event JOIN LATERAL"
        f"  (SELECT {signed_facts(SIGNED_SINCE)} AS facts FROM events_eventsignature signature"
        "    WHERE signature.event_id = event.id ORDER BY signature.id DESC LIMIT 1) signed ON true"
        " WHERE event.state = 'approved' AND signed.facts IS DISTINCT FROM"
        "  (SELECT jsonb_object_agg(key, value) FROM jsonb_each(to_jsonb(event))"
        f"    WHERE key IN ({_FACTS}))",
    ),
    Invariant(
        "sessions-in-events",
        "a session begins on a local day of its event, and ends at most a day later",
        "SELECT s.id FROM events_servicesession s JOIN events_serviceevent e ON e.id = s.event_id"
        " JOIN regions_region r ON r.code = e.village_id"
        f" WHERE {outside_sql('s', 'e', 'r.timezone')}",
    ),
    Invariant(
        "people-in-office",
        "name and person, visit, request and event, agree on the office",
        "SELECT res.id FROM registrations_resident res"
        "  LEFT JOIN registrations_residentidentity ident ON ident.resident_id = res.id"
        " WHERE (ident.office_id, ident.village_id) IS DISTINCT FROM (res.office_id, res.village_id)"
        " UNION ALL SELECT app.id FROM registrations_appointment app"
        "  JOIN events_serviceevent event ON event.id = app.event_id"
        "  JOIN registrations_resident res ON res.id = app.resident_id"
        " WHERE app.office_id <> event.office_id OR app.office_id <> res.office_id"
        " UNION ALL SELECT req.id FROM registrations_visitrequest req"
        "  LEFT JOIN events_serviceevent event ON event.id = req.event_id"
        "  LEFT JOIN registrations_resident res ON res.id = req.resident_id"
        " WHERE req.office_id <> event.office_id OR req.office_id <> res.office_id",
    ),
    Invariant(
        "openings",
        "an office that is to open has its day written as open, and names an event of its own on that"
        " day, if any",
        "SELECT opening.id FROM events_opening opening"
        "  LEFT JOIN LATERAL (SELECT kind FROM events_localday day WHERE day.day = opening.day"
        "     AND day.region_id IN ('00', left(opening.office_id, 2), opening.office_id)"
        # What an opening wrote and took back counts no more.
        "     AND NOT (day.by_opening AND (day.kind = 'usual' OR EXISTS (SELECT 1"
        "       FROM events_localday back WHERE back.by_opening AND back.kind = 'usual'"
        "         AND back.region_id = day.region_id AND back.day = day.day AND back.id > day.id)))"
        "   ORDER BY day.region_id = '00', length(day.region_id) DESC, day.created_at DESC,"
        "     day.id DESC LIMIT 1) decided ON true"
        "  LEFT JOIN events_serviceevent event ON event.id = opening.event_id"
        " WHERE opening.ended_at IS NULL AND (decided.kind IS DISTINCT FROM 'open'"
        "    OR (opening.event_id IS NULL) = EXISTS (SELECT 1 FROM events_serviceevent booked"
        "       WHERE booked.office_id = opening.office_id AND booked.state <> 'cancelled'"
        "         AND booked.kind IN ('election_day', 'holiday_opening')"
        "         AND opening.day BETWEEN booked.starts_on AND booked.ends_on)"
        "    OR event.office_id <> opening.office_id OR event.state = 'cancelled'"
        "    OR event.kind NOT IN ('election_day', 'holiday_opening')"
        "    OR opening.day NOT BETWEEN event.starts_on AND event.ends_on)",
    ),
    Invariant(
        "elections-decided",
        "every election has a day that somebody decided, the first of them as it was entered",
        "SELECT election.id FROM events_election election"
        "  LEFT JOIN LATERAL (SELECT held_on FROM events_electiondecision decision"
        "     WHERE decision.election_id = election.id ORDER BY decided_at, id LIMIT 1) first ON true"
        " WHERE first.held_on IS DISTINCT FROM election.held_on",
    ),
]
