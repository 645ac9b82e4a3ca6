-- What stands beside a day's reports of offices: of who was recorded on that day what SIAK said last on it, by code;
-- and how many suket of days before were neither exchanged, replaced nor taken back. Counts, and no person. An
-- office without a row keeps no such thing: of it nobody knows.
CREATE FUNCTION day_row_beside(offices text[], day date)
RETURNS TABLE (office text, what text, n bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT said.office_id::text, said.code::text, count(*)
      FROM (SELECT DISTINCT ON (led.office_id, led.resident_id) led.office_id, status.code
              FROM registrations_servicerecord led
              JOIN registrations_recordstatus status ON status.resident_id = led.resident_id
               AND timezone(led.timezone, status.at)::date = day AND status.code <> 'UNREGISTERED'
             WHERE led.office_id = ANY (offices) AND led.service_date = day
               AND led.service = 'recording' AND led.outcome = 'done' AND led.row_kind = 'record'
               AND (SELECT sum(one.weight) FROM registrations_servicerecord one
                     WHERE one.id = led.id OR one.ref_id = led.id) > 0
             ORDER BY led.office_id, led.resident_id, status.at DESC, status.newest DESC,
                      status.entered_at DESC) said
     GROUP BY 1, 2
    UNION ALL
    SELECT paper.office_id, 'suket_before', count(*) FILTER (
               WHERE paper.state <> 'void' AND paper.issued_on < day
                 AND (exchange.id IS NULL OR exchange.service_date >= day)
                 AND NOT EXISTS (SELECT FROM registrations_paper later
                                  WHERE later.extends_id = paper.id AND later.state <> 'void'
                                    AND later.issued_on < day))
      FROM registrations_paper paper
      LEFT JOIN registrations_servicerecord exchange ON exchange.id = paper.exchanged_by_id
     WHERE paper.office_id = ANY (offices) AND paper.kind = 'suket' AND paper.issued_on <= day
     GROUP BY 1
$$;
