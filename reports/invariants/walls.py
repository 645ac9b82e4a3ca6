"""What protects people: row-level security, append-only tables, roles, the tree of regions."""

from __future__ import annotations

from collections.abc import Iterable

from django.apps import apps

from dukcapil.core.rules import APPEND_ONLY
from dukcapil.grants import walled
from registrations.ledger.models import EffectiveService
from reports.invariants.rule import Invariant


def _people() -> tuple[str, ...]:
    """Every table that must have the second wall: those with people, and keyed hashes of NIK."""
    return (*(table for table, _scope, _key in walled()), EffectiveService._meta.db_table)


def _append_only() -> tuple[str, ...]:
    return tuple(
        model._meta.db_table
        for model in apps.get_models()
        if set(APPEND_ONLY) <= set(getattr(model._meta, "triggers", ()))
    )


def _names(tables: Iterable[str]) -> str:
    return ", ".join(f"'{table}'" for table in tables)


WALLS = [
    Invariant(
        "regions-tree",
        "every region lies in its parent and has the zone of its province",
        "SELECT child.code FROM regions_region child"
        "  LEFT JOIN regions_region parent ON parent.code = child.parent_id"
        " WHERE child.level <> 'nation' AND (parent.code IS NULL OR (parent.code <> '00'"
        "   AND (left(child.code, length(parent.code) + 1) <> parent.code || '.'"
        "        OR child.timezone <> parent.timezone)))",
    ),
    Invariant(
        "walls-forced",
        "row-level security is forced on every table with people",
        "SELECT table_name FROM unnest(ARRAY["
        + _names(_people())
        + "]) table_name LEFT JOIN pg_class c ON c.oid = to_regclass(table_name)"
        " WHERE NOT coalesce(c.relrowsecurity AND c.relforcerowsecurity, false)",
    ),
    Invariant(
        "append-only",
        "append-only tables have their triggers on, and serving roles may not change them",
        "SELECT table_name FROM unnest(ARRAY["
        + _names(_append_only())
        + "]) table_name WHERE (SELECT count(*) FROM pg_trigger t"
        "    WHERE t.tgrelid = to_regclass(table_name)"
        "    AND t.tgname IN (table_name || '_append_only', table_name || '_no_truncate')"
        "    AND t.tgenabled = 'O') <> 2"
        "  OR has_table_privilege('web', table_name, 'UPDATE, DELETE, TRUNCATE')"
        "  OR has_table_privilege('worker', table_name, 'UPDATE, DELETE, TRUNCATE')",
    ),
    Invariant(
        "staff-two-people",
        "a second person, or the server's operator, approved what was proposed about staff",
        "SELECT proposal.id FROM accounts_staffproposal proposal"
        "  JOIN accounts_staffdecision decision ON decision.proposal_id = proposal.id"
        " WHERE decision.verdict = 'approved' AND decision.decided_by_id IS NOT NULL"
        "  AND (decision.decided_by_id IS NOT DISTINCT FROM proposal.user_id OR"
        "   one_person(proposal.proposed_by_id, decision.decided_by_id, decision.at) IS NOT NULL)",
    ),
    Invariant(
        "ledger-trigger",
        "the ledger's trigger is on, only keeper writes the ledger, and only web may ask it to",
        "SELECT 'ledger_by_keeper' WHERE NOT EXISTS (SELECT 1 FROM pg_trigger"
        "   WHERE tgrelid = 'registrations_servicerecord'::regclass AND tgname = 'ledger_by_keeper'"
        "     AND tgenabled = 'O')"
        " UNION ALL SELECT t FROM unnest(ARRAY['registrations_ledgerhead',"
        "   'registrations_effectiveservice']) t"
        "  WHERE has_table_privilege('web', t, 'INSERT, UPDATE, DELETE')"
        "     OR has_table_privilege('worker', t, 'INSERT, UPDATE, DELETE')"
        " UNION ALL SELECT role FROM unnest(ARRAY['web', 'worker', 'figures', 'backup']) role"
        "  WHERE has_table_privilege(role, 'registrations_servicerecord', 'INSERT')"
        "     OR has_any_column_privilege(role, 'registrations_servicerecord', 'INSERT')"
        "     OR has_function_privilege(role, 'ledger_write(json, boolean)', 'EXECUTE') <> (role = 'web')",
    ),
    Invariant(
        "serving-roles",
        "no serving role is superuser, bypasses row-level security or owns a table",
        "SELECT r.rolname FROM pg_roles r WHERE r.rolname IN ('web', 'worker', 'figures')"
        " AND (r.rolsuper OR r.rolbypassrls OR EXISTS (SELECT 1 FROM pg_class c"
        "   WHERE c.relowner = r.oid AND c.relnamespace = 'public'::regnamespace))",
    ),
]
