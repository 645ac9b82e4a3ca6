"""Rules of accounts that a CHECK cannot say, with their words."""

import pgtrigger
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import ROLES, Permission
from dukcapil.core.errors import Conflict, Invalid, rule
from dukcapil.core.rules import Rule, SharedRule

rule("DK001", lambda: Conflict("append-only", _("This row is never changed.")))
rule(
    "DK002",
    lambda: Conflict("demonstration", _("A database of real users is no demonstration.")),
)
rule(
    "DK003",
    lambda: Conflict("two-people", _("A second person, who is independent, decides about this.")),
)

# Of `core.rules.signs` and `with_parent`.
rule(
    "DK004",
    lambda: Conflict(
        "other-version", _("This was changed after you saw it. Look at it again before you decide.")
    ),
)
rule(
    "DK005",
    lambda: Conflict("sealed", _("This stands as it was decided. Nothing is added to it.")),
)

rule(
    "DK006",
    lambda: Invalid(
        "whose-work",
        _("Whose work this is decides it, and is named: somebody who is posted to it today."),
    ),
)


def roles_that(*permissions: Permission) -> str:
    """SQL: the roles that may do one of these."""
    named = sorted(role for role, one in ROLES.items() if one.permissions & set(permissions))
    return "ARRAY[" + ", ".join(f"'{role}'" for role in named) + "]"


def signed_by(
    name: str, column: str, roles: str, *, region: str, spared: str = "", code: str = "DK006"
) -> Rule:
    """A new row counts at once, or as somebody's signature: it names an account whose work that is in this
    `region`, whoever writes it. In nobody's name rows come from those who do not serve, and where they are
    `spared`. All of these are SQL.
    """
    nameless = " OR ".join(filter(None, ["current_user NOT IN ('web', 'worker')", spared]))
    return Rule(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"""
        IF NEW.{column} IS NULL AND ({nameless}) THEN
            RETURN NEW;
        END IF;
        IF NOT whose_work(NEW.{column}, {roles}, ({region})) THEN
            RAISE EXCEPTION 'nobody whose work this is' USING ERRCODE = '{code}';
        END IF;
        RETURN NEW;
    """,
    )


#: A real database never becomes a demonstration, nor a real user one of its accounts.
USER_DEMONSTRATION = Rule(
    name="user_demonstration",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    func="""
        IF TG_OP = 'UPDATE' THEN
            IF NEW.demonstration <> OLD.demonstration THEN
                RAISE EXCEPTION 'a demonstration is made, not declared' USING ERRCODE = 'DK002';
            END IF;
        ELSIF NEW.demonstration AND EXISTS (SELECT FROM accounts_user WHERE NOT demonstration)
              AND NOT EXISTS (SELECT FROM accounts_user WHERE demonstration) THEN
            RAISE EXCEPTION 'this database is no demonstration' USING ERRCODE = 'DK002';
        END IF;
        RETURN NEW;
    """,
)

#: The time of an act is the database's.
DATED = SharedRule(
    name="dated",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="NEW.at := clock_timestamp(); RETURN NEW;",
)

#: Nobody approves the own proposal, one about themselves, or one of somebody who made them. Empty
#: `decided_by`: the machine's operator, on the server.
STAFF_TWO_PEOPLE = Rule(
    name="staff_two_people",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("proposal", "accounts_staffproposal")],
    func="""
        SELECT * INTO proposal FROM accounts_staffproposal WHERE id = NEW.proposal_id;
        IF NEW.verdict = 'approved' AND NEW.decided_by_id IS NOT NULL
           AND (NEW.decided_by_id = proposal.user_id
                OR one_person(proposal.proposed_by_id, NEW.decided_by_id, clock_timestamp())
                   IS NOT NULL) THEN
            RAISE EXCEPTION 'a second person decides' USING ERRCODE = 'DK003';
        END IF;
        RETURN NEW;
    """,
)

#: Who proposed something may withdraw it: that is somebody who decides about staff, too.
STAFF_DECIDED_BY = signed_by(
    "staff_decided_by",
    "decided_by_id",
    roles_that(Permission.STAFF_DECIDE),
    region="SELECT region_id FROM accounts_staffproposal WHERE id = NEW.proposal_id",
)
