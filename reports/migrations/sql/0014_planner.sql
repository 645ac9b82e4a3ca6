-- An adopted plan with its duties and stops, as somebody decided on it. The event that is made of a stop
-- later is no part of it.
CREATE FUNCTION plan_content(r reports_planadoption) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE SET timezone = 'UTC' AS $$
    SELECT sha256(convert_to(jsonb_strip_nulls(to_jsonb(r))::text || coalesce((
        -- Without what a job and a later decision go on writing.
        SELECT (to_jsonb(plan) - '{standing,progress,step,stop_asked_at,attempts,due_at,finished_at}'::text[])::text
          FROM reports_plan plan WHERE plan.id = r.plan_id
    ), '') || coalesce((
        SELECT string_agg(to_jsonb(duty)::text, '' ORDER BY duty.id)
          FROM reports_planduty duty WHERE duty.plan_id = r.plan_id
    ), '') || coalesce((
        SELECT string_agg((to_jsonb(stop) - 'event_id')::text, '' ORDER BY stop.id)
          FROM reports_planstop stop JOIN reports_planduty duty ON duty.id = stop.duty_id
         WHERE duty.plan_id = r.plan_id
    ), '') || coalesce((
        SELECT string_agg(to_jsonb(place)::text, '' ORDER BY place.id)
          FROM reports_planleftout place WHERE place.plan_id = r.plan_id
    ), ''), 'UTF8'))
$$;
-- What the trigger reads, as dukcapil/grants.py says.
GRANT SELECT ON reports_plan, reports_planduty, reports_planstop, reports_planleftout,
    reports_planadoption TO keeper;
CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON reports_planadoption
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION seal('plan_content', 'plans', 'office_id');
