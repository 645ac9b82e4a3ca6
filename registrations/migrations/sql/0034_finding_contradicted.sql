-- A recording that counts, at whatever office and through whatever door, contradicts what was said of
-- the person before. That somebody was not met on a day stays true; who is said to be recorded, is.
-- Another office may be saying something of the same person at this moment, under a ledger of its own: it
-- holds lock 8206 of the number (`Lock.FOUND_OUT`), so either it finds this recording, or this finds it.
CREATE OR REPLACE FUNCTION finding_contradicted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM registrations_resident
                WHERE nik_hash = NEW.nik_hash AND office_id <> NEW.office_id) THEN
        PERFORM pg_advisory_xact_lock(8206, hashtext(encode(NEW.nik_hash, 'hex')));
    END IF;
    UPDATE registrations_finding finding SET state = 'contradicted', contradicted_at = clock_timestamp()
      FROM registrations_resident person
     WHERE person.nik_hash = NEW.nik_hash AND finding.resident_id = person.id
       AND finding.state IN ('proposed', 'accepted')
       AND finding.outcome NOT IN ('not_met', 'away', 'sick_or_disabled', 'recorded_already');
    RETURN NULL;
END $$;
