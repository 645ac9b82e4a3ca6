"""PostgreSQL's catalogue against the written list (`dukcapil/grants.py`): compared, and made to agree."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import connection, transaction
from pgtrigger import registry

from dukcapil import grants
from dukcapil.core.rules import Rule
from dukcapil.functions import DEFINERS, FUNCTIONS
from dukcapil.grants import COLUMNS, MEMBERS, ROLES, TABLES, Policy

_TABLES_SQL = """
SELECT c.relname, coalesce(a.grantee::regrole::text, ''), string_agg(a.privilege_type, ' ')
  FROM pg_class c LEFT JOIN LATERAL aclexplode(c.relacl) a ON true
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
 GROUP BY 1, 2
"""
_COLUMNS_SQL = """
SELECT attrelid::regclass::text, a.grantee::regrole::text, array_agg(attname::text)
  FROM pg_attribute, aclexplode(attacl) a
 WHERE attacl IS NOT NULL AND a.privilege_type = 'SELECT'
   AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
 GROUP BY 1, 2
"""
_WRITABLE_COLUMNS_SQL = """
SELECT attrelid::regclass::text || '.' || attname FROM pg_attribute, aclexplode(attacl) a
 WHERE attacl IS NOT NULL AND a.privilege_type <> 'SELECT'
   AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
"""
_POLICIES_SQL = """
SELECT tablename, policyname, roles::text, cmd,
       regexp_replace(regexp_replace(qual, '::text', '', 'g'), '(?<!\\w)\\((\\w+)\\)', '\\1', 'g'),
       regexp_replace(regexp_replace(with_check, '::text', '', 'g'),
                      '(?<!\\w)\\((\\w+)\\)', '\\1', 'g'),
       permissive
  FROM pg_policies WHERE schemaname = 'public'
"""
_ROW_SECURITY_SQL = """
SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
"""
_DEFINERS_SQL = """
SELECT proname, proowner::regrole::text, coalesce(array_to_string(proconfig, ' '), '') FROM pg_proc
 WHERE prosecdef AND pronamespace = 'public'::regnamespace
"""
#: Without the functions of extensions, which come with the server.
_FUNCTIONS_SQL = """
SELECT proname, prosrc FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
   AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
#: Identity columns need no right on their sequence, so no serving role has one.
_SEQUENCES_SQL = """
SELECT DISTINCT c.relname, a.grantee::regrole::text FROM pg_class c, aclexplode(c.relacl) a
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S'
   AND a.grantee::regrole::text NOT IN ('owner', 'backup')
"""
_ROLES_SQL = """
SELECT rolname, rolcanlogin, rolbypassrls, rolsuper OR rolcreatedb OR rolcreaterole
            OR rolreplication
  FROM pg_roles WHERE rolname = ANY (%s)
"""
_MEMBERS_SQL = """
SELECT roleid::regrole::text, member::regrole::text FROM pg_auth_members
 WHERE roleid::regrole::text = ANY (%s) OR member::regrole::text = ANY (%s)
"""
_LETTERS = {"SELECT": "r", "INSERT": "a", "UPDATE": "w", "DELETE": "d"}


def differences(cursor: Any) -> list[str]:
    """What this database grants differently from dukcapil/grants.py; empty when all is alike."""
    return sorted(
        [
            *_tables(cursor),
            *_columns(cursor),
            *_policies(cursor),
            *_sequences(cursor),
            *_definers(cursor),
            *_functions(cursor),
            *_roles(cursor),
        ]
    )


def _fetch(cursor: Any, sql: str, params: Any = None) -> list[tuple[Any, ...]]:
    cursor.execute(sql, params)
    return list(cursor.fetchall())


def _rights(cursor: Any) -> dict[str, dict[str, str]]:
    """table -> role -> letters, sorted."""
    rights: dict[str, dict[str, str]] = {}
    for table, role, privileges in _fetch(cursor, _TABLES_SQL):
        letters = "".join(sorted(_LETTERS.get(word, "?") for word in (privileges or "").split()))
        rights.setdefault(table, {})[role] = letters
    return rights


def _tables(cursor: Any) -> list[str]:
    wrong = []
    granted = _rights(cursor)
    for table in sorted(granted.keys() | TABLES.keys()):
        if table not in TABLES:
            wrong.append(f"{table}: not listed in dukcapil/grants.py")
            continue
        if table not in granted:
            wrong.append(f"{table}: listed, and not there")
            continue
        expected = {
            role: "".join(sorted(letters))
            for role, letters in vars(TABLES[table]).items()
            if letters
        }
        expected["backup"] = "r"
        actual = {
            role: letters for role, letters in granted[table].items() if role not in ("owner", "")
        }
        wrong += [
            f"{table}: {role} has '{actual.get(role, '')}', not '{expected.get(role, '')}'"
            for role in sorted(expected.keys() | actual.keys())
            if expected.get(role, "") != actual.get(role, "")
        ]
    return wrong


def _columns(cursor: Any) -> list[str]:
    actual = {(t, role): frozenset(names) for t, role, names in _fetch(cursor, _COLUMNS_SQL)}
    wrong = [
        f"{table}: columns for {role} differ"
        for table, role in sorted(actual.keys() | COLUMNS.keys())
        if actual.get((table, role)) != COLUMNS.get((table, role))
    ]
    return wrong + [f"{name}: may be written" for (name,) in _fetch(cursor, _WRITABLE_COLUMNS_SQL)]


def _actual_policies(cursor: Any) -> dict[tuple[str, str], Any]:
    return {
        (table, name): (permissive, roles, command, using, check)
        for table, name, roles, command, using, check, permissive in _fetch(cursor, _POLICIES_SQL)
    }


def _as_in_catalogue(policy: Policy) -> tuple[str, str, str, str | None, str | None]:
    """How PostgreSQL's catalogue shows this policy, if it was made as written."""
    return (
        "PERMISSIVE",
        "{" + ",".join(policy.roles) + "}",
        policy.command,
        policy.using.shown if policy.using else None,
        policy.check.shown if policy.check else None,
    )


def _policies(cursor: Any) -> list[str]:
    actual = _actual_policies(cursor)
    expected = {key: _as_in_catalogue(policy) for key, policy in grants.policies().items()}
    wrong = [
        f"{table}: policy {name} is {actual.get((table, name))}, not {expected.get((table, name))}"
        for table, name in sorted(actual.keys() | expected.keys())
        if actual.get((table, name)) != expected.get((table, name))
    ]
    walled = {table for table, _name in expected}
    for table, enabled, forced in _fetch(cursor, _ROW_SECURITY_SQL):
        if (enabled and forced) is not (table in walled):
            wrong.append(f"{table}: row-level security is {'on' if enabled else 'off'}")
    return wrong


def _sequences(cursor: Any) -> list[str]:
    return [f"{name}: {role} may use it" for name, role in _fetch(cursor, _SEQUENCES_SQL)]


def digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


#: Functions of pgtrigger and pghistory, which change with the library.
_OF_LIBRARIES = {"_pgtrigger_should_ignore", "_pgh_attach_context"}


def _functions(cursor: Any) -> list[str]:
    """Functions whose body is not the written one: by hash in `FUNCTIONS`, for triggers by the text
    beside the model.
    """
    rules: dict[str, str | None] = {}
    for model, trigger in registry.registered():
        compiled = trigger.compile(model)
        if isinstance(trigger, Rule):
            rules[compiled.sql.pgid] = _squeezed(_body_of(compiled.install_sql))
        else:
            rules[compiled.sql.pgid] = None
    wrong, present = [], set()
    for name, body in _fetch(cursor, _FUNCTIONS_SQL):
        present.add(name)
        if name in FUNCTIONS:
            if digest(body) != FUNCTIONS[name]:
                wrong.append(f"{name}(): another body than in dukcapil/grants.py ({digest(body)})")
        elif name in rules:
            if rules[name] is not None and _squeezed(body) != rules[name]:
                wrong.append(f"{name}(): another body than its rule")
        elif name not in _OF_LIBRARIES:
            wrong.append(f"{name}(): not listed in dukcapil/grants.py ({digest(body)})")
    missing = sorted((FUNCTIONS.keys() | rules.keys()) - present)
    return wrong + [f"{name}(): listed, and not there" for name in missing]


def _body_of(install: str) -> str:
    return install.split("$$")[1]


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _definers(cursor: Any) -> list[str]:
    definers = _fetch(cursor, _DEFINERS_SQL)
    wrong = [
        f"{name}(): runs as {owner} with '{config}'"
        for name, owner, config in definers
        if owner != "keeper" or config != "search_path=pg_catalog, public, pg_temp"
    ]
    names = {name for name, _owner, _config in definers}
    return wrong + [f"{name}(): definer or not?" for name in sorted(names ^ DEFINERS)]


def _roles(cursor: Any) -> list[str]:
    names = list(ROLES)
    actual = {row[0]: row[1:] for row in _fetch(cursor, _ROLES_SQL, [names])}
    wrong = [
        f"role {name}: {actual.get(name)}, not {(*ROLES[name], False)}"
        for name in names
        if actual.get(name) != (*ROLES[name], False)
    ]
    members = {(of, who) for of, who in _fetch(cursor, _MEMBERS_SQL, [names, names])}
    return wrong + [f"role {who} in {of}: {(of, who) in members}" for of, who in members ^ MEMBERS]


# --- making it so ---------------------------------------------------------------------------------


def apply() -> list[str]:
    """Make tables and policies agree with the list, as `owner`. Returns the tables that were changed.

    Only what differs is changed, one table in each transaction. It fails when another session holds a
    table for more than two seconds, so that nobody waits long; then run it again.
    """
    with connection.cursor() as cursor:
        tables = {name for name, _on, _forced in _fetch(cursor, _ROW_SECURITY_SQL)}
        policies = _actual_policies(cursor)
        rights = _rights(cursor)
        columns = {(t, role): frozenset(c) for t, role, c in _fetch(cursor, _COLUMNS_SQL)}
        walls = {name: on and forced for name, on, forced in _fetch(cursor, _ROW_SECURITY_SQL)}
    expected = {key: policy for key, policy in grants.policies().items() if key[0] in tables}
    changed = []
    for table in sorted(tables & TABLES.keys()):
        steps = [
            *_steps_of_rights(table, rights.get(table, {}), columns),
            *_steps_of_wall(table, walls[table], policies, expected),
        ]
        if not steps:
            continue
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            for step in steps:
                cursor.execute(step)
        changed.append(table)
    return changed


def _steps_of_rights(
    table: str, actual: dict[str, str], columns: dict[tuple[str, str], frozenset[str]]
) -> list[str]:
    words = {letter: word for word, letter in _LETTERS.items()}
    expected = {role: letters for role, letters in vars(TABLES[table]).items() if letters} | {
        "backup": "r"
    }
    steps = []
    for role in sorted((actual.keys() | expected.keys()) - {"owner", ""}):
        if sorted(actual.get(role, "")) != sorted(expected.get(role, "")):
            steps.append(f"REVOKE ALL ON {table} FROM {'PUBLIC' if role == '-' else role}")
            if letters := expected.get(role):
                steps.append(f"GRANT {', '.join(words[x] for x in letters)} ON {table} TO {role}")
    for (of, role), names in COLUMNS.items():
        revoked = any(step.endswith(f" FROM {role}") for step in steps)
        if of == table and (revoked or columns.get((of, role)) != names):
            steps.append(f"REVOKE ALL ON {table} FROM {role}")
            steps.append(f"GRANT SELECT ({', '.join(sorted(names))}) ON {table} TO {role}")
    return steps


def _steps_of_wall(
    table: str,
    forced: Any,
    actual: dict[tuple[str, str], Any],
    expected: dict[tuple[str, str], Policy],
) -> list[str]:
    of_table = {name: policy for (of, name), policy in expected.items() if of == table}
    if not of_table:
        # A wall is never taken down here, whatever a model says: it stays, and is a difference.
        return []
    steps = []
    for (of, name), present in actual.items():
        if of == table and (name not in of_table or _as_in_catalogue(of_table[name]) != present):
            steps.append(f"DROP POLICY {name} ON {table}")
    for name, policy in of_table.items():
        if actual.get((table, name)) != _as_in_catalogue(policy):
            using = f" USING ({policy.using.sql})" if policy.using else ""
            check = f" WITH CHECK ({policy.check.sql})" if policy.check else ""
            roles = ", ".join(policy.roles)
            steps.append(
                f"CREATE POLICY {name} ON {table} FOR {policy.command} TO {roles}{using}{check}"
            )
    if not forced:
        steps.append(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        steps.append(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    return steps
