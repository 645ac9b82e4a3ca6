-- Nobody is asked whether somebody is gone who is not held any more: merged into another row, or erased.
CREATE FUNCTION gone_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE registrations_rollgone SET state = 'over', answered_at = now()
     WHERE resident = NEW.id AND state = 'open';
    RETURN NULL;
END $$;
CREATE TRIGGER gone_over AFTER UPDATE ON registrations_resident FOR EACH ROW
    WHEN ((NEW.merged_into IS NOT NULL AND OLD.merged_into IS NULL)
          OR (NEW.erased_at IS NOT NULL AND OLD.erased_at IS NULL))
    EXECUTE FUNCTION gone_over();
