"""Of a revision only the mark `latest` ever changes; of a day only the newest is confirmed."""

import pgtrigger
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.triggers import roles_that, signed_by
from dukcapil.core.errors import Conflict, Invalid, rule
from dukcapil.core.rules import Rule, signs, with_parent

REGENCYDAY_FROZEN = Rule(
    name="regencyday_frozen",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF TG_OP = 'DELETE' OR NOT OLD.latest OR NEW.latest
           OR (to_jsonb(NEW) - 'latest') IS DISTINCT FROM (to_jsonb(OLD) - 'latest')
        THEN
            RAISE EXCEPTION 'a revision is never changed' USING ERRCODE = 'DK001';
        END IF;
        RETURN NEW;
    """,
)


rule(
    "DK303",
    lambda: Conflict(
        "newer-revision", _("There is a newer revision of this day. Look at it before you confirm.")
    ),
)


rule("DK304", lambda: Conflict("day-locked", _("The province has locked this day.")))


rule(
    "DK305",
    lambda: Invalid(
        "nil-reason",
        _("Give a reason exactly when nobody was served on the day."),
        field="nil_reason",
    ),
)


CONFIRMATION_RULES = Rule(
    name="confirmation_rules",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("day", "reports_regencyday"), ("nil", "boolean")],
    func="""
        SELECT * INTO day FROM reports_regencyday WHERE id = NEW.day_id;
        IF NOT day.latest THEN
            RAISE EXCEPTION 'a newer revision exists' USING ERRCODE = 'DK303';
        END IF;
        IF EXISTS (SELECT 1 FROM reports_daylock lock
                    WHERE lock.regency_id = day.regency_id AND lock.service_date = day.service_date) THEN
            RAISE EXCEPTION 'the day is locked' USING ERRCODE = 'DK304';
        END IF;
        nil := NOT EXISTS (SELECT 1 FROM reports_daycount cell
                            WHERE cell.day_id = day.id AND cell.service_date = day.service_date);
        IF nil <> (NEW.nil_reason <> '') THEN
            RAISE EXCEPTION 'a reason is given for nil alone' USING ERRCODE = 'DK305';
        END IF;
        RETURN NEW;
    """,
)


CONFIRMED_BY = signed_by(
    "confirmed_by",
    "confirmed_by_id",
    roles_that(Permission.REPORTS_CONFIRM),
    region="SELECT regency_id FROM reports_regencyday WHERE id = NEW.day_id",
)
LOCKED_BY = signed_by(
    "locked_by", "locked_by_id", roles_that(Permission.REPORTS_LOCK), region="NEW.regency_id"
)


CONFIRMATION_SIGNED = signs(
    "confirmation_signed",
    "SELECT encode(day_content(day), 'hex') INTO signed"
    " FROM reports_regencyday day WHERE day.id = NEW.day_id;",
)


LOCK_SIGNED = signs(
    "lock_signed",
    "SELECT encode(day_content(day), 'hex') INTO signed FROM reports_regencyday day"
    " WHERE day.regency_id = NEW.regency_id AND day.service_date = NEW.service_date AND day.latest;",
)


#: An array, so that the index of seals is asked for these days, however many seals there are.
COUNTS_WITH_DAY = with_parent(
    "counts_with_day",
    "SELECT 1 FROM public.accounts_seal seal WHERE seal.kind = 'reports_regencyday'"
    " AND seal.row = ANY (ARRAY(SELECT DISTINCT day_id FROM added))",
)


EARLY_WITH_DAY = with_parent(
    "early_with_day",
    "SELECT 1 FROM public.accounts_seal seal WHERE seal.kind = 'reports_regencyday'"
    " AND seal.row = ANY (ARRAY(SELECT DISTINCT day_id FROM added))",
)
