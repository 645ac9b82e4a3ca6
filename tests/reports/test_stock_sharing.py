"""What a province hands out, what a day had, and whose stock stands first."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.errors import Conflict
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.incidents.models import Task
from events.incidents.services import finish_task
from events.stock.services.counting import count
from reports.cover.selectors.cover import UNKNOWN, cover_of
from reports.cover.selectors.office import accounts_of, newest_lines
from reports.cover.selectors.province import plan_version, province_stock
from reports.cover.services.sharing import share
from tests.reports.test_build import built
from tests.reports.test_paper import cells, client_of, words
from tests.reports.test_stock_pages import TEAM, Form, asked_in, left, moved, opened
from tests.threads import until_one_waits
from tests.world import Caller, World, make_basis, make_caller, make_resident, record, today


def keeper_of(place: str) -> Caller:
    return make_caller(f"gudang{place}", "stock_keeper", place, today())


def page_of(caller: Caller) -> Client:
    client = Client()
    client.force_login(caller.user)
    return client


def used(caller: Caller, office: str, a_day: int) -> None:
    """As much on each of three days that are over."""
    for days in (2, 3, 4):
        when = timezone.now() - timedelta(days=days)
        moved(caller, f"office:{office}", f"spoiled:{office}:print", a_day, occurred_at=when)


def proposed(caller: Caller) -> Any:
    with scoped(caller.actor.scope):
        return province_stock(Region.objects.get(pk="13"), "card", today())


def moves_of(caller: Caller) -> list[tuple[str, str, int]]:
    return [(one.source, one.target, one.outers) for one in proposed(caller).plan.moves]


def test_what_is_on_its_way_is_not_sent_twice(made: World) -> None:
    keeper = keeper_of("13")
    opened(keeper, "13", 4000)
    opened(made["operator"], "13.75", 900)
    opened(made["neighbour"], "13.06", 1150)
    used(made["operator"], "13.75", 100)
    used(made["neighbour"], "13.06", 50)
    assert moves_of(keeper) == [("13", "13.75", 1), ("13", "13.06", 1)]
    moved(keeper, "province:13", "in_transit:13.75", 2000)
    assert moves_of(keeper) == [("13", "13.06", 1)]
    moved(keeper, "province:13", "in_transit:13.06", 2000)
    assert moves_of(keeper) == []
    # 600 and 2,000 at 100 a day: the first line says what it adds up.
    moved(keeper, "centre", "province:13", 2000, funds="APBN")
    [line] = proposed(keeper).lines
    assert (line.move.target, line.move.outers) == ("13.75", 1)
    assert "cukup untuk 46,0 hari, semula 26,0" in line.why
    assert "2.000 keping sudah dalam pengiriman ke sana" in line.why
    # The newest of what came in and of what went out.
    with scoped("*"):
        store = accounts_of("13")
        since = timezone.now() - timedelta(days=60)
        newest, last = (newest_lines(store, "card", since, most) for most in (3, 1))
    shown = [(one.movement.source_kind, one.movement.target.office_id) for one in newest]
    assert shown == [("centre", None), ("province", "13.06"), ("province", "13.75")]
    assert last == newest[:1]


def test_an_office_gives_what_lies_in_its_store_alone(made: World) -> None:
    """What is on its way to an office nobody can send on from there."""
    rows = [
        {"region_code": "13.75", "wajib_ktp": "1000", "recorded": "990", "printed": "900"},
        {"region_code": "13.06", "wajib_ktp": "3000", "recorded": "2810", "printed": "2700"},
    ]
    make_basis(rows=rows)
    keeper = keeper_of("13")
    opened(keeper, "13", 20_000)
    opened(made["operator"], "13.75", 500)
    opened(made["neighbour"], "13.06", 3450)
    used(made["operator"], "13.75", 150)
    used(made["neighbour"], "13.06", 150)
    moved(keeper, "province:13", "in_transit:13.06", 20_000)
    # 23,000 and 50 cards at 150 a day: with all of it, five outers would go.
    assert moves_of(keeper) == [("13.06", "13.75", 1)]


def test_a_proposal_is_carried_out_once_and_who_is_to_send_reads_it(made: World) -> None:
    rows = [
        {"region_code": "13.75", "wajib_ktp": "1000", "recorded": "990", "printed": "900"},
        {"region_code": "13.06", "wajib_ktp": "3000", "recorded": "2810", "printed": "2700"},
    ]
    make_basis(rows=rows)
    opened(made["operator"], "13.75", 500)
    opened(made["neighbour"], "13.06", 9000)
    used(made["operator"], "13.75", 150)
    used(made["neighbour"], "13.06", 150)
    client = page_of(keeper_of("13"))
    page = Form(client, "/stok/provinsi/13/")
    version = asked_in(client.get(page.path).content.decode())["version"]
    data = {"do": "share", "item": "card", "document": "S/7", "version": version}
    hidden = asked_in(page.send(**data).content.decode())
    for _click in range(2):
        done = client.post(page.path, {**data, **hidden, "confirm": "share"})
        assert done.status_code == 302
    # The same once more, by another letter, from somebody who reads English.
    client.cookies["django_language"] = "en"
    other = {**data, "document": "S/8"}
    said = asked_in(client.post(page.path, other).content.decode())
    assert client.post(page.path, {**other, **said, "confirm": "share"}).status_code == 302
    with scoped("*"):
        task = Task.objects.get()
    sender, other = page_of(keeper_of("13.06")), page_of(keeper_of("13.75"))
    assert task.text in sender.get("/stok/13.06/").content.decode()
    sender.cookies["django_language"] = "en"
    assert task.text in sender.get("/stok/13.06/").content.decode()
    assert task.text not in other.get("/stok/13.75/").content.decode()
    assert other.get("/stok/13.06/").status_code == 404
    with scoped("*"):
        finish_task(by=made["province_officer"].actor, task_id=task.pk)
    assert task.text not in sender.get("/stok/13.06/").content.decode()
    # What was done before may be asked for again, and reads the same whoever asks.
    client.post(page.path, {**data, **hidden, "confirm": "share"})
    with scoped("*"):
        assert Task.objects.filter(text=task.text, owner=task.owner).count() == 2


def test_stock_that_moved_while_a_proposal_waited_makes_it_another(kept: World) -> None:
    keeper, operator = keeper_of("13"), kept["operator"]
    opened(keeper, "13", 5000)
    opened(operator, "13.75", 900)
    opened(kept["neighbour"], "13.06", 9000)
    used(operator, "13.75", 100)
    used(kept["neighbour"], "13.06", 60)
    found = proposed(keeper)
    assert moves_of(keeper)[0][:2] == ("13", "13.75")
    refused: list[Exception] = []

    def carry_out() -> None:
        try:
            with scoped(keeper.actor.scope):
                version = plan_version(found.plan.moves)
                share(
                    by=keeper.actor,
                    province=found.region,
                    item="card",
                    version=version,
                    document="S/7",
                )
        except Conflict as error:
            refused.append(error)
        finally:
            connection.close()

    sharing = threading.Thread(target=carry_out)
    with transaction.atomic():
        moved(operator, "centre", "office:13.75", 40_000, funds="APBN")
        sharing.start()
        until_one_waits()
    sharing.join()
    assert [str(getattr(one, "code", "")) for one in refused] == ["changed-meanwhile"]
    assert (left("13.75").in_transit, left("13").office) == (0, 5000)


def test_an_empty_office_stands_before_those_of_which_less_is_known(made: World) -> None:
    opened(made["operator"], "13.75", 0)
    opened(made["neighbour"], "13.06", 9000)
    used(made["neighbour"], "13.06", 60)
    keeper = keeper_of("13")
    kept = proposed(keeper).kept
    assert [row.region.pk for row in kept] == ["13.75", "13.06"]
    # Where the region's clock has another day, an office's own says how long its cards last.
    with scoped(keeper.actor.scope):
        region = Region.objects.get(pk="13")
        before = province_stock(region, "card", today() - timedelta(days=3)).kept
    assert kept[1].days is not None
    assert [row.days for row in before] == [row.days for row in kept]


def test_what_was_taken_back_was_not_used(made: World) -> None:
    operator = made["operator"]
    opened(operator, "13.75", 50_000)
    used(operator, "13.75", 40)
    wrong = timezone.now() - timedelta(days=3)
    moved(operator, "office:13.75", "spoiled:13.75:print", 40_000, occurred_at=wrong)
    back = {"reason": "Salah ketik: 40.000, seharusnya 40"}
    moved(operator, "spoiled:13.75:print", "office:13.75", 40_000, **back)
    [row] = operator.get("stock/?region=13.75&item=card").json["results"]
    assert row["balance"]["spoiled"] == 120
    assert row["days_of_cover"] == "1247.0"


def test_a_day_has_the_ribbons_that_it_had_and_no_day_to_come_has_any_stock(made: World) -> None:
    operator = made["operator"]
    opened(operator, "13.75", 10_120)
    used(operator, "13.75", 40)
    for days, ribbons in ((15, 2), (0, 20)):
        with scoped(operator.actor.scope):
            count(
                by=operator.actor,
                count_id=uuid7(),
                account="office:13.75",
                item="ribbon",
                physical=ribbons,
                counted_at=timezone.now() - timedelta(days=days),
                team=TEAM,
            )
    days = [timedelta(days=n) for n in (0, -1, -16, 1, 20)]
    with scoped("*"):
        now, yesterday, before, tomorrow, ahead = (
            cover_of(["13.75"], today() + one)["13.75"] for one in days
        )
    assert (now.ribbons, now.text) == (20, "250.0")
    assert (yesterday.ribbons, yesterday.text) == (2, "25.0")
    assert (before.cards, before.ribbons) == (10_120, None)
    assert (tomorrow, ahead) == (UNKNOWN, UNKNOWN)
    [row] = operator.get(f"desk/?region=13.75&day={today() + days[4]}").json["results"]
    assert (row["cards_left"], row["days_of_cover"]) == (None, None)


def test_stock_in_a_report_says_by_which_books_and_is_none_of_an_old_revision(
    kept: World,
) -> None:
    opened(kept["operator"], "13.75", 1500)
    record(kept, make_resident(kept))
    built()
    record(kept, make_resident(kept))
    built()
    office, province = client_of("head"), client_of("province_officer")
    path = f"/laporan/13.75/berkas/?date={today()}"
    label = "Sisa blangko pada akhir hari, menurut buku "
    now, old = (
        words(office.get(f"{path}&format=pdf{more}").content) for more in ("", "&revision=1")
    )
    assert label in now
    assert label not in old
    assert "Sisa blangko" not in old
    page = f"/laporan/13.75/?date={today()}"
    assert "menurut buku" in office.get(page).content.decode()
    assert "menurut buku" not in office.get(f"{page}&revision=1").content.decode()
    region = f"/laporan/13/berkas/?date={today()}&format=xlsx"
    assert "menurut buku" in " ".join(str(one) for one in cells(province.get(region).content))
