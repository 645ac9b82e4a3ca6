-- Whether an office holds at most so many people, whoever asks: a village sees its own alone.
CREATE FUNCTION holds_few(office text, most integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT count(*) <= most FROM (
        SELECT FROM registrations_resident held
         WHERE held.office_id = holds_few.office
           AND held.office_id >= (SELECT scope_low()) AND held.office_id < (SELECT scope_high())
         LIMIT most + 1) people
$$;
