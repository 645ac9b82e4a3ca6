"""Published figures are append-only; of a revision only the mark `latest` ever changes."""

from dukcapil.accounts.triggers import APPEND_ONLY, APPEND_ONLY_UNDO

_FROZEN = (
    "reports_populationbasis",
    "reports_populationfigure",
    "reports_daycount",
    "reports_release",
    "reports_releaseentry",
)

RULES = (
    "".join(APPEND_ONLY.format(table=table) for table in _FROZEN)
    + """
CREATE FUNCTION regencyday_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NOT OLD.latest OR NEW.latest
       OR (NEW.regency_id, NEW.service_date, NEW.revision, NEW.ledger_seq, NEW.reason, NEW.built_at)
          IS DISTINCT FROM
          (OLD.regency_id, OLD.service_date, OLD.revision, OLD.ledger_seq, OLD.reason, OLD.built_at)
    THEN
        RAISE EXCEPTION 'a revision is never changed' USING ERRCODE = 'DK001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER regencyday_frozen BEFORE UPDATE OR DELETE ON reports_regencyday
    FOR EACH ROW EXECUTE FUNCTION regencyday_frozen();
REVOKE UPDATE, DELETE, TRUNCATE ON reports_targetevent FROM web, worker;
REVOKE DELETE, TRUNCATE ON reports_regencyday, reports_buildhead FROM web, worker;
REVOKE INSERT, UPDATE ON reports_regencyday, reports_daycount, reports_buildhead FROM web;
GRANT SELECT ON reports_regencyday, reports_daycount, reports_buildhead, reports_releaseentry,
    reports_release TO figures;
"""
)

UNDO = (
    "".join(APPEND_ONLY_UNDO.format(table=table) for table in _FROZEN)
    + """
DROP TRIGGER regencyday_frozen ON reports_regencyday;
DROP FUNCTION regencyday_frozen();
"""
)
