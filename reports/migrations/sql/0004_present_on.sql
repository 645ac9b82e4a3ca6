-- How many different people were there, up to a cut of the chain: a count, and no person. It follows
-- from the chain, so no revision keeps it. A number that nobody can have been issued is nobody, until
-- one of its records is accepted.
CREATE OR REPLACE FUNCTION present_on(regency text, day date, cut bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT count(DISTINCT led.resident_id) FROM registrations_servicerecord led
     WHERE led.office_id = regency AND led.service_date = day AND led.seq <= cut
       AND led.row_kind = 'record'
       AND NOT EXISTS (SELECT 1 FROM registrations_servicerecord later
                        WHERE later.ref_id = led.id AND later.row_kind = 'void'
                          AND later.seq <= cut)
       AND (led.set_aside_code <> 'doubtful-number'
            OR EXISTS (SELECT 1 FROM registrations_servicerecord later
                        WHERE later.ref_id = led.id AND later.row_kind = 'accept'
                          AND later.seq <= cut))
$$;
