-- The one record that counts as a person's recording, and the office whose ledger it stands in: for
-- residents inside the caller's own scope only, never for somebody who is lent.
CREATE FUNCTION recording_of(resident uuid)
RETURNS TABLE (record_id uuid, office_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT e.record_id, e.office_id::text
      FROM registrations_resident r
      JOIN registrations_effectiveservice e ON e.nik_hash = r.nik_hash AND e.service = 'recording'
     WHERE r.id = resident
       AND r.office_id >= (SELECT scope_low()) AND r.office_id < (SELECT scope_high())
       AND r.village_id >= (SELECT scope_village_low()) AND r.village_id < (SELECT scope_village_high())
$$;
