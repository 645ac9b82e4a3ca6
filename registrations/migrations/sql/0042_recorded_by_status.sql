-- Who was recorded by what SIAK says, whatever the ledger knows: a status from BIO_CAPTURED on that did not
-- fail, and that was not called again since it was first said. With the rights of the caller: an office's own lists tell it.
CREATE FUNCTION recorded_by_status(residents uuid[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT status.resident_id FROM registrations_recordstatus status
     WHERE status.resident_id = ANY (residents) AND status.newest
       AND status.code IN (
           'BIO_CAPTURED', 'PROCESSING', 'SENT_FOR_ENROLLMENT', 'RECEIVED_AT_CENTRAL',
           'SEARCH_FAILURE_AT_CENTRAL', 'DUPLICATE_RECORD', 'PRINT_READY_RECORD',
           'SENT_FOR_CARD_PRINTING', 'CARD_PRINTED', 'CARD_SHIPPED', 'CARD_ISSUED')
       AND NOT EXISTS (SELECT FROM registrations_recordingreopened again
                        WHERE again.resident_id = status.resident_id AND again.at >= status.since)
$$;
