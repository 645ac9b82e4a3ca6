-- Findings follow the person to another village. A date of recording that a list brings contradicts too, and
-- another number that is recorded already.
CREATE OR REPLACE FUNCTION finding_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.village_id <> OLD.village_id THEN
        UPDATE registrations_finding SET village_id = NEW.village_id WHERE resident_id = NEW.id;
    END IF;
    IF (OLD.known_recorded_on IS NULL AND NEW.known_recorded_on IS NOT NULL)
       OR (NEW.nik_hash <> OLD.nik_hash AND EXISTS (
           SELECT FROM registrations_effectiveservice
            WHERE nik_hash = NEW.nik_hash AND service = 'recording')) THEN
        UPDATE registrations_finding SET state = 'contradicted', contradicted_at = clock_timestamp()
         WHERE resident_id = NEW.id AND state IN ('proposed', 'accepted')
           AND outcome NOT IN ('not_met', 'away', 'sick_or_disabled', 'recorded_already');
    END IF;
    RETURN NULL;
END $$;
