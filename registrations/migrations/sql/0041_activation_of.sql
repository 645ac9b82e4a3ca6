-- The IKD activation that counts for a person, the office whose ledger it stands in, and whether a recording of
-- the person is known: for residents inside the caller's own scope only. Whoever asks is about to end a
-- recording: it is held, so an activation that is being written on it, in another ledger, is found.
CREATE FUNCTION activation_of(resident uuid)
RETURNS TABLE (record_id uuid, office_id text, recorded boolean)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT 1 FROM registrations_effectiveservice one
     WHERE one.service = 'recording' AND one.nik_hash = (
           SELECT r.nik_hash FROM registrations_resident r
            WHERE r.id = resident
              AND r.office_id >= (SELECT scope_low()) AND r.office_id < (SELECT scope_high()))
       FOR UPDATE OF one;
    SELECT active.record_id, active.office_id::text,
           EXISTS (SELECT 1 FROM registrations_effectiveservice one
                    WHERE one.nik_hash = r.nik_hash AND one.service = 'recording')
           OR EXISTS (SELECT 1 FROM registrations_resident held
                       WHERE held.nik_hash = r.nik_hash AND held.known_recorded_on IS NOT NULL)
      FROM registrations_resident r
      JOIN registrations_effectiveservice active
        ON active.nik_hash = r.nik_hash AND active.service = 'ikd_activation'
     WHERE r.id = resident
       AND r.office_id >= (SELECT scope_low()) AND r.office_id < (SELECT scope_high())
$$;
