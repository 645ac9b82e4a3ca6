-- The next link of a chain. Called by `seal` (as keeper) and by migrations (as owner): nobody else
-- may write what it writes.
CREATE FUNCTION seal_append(named text, kind text, id bigint, content bytea) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    last accounts_sealhead;
    link accounts_seal;
BEGIN
    SELECT * INTO last FROM accounts_sealhead WHERE chain = named FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO accounts_sealhead (chain, seq, hash) VALUES (named, 0, '')
            ON CONFLICT DO NOTHING;
        SELECT * INTO last FROM accounts_sealhead WHERE chain = named FOR UPDATE;
    END IF;
    link := (named, last.seq + 1, kind, id, content, last.hash, NULL);
    link.hash := seal_hash(link);
    INSERT INTO accounts_seal VALUES (link.*);
    UPDATE accounts_sealhead SET seq = link.seq, hash = link.hash WHERE chain = named;
END $$;
-- Deferred: at the commit a row has all that belongs to it, and its chain is locked for a moment only.
-- seal(function that hashes the row with its children, chain [, column with one chain a value])
CREATE FUNCTION seal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    of jsonb := to_jsonb(NEW);
    named text := TG_ARGV[1];
    content bytea;
BEGIN
    IF TG_NARGS > 2 THEN
        named := named || ' ' || (of ->> TG_ARGV[2]);
    END IF;
    EXECUTE format('SELECT %I($1)', TG_ARGV[0]) INTO content USING NEW;
    PERFORM seal_append(
        named, TG_TABLE_NAME, coalesce(of ->> 'id', of ->> 'user_id')::bigint, content);
    RETURN NULL;
END $$;
