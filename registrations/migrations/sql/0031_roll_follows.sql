-- A village stands in the rows of lists for the walls, and goes with the person at once; what stood in another
-- office's village stays where it was, and leaves the list (`close_roll`).
CREATE FUNCTION roll_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE registrations_rollentry SET village_id = NEW.village_id
     WHERE resident_id = NEW.id AND office_id = left(NEW.village_id, 5);
    UPDATE registrations_rollcontact SET village_id = NEW.village_id WHERE resident_id = NEW.id;
    RETURN NULL;
END $$;
