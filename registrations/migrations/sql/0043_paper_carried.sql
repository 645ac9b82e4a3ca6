-- A correction writes a record anew: its paper goes to that one, before it is written. With the rights of
-- whoever corrects: paper and person are of one office.
CREATE FUNCTION paper_carried(before uuid, again uuid, person uuid) RETURNS void LANGUAGE sql AS $$
    UPDATE registrations_paper paper
       SET record_id = again, resident_id = person,
           state = CASE
               WHEN paper.exchanged_by_id IS NOT NULL THEN 'exchanged'
               WHEN EXISTS (SELECT FROM registrations_paper other
                             WHERE other.extends_id = paper.id AND other.state <> 'void') THEN 'replaced'
               ELSE 'valid' END
     WHERE paper.record_id = before
$$;
