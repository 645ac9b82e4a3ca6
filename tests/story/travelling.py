"""Days that pass within a story: what was planned is put back by so many, as if it had been planned so long ago."""

from __future__ import annotations

from django.db import connection

from tests.engines import as_superuser

#: What is planned for a day. People, lists, the ledger and who looked at what stay where they are.
PLANNED = (
    *("reports_plan", "reports_planadoption", "reports_planduty"),
    *("events_serviceevent", "events_servicesession", "events_assignment"),
    "registrations_appointment",
)
_BACK = {
    "date": "{0} - {1}",
    "timestamp with time zone": "{0} - make_interval(days => {1})",
    "tstzrange": (
        "tstzrange(lower({0}) - make_interval(days => {1}), upper({0}) - make_interval(days => {1}))"
    ),
}


def days_pass(days: int) -> None:
    """Past every rule: nobody plans for a day that is over."""
    statements = []
    with connection.cursor() as cursor:
        for table in PLANNED:
            cursor.execute(
                "SELECT column_name, data_type FROM information_schema.columns"
                " WHERE table_name = %s AND is_generated = 'NEVER'",
                [table],
            )
            sets = [
                f'"{name}" = ' + _BACK[kind].format(f'"{name}"', days)
                for name, kind in cursor.fetchall()
                if kind in _BACK
            ]
            statements.append(f"UPDATE {table} SET {', '.join(sets)}")
    as_superuser("; ".join(["SET session_replication_role = replica", *statements]))
