"""Rules of people that a CHECK cannot say, with their words."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict, rule
from dukcapil.core.rules import Rule, SharedRule

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

#: A name is found by the index of each of its first words; those of so many words and more, which are few,
#: are looked through (`services.names`).
WORDS_SEARCHED = 8
_TURNED = "\n".join(
    f"""
        NEW.key_{word} := CASE WHEN cardinality(words) >= {word} THEN
            array_to_string(words[{word}:] || words[:{word - 1}], ' ') END;"""
    for word in range(2, WORDS_SEARCHED + 1)
)

#: Here and not in Python, so that whoever writes a name, erases one, or is a process of the release
#: before, keeps them right.
NAMES_TURNED = Rule(
    name="identity_names_turned",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    declare=[("words", "text[] := string_to_array(NEW.name_key, ' ')")],
    func=f"""{_TURNED}
        RETURN NEW;
    """,
)

rule(
    "DK210",
    lambda: Conflict(
        "recorded-elsewhere",
        _("Another office recorded this number at the same moment. Try again."),
        field="nik",
    ),
)
rule(
    "DK211",
    lambda: Conflict(
        "person-gone",
        _("This person was merged with another row, or erased, meanwhile."),
        field="resident",
    ),
)


#: pgtrigger leaves this class untyped.
_UpdateOf: Any = pgtrigger.UpdateOf


def of_somebody(condition: Any = None) -> pgtrigger.Trigger:
    """Rows are about people who are still held: for tables with a `resident`. Who is being merged or
    erased at this moment is waited for.
    """
    return SharedRule(
        name="of_somebody",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | _UpdateOf("resident_id"),
        condition=condition,
        declare=[("gone", "boolean")],
        func="""
        SELECT merged_into IS NOT NULL OR erased_at IS NOT NULL INTO gone
          FROM registrations_resident WHERE id = NEW.resident_id FOR KEY SHARE;
        IF NOT FOUND THEN  -- a lent clerk's policy shows the person and locks nobody
            SELECT merged_into IS NOT NULL OR erased_at IS NOT NULL INTO gone
              FROM registrations_resident WHERE id = NEW.resident_id;
        END IF;
        IF gone THEN
            RAISE EXCEPTION 'nobody is held here' USING ERRCODE = 'DK211';
        END IF;
        RETURN NEW;
    """,
    )


#: What was called again stays as it was written: it counts in figures. With a person who is merged it goes
#: to the other row, and what is told of the evidence is blanked when somebody is erased.
CALLED_AGAIN_STAYS = Rule(
    name="recordingreopened_stays",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF TG_OP = 'DELETE'
           OR NEW.evidence NOT IN (OLD.evidence, '')
           OR to_jsonb(NEW) - 'resident_id' - 'evidence'
              IS DISTINCT FROM to_jsonb(OLD) - 'resident_id' - 'evidence' THEN
            RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';
        END IF;
        RETURN NEW;
    """,
)
