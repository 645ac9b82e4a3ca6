-- On which date an office in scope recorded them, or one knew it before this ledger: for residents
-- inside the caller's scope only. What offices elsewhere did is recorded_dates' to tell.
CREATE FUNCTION recorded_here(residents uuid[])
RETURNS TABLE (resident_id uuid, recorded_on date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT r.id, coalesce(s.service_date, r.known_recorded_on)
      FROM registrations_resident r
      LEFT JOIN registrations_effectiveservice e
             ON e.nik_hash = r.nik_hash AND e.service = 'recording'
      LEFT JOIN registrations_servicerecord s
             ON s.id = e.record_id
            AND s.office_id >= (SELECT scope_low()) AND s.office_id < (SELECT scope_high())
     WHERE r.id = ANY (residents)
       AND (
           r.office_id >= (SELECT scope_low()) AND r.office_id < (SELECT scope_high())
           AND r.village_id >= (SELECT scope_village_low())
           AND r.village_id < (SELECT scope_village_high())
           OR r.id = ANY ((SELECT scope_lent())::uuid[])
       )
       AND coalesce(s.service_date, r.known_recorded_on) IS NOT NULL
$$;
