-- Counts of lists follow their entries, whoever writes these: by village, and by the venue of whoever is at one.
-- First the rows, then what changed: a row of differences alone could be below zero.
CREATE OR REPLACE FUNCTION count_roll() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    added text := 'SELECT list_id, village_id, venue AS venue_id, state, 1 AS n FROM added';
    was text := 'SELECT list_id, village_id, venue AS venue_id, state, -1 AS n FROM was';
    changes text;
    counts text;
    place text;
BEGIN
    FOR counts, place IN VALUES ('registrations_rollcount', 'village_id'),
                                ('registrations_rollvenuecount', 'venue_id')
    LOOP
        changes := CASE TG_OP WHEN 'INSERT' THEN added WHEN 'DELETE' THEN was
                              ELSE added || ' UNION ALL ' || was END;
        changes := format('SELECT list_id, %1$I, state, sum(n) AS n FROM (%2$s) each'
                          ' WHERE %1$I IS NOT NULL GROUP BY 1, 2, 3 HAVING sum(n) <> 0', place, changes);
        EXECUTE format('INSERT INTO %1$I (list_id, %2$I)'
                       ' SELECT DISTINCT list_id, %2$I FROM (%3$s) changes ORDER BY 1, 2'
                       ' ON CONFLICT DO NOTHING', counts, place, changes);
        EXECUTE format('UPDATE %1$I kept SET'
            ' recorded = kept.recorded + changes.recorded, explained = kept.explained + changes.explained,'
            ' booked = kept.booked + changes.booked, asked = kept.asked + changes.asked,'
            ' open = kept.open + changes.open, "left" = kept."left" + changes."left"'
            ' FROM (SELECT list_id, %2$I,'
            '   coalesce(sum(n) FILTER (WHERE state = ''recorded''), 0) AS recorded,'
            '   coalesce(sum(n) FILTER (WHERE state = ''explained''), 0) AS explained,'
            '   coalesce(sum(n) FILTER (WHERE state = ''booked''), 0) AS booked,'
            '   coalesce(sum(n) FILTER (WHERE state = ''asked''), 0) AS asked,'
            '   coalesce(sum(n) FILTER (WHERE state = ''open''), 0) AS open,'
            '   coalesce(sum(n) FILTER (WHERE state = ''left''), 0) AS "left"'
            '  FROM (%3$s) changes GROUP BY 1, 2) changes'
            ' WHERE kept.list_id = changes.list_id AND kept.%2$I = changes.%2$I', counts, place, changes);
    END LOOP;
    RETURN NULL;
END $$;
