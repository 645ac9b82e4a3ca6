-- The one statement that makes the states of a list: of everybody (`residents` is null), or of those who
-- were touched since. Returns how many entries it added or changed. Only the office's own list, or one in
-- the caller's scope. Bounds are the last birth dates that reach an age on a day: `due` 17 today, `overdue`
-- 22, `before` and `on_day` 17 by the election, `born_by` 17 by the day that the list is for (null: it is
-- cancelled), `last_born_by` the same when the list was closed before. A list of an election holds also who
-- was recorded from `since` on. `adds`: people who are not on the list yet come on it.
-- Whoever lives elsewhere leaves the list, whatever else is known, so that the list of the new home can hold the
-- person: whose village lies in another office, or who was accepted as moved while another office holds the number
-- at home (and has not accepted the same). Whose place in the nation comes free is settled there, and whose entry
-- keeps somebody off another list by such a move is settled again. What people put down beside the entry of a row
-- that was merged goes to the entry of the row that stays.
-- Where somebody is, the newest roster says that names them: a school, a home, a company. Nobody's prison: that is
-- told on its own page alone. Who was erased is counted where they were.
-- Two offices that take a person onto their lists at the same moment: the second one waits, and looks again. Whoever
-- settles a few people waits two seconds for it: another office's whole list may take longer (`lock_not_available`).
CREATE OR REPLACE FUNCTION close_roll(
    list uuid, residents uuid[], today date, overdue date, due date, before date, on_day date,
    born_by date, last_born_by date, since date, adds boolean
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    office text;
    purpose text;
    election bigint;
    changed integer;
    added integer;
    broken text;
    pair record;
    patience text := current_setting('lock_timeout');
BEGIN
    SELECT l.office_id, l.purpose, l.election_id INTO office, purpose, election
      FROM registrations_rolllist l
     WHERE l.id = list
       AND l.office_id >= (SELECT scope_low()) AND l.office_id < (SELECT scope_high());
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    IF residents IS NOT NULL THEN
        PERFORM set_config('lock_timeout', '2s', true);
    END IF;
    FOR attempt IN 1..5 LOOP
        BEGIN
            EXECUTE format($query$
WITH listed AS (
    SELECT DISTINCT ON (named.resident_id) named.resident_id, roster.venue_id
      FROM registrations_rosterentry named
      JOIN registrations_roster roster ON roster.id = named.roster_id
      JOIN events_venue venue ON venue.id = roster.venue_id AND venue.kind <> 'prison'
     WHERE named.office_id = $2 AND named.gone_in IS NULL AND named.sealed IS NOT NULL
       AND named.resident_id IS NOT NULL %2$s
     ORDER BY named.resident_id, roster.year DESC, named.added_at DESC, named.id DESC
), person AS (
    SELECT r.id, r.village_id, r.birth_date, r.marital_status, r.merged_into, r.erased_at, r.off_roll_since,
           CASE WHEN r.erased_at IS NULL THEN r.nik_hash END AS nik_hash,
           r.office_id = left(r.village_id, 5) AS home,
           coalesce(led.service_date, r.known_recorded_on) AS recorded_on,
           r.erased_at IS NOT NULL AND EXISTS (
               SELECT 1 FROM registrations_servicerecord own
                 JOIN registrations_effectiveservice effective ON effective.record_id = own.id
                WHERE own.resident_id = r.id AND effective.service = 'recording') AS recorded_once,
           r.erased_at IS NULL AND r.merged_into IS NULL AND r.off_roll_since IS NULL
           AND r.office_id = left(r.village_id, 5) AND $6 IS NOT NULL
           AND (r.birth_date <= $6 OR r.marital_status <> 'single') AS belongs,
           entry.id AS entry, entry.state AS old_state, entry.left_because AS old_because,
           entry.nik_hash AS old_hash, entry.village_id AS old_village,
           CASE WHEN r.erased_at IS NULL THEN listed.venue_id ELSE entry.venue END AS venue
      FROM registrations_resident r
      LEFT JOIN registrations_rollentry entry ON entry.resident_id = r.id AND entry.list_id = $1
      LEFT JOIN registrations_effectiveservice effective
             ON effective.nik_hash = r.nik_hash AND effective.service = 'recording'
      LEFT JOIN registrations_servicerecord led ON led.id = effective.record_id
      LEFT JOIN listed ON listed.resident_id = r.id
     WHERE r.office_id = $2 %1$s
), meant AS (
    SELECT person.* FROM person
     WHERE entry IS NOT NULL
        OR ($9 AND belongs AND (recorded_on IS NULL OR recorded_on >= $8))
), judged AS (
    SELECT meant.*,
           CASE WHEN recorded_on IS NOT NULL OR recorded_once THEN 'recorded'
                WHEN lives.elsewhere THEN 'left'
                WHEN found.explains THEN 'explained'
                WHEN EXISTS (SELECT 1 FROM registrations_appointment visit
                              WHERE visit.resident_id = meant.id
                                AND visit.state IN ('booked', 'checked_in')
                                AND 'recording' = ANY (visit.services)) THEN 'booked'
                WHEN EXISTS (SELECT 1 FROM registrations_visitrequest request
                              WHERE request.resident_id = meant.id
                                AND request.state IN ('open', 'planned')
                                AND 'recording' = ANY (request.services)) THEN 'asked'
                WHEN belongs THEN 'open'
                ELSE 'left' END AS state,
           CASE WHEN recorded_on IS NOT NULL OR recorded_once THEN ''
                ELSE coalesce(found.outcome, '') END AS outcome,
           lives.elsewhere AS lives_elsewhere
      FROM meant
      LEFT JOIN LATERAL (
           SELECT f.outcome, f.state = 'accepted' AND f.outcome IN (
                      'deceased', 'moved', 'abroad', 'duplicate', 'unknown_nik', 'refuses') AS explains
             FROM registrations_finding f
            WHERE f.resident_id = meant.id AND f.state IN ('proposed', 'accepted')
            ORDER BY 2 DESC, f.found_at DESC, f.id DESC LIMIT 1) found ON true
     CROSS JOIN LATERAL (
           SELECT meant.erased_at IS NULL AND meant.merged_into IS NULL AND CASE
                  WHEN NOT meant.home THEN true
                  WHEN found.explains AND found.outcome = 'moved' THEN EXISTS (
                       SELECT 1 FROM registrations_resident other
                        WHERE other.nik_hash = meant.nik_hash AND other.id <> meant.id
                          AND other.office_id <> $2 AND other.office_id = left(other.village_id, 5)
                          AND other.erased_at IS NULL AND other.merged_into IS NULL
                          AND other.off_roll_since IS NULL
                          AND NOT EXISTS (
                              SELECT 1 FROM registrations_finding moved
                               WHERE moved.resident_id = other.id AND moved.state = 'accepted'
                                 AND moved.outcome = 'moved'))
                  ELSE false END AS elsewhere) lives
), told AS (
    SELECT judged.*,
           entry IS NOT NULL AND state <> 'left' AND nik_hash IS NOT NULL
           AND (old_state = 'left' OR old_hash IS DISTINCT FROM nik_hash)
           AND EXISTS (SELECT 1 FROM registrations_rollentry other
                        WHERE other.nik_hash = judged.nik_hash AND other.purpose = $3
                          AND other.election_id IS NOT DISTINCT FROM $4
                          AND other.state <> 'left' AND other.id <> judged.entry) AS elsewhere
      FROM judged
), final AS (
    SELECT id, entry, nik_hash, birth_date, marital_status, outcome, old_state, old_hash, venue,
           CASE WHEN home THEN village_id ELSE coalesce(old_village, village_id) END AS village_id,
           CASE WHEN elsewhere THEN 'left' ELSE state END AS state,
           CASE WHEN elsewhere THEN 'elsewhere'
                WHEN state <> 'left' THEN ''
                WHEN erased_at IS NOT NULL THEN 'erased'
                WHEN merged_into IS NOT NULL THEN 'merged'
                WHEN lives_elsewhere OR NOT home THEN 'moved'
                WHEN off_roll_since IS NOT NULL THEN 'version'
                WHEN old_because IN ('election', 'corrected') THEN old_because
                WHEN $6 IS NULL OR birth_date <= $7 THEN 'election'
                ELSE 'corrected' END AS left_because
      FROM told
), added AS (
    INSERT INTO registrations_rollentry (list_id, purpose, election_id, office_id, village_id,
           resident_id, nik_hash, stage_at_start, added_on, state, outcome, left_because, venue, changed_at)
    SELECT $1, $3, $4, $2, village_id, id, nik_hash,
           CASE WHEN birth_date <= $10 THEN 'overdue' WHEN birth_date <= $11 THEN 'due'
                WHEN marital_status <> 'single' THEN 'married_minor'
                WHEN birth_date <= $12 THEN 'seventeen_by_day'
                WHEN birth_date <= $13 THEN 'seventeen_on_day' ELSE 'may_record' END,
           $5, state, outcome, left_because, venue, clock_timestamp()
      FROM final WHERE entry IS NULL AND state <> 'left'
     ORDER BY village_id, id
    ON CONFLICT DO NOTHING
    RETURNING nik_hash
), changed AS (
    UPDATE registrations_rollentry kept
       SET state = final.state, outcome = final.outcome, left_because = final.left_because,
           village_id = final.village_id, nik_hash = final.nik_hash, venue = final.venue,
           changed_at = clock_timestamp()
      FROM final
     WHERE kept.id = final.entry
       AND (kept.state, kept.outcome, kept.left_because, kept.village_id, kept.nik_hash, kept.venue)
           IS DISTINCT FROM
           (final.state, final.outcome, final.left_because, final.village_id, final.nik_hash, final.venue)
    RETURNING 1
), kept_off AS (
    SELECT nik_hash FROM final WHERE entry IS NULL AND state <> 'left'
    EXCEPT SELECT nik_hash FROM added
), again AS (
    INSERT INTO registrations_rolltouched (office_id, resident)
    SELECT other.office_id, other.id
      FROM final JOIN registrations_resident other ON other.nik_hash = final.old_hash
     WHERE final.state = 'left' AND final.old_state <> 'left' AND other.office_id <> $2
    UNION
    SELECT other.office_id, other.resident_id
      FROM kept_off JOIN registrations_rollentry other ON other.nik_hash = kept_off.nik_hash
     WHERE other.purpose = $3 AND other.election_id IS NOT DISTINCT FROM $4
       AND other.state <> 'left' AND other.state = 'explained' AND other.outcome = 'moved'
)
SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM changed)
$query$, CASE WHEN residents IS NULL THEN '' ELSE 'AND r.id = ANY ($14)' END,
         CASE WHEN residents IS NULL THEN '' ELSE 'AND named.resident_id = ANY ($14)' END)
            INTO added, changed
            USING list, office, purpose, election, today, born_by, last_born_by, since, adds,
                  overdue, due, before, on_day, residents;
            EXIT;
        EXCEPTION WHEN unique_violation THEN
            GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
            IF broken <> 'roll_entry_once_in_nation' OR attempt = 5 THEN
                RAISE;
            END IF;
        END;
    END LOOP;
    LOOP
        FOR pair IN EXECUTE format($query$
            SELECT gone.id AS gone, stays.id AS stays, stays.resident_id, stays.village_id
              FROM registrations_resident r
              JOIN registrations_rollentry gone ON gone.resident_id = r.id AND gone.list_id = $1
              JOIN registrations_rollentry stays
                ON stays.resident_id = r.merged_into AND stays.list_id = $1
             WHERE r.office_id = $2 AND r.merged_into IS NOT NULL %s
               AND (gone.owner_id IS NOT NULL OR gone.next_step <> ''
                    OR EXISTS (SELECT 1 FROM registrations_rollcontact said
                                WHERE said.entry_id = gone.id))
             ORDER BY gone.id
$query$, CASE WHEN residents IS NULL THEN '' ELSE 'AND r.id = ANY ($3)' END)
            USING list, office, residents
        LOOP
            UPDATE registrations_rollcontact said
               SET entry_id = pair.stays, resident_id = pair.resident_id, village_id = pair.village_id
             WHERE said.entry_id = pair.gone;
            UPDATE registrations_rollentry kept
               SET owner_id = coalesce(kept.owner_id, gone.owner_id),
                   next_step = CASE kept.next_step WHEN '' THEN gone.next_step ELSE kept.next_step END,
                   changed_at = clock_timestamp()
              FROM registrations_rollentry gone
             WHERE kept.id = pair.stays AND gone.id = pair.gone;
            UPDATE registrations_rollentry kept SET owner_id = NULL, next_step = ''
             WHERE kept.id = pair.gone;
        END LOOP;
        EXIT WHEN NOT FOUND;
    END LOOP;
    PERFORM set_config('lock_timeout', patience, true);
    RETURN added + changed;
END $$;
