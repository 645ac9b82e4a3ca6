-- A release with its entries and its answers; NULL inside of the JSON counts. One that was frozen before
-- answers were kept has none, so its content is the one that it was sealed with.
CREATE OR REPLACE FUNCTION release_content(r reports_release) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE SET timezone = 'UTC' AS $$
    SELECT sha256(convert_to(jsonb_strip_nulls(to_jsonb(r))::text || coalesce((
        SELECT string_agg(jsonb_strip_nulls(to_jsonb(entry))::text, '' ORDER BY entry.id)
          FROM reports_releaseentry entry WHERE entry.release_id = r.id
    ), '') || coalesce((
        SELECT string_agg(
                   jsonb_strip_nulls(to_jsonb(answer) - 'row' - 'change')::text
                   || jsonb_build_array(answer."row", answer.change)::text,
                   '' ORDER BY answer.id)
          FROM reports_releaseanswer answer WHERE answer.release_id = r.id
    ), ''), 'UTF8'))
$$;
-- What the trigger reads, as dukcapil/grants.py says.
GRANT SELECT ON reports_releaseanswer TO keeper;
