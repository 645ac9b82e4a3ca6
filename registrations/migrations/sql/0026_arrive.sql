-- What an office hands over to others, as one row of an array each. Only the office of the caller's scope
-- sends; whoever is on the way already from there is replaced. Nothing is told of what the other holds.
CREATE FUNCTION arrive(
    sender text, of_kind text, of_source uuid,
    ids uuid[], offices text[], villages text[], persons bytea[], contents bytea[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF sender IS NULL OR sender < (SELECT scope_low()) OR sender >= (SELECT scope_high()) THEN
        RAISE EXCEPTION 'not of the sender''s office' USING ERRCODE = '42501';
    END IF;
    INSERT INTO registrations_arrival
        (id, kind, office_id, village_id, from_office_id, source, person, sealed, state, why)
    SELECT id, of_kind, office, village, sender, of_source, person, content, 'waiting', ''
      FROM unnest(ids, offices, villages, persons, contents) AS sent (id, office, village, person, content)
     WHERE office <> sender
     ORDER BY office, person
    ON CONFLICT (office_id, from_office_id, kind, person) WHERE state = 'waiting'
    DO UPDATE SET sealed = excluded.sealed, village_id = excluded.village_id, came_at = now(),
                  earlier = CASE WHEN registrations_arrival.source = excluded.source
                                 THEN registrations_arrival.earlier
                                 ELSE array_append(
                                     array_remove(registrations_arrival.earlier, excluded.source),
                                     registrations_arrival.source) END,
                  source = excluded.source;
END $$;
-- Takes back what nobody has decided; how many that were is told to nobody. What an earlier list that stands
-- handed over, too, goes on waiting.
CREATE FUNCTION arrivals_taken_back(sender text, of_source uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE registrations_arrival
       SET earlier = array_remove(earlier, of_source)
     WHERE of_source = ANY (earlier) AND from_office_id = sender AND state = 'waiting'
       AND sender >= (SELECT scope_low()) AND sender < (SELECT scope_high());
    UPDATE registrations_arrival
       SET source = earlier[cardinality(earlier)], earlier = trim_array(earlier, 1)
     WHERE source = of_source AND from_office_id = sender AND state = 'waiting' AND earlier <> '{}'
       AND sender >= (SELECT scope_low()) AND sender < (SELECT scope_high());
    UPDATE registrations_arrival
       SET state = 'withdrawn', sealed = NULL, person = NULL, decided_at = now()
     WHERE source = of_source AND from_office_id = sender AND state = 'waiting'
       AND sender >= (SELECT scope_low()) AND sender < (SELECT scope_high());
END $$;
-- Who is erased anywhere is erased in what waits elsewhere.
CREATE FUNCTION arrivals_erased() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE registrations_arrival
       SET state = 'gone', sealed = NULL, person = NULL, decided_at = now()
     WHERE person = OLD.nik_hash AND state = 'waiting';
    RETURN NULL;
END $$;
