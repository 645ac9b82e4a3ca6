-- Who is erased anywhere is erased in every office's registers that have the number.
CREATE FUNCTION burials_erased() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE registrations_burial
       SET sealed = NULL, nik_hash = NULL, key = NULL, certificate = NULL,
           died_on = '1900-01-01', buried_on = '1900-01-01', void_reason = '-'
     WHERE nik_hash = OLD.nik_hash;
    RETURN NULL;
END $$;
