"""An outage is at a point or an event of its own office."""

import pgtrigger
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid, rule
from dukcapil.core.rules import Rule

rule(
    "DK153",
    lambda: Invalid(
        "outage-elsewhere", _("This point or event is of another office."), field="office"
    ),
)


OUTAGE_AT_OWN = Rule(
    name="outage_at_own",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    func="""
        IF EXISTS (SELECT 1 FROM events_point WHERE id = NEW.point_id AND office_id <> NEW.office_id)
           OR EXISTS (SELECT 1 FROM events_serviceevent
                       WHERE id = NEW.event_id AND office_id <> NEW.office_id) THEN
            RAISE EXCEPTION 'outage elsewhere' USING ERRCODE = 'DK153';
        END IF;
        RETURN NEW;
    """,
)
