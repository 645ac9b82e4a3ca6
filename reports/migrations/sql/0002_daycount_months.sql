-- Every month has a table of its own in the schema `daycounts`; what fits none goes to `other`.
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
