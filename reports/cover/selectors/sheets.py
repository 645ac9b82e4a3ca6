"""What the sheets of the card ledger say: opname, hand-over, destruction. They are signed in ink; the names
are those that were typed.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.core.errors import NotFound
from dukcapil.core.templatetags.figures import people, signed
from dukcapil.regions.models import Region
from events.stock.enums import OUTER, AccountKind, Act, Item
from events.stock.models import Movement, StockCount
from reports.cover.selectors.office import BOTH_ENDS, NAMES
from reports.cover.selectors.words import account_words


@dataclass(frozen=True)
class Signer:
    title: str
    #: Empty: a line to write on.
    name: str = ""
    function: str = ""
    #: Head of the office, whom its letterhead names; no word that somebody types makes one.
    is_head: bool = False


HEAD = Signer("", is_head=True)


@dataclass(frozen=True)
class Table:
    title: str
    columns: list[str]
    rows: list[list[str]]
    total: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Sheet:
    place: Region
    title: str
    #: Empty: to be written in.
    number: str
    made_at: datetime
    opening: list[str]
    facts: list[tuple[str, str]]
    tables: list[Table]
    signers: list[Signer]
    closing: list[str] = field(default_factory=list)


def counts_of(code: str) -> QuerySet[StockCount]:
    """Of an office or a province, the newest first."""
    names = [f"account__{name}" for name in NAMES]
    return (
        StockCount.objects.filter(Q(account__office=code) | Q(account__province=code))
        .select_related("account", "by", *names)
        .order_by("-counted_at", "-pk")
    )


def is_first(count: StockCount) -> bool:
    """Whether it began a ledger. What is only counted has none, so that no count of it is a first one."""
    return count.system is None and count.account.item in Item.moved()


def movement_of(place: Region, movement_id: uuid.UUID) -> Movement:
    """One that was moved by hand, at this place. Raises NotFound."""
    found = Movement.objects.filter(pk=movement_id, act=Act.MOVE).filter(_touches(place.pk))
    movement = found.select_related(*BOTH_ENDS).first()
    if movement is None:
        raise NotFound
    return movement


def find_sheet(place: Region, kind: str, sheet_id: uuid.UUID) -> Sheet:
    """Raises NotFound for one of another place, or of another kind."""
    if kind == "opname":
        return _opname(place, sheet_id)
    movement = movement_of(place, sheet_id)
    ends = movement.target_kind == AccountKind.DESTROYED
    if kind == "pemusnahan" and ends:
        return _destruction(place, movement)
    if kind == "serah-terima" and not ends:
        return _hand_over(place, movement)
    raise NotFound


def _touches(code: str) -> Q:
    ends = ("source__office", "source__province", "target__office", "target__province")
    found = Q()
    for end in ends:
        found |= Q(**{end: code})
    return found


def _day(place: Region, moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(place.timezone))


def _on_this_day(place: Region, moment: datetime) -> str:
    return _("On %(day)s, at %(hour)s %(zone)s,") % {
        "day": date_format(_day(place, moment), "l, j F Y"),
        "hour": f"{_day(place, moment):%H.%M}",
        "zone": place.get_timezone_display(),
    }


def _opname(place: Region, count_id: uuid.UUID) -> Sheet:
    """All that was counted at that very moment stands on one sheet. What was written down later has a
    sheet of its own: this one may be signed already.
    """
    asked = counts_of(place.pk).filter(pk=count_id).first()
    if asked is None:
        raise NotFound
    same = counts_of(place.pk).filter(
        counted_at=asked.counted_at, received_at__lte=asked.received_at
    )
    # Of one place the newest stands.
    counts = {one.account_id: one for one in same.order_by("received_at", "pk")}.values()
    people_of: dict[str, Signer] = {}
    for one in counts:
        for member in one.team:
            name, function = member["name"], member["function"]
            people_of.setdefault(name, Signer(function, name))
    rows = [
        [
            f"{Item(one.account.item).label}, {account_words(one.account, place.pk)}",
            people(one.system),
            people(one.physical),
            "–" if one.difference is None else signed(one.difference),
            one.reason or (_("first count") if is_first(one) else ""),
        ]
        for one in counts
    ]
    columns = [_("What was counted"), _("In the book"), _("Counted"), _("Difference"), _("Why")]
    return Sheet(
        place,
        _("MINUTES OF THE STOCK COUNT (OPNAME)"),
        "",
        asked.received_at,
        [
            _on_this_day(place, asked.counted_at)
            + " "
            + _("we who sign below counted by hand what lies in the store of %(place)s:")
            % {"place": place.name}
        ],
        [],
        [Table(_("What was counted"), columns, rows)],
        list(people_of.values()),
        [_("These minutes were written truthfully, to be used as they should be.")],
    )


def _packs(n: int) -> str:
    """`4.000 (2 dus)`"""
    if n % OUTER:
        return people(n)
    return _("%(n)s (%(outers)s outers)") % {"n": people(n), "outers": people(n // OUTER)}


def _hand_over(place: Region, moved: Movement) -> Sheet:
    source, target = (account_words(one, place.pk) for one in (moved.source, moved.target))
    facts: list[tuple[str, Any]] = [
        (_("Kind of card"), str(Item(moved.item).label)),
        (_("Quantity"), _packs(moved.quantity)),
        (_("From"), source),
        (_("Taken to"), target),
        (_("Document"), moved.document),
        (_("Supplier"), moved.supplier),
        (_("Source of funds"), moved.funds),
        (_("Remark"), moved.reason),
    ]
    opening = _("%(item)s cards were handed over: %(n)s, from %(source)s to %(target)s.") % {
        "item": Item(moved.item).label,
        "n": people(moved.quantity),
        "source": source,
        "target": target,
    }
    return Sheet(
        place,
        _("MINUTES OF A HAND-OVER"),
        moved.document,
        moved.received_at,
        [f"{_on_this_day(place, moved.occurred_at)} {opening}"],
        [(name, text) for name, text in facts if text],
        [],
        [Signer(_("Handed over")), Signer(_("Received by")), Signer(""), HEAD],
        [_("These minutes were written truthfully, to be used as they should be.")],
    )


def _destruction(place: Region, asked: Movement) -> Sheet:
    """All classes that were destroyed by the same minutes."""
    same = Movement.objects.filter(
        item=asked.item,
        target=asked.target_id,
        minutes_number=asked.minutes_number,
        minutes_on=asked.minutes_on,
    )
    moved = list(same.select_related(*BOTH_ENDS).order_by("pk"))
    rows = [[account_words(one.source, place.pk), people(one.quantity)] for one in moved]
    total = [_("Sum"), people(sum(one.quantity for one in moved))]
    witnesses = [
        Signer(_("Witness"), one["name"], f"{one['function']}, {one['office']}")
        for one in asked.witnesses
    ]
    opening = _(
        "in the presence of the witnesses named below, %(place)s destroyed cards that are of no more use,"
        " as the table says. A list by name is annexed."
    )
    facts = [
        (_("Kind of card"), str(Item(asked.item).label)),
        (_("How"), asked.reason),
        (_("Document"), asked.document),
    ]
    return Sheet(
        place,
        _("MINUTES OF A DESTRUCTION"),
        _("%(number)s of %(day)s")
        % {"number": asked.minutes_number, "day": date_format(asked.minutes_on or "", "j F Y")},
        asked.received_at,
        [f"{_on_this_day(place, asked.occurred_at)} {opening % {'place': place.name}}"],
        [(name, text) for name, text in facts if text],
        [Table(_("Destroyed"), [_("Class"), _("Cards")], rows, total)],
        [*witnesses, Signer(_("Keeper of the stock")), HEAD],
        [_("These minutes were written truthfully, to be used as they should be.")],
    )
