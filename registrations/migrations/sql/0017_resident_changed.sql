-- What follows a person. A village stands in their rows for the walls; the ledger keeps its own. What
-- counts once for a number goes with the person to another number, and stays where it is when somebody is
-- erased: else another office could count the same recording again. Of who is erased history keeps
-- nothing, and lists that may name them are taken away.
CREATE OR REPLACE FUNCTION resident_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.village_id <> OLD.village_id THEN
        UPDATE registrations_residentidentity SET village_id = NEW.village_id WHERE resident_id = NEW.id;
        UPDATE registrations_appointment SET village_id = NEW.village_id WHERE resident_id = NEW.id;
        UPDATE registrations_appointmentservice SET village_id = NEW.village_id
         WHERE resident_id = NEW.id;
        UPDATE registrations_waiting SET village_id = NEW.village_id WHERE resident_id = NEW.id;
        UPDATE registrations_correctionproposal SET village_id = NEW.village_id
         WHERE resident_id = NEW.id;
    END IF;
    IF NEW.nik_hash <> OLD.nik_hash AND NEW.erased_at IS NULL THEN
        BEGIN
            UPDATE registrations_effectiveservice effective SET nik_hash = NEW.nik_hash
              FROM registrations_servicerecord led
             WHERE effective.nik_hash = OLD.nik_hash AND led.id = effective.record_id
               AND led.resident_id = NEW.id;
        EXCEPTION WHEN unique_violation THEN
            RAISE EXCEPTION 'the other number is recorded' USING ERRCODE = 'DK210';
        END;
    END IF;
    IF NEW.erased_at IS NOT NULL THEN
        UPDATE registrations_residentevent
           SET nik_hash = NEW.nik_hash, birth_date = NEW.birth_date, sex = NEW.sex,
               marital_status = NEW.marital_status, known_married_since = NEW.known_married_since
         WHERE pgh_obj_id = NEW.id;
        UPDATE registrations_export SET state = 'gone', file = NULL
         WHERE file IS NOT NULL AND starts_with(NEW.office_id, office_id);
    END IF;
    RETURN NULL;
END $$;
