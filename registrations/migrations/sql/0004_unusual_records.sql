-- What two offices should look at: recorded for another office's village, late, or for a number that
-- nobody can have been issued. An office is shown its own and those of its villages: of these no
-- person, no author and no event. A lent clerk's events and a village's posting give nothing here.
CREATE FUNCTION unusual_records(since timestamptz)
RETURNS TABLE (
    id uuid, office text, domicile text, service text, outcome text, service_date date,
    received_at timestamptz, elsewhere boolean, late boolean, doubtful boolean, state text
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH unusual AS (
        SELECT led.* FROM registrations_servicerecord led
         WHERE led.row_kind = 'record'
           AND (led.office_id <> left(led.domicile_id, 5)
                OR led.set_aside_code = 'doubtful-number'
                OR led.service_date < timezone(led.timezone, led.received_at)::date - 7)
           AND led.received_at >= since
           AND led.office_id >= (SELECT scope_low()) AND led.office_id < (SELECT scope_high())
        UNION ALL
        SELECT led.* FROM registrations_servicerecord led
         WHERE led.row_kind = 'record'
           AND led.office_id <> left(led.domicile_id, 5)
           AND (led.office_id <> left(led.domicile_id, 5)
                OR led.set_aside_code = 'doubtful-number'
                OR led.service_date < timezone(led.timezone, led.received_at)::date - 7)
           AND led.received_at >= since
           AND led.domicile_id >= (SELECT scope_low()) AND led.domicile_id < (SELECT scope_high())
           AND NOT (led.office_id >= (SELECT scope_low()) AND led.office_id < (SELECT scope_high()))
    )
    SELECT led.id, led.office_id, led.domicile_id, led.service, led.outcome, led.service_date,
           led.received_at, led.office_id <> left(led.domicile_id, 5),
           led.service_date < timezone(led.timezone, led.received_at)::date - 7,
           led.set_aside_code = 'doubtful-number',
           CASE WHEN bool_or(later.row_kind = 'void') THEN 'void'
                WHEN led.weight = 1 OR bool_or(later.row_kind = 'accept') THEN 'counts'
                ELSE 'waits' END
      FROM unusual led LEFT JOIN registrations_servicerecord later ON later.ref_id = led.id
     WHERE (SELECT scope_any_village())
     GROUP BY led.id, led.office_id, led.domicile_id, led.service, led.outcome, led.service_date,
              led.received_at, led.timezone, led.set_aside_code, led.weight
$$;
