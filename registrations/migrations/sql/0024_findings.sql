-- A recording that counts, at whatever office and through whatever door, contradicts what was said of
-- the person before. That somebody was not met on a day stays true; who is said to be recorded, is.
CREATE FUNCTION finding_contradicted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE registrations_finding finding SET state = 'contradicted', contradicted_at = clock_timestamp()
      FROM registrations_resident person
     WHERE person.nik_hash = NEW.nik_hash AND finding.resident_id = person.id
       AND finding.state IN ('proposed', 'accepted')
       AND finding.outcome NOT IN ('not_met', 'away', 'sick_or_disabled', 'recorded_already');
    RETURN NULL;
END $$;

-- Findings follow the person to another village; a date of recording that a list brings, contradicts too.
CREATE FUNCTION finding_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.village_id <> OLD.village_id THEN
        UPDATE registrations_finding SET village_id = NEW.village_id WHERE resident_id = NEW.id;
    END IF;
    IF OLD.known_recorded_on IS NULL AND NEW.known_recorded_on IS NOT NULL THEN
        UPDATE registrations_finding SET state = 'contradicted', contradicted_at = clock_timestamp()
         WHERE resident_id = NEW.id AND state IN ('proposed', 'accepted')
           AND outcome NOT IN ('not_met', 'away', 'sick_or_disabled', 'recorded_already');
    END IF;
    RETURN NULL;
END $$;
