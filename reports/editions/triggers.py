"""How rarely editions are made, and that their rows come with them, whoever writes."""

from __future__ import annotations

import pgtrigger
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.triggers import roles_that, signed_by
from dukcapil.core.errors import Conflict, rule
from dukcapil.core.locks import Lock
from dukcapil.core.rules import Rule, with_parent
from reports.editions.enums import APART, MOST


def too_soon(until: str = "") -> Conflict:
    text = _(
        "An edition of this region, of a part of it or of a region around it was made less than 30 days ago."
    )
    if not until:
        return Conflict("edition-too-soon", text)
    next_one = _("The next one may be made on %(day)s.") % {"day": until}
    return Conflict("edition-too-soon", f"{text} {next_one}")


def too_many() -> Conflict:
    return Conflict(
        "edition-too-many",
        _("Three editions were made for this election: there are no more of it."),
    )


rule("DK306", too_soon)
rule("DK307", too_many)

_OVERLAPS = (
    "(starts_with(made.region_id || '.', NEW.region_id || '.')"
    " OR starts_with(NEW.region_id || '.', made.region_id || '.'))"
)

#: One at a time: of two at the same moment the second one sees the first.
EDITION_LIMITS = Rule(
    name="edition_limits",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        PERFORM pg_advisory_xact_lock({Lock.EDITIONS.value}, hashtext(''));
        IF EXISTS (SELECT 1 FROM reports_edition made WHERE {_OVERLAPS}
                   AND made.made_at > clock_timestamp() - interval '{APART.days} days') THEN
            RAISE EXCEPTION 'too soon after another edition' USING ERRCODE = 'DK306';
        END IF;
        IF (SELECT count(*) FROM reports_edition made
             WHERE made.election_id = NEW.election_id AND {_OVERLAPS}) >= {MOST} THEN
            RAISE EXCEPTION 'too many editions of an election' USING ERRCODE = 'DK307';
        END IF;
        RETURN NEW;
    """,
)

ROWS_WITH_EDITION = with_parent(
    "rows_with_edition",
    "SELECT 1 FROM (SELECT DISTINCT edition_id FROM added) added WHERE EXISTS"
    " (SELECT 1 FROM public.accounts_seal seal"
    "   WHERE seal.kind = 'reports_edition' AND seal.row = added.edition_id)",
)

EDITION_MADE_BY = signed_by(
    "edition_made_by", "made_by_id", roles_that(Permission.EDITIONS_MAKE), region="NEW.region_id"
)
