-- Nobody writes between what is sealed here and the triggers.
LOCK TABLE events_eventsignature, events_localday IN SHARE ROW EXCLUSIVE MODE;
-- SHA-256 of a signature: its columns, and what was signed with what is NULL in it.
CREATE OR REPLACE FUNCTION signature_content(r events_eventsignature) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE SET timezone = 'UTC' SET bytea_output = 'hex' AS $$
    SELECT sha256(convert_to((jsonb_strip_nulls(to_jsonb(r) - 'content')
        || jsonb_build_object('content', r.content))::text, 'UTF8'))
$$;
-- What stands here already is sealed as it is, in the order of its time.
DO $$
DECLARE one record;
BEGIN
    FOR one IN
        SELECT r.id, signature_content(r) AS content FROM events_eventsignature r ORDER BY r.signed_at, r.id
    LOOP
        PERFORM seal_append('signatures', 'events_eventsignature', one.id, one.content);
    END LOOP;
    FOR one IN
        SELECT r.id, row_content(r) AS content FROM events_localday r ORDER BY r.created_at, r.id
    LOOP
        PERFORM seal_append('local days', 'events_localday', one.id, one.content);
    END LOOP;
END $$;
-- What the trigger reads, as dukcapil/grants.py says.
GRANT SELECT ON events_eventsignature, events_localday TO keeper;
CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON events_eventsignature
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION seal('signature_content', 'signatures');
CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON events_localday
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION seal('row_content', 'local days');
