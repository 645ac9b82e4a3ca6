-- A person who was merged into another row stands on rosters and in groups as that row, once: of two
-- entries of one roster the second is emptied. With the rights of whoever merges: both rows are of one
-- office.
CREATE FUNCTION roster_merged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE registrations_rosterentry stays
       SET triage = gone.triage, triaged_by_id = gone.triaged_by_id, triaged_at = gone.triaged_at
      FROM registrations_rosterentry gone
     WHERE gone.resident_id = NEW.id AND stays.resident_id = NEW.merged_into
       AND gone.roster_id = stays.roster_id AND gone.triage <> '' AND stays.triage = '';
    UPDATE registrations_rosterentry entry
       SET sealed = NULL, key = NULL, nik_hash = NULL, class_name = '', doubt = '', triage = ''
      FROM (SELECT id, row_number() OVER (
                       PARTITION BY roster_id
                       ORDER BY gone_in IS NOT NULL, resident_id = NEW.id, id) AS place
              FROM registrations_rosterentry
             WHERE resident_id IN (NEW.id, NEW.merged_into) AND sealed IS NOT NULL) AS known
     WHERE entry.id = known.id AND known.place > 1;
    UPDATE registrations_rosterentry SET resident_id = NEW.merged_into WHERE resident_id = NEW.id;
    DELETE FROM registrations_groupmember gone
     USING registrations_groupmember stays
     WHERE gone.resident_id = NEW.id AND stays.resident_id = NEW.merged_into
       AND stays."group" = gone."group";
    UPDATE registrations_groupmember SET resident_id = NEW.merged_into WHERE resident_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER roster_merged AFTER UPDATE ON registrations_resident FOR EACH ROW
    WHEN (NEW.merged_into IS NOT NULL AND OLD.merged_into IS NULL)
    EXECUTE FUNCTION roster_merged();
