"""What was sent and did not arrive yet, as whoever sent it asks after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dukcapil.core.db import at_once, dicts
from events.incidents.models import Task
from reports.cover.selectors.office import NET, net_params, tasks_of_keeper

#: Shipments that a page has room for: the longest on their way.
MOST = 50

# Cards of several shipments lie together on their way to an office, and arrive without saying of which
# they are. What was sent first is taken to have arrived first: still on the way are the newest ones.
_SENT = """
SELECT sent.sender, giver.name AS source, taker.name AS target, sent.document, sent.occurred_at,
       sent.quantity, least(sent.quantity, sent.balance - sent.newer)::bigint AS waiting
  FROM (SELECT coalesce(given.office_id, given.province_id) AS sender,
               coalesce(way.office_id, way.province_id) AS receiver,
               moved.document, moved.occurred_at, moved.quantity, way.balance,
               sum(moved.quantity) OVER (PARTITION BY way.id ORDER BY moved.target_number DESC)
                   - moved.quantity AS newer
          FROM events_stockaccount way
          JOIN events_movement moved ON moved.target_id = way.id
          JOIN events_stockaccount given ON given.id = moved.source_id
         WHERE way.kind = 'in_transit' AND way.item = %(item)s AND way.balance > 0) sent
  JOIN regions_region giver ON giver.code = sent.sender
  JOIN regions_region taker ON taker.code = sent.receiver
 WHERE sent.newer < sent.balance AND sent.sender <> sent.receiver
   AND (sent.sender = %(sender)s OR %(below)s AND sent.sender LIKE %(sender)s || '.%%')
 ORDER BY sent.occurred_at, sent.document LIMIT %(most)s
"""


@dataclass(frozen=True)
class Shipment:
    source: str
    target: str
    document: str
    occurred_at: datetime
    quantity: int
    #: How many of it did not arrive yet.
    waiting: int


def sent_within(region: str, item: str) -> list[Shipment]:
    """By a region itself, or by one of its offices."""
    return [_shipment(row) for row in dicts(_SENT, _params(region, item, below=True))]


def net_sent_and_tasks(
    code: str, item: str, since: datetime
) -> tuple[Mapping[date, int], list[Shipment], list[Task]]:
    """What an office's stores and bags gained on each local day, what it sent, and what its stock keeper
    is asked to do, in one query.
    """
    tasks = tasks_of_keeper(code).values("due", "text")
    found = at_once(
        {
            "net": (NET, net_params([code], item, since)),
            "sent": (_SENT, _params(code, item, below=False)),
            "tasks": tasks,
        }
    )
    net = {date.fromisoformat(one["day"]): one["net"] for one in found["net"]}
    asked = [Task(due=date.fromisoformat(one["due"]), text=one["text"]) for one in found["tasks"]]
    return net, [_shipment(one) for one in found["sent"]], asked


def _params(code: str, item: str, *, below: bool) -> dict[str, Any]:
    return {"sender": code, "item": item, "below": below, "most": MOST}


def _shipment(row: Mapping[str, Any]) -> Shipment:
    moment = row["occurred_at"]
    return Shipment(
        row["source"],
        row["target"],
        row["document"],
        datetime.fromisoformat(moment) if isinstance(moment, str) else moment,
        row["quantity"],
        row["waiting"],
    )
