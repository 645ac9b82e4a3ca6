-- The trigger of the ledger, once a statement: nobody writes a row past `ledger_write`, whatever was granted.
CREATE FUNCTION ledger_by_keeper() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF current_user <> 'keeper' THEN
        RAISE EXCEPTION 'only ledger_write writes the ledger' USING ERRCODE = '42501';
    END IF;
    RETURN NULL;
END $$;
