"""Rules of accounts that a CHECK cannot say, with their words."""

import pgtrigger
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict, rule
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
