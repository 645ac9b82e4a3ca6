-- Keeps as many places of a session out as its broken recording sets take away. Whoever has a place
-- keeps it: free ones go first, spread evenly over the hours and lanes; when these are not enough,
-- places that are held are marked, so that they are not given away again once they come free. When a
-- set works again, marks on held places go first.
--
-- Never waits for a place that somebody is about to take or to give back: it takes another one.
CREATE FUNCTION fit_places(asked uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    total bigint;
    marked bigint;
    missing bigint;
BEGIN
    -- One at a time; bookings, which share the session's key, go on.
    PERFORM 1 FROM events_servicesession WHERE id = asked FOR NO KEY UPDATE;
    SELECT count(*), count(*) FILTER (WHERE kept_for = 'out') INTO total, marked
      FROM events_seat WHERE session_id = asked AND service = 'recording';
    missing := places_out(asked, total) - marked;
    IF missing > 0 THEN
        WITH free AS (
            SELECT id, number FROM events_seat
             WHERE session_id = asked AND service = 'recording' AND holder IS NULL
               AND kept_for <> 'out'
               FOR UPDATE SKIP LOCKED),
        ranked AS (
            SELECT id, row_number() OVER (ORDER BY number) AS place,
                   count(*) OVER () AS n, least(missing, count(*) OVER ()) AS wanted
              FROM free)
        UPDATE events_seat seat SET kept_before = seat.kept_for, kept_for = 'out'
          FROM ranked
         WHERE seat.id = ranked.id AND place * wanted / n > (place - 1) * wanted / n;
        GET DIAGNOSTICS marked = ROW_COUNT;
        UPDATE events_seat SET kept_before = kept_for, kept_for = 'out'
         WHERE id IN (
            SELECT id FROM events_seat
             WHERE session_id = asked AND service = 'recording' AND holder IS NOT NULL
               AND kept_for <> 'out'
             ORDER BY number DESC LIMIT missing - marked FOR UPDATE SKIP LOCKED);
    ELSIF missing < 0 THEN
        UPDATE events_seat SET kept_for = kept_before, kept_before = NULL
         WHERE id IN (
            SELECT id FROM events_seat
             WHERE session_id = asked AND service = 'recording' AND kept_for = 'out'
             ORDER BY holder IS NULL, number LIMIT -missing FOR UPDATE SKIP LOCKED);
    END IF;
END $$;
