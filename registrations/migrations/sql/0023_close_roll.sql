-- The one statement that makes the states of a list: of everybody (`residents` is null), or of those who
-- were touched since. Returns how many entries it added or changed. Only the office's own list, or one in
-- the caller's scope. Bounds are the last birth dates that reach an age on a day: `due` 17 today, `overdue`
-- 22, `before` and `on_day` 17 by the election, `born_by` 17 by the day that the list is for (null: it is
-- cancelled), `last_born_by` the same when the list was closed before. A list of an election holds also who
-- was recorded from `since` on. `adds`: people who are not on the list yet come on it.
CREATE FUNCTION close_roll(
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
BEGIN
    SELECT l.office_id, l.purpose, l.election_id INTO office, purpose, election
      FROM registrations_rolllist l
     WHERE l.id = list
       AND l.office_id >= (SELECT scope_low()) AND l.office_id < (SELECT scope_high());
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    EXECUTE format($query$
WITH person AS (
    SELECT r.id, r.village_id, r.birth_date, r.marital_status, r.merged_into, r.erased_at,
           CASE WHEN r.erased_at IS NULL THEN r.nik_hash END AS nik_hash,
           r.office_id = left(r.village_id, 5) AS home,
           coalesce(led.service_date, r.known_recorded_on) AS recorded_on,
           r.erased_at IS NOT NULL AND EXISTS (
               SELECT 1 FROM registrations_servicerecord own
                 JOIN registrations_effectiveservice effective ON effective.record_id = own.id
                WHERE own.resident_id = r.id AND effective.service = 'recording') AS recorded_once,
           r.erased_at IS NULL AND r.merged_into IS NULL AND r.office_id = left(r.village_id, 5)
           AND coalesce(r.birth_date <= $6, false)
           OR r.erased_at IS NULL AND r.merged_into IS NULL AND r.office_id = left(r.village_id, 5)
           AND r.marital_status <> 'single' AND $6 IS NOT NULL AS belongs,
           entry.id AS entry, entry.state AS old_state, entry.left_because AS old_because,
           entry.nik_hash AS old_hash, entry.village_id AS old_village
      FROM registrations_resident r
      LEFT JOIN registrations_rollentry entry ON entry.resident_id = r.id AND entry.list_id = $1
      LEFT JOIN registrations_effectiveservice effective
             ON effective.nik_hash = r.nik_hash AND effective.service = 'recording'
      LEFT JOIN registrations_servicerecord led ON led.id = effective.record_id
     WHERE r.office_id = $2 %s
), meant AS (
    SELECT person.* FROM person
     WHERE entry IS NOT NULL
        OR ($9 AND belongs AND (recorded_on IS NULL OR recorded_on >= $8))
), judged AS (
    SELECT meant.*,
           CASE WHEN recorded_on IS NOT NULL OR recorded_once THEN 'recorded'
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
           '' AS outcome
      FROM meant
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
    SELECT id, entry, nik_hash, birth_date, marital_status, outcome,
           CASE WHEN home THEN village_id ELSE coalesce(old_village, village_id) END AS village_id,
           CASE WHEN elsewhere THEN 'left' ELSE state END AS state,
           CASE WHEN elsewhere THEN 'elsewhere'
                WHEN state <> 'left' THEN ''
                WHEN erased_at IS NOT NULL THEN 'erased'
                WHEN merged_into IS NOT NULL THEN 'merged'
                WHEN NOT home THEN 'moved'
                WHEN old_because IN ('election', 'corrected') THEN old_because
                WHEN $6 IS NULL OR birth_date <= $7 THEN 'election'
                ELSE 'corrected' END AS left_because
      FROM told
), added AS (
    INSERT INTO registrations_rollentry (list_id, purpose, election_id, office_id, village_id,
           resident_id, nik_hash, stage_at_start, added_on, state, outcome, left_because, changed_at)
    SELECT $1, $3, $4, $2, village_id, id, nik_hash,
           CASE WHEN birth_date <= $10 THEN 'overdue' WHEN birth_date <= $11 THEN 'due'
                WHEN marital_status <> 'single' THEN 'married_minor'
                WHEN birth_date <= $12 THEN 'seventeen_by_day'
                WHEN birth_date <= $13 THEN 'seventeen_on_day' ELSE 'may_record' END,
           $5, state, outcome, left_because, clock_timestamp()
      FROM final WHERE entry IS NULL
     ORDER BY village_id, id
    ON CONFLICT DO NOTHING
    RETURNING 1
), changed AS (
    UPDATE registrations_rollentry kept
       SET state = final.state, outcome = final.outcome, left_because = final.left_because,
           village_id = final.village_id, nik_hash = final.nik_hash, changed_at = clock_timestamp()
      FROM final
     WHERE kept.id = final.entry
       AND (kept.state, kept.outcome, kept.left_because, kept.village_id, kept.nik_hash)
           IS DISTINCT FROM
           (final.state, final.outcome, final.left_because, final.village_id, final.nik_hash)
    RETURNING 1
)
SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM changed)
$query$, CASE WHEN residents IS NULL THEN '' ELSE 'AND r.id = ANY ($14)' END)
    INTO added, changed
    USING list, office, purpose, election, today, born_by, last_born_by, since, adds,
          overdue, due, before, on_day, residents;
    RETURN added + changed;
END $$;
