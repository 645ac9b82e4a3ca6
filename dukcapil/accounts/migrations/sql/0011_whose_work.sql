-- Whether somebody works today, by the clock of the posting's region, in one of these roles for this region or
-- one above it.
CREATE FUNCTION whose_work(account bigint, roles text[], region text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM accounts_posting posting
          JOIN accounts_user person ON person.id = posting.user_id AND person.is_active
          JOIN regions_region own ON own.code = posting.region_id
         WHERE posting.user_id = account AND posting.role = ANY (roles)
           AND (clock_timestamp() AT TIME ZONE own.timezone)::date
               BETWEEN posting.starts_on AND coalesce(posting.ends_on, 'infinity')
           AND (posting.region_id IN ('00', region) OR starts_with(region, posting.region_id || '.'))
    )
$$;
