CREATE FUNCTION seal_hash(s accounts_seal) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sha256(s.previous_hash || convert_to(jsonb_build_array(
        s.chain, s.seq, s.kind, s.row, encode(s.content, 'hex')
    )::text, 'UTF8'))
$$;
