-- What the ledger and the seal read, as dukcapil/grants.py says.
GRANT SELECT ON registrations_printrule TO keeper;
CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON registrations_printrule
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION seal('row_content', 'print rules', 'office_id');
