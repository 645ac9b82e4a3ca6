-- What stands here already is sealed as it is, in the order of its time.
DO $$
DECLARE one record;
BEGIN
    FOR one IN
        SELECT 'bases' AS chain, 'reports_populationbasis' AS kind, r.id, r.created_at AS at, 1 AS step,
               basis_content(r) AS content FROM reports_populationbasis r
        UNION ALL SELECT 'bases', 'reports_basisdecision', r.id, r.decided_at, 2, row_content(r)
          FROM reports_basisdecision r
        UNION ALL SELECT 'targets', 'reports_target', r.id, r.set_at, 1, row_content(r)
          FROM reports_target r
        UNION ALL SELECT 'releases', 'reports_release', r.id, r.frozen_at, 1, release_content(r)
          FROM reports_release r
        UNION ALL SELECT 'releases', 'reports_publication', r.id, r.approved_at, 2,
               publication_content(r) FROM reports_publication r
        UNION ALL SELECT 'built ' || r.regency_id, 'reports_regencyday', r.id, r.built_at, 1,
               day_content(r) FROM reports_regencyday r
        UNION ALL SELECT 'days', 'reports_dayconfirmation', r.id, r.confirmed_at, 1, row_content(r)
          FROM reports_dayconfirmation r
        UNION ALL SELECT 'days', 'reports_daylock', r.id, r.locked_at, 2, row_content(r)
          FROM reports_daylock r
        ORDER BY chain, at, step, id
    LOOP
        PERFORM seal_append(one.chain, one.kind, one.id, one.content);
    END LOOP;
END $$;
-- What the trigger reads, as dukcapil/grants.py says.
GRANT SELECT ON reports_populationbasis, reports_populationfigure, reports_release, reports_releaseentry,
    reports_publication, reports_publicfigure, reports_regencyday, reports_daycount TO keeper;
CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON reports_populationbasis
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION seal('basis_content', 'bases');
CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON reports_basisdecision
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION seal('row_content', 'bases');
CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON reports_target
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION seal('row_content', 'targets');
CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON reports_release
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION seal('release_content', 'releases');
CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON reports_publication
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION seal('publication_content', 'releases');
CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON reports_regencyday
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION seal('day_content', 'built', 'regency_id');
CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON reports_dayconfirmation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION seal('row_content', 'days');
CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON reports_daylock
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION seal('row_content', 'days');
