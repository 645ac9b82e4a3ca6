-- SHA-256 of all columns of a row. What is NULL is left out, so that a column that comes later and is NULL
-- in old rows leaves their content as it was. Not for rows with JSON: NULL inside would be left out too.
CREATE FUNCTION row_content(r anyelement) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE SET timezone = 'UTC' SET bytea_output = 'hex' AS $$
    SELECT sha256(convert_to(jsonb_strip_nulls(to_jsonb(r))::text, 'UTF8'))
$$;
