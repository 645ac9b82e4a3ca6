-- An array of JSON, so that no text can be moved from one field into its neighbour.
CREATE FUNCTION access_hash(r accounts_accesslog, before bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sha256(before || convert_to(jsonb_build_array(
        r.id, extract(epoch FROM r.at)::text, r.action, r.user_id, r.posting_id, r.office,
        r.kind, r.subject, r.reason, r."case", r.found
    )::text, 'UTF8'))
$$;
