-- Why two users do not count as two persons, or NULL when they do. NULL for a user is the machine's
-- operator, who stands for nobody else.
CREATE FUNCTION one_person(a bigint, b bigint, moment timestamptz) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT CASE
        WHEN a = b THEN 'same'
        WHEN a IS NULL OR b IS NULL THEN NULL
        WHEN (SELECT count(*) FROM accounts_staffidentity WHERE user_id IN (a, b)) < 2 THEN 'no-staff-id'
        WHEN (SELECT bool_and(demonstration) FROM accounts_user WHERE id IN (a, b)) THEN NULL
        WHEN EXISTS (
            SELECT FROM accounts_staffact act
             WHERE act.at > moment - interval '30 days' AND act.at <= moment
               AND ((act.subject_id = a AND act.by_id = b)
                    OR (act.subject_id = b AND act.by_id = a))
        ) THEN 'made'
    END
$$;
