-- Takes back people whom an import brought, as if they had never been held; returns those that it took
-- back. Not after thirty days and two in which the job that was asked for within them ends, not outside the caller's scope, nobody whose data were changed since. What
-- refers to a person (a visit, a record, a request) refuses it by its foreign key.
CREATE OR REPLACE FUNCTION undo_import(import uuid, residents uuid[]) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    undone uuid[];
BEGIN
    SELECT array_agg(p.id) INTO undone
      FROM registrations_rollperson p
      JOIN registrations_rollimport i ON i.id = p.roll_import_id
     WHERE p.roll_import_id = import
       AND p.id = ANY (residents)
       AND p.undone_at IS NULL
       AND i.step = 'undo'
       AND i.written_at > now() - interval '32 days'
       AND p.office_id >= (SELECT scope_low()) AND p.office_id < (SELECT scope_high())
       AND NOT EXISTS (
           SELECT 1 FROM registrations_residentevent e WHERE e.pgh_obj_id = p.id
       );
    -- On a list of who is missing they stand because they were held; what somebody noted there is kept by
    -- its own key to the person.
    DELETE FROM registrations_rollentry WHERE resident_id = ANY (undone);
    -- A voters' list that is not accepted yet was compared with them: its rows are nobody's again.
    UPDATE registrations_voterrow
       SET verdict = 'only_on_list', resident_id = NULL, differs = '{}', other_row = NULL, score = 0,
           recorded = NULL, code = CASE WHEN code_by_hand THEN code ELSE '' END
     WHERE resident_id = ANY (undone);
    UPDATE registrations_voterrow r
       SET maybe = left_over.people, other_row = NULL,
           verdict = CASE WHEN left_over.people = '{}' THEN 'only_on_list' ELSE r.verdict END
      FROM registrations_voterrow asked, LATERAL (
           SELECT ARRAY(
               SELECT one FROM unnest(asked.maybe) WITH ORDINALITY AS may_be (one, place)
                WHERE one <> ALL (undone) ORDER BY place
           ) AS people
      ) left_over
     WHERE r.id = asked.id AND asked.verdict = 'ask' AND asked.maybe && undone
       AND asked.office_id IN (SELECT office_id FROM registrations_rollimport WHERE id = import);
    DELETE FROM registrations_residentidentity WHERE resident_id = ANY (undone);
    DELETE FROM registrations_resident WHERE id = ANY (undone);
    -- The history has just written down what is to be gone; there was none before.
    DELETE FROM registrations_residentevent WHERE pgh_obj_id = ANY (undone);
    UPDATE registrations_rollperson SET undone_at = clock_timestamp()
     WHERE id = ANY (undone);
    RETURN QUERY SELECT unnest(undone);
END $$;
