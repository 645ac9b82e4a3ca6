-- Deferred: locks the chain's end after everything else of its transaction, until the commit.
CREATE FUNCTION access_chain() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    last accounts_accesshead;
    hashed bytea;
BEGIN
    INSERT INTO accounts_accesshead (office, seq, hash) VALUES (NEW.office, 0, '')
        ON CONFLICT DO NOTHING;
    SELECT * INTO last FROM accounts_accesshead WHERE office = NEW.office FOR UPDATE;
    hashed := access_hash(NEW, last.hash);
    INSERT INTO accounts_accesslink (log_id, office, seq, previous_hash, hash)
        VALUES (NEW.id, NEW.office, last.seq + 1, last.hash, hashed);
    UPDATE accounts_accesshead SET seq = last.seq + 1, hash = hashed WHERE office = NEW.office;
    RETURN NULL;
END $$;
