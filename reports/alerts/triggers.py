"""What becomes of an alert, and who sets its rules, whoever writes."""

import pgtrigger
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.triggers import roles_that, signed_by
from dukcapil.core.errors import Conflict, rule
from dukcapil.core.rules import Rule

rule(
    "DK308",
    lambda: Conflict("alert-moved-on", _("Somebody took this alert, or it is over. Look again.")),
)

#: What it is about never changes; it is taken once, while it is open; what is over stays as it was.
ALERT_MOVES_ON = Rule(
    name="alert_moves_on",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF TG_OP = 'DELETE' OR OLD.closed_at IS NOT NULL
           OR (NEW.kind, NEW.region_id, NEW.subject, NEW.seen_by, NEW.opened_at)
              IS DISTINCT FROM (OLD.kind, OLD.region_id, OLD.subject, OLD.seen_by, OLD.opened_at)
           OR (OLD.taken_at IS NOT NULL AND (NEW.taken_at, NEW.taken_by_id, NEW.note)
               IS DISTINCT FROM (OLD.taken_at, OLD.taken_by_id, OLD.note)) THEN
            RAISE EXCEPTION 'an alert moves on' USING ERRCODE = 'DK308';
        END IF;
        RETURN NEW;
    """,
)

ALERT_RULE_BY = signed_by(
    "alert_rule_by", "by_id", roles_that(Permission.ALERTS_SET), region="NEW.region_id"
)
