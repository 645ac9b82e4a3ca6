-- Takes away who is to be looked at again, of one office in the caller's scope, the newest first: what somebody has
-- just done is seen at once, also behind a list of thousands that a job settles.
CREATE FUNCTION take_touched(office text, most integer) RETURNS uuid[]
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH taken AS (
        DELETE FROM registrations_rolltouched
         WHERE id IN (SELECT t.id FROM registrations_rolltouched t
                       WHERE t.office_id = take_touched.office
                         AND t.office_id >= (SELECT scope_low())
                         AND t.office_id < (SELECT scope_high())
                       ORDER BY t.id DESC LIMIT most)
        RETURNING resident
    )
    SELECT coalesce(array_agg(DISTINCT resident), '{}') FROM taken
$$;
