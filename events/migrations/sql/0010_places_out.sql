-- How many of so many places for recording a session cannot give: the share of the recording sets that
-- are out of order, over its time.
--
-- A plan counts on `kits` sets; one assigned beyond them stands in for one that is out of order. Without
-- that number it counts on those that are assigned. What is left is rounded down: nobody is recorded at
-- a part of a set.
CREATE FUNCTION places_out(asked uuid, places bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
    WITH planned AS (
        SELECT session.event_id, event.kits, tstzrange(session.starts_at, session.ends_at) AS hours,
               extract(epoch FROM session.ends_at - session.starts_at) AS length
          FROM events_servicesession session
          JOIN events_serviceevent event ON event.id = session.event_id
         WHERE session.id = asked),
    used AS (
        SELECT assigned.device_id, assigned.period * planned.hours AS at
          FROM planned
          JOIN events_assignment assigned
            ON assigned.event_id = planned.event_id AND assigned.period && planned.hours
          JOIN events_device device ON device.id = assigned.device_id AND device.kind = 'set'),
    broken AS (
        SELECT used.device_id, used.at * tstzrange(fault.since, fault.until) AS at
          FROM used
          JOIN events_devicefault fault
            ON fault.device_id = used.device_id AND used.at && tstzrange(fault.since, fault.until)),
    -- Between two edges nothing begins or ends.
    edges AS (
        SELECT lower(hours) AS edge FROM planned
         UNION SELECT lower(at) FROM used UNION SELECT upper(at) FROM used
         UNION SELECT lower(at) FROM broken UNION SELECT upper(at) FROM broken),
    pieces AS (
        SELECT edge, extract(epoch FROM lead(edge) OVER (ORDER BY edge) - edge) AS seconds
          FROM edges),
    counted AS (
        SELECT pieces.seconds, planned.kits, planned.length,
               (SELECT count(DISTINCT device_id) FROM used WHERE at @> pieces.edge) AS sets,
               (SELECT count(DISTINCT device_id) FROM broken WHERE at @> pieces.edge) AS down
          FROM pieces, planned WHERE pieces.seconds > 0)
    SELECT least(places, ceil(round(coalesce(sum(
               places * seconds / length
               * CASE WHEN kits > 0 THEN greatest(0, down - greatest(0, sets - kits)) ELSE down END
               / greatest(1, CASE WHEN kits > 0 THEN kits ELSE sets END)), 0), 6)))::bigint
      FROM counted
$$;
