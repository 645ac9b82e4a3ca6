-- Nobody writes between what is sealed here and the triggers.
LOCK TABLE events_election, events_electiondecision IN SHARE ROW EXCLUSIVE MODE;
-- What stands here already is sealed as it is, in the order of its time.
DO $$
DECLARE one record;
BEGIN
    FOR one IN
        SELECT 'events_election' AS kind, r.id, r.created_at AS at, 1 AS step, row_content(r) AS content
          FROM events_election r
        UNION ALL
        SELECT 'events_electiondecision', r.id, r.decided_at, 2, row_content(r)
          FROM events_electiondecision r
        ORDER BY at, step, id
    LOOP
        PERFORM seal_append('elections', one.kind, one.id, one.content);
    END LOOP;
END $$;
-- What the trigger reads, as dukcapil/grants.py says.
GRANT SELECT ON events_election, events_electiondecision TO keeper;
CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON events_election
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION seal('row_content', 'elections');
CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON events_electiondecision
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION seal('row_content', 'elections');
