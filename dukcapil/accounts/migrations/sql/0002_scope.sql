-- Whose rows this transaction may see, as `accounts.scoping.Actor.scope` writes it:
-- office range;village range;lent event,...   or * for everybody's.
-- Unset, and empty (what set_config(..., true) leaves on a used connection), both mean nothing.
CREATE FUNCTION scope() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('app.scope', true), '')
$$;

-- Policies compare columns with these, each asked once a statement: (SELECT scope_low()).
-- "Within a region" is one range, for a code is followed by a dot (before /) or by nothing.
CREATE FUNCTION scope_low() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN scope() = '*' THEN '' ELSE split_part(scope(), ';', 1) END
$$;

CREATE FUNCTION scope_high() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN scope() = '*' THEN '~' ELSE split_part(scope(), ';', 1) || '/' END
$$;

CREATE FUNCTION scope_village_low() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN scope() = '*' THEN '' ELSE split_part(scope(), ';', 2) END
$$;

CREATE FUNCTION scope_village_high() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN scope() = '*' OR split_part(scope(), ';', 2) = '' THEN '~'
                ELSE split_part(scope(), ';', 2) || '/' END
$$;

-- For tables without a village: whoever has a village posting sees none of their rows.
CREATE FUNCTION scope_any_village() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(scope() = '*' OR split_part(scope(), ';', 2) = '', false)
$$;

CREATE FUNCTION scope_events() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN split_part(coalesce(scope(), ''), ';', 3) = '' THEN '{}'::uuid[]
                ELSE string_to_array(split_part(scope(), ';', 3), ',')::uuid[] END
$$;
