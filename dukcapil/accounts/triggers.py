"""SQL that migrations of several apps share."""

#: Rows are written once. Used by the access log and the service ledger.
APPEND_ONLY = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM web, worker;
"""

APPEND_ONLY_UNDO = """
DROP TRIGGER {table}_append_only ON {table};
DROP TRIGGER {table}_no_truncate ON {table};
"""

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';
END $$;
"""

#: Row-level security. `scope()` treats unset and empty alike: nothing.
SCOPE = """
CREATE FUNCTION scope() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.scope', true), '');

CREATE FUNCTION in_range(code text, region text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN code COLLATE "C" = region
        OR (code COLLATE "C" >= region || '.' AND code COLLATE "C" < region || '/');

CREATE FUNCTION in_scope(office text, village text, event uuid) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(
        scope() = '*'
        OR (
            in_range(office, split_part(scope(), ';', 1))
            AND (
                split_part(scope(), ';', 2) = ''
                OR in_range(village, split_part(scope(), ';', 2))
            )
        )
        OR event::text = ANY (string_to_array(nullif(split_part(scope(), ';', 3), ''), ',')),
        false
    );
"""

SCOPE_UNDO = """
DROP FUNCTION in_scope(text, text, uuid);
DROP FUNCTION in_range(text, text);
DROP FUNCTION scope();
"""


def scope_policies(table: str, expression: str, *, owner_reads: bool = True) -> str:
    """Force row-level security on a table with people: the serving roles inside their scope,
    keeper for the definer functions, owner to read for verify_invariants."""
    policies = f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY serve ON {table} TO web, worker USING ({expression}) WITH CHECK ({expression});
CREATE POLICY keep ON {table} TO keeper USING (true) WITH CHECK (true);
"""
    if owner_reads:
        policies += f"CREATE POLICY verify ON {table} FOR SELECT TO owner USING (true);\n"
    return policies


def as_keeper(statements: str) -> str:
    """Create or replace functions of `keeper`, who may create nothing at any other time."""
    return f"""
GRANT CREATE ON SCHEMA public TO keeper;
SET LOCAL ROLE keeper;
{statements}
SET LOCAL ROLE NONE;
REVOKE CREATE ON SCHEMA public FROM keeper;
"""


LOG = "accounts_accesslog"

#: An array of JSON, so that no text can be moved from one field into its neighbour.
ACCESS_HASH = f"""
CREATE FUNCTION access_hash(r {LOG}, before bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sha256(before || convert_to(jsonb_build_array(
        r.id, extract(epoch FROM r.at)::text, r.action, r.user_id, r.posting_id, r.office,
        r.kind, r.subject, r.reason, r."case", r.found
    )::text, 'UTF8'))
$$;
"""

#: Deferred: locks the chain's end after everything else of its transaction, until the commit.
ACCESS_CHAIN = """
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
"""

ACCESS_RIGHTS = f"""
CREATE CONSTRAINT TRIGGER access_chain AFTER INSERT ON {LOG}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION access_chain();
REVOKE ALL ON accounts_accesslink, accounts_accesshead FROM web, worker;
GRANT SELECT, INSERT, UPDATE ON accounts_accesshead TO keeper;
GRANT SELECT, INSERT ON accounts_accesslink TO keeper;
ALTER TABLE {LOG} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {LOG} FORCE ROW LEVEL SECURITY;
-- Whatever happened is written, by whomever; read it an office does for itself.
CREATE POLICY write ON {LOG} FOR INSERT TO web, worker WITH CHECK (true);
CREATE POLICY serve ON {LOG} FOR SELECT TO web, worker USING (in_scope(office, office, NULL));
CREATE POLICY verify ON {LOG} FOR SELECT TO owner USING (true);
"""

#: Rows from before the chain are linked in the order in which they were numbered.
ACCESS_BACKFILL = f"""
DO $$
DECLARE
    row {LOG};
    place bigint := 0;
    last bytea := '';
    office_of text;
BEGIN
    FOR row IN SELECT * FROM {LOG} ORDER BY office, id LOOP
        IF office_of IS DISTINCT FROM row.office THEN
            place := 0; last := ''; office_of := row.office;
        END IF;
        place := place + 1;
        INSERT INTO accounts_accesslink (log_id, office, seq, previous_hash, hash)
            VALUES (row.id, row.office, place, last, access_hash(row, last))
            RETURNING hash INTO last;
    END LOOP;
    INSERT INTO accounts_accesshead (office, seq, hash)
        SELECT DISTINCT ON (office) office, seq, hash FROM accounts_accesslink
         ORDER BY office, seq DESC;
END $$;
"""
