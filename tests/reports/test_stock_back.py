"""What was booked wrong is taken back on a page, and what is asked before a count."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.resources.services import make_team
from events.stock.models import Movement, StockCount
from registrations.ledger.services.corrections import void_record
from tests.reports.test_stock_pages import Form, left, local, moved, opened, words_of
from tests.world import World, make_event, make_resident, record


def way_back(html: str) -> str:
    """Address of the newest movement's "Take back"."""
    found = re.search(r'href="([^"]*/catat/balik/[^"]*)"', html)
    assert found, html
    return found[1].replace("&amp;", "&")


def test_a_wrong_movement_is_taken_back_on_its_page(made: World, browser: Any) -> None:
    opened(made["operator"], "13.75", 1000)
    moved(made["operator"], "centre", "office:13.75", 40_000, document="SJ/40")
    client = browser("operator")
    html = client.get("/stok/13.75/mutasi/").content.decode()
    page = Form(client, way_back(html))
    shown = client.get(page.path).content.decode()
    assert 'value="40.000"' in shown
    assert 'value="SJ/40"' in shown
    data = {
        "source": "office:13.75",
        "target": "centre",
        "quantity": "36.000",
        "document": "SJ/40",
        "occurred_at": local(),
    }
    assert page.send(**data).status_code == 422  # a reason is missing
    said = {**data, "reason": "salah ketik, 4.000"}
    assert page.send(**{**said, "quantity": "40.001"}).status_code == 422
    assert "40.000" in page.send(**said).content.decode()
    assert left("13.75").office == 41_000
    assert page.agree("record", **said).status_code == 302
    assert left("13.75").office == 5000
    assert "36.000" in page.send(**{**said, "quantity": "4.000"}).content.decode()
    # Each that went one way goes the other; what was destroyed, counted or printed does not.
    for source, target in (
        ("office:13.75", "spoiled:13.75:no_chip"),
        ("public:13.75", "handed_in:13.75:moved"),
        ("office:13.75", "difference:13.75"),
    ):
        before = left("13.75")
        one = moved(made["operator"], source, target, 7, reason="hilang")
        back = Form(client, f"/stok/13.75/catat/balik/?item=card&mutasi={one.pk}")
        asked = {**said, "source": target, "target": source, "quantity": "7", "document": "BA/1"}
        assert back.agree("record", **asked).status_code == 302
        assert left("13.75") == before
    with scoped("*"):
        opening = Movement.objects.get(act="opening")
    assert client.get(f"/stok/13.75/catat/balik/?mutasi={opening.pk}").status_code == 404
    assert client.get("/stok/13.75/catat/balik/?mutasi=x").status_code == 404
    # Who only reads is offered nothing; other accounts than its own two are none.
    assert "/catat/balik/" not in browser("province_officer").get("/stok/13.75/").content.decode()
    assert page.send(**{**said, "target": "grant:13.75"}).status_code == 422


def test_a_team_brings_its_bag_back_on_the_page_of_the_event(made: World, browser: Any) -> None:
    opened(made["operator"], "13.75", 1000)
    event = make_event(made)
    operator, clerk = made["operator"].actor, made["operator"].user
    assert clerk
    with scoped(operator.scope):
        office = Region.objects.get(pk="13.75")
        team = make_team(by=operator, office=office, name="Tim Elang", clerks=[clerk])
    page = Form(browser("operator"), f"/kegiatan/{event.pk}/catatan/")
    assert "Tim Elang" not in page.client.get(page.path).content.decode()
    moved(made["operator"], "office:13.75", f"event:{event.pk}/{team.pk}", 200)
    moved(made["operator"], "office:13.75", f"event:{event.pk}", 50)
    html = page.client.get(page.path).content.decode()
    assert "Dikembalikan ke gudang dari bekal Tim Elang" in html
    body = {"do": "bag", "quantity": "150", "document": "BA/9"}
    with_team = {**body, "way": f"back/{team.pk}"}
    assert page.send(**with_team, once=str(uuid7())).status_code == 302
    assert (left("13.75").office, left("13.75").event) == (900, 100)
    assert page.send(**with_team, once=str(uuid7())).status_code == 422
    own = {**body, "quantity": "50", "way": "back"}
    assert page.send(**own, once=str(uuid7())).status_code == 302
    assert (left("13.75").office, left("13.75").event) == (950, 50)
    foreign = {**body, "way": f"back/{team.pk + 1}"}
    assert page.send(**foreign, once=str(uuid7())).status_code == 422


COUNTED = {"member_1": "Rina", "member_1_function": "Pengurus barang"}


def test_a_first_count_that_is_late_says_what_was_printed_since(made: World, browser: Any) -> None:
    people = [make_resident(made) for _ in range(3)]
    for resident, hours in zip(people, (5, 2, 1), strict=True):
        at = timezone.now() - timedelta(hours=hours)
        done = record(made, resident, "card_print", reason="damaged", occurred_at=at)
    with scoped(made["operator"].actor.scope):
        void_record(by=made["head"].actor, record=done, reason="wrong_person", card="never_used")
    page = Form(browser("operator"), "/stok/13.75/opname/catat/")
    data = {"account": "card|office:13.75", "physical": "300", **COUNTED}
    warning = "Sesudah jam ini telah dicetak"
    html = page.send(**data, counted_at=local(-4)).content.decode()
    assert f"{warning} 1 keping" in html
    # Those before the count, and those that were voided, are none of it; nor are those of a point.
    assert warning not in page.send(**data, counted_at=local()).content.decode()
    child = {**data, "account": "child_card|office:13.75"}
    assert (
        warning
        not in Form(page.client, f"{page.path}?item=child_card")
        .send(**child, item="child_card", counted_at=local(-4))
        .content.decode()
    )
    assert page.agree("record", **data, counted_at=local(-4)).status_code == 302
    assert (left("13.75").office, left("13.75").printed) == (299, 1)


def test_ribbons_are_counted_without_a_first_count(made: World, browser: Any) -> None:
    opened(made["operator"], "13.75", 1000)
    client = browser("operator")
    page = Form(client, "/stok/13.75/opname/catat/")
    data = {
        "account": "ribbon|office:13.75",
        "physical": "12",
        **COUNTED,
        "member_1_function": "head",
    }
    assert page.send(**data, counted_at=local(-1)).status_code == 302
    html = client.get("/stok/13.75/opname/").content.decode()
    assert html.count("opname pertama") == 1  # that of the cards
    with scoped("*"):
        ribbons = StockCount.objects.get(account__item="ribbon")
    sheet = client.get(f"/stok/13.75/berkas/opname/{ribbons.pk}/?format=docx")
    assert "opname pertama" not in words_of(sheet.content)
    # Who counted signs, whatever the function is called.
    assert "Rina" in words_of(sheet.content)


def test_a_signed_sheet_stays_as_it_was(made: World, browser: Any) -> None:
    client = browser("operator")
    moment = timezone.now() - timedelta(hours=2)
    first = opened(made["operator"], "13.75", 1000, counted_at=moment)
    path = "/stok/13.75/berkas/opname/{}/?format=docx"
    signed = words_of(client.get(path.format(first.pk)).content)
    # Somebody counts again, of the same minute.
    again = opened(made["operator"], "13.75", 977, counted_at=moment, reason="salah hitung")
    assert words_of(client.get(path.format(first.pk)).content) == signed
    assert "977" not in signed
    later = words_of(client.get(path.format(again.pk)).content)
    assert later.count("Blangko KTP-el") == 1
    assert "977" in later


def test_a_page_takes_as_many_cards_as_the_api(made: World, browser: Any) -> None:
    opened(made["operator"], "13.75", 0)
    client = browser("operator")
    page = Form(client, "/stok/13.75/catat/terima/")
    data = {
        "source": "centre",
        "document": "SJ/1",
        "occurred_at": local(),
        "target": "office:13.75",
    }
    assert page.send(**data, quantity="10.000.001").status_code == 422
    assert page.send(**data, quantity="10.000.000").status_code == 302
    assert left("13.75").office == 10_000_000
