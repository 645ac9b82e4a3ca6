-- The cards that an office's records used from a moment on: for a store of the stock ledger that is opened
-- later than that. `void_as`: how the card of a void print was spoiled. With the caller's rights: whoever
-- counts sees the records of the own office.
CREATE OR REPLACE FUNCTION standing_prints(office text, of_item text, since timestamptz)
RETURNS TABLE (record uuid, event uuid, clerk bigint, occurred_at timestamptz, used text, void_as text)
LANGUAGE sql STABLE AS $$
    SELECT led.id, led.event_id, led.author_id, led.occurred_at,
           CASE led.outcome WHEN 'done' THEN 'printed' ELSE led.card_used END,
           coalesce(void.card_used, '')
      FROM registrations_servicerecord led
      LEFT JOIN registrations_servicerecord void ON void.ref_id = led.id AND void.row_kind = 'void'
     WHERE led.office_id = office AND led.row_kind = 'record' AND led.occurred_at >= since
       AND led.service_date >= (since AT TIME ZONE 'UTC')::date - 1
       AND led.service = ANY (CASE of_item WHEN 'card' THEN ARRAY['card_print']
           ELSE ARRAY['child_card', 'child_card_0_5', 'child_card_over_5'] END)
       AND (led.outcome = 'done' AND (void.id IS NULL OR void.card_used LIKE 'spoiled:%')
            OR led.outcome = 'failed' AND led.card_used LIKE 'spoiled:%' AND void.id IS NULL)
     ORDER BY led.occurred_at, led.id
$$;
