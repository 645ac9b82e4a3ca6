"""Movements and counts write the balances of their accounts; nothing else does.

Whoever inserts holds the ledger of the offices concerned (`core.locks.Lock.LEDGER`) or the end of the
office's chain, so the rows of accounts are never waited for in a circle; they are locked by id.
"""

import pgtrigger
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict, Invalid, rule
from dukcapil.core.rules import Rule

#: Clocks of devices may be this much ahead; what is later is a mistake.
AHEAD = "interval '2 minutes'"

rule(
    "DK131",
    lambda: Conflict(
        "stock-not-open",
        _("The stock of this place begins with a first count: count what lies there."),
        field="source",
    ),
)
rule(
    "DK132",
    lambda: Conflict(
        "stock-counted",
        _("A count after this time stands: what happened before it is part of that count."),
        field="occurred_at",
    ),
)
rule(
    "DK133",
    lambda: Invalid("time-future", _("This time lies in the future."), field="occurred_at"),
)
rule(
    "DK134",
    lambda: Invalid(
        "stock-way",
        _(
            "From one office to another cards go by way of in_transit of the one that receives them, and only there."
        ),
        field="target",
    ),
)
rule(
    "DK135",
    lambda: Conflict(
        "event-over",
        _("This event is over or cancelled: nothing more goes into its bag."),
        field="target",
    ),
)
rule(
    "DK136",
    lambda: Invalid(
        "not-counted-here",
        _("Counted are stores, bags, spoiled cards and cards handed in."),
        field="account",
    ),
)
rule(
    "DK137",
    lambda: Conflict(
        "count-older",
        _("A later count of this place stands. Look at it, then count again."),
        field="counted_at",
    ),
)
rule("DK138", lambda: Conflict("request-decided", _("This request was decided already.")))
rule("DK139", lambda: Invalid("stock-item", _("Both accounts are of one item."), field="item"))
rule(
    "stockaccount_not_below_zero",
    lambda: Conflict(
        "stock-short", _("There are not so many cards at this place."), field="quantity"
    ),
)
rule(
    "events_movement_pkey",
    lambda: Conflict("movement-id-taken", _("This id belongs to another movement."), field="id"),
)
rule(
    "events_stockcount_pkey",
    lambda: Conflict("count-id-taken", _("This id belongs to another count."), field="id"),
)

#: An account is made empty, under the name that its parts say. What is no store opens with the store of
#: its office or province: before that there is nothing to move.
ACCOUNT_NAMED = Rule(
    name="stockaccount_named",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("place", "text")],
    func="""
        IF NEW.event_id IS NOT NULL THEN
            SELECT office_id INTO NEW.office_id FROM events_serviceevent WHERE id = NEW.event_id;
        END IF;
        place := coalesce(NEW.office_id, NEW.province_id);
        NEW.key := CASE
            WHEN NEW.kind = 'centre' THEN 'centre'
            WHEN NEW.kind = 'event' THEN 'event:' || NEW.event_id || coalesce('/' || NEW.team_id, '')
            ELSE NEW.kind || ':' || place || coalesce('/' || NEW.point_id, '')
                 || CASE NEW.card_class WHEN '' THEN '' ELSE ':' || NEW.card_class END END;
        NEW.balance := 0;
        NEW.moves := 0;
        NEW.counted_at := NULL;
        NEW.opened_at := NULL;
        IF NEW.kind NOT IN ('office', 'province', 'centre') THEN
            SELECT opened_at INTO NEW.opened_at FROM events_stockaccount
             WHERE item = NEW.item AND key = CASE WHEN NEW.office_id IS NULL THEN 'province:'
                                                  ELSE 'office:' END || place;
            IF NEW.opened_at IS NULL THEN
                RAISE EXCEPTION 'not open' USING ERRCODE = 'DK131';
            END IF;
        END IF;
        RETURN NEW;
    """,
)

#: Balances are written by the triggers of movements and counts alone.
ACCOUNT_KEPT = Rule(
    name="stockaccount_kept",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF TG_OP = 'DELETE' OR pg_trigger_depth() = 1 THEN
            RAISE EXCEPTION 'balances are written by movements' USING ERRCODE = 'DK001';
        END IF;
        RETURN NEW;
    """,
)

_ADD = """
        UPDATE events_stockaccount SET moves = moves + 1, balance = balance
               + CASE WHEN id = NEW.target_id THEN NEW.quantity ELSE - NEW.quantity END
         WHERE id = {which}(NEW.source_id, NEW.target_id) RETURNING * INTO {into};
"""

MOVEMENT_BOOKED = Rule(
    name="movement_booked",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[
        ("source", "events_stockaccount"),
        ("target", "events_stockaccount"),
        ("swapped", "events_stockaccount"),
        ("source_place", "text"),
        ("target_place", "text"),
        ("since", "timestamptz"),
    ],
    func=f"""
        NEW.received_at := clock_timestamp();
        IF NEW.occurred_at > NEW.received_at + {AHEAD} THEN
            RAISE EXCEPTION 'in the future' USING ERRCODE = 'DK133';
        END IF;
        -- A count leaves out what occurred after it; so nothing occurs after it was received.
        NEW.occurred_at := least(NEW.occurred_at, NEW.received_at);
        {_ADD.format(which="least", into="source")}
        {_ADD.format(which="greatest", into="target")}
        IF NEW.source_id > NEW.target_id THEN
            swapped := source;
            source := target;
            target := swapped;
        END IF;
        IF source.item <> NEW.item OR target.item <> NEW.item THEN
            RAISE EXCEPTION 'another item' USING ERRCODE = 'DK139';
        END IF;
        IF source.kind <> 'centre' AND source.opened_at IS NULL
           OR target.kind <> 'centre' AND target.opened_at IS NULL THEN
            RAISE EXCEPTION 'not open' USING ERRCODE = 'DK131';
        END IF;
        since := greatest(source.opened_at, source.counted_at, target.opened_at, target.counted_at);
        IF NEW.occurred_at < since THEN
            RAISE EXCEPTION 'before the last count' USING ERRCODE = 'DK132';
        END IF;
        NEW.source_kind := source.kind;
        NEW.source_balance := source.balance;
        NEW.source_number := source.moves;
        NEW.target_kind := target.kind;
        NEW.target_balance := target.balance;
        NEW.target_number := target.moves;
        source_place := coalesce(source.office_id, source.province_id);
        target_place := coalesce(target.office_id, target.province_id);
        IF (target.kind = 'in_transit') <> (source_place <> target_place) AND NOT (
            -- What another office lends goes into the bag of the event that it is lent to.
            target.kind = 'event' AND source.kind = 'office' AND EXISTS (
                SELECT 1 FROM events_loan WHERE event_id = target.event_id AND state = 'given'
                   AND lender_id = source.office_id)
            -- Missing cards that are found.
            OR target.kind = 'in_transit' AND source.kind = 'difference'
        ) THEN
            RAISE EXCEPTION 'another office' USING ERRCODE = 'DK134';
        END IF;
        IF NEW.act = 'move' AND target.kind = 'event' AND EXISTS (
            SELECT 1 FROM events_serviceevent
             WHERE id = target.event_id AND state IN ('closed', 'cancelled')
        ) THEN
            RAISE EXCEPTION 'the event is over' USING ERRCODE = 'DK135';
        END IF;
        RETURN NEW;
    """,
)

COUNT_TAKEN = Rule(
    name="stockcount_taken",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("counted", "events_stockaccount"), ("later", "bigint")],
    func=f"""
        NEW.received_at := clock_timestamp();
        IF NEW.counted_at > NEW.received_at + {AHEAD} THEN
            RAISE EXCEPTION 'in the future' USING ERRCODE = 'DK133';
        END IF;
        NEW.counted_at := least(NEW.counted_at, NEW.received_at);
        NEW.system := NULL;
        NEW.difference := NULL;
        SELECT * INTO counted FROM events_stockaccount WHERE id = NEW.account_id FOR NO KEY UPDATE;
        IF counted.kind NOT IN ('office', 'province', 'event', 'spoiled', 'handed_in') THEN
            RAISE EXCEPTION 'nothing to count' USING ERRCODE = 'DK136';
        END IF;
        -- A point opens after its office.
        IF counted.point_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM events_stockaccount store WHERE store.item = counted.item
               AND store.key = 'office:' || counted.office_id AND store.opened_at <= NEW.counted_at
        ) THEN
            RAISE EXCEPTION 'not open' USING ERRCODE = 'DK131';
        END IF;
        IF NEW.counted_at < greatest(counted.opened_at, counted.counted_at) THEN
            RAISE EXCEPTION 'a later count stands' USING ERRCODE = 'DK137';
        END IF;
        IF counted.item NOT IN ('card', 'child_card') THEN
            UPDATE events_stockaccount
               SET balance = NEW.physical, moves = moves + 1, counted_at = NEW.counted_at,
                   opened_at = coalesce(opened_at, NEW.counted_at)
             WHERE id = counted.id;
            RETURN NEW;
        END IF;
        IF counted.opened_at IS NOT NULL THEN
            SELECT coalesce(sum(change), 0) INTO later FROM (
                SELECT quantity AS change FROM events_movement
                 WHERE target_id = counted.id AND received_at > NEW.counted_at
                   AND occurred_at > NEW.counted_at
                UNION ALL
                SELECT - quantity FROM events_movement
                 WHERE source_id = counted.id AND received_at > NEW.counted_at
                   AND occurred_at > NEW.counted_at) changes;
            NEW.system := counted.balance - later;
            NEW.difference := NEW.physical - NEW.system;
        END IF;
        UPDATE events_stockaccount
           SET counted_at = NEW.counted_at, opened_at = coalesce(opened_at, NEW.counted_at)
         WHERE id = counted.id;
        RETURN NEW;
    """,
)

REQUEST_DECIDED_ONCE = Rule(
    name="stockrequest_decided_once",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF TG_OP = 'DELETE' OR OLD.decided_at IS NOT NULL THEN
            RAISE EXCEPTION 'decided' USING ERRCODE = 'DK138';
        END IF;
        RETURN NEW;
    """,
)
