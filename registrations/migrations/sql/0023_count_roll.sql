-- Counts of lists follow their entries, whoever writes them. First the rows, then what changed: a row of
-- differences alone could be below zero.
CREATE FUNCTION count_roll() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    added text := 'SELECT list_id, village_id, state, 1 AS n FROM added';
    was text := 'SELECT list_id, village_id, state, -1 AS n FROM was';
    changes text;
BEGIN
    changes := CASE TG_OP WHEN 'INSERT' THEN added WHEN 'DELETE' THEN was
                          ELSE added || ' UNION ALL ' || was END;
    changes := 'SELECT list_id, village_id, state, sum(n) AS n FROM (' || changes || ') each'
               ' GROUP BY 1, 2, 3 HAVING sum(n) <> 0';
    EXECUTE 'INSERT INTO registrations_rollcount (list_id, village_id)'
            ' SELECT DISTINCT list_id, village_id FROM (' || changes || ') changes ORDER BY 1, 2'
            ' ON CONFLICT DO NOTHING';
    EXECUTE 'UPDATE registrations_rollcount kept SET'
            ' recorded = kept.recorded + changes.recorded, explained = kept.explained + changes.explained,'
            ' booked = kept.booked + changes.booked, asked = kept.asked + changes.asked,'
            ' open = kept.open + changes.open, "left" = kept."left" + changes."left"'
            ' FROM (SELECT list_id, village_id,'
            '   coalesce(sum(n) FILTER (WHERE state = ''recorded''), 0) AS recorded,'
            '   coalesce(sum(n) FILTER (WHERE state = ''explained''), 0) AS explained,'
            '   coalesce(sum(n) FILTER (WHERE state = ''booked''), 0) AS booked,'
            '   coalesce(sum(n) FILTER (WHERE state = ''asked''), 0) AS asked,'
            '   coalesce(sum(n) FILTER (WHERE state = ''open''), 0) AS open,'
            '   coalesce(sum(n) FILTER (WHERE state = ''left''), 0) AS "left"'
            '  FROM (' || changes || ') changes GROUP BY 1, 2) changes'
            ' WHERE kept.list_id = changes.list_id AND kept.village_id = changes.village_id';
    RETURN NULL;
END $$;
