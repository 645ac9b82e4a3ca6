-- The ledger's only writer. It takes what somebody says happened, or decides, many rows at once, and makes
-- everything else itself: number, weight, code, days and the chain. Nobody but `keeper` may insert. Whose rows are
-- written is asked here as the policy `serve` asks it: that of `keeper` lets all of them through.
--
-- `collected`: a row that a rule refuses comes back unnumbered (seq 0) with the rule's SQLSTATE as its code, and
-- the others are written. Else the first refusal is raised.
--
-- Of one that counts once for a person nothing is known until it is asked for (`ledger_claim`). With `collected`
-- that is done for many rows at once, and before a row of the same number is judged.
CREATE OR REPLACE FUNCTION ledger_write(entries json, collected boolean) RETURNS SETOF registrations_servicerecord
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    one record;
    claim record;
    entry registrations_servicerecord;
    told registrations_servicerecord[];
    people uuid[] := '{}';
    waiting registrations_servicerecord[] := '{}';
    standing bigint := 0;  -- the last one that is written for sure
    -- Rows of `waiting` that count if nobody else's does, and the numbers of their people.
    asking registrations_servicerecord[] := '{}';
    numbers bytea[] := '{}';
    places integer[] := '{}';
    ended boolean;
    low text := scope_low();
    high text := scope_high();
    village_low text := scope_village_low();
    village_high text := scope_village_high();
    lent uuid[] := scope_events();
    held text;
    why text;
    served text;
    original registrations_servicerecord;
    person bytea;
    known date;
    holder text;
    doubtful boolean;
    once boolean;
    born date;
    marital text;
    day date;
    rule text;
    called date;
    recorded boolean;
    days_early integer;
BEGIN
    -- Whatever else is said of a row is made anew below.
    SELECT array_agg(said) INTO told FROM json_populate_recordset(NULL::registrations_servicerecord, entries) said;
    FOREACH entry IN ARRAY coalesce(told, '{}') LOOP
        IF (entry.office_id >= low AND entry.office_id < high AND entry.domicile_id >= village_low
            AND entry.domicile_id < village_high OR entry.event_id = ANY (lent)) IS NOT TRUE THEN
            RAISE EXCEPTION 'this row is not of the scope' USING ERRCODE = '42501';
        END IF;
        IF entry.office_id IS DISTINCT FROM held THEN
            -- A batch holds this for itself (ledger/services/batch.py): else it would hold the chain's end and
            -- wait for a person, while a single record holds that person and waits for the chain's end.
            PERFORM pg_advisory_xact_lock_shared(8171, hashtext(entry.office_id));
            held := entry.office_id;
        END IF;
        people := people || entry.resident_id;
    END LOOP;
    -- People are read once all ledgers are held. The last turn has no row: it writes what waits. A list that is
    -- selected is not counted by the planner: else one of one person would be planned anew in each call.
    FOR one IN
        SELECT said.told_at, lag(said.told_at) OVER (PARTITION BY who.nik_hash ORDER BY said.told_at) AS earlier,
               who.nik_hash, who.known_recorded_on, who.doubtful_number, who.birth_date, who.marital_status,
               who.known_married_since
          FROM unnest((SELECT people || NULL::uuid)) WITH ORDINALITY AS said (resident_id, told_at)
          LEFT JOIN registrations_resident who ON who.id = said.resident_id
         ORDER BY said.told_at
    LOOP
        ended := one.told_at > cardinality(people);
        entry := told[one.told_at];
        IF cardinality(places) > 0
           AND (ended OR NOT collected OR entry.row_kind IS DISTINCT FROM 'record' OR one.earlier > standing
                -- What is held of this person below comes after what is claimed of those before: all in one order.
                OR entry.service IN ('ikd_activation', 'card_print', 'card_handover')
                   AND one.known_recorded_on IS NULL) THEN
            FOR claim IN SELECT * FROM ledger_claim(asking, numbers, places) LOOP
                IF claim.why = '' THEN
                    waiting[claim.place].weight := 0;
                    waiting[claim.place].set_aside_code := claim.code;
                ELSIF collected THEN
                    original := waiting[claim.place];
                    original.seq := 0;
                    original.set_aside_code := claim.why;
                    RETURN NEXT original;
                    waiting[claim.place] := NULL;
                ELSE
                    RAISE EXCEPTION 'the ledger refuses this row' USING ERRCODE = claim.why;
                END IF;
            END LOOP;
            asking := '{}';
            numbers := '{}';
            places := '{}';
        END IF;
        IF cardinality(waiting) > 0 AND (ended OR entry.row_kind IS DISTINCT FROM 'record') THEN
            RETURN QUERY SELECT * FROM ledger_chain(waiting);
            waiting := '{}';
            standing := one.told_at - 1;
        END IF;
        EXIT WHEN ended;
        entry.set_aside_code := '';
        why := '';
        holder := NULL;
        days_early := 0;
        <<judged>>
        BEGIN
            IF entry.row_kind = 'record' THEN
                person := one.nik_hash;
                known := one.known_recorded_on;
                doubtful := one.doubtful_number;
                born := one.birth_date;
                marital := one.marital_status;
                served := CASE entry.service WHEN 'recording' THEN 'DK201' ELSE 'DK207' END;
                entry.weight := 1;
                -- `service_date` is made of the same after this function.
                day := timezone(entry.timezone, entry.occurred_at)::date;
                entry.counts_from := nullif(greatest(day, card_due(born, one.known_married_since)), day);
                recorded := true;
                IF known IS NULL AND entry.service IN ('ikd_activation', 'card_print', 'card_handover') THEN
                    -- Held until this counts: whoever voids it at this moment, in another ledger, finds what stands on it.
                    PERFORM 1 FROM registrations_effectiveservice
                      WHERE nik_hash = person AND service = 'recording' FOR KEY SHARE;
                    recorded := FOUND;
                    IF NOT recorded AND entry.service <> 'ikd_activation' THEN
                        recorded := EXISTS (SELECT FROM recorded_by_status(ARRAY[entry.resident_id]));
                    END IF;
                END IF;
                IF entry.service = 'card_print' THEN
                    SELECT days INTO days_early FROM registrations_printrule
                     WHERE office_id = entry.office_id AND since <= day
                     ORDER BY since DESC, id DESC LIMIT 1;
                END IF;
                rule := unfit_by_rule(entry.service, entry.outcome, entry.reason, day, born, marital, recorded,
                                      coalesce(days_early, 0));
                IF rule = '' AND entry.outcome = 'done' AND entry.service IN ('biodata', 'suket') AND NOT EXISTS (
                    SELECT 1 FROM registrations_paper WHERE record_id = entry.id
                ) THEN
                    rule := 'paper-needed';  -- a paper is written with its record, before it (`papers`)
                END IF;
                once := entry.outcome = 'done' AND entry.service IN ('recording', 'ikd_activation');
                IF one.earlier > standing
                   AND (doubtful OR rule <> '' OR once OR entry.service = 'card_handover') THEN
                    -- The ledger is asked for this person's rows, and one of this call waits to be written.
                    RETURN QUERY SELECT * FROM ledger_chain(waiting);
                    waiting := '{}';
                    standing := one.told_at - 1;
                END IF;
                IF doubtful THEN
                    -- What nobody can have been issued lifts no figure until somebody accepts it, with one of
                    -- the person's records. A void of that record takes the acceptance back.
                    IF once AND EXISTS (
                        SELECT 1 FROM registrations_servicerecord led
                         WHERE led.resident_id = entry.resident_id AND led.service = entry.service
                           AND led.row_kind = 'record' AND led.outcome = 'done' AND led.weight = 0
                           AND NOT EXISTS (SELECT 1 FROM registrations_servicerecord later
                                            WHERE later.ref_id = led.id)
                    ) THEN
                        why := 'DK208'; EXIT judged;  -- one waits
                    END IF;
                    doubtful := NOT EXISTS (
                        SELECT 1 FROM registrations_servicerecord led
                          JOIN registrations_servicerecord acc
                            ON acc.ref_id = led.id AND acc.row_kind = 'accept'
                         WHERE led.resident_id = entry.resident_id
                           AND led.set_aside_code = 'doubtful-number'
                           AND NOT EXISTS (SELECT 1 FROM registrations_servicerecord later
                                            WHERE later.ref_id = led.id AND later.row_kind = 'void')
                    );
                END IF;
                IF entry.service = 'recording' AND once AND known IS NOT NULL THEN
                    why := 'DK201'; EXIT judged;  -- recorded before
                END IF;
                IF doubtful THEN
                    SELECT office_id INTO holder FROM registrations_effectiveservice
                     WHERE nik_hash = person AND service = entry.service;
                    IF once AND holder = entry.office_id THEN
                        why := served; EXIT judged;
                    END IF;
                    entry.weight := 0;
                    entry.set_aside_code := 'doubtful-number';
                ELSIF rule <> '' THEN
                    entry.weight := 0;  -- set aside: it happened, and no rule allows it
                    entry.set_aside_code := rule;
                    IF once THEN
                        -- What counts already, or waits already, is not set aside again.
                        SELECT office_id INTO holder FROM registrations_effectiveservice
                         WHERE nik_hash = person AND service = entry.service;
                        IF holder = entry.office_id THEN
                            why := served; EXIT judged;
                        ELSIF holder IS NOT NULL THEN
                            entry.set_aside_code := 'other-office';
                        ELSIF EXISTS (
                            SELECT 1 FROM registrations_servicerecord led
                             WHERE led.resident_id = entry.resident_id AND led.service = entry.service
                               AND led.row_kind = 'record' AND led.outcome = 'done'
                               AND led.set_aside_code = rule
                               AND NOT EXISTS (SELECT 1 FROM registrations_servicerecord later
                                                WHERE later.ref_id = led.id)
                        ) THEN
                            why := 'DK208'; EXIT judged;  -- one waits
                        END IF;
                    END IF;
                ELSIF once THEN
                    asking := asking || entry;
                    numbers := numbers || person;
                    places := places || cardinality(waiting) + 1;
                END IF;
            ELSE
                -- Voids and acceptances of one record decide on what the others did: one after another.
                PERFORM 1 FROM registrations_ledgerhead WHERE office_id = entry.office_id FOR UPDATE;
                SELECT * INTO original FROM registrations_servicerecord WHERE id = entry.ref_id;
                IF NOT FOUND OR original.row_kind <> 'record' THEN
                    why := 'DK203'; EXIT judged;  -- not a record
                END IF;
                IF original.office_id <> entry.office_id THEN
                    why := 'DK203'; EXIT judged;  -- another chain
                END IF;
                IF EXISTS (SELECT 1 FROM registrations_servicerecord
                            WHERE ref_id = original.id AND row_kind = 'void') THEN
                    why := 'DK204'; EXIT judged;  -- voided
                END IF;
                entry.service := original.service;        entry.outcome := original.outcome;
                entry.reason := original.reason;          entry.category := original.category;
                entry.resident_id := original.resident_id; entry.domicile_id := original.domicile_id;
                entry.place_id := original.place_id;      entry.event_id := original.event_id;
                entry.session_id := original.session_id;  entry.device := original.device;
                entry.occurred_at := original.occurred_at; entry.timezone := original.timezone;
                entry.counts_from := original.counts_from;
                -- Before anything is said of it: what is refused comes back, with the record's own values.
                IF (entry.office_id >= low AND entry.office_id < high AND entry.domicile_id >= village_low
                    AND entry.domicile_id < village_high OR entry.event_id = ANY (lent)) IS NOT TRUE THEN
                    RAISE EXCEPTION 'this row is not of the scope' USING ERRCODE = '42501';
                END IF;
                IF entry.row_kind = 'void' THEN
                    DELETE FROM registrations_effectiveservice WHERE record_id = original.id;
                    SELECT -sum(weight) INTO entry.weight FROM registrations_servicerecord
                     WHERE id = original.id OR ref_id = original.id;
                ELSE
                    IF original.weight <> 0 OR EXISTS (
                        SELECT 1 FROM registrations_servicerecord
                         WHERE ref_id = original.id AND row_kind = 'accept'
                    ) THEN
                        why := 'DK205'; EXIT judged;  -- counts already
                    END IF;
                    -- Whatever else it was set aside for.
                    IF original.outcome = 'done' AND original.service IN ('biodata', 'suket') AND NOT EXISTS (
                        SELECT 1 FROM registrations_paper WHERE record_id = original.id
                    ) THEN
                        why := 'DK260'; EXIT judged;  -- no paper
                    END IF;
                    IF original.outcome = 'done' AND original.service IN ('recording', 'ikd_activation') THEN
                        SELECT nik_hash, known_recorded_on INTO person, known
                          FROM registrations_resident WHERE id = original.resident_id;
                        IF original.service = 'recording' AND known IS NOT NULL THEN
                            why := 'DK201'; EXIT judged;  -- recorded before
                        END IF;
                        -- An activation that was set aside did not ask for this.
                        IF original.service = 'ikd_activation' AND known IS NULL THEN
                            PERFORM 1 FROM registrations_effectiveservice
                              WHERE nik_hash = person AND service = 'recording' FOR KEY SHARE;
                            IF NOT FOUND THEN
                                why := 'DK202'; EXIT judged;  -- not recorded yet
                            END IF;
                        END IF;
                        INSERT INTO registrations_effectiveservice (nik_hash, service, record_id, office_id)
                        VALUES (person, original.service, original.id, original.office_id)
                        ON CONFLICT (nik_hash, service) DO NOTHING;
                        IF NOT FOUND THEN
                            why := 'DK206'; EXIT judged;  -- the other record still counts
                        END IF;
                        IF original.service = 'recording' THEN
                            SELECT max(again.reopened_on) INTO called
                              FROM registrations_resident held
                              JOIN registrations_recordingreopened again ON again.resident_id = held.id
                             WHERE held.nik_hash = person;
                            IF original.service_date < called THEN
                                -- Never collected: the row above would stay, of a record that does not count.
                                RAISE EXCEPTION 'called again since' USING ERRCODE = 'DK212';
                            END IF;
                        END IF;
                    END IF;
                    entry.weight := 1;
                END IF;
            END IF;
            IF entry.weight = 1 AND entry.service = 'card_handover' AND entry.outcome = 'done'
               AND entry.row_kind <> 'void' THEN
                -- Of two hand-overs at the same moment the second one finds the first.
                PERFORM 1 FROM registrations_ledgerhead WHERE office_id = entry.office_id FOR UPDATE;
                IF NOT FOUND THEN
                    INSERT INTO registrations_ledgerhead (office_id, seq, hash)
                    VALUES (entry.office_id, 0, '') ON CONFLICT DO NOTHING;
                    PERFORM 1 FROM registrations_ledgerhead WHERE office_id = entry.office_id FOR UPDATE;
                END IF;
                IF EXISTS (
                    SELECT 1 FROM registrations_servicerecord led
                     WHERE led.resident_id = entry.resident_id AND led.service = 'card_handover'
                       AND led.outcome = 'done' AND led.row_kind = 'record'
                       AND led.id <> coalesce(entry.ref_id, entry.id)
                       AND (SELECT sum(later.weight) FROM registrations_servicerecord later
                             WHERE later.id = led.id OR later.ref_id = led.id) > 0
                       AND NOT EXISTS (
                            SELECT 1 FROM registrations_servicerecord card
                             WHERE card.resident_id = entry.resident_id AND card.service = 'card_print'
                               AND card.outcome = 'done' AND card.row_kind = 'record'
                               AND card.occurred_at > least(led.occurred_at, entry.occurred_at)
                               AND card.occurred_at <= greatest(led.occurred_at, entry.occurred_at)
                               AND NOT EXISTS (SELECT 1 FROM registrations_servicerecord void
                                                WHERE void.ref_id = card.id AND void.row_kind = 'void'))
                ) THEN
                    IF entry.row_kind = 'accept' THEN
                        why := 'DK271'; EXIT judged;  -- handed over before
                    END IF;
                    entry.weight := 0;
                    entry.set_aside_code := 'handed-over';
                END IF;
            END IF;
        END judged;
        IF why = '' THEN
            waiting := waiting || entry;
            IF entry.row_kind <> 'record' THEN
                -- Whoever comes next may be the person of the record that was decided about.
                RETURN QUERY SELECT * FROM ledger_chain(waiting);
                waiting := '{}';
                standing := one.told_at;
            END IF;
        ELSIF collected THEN
            entry.seq := 0;
            entry.set_aside_code := why;
            RETURN NEXT entry;
        ELSE
            RAISE EXCEPTION 'the ledger refuses this row' USING ERRCODE = why;
        END IF;
    END LOOP;
END $$;

-- The rows of `asking` count, each once for its number and service, where nobody else's row does. Answers for those
-- alone that do not: the SQLSTATE of the rule that refuses one, or the code under which it is set aside. A step of
-- `ledger_write`, as `ledger_chain`.
CREATE FUNCTION ledger_claim(asking registrations_servicerecord[], numbers bytea[], places integer[])
RETURNS TABLE (place integer, why text, code text)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    again record;
    counting integer;
    lost uuid[] := '{}';
BEGIN
    INSERT INTO registrations_effectiveservice (nik_hash, service, record_id, office_id)
    SELECT numbers[asked.ordinality], asked.service, asked.id, asked.office_id
      FROM unnest((SELECT asking)) WITH ORDINALITY AS asked ORDER BY asked.ordinality
    ON CONFLICT (nik_hash, service) DO NOTHING;
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

-- The end of an office's chain is locked last: other offices never wait, this one only for the commit. A step of
-- `ledger_write`: with its caller's rights, and no one else has them.
CREATE OR REPLACE FUNCTION ledger_chain(waiting registrations_servicerecord[]) RETURNS SETOF registrations_servicerecord
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    entry registrations_servicerecord;
    chained registrations_servicerecord[] := '{}';
    chain text;
    last_seq bigint;
    last_hash bytea;
BEGIN
    FOREACH entry IN ARRAY waiting LOOP
        CONTINUE WHEN entry.id IS NULL;  -- it was refused
        IF entry.office_id IS DISTINCT FROM chain THEN
            UPDATE registrations_ledgerhead SET seq = last_seq, hash = last_hash WHERE office_id = chain;
            chain := entry.office_id;
            SELECT seq, hash INTO last_seq, last_hash
              FROM registrations_ledgerhead WHERE office_id = chain FOR UPDATE;
            IF NOT FOUND THEN
                INSERT INTO registrations_ledgerhead (office_id, seq, hash)
                VALUES (chain, 0, '') ON CONFLICT DO NOTHING;
                SELECT seq, hash INTO last_seq, last_hash
                  FROM registrations_ledgerhead WHERE office_id = chain FOR UPDATE;
            END IF;
        END IF;
        last_seq := last_seq + 1;
        entry.seq := last_seq;
        entry.previous_hash := last_hash;
        entry.received_at := clock_timestamp();
        last_hash := ledger_hash(entry);
        entry.hash := last_hash;
        chained := chained || entry;
    END LOOP;
    UPDATE registrations_ledgerhead SET seq = last_seq, hash = last_hash WHERE office_id = chain;
    RETURN QUERY
    INSERT INTO registrations_servicerecord AS led (
        id, office_id, seq, row_kind, ref_id, service, outcome, reason, category, resident_id, domicile_id,
        place_id, event_id, session_id, device, author_id, note, occurred_at, timezone, received_at, clock_skew,
        payload_hash, weight, set_aside_code, counts_from, card_used, previous_hash, hash
    )
    SELECT id, office_id, seq, row_kind, ref_id, service, outcome, reason, category, resident_id, domicile_id,
           place_id, event_id, session_id, device, author_id, note, occurred_at, timezone, received_at, clock_skew,
           payload_hash, weight, set_aside_code, counts_from, card_used, previous_hash, hash
      FROM unnest(chained)
    RETURNING led.*;
END $$;

-- `keeper` alone owns them. Who may say what happened is the web process, and nobody else.
REVOKE EXECUTE ON FUNCTION ledger_claim(registrations_servicerecord[], bytea[], integer[]) FROM PUBLIC;
