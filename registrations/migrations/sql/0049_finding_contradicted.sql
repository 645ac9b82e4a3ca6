-- A recording that counts, at whatever office and through whatever door, contradicts what was said of
-- the person before. That somebody was not met on a day stays true; who is said to be recorded, is.
-- Another office may be saying something of the same person at this moment, under a ledger of its own: it
-- holds lock 8206 of the number (`Lock.FOUND_OUT`), so either it finds this recording, or this finds it.
-- Once a statement: a batch lets hundreds of recordings count in one.
CREATE OR REPLACE FUNCTION finding_contradicted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(8206, hashtext(encode(nik_hash, 'hex')))
       FROM (SELECT DISTINCT touched.nik_hash
               FROM touched
               JOIN registrations_resident other ON other.nik_hash = touched.nik_hash
              WHERE touched.service = 'recording' AND other.office_id <> touched.office_id
              ORDER BY 1) elsewhere;
    UPDATE registrations_finding finding SET state = 'contradicted', contradicted_at = clock_timestamp()
      FROM touched
      JOIN registrations_resident person ON person.nik_hash = touched.nik_hash
     WHERE touched.service = 'recording' AND finding.resident_id = person.id
       AND finding.state IN ('proposed', 'accepted')
       AND finding.outcome NOT IN ('not_met', 'away', 'sick_or_disabled', 'recorded_already');
    RETURN NULL;
END $$;
