-- What is decided, each with all that belongs to it. See row_content for why NULL is left out; a NOT NULL
-- column that comes later is taken out where it has its default.
CREATE FUNCTION basis_content(r reports_populationbasis) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE SET timezone = 'UTC' AS $$
    SELECT sha256(convert_to(jsonb_strip_nulls(to_jsonb(r))::text || coalesce((
        SELECT string_agg(jsonb_strip_nulls(to_jsonb(figure))::text, '' ORDER BY figure.id)
          FROM reports_populationfigure figure WHERE figure.basis_id = r.id
    ), ''), 'UTF8'))
$$;

CREATE FUNCTION release_content(r reports_release) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE SET timezone = 'UTC' AS $$
    SELECT sha256(convert_to(jsonb_strip_nulls(to_jsonb(r))::text || coalesce((
        SELECT string_agg(jsonb_strip_nulls(to_jsonb(entry))::text, '' ORDER BY entry.id)
          FROM reports_releaseentry entry WHERE entry.release_id = r.id
    ), ''), 'UTF8'))
$$;

-- NULL inside of the JSON counts.
CREATE FUNCTION publication_content(r reports_publication) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE SET timezone = 'UTC' AS $$
    SELECT sha256(convert_to(jsonb_strip_nulls(to_jsonb(r))::text || coalesce((
        SELECT string_agg(
                   jsonb_strip_nulls(to_jsonb(figure) - 'counted' - 'row')::text
                   || jsonb_build_array(figure.counted, figure."row")::text,
                   '' ORDER BY figure.id)
          FROM reports_publicfigure figure WHERE figure.release_id = r.release_id
    ), ''), 'UTF8'))
$$;

-- Without `latest`, which a later revision takes away. Counts as plain rows, for there are many; day and date
-- are the day's own. The order is the same on every server.
CREATE FUNCTION day_content(r reports_regencyday) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE SET timezone = 'UTC' AS $$
    SELECT sha256(convert_to(jsonb_strip_nulls(to_jsonb(r) - 'latest')::text || coalesce((
        SELECT string_agg(cell.text, '' ORDER BY cell.text COLLATE "C")
          FROM (SELECT ROW(place_id, domicile_id, service, category, outcome, reason, n,
                           extract(epoch FROM last_at))::text
                  FROM reports_daycount cell
                 WHERE cell.service_date = r.service_date AND cell.day_id = r.id) cell (text)
    ), ''), 'UTF8'))
$$;
