-- The day from which somebody is to have a card, as `people.validators.due_from` says: the 17th birthday
-- (28 February of common years for who is born on the 29th), or the day an office learned of a marriage.
CREATE FUNCTION card_due(born date, married_since date) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT least((born + interval '17 years')::date, married_since)
$$;
