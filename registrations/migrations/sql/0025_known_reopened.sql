-- How often a recording that no ledger holds was called again: a figure changes then, and no chain grows.
CREATE FUNCTION known_reopened() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT count(*) FROM registrations_recordingreopened WHERE void IS NULL
$$;
