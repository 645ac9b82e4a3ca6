"""The ledger's trigger, its functions, and row-level security around people."""

from dukcapil.accounts.triggers import APPEND_ONLY, APPEND_ONLY_UNDO, scope_policies

LEDGER = "registrations_servicerecord"

HASH = """
CREATE FUNCTION ledger_hash(r registrations_servicerecord) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sha256(r.previous_hash || convert_to(concat_ws('|',
        r.id, r.office_id, r.seq, r.row_kind, coalesce(r.ref_id::text, '-'), r.service, r.outcome,
        r.reason, r.category, r.resident_id, r.domicile_id, r.place_id,
        coalesce(r.event_id::text, '-'), coalesce(r.session_id::text, '-'), r.device, r.author_id,
        r.note, extract(epoch FROM r.occurred_at)::text, r.timezone,
        extract(epoch FROM r.received_at)::text, coalesce(r.clock_skew::text, '-'),
        encode(r.payload_hash, 'hex'), r.weight
    ), 'UTF8'))
$$;
"""

APPEND = """
CREATE OR REPLACE FUNCTION ledger_append() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    original registrations_servicerecord;
    person bytea;
    known date;
    holder text;
BEGIN
    -- A batch holds this for itself (services/batch.py): else it would hold the chain's end and wait
    -- for a person, while a single record holds that person and waits for the chain's end.
    PERFORM pg_advisory_xact_lock_shared(8171, hashtext(NEW.office_id));
    IF NEW.row_kind = 'record' THEN
        SELECT nik_hash, known_recorded_on INTO person, known
          FROM registrations_resident WHERE id = NEW.resident_id;
        NEW.weight := 1;
        IF NEW.outcome = 'done' AND NEW.service IN ('recording', 'ikd_activation') THEN
            IF NEW.service = 'recording' AND known IS NOT NULL THEN
                RAISE EXCEPTION 'recorded before' USING ERRCODE = 'DK201';
            END IF;
            IF NEW.service = 'ikd_activation' AND known IS NULL AND NOT EXISTS (
                SELECT 1 FROM registrations_effectiveservice
                 WHERE nik_hash = person AND service = 'recording'
            ) THEN
                RAISE EXCEPTION 'not recorded yet' USING ERRCODE = 'DK202';
            END IF;
            INSERT INTO registrations_effectiveservice (nik_hash, service, record_id, office_id)
            VALUES (person, NEW.service, NEW.id, NEW.office_id)
            ON CONFLICT (nik_hash, service) DO NOTHING;
            IF NOT FOUND THEN
                SELECT office_id INTO holder FROM registrations_effectiveservice
                 WHERE nik_hash = person AND service = NEW.service;
                IF holder = NEW.office_id THEN
                    RAISE EXCEPTION 'already served'
                        USING ERRCODE = CASE NEW.service WHEN 'recording' THEN 'DK201'
                                                         ELSE 'DK207' END;
                END IF;
                NEW.weight := 0;  -- set aside: another office's record counts
            END IF;
        END IF;
    ELSE
        -- Voids and acceptances of one record decide on what the others did: one after another.
        PERFORM 1 FROM registrations_ledgerhead WHERE office_id = NEW.office_id FOR UPDATE;
        SELECT * INTO original FROM registrations_servicerecord WHERE id = NEW.ref_id;
        IF NOT FOUND OR original.row_kind <> 'record' THEN
            RAISE EXCEPTION 'not a record' USING ERRCODE = 'DK203';
        END IF;
        IF original.office_id <> NEW.office_id THEN
            RAISE EXCEPTION 'another chain' USING ERRCODE = 'DK203';
        END IF;
        IF EXISTS (SELECT 1 FROM registrations_servicerecord
                    WHERE ref_id = original.id AND row_kind = 'void') THEN
            RAISE EXCEPTION 'voided' USING ERRCODE = 'DK204';
        END IF;
        NEW.service := original.service;        NEW.outcome := original.outcome;
        NEW.reason := original.reason;          NEW.category := original.category;
        NEW.resident_id := original.resident_id; NEW.domicile_id := original.domicile_id;
        NEW.place_id := original.place_id;      NEW.event_id := original.event_id;
        NEW.session_id := original.session_id;  NEW.device := original.device;
        NEW.occurred_at := original.occurred_at; NEW.timezone := original.timezone;
        IF NEW.row_kind = 'void' THEN
            DELETE FROM registrations_effectiveservice WHERE record_id = original.id;
            SELECT -sum(weight) INTO NEW.weight FROM registrations_servicerecord
             WHERE id = original.id OR ref_id = original.id;
        ELSE
            IF original.weight <> 0 OR EXISTS (
                SELECT 1 FROM registrations_servicerecord
                 WHERE ref_id = original.id AND row_kind = 'accept'
            ) THEN
                RAISE EXCEPTION 'counts already' USING ERRCODE = 'DK205';
            END IF;
            SELECT nik_hash INTO person FROM registrations_resident WHERE id = original.resident_id;
            INSERT INTO registrations_effectiveservice (nik_hash, service, record_id, office_id)
            VALUES (person, original.service, original.id, original.office_id)
            ON CONFLICT (nik_hash, service) DO NOTHING;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'the other record still counts' USING ERRCODE = 'DK206';
            END IF;
            NEW.weight := 1;
        END IF;
    END IF;

    -- The chain's end is locked last: other offices never wait, this one only for the commit.
    SELECT seq + 1, hash INTO NEW.seq, NEW.previous_hash
      FROM registrations_ledgerhead WHERE office_id = NEW.office_id FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO registrations_ledgerhead (office_id, seq, hash)
        VALUES (NEW.office_id, 0, '') ON CONFLICT DO NOTHING;
        SELECT seq + 1, hash INTO NEW.seq, NEW.previous_hash
          FROM registrations_ledgerhead WHERE office_id = NEW.office_id FOR UPDATE;
    END IF;
    NEW.received_at := clock_timestamp();
    NEW.hash := ledger_hash(NEW);
    UPDATE registrations_ledgerhead SET seq = NEW.seq, hash = NEW.hash
     WHERE office_id = NEW.office_id;
    RETURN NEW;
END $$;
"""

RECORDED = """
CREATE FUNCTION recorded_dates(residents uuid[])
RETURNS TABLE (resident_id uuid, recorded_on date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    -- On which date, never where: for residents inside the caller's scope only.
    SELECT r.id, coalesce(s.service_date, r.known_recorded_on)
      FROM registrations_resident r
      LEFT JOIN registrations_effectiveservice e
             ON e.nik_hash = r.nik_hash AND e.service = 'recording'
      LEFT JOIN registrations_servicerecord s ON s.id = e.record_id
     WHERE r.id = ANY (residents) AND in_scope(r.office_id, r.village_id, NULL)
       AND coalesce(s.service_date, r.known_recorded_on) IS NOT NULL
$$;
"""

_KEEPER_FUNCTIONS = ("ledger_append()", "recorded_dates(uuid[])")

OWNERSHIP = (
    "GRANT CREATE ON SCHEMA public TO keeper;\n"
    + "".join(f"ALTER FUNCTION {name} OWNER TO keeper;\n" for name in _KEEPER_FUNCTIONS)
    + """
REVOKE CREATE ON SCHEMA public FROM keeper;
GRANT SELECT ON registrations_resident, registrations_servicerecord TO keeper;
GRANT SELECT, INSERT, UPDATE, DELETE ON registrations_effectiveservice TO keeper;
GRANT SELECT, INSERT, UPDATE ON registrations_ledgerhead TO keeper;
REVOKE ALL ON registrations_effectiveservice FROM web, worker;
REVOKE INSERT, UPDATE, DELETE ON registrations_ledgerhead FROM web, worker;
CREATE TRIGGER ledger_append BEFORE INSERT ON registrations_servicerecord
    FOR EACH ROW EXECUTE FUNCTION ledger_append();
"""
)

OWNERSHIP_UNDO = """
DROP TRIGGER ledger_append ON registrations_servicerecord;
"""

COUNTING_COLUMNS = (
    "office_id, seq, row_kind, service, outcome, reason, category, domicile_id, place_id,"
    " occurred_at, timezone, service_date, received_at, weight"
)

SECURITY = (
    scope_policies("registrations_resident", "in_scope(office_id, village_id, NULL)")
    + scope_policies("registrations_residentidentity", "in_scope(office_id, village_id, NULL)")
    + scope_policies("registrations_appointment", "in_scope(office_id, village_id, event_id)")
    + scope_policies(
        "registrations_appointmentservice", "in_scope(office_id, village_id, event_id)"
    )
    + scope_policies(LEDGER, "in_scope(office_id, domicile_id, event_id)")
    + scope_policies("registrations_residentevent", "in_scope(office_id, village_id, NULL)")
    + f"""
CREATE POLICY count ON {LEDGER} FOR SELECT TO figures USING (true);
GRANT SELECT ({COUNTING_COLUMNS}) ON {LEDGER} TO figures;
GRANT SELECT ON registrations_ledgerhead TO figures;
REVOKE UPDATE, DELETE, TRUNCATE ON registrations_residentevent FROM web, worker;
"""
    + APPEND_ONLY.format(table=LEDGER)
)

SECURITY_UNDO = APPEND_ONLY_UNDO.format(table=LEDGER)

#: The foreign key that events cannot declare, because no import points up.
HOLDER = """
ALTER TABLE events_seat ADD CONSTRAINT seat_holder_appointment FOREIGN KEY (holder)
    REFERENCES registrations_appointment (id) DEFERRABLE INITIALLY DEFERRED;
"""
HOLDER_UNDO = "ALTER TABLE events_seat DROP CONSTRAINT seat_holder_appointment;"

#: Exports stand behind the wall of their office; nobody who serves removes a row of people's.
EXPORTS = (
    scope_policies("registrations_export", "in_scope(office_id, NULL, NULL)")
    + """
REVOKE INSERT ON registrations_export FROM worker;
REVOKE DELETE ON registrations_export, registrations_resident, registrations_residentidentity,
    registrations_appointment, registrations_appointmentservice FROM web, worker;
REVOKE INSERT, UPDATE ON registrations_appointment, registrations_appointmentservice FROM worker;
REVOKE INSERT ON registrations_servicerecord FROM worker;
"""
)

#: Keyed hashes of NIK: the definer functions write them, the owner verifies.
EFFECTIVE = """
ALTER TABLE registrations_effectiveservice ENABLE ROW LEVEL SECURITY;
ALTER TABLE registrations_effectiveservice FORCE ROW LEVEL SECURITY;
CREATE POLICY keep ON registrations_effectiveservice TO keeper USING (true) WITH CHECK (true);
CREATE POLICY verify ON registrations_effectiveservice FOR SELECT TO owner USING (true);
"""

#: A clerk lent to an event sees the people who are booked there, and no other one of that office.
LENT = """
CREATE FUNCTION lent(resident uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT split_part(coalesce(scope(), ''), ';', 3) <> '' AND EXISTS (
        SELECT 1 FROM registrations_appointment visit
         WHERE visit.resident_id = resident
           AND visit.event_id::text = ANY (string_to_array(split_part(scope(), ';', 3), ','))
    )
$$;
-- The name sorts after `serve`: the cheap question is asked first.
CREATE POLICY serve_lent ON registrations_resident FOR SELECT TO web USING (lent(id));
CREATE POLICY serve_lent ON registrations_residentidentity FOR SELECT TO web
    USING (lent(resident_id));
GRANT SELECT ON registrations_appointment TO keeper;
"""
LENT_UNDO = """
DROP POLICY serve_lent ON registrations_resident;
DROP POLICY serve_lent ON registrations_residentidentity;
DROP FUNCTION lent(uuid);
REVOKE SELECT ON registrations_appointment FROM keeper;
"""

RECORDED_LENT = RECORDED.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(
    "in_scope(r.office_id, r.village_id, NULL)\n",
    "(in_scope(r.office_id, r.village_id, NULL) OR lent(r.id))\n",
)

#: What came with the desk stands behind the same wall; nobody who serves removes a row of it.
DESK = (
    scope_policies("registrations_visitgroup", "in_scope(office_id, NULL, event_id)")
    + scope_policies("registrations_waiting", "in_scope(office_id, village_id, event_id)")
    + scope_policies("registrations_message", "in_scope(office_id, NULL, event_id)")
    + scope_policies("registrations_recordnote", "in_scope(office_id, village_id, event_id)")
    + APPEND_ONLY.format(table="registrations_recordnote")
    + """
REVOKE DELETE ON registrations_visitgroup, registrations_waiting, registrations_message
    FROM web, worker;
REVOKE INSERT, UPDATE ON registrations_visitgroup, registrations_waiting FROM worker;
REVOKE INSERT ON registrations_message, registrations_recordnote FROM worker;
"""
)
REQUESTS = (
    scope_policies("registrations_visitrequest", "in_scope(office_id, village_id, NULL)")
    + """
REVOKE DELETE ON registrations_visitrequest FROM web, worker;
REVOKE INSERT, UPDATE ON registrations_visitrequest FROM worker;
"""
)
DESK_UNDO = APPEND_ONLY_UNDO.format(table="registrations_recordnote")
