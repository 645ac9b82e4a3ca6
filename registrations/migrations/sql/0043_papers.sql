-- A paper draws its number and is judged: by its rule, and by what is known of the person. The counter's row
-- is held until the commit, so what is rolled back leaves no gap, and of two papers for one person the second
-- one finds the first.
CREATE FUNCTION paper_issue() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    person registrations_resident;
    rule registrations_paperrule;
    held date;
    standing text;
    judged date := NEW.issued_on;
    shape text;
    told registrations_recordstatus;
    is_old boolean := false;
BEGIN
    NEW.year := extract(year FROM NEW.issued_on);
    INSERT INTO registrations_papercounter AS counter (office_id, kind, year, last)
    VALUES (NEW.office_id, NEW.kind, NEW.year, 1)
    ON CONFLICT (office_id, kind, year) DO UPDATE SET last = counter.last + 1
    RETURNING last INTO NEW.serial;
    SELECT text INTO shape FROM registrations_papertemplate
     WHERE office_id = NEW.office_id ORDER BY id DESC LIMIT 1;
    shape := coalesce(shape, '{number}/{kind}/{month}/{year}');
    shape := replace(shape, '{number}', lpad(NEW.serial::text, greatest(4, length(NEW.serial::text)), '0'));
    shape := replace(shape, '{kind}', CASE NEW.kind WHEN 'suket' THEN 'SKT' ELSE 'BIO' END);
    shape := replace(shape, '{month}', to_char(NEW.issued_on, 'FMRM'));
    NEW.number := replace(shape, '{year}', NEW.year::text);
    NEW.state := 'valid';
    NEW.exchanged_by_id := NULL;
    NEW.valid_until := CASE NEW.kind WHEN 'suket' THEN (NEW.issued_on + interval '6 months')::date END;

    IF NEW.rule_id IS NULL THEN
        IF NEW.reason = '' THEN
            RAISE EXCEPTION 'no rule' USING ERRCODE = 'DK261';
        END IF;
    ELSE
        SELECT * INTO rule FROM registrations_paperrule WHERE id = NEW.rule_id;
        SELECT held_on, state INTO held, standing FROM events_electiondecision
         WHERE election_id = rule.election_id ORDER BY decided_at DESC, id DESC LIMIT 1;
        IF rule.kind <> NEW.kind OR standing = 'cancelled'
           OR rule.region_id <> '00' AND left(NEW.office_id, length(rule.region_id)) <> rule.region_id
           OR NEW.issued_on NOT BETWEEN held - rule.days_before_open AND held - rule.days_before_close THEN
            RAISE EXCEPTION 'outside its window' USING ERRCODE = 'DK261';
        END IF;
        judged := held;
    END IF;
    SELECT * INTO person FROM registrations_resident WHERE id = NEW.resident_id;
    IF NEW.kind = 'biodata' AND person.marital_status = 'single'
       AND judged < (person.birth_date + interval '17 years')::date THEN
        RAISE EXCEPTION 'too young' USING ERRCODE = 'DK262';
    END IF;
    IF NEW.kind = 'suket' THEN
        IF person.known_recorded_on IS NULL AND NOT EXISTS (
            SELECT FROM registrations_effectiveservice
             WHERE nik_hash = person.nik_hash AND service = 'recording')
           AND NOT EXISTS (SELECT FROM recorded_by_status(ARRAY[NEW.resident_id])) THEN
            RAISE EXCEPTION 'not recorded' USING ERRCODE = 'DK263';
        END IF;
        IF EXISTS (
            SELECT FROM registrations_resident held_as
              JOIN registrations_servicerecord print ON print.resident_id = held_as.id
             WHERE held_as.nik_hash = person.nik_hash AND print.service IN ('card_print', 'card_handover')
               AND print.outcome = 'done' AND print.row_kind = 'record'
               AND NOT EXISTS (SELECT FROM registrations_servicerecord void
                                WHERE void.ref_id = print.id AND void.row_kind = 'void')) THEN
            RAISE EXCEPTION 'printed' USING ERRCODE = 'DK264';
        END IF;
        -- What SIAK says, unless the person was called again since. Told too long ago it is no answer.
        SELECT * INTO told FROM registrations_recordstatus status
         WHERE status.resident_id = NEW.resident_id AND status.newest
           AND NOT EXISTS (SELECT FROM registrations_recordingreopened again
                            WHERE again.resident_id = status.resident_id AND again.at >= status.at);
        IF FOUND THEN
            is_old := told.at < clock_timestamp() - make_interval(days => coalesce(rule.status_age, 30));
            IF is_old AND NEW.reason = '' THEN
                RAISE EXCEPTION 'told too long ago' USING ERRCODE = 'DK267';
            ELSIF NOT is_old AND told.code IN ('PRINT_READY_RECORD', 'SENT_FOR_CARD_PRINTING',
                                               'CARD_PRINTED', 'CARD_SHIPPED', 'CARD_ISSUED') THEN
                RAISE EXCEPTION 'print-ready' USING ERRCODE = 'DK264';
            END IF;
        END IF;
    END IF;
    IF NEW.extends_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM registrations_paper
            WHERE id = NEW.extends_id AND resident_id = NEW.resident_id AND kind = NEW.kind
              AND state = 'valid')
       OR EXISTS (
           SELECT FROM registrations_paper
            WHERE resident_id = NEW.resident_id AND kind = NEW.kind AND state = 'valid'
              AND id IS DISTINCT FROM NEW.extends_id) THEN
        RAISE EXCEPTION 'another one is valid' USING ERRCODE = 'DK265';
    END IF;
    RETURN NEW;
END $$;

-- At the commit: the record of a new paper is there, says the same, and counts.
CREATE FUNCTION paper_counted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM registrations_paper paper
          JOIN registrations_servicerecord led ON led.id = paper.record_id
         WHERE paper.id = NEW.id AND led.row_kind = 'record' AND led.outcome = 'done'
           AND (led.office_id, led.resident_id, led.service, led.service_date)
             = (paper.office_id, paper.resident_id, paper.kind, paper.issued_on)
           AND (paper.state = 'void') = EXISTS (SELECT FROM registrations_servicerecord void
                                                 WHERE void.ref_id = led.id AND void.row_kind = 'void')
           AND (paper.state = 'void' OR led.weight = 1
                OR EXISTS (SELECT FROM registrations_servicerecord acc
                            WHERE acc.ref_id = led.id AND acc.row_kind = 'accept'))) THEN
        RAISE EXCEPTION 'no record of it counts' USING ERRCODE = 'DK266';
    END IF;
    RETURN NULL;
END $$;

-- What the ledger says of papers: a void takes the paper along, a counted paper replaces the older one of
-- the person, a card handed over exchanges what the person holds. One suket of a person is valid at most.
CREATE FUNCTION paper_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone registrations_paper;
BEGIN
    IF NEW.row_kind = 'void' THEN
        SELECT * INTO gone FROM registrations_paper WHERE record_id = NEW.ref_id AND state <> 'void';
        IF FOUND THEN
            UPDATE registrations_paper SET state = 'void' WHERE id = gone.id;
            -- The one before stands again as this one did; what a newer one replaced stays replaced.
            UPDATE registrations_paper SET state = gone.state, exchanged_by_id = gone.exchanged_by_id
             WHERE gone.state <> 'replaced' AND state = 'replaced' AND id = (
                   SELECT id FROM registrations_paper
                    WHERE resident_id = gone.resident_id AND kind = gone.kind AND state <> 'void'
                    ORDER BY issued_at DESC, id DESC LIMIT 1);
        END IF;
        UPDATE registrations_paper
           SET state = CASE state WHEN 'exchanged' THEN 'valid' ELSE state END, exchanged_by_id = NULL
         WHERE exchanged_by_id = NEW.ref_id;
    ELSIF NEW.service = 'card_handover' THEN
        UPDATE registrations_paper SET state = 'exchanged', exchanged_by_id = coalesce(NEW.ref_id, NEW.id)
         WHERE resident_id = NEW.resident_id AND kind = 'suket' AND state = 'valid';
    ELSE
        UPDATE registrations_paper earlier SET state = 'replaced'
          FROM registrations_paper paper
         WHERE paper.record_id = coalesce(NEW.ref_id, NEW.id) AND paper.state <> 'void'
           AND (earlier.resident_id, earlier.kind, earlier.state) = (paper.resident_id, paper.kind, 'valid')
           AND (earlier.issued_at, earlier.id) < (paper.issued_at, paper.id);
    END IF;
    RETURN NULL;
END $$;

-- What the open page tells whoever holds the paper.
CREATE FUNCTION paper_of_code(wanted text)
RETURNS TABLE (kind text, number text, office text, issued_on date, valid_until date, state text,
               initials text, birth_year integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT paper.kind, paper.number, paper.office_id, paper.issued_on, paper.valid_until, paper.state,
           paper.initials, paper.birth_year
      FROM registrations_paper paper WHERE paper.code = wanted
$$;
