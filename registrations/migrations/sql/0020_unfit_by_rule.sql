-- Which rule stands against a service for a person on a day; blank when none does. The same table as
-- `ledger.validators.unfit`, which refuses before the act; here what has happened is set aside.
-- `days_early`: how many days before the 17th birthday the office prints a card. It takes the place of
-- `service_unfit`, which nothing asks any more.
CREATE FUNCTION unfit_by_rule(
    service text, outcome text, reason text, day date, born date, marital_status text, recorded boolean,
    days_early integer
) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN service <> 'recording' AND outcome <> 'done' THEN ''
        WHEN service = 'recording' AND marital_status = 'single'
             AND day < (born + interval '16 years')::date THEN 'too-young'
        WHEN service = 'card_print' AND marital_status = 'single'
             AND day < greatest((born + interval '17 years')::date - days_early,
                                (born + interval '16 years')::date) THEN 'card-too-early'
        WHEN service = 'card_handover' AND marital_status = 'single'
             AND day < (born + interval '17 years')::date THEN 'card-too-early'
        WHEN (service IN ('ikd_activation', 'card_handover')
              OR service = 'card_print' AND reason = 'first_card')
             AND NOT recorded THEN 'not-recorded'
        ELSE '' END
$$;
