-- Where activations of IKD stopped and why, up to a cut of the chain: counts, and no person. The step stands
-- beside a record, so no revision keeps it; its sum is what the revision counts as failed.
CREATE FUNCTION ikd_steps_on(regency text, day date, cut bigint)
RETURNS TABLE (step text, reason text, n bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(beside.step, ''), led.reason::text, sum(led.weight)::bigint
      FROM registrations_servicerecord led
      LEFT JOIN registrations_recordnote beside ON beside.record_id = coalesce(led.ref_id, led.id)
     WHERE led.office_id = regency AND led.service_date = day AND led.seq <= cut
       AND led.service = 'ikd_activation' AND led.outcome = 'failed'
     GROUP BY 1, 2 HAVING sum(led.weight) <> 0
$$;
