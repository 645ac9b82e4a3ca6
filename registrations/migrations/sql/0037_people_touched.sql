-- Whose entry on a list may be another since: people, what counts once for their number, their visits and
-- requests, and rosters that name them. Who settles them stands far above (registrations.missing), so the database
-- writes them down.
CREATE OR REPLACE FUNCTION people_touched() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'registrations_resident' THEN
        INSERT INTO registrations_rolltouched (office_id, resident)
        SELECT office_id, id FROM touched;
    ELSIF TG_TABLE_NAME = 'registrations_effectiveservice' THEN
        INSERT INTO registrations_rolltouched (office_id, resident)
        SELECT person.office_id, person.id FROM registrations_resident person
         WHERE person.nik_hash IN (SELECT nik_hash FROM touched WHERE service = 'recording')
        UNION
        SELECT person.office_id, person.id FROM touched
          JOIN registrations_servicerecord led ON led.id = touched.record_id
          JOIN registrations_resident person ON person.id = led.resident_id
         WHERE touched.service = 'recording';
        IF TG_OP = 'UPDATE' THEN  -- another number took over what counted for this one
            INSERT INTO registrations_rolltouched (office_id, resident)
            SELECT person.office_id, person.id FROM registrations_resident person
             WHERE person.nik_hash IN (SELECT nik_hash FROM was WHERE service = 'recording');
        END IF;
    ELSIF TG_TABLE_NAME = 'registrations_rosterentry' AND TG_OP = 'UPDATE' THEN
        -- A list that is brought again says of nearly everybody what the one before did.
        INSERT INTO registrations_rolltouched (office_id, resident)
        SELECT DISTINCT now.office_id, moved.resident
          FROM touched now JOIN was ON was.id = now.id
         CROSS JOIN LATERAL (VALUES (was.resident_id), (now.resident_id)) moved (resident)
         WHERE moved.resident IS NOT NULL
           AND (was.resident_id, was.gone_in, was.sealed IS NULL) IS DISTINCT FROM
               (now.resident_id, now.gone_in, now.sealed IS NULL);
    ELSE
        INSERT INTO registrations_rolltouched (office_id, resident)
        SELECT DISTINCT person.office_id, person.id FROM touched
          JOIN registrations_resident person ON person.id = touched.resident_id;
        IF TG_OP = 'UPDATE' THEN  -- what went to another person
            INSERT INTO registrations_rolltouched (office_id, resident)
            SELECT DISTINCT person.office_id, person.id FROM was
              JOIN registrations_resident person ON person.id = was.resident_id
             WHERE NOT EXISTS (SELECT 1 FROM touched WHERE touched.resident_id = was.resident_id);
        END IF;
    END IF;
    RETURN NULL;
END $$;
