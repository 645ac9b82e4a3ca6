-- A person who was merged into another row lies in the register as that row, once: of two burials the later
-- one is asked about again. With the rights of whoever merges: both rows are of one office.
CREATE FUNCTION burials_merged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE registrations_burial gone
       SET state = 'asked', doubt = 'buried', resident_id = NULL, finding_id = NULL
      FROM registrations_burial stays
     WHERE gone.resident_id = NEW.id AND gone.state = 'matched'
       AND stays.resident_id = NEW.merged_into AND stays.state = 'matched';
    UPDATE registrations_burial SET resident_id = NEW.merged_into WHERE resident_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER burials_merged AFTER UPDATE ON registrations_resident FOR EACH ROW
    WHEN (NEW.merged_into IS NOT NULL AND OLD.merged_into IS NULL)
    EXECUTE FUNCTION burials_merged();
