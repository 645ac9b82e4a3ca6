"""A rule of people that a CHECK cannot say, with its words."""

import pgtrigger
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict, rule
from dukcapil.core.rules import Rule

rule(
    "DK209",
    lambda: Conflict(
        "number-doubtful",
        _("A doubtful number is accepted with one of its services, or replaced by the right one."),
        field="nik",
    ),
)

#: Else whoever may write people could let a doubtful number count without anybody's decision.
DOUBT_STAYS = Rule(
    name="resident_doubt_stays",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    func="""
        IF NEW.doubtful_number IS DISTINCT FROM OLD.doubtful_number
           AND NEW.nik_hash = OLD.nik_hash THEN
            RAISE EXCEPTION 'the number is the same' USING ERRCODE = 'DK209';
        END IF;
        RETURN NEW;
    """,
)
