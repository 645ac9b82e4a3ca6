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
