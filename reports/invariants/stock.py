"""Cards: balances, counts, and the prints of the service ledger."""

from __future__ import annotations

from events.stock.enums import WAYS_BY_HAND, AccountKind
from registrations.ledger.validators import CARD_ITEMS
from reports.invariants.rule import Invariant

_FREE = ", ".join(f"'{kind}'" for kind in AccountKind.without_floor())
_PRINTS = ", ".join(f"'{service}'" for service in CARD_ITEMS)
_WAYS = ", ".join(f"'{way}'" for way in WAYS_BY_HAND)

#: Every movement from both of its ends.
_LEGS = """(
    SELECT id, source_id AS account, source_number AS number, - quantity AS change,
           source_balance AS after, occurred_at, received_at FROM events_movement
    UNION ALL
    SELECT id, target_id, target_number, quantity, target_balance, occurred_at, received_at
      FROM events_movement)"""

#: The card that each record used: its own movement, or that of the record before it.
_CARDS = """(
    SELECT record, id AS movement FROM events_movement WHERE act = 'record'
    UNION ALL SELECT record, movement_id FROM events_cardofrecord)"""

_TRIGGERS = (
    ("events_stockaccount", "stockaccount_named"),
    ("events_stockaccount", "stockaccount_kept"),
    ("events_movement", "movement_booked"),
    ("events_stockcount", "stockcount_taken"),
    ("events_stockrequest", "stockrequest_decided_once"),
)

STOCK = [
    Invariant(
        "stock-balances",
        "a balance is the sum of its movements; these are numbered without a gap, each with the balance"
        " after it",
        "SELECT account.key || ' ' || account.item FROM events_stockaccount account"
        f"  LEFT JOIN (SELECT account, sum(change) AS balance, count(*) AS n, max(number) AS last"
        f"    FROM {_LEGS} legs GROUP BY account) sums ON sums.account = account.id"
        " WHERE account.item IN ('card', 'child_card') AND (account.balance, account.moves,"
        "   account.moves) IS DISTINCT FROM (coalesce(sums.balance, 0), coalesce(sums.n, 0),"
        "   coalesce(sums.last, 0))"
        " UNION ALL SELECT id::text FROM (SELECT id, after, sum(change) OVER (PARTITION BY account"
        f"    ORDER BY number) AS running FROM {_LEGS} legs) chained WHERE after <> running"
        # What is only counted has what was counted last.
        " UNION ALL SELECT account.key || ' ' || account.item FROM events_stockaccount account"
        "  LEFT JOIN LATERAL (SELECT physical FROM events_stockcount counted"
        "    WHERE counted.account_id = account.id"
        "    ORDER BY counted_at DESC, received_at DESC LIMIT 1) last ON true"
        " WHERE account.item NOT IN ('card', 'child_card')"
        "   AND account.balance IS DISTINCT FROM coalesce(last.physical, 0)",
    ),
    Invariant(
        "stock-floor",
        "no place has fewer than no cards, but where cards come from",
        "SELECT key || ' ' || item FROM events_stockaccount"
        f" WHERE balance < 0 AND kind NOT IN ({_FREE})"
        " UNION ALL SELECT id::text FROM events_movement"
        f" WHERE source_balance < 0 AND source_kind NOT IN ({_FREE})",
    ),
    Invariant(
        "stock-conserved",
        "cards are neither made nor lost: over all accounts of the nation each item sums to nothing",
        "SELECT item FROM events_stockaccount WHERE item IN ('card', 'child_card')"
        " GROUP BY item HAVING sum(balance) <> 0"
        " UNION ALL SELECT move.id::text FROM events_movement move"
        "  JOIN events_stockaccount source ON source.id = move.source_id"
        "  JOIN events_stockaccount target ON target.id = move.target_id"
        " WHERE (source.item, target.item, source.kind, target.kind)"
        "   IS DISTINCT FROM (move.item, move.item, move.source_kind, move.target_kind)"
        f"    OR (move.act = 'move' AND move.source_kind || '>' || move.target_kind NOT IN ({_WAYS}))"
        "    OR move.occurred_at > move.received_at",
    ),
    Invariant(
        "stock-counts",
        "a count has what the books had at its moment, and a movement of just the difference; an"
        " account is open since its first count and counted at its last",
        "SELECT counted.id::text FROM events_stockcount counted"
        "  JOIN events_stockaccount account ON account.id = counted.account_id"
        "  LEFT JOIN events_movement move ON move.count_id = counted.id"
        "  LEFT JOIN LATERAL (SELECT coalesce(sum(change), 0) AS balance FROM"
        f"    {_LEGS} legs WHERE legs.account = account.id"
        "      AND legs.received_at < counted.received_at"
        "      AND legs.occurred_at <= counted.counted_at) books ON true"
        " WHERE account.item IN ('card', 'child_card') AND ("
        "   counted.difference IS DISTINCT FROM counted.physical - counted.system"
        "   OR counted.system IS NOT NULL AND counted.system <> books.balance"
        "   OR coalesce(counted.difference, counted.physical) <> coalesce(move.quantity"
        "      * CASE WHEN move.target_id = account.id THEN 1 ELSE -1 END, 0)"
        "   OR counted.system IS NULL AND move.source_kind <> 'opening')"
        " UNION ALL SELECT account.key || ' ' || account.item FROM events_stockaccount account"
        "  LEFT JOIN (SELECT account_id, min(counted_at) AS first, max(counted_at) AS last"
        "    FROM events_stockcount GROUP BY account_id) counted ON counted.account_id = account.id"
        "  LEFT JOIN events_stockaccount store ON store.item = account.item AND store.point_id IS NULL"
        "    AND store.kind IN ('office', 'province') AND coalesce(store.office_id, store.province_id)"
        "      = coalesce(account.office_id, account.province_id)"
        " WHERE account.counted_at IS DISTINCT FROM counted.last"
        "   OR account.kind IN ('office', 'province') AND account.opened_at"
        "      IS DISTINCT FROM counted.first"
        "   OR account.kind NOT IN ('office', 'province', 'centre') AND account.opened_at"
        "      IS DISTINCT FROM store.opened_at",
    ),
    Invariant(
        "stock-after-count",
        "nothing was booked as of before a count that stood already",
        f"SELECT legs.id::text FROM {_LEGS} legs JOIN events_stockcount counted"
        "    ON counted.account_id = legs.account AND counted.received_at < legs.received_at"
        "   AND counted.counted_at > legs.occurred_at"
        f" UNION ALL SELECT legs.id::text FROM {_LEGS} legs JOIN events_stockaccount account"
        "    ON account.id = legs.account WHERE legs.occurred_at < account.opened_at"
        "    OR account.opened_at IS NULL AND account.kind <> 'centre'",
    ),
    Invariant(
        "stock-prints",
        "since the hour of an office's first count each of its prints that stands used one card, of the right kind,"
        " and only a print that is void gave its card back",
        "SELECT led.id::text FROM registrations_servicerecord led"
        "  JOIN events_stockaccount store ON store.key = 'office:' || led.office_id"
        "   AND store.item = CASE led.service WHEN 'card_print' THEN 'card' ELSE 'child_card' END"
        f"  LEFT JOIN {_CARDS} card ON card.record = led.id"
        "  LEFT JOIN events_movement move ON move.id = card.movement"
        "  LEFT JOIN events_stockaccount target ON target.id = move.target_id"
        " WHERE led.row_kind = 'record' AND led.outcome = 'done'"
        f"   AND led.service IN ({_PRINTS}) AND led.occurred_at >= store.opened_at"
        "   AND NOT EXISTS (SELECT 1 FROM registrations_servicerecord void"
        "     WHERE void.ref_id = led.id AND void.row_kind = 'void')"
        "   AND ((target.kind, target.office_id, target.item)"
        "      IS DISTINCT FROM ('printed', led.office_id, store.item)"
        "     OR EXISTS (SELECT 1 FROM events_movement back"
        "       WHERE back.record = move.record AND back.act = 'void'))"
        # A card that went back, or was spoiled, is of a record that is void.
        " UNION ALL SELECT back.id::text FROM events_movement back WHERE back.act = 'void'"
        "   AND NOT EXISTS (SELECT 1 FROM registrations_servicerecord void"
        f"     JOIN {_CARDS} card ON card.record = void.ref_id"
        "     JOIN events_movement move ON move.id = card.movement"
        "    WHERE void.row_kind = 'void' AND move.record = back.record)"
        # No card for a record that there is not, or that used none.
        " UNION ALL SELECT move.id::text FROM events_movement move"
        "  LEFT JOIN registrations_servicerecord led ON led.id = move.record"
        f"   AND led.row_kind = 'record' AND led.service IN ({_PRINTS})"
        " WHERE move.act = 'record' AND (led.id IS NULL"
        "   OR (move.target_kind = 'printed') AND led.outcome <> 'done'"
        "   OR (move.target_kind = 'spoiled') AND led.outcome <> 'failed')",
    ),
    Invariant(
        "stock-said",
        "what is said of a card, by the void of a print or with a print that failed, is what was booked",
        # A print that used no card by the books, before the first count, gives none back. Spoiled ones
        # that were counted since its print had it among them.
        "SELECT void.id::text FROM registrations_servicerecord void"
        f"  JOIN {_CARDS} card ON card.record = void.ref_id"
        "  JOIN events_movement move ON move.id = card.movement AND move.target_kind = 'printed'"
        "  LEFT JOIN events_movement back ON back.record = move.record AND back.act = 'void'"
        "  LEFT JOIN events_stockaccount target ON target.id = back.target_id"
        " WHERE void.row_kind = 'void' AND CASE void.card_used"
        "     WHEN '' THEN false"
        "     WHEN 'never_used' THEN coalesce(target.kind NOT IN ('office', 'event', 'difference'), true)"
        "     ELSE coalesce(target.kind || ':' || target.card_class <> void.card_used, true)"
        "       AND NOT (coalesce(target.kind, '') = 'difference' AND EXISTS ("
        "         SELECT 1 FROM events_stockcount counted JOIN events_stockaccount spoiled"
        "             ON spoiled.id = counted.account_id AND spoiled.item = move.item"
        "          WHERE spoiled.office_id = target.office_id"
        "            AND spoiled.kind || ':' || spoiled.card_class = void.card_used"
        "            AND counted.counted_at > move.occurred_at"
        "            AND counted.received_at < back.received_at)) END"
        # What was spoiled before a count of the spoiled ones is part of that count.
        " UNION ALL SELECT led.id::text FROM registrations_servicerecord led"
        f"  JOIN {_CARDS} card ON card.record = led.id"
        "  JOIN events_movement move ON move.id = card.movement"
        "  JOIN events_stockaccount target ON target.id = move.target_id"
        " WHERE led.outcome = 'failed' AND target.kind <> 'difference'"
        "   AND target.kind || ':' || target.card_class <> led.card_used",
    ),
    Invariant(
        "stock-destroyed",
        "cards are destroyed with minutes and two witnesses",
        "SELECT id FROM events_movement WHERE target_kind = 'destroyed'"
        " AND (minutes_number = '' OR minutes_on IS NULL OR jsonb_array_length(witnesses) < 2)",
    ),
    Invariant(
        "stock-triggers",
        "what writes and keeps balances is on",
        "SELECT wanted.name FROM (VALUES "
        + ", ".join(f"('{table}', '{name}')" for table, name in _TRIGGERS)
        + ") wanted (of, name) WHERE NOT EXISTS (SELECT 1 FROM pg_trigger t"
        "   WHERE t.tgrelid = to_regclass(wanted.of) AND t.tgname = wanted.name"
        "     AND t.tgenabled = 'O')",
    ),
]
