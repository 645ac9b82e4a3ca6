"""Rules of statuses that a CHECK cannot say, with their words."""

from __future__ import annotations

import pgtrigger
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict, Invalid, rule
from dukcapil.core.rules import Rule
from registrations.cards.enums import REFUSED

rule(
    "DK250",
    lambda: Invalid("status-ahead", _("This day has not come yet."), field="at"),
)
rule(
    "DK251",
    lambda: Conflict(
        "status-impossible",
        _(
            "This cannot follow the status that is known. Somebody whose recording was deleted at the"
            " centre is called again first."
        ),
        field="code",
    ),
)

rule(
    "DK252",
    lambda: Conflict(
        "status-newer",
        _("Something newer was said of this person since: take that back first."),
    ),
)

_PAIRS = ", ".join(
    f"'{code.value}>{later.value}'" for code, never in REFUSED.items() for later in never
)

#: One status of a person is the newest. An older one is history; what never follows the newest is
#: refused, unless the recording was called again since: a list that says once more what was said before
#: the call says nothing new. `since`: from when on the code stands.
FOLLOWS = Rule(
    name="recordstatus_follows",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("known", "registrations_recordstatus%ROWTYPE")],
    func=f"""
        IF NEW.at > clock_timestamp() + interval '5 minutes' THEN
            RAISE EXCEPTION 'not yet' USING ERRCODE = 'DK250';
        END IF;
        NEW.since := NEW.at;
        NEW.newest := true;
        SELECT * INTO known FROM registrations_recordstatus
         WHERE resident_id = NEW.resident_id AND newest FOR UPDATE;
        IF NOT FOUND THEN
            RETURN NEW;
        END IF;
        IF NEW.at < known.at THEN
            NEW.newest := false;
            RETURN NEW;
        END IF;
        IF NEW.code = known.code THEN
            NEW.since := known.since;
        ELSIF known.code || '>' || NEW.code IN ({_PAIRS})
              AND NOT EXISTS (SELECT FROM registrations_recordingreopened again
                               WHERE again.resident_id = NEW.resident_id AND again.at >= known.since) THEN
            RAISE EXCEPTION 'impossible' USING ERRCODE = 'DK251';
        END IF;
        UPDATE registrations_recordstatus SET newest = false WHERE id = known.id;
        RETURN NEW;
    """,
)

#: What SIAK said stays. With a person who is merged it goes to the other row; who is erased has none
#: that stands. What was entered wrongly is taken back, as long as nothing newer stands on it.
STAYS = Rule(
    name="recordstatus_stays",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF TG_OP = 'DELETE'
           OR NEW.source NOT IN (OLD.source, '-')
           OR OLD.taken_back AND NOT NEW.taken_back
           OR to_jsonb(NEW) - '{resident_id,newest,source,taken_back}'::text[]
              IS DISTINCT FROM to_jsonb(OLD) - '{resident_id,newest,source,taken_back}'::text[] THEN
            RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';
        END IF;
        IF NEW.taken_back AND NOT OLD.taken_back AND EXISTS (
               SELECT FROM registrations_recordstatus later
                WHERE later.resident_id = NEW.resident_id AND NOT later.taken_back
                  AND later.at >= NEW.at AND later.entered_at > NEW.entered_at
                  AND (NEW.brought_id IS NULL OR later.brought_id IS DISTINCT FROM NEW.brought_id)) THEN
            RAISE EXCEPTION 'something newer stands on it' USING ERRCODE = 'DK252';
        END IF;
        RETURN NEW;
    """,
)
