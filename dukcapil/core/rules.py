"""Rules that the database enforces, each written once beside its table.

A constraint gets its message with `says`; a trigger is a `Rule` in `Meta.triggers`, and gets its
message with `core.errors.rule`. `core.errors.from_database` turns a broken rule into that message.
"""

from __future__ import annotations

from typing import Any, Self

import pgtrigger
from django.utils.functional import lazy
from pgtrigger import compiler


class Code(str):
    """The stable code of a broken rule, and the field that it is about."""

    __slots__ = ("field",)
    field: str | None

    def __new__(cls, code: str, field: str | None) -> Self:
        instance = super().__new__(cls, code)
        instance.field = field
        return instance


def says(code: str, message: Any, *, field: str | None = None) -> dict[str, Any]:
    """The words of a constraint: ``UniqueConstraint(..., **says("booked", _("..."), field="services"))``.

    A broken CHECK is Invalid (422), a broken UNIQUE or EXCLUDE a Conflict (409).
    """
    # Django formats the words with the constraint's name: a percent sign of theirs is doubled.
    doubled = lazy(lambda: str(message).replace("%", "%%"), str)()
    return {"violation_error_code": Code(code, field), "violation_error_message": doubled}


class RuleSql(compiler.UpsertTriggerSql):
    """Installs a rule without pgtrigger's switch, with which any session could skip a rule.

    Migrations refer to this class: its SQL must stay as it is, like theirs.
    """

    def get_template(self) -> str:
        return """
            CREATE OR REPLACE FUNCTION {pgid}() RETURNS trigger LANGUAGE plpgsql AS $$
            {declare}
            BEGIN
            {func}
            END $$;
            DROP TRIGGER IF EXISTS {pgid} ON {table};
            CREATE {constraint} TRIGGER {pgid} {when} {operation} ON {table} {timing} {referencing}
                FOR EACH {level} {condition} EXECUTE FUNCTION {execute};
            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
        """


class Rule(pgtrigger.Trigger):
    """A rule of one table that a CHECK cannot express. It raises an SQLSTATE of ours (DKnnn).

    Its trigger and its function have its name.
    """

    def get_pgid(self, model: Any) -> str:
        return str(self.name)

    def compile(self, model: Any) -> compiler.Trigger:
        compiled = super().compile(model)
        return compiler.Trigger(
            name=compiled.name,
            sql=RuleSql(
                **{k: v for k, v in compiled.sql.kwargs.items() if k != "ignore_func_name"}
            ),
        )


class SharedRule(Rule):
    """A rule of several tables: the names of trigger and function begin with the table's."""

    def get_pgid(self, model: Any) -> str:
        return f"{model._meta.db_table}_{self.name}"


_REFUSAL = "RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';"

#: Rows are written once: for `Meta.triggers` of ledgers, logs, decisions and figures.
APPEND_ONLY: list[pgtrigger.Trigger] = [
    SharedRule(
        name="append_only",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=_REFUSAL,
    ),
    SharedRule(
        name="no_truncate",
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        level=pgtrigger.Statement,
        func=_REFUSAL,
    ),
]


def clocked(column: str) -> pgtrigger.Trigger:
    """This time of a new row is the database's, whatever was sent. `clock_timestamp`, not `now`: rows of
    one transaction keep their order.
    """
    return SharedRule(
        name="clock",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"NEW.{column} := clock_timestamp(); RETURN NEW;",
    )


#: pgtrigger leaves this class untyped.
_Referencing: Any = pgtrigger.Referencing


def with_parent(name: str, sql: str) -> pgtrigger.Trigger:
    """Rows come with their parent or not at all. `sql` finds one of `added` that may not come."""
    return Rule(
        name=name,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        level=pgtrigger.Statement,
        referencing=_Referencing(new="added"),
        func=f"""
        IF EXISTS ({sql}) THEN
            RAISE EXCEPTION 'its parent is sealed' USING ERRCODE = 'DK005';
        END IF;
        RETURN NULL;
    """,
    )


def signs(name: str, sql: str) -> pgtrigger.Trigger:
    """A decision carries the hash of what it is about (`sql`); one that was sent must be that hash."""
    return Rule(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        declare=[("signed", "text")],
        func=f"""
        {sql}
        IF NEW.content NOT IN ('', coalesce(signed, '')) THEN
            RAISE EXCEPTION 'another version' USING ERRCODE = 'DK004';
        END IF;
        NEW.content := coalesce(signed, '');
        RETURN NEW;
    """,
    )
