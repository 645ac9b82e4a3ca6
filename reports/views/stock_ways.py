"""What a storekeeper records, one a kind: its form, what it asks before, and the verb that it calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.forms import BaseForm
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dukcapil.core.ids import uuid7
from dukcapil.core.templatetags.figures import people, signed
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import regions_below
from dukcapil.regions.validators import ancestor
from events.points.selectors import points_of
from events.resources.selectors import teams_of
from events.stock.enums import AccountKind, Item, Spoiled
from events.stock.models import StockAccount
from events.stock.selectors import balance_at
from events.stock.services.counting import count
from events.stock.services.destroying import destroy
from events.stock.services.moving import move
from reports.cover.selectors.office import events_ahead, printed_since
from reports.cover.selectors.words import account_words
from reports.stock_forms import (
    ArrivalForm,
    BagForm,
    BetweenForm,
    CountForm,
    DestroyForm,
    LossForm,
    OldCardsForm,
    ReceiptForm,
    SpoiledForm,
)
from reports.views.stock_desk import Choices, Desk

_K = AccountKind


@dataclass(frozen=True)
class Way:
    slug: str
    title: str | Promise
    text: str | Promise
    form: Callable[[Desk], BaseForm]
    verb: Callable[[Desk, dict[str, Any]], Any]
    #: Whether a province's store has it too.
    of_province: bool = True
    #: In words, what is asked before it is done; empty asks nothing.
    question: Callable[[Desk, dict[str, Any]], str] = field(default=lambda _desk, _data: "")


def _move(desk: Desk, **data: Any) -> Any:
    return move(by=desk.actor, movement_id=uuid7(), item=desk.item, **data)


# --- what comes -----------------------------------------------------------------------------------


def _receipt(desk: Desk) -> BaseForm:
    sources = [
        ("centre", _K.CENTRE.label),
        (f"{_K.GRANT}:{desk.office.pk}", _K.GRANT.label),
    ]
    return desk.fill(ReceiptForm, sources=sources, stores=desk.stores())


def _on_the_way(desk: Desk) -> str:
    return f"{_K.IN_TRANSIT}:{desk.office.pk}"


def _arrival(desk: Desk) -> BaseForm:
    sent = desk.balance(_on_the_way(desk))
    return desk.fill(ArrivalForm, stores=desk.stores(), initial={"quantity": sent or None})


def _arrive(desk: Desk, data: dict[str, Any]) -> Any:
    return _move(desk, source=_on_the_way(desk), **data)


def _asks_arrival(desk: Desk, data: dict[str, Any]) -> str:
    sent = desk.balance(_on_the_way(desk)) or 0
    left = sent - data["quantity"]
    if left <= 0:
        return ""
    return _(
        "%(sent)s cards are on the way and %(came)s arrived: %(left)s stay on the way until they come, or until"
        " they are booked as missing. Is that right?"
    ) % {"sent": people(sent), "came": people(data["quantity"]), "left": people(left)}


def _old_cards(desk: Desk) -> BaseForm:
    return desk.fill(OldCardsForm)


def _hand_in(desk: Desk, data: dict[str, Any]) -> Any:
    code, card_class = desk.office.pk, data.pop("card_class")
    return _move(
        desk, source=f"{_K.PUBLIC}:{code}", target=f"{_K.HANDED_IN}:{code}:{card_class}", **data
    )


# --- what goes out and comes back -------------------------------------------------------------------


def _bag_out(desk: Desk) -> BaseForm:
    events = [
        (str(event.pk), f"{event.title}, {event.starts_on:%d-%m-%Y}")
        for event in events_ahead(desk.office.pk, desk.actor.today)
    ]
    teams = [
        ("", _("the event as a whole")),
        *((str(t.pk), t.name) for t in teams_of(desk.office.pk)),
    ]
    chosen = desk.request.GET.get("kegiatan", "")
    initial = {"event": chosen} if chosen else {}
    return desk.fill(
        BagForm,
        sources=desk.stores(filled=True),
        events=events,
        teams=teams,
        initial=initial,
    )


def _give_bag(desk: Desk, data: dict[str, Any]) -> Any:
    event, team = data.pop("event"), data.pop("team")
    target = f"{_K.EVENT}:{event}" + (f"/{team}" if team else "")
    return _move(desk, target=target, **data)


def _bag_back(desk: Desk) -> BaseForm:
    bags = desk.choices(_K.EVENT, filled=True)
    initial = {"quantity": desk.balance(bags[0][0])} if len(bags) == 1 else {}
    return desk.fill(BetweenForm, sources=bags, targets=desk.stores(), initial=initial)


def _between_stores(desk: Desk) -> BaseForm:
    stores = desk.stores()
    return desk.fill(BetweenForm, sources=stores, targets=stores[::-1])


def _send(desk: Desk) -> BaseForm:
    province = ancestor(desk.office.pk, Level.PROVINCE)
    offices = [one for one in regions_below(province, [Level.REGENCY]) if one.pk != desk.office.pk]
    targets = [(f"{_K.IN_TRANSIT}:{one.pk}", one.name) for one in offices]
    if desk.store == _K.OFFICE:
        targets.append((f"{_K.IN_TRANSIT}:{province}", str(_K.PROVINCE.label)))
    return desk.fill(BetweenForm, sources=desk.stores(filled=True), targets=targets)


def _between(desk: Desk, data: dict[str, Any]) -> Any:
    return _move(desk, **data)


def _spoiled(desk: Desk) -> BaseForm:
    code = desk.office.pk
    targets = [(f"{_K.SPOILED}:{code}:{one.value}", one.label) for one in Spoiled]
    return desk.fill(
        SpoiledForm, sources=desk.choices(desk.store, _K.EVENT, filled=True), targets=targets
    )


def _missing(desk: Desk) -> BaseForm:
    sources = desk.choices(_K.IN_TRANSIT, desk.store, _K.EVENT, filled=True)
    return desk.fill(LossForm, sources=sources)


def _lose(desk: Desk, data: dict[str, Any]) -> Any:
    return _move(desk, target=f"{_K.DIFFERENCE}:{desk.office.pk}", **data)


def _asks_missing(desk: Desk, data: dict[str, Any]) -> str:
    return _(
        "Book %(n)s cards of %(place)s as missing? What is found again is booked with a reason."
    ) % {
        "n": people(data["quantity"]),
        "place": desk.words(data["source"]),
    }


# --- what is counted, and what ends -----------------------------------------------------------------


def _countable(desk: Desk) -> Choices:
    """Every store of the office and its points, opened or not; then bags, spoiled and old cards; then
    what is counted alone.
    """
    code = desk.office.pk
    stores = [(f"{desk.store}:{code}", str(desk.store.label))]
    stores += [(f"{desk.store}:{code}/{point.pk}", point.name) for point in points_of(code)]
    known = dict(desk.stores())
    found: Choices = [
        (f"{desk.item}|{key}", known.get(key) or _("%(place)s (first count)") % {"place": words})
        for key, words in stores
    ]
    rest = desk.choices(_K.EVENT, _K.SPOILED, _K.HANDED_IN, filled=True)
    found += [(f"{desk.item}|{key}", words) for key, words in rest]
    found += [
        (f"{item.value}|{desk.store}:{code}", item.label)
        for item in Item
        if item not in Item.moved()
    ]
    return found


def count_form(desk: Desk) -> BaseForm:
    chosen = desk.request.GET.get("akun", "")
    initial = {"account": f"{desk.item}|{chosen}"} if chosen else {}
    return desk.fill(CountForm, accounts=_countable(desk), initial=initial)


def _account_of(desk: Desk, text: str) -> tuple[str, str, StockAccount | None]:
    item, _bar, key = text.partition("|")
    rows = (row.account for row in desk.accounts.of(item) if row.account.key == key)
    return item, key, next(rows, None)


def _count(desk: Desk, data: dict[str, Any]) -> Any:
    item, key, _account = _account_of(desk, data.pop("account"))
    return count(by=desk.actor, count_id=uuid7(), account=key, item=item, **data)


def as_asked(data: dict[str, Any], *, agreed: bool) -> None:
    """Yes is said to what the question about a count showed: "now" is the moment that it looked at."""
    asked_at, seen = data.pop("asked_at"), data.pop("seen")
    if agreed:
        data |= {"seen": seen, "counted_at": asked_at or data["counted_at"]}


def seen_of(desk: Desk, data: dict[str, Any]) -> int | str:
    """What the books had at the moment of a count, when it was asked about."""
    account = _account_of(desk, data["account"])[2]
    if account is None or account.opened_at is None:
        return ""
    return balance_at(account, data["counted_at"])


def _lost(desk: Desk, item: str, key: str, data: dict[str, Any]) -> str:
    """What the service ledger printed between a first count and now: the count takes it off."""
    if key != f"{_K.OFFICE}:{desk.office.pk}":
        return ""
    printed = printed_since(desk.office.pk, item, data["counted_at"])
    if not printed:
        return ""
    return " " + _("%(n)s cards were printed after this hour: they are taken off at once.") % {
        "n": people(printed)
    }


def _asks_count(desk: Desk, data: dict[str, Any]) -> str:
    item, key, account = _account_of(desk, data["account"])
    counted = people(data["physical"])
    if item not in Item.moved():
        return ""
    if account is None or account.opened_at is None:
        return _(
            "This is the first count of this place: its ledger begins with %(counted)s, and nothing that"
            " happened before moves it. Is that right?"
        ) % {"counted": counted} + _lost(desk, item, key, data)
    # What the verb compares with: the books of that moment, not those of now.
    book = balance_at(account, data["counted_at"])
    off = data["physical"] - book
    if not off:
        return ""
    return _(
        "The book has %(book)s at %(place)s at that time, and %(counted)s were counted: %(off)s. The difference is booked"
        " with the reason, and nothing before this count can be booked after it. Is that right?"
    ) % {
        "book": people(book),
        "place": account_words(account, desk.office.pk),
        "counted": counted,
        "off": signed(off),
    }


def _destroyable(desk: Desk) -> list[tuple[str, str, int]]:
    rows = desk.accounts.of(desk.item, _K.SPOILED, _K.HANDED_IN)
    return [(r.account.key, r.words, r.account.balance) for r in rows if r.account.balance > 0]


def _destroying(desk: Desk) -> BaseForm:
    return desk.fill(DestroyForm, lying=_destroyable(desk))


def _destroy(desk: Desk, data: dict[str, Any]) -> Any:
    return destroy(by=desk.actor, office=desk.office, item=desk.item, **data)


def _asks_destroy(desk: Desk, data: dict[str, Any]) -> str:
    said = "; ".join(f"{desk.words(key)}: {people(n)}" for key, n in data["quantities"].items())
    return _("Destroy %(n)s cards (%(said)s), by minutes %(number)s? Nothing brings them back.") % {
        "n": people(sum(data["quantities"].values())),
        "said": said,
        "number": data["minutes"].number,
    }


WAYS: tuple[Way, ...] = (
    Way(
        "terima",
        gettext_lazy("Receive cards"),
        gettext_lazy("From the centre, or bought with a grant."),
        _receipt,
        _between,
    ),
    Way(
        "tiba",
        gettext_lazy("A shipment arrived"),
        gettext_lazy("What the province or another office sent: how many came."),
        _arrival,
        _arrive,
        question=_asks_arrival,
    ),
    Way(
        "bekal",
        gettext_lazy("Fill a bag"),
        gettext_lazy("What a team takes along to an event."),
        _bag_out,
        _give_bag,
        of_province=False,
    ),
    Way(
        "kembali",
        gettext_lazy("A bag comes back"),
        gettext_lazy("What was not printed returns to the store."),
        _bag_back,
        _between,
        of_province=False,
    ),
    Way(
        "titik",
        gettext_lazy("Hand out to a point"),
        gettext_lazy("To a kecamatan or UPT of this office, or back."),
        _between_stores,
        _between,
        of_province=False,
    ),
    Way(
        "kirim",
        gettext_lazy("Send to another office"),
        gettext_lazy("It is on the way until the other one says that it arrived."),
        _send,
        _between,
    ),
    Way(
        "lama",
        gettext_lazy("Old cards handed in"),
        gettext_lazy("By class, as people bring them."),
        _old_cards,
        _hand_in,
        of_province=False,
    ),
    Way(
        "rusak",
        gettext_lazy("Cards spoiled in the store"),
        gettext_lazy("Wet, bent, without a chip: before anybody printed them."),
        _spoiled,
        _between,
    ),
    Way(
        "musnah",
        gettext_lazy("Destroy cards"),
        gettext_lazy("Spoiled and old cards, with minutes and two witnesses."),
        _destroying,
        _destroy,
        question=_asks_destroy,
    ),
    Way(
        "hilang",
        gettext_lazy("Cards are missing"),
        gettext_lazy("What did not arrive or is gone, with the reason."),
        _missing,
        _lose,
        question=_asks_missing,
    ),
)
COUNT = Way(
    "opname",
    gettext_lazy("Opname"),
    gettext_lazy("What lies there, counted by hand."),
    count_form,
    _count,
    question=_asks_count,
)


def ways_of(place: Region) -> list[Way]:
    return [way for way in WAYS if way.of_province or place.level == Level.REGENCY]
