-- Who is erased anywhere is erased in every office's rosters that have the number.
CREATE FUNCTION roster_erased() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE registrations_rosterentry
       SET sealed = NULL, key = NULL, nik_hash = NULL, class_name = '', doubt = '', triage = ''
     WHERE nik_hash = OLD.nik_hash;
    RETURN NULL;
END $$;
