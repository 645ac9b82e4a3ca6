-- The very hash of before, in PL/pgSQL: what begins with `concat_ws`, which is not immutable, PostgreSQL does not put in
-- its caller's place, and to carry out a function in SQL for each row took a fifth of a row of a batch.
CREATE OR REPLACE FUNCTION ledger_hash(r registrations_servicerecord) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN sha256(r.previous_hash || convert_to(concat_ws('|',
        r.id, r.office_id, r.seq, r.row_kind, coalesce(r.ref_id::text, '-'), r.service, r.outcome,
        r.reason, r.category, r.resident_id, r.domicile_id, r.place_id,
        coalesce(r.event_id::text, '-'), coalesce(r.session_id::text, '-'), r.device, r.author_id,
        r.note, extract(epoch FROM r.occurred_at)::text, r.timezone,
        extract(epoch FROM r.received_at)::text, coalesce(r.clock_skew::text, '-'),
        encode(r.payload_hash, 'hex'), r.weight,
        -- Blank beside what was never set aside, and where nothing is said of a card: rows from before
        -- keep their hash. No word may stand for the other.
        nullif(r.set_aside_code, ''), nullif(r.card_used, '')
    ), 'UTF8'));
END $$;
