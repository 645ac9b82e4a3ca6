-- Who is erased anywhere is erased in every office's registers that have the number, and in the lines that
-- were corrected into theirs, whatever number or name stood there.
CREATE FUNCTION burials_erased() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    WITH RECURSIVE theirs AS (
        SELECT id, corrects_id FROM registrations_burial
         WHERE nik_hash = OLD.nik_hash OR sealed IS NULL
        UNION
        SELECT before.id, before.corrects_id
          FROM registrations_burial before JOIN theirs ON before.id = theirs.corrects_id
    )
    UPDATE registrations_burial
       SET sealed = NULL, nik_hash = NULL, key = NULL, certificate = NULL,
           died_on = '1900-01-01', buried_on = '1900-01-01', void_reason = '-'
     WHERE id IN (SELECT id FROM theirs) AND sealed IS NOT NULL;
    RETURN NULL;
END $$;
