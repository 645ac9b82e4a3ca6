"""Published figures are append-only; of a revision only the mark `latest` ever changes."""

from dukcapil.accounts.triggers import APPEND_ONLY, APPEND_ONLY_UNDO, as_keeper

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

# --- figures that people trust (0004) -------------------------------------------------------------

_ADDED = (
    "reports_basisdecision",
    "reports_target",
    "reports_dayconfirmation",
    "reports_daylock",
    "reports_publication",
    "reports_publicfigure",
)

#: Two people: whoever proposed is not the one who decides.
TWO_PEOPLE = """
CREATE FUNCTION basis_two_people() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE importer bigint;
BEGIN
    SELECT imported_by_id INTO importer FROM reports_populationbasis WHERE id = NEW.basis_id;
    IF importer IS NOT NULL AND (NEW.decided_by_id IS NULL OR NEW.decided_by_id = importer) THEN
        RAISE EXCEPTION 'a second person decides' USING ERRCODE = 'DK301';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER basis_two_people BEFORE INSERT ON reports_basisdecision
    FOR EACH ROW EXECUTE FUNCTION basis_two_people();

CREATE FUNCTION publication_two_people() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE release reports_release;
BEGIN
    SELECT * INTO release FROM reports_release WHERE id = NEW.release_id;
    IF release.kind <> 'publication' OR release.proposed_by_id = NEW.approved_by_id THEN
        RAISE EXCEPTION 'a second person publishes' USING ERRCODE = 'DK302';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER publication_two_people BEFORE INSERT ON reports_publication
    FOR EACH ROW EXECUTE FUNCTION publication_two_people();
"""

CONFIRMATION = """
CREATE FUNCTION confirmation_rules() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    day reports_regencyday;
    nil boolean;
BEGIN
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
END $$;
CREATE TRIGGER confirmation_rules BEFORE INSERT ON reports_dayconfirmation
    FOR EACH ROW EXECUTE FUNCTION confirmation_rules();
"""

#: Every month has a table of its own in the schema `daycounts`; what fits none goes to `other`.
MONTHS = """
CREATE FUNCTION daycount_months(first date, last date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE month date := date_trunc('month', first)::date;
BEGIN
    WHILE month <= last LOOP
        BEGIN
            EXECUTE format(
                'CREATE TABLE IF NOT EXISTS daycounts.m%s PARTITION OF public.reports_daycount'
                ' FOR VALUES FROM (%L) TO (%L)',
                to_char(month, 'YYYY_MM'), month, month + interval '1 month');
        EXCEPTION WHEN check_violation THEN
            RAISE NOTICE 'counts of % stay in daycounts.other', month;
        END;
        month := month + interval '1 month';
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION daycount_months(date, date) FROM PUBLIC;
"""

PARTITIONS = """
DROP TRIGGER reports_daycount_append_only ON reports_daycount;
DROP TRIGGER reports_daycount_no_truncate ON reports_daycount;
ALTER TABLE reports_daycount RENAME TO reports_daycount_flat;
ALTER TABLE reports_daycount_flat DROP CONSTRAINT daycount_cell, DROP COLUMN id;
DROP INDEX daycount_service_date;
CREATE TABLE reports_daycount (LIKE reports_daycount_flat) PARTITION BY RANGE (service_date);
ALTER TABLE reports_daycount
    ADD CONSTRAINT daycount_cell PRIMARY KEY
        (service_date, day_id, place_id, domicile_id, service, category, outcome, reason),
    ADD CONSTRAINT daycount_day FOREIGN KEY (day_id) REFERENCES reports_regencyday,
    ADD CONSTRAINT daycount_place_is_region FOREIGN KEY (place_id) REFERENCES regions_region,
    ADD CONSTRAINT daycount_domicile_is_region FOREIGN KEY (domicile_id) REFERENCES regions_region;
CREATE INDEX daycount_service_date ON reports_daycount (service, service_date);
CREATE INDEX daycount_domicile ON reports_daycount (domicile_id, service_date);
CREATE INDEX daycount_place ON reports_daycount (place_id, service_date);
CREATE TABLE daycounts.other PARTITION OF reports_daycount DEFAULT;
SELECT daycount_months('2024-01-01', (now() + interval '12 months')::date);
INSERT INTO reports_daycount SELECT * FROM reports_daycount_flat;
DROP TABLE reports_daycount_flat;
GRANT SELECT ON reports_daycount TO web, worker, figures;
GRANT INSERT ON reports_daycount TO worker;
REVOKE UPDATE, DELETE, INSERT, TRUNCATE ON reports_daycount FROM web;
""" + APPEND_ONLY.format(table="reports_daycount")

REGENCYDAY_FROZEN = """
CREATE OR REPLACE FUNCTION regencyday_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NOT OLD.latest OR NEW.latest
       OR (to_jsonb(NEW) - 'latest') IS DISTINCT FROM (to_jsonb(OLD) - 'latest')
    THEN
        RAISE EXCEPTION 'a revision is never changed' USING ERRCODE = 'DK001';
    END IF;
    RETURN NEW;
END $$;
"""

DECIDED_BEFORE = """
INSERT INTO reports_basisdecision (basis_id, verdict, note, decided_at)
    SELECT id, 'approved', '', created_at FROM reports_populationbasis;
"""

#: How many different people were there, up to a cut of the chain: a count, and no person. It follows
#: from the chain, so no revision keeps it.
PRESENT = """
CREATE FUNCTION present_on(regency text, day date, cut bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT count(DISTINCT led.resident_id) FROM registrations_servicerecord led
     WHERE led.office_id = regency AND led.service_date = day AND led.seq <= cut
       AND led.row_kind = 'record'
       AND NOT EXISTS (SELECT 1 FROM registrations_servicerecord later
                        WHERE later.ref_id = led.id AND later.row_kind = 'void'
                          AND later.seq <= cut)
$$;
"""

TRUSTED = (
    DECIDED_BEFORE
    + "".join(APPEND_ONLY.format(table=table) for table in _ADDED)
    + TWO_PEOPLE
    + CONFIRMATION
    + MONTHS
    + PARTITIONS
    + REGENCYDAY_FROZEN
    + as_keeper(PRESENT)
    + f"""
REVOKE INSERT ON {", ".join(_ADDED)} FROM worker;
REVOKE DELETE ON reports_webhook FROM web;
REVOKE INSERT, UPDATE, DELETE ON reports_webhook FROM worker;
REVOKE UPDATE, DELETE ON reports_webhookdelivery, reports_figurefile FROM web;
REVOKE DELETE ON reports_webhookdelivery FROM worker;
REVOKE INSERT, DELETE ON reports_figurefile FROM worker;
"""
)
