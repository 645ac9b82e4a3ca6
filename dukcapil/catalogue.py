"""PostgreSQL's catalogue against the written list (`dukcapil/grants.py`): compared, and made to agree."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import connection, transaction
from pgtrigger import registry

from dukcapil import grants
from dukcapil.core.rules import Rule
from dukcapil.grants import COLUMNS, DEFINERS, FUNCTIONS, MEMBERS, ROLES, TABLES, Policy

_FOUND_TABLES = """
SELECT c.relname, coalesce(a.grantee::regrole::text, ''), string_agg(a.privilege_type, ' ')
  FROM pg_class c LEFT JOIN LATERAL aclexplode(c.relacl) a ON true
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
 GROUP BY 1, 2
"""
_FOUND_COLUMNS = """
SELECT attrelid::regclass::text, a.grantee::regrole::text, array_agg(attname::text)
  FROM pg_attribute, aclexplode(attacl) a
 WHERE attacl IS NOT NULL AND a.privilege_type = 'SELECT'
   AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
 GROUP BY 1, 2
"""
_FOUND_MORE_COLUMNS = """
SELECT attrelid::regclass::text || '.' || attname FROM pg_attribute, aclexplode(attacl) a
 WHERE attacl IS NOT NULL AND a.privilege_type <> 'SELECT'
   AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
"""
_FOUND_POLICIES = """
SELECT tablename, policyname, roles::text, cmd,
       regexp_replace(regexp_replace(qual, '::text', '', 'g'), '(?<!\\w)\\((\\w+)\\)', '\\1', 'g'),
       regexp_replace(regexp_replace(with_check, '::text', '', 'g'),
                      '(?<!\\w)\\((\\w+)\\)', '\\1', 'g'),
       permissive
  FROM pg_policies WHERE schemaname = 'public'
"""
_FOUND_FORCED = """
SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
"""
_FOUND_DEFINERS = """
SELECT proname, proowner::regrole::text, coalesce(array_to_string(proconfig, ' '), '') FROM pg_proc
 WHERE prosecdef AND pronamespace = 'public'::regnamespace
"""
#: Those of extensions are the server's matter.
_FOUND_FUNCTIONS = """
SELECT proname, prosrc FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
   AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
#: Identity columns need no right on their sequence, so nobody who serves has one.
_FOUND_SEQUENCES = """
SELECT DISTINCT c.relname, a.grantee::regrole::text FROM pg_class c, aclexplode(c.relacl) a
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S'
   AND a.grantee::regrole::text NOT IN ('owner', 'backup')
"""
_FOUND_ROLES = """
SELECT rolname, rolcanlogin, rolbypassrls, rolsuper OR rolcreatedb OR rolcreaterole
            OR rolreplication
  FROM pg_roles WHERE rolname = ANY (%s)
"""
_FOUND_MEMBERS = """
SELECT roleid::regrole::text, member::regrole::text FROM pg_auth_members
 WHERE roleid::regrole::text = ANY (%s) OR member::regrole::text = ANY (%s)
"""
_LETTERS = {"SELECT": "r", "INSERT": "a", "UPDATE": "w", "DELETE": "d"}


def differences(cursor: Any) -> list[str]:
    """What the database at hand grants otherwise than written above; empty when nothing."""
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
    found: dict[str, dict[str, str]] = {}
    for table, role, privileges in _fetch(cursor, _FOUND_TABLES):
        letters = "".join(sorted(_LETTERS.get(word, "?") for word in (privileges or "").split()))
        found.setdefault(table, {})[role] = letters
    return found


def _tables(cursor: Any) -> list[str]:
    wrong = []
    found = _rights(cursor)
    for table in sorted(found.keys() | TABLES.keys()):
        if table not in TABLES:
            wrong.append(f"{table}: not listed in dukcapil/grants.py")
            continue
        if table not in found:
            wrong.append(f"{table}: listed, and not there")
            continue
        rights = {role: "".join(sorted(may)) for role, may in vars(TABLES[table]).items() if may}
        rights["backup"] = "r"
        there = {role: may for role, may in found[table].items() if role not in ("owner", "")}
        wrong += [
            f"{table}: {role} has '{there.get(role, '')}', not '{rights.get(role, '')}'"
            for role in sorted(rights.keys() | there.keys())
            if rights.get(role, "") != there.get(role, "")
        ]
    return wrong


def _columns(cursor: Any) -> list[str]:
    found = {(t, role): frozenset(names) for t, role, names in _fetch(cursor, _FOUND_COLUMNS)}
    wrong = [
        f"{table}: columns for {role} differ"
        for table, role in sorted(found.keys() | COLUMNS.keys())
        if found.get((table, role)) != COLUMNS.get((table, role))
    ]
    return wrong + [f"{name}: may be written" for (name,) in _fetch(cursor, _FOUND_MORE_COLUMNS)]


def _found_policies(cursor: Any) -> dict[tuple[str, str], Any]:
    return {
        (table, name): (permissive, roles, command, using, check)
        for table, name, roles, command, using, check, permissive in _fetch(cursor, _FOUND_POLICIES)
    }


def _shown(policy: Policy) -> tuple[str, str, str, str | None, str | None]:
    """A policy as the catalogue should show it."""
    return (
        "PERMISSIVE",
        "{" + ",".join(policy.roles) + "}",
        policy.command,
        policy.using.shown if policy.using else None,
        policy.check.shown if policy.check else None,
    )


def _policies(cursor: Any) -> list[str]:
    found = _found_policies(cursor)
    wanted = {key: _shown(policy) for key, policy in grants.policies().items()}
    wrong = [
        f"{table}: policy {name} is {found.get((table, name))}, not {wanted.get((table, name))}"
        for table, name in sorted(found.keys() | wanted.keys())
        if found.get((table, name)) != wanted.get((table, name))
    ]
    walled = {table for table, _name in wanted}
    for table, enabled, forced in _fetch(cursor, _FOUND_FORCED):
        if (enabled and forced) is not (table in walled):
            wrong.append(f"{table}: row-level security is {'on' if enabled else 'off'}")
    return wrong


def _sequences(cursor: Any) -> list[str]:
    return [f"{name}: {role} may use it" for name, role in _fetch(cursor, _FOUND_SEQUENCES)]


def digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


#: pgtrigger's and pghistory's own, which change with the library.
_OF_LIBRARIES = {"_pgtrigger_should_ignore", "_pgh_attach_context"}


def _functions(cursor: Any) -> list[str]:
    """Bodies are those that were written: in `FUNCTIONS` by hash, of triggers by the model's text."""
    rules: dict[str, str | None] = {}
    for model, trigger in registry.registered():
        compiled = trigger.compile(model)
        if isinstance(trigger, Rule):
            rules[compiled.sql.pgid] = _squeezed(_body_of(compiled.install_sql))
        else:
            rules[compiled.sql.pgid] = None
    wrong, seen = [], set()
    for name, body in _fetch(cursor, _FOUND_FUNCTIONS):
        seen.add(name)
        if name in FUNCTIONS:
            if digest(body) != FUNCTIONS[name]:
                wrong.append(f"{name}(): another body than in dukcapil/grants.py ({digest(body)})")
        elif name in rules:
            if rules[name] is not None and _squeezed(body) != rules[name]:
                wrong.append(f"{name}(): another body than its rule")
        elif name not in _OF_LIBRARIES:
            wrong.append(f"{name}(): not listed in dukcapil/grants.py ({digest(body)})")
    missing = sorted((FUNCTIONS.keys() | rules.keys()) - seen)
    return wrong + [f"{name}(): listed, and not there" for name in missing]


def _body_of(install: str) -> str:
    return install.split("$$")[1]


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _definers(cursor: Any) -> list[str]:
    found = _fetch(cursor, _FOUND_DEFINERS)
    wrong = [
        f"{name}(): runs as {owner} with '{config}'"
        for name, owner, config in found
        if owner != "keeper" or config != "search_path=pg_catalog, public, pg_temp"
    ]
    names = {name for name, _owner, _config in found}
    return wrong + [f"{name}(): definer or not?" for name in sorted(names ^ DEFINERS)]


def _roles(cursor: Any) -> list[str]:
    names = list(ROLES)
    found = {row[0]: row[1:] for row in _fetch(cursor, _FOUND_ROLES, [names])}
    wrong = [
        f"role {name}: {found.get(name)}, not {(*ROLES[name], False)}"
        for name in names
        if found.get(name) != (*ROLES[name], False)
    ]
    members = {(of, who) for of, who in _fetch(cursor, _FOUND_MEMBERS, [names, names])}
    return wrong + [f"role {who} in {of}: {(of, who) in members}" for of, who in members ^ MEMBERS]


# --- making it so ---------------------------------------------------------------------------------


def apply() -> list[str]:
    """Make tables and policies agree with the list, as `owner`. Returns the tables that were changed.

    Only what differs is touched, one table a transaction, and nobody waits long for it: who holds a
    table for more than two seconds makes this fail, to be run again.
    """
    with connection.cursor() as cursor:
        there = {name for name, _on, _forced in _fetch(cursor, _FOUND_FORCED)}
        policies = _found_policies(cursor)
        rights = _rights(cursor)
        columns = {(t, role): frozenset(c) for t, role, c in _fetch(cursor, _FOUND_COLUMNS)}
        walls = {name: on and forced for name, on, forced in _fetch(cursor, _FOUND_FORCED)}
    wanted = {key: policy for key, policy in grants.policies().items() if key[0] in there}
    changed = []
    for table in sorted(there & TABLES.keys()):
        steps = [
            *_steps_of_rights(table, rights.get(table, {}), columns),
            *_steps_of_wall(table, walls[table], policies, wanted),
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
    table: str, found: dict[str, str], columns: dict[tuple[str, str], frozenset[str]]
) -> list[str]:
    words = {letter: word for word, letter in _LETTERS.items()}
    wanted = {role: may for role, may in vars(TABLES[table]).items() if may} | {"backup": "r"}
    steps = []
    for role in sorted((found.keys() | wanted.keys()) - {"owner", ""}):
        if sorted(found.get(role, "")) != sorted(wanted.get(role, "")):
            steps.append(f"REVOKE ALL ON {table} FROM {'PUBLIC' if role == '-' else role}")
            if may := wanted.get(role):
                steps.append(f"GRANT {', '.join(words[x] for x in may)} ON {table} TO {role}")
    for (of, role), names in COLUMNS.items():
        if of == table and columns.get((of, role)) != names:
            steps.append(f"REVOKE ALL ON {table} FROM {role}")
            steps.append(f"GRANT SELECT ({', '.join(sorted(names))}) ON {table} TO {role}")
    return steps


def _steps_of_wall(
    table: str,
    forced: Any,
    found: dict[tuple[str, str], Any],
    wanted: dict[tuple[str, str], Policy],
) -> list[str]:
    mine = {name: policy for (of, name), policy in wanted.items() if of == table}
    steps = []
    for (of, name), there in found.items():
        if of == table and (name not in mine or _shown(mine[name]) != there):
            steps.append(f"DROP POLICY {name} ON {table}")
    for name, policy in mine.items():
        if found.get((table, name)) != _shown(policy):
            using = f" USING ({policy.using.sql})" if policy.using else ""
            check = f" WITH CHECK ({policy.check.sql})" if policy.check else ""
            roles = ", ".join(policy.roles)
            steps.append(
                f"CREATE POLICY {name} ON {table} FOR {policy.command} TO {roles}{using}{check}"
            )
    if bool(mine) is not forced:
        verb = "" if mine else "NO "
        steps.append(f"ALTER TABLE {table} {'ENABLE' if mine else 'DISABLE'} ROW LEVEL SECURITY")
        steps.append(f"ALTER TABLE {table} {verb}FORCE ROW LEVEL SECURITY")
    return steps
