"""Database roles, the same in the embedded, the test and the production server.

========  ======  ==============================================================================
role      logs in  may
========  ======  ==============================================================================
owner     yes     own the tables; migrations and verify_invariants only; reads people, never writes
web       yes     pages and API, inside the scope of the person who asks
worker    yes     jobs, inside the scope that the job sets
figures   no      read the counting columns of the ledger; entered with SET LOCAL ROLE
keeper    no      own the SECURITY DEFINER functions behind the ledger
backup    yes     read everything for pg_dump
========  ======  ==============================================================================

PostgreSQL 15 or newer.
"""

from __future__ import annotations

from pathlib import Path

import psycopg2
from psycopg2 import sql

from dukcapil import embedded

#: A refused row may be a person: neither it nor a statement's values go to the server's log.
_QUIET = {
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    # An error's own words may quote the value ("invalid input syntax ... \"Siti\""): not even those.
    "log_min_messages": "fatal",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
}
SESSION_DEFAULTS = {
    "web": {
        "statement_timeout": "30s",
        "idle_in_transaction_session_timeout": "60s",
        **_QUIET,
    },
    "worker": {"idle_in_transaction_session_timeout": "600s", **_QUIET},
    "owner": _QUIET,
    "backup": _QUIET,
}

CLUSTER = [
    "GRANT figures TO web, worker",
    "GRANT keeper TO owner",
]

_DEFAULT = "ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA public"

IN_DATABASE = [
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    "ALTER SCHEMA public OWNER TO owner",
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    "GRANT USAGE ON SCHEMA public TO web, worker, figures, keeper, backup",
    # No default rights for the serving roles: dukcapil/grants.py is applied after `migrate`.
    f"{_DEFAULT} REVOKE ALL ON TABLES FROM web, worker",
    f"{_DEFAULT} REVOKE ALL ON SEQUENCES FROM web, worker, keeper",
    f"{_DEFAULT} GRANT SELECT ON TABLES TO backup",
    f"{_DEFAULT} GRANT SELECT ON SEQUENCES TO backup",
    # The months of the day counts, which are read through their one table.
    "CREATE SCHEMA IF NOT EXISTS daycounts AUTHORIZATION owner",
    "GRANT USAGE ON SCHEMA daycounts TO backup",
    "ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA daycounts GRANT SELECT ON TABLES TO backup",
]


def may_prepare(url: str) -> bool:
    """Whether this login may create roles (then `prepare` can and should be run with it)."""
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        row = cursor.fetchone()
    connection.close()
    return bool(row and row[0])


def prepare(url: str, var: Path) -> None:
    """Create the roles and hand the database to its owner. Running it again changes nothing.

    `url` is a superuser's address of the application's database. Passwords are random, one for
    each role, and stand 0600 in the key folder of `var`.
    """
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            _roles(cursor, var)
            cursor.execute("SELECT current_database()")
            grant_database(cursor, cursor.fetchone()[0])
            for statement in IN_DATABASE:
                cursor.execute(statement)
    finally:
        connection.close()


def grant_database(cursor: psycopg2.extensions.cursor, name: str) -> None:
    """Rights on a database itself; a copy made from a template does not inherit them."""
    database = sql.Identifier(name)
    for statement in (
        "ALTER DATABASE {} OWNER TO owner",
        # No temporary tables for web: one could hide a real table of the same name.
        "REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {} TO web, worker, backup",
        "GRANT TEMPORARY ON DATABASE {} TO worker",
    ):
        cursor.execute(sql.SQL(statement).format(database))


def _roles(cursor: psycopg2.extensions.cursor, var: Path) -> None:
    cursor.execute("SELECT rolname FROM pg_roles")
    present = {row[0] for row in cursor.fetchall()}
    for role in ("figures", "keeper"):
        if role not in present:
            cursor.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
    for role in embedded.LOGIN_ROLES:
        verb = "ALTER" if role in present else "CREATE"
        # NOINHERIT: the rights of another role hold only after SET ROLE.
        rights = "LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE"
        rights += " BYPASSRLS" if role == "backup" else " NOBYPASSRLS"
        cursor.execute(
            sql.SQL(f"{verb} ROLE {{}} {rights} PASSWORD %s").format(sql.Identifier(role)),
            [embedded.role_password(var, role)],
        )
    for statement in CLUSTER:
        cursor.execute(statement)
    for role, defaults in SESSION_DEFAULTS.items():
        for name, value in defaults.items():
            cursor.execute(
                sql.SQL("ALTER ROLE {} SET {} = %s").format(
                    sql.Identifier(role), sql.Identifier(name)
                ),
                [value],
            )
