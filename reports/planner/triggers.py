"""What of a plan never changes, and from when on, whoever writes."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.triggers import roles_that, signed_by
from dukcapil.core.errors import Conflict, Invalid, rule
from dukcapil.core.rules import Rule, SharedRule

rule(
    "DK310",
    lambda: Conflict(
        "plan-state", _("A plan goes on from where it is: it has moved on meanwhile.")
    ),
)
rule(
    "DK311",
    lambda: Conflict("plan-decided", _("This plan was adopted. It stays as it was decided.")),
)
rule("DK312", lambda: Invalid("plan-office", _("This belongs to another office."), field="site"))

#: Columns that say what was asked for.
_ASKED = (
    "id office_id from_day until_day given instance_hash instance basis_id election_id cut seed"
    " parent_id asked_by_id created_at"
).split()
#: What the job finds: of a draft a bound may come later, of a plan that was adopted nothing.
_FOUND = "objective cost expected bound bound_scope proven relaxed refused versions".split()


def _row(name: str, columns: list[str]) -> str:
    return "(" + ", ".join(f"{name}.{column}" for column in columns) + ")"


def _differs(columns: list[str]) -> str:
    return f"{_row('NEW', columns)} IS DISTINCT FROM {_row('OLD', columns)}"


PLAN_MOVES_ON = Rule(
    name="plan_moves_on",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func=f"""
        IF TG_OP = 'DELETE' OR {_differs(_ASKED)} THEN
            RAISE EXCEPTION 'it was asked for so' USING ERRCODE = 'DK001';
        END IF;
        IF NEW.state <> OLD.state AND NOT (
               (OLD.state = 'waiting' AND NEW.state IN ('solving', 'failed', 'stopped'))
            OR (OLD.state = 'solving' AND NEW.state IN ('waiting', 'done', 'failed', 'stopped'))) THEN
            RAISE EXCEPTION 'no such step' USING ERRCODE = 'DK310';
        END IF;
        IF OLD.standing <> 'draft' AND {_differs(_FOUND)} THEN
            RAISE EXCEPTION 'it is decided' USING ERRCODE = 'DK311';
        END IF;
        IF NEW.standing <> OLD.standing AND NOT (
               (OLD.standing = 'draft' AND NEW.standing = 'adopted' AND NEW.state = 'done'
                AND EXISTS (SELECT FROM reports_planadoption made WHERE made.plan_id = NEW.id))
            OR (OLD.standing = 'adopted' AND NEW.standing = 'replaced')) THEN
            RAISE EXCEPTION 'no such step' USING ERRCODE = 'DK310';
        END IF;
        RETURN NEW;
    """,
)

#: `plan_of`: how the row knows its plan. Of an adopted plan only the event of a stop is written.
_STAYS = """
        IF EXISTS (SELECT FROM reports_plan plan WHERE plan.id = {plan_of} AND plan.standing <> 'draft')
           AND NOT ({but}) THEN
            RAISE EXCEPTION 'it is decided' USING ERRCODE = 'DK311';
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
"""


def _stays(plan_of: str, but: str = "false") -> pgtrigger.Trigger:
    return SharedRule(
        name="stays",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=_STAYS.format(plan_of=plan_of, but=but),
    )


_OWN = "CASE WHEN TG_OP = 'DELETE' THEN OLD.plan_id ELSE NEW.plan_id END"
ROWS_STAY = _stays(_OWN)
STOPS_STAY = _stays(
    "(SELECT duty.plan_id FROM reports_planduty duty WHERE duty.id ="
    " CASE WHEN TG_OP = 'DELETE' THEN OLD.duty_id ELSE NEW.duty_id END)",
    "TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'event_id' = to_jsonb(OLD) - 'event_id'",
)


#: The library does not type it.
_UpdateOf: Any = pgtrigger.UpdateOf


def of_own_sites(*columns: str) -> pgtrigger.Trigger:
    """Sites of the row's own office alone: `columns` point to sites."""
    values = ", ".join(f"NEW.{column}" for column in columns)
    return SharedRule(
        name="own_sites",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | _UpdateOf("office_id", *columns),
        func=f"""
        IF EXISTS (SELECT FROM reports_siteprofile site
                    WHERE site.id IN ({values}) AND site.office_id <> NEW.office_id) THEN
            RAISE EXCEPTION 'of another office' USING ERRCODE = 'DK312';
        END IF;
        RETURN NEW;
    """,
    )


OWN_TEAM = Rule(
    name="planpin_own_team",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | _UpdateOf("office_id", "team_id"),
    func="""
        IF EXISTS (SELECT FROM events_team team
                    WHERE team.id = NEW.team_id AND team.office_id <> NEW.office_id) THEN
            RAISE EXCEPTION 'of another office' USING ERRCODE = 'DK312';
        END IF;
        RETURN NEW;
    """,
)

_SETS = roles_that(Permission.PLANS_SET)

#: What the evening's job measures is nobody's.
TURNOUT_SET_BY = signed_by(
    "turnout_set_by", "set_by_id", _SETS, region="NEW.region_id", spared="NEW.measured"
)
PLAN_RULES_SET_BY = signed_by("plan_rules_set_by", "set_by_id", _SETS, region="NEW.region_id")
ADOPTED_BY = signed_by("plan_adopted_by", "adopted_by_id", _SETS, region="NEW.office_id")
