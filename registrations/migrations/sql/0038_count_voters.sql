-- Counts of a voters' list follow each of its rows, whoever writes it: a decision, a merge, an erasing, an import that
-- is undone. Not where a job writes every row, and counts them behind it.
CREATE FUNCTION count_voters() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE registrations_votercount SET n = n - 1
         WHERE voter_list_id = OLD.voter_list_id AND verdict = OLD.verdict AND code = OLD.code
           AND village_id IS NOT DISTINCT FROM OLD.village_id
           AND recorded IS NOT DISTINCT FROM OLD.recorded;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO registrations_votercount AS kept (voter_list_id, village_id, verdict, recorded, code, n)
        VALUES (NEW.voter_list_id, NEW.village_id, NEW.verdict, NEW.recorded, NEW.code, 1)
        ON CONFLICT (voter_list_id, verdict, code, village_id, recorded) DO UPDATE SET n = kept.n + 1;
    END IF;
    RETURN NULL;
END $$;
