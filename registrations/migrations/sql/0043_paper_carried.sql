-- A correction writes a record anew: its paper goes to that one, before it is written. With the rights of
-- whoever corrects: paper and person are of one office.
CREATE FUNCTION paper_carried(before uuid, again uuid, person uuid) RETURNS void LANGUAGE sql AS $$
    UPDATE registrations_paper paper
       SET record_id = again, resident_id = person,
           (state, exchanged_by_id) = (
               SELECT CASE WHEN newer THEN 'replaced' WHEN handed IS NOT NULL THEN 'exchanged' ELSE 'valid' END,
                      CASE WHEN NOT newer THEN handed END
                 FROM (SELECT EXISTS (
                                  SELECT FROM registrations_paper other
                                   WHERE other.resident_id = person AND other.kind = paper.kind
                                     AND other.state <> 'void'
                                     AND (other.issued_at, other.id) > (paper.issued_at, paper.id)) AS newer,
                              (SELECT led.id FROM registrations_servicerecord led
                                WHERE led.resident_id = person AND led.service = 'card_handover'
                                  AND led.outcome = 'done' AND led.row_kind = 'record'
                                  AND paper.kind = 'suket'
                                  AND (SELECT sum(weight) FROM registrations_servicerecord later
                                        WHERE later.id = led.id OR later.ref_id = led.id) > 0
                                ORDER BY led.seq LIMIT 1) AS handed) told)
     WHERE paper.record_id = before
$$;
