-- Offices within a region (a range of codes) in the caller's scope whose lists lag behind: somebody was touched
-- since, or another day is known of the election than the list was closed for.
CREATE FUNCTION offices_to_settle(low text, high text) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT DISTINCT list.office_id FROM registrations_rolllist list
     WHERE list.closed_at IS NOT NULL AND list.office_id >= low AND list.office_id < high
       AND list.office_id >= (SELECT scope_low()) AND list.office_id < (SELECT scope_high())
       AND (EXISTS (SELECT 1 FROM registrations_rolltouched touched
                     WHERE touched.office_id = list.office_id)
            OR EXISTS (SELECT 1 FROM (
                      SELECT held_on, state FROM events_electiondecision decision
                       WHERE decision.election_id = list.election_id
                       ORDER BY decided_at DESC, id DESC LIMIT 1) known
                WHERE list.held_on IS DISTINCT FROM
                      CASE WHEN known.state = 'cancelled' THEN NULL ELSE known.held_on END))
     ORDER BY 1
$$;
