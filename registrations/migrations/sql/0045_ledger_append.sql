-- As before, and a card is handed over once: a second hand-over without a print between the two weighs nothing. It is
-- printed and handed over, too, of whom SIAK has recorded, although nobody here knows the day.
CREATE OR REPLACE FUNCTION ledger_append() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    original registrations_servicerecord;
    person bytea;
    known date;
    holder text;
    doubtful boolean;
    once boolean;
    born date;
    marital text;
    married date;
    day date;
    rule text;
    called date;
    recorded boolean;
    days_early integer := 0;
BEGIN
    -- A batch holds this for itself (ledger/services/batch.py): else it would hold the chain's end and wait
    -- for a person, while a single record holds that person and waits for the chain's end.
    PERFORM pg_advisory_xact_lock_shared(8171, hashtext(NEW.office_id));
    NEW.set_aside_code := '';
    IF NEW.row_kind = 'record' THEN
        SELECT nik_hash, known_recorded_on, doubtful_number, birth_date, marital_status,
               known_married_since
          INTO person, known, doubtful, born, marital, married
          FROM registrations_resident WHERE id = NEW.resident_id;
        NEW.weight := 1;
        -- `service_date` is made of the same after this function.
        day := timezone(NEW.timezone, NEW.occurred_at)::date;
        NEW.counts_from := nullif(greatest(day, card_due(born, married)), day);
        recorded := true;
        IF known IS NULL AND NEW.service IN ('ikd_activation', 'card_print', 'card_handover') THEN
            -- Held until this counts: whoever voids it at this moment, in another ledger, finds what stands on it.
            PERFORM 1 FROM registrations_effectiveservice
              WHERE nik_hash = person AND service = 'recording' FOR KEY SHARE;
            recorded := FOUND;
            IF NOT recorded AND NEW.service <> 'ikd_activation' THEN
                recorded := EXISTS (SELECT FROM recorded_by_status(ARRAY[NEW.resident_id]));
            END IF;
        END IF;
        IF NEW.service = 'card_print' THEN
            SELECT days INTO days_early FROM registrations_printrule
             WHERE office_id = NEW.office_id AND since <= day
             ORDER BY since DESC, id DESC LIMIT 1;
        END IF;
        rule := unfit_by_rule(NEW.service, NEW.outcome, NEW.reason, day, born, marital, recorded,
                              coalesce(days_early, 0));
        IF rule = '' AND NEW.outcome = 'done' AND NEW.service IN ('biodata', 'suket') AND NOT EXISTS (
            SELECT 1 FROM registrations_paper WHERE record_id = NEW.id
        ) THEN
            rule := 'paper-needed';  -- a paper is written with its record, before it (`papers`)
        END IF;
        once := NEW.outcome = 'done' AND NEW.service IN ('recording', 'ikd_activation');
        IF doubtful THEN
            -- What nobody can have been issued lifts no figure until somebody accepts it, with one of
            -- the person's records. A void of that record takes the acceptance back.
            IF once AND EXISTS (
                SELECT 1 FROM registrations_servicerecord led
                 WHERE led.resident_id = NEW.resident_id AND led.service = NEW.service
                   AND led.row_kind = 'record' AND led.outcome = 'done' AND led.weight = 0
                   AND NOT EXISTS (SELECT 1 FROM registrations_servicerecord later
                                    WHERE later.ref_id = led.id)
            ) THEN
                RAISE EXCEPTION 'one waits' USING ERRCODE = 'DK208';
            END IF;
            doubtful := NOT EXISTS (
                SELECT 1 FROM registrations_servicerecord led
                  JOIN registrations_servicerecord acc
                    ON acc.ref_id = led.id AND acc.row_kind = 'accept'
                 WHERE led.resident_id = NEW.resident_id
                   AND led.set_aside_code = 'doubtful-number'
                   AND NOT EXISTS (SELECT 1 FROM registrations_servicerecord later
                                    WHERE later.ref_id = led.id AND later.row_kind = 'void')
            );
        END IF;
        IF NEW.service = 'recording' AND once AND known IS NOT NULL THEN
            RAISE EXCEPTION 'recorded before' USING ERRCODE = 'DK201';
        END IF;
        IF doubtful THEN
            SELECT office_id INTO holder FROM registrations_effectiveservice
             WHERE nik_hash = person AND service = NEW.service;
            IF once AND holder = NEW.office_id THEN
                RAISE EXCEPTION 'already served'
                    USING ERRCODE = CASE NEW.service WHEN 'recording' THEN 'DK201' ELSE 'DK207' END;
            END IF;
            NEW.weight := 0;
            NEW.set_aside_code := 'doubtful-number';
        ELSIF rule <> '' THEN
            NEW.weight := 0;  -- set aside: it happened, and no rule allows it
            NEW.set_aside_code := rule;
            IF once THEN
                -- What counts already, or waits already, is not set aside again.
                SELECT office_id INTO holder FROM registrations_effectiveservice
                 WHERE nik_hash = person AND service = NEW.service;
                IF holder = NEW.office_id THEN
                    RAISE EXCEPTION 'already served'
                        USING ERRCODE = CASE NEW.service WHEN 'recording' THEN 'DK201'
                                                         ELSE 'DK207' END;
                ELSIF holder IS NOT NULL THEN
                    NEW.set_aside_code := 'other-office';
                ELSIF EXISTS (
                    SELECT 1 FROM registrations_servicerecord led
                     WHERE led.resident_id = NEW.resident_id AND led.service = NEW.service
                       AND led.row_kind = 'record' AND led.outcome = 'done'
                       AND led.set_aside_code = rule
                       AND NOT EXISTS (SELECT 1 FROM registrations_servicerecord later
                                        WHERE later.ref_id = led.id)
                ) THEN
                    RAISE EXCEPTION 'one waits' USING ERRCODE = 'DK208';
                END IF;
            END IF;
        ELSIF once THEN
            INSERT INTO registrations_effectiveservice (nik_hash, service, record_id, office_id)
            VALUES (person, NEW.service, NEW.id, NEW.office_id)
            ON CONFLICT (nik_hash, service) DO NOTHING;
            IF NOT FOUND THEN
                SELECT office_id INTO holder FROM registrations_effectiveservice
                 WHERE nik_hash = person AND service = NEW.service;
                IF holder = NEW.office_id THEN
                    RAISE EXCEPTION 'already served'
                        USING ERRCODE = CASE NEW.service WHEN 'recording' THEN 'DK201'
                                                         ELSE 'DK207' END;
                END IF;
                NEW.weight := 0;  -- set aside: another office's record counts
                NEW.set_aside_code := 'other-office';
            ELSIF NEW.service = 'recording' THEN
                -- Asked now: who waited here for a call of this person knows of it.
                SELECT max(again.reopened_on) INTO called
                  FROM registrations_resident held
                  JOIN registrations_recordingreopened again ON again.resident_id = held.id
                 WHERE held.nik_hash = person;
                IF day < called THEN
                    -- Until the call the person counts by the recording of then. This one is no new one.
                    DELETE FROM registrations_effectiveservice WHERE record_id = NEW.id;
                    IF EXISTS (
                        SELECT 1 FROM registrations_servicerecord led
                         WHERE led.resident_id = NEW.resident_id AND led.service = 'recording'
                           AND led.row_kind = 'record' AND led.outcome = 'done'
                           AND led.set_aside_code = 'called-again'
                           AND NOT EXISTS (SELECT 1 FROM registrations_servicerecord later
                                            WHERE later.ref_id = led.id)
                    ) THEN
                        RAISE EXCEPTION 'one waits' USING ERRCODE = 'DK208';
                    END IF;
                    NEW.weight := 0;
                    NEW.set_aside_code := 'called-again';
                END IF;
            END IF;
        END IF;
    ELSE
        -- Voids and acceptances of one record decide on what the others did: one after another.
        PERFORM 1 FROM registrations_ledgerhead WHERE office_id = NEW.office_id FOR UPDATE;
        SELECT * INTO original FROM registrations_servicerecord WHERE id = NEW.ref_id;
        IF NOT FOUND OR original.row_kind <> 'record' THEN
            RAISE EXCEPTION 'not a record' USING ERRCODE = 'DK203';
        END IF;
        IF original.office_id <> NEW.office_id THEN
            RAISE EXCEPTION 'another chain' USING ERRCODE = 'DK203';
        END IF;
        IF EXISTS (SELECT 1 FROM registrations_servicerecord
                    WHERE ref_id = original.id AND row_kind = 'void') THEN
            RAISE EXCEPTION 'voided' USING ERRCODE = 'DK204';
        END IF;
        NEW.service := original.service;        NEW.outcome := original.outcome;
        NEW.reason := original.reason;          NEW.category := original.category;
        NEW.resident_id := original.resident_id; NEW.domicile_id := original.domicile_id;
        NEW.place_id := original.place_id;      NEW.event_id := original.event_id;
        NEW.session_id := original.session_id;  NEW.device := original.device;
        NEW.occurred_at := original.occurred_at; NEW.timezone := original.timezone;
        NEW.counts_from := original.counts_from;
        IF NEW.row_kind = 'void' THEN
            DELETE FROM registrations_effectiveservice WHERE record_id = original.id;
            SELECT -sum(weight) INTO NEW.weight FROM registrations_servicerecord
             WHERE id = original.id OR ref_id = original.id;
        ELSE
            IF original.weight <> 0 OR EXISTS (
                SELECT 1 FROM registrations_servicerecord
                 WHERE ref_id = original.id AND row_kind = 'accept'
            ) THEN
                RAISE EXCEPTION 'counts already' USING ERRCODE = 'DK205';
            END IF;
            -- Whatever else it was set aside for.
            IF original.outcome = 'done' AND original.service IN ('biodata', 'suket') AND NOT EXISTS (
                SELECT 1 FROM registrations_paper WHERE record_id = original.id
            ) THEN
                RAISE EXCEPTION 'no paper' USING ERRCODE = 'DK260';
            END IF;
            IF original.outcome = 'done' AND original.service IN ('recording', 'ikd_activation') THEN
                SELECT nik_hash, known_recorded_on INTO person, known
                  FROM registrations_resident WHERE id = original.resident_id;
                IF original.service = 'recording' AND known IS NOT NULL THEN
                    RAISE EXCEPTION 'recorded before' USING ERRCODE = 'DK201';
                END IF;
                -- An activation that was set aside did not ask for this.
                IF original.service = 'ikd_activation' AND known IS NULL THEN
                    PERFORM 1 FROM registrations_effectiveservice
                      WHERE nik_hash = person AND service = 'recording' FOR KEY SHARE;
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'not recorded yet' USING ERRCODE = 'DK202';
                    END IF;
                END IF;
                INSERT INTO registrations_effectiveservice (nik_hash, service, record_id, office_id)
                VALUES (person, original.service, original.id, original.office_id)
                ON CONFLICT (nik_hash, service) DO NOTHING;
                IF NOT FOUND THEN
                    RAISE EXCEPTION 'the other record still counts' USING ERRCODE = 'DK206';
                END IF;
                IF original.service = 'recording' THEN
                    SELECT max(again.reopened_on) INTO called
                      FROM registrations_resident held
                      JOIN registrations_recordingreopened again ON again.resident_id = held.id
                     WHERE held.nik_hash = person;
                    IF original.service_date < called THEN
                        RAISE EXCEPTION 'called again since' USING ERRCODE = 'DK212';
                    END IF;
                END IF;
            END IF;
            NEW.weight := 1;
        END IF;
    END IF;

    -- The chain's end is locked last: other offices never wait, this one only for the commit.
    SELECT seq + 1, hash INTO NEW.seq, NEW.previous_hash
      FROM registrations_ledgerhead WHERE office_id = NEW.office_id FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO registrations_ledgerhead (office_id, seq, hash)
        VALUES (NEW.office_id, 0, '') ON CONFLICT DO NOTHING;
        SELECT seq + 1, hash INTO NEW.seq, NEW.previous_hash
          FROM registrations_ledgerhead WHERE office_id = NEW.office_id FOR UPDATE;
    END IF;
    -- Asked once the chain's end is held: of two hand-overs at the same moment the second one finds the first.
    IF NEW.weight = 1 AND NEW.service = 'card_handover' AND NEW.outcome = 'done' AND NEW.row_kind <> 'void'
       AND EXISTS (
        SELECT 1 FROM registrations_servicerecord led
         WHERE led.resident_id = NEW.resident_id AND led.service = 'card_handover'
           AND led.outcome = 'done' AND led.row_kind = 'record'
           AND led.id <> coalesce(NEW.ref_id, NEW.id)
           AND (SELECT sum(later.weight) FROM registrations_servicerecord later
                 WHERE later.id = led.id OR later.ref_id = led.id) > 0
           AND NOT EXISTS (
                SELECT 1 FROM registrations_servicerecord card
                 WHERE card.resident_id = NEW.resident_id AND card.service = 'card_print'
                   AND card.outcome = 'done' AND card.row_kind = 'record'
                   AND card.occurred_at > least(led.occurred_at, NEW.occurred_at)
                   AND card.occurred_at <= greatest(led.occurred_at, NEW.occurred_at)
                   AND NOT EXISTS (SELECT 1 FROM registrations_servicerecord void
                                    WHERE void.ref_id = card.id AND void.row_kind = 'void'))
    ) THEN
        IF NEW.row_kind = 'accept' THEN
            RAISE EXCEPTION 'handed over before' USING ERRCODE = 'DK271';
        END IF;
        NEW.weight := 0;
        NEW.set_aside_code := 'handed-over';
    END IF;
    NEW.received_at := clock_timestamp();
    NEW.hash := ledger_hash(NEW);
    UPDATE registrations_ledgerhead SET seq = NEW.seq, hash = NEW.hash
     WHERE office_id = NEW.office_id;
    RETURN NEW;
END $$;
