"""The written list: who may do what with which table, and every policy of row-level security.

`differences` compares it with PostgreSQL's catalogue; a test, `check --database default` and
`prepare_server` do so. A table that is not listed here is a difference: whoever adds one says first
who may touch it.

Letters are PostgreSQL's: r SELECT, a INSERT, w UPDATE, d DELETE. `owner` owns every table and
`backup` reads every one; both are checked, not repeated below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ALL = "arwd"


@dataclass(frozen=True)
class Rights:
    """What each role may do with a table; a role that is not named may do nothing."""

    web: str = ""
    worker: str = ""
    figures: str = ""
    keeper: str = ""


_PLANS = Rights(web=ALL, worker="r")
#: Rows are added, never changed: a release answers with those of its moment.
_ADDED = Rights(web="ar", worker="r")
_SECRETS = Rights(web=ALL, worker="r")
_HISTORY = Rights(web="ar", worker="ar")
_PUBLISHED = Rights(web="ar", worker="ar")
_READ = Rights(web="r", worker="r")

TABLES: dict[str, Rights] = {
    # Who works here, and how they log in: no policy, grants only.
    "accounts_user": Rights(web="arw", worker="r"),
    "accounts_posting": Rights(web="arw", worker="r"),
    "accounts_postingevent": Rights(web="ar", worker="r"),
    "accounts_apitoken": _SECRETS,
    "accounts_idempotentanswer": Rights(web=ALL, worker="rd"),
    "account_emailaddress": _SECRETS,
    "account_emailconfirmation": _SECRETS,
    "mfa_authenticator": _SECRETS,
    "usersessions_usersession": _SECRETS,
    "django_session": _SECRETS,
    "knox_authtoken": Rights(),
    # Who looked at what: written by everybody, read by the office, linked by the definer alone.
    "accounts_accesslog": Rights(web="ar", worker="ar"),
    "accounts_accesslink": Rights(keeper="ar"),
    "accounts_accesshead": Rights(keeper="arw"),
    "pghistory_context": Rights(web="arw", worker="arw"),
    # Plans: no person in them.
    "events_serviceevent": Rights(web="arw", worker="r"),
    "events_servicesession": Rights(web="arw", worker="r"),
    "events_seat": _PLANS,
    "events_team": _PLANS,
    "events_device": _PLANS,
    "events_assignment": _PLANS,
    "events_teammember": _PLANS,
    "events_loan": Rights(web="arw", worker="r"),
    "events_station": _PLANS,
    "events_eventcost": _PLANS,
    "events_eventobstacle": _PLANS,
    "events_eventblanko": _PLANS,
    "events_eventaudience": _PLANS,
    "events_calendarlink": Rights(web="arw", worker="r"),
    "events_election": _ADDED,
    "events_localday": _ADDED,
    "events_serviceeventevent": Rights(web="ar", worker="r"),
    "events_servicesessionevent": Rights(web="ar", worker="r"),
    # People: behind both walls. A job imports residents and fills exports.
    "registrations_resident": Rights(web="arw", worker="arw", keeper="r"),
    "registrations_residentidentity": Rights(web="arw", worker="arw"),
    "registrations_residentevent": _HISTORY,
    "registrations_appointment": Rights(web="arw", worker="r", keeper="r"),
    "registrations_appointmentservice": Rights(web="arw", worker="r"),
    "registrations_servicerecord": Rights(web="ar", worker="r", keeper="r"),
    "registrations_visitgroup": Rights(web="arw", worker="r"),
    "registrations_waiting": Rights(web="arw", worker="r"),
    "registrations_visitrequest": Rights(web="arw", worker="r"),
    "registrations_message": Rights(web="arw", worker="rw"),
    "registrations_recordnote": Rights(web="ar", worker="r"),
    "registrations_export": Rights(web="arw", worker="rw"),
    "registrations_effectiveservice": Rights(keeper=ALL),
    "registrations_ledgerhead": Rights(web="r", worker="r", figures="r", keeper="arw"),
    # Figures: a job writes them, nobody changes them.
    "reports_buildhead": Rights(web="r", worker="arw", figures="r"),
    "reports_regencyday": Rights(web="r", worker="arw", figures="r"),
    "reports_daycount": Rights(web="r", worker="ar", figures="r"),
    "reports_release": Rights(web="ar", worker="ar", figures="r"),
    "reports_releaseentry": Rights(web="ar", worker="ar", figures="r"),
    "reports_populationbasis": _PUBLISHED,
    "reports_populationfigure": _PUBLISHED,
    "reports_basisdecision": _ADDED,
    "reports_target": _ADDED,
    "reports_dayconfirmation": _ADDED,
    "reports_daylock": _ADDED,
    "reports_publication": _ADDED,
    "reports_publicfigure": _ADDED,
    "reports_webhook": Rights(web="arw", worker="r"),
    "reports_webhookdelivery": Rights(web="ar", worker="arw"),
    "reports_figurefile": Rights(web="ar", worker="rw"),
    # Loaded by migrations and commands of the owner.
    "regions_region": _READ,
    "regions_retiredcode": _READ,
    "auth_group": _READ,
    "auth_group_permissions": _READ,
    "auth_permission": _READ,
    "django_content_type": _READ,
    "django_migrations": _READ,
}

#: Of the ledger `figures` reads what counts: never an id, a resident, an author or a device.
COLUMNS: dict[tuple[str, str], frozenset[str]] = {
    ("registrations_servicerecord", "figures"): frozenset(
        "office_id seq row_kind service outcome reason category domicile_id place_id occurred_at"
        " timezone service_date received_at weight".split()
    ),
}

_SERVE = "{web,worker}"
_PEOPLE = {
    "registrations_resident": "in_scope(office_id, village_id, NULL)",
    "registrations_residentidentity": "in_scope(office_id, village_id, NULL)",
    "registrations_residentevent": "in_scope(office_id, village_id, NULL)",
    "registrations_appointment": "in_scope(office_id, village_id, event_id)",
    "registrations_appointmentservice": "in_scope(office_id, village_id, event_id)",
    "registrations_servicerecord": "in_scope(office_id, domicile_id, event_id)",
    "registrations_visitgroup": "in_scope(office_id, NULL, event_id)",
    "registrations_waiting": "in_scope(office_id, village_id, event_id)",
    "registrations_visitrequest": "in_scope(office_id, village_id, NULL)",
    "registrations_message": "in_scope(office_id, NULL, event_id)",
    "registrations_recordnote": "in_scope(office_id, village_id, event_id)",
    "registrations_export": "in_scope(office_id, NULL, NULL)",
}

#: (table, policy) -> roles, command, USING, WITH CHECK. Casts that PostgreSQL adds are left out.
POLICIES: dict[tuple[str, str], tuple[str, str, str | None, str | None]] = {
    **{(table, "serve"): (_SERVE, "ALL", rule, rule) for table, rule in _PEOPLE.items()},
    **{(table, "keep"): ("{keeper}", "ALL", "true", "true") for table in _PEOPLE},
    **{(table, "verify"): ("{owner}", "SELECT", "true", None) for table in _PEOPLE},
    # Who is lent to an event sees the people booked there.
    ("registrations_resident", "serve_lent"): ("{web}", "SELECT", "lent(id)", None),
    ("registrations_residentidentity", "serve_lent"): (
        *("{web}", "SELECT", "lent(resident_id)", None),
    ),
    ("registrations_servicerecord", "count"): ("{figures}", "SELECT", "true", None),
    ("registrations_effectiveservice", "keep"): ("{keeper}", "ALL", "true", "true"),
    ("registrations_effectiveservice", "verify"): ("{owner}", "SELECT", "true", None),
    ("accounts_accesslog", "write"): (_SERVE, "INSERT", None, "true"),
    ("accounts_accesslog", "serve"): (_SERVE, "SELECT", "in_scope(office, office, NULL)", None),
    ("accounts_accesslog", "verify"): ("{owner}", "SELECT", "true", None),
}

#: Functions that run with the rights of `keeper`; every other one runs as who calls it.
DEFINERS = frozenset({"ledger_append", "recorded_dates", "access_chain", "present_on"})

#: role -> may log in, bypasses row-level security. None is superuser or creates anything.
ROLES = {
    "owner": (True, False),
    "web": (True, False),
    "worker": (True, False),
    "backup": (True, True),
    "figures": (False, False),
    "keeper": (False, False),
}
#: Who may enter which role.
MEMBERS = frozenset({("figures", "web"), ("figures", "worker"), ("keeper", "owner")})

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
       regexp_replace(regexp_replace(qual, '::(text|uuid)', '', 'g'), '(?<!\\w)\\((\\w+)\\)', '\\1', 'g'),
       regexp_replace(regexp_replace(with_check, '::(text|uuid)', '', 'g'),
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
            *_definers(cursor),
            *_roles(cursor),
        ]
    )


def _fetch(cursor: Any, sql: str, params: Any = None) -> list[tuple[Any, ...]]:
    cursor.execute(sql, params)
    return list(cursor.fetchall())


def _tables(cursor: Any) -> list[str]:
    wrong = []
    found: dict[str, dict[str, str]] = {}
    for table, role, privileges in _fetch(cursor, _FOUND_TABLES):
        letters = "".join(sorted(_LETTERS.get(word, "?") for word in (privileges or "").split()))
        found.setdefault(table, {})[role] = letters
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


def _policies(cursor: Any) -> list[str]:
    found = {
        (table, name): (roles, command, using, check)
        for table, name, roles, command, using, check, permissive in _fetch(cursor, _FOUND_POLICIES)
        if permissive == "PERMISSIVE"
    }
    wrong = [
        f"{table}: policy {name} is {found.get((table, name))}, not {POLICIES.get((table, name))}"
        for table, name in sorted(found.keys() | POLICIES.keys())
        if found.get((table, name)) != POLICIES.get((table, name))
    ]
    walled = {table for table, _name in POLICIES}
    for table, enabled, forced in _fetch(cursor, _FOUND_FORCED):
        if (enabled and forced) is not (table in walled):
            wrong.append(f"{table}: row-level security is {'on' if enabled else 'off'}")
    return wrong


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
