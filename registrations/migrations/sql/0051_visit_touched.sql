-- Whose entry on a list may be another since a visit was made or changed: a list asks of visits only whether one for a
-- recording is open (0037_close_roll.sql). Whoever is called, put back or checked in stays what they were, and the
-- trigger's condition lets that pass without this function.
CREATE FUNCTION visit_touched() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Of a new visit there is no OLD, and its person is NULL.
    INSERT INTO registrations_rolltouched (office_id, resident)
    SELECT person.office_id, person.id FROM registrations_resident person
     WHERE person.id IN (NEW.resident_id, OLD.resident_id);
    RETURN NULL;
END $$;
