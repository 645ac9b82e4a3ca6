-- People who are booked at an event that the asker is lent to; asked once a statement.
CREATE FUNCTION scope_lent() RETURNS uuid[] LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN scope_events() = '{}' THEN '{}'::uuid[] ELSE ARRAY(
        SELECT visit.resident_id FROM registrations_appointment visit
         WHERE visit.event_id = ANY (scope_events())
    ) END
$$;
