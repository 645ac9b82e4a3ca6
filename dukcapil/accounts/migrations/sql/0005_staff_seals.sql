-- Who is who, who made whom, what was proposed and decided about staff: sealed as it stands, and from now on.
DO $$
DECLARE one record;
BEGIN
    FOR one IN
        SELECT 'accounts_staffidentity' AS kind, r.user_id AS id, r.at, 1 AS step,
               row_content(r) AS content FROM accounts_staffidentity r
        UNION ALL SELECT 'accounts_staffproposal', r.id, r.at, 2, row_content(r)
          FROM accounts_staffproposal r
        UNION ALL SELECT 'accounts_staffdecision', r.id, r.at, 3, row_content(r)
          FROM accounts_staffdecision r
        UNION ALL SELECT 'accounts_staffact', r.id, r.at, 4, row_content(r) FROM accounts_staffact r
        ORDER BY at, step, id
    LOOP
        PERFORM seal_append('staff', one.kind, one.id, one.content);
    END LOOP;
END $$;
CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON accounts_staffidentity
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION seal('row_content', 'staff');
CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON accounts_staffproposal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION seal('row_content', 'staff');
CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON accounts_staffdecision
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION seal('row_content', 'staff');
CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON accounts_staffact
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION seal('row_content', 'staff');
