"""A day of cards in Chromium: the first count, a bag that goes out, forty printed and two spoiled, one keyed
for the wrong person, what comes back, an outer of the province; every figure of it agrees to the card.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from events.planning.models.event import ServiceEvent
from events.stock.enums import OUTER
from events.stock.selectors import bag_of, balances
from registrations.booking.models.appointment import Appointment
from registrations.booking.services.appointments import book, check_in
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.batch import log_batch
from reports.invariants.selectors import INVARIANTS, offenders_of
from tests.reports.test_build import built
from tests.stock import Cards
from tests.story.test_mended import is_sound
from tests.story.test_pages import Desk, chrome, world
from tests.world import (
    BUKITTINGGI,
    World,
    entry,
    make_caller,
    make_event,
    make_resident,
    make_session,
    today,
)

__all__ = ["chrome", "world"]  # fixtures

#: What lies there first, what goes along, what is printed by a program and by hand, and what is spoiled.
FIRST, BAG, BY_API, BY_HAND, SPOILED = 500, 60, 37, 3, 2
PRINTED = BY_API + BY_HAND
BACK = BAG - PRINTED - SPOILED
LEFT = FIRST - PRINTED - SPOILED + OUTER


def figure(number: int) -> str:
    """As pages write it."""
    return f"{number:,}".replace(",", ".")


def keeper(world: World, name: str, region: str) -> None:
    world[name] = make_caller(name, "stock_keeper", region, today() - timedelta(days=40))


def submit(page: Page, path: str, fields: dict[str, str]) -> None:
    """Fill a form of the pages of stock in; yes to what it asks."""
    page.goto(path)
    chosen = page.locator("form.panel select").evaluate_all("all => all.map(one => one.name)")
    for name, value in fields.items():
        box = page.locator(f"form.panel [name={name}]")
        if name in chosen:
            box.select_option(value)
        else:
            box.fill(value)
    page.locator("form.panel .actions [type=submit]").first.click()
    if page.locator(".question").count():
        page.locator("form.panel [name=confirm]").click()
    expect(page.locator(".alert-success")).to_be_visible()


def count(page: Page, region: str, kind: str, physical: int) -> None:
    """An opname that two people sign."""
    team = {
        "member_1": "Sri Contoh",
        "member_1_function": "Pengurus barang",
        "member_2": "Ali Contoh",
        "member_2_function": "Pemeriksa",
    }
    account = {"account": f"card|{kind}:{region}", "physical": str(physical)}
    submit(page, f"/stok/{region}/opname/catat/", account | team)


def recorded(world: World, event: ServiceEvent, names: list[str]) -> list[Any]:
    """People who may get a card."""
    people = [make_resident(world, name=name) for name in names]
    by = world["operator"].actor
    with scoped(by.scope):
        log_batch(by=by, entries=[entry(one, event=event.pk) for one in people])
    return people


def print_by_program(world: World, event: ServiceEvent, people: list[Any]) -> None:
    """One batch; of the first person the card fails before it is printed well."""
    # After the store was counted for the first time, which was seconds ago.
    moment = timezone.now().isoformat()
    common = {"service": "card_print", "event": str(event.pk), "occurred_at": moment}
    failed = {"outcome": "failed", "reason": "device", "card_used": "spoiled:print"}
    rows = [
        {**common, **outcome, "id": str(uuid7()), "resident": str(one.pk)}
        for one, outcome in [(people[0], failed), *((one, {"outcome": "done"}) for one in people)]
    ]
    answer = world["operator"].post("service-records/batch/", {"records": rows})
    assert answer.status == 200
    assert {(one["status"], *one.get("warnings", [])) for one in answer.json["results"]} == {
        ("created",)
    }


def stands_at(target: Locator) -> None:
    """Where keys go; also of a window that is not in front, where three people work."""
    for _try in range(100):
        if target.evaluate("one => one === document.activeElement"):
            return
        target.page.wait_for_timeout(50)
    raise AssertionError(f"not there: {target}")


def serve(page: Page, visit: Appointment) -> None:
    """The slip, by keyboard, up to the form of the service."""
    stands_at(page.locator("#id_q"))
    page.keyboard.type(visit.ticket)
    page.keyboard.press("Enter")
    stands_at(page.get_by_role("button", name="Layani sekarang"))
    page.keyboard.press("Enter")
    stands_at(page.locator("#desk [name=service]:checked"))


def print_by_hand(page: Page, session: str, visits: dict[str, Appointment]) -> None:
    """At the desk: keyed for the wrong person and taken back, then for the right one; two more; one card
    that cannot be encoded.
    """
    desk = page.locator("#desk")
    page.goto(f"/sesi/{session}/meja/")
    serve(page, visits["Salah Orang"])
    page.keyboard.press("Enter")
    expect(desk.locator(".saved")).to_contain_text("Salah Orang")
    desk.locator("details.void summary").click()
    page.locator("#void-reason").fill("Salah orang")
    desk.locator("details.void [name=card][value=never_used]").check()
    desk.locator("details.void [type=submit]").click()
    expect(desk).to_contain_text("kembali ke antrean")
    for name in ("Orang Benar", "Citra Ketiga", "Dewi Keempat"):
        serve(page, visits[name])
        page.keyboard.press("Enter")
        expect(desk.locator(".saved")).to_contain_text(name)
    serve(page, visits["Eka Kelima"])
    desk.locator("[name=outcome][value=failed]").check()
    desk.locator("[name=reason]").select_option("device")
    desk.locator("[name=card_used]").select_option("spoiled:encode")
    desk.locator(".save [type=submit]").click()
    expect(desk.locator(".saved")).to_contain_text("Eka Kelima")


@pytest.mark.timeout(240)
def test_every_card_of_a_day_is_where_everybody_says(
    world: World, chrome: Browser, live_server: Any
) -> None:
    keeper(world, "keeper", BUKITTINGGI)
    keeper(world, "province_keeper", "13")
    event = make_event(world, services=["recording", "card_print"])
    session = make_session(world, event, {"card_print": 10})
    names = ["Salah Orang", "Orang Benar", "Citra Ketiga", "Dewi Keempat", "Eka Kelima"]
    people = recorded(world, event, [f"Warga {n:02}" for n in range(BY_API)] + names)
    visits = {}
    by = world["operator"].actor
    with scoped(by.scope):
        for name, person in zip(names, people[BY_API:], strict=True):
            visits[name] = book(by=by, session=session, resident=person, services=["card_print"])
            check_in(by=by, appointment=visits[name])

    # Both stores are counted for the first time, the office's by pages, and a bag goes along.
    stores = Desk(chrome, live_server.url, "keeper")
    page = stores.page
    count(page, BUKITTINGGI, "office", FIRST)
    counted = Cards(world["province_keeper"]).count("province:13", 3 * OUTER)
    assert counted.status == 201, counted.json
    handed = {"event": str(event.pk), "quantity": str(BAG), "document": "050/01/BA-DUKCAPIL"}
    submit(page, f"/stok/{BUKITTINGGI}/catat/bekal/", handed)

    # Forty are printed and two spoiled, by a program and at the desk.
    print_by_program(world, event, people[:BY_API])
    clerk = Desk(chrome, live_server.url, "operator")
    print_by_hand(clerk.page, str(session.pk), visits)
    with scoped(EVERYBODY):
        found = bag_of(event.pk)
        assert (found.taken, found.printed, found.spoiled, found.left) == (
            *(BAG, PRINTED, SPOILED, BACK),
        )

    # What is left comes back; the store is counted, and an outer of the province arrives.
    submit(page, f"/stok/{BUKITTINGGI}/catat/kembali/", {"document": "050/02/BA-DUKCAPIL"})
    count(page, BUKITTINGGI, "office", FIRST - BAG + BACK)
    outer = {
        "target": f"in_transit:{BUKITTINGGI}",
        "quantity": str(OUTER),
        "document": "050/03/BA-DUKCAPIL",
    }
    province = Desk(chrome, live_server.url, "province_keeper")
    submit(province.page, "/stok/13/catat/kirim/", outer)
    page.goto(f"/stok/{BUKITTINGGI}/")
    page.locator("main a[href*='/catat/tiba/']").click()
    page.locator("[name=document]").fill("050/03/BA-DUKCAPIL")
    expect(page.locator("[name=quantity]")).to_have_value(figure(OUTER))
    page.locator("form.panel [type=submit]").first.click()
    expect(page.locator(".alert-success")).to_be_visible()

    # The ledger, the office's page, board, daily report and closing report agree to the card.
    built()
    shown = figure(LEFT)
    with scoped(EVERYBODY):
        stock = balances([BUKITTINGGI], "card")[BUKITTINGGI]
        assert (stock.left, stock.printed, stock.spoiled, stock.difference) == (
            *(LEFT, PRINTED, SPOILED, 0),
        )
        done = ServiceRecord.objects.filter(service="card_print", outcome="done")
        assert sum(done.values_list("weight", flat=True)) == PRINTED
    expect(page.locator("dl.figures strong").first).to_have_text(shown)
    is_sound(page)
    board = world["province_officer"].get(f"desk/?region={BUKITTINGGI}").json["results"]
    assert [(row["cards_left"], row["printed_day"]) for row in board] == [(LEFT, PRINTED)]
    page.goto(f"/desk-pilkada/{BUKITTINGGI}/")
    expect(page.locator(f"td a[href='/stok/{BUKITTINGGI}/']").first).to_have_text(shown)
    page.goto(f"/laporan/{BUKITTINGGI}/?date={today()}")
    figures = dict(
        zip(
            *(page.locator(f"dl.figures {tag}").all_inner_texts() for tag in ("dt", "dd strong")),
            strict=True,
        )
    )
    assert (figures["Kartu dicetak"], figures["Sisa blangko"]) == (str(PRINTED), shown)
    clerk.page.goto(f"/kegiatan/{event.pk}/laporan/")
    heading = clerk.page.get_by_role("heading", name="Blangko", exact=True)
    bag = clerk.page.locator("section.panel").filter(has=heading)
    cells = bag.locator("tbody tr td").all_inner_texts()
    assert cells == [str(n) for n in (BAG, PRINTED, SPOILED, BACK, 0)]
    use_role("owner")
    try:
        broken = {rule.name: offenders_of(rule) for rule in INVARIANTS if "stock" in rule.name}
    finally:
        use_role("web")
    assert not any(broken.values()), broken
    for one in (stores, province, clerk):
        assert [text for text in one.problems if "409" not in text] == []
