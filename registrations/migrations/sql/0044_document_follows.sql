-- A void takes back what was counted of a document, so the document is ready again; a correction writes its
-- record anew in the same transaction, and the document goes with the new one. Looked at when the transaction
-- ends, because a correction voids first and writes afterwards. Who asked for the same again meanwhile waits for
-- that one, and who was erased waits for nothing: then it ends.
CREATE FUNCTION document_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    again uuid;
    ended text;
BEGIN
    SELECT led.id INTO again
      FROM registrations_documentrequest document
      JOIN registrations_servicerecord led
        ON led.resident_id = document.resident_id AND led.office_id = NEW.office_id
       AND led.service = NEW.service AND led.occurred_at = NEW.occurred_at
       AND led.row_kind = 'record' AND led.outcome = 'done' AND led.seq > NEW.seq
     WHERE document.record_id = NEW.ref_id
       AND NOT EXISTS (SELECT FROM registrations_servicerecord void
                        WHERE void.ref_id = led.id AND void.row_kind = 'void')
       AND NOT EXISTS (SELECT FROM registrations_documentrequest other WHERE other.record_id = led.id)
     ORDER BY led.seq LIMIT 1;
    IF again IS NOT NULL THEN
        UPDATE registrations_documentrequest SET record_id = again WHERE record_id = NEW.ref_id;
    ELSE
        SELECT CASE WHEN person.erased_at IS NOT NULL THEN 'gone'
                    WHEN document.for_whom = 'self' AND EXISTS (
                        SELECT FROM registrations_documentrequest other
                         WHERE other.resident_id = document.resident_id
                           AND other.service = document.service AND other.for_whom = 'self'
                           AND other.state IN ('asked', 'incomplete', 'in_work', 'ready')) THEN 'twice'
                    ELSE '' END INTO ended
          FROM registrations_documentrequest document
          JOIN registrations_resident person ON person.id = document.resident_id
         WHERE document.record_id = NEW.ref_id;
        UPDATE registrations_documentrequest
           SET state = CASE ended WHEN '' THEN 'ready' ELSE 'refused' END, refused_because = ended,
               record_id = NULL, handed_at = NULL, handed_to = NULL, relation = '',
               proof = '', changed_by_id = NEW.author_id, changed_at = clock_timestamp()
         WHERE record_id = NEW.ref_id;
    END IF;
    RETURN NULL;
END $$;
