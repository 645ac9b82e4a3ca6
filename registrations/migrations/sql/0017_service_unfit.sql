-- Which rule stands against a service for a person on a day; blank when none does. The same table as
-- `ledger.validators.unfit`, which refuses before the act; here what has happened is set aside.
CREATE FUNCTION service_unfit(
    service text, outcome text, reason text, day date, born date, marital_status text, recorded boolean
) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN service <> 'recording' AND outcome <> 'done' THEN ''
        WHEN service = 'recording' AND marital_status = 'single'
             AND day < (born + interval '16 years')::date THEN 'too-young'
        WHEN service IN ('card_print', 'card_handover') AND marital_status = 'single'
             AND day < (born + interval '17 years')::date THEN 'card-too-early'
        WHEN (service IN ('ikd_activation', 'card_handover')
              OR service = 'card_print' AND reason = 'first_card')
             AND NOT recorded THEN 'not-recorded'
        ELSE '' END
$$;
