-- The rows of `asking` count, each once for its number and service, where nobody else's row does. Answers for those
-- alone that do not: the SQLSTATE of the rule that refuses one, or the code under which it is set aside. A step of
-- `ledger_write`, as `ledger_chain`.
CREATE OR REPLACE FUNCTION ledger_claim(asking registrations_servicerecord[], numbers bytea[], places integer[])
RETURNS TABLE (place integer, why text, code text)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    again record;
    counting integer;
    lost uuid[] := '{}';
BEGIN
    -- Copies of one record that come at once meet at its id or at its number, whichever is written first: at either
    -- they wait for each other, and the later one is none.
    INSERT INTO registrations_effectiveservice (nik_hash, service, record_id, office_id)
    SELECT numbers[asked.ordinality], asked.service, asked.id, asked.office_id
      FROM unnest((SELECT asking)) WITH ORDINALITY AS asked ORDER BY asked.ordinality
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS counting = ROW_COUNT;
    IF counting < cardinality(asking) THEN
        FOR again IN
            SELECT asked.id, asked.service, asked.ordinality, held.office_id = asked.office_id AS own
              FROM unnest((SELECT asking)) WITH ORDINALITY AS asked
              LEFT JOIN registrations_effectiveservice held
                ON held.nik_hash = numbers[asked.ordinality] AND held.service = asked.service
             WHERE held.record_id IS DISTINCT FROM asked.id
        LOOP
            lost := lost || again.id;
            place := places[again.ordinality];
            why := '';
            code := 'other-office';  -- set aside: another office's record counts
            IF again.own THEN
                why := CASE again.service WHEN 'recording' THEN 'DK201' ELSE 'DK207' END;
            END IF;
            RETURN NEXT;
        END LOOP;
    END IF;
    -- Asked now: who waited above for a call of this person knows of it.
    FOR again IN
        SELECT asked.id, asked.resident_id, asked.ordinality
          FROM unnest((SELECT asking)) WITH ORDINALITY AS asked
          JOIN registrations_resident held ON held.nik_hash = numbers[asked.ordinality]
          JOIN registrations_recordingreopened called ON called.resident_id = held.id
         WHERE asked.service = 'recording' AND asked.id <> ALL (lost)
         GROUP BY asked.id, asked.resident_id, asked.ordinality, asked.timezone, asked.occurred_at
        HAVING timezone(asked.timezone, asked.occurred_at)::date < max(called.reopened_on)
    LOOP
        -- Until the call the person counts by the recording of then. This one is no new one.
        DELETE FROM registrations_effectiveservice WHERE record_id = again.id;
        IF EXISTS (
            SELECT 1 FROM registrations_servicerecord led
             WHERE led.resident_id = again.resident_id AND led.service = 'recording'
               AND led.row_kind = 'record' AND led.outcome = 'done'
               AND led.set_aside_code = 'called-again'
               AND NOT EXISTS (SELECT 1 FROM registrations_servicerecord later
                                WHERE later.ref_id = led.id)
        ) THEN
            -- Never collected: the rows above have contradicted findings.
            RAISE EXCEPTION 'one waits' USING ERRCODE = 'DK208';
        END IF;
        place := places[again.ordinality];
        why := '';
        code := 'called-again';
        RETURN NEXT;
    END LOOP;
END $$;
