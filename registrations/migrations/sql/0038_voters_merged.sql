-- A person who was merged into another row is that row on voters' lists, too. Where the list has both
-- already somebody decides again. With the rights of whoever merges: both rows are of one office.
CREATE OR REPLACE FUNCTION voters_merged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE registrations_voterrow gone
       SET verdict = 'ask', resident_id = NULL, differs = '{}', maybe = ARRAY[NEW.merged_into],
           other_row = stays.number, recorded = NULL, decided_by_id = NULL, decided_at = NULL,
           code = CASE WHEN gone.code_by_hand THEN gone.code ELSE '' END
      FROM registrations_voterrow stays
     WHERE gone.resident_id = NEW.id AND gone.verdict IN ('both', 'differs')
       AND stays.voter_list_id = gone.voter_list_id AND stays.resident_id = NEW.merged_into
       AND stays.verdict IN ('both', 'differs');
    UPDATE registrations_voterrow SET resident_id = NEW.merged_into WHERE resident_id = NEW.id;
    -- Who may be both is that row once.
    UPDATE registrations_voterrow
       SET maybe = ARRAY(
               SELECT one FROM unnest(array_replace(maybe, NEW.id, NEW.merged_into))
                      WITH ORDINALITY AS may_be (one, place)
                GROUP BY one ORDER BY min(place))
     WHERE verdict = 'ask' AND NEW.id = ANY (maybe) AND voter_list_id IN (
           SELECT id FROM registrations_voterlist WHERE office_id = NEW.office_id);
    DELETE FROM registrations_notavoter gone
     USING registrations_notavoter stays
     WHERE gone.resident_id = NEW.id AND stays.resident_id = NEW.merged_into
       AND stays.reason = gone.reason;
    UPDATE registrations_notavoter SET resident_id = NEW.merged_into WHERE resident_id = NEW.id;
    RETURN NULL;
END $$;
