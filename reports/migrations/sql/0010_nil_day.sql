-- The first report of a day on which nobody was served: the office that says so may not write reports,
-- and this writes no other. Not outside the caller's scope, not of a day that is not over anywhere or
-- that no office reports any more (the last thirty by any clock of the country), not where anything was
-- logged. Returns whether it wrote one.
CREATE FUNCTION nil_day(regency text, day date, places integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF length(regency) <> 5
       OR regency < (SELECT scope_low()) OR regency >= (SELECT scope_high())
       OR day >= (now() AT TIME ZONE 'Asia/Jayapura')::date
       OR day < (now() AT TIME ZONE 'Asia/Jakarta')::date - 30
       OR EXISTS (SELECT 1 FROM registrations_servicerecord led
                   WHERE led.office_id = regency AND led.service_date = day)
    THEN
        RETURN false;
    END IF;
    INSERT INTO reports_regencyday
        (regency_id, service_date, revision, ledger_seq, reason, latest, target, built_at)
    SELECT regency, day, 1,
           coalesce((SELECT built_to FROM reports_buildhead WHERE regency_id = regency), 0),
           'first', true, places, now()
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO reports_buildhead (regency_id, built_to, nil_days) VALUES (regency, 0, 1)
    ON CONFLICT (regency_id) DO UPDATE SET nil_days = reports_buildhead.nil_days + 1;
    RETURN true;
END $$;
