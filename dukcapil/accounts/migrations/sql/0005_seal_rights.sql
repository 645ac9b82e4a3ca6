-- As dukcapil/grants.py says, and at once: processes of the release before go on deciding meanwhile.
GRANT SELECT, INSERT ON accounts_seal TO keeper;
GRANT SELECT, INSERT, UPDATE ON accounts_sealhead TO keeper;
GRANT SELECT ON accounts_seal TO web, worker;
