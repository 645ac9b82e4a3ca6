"""A storekeeper's pages, the province's, and the sheets to sign."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone
from docx import Document

from dukcapil.accounts.scoping import scoped
from dukcapil.core.ids import uuid7
from events.incidents.models import Task
from events.stock.models import Movement, StockCount, StockRequest
from events.stock.selectors import balances
from events.stock.services.counting import count
from events.stock.services.moving import move
from tests.world import Caller, World, make_basis, make_caller, make_event, today

HOUR = timedelta(hours=1)
TEAM = [{"name": "Rina", "function": "Pengurus barang"}]


@pytest.fixture
def keeper(made: World) -> Caller:
    """The stock keeper of the province."""
    return make_caller("gudang13", "stock_keeper", "13", today())


def opened(caller: Caller, place: str, cards: int, **more: Any) -> StockCount:
    kind = "office" if len(place) == 5 else "province"
    body = {"counted_at": timezone.now() - timedelta(days=20), **more}
    with scoped(caller.actor.scope):
        return count(
            by=caller.actor,
            count_id=uuid7(),
            account=f"{kind}:{place}",
            item="card",
            physical=cards,
            team=TEAM,
            **body,
        )[0]


def moved(caller: Caller, source: str, target: str, n: int, **more: Any) -> Movement:
    body: dict[str, Any] = {"document": "BA/1", "occurred_at": timezone.now() - HOUR, **more}
    with scoped(caller.actor.scope):
        return move(
            by=caller.actor,
            movement_id=uuid7(),
            item="card",
            source=source,
            target=target,
            quantity=n,
            **body,
        )[0]


def left(code: str) -> Any:
    with scoped("*"):
        return balances([code], "card")[code]


def local(hours: int = 0) -> str:
    return f"{timezone.localtime() + timedelta(hours=hours):%Y-%m-%dT%H:%M}"


def asked_in(html: str) -> dict[str, str]:
    """Hidden fields of a question."""
    return dict(re.findall(r'name="(asked|asked_at|seen|version)"\s+value="([^"]*)"', html))


class Form:
    """Sends a form of a page, and again when it asks."""

    def __init__(self, client: Client, path: str) -> None:
        self.client, self.path = client, path

    def send(self, **data: Any) -> Any:
        assert self.client.get(self.path).status_code == 200
        return self.client.post(self.path, data)

    def agree(self, word: str, **data: Any) -> Any:
        first = self.send(**data)
        assert first.status_code == 409, first.content.decode()
        hidden = asked_in(first.content.decode())
        return self.client.post(self.path, {**data, **hidden, "confirm": word})


def test_an_office_counts_receives_and_is_shown_what_it_has(
    made: World, browser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser("operator")
    html = client.get("/stok/", follow=True).content.decode()
    assert "opname pertama" in html
    page = Form(client, "/stok/13.75/opname/catat/")
    data = {
        "account": "card|office:13.75",
        "physical": "1.200",
        "counted_at": local(-2),
        "member_1": "Rina",
        "member_1_function": "Pengurus barang",
    }
    assert "1.200" in page.send(**data).content.decode()
    assert left("13.75").office is None
    assert page.agree("record", **data).status_code == 302
    assert left("13.75").office == 1200
    receive = Form(client, "/stok/13.75/catat/terima/")
    body = {
        "source": "centre",
        "quantity": "4.000",
        "document": "SJ/12",
        "funds": "APBN",
        "occurred_at": local(-1),
        "target": "office:13.75",
    }
    assert receive.send(**body).status_code == 302
    assert left("13.75").office == 5200
    html = client.get("/stok/13.75/").content.decode()
    assert "5.200" in html
    assert "SJ/12 · APBN" in html
    statement = client.get("/stok/13.75/mutasi/").content.decode()
    assert statement.index("5.200") < statement.index("SJ/12") < statement.rindex("1.200")
    assert "SJ/12" not in client.get("/stok/13.75/mutasi/?text=SJ/13").content.decode()
    # A day that is none is said, and what else was looked for is looked for.
    refused = client.get("/stok/13.75/mutasi/?text=SJ/13&first=31-13-2026").content.decode()
    assert "errorlist" in refused
    assert "SJ/12" not in refused
    # Where more may fit than is shown, the page says so.
    cut = "mutasi terbaru yang sesuai"
    assert cut not in client.get("/stok/13.75/mutasi/?text=SJ").content.decode()
    monkeypatch.setattr("reports.cover.selectors.statement.MOST", 1)
    assert cut in client.get("/stok/13.75/mutasi/?text=SJ").content.decode()
    assert cut not in client.get("/stok/13.75/mutasi/").content.decode()
    # Another office's pages are not there.
    assert browser("neighbour").get("/stok/13.75/").status_code == 404
    assert browser("province_officer").get("/stok/13.75/").status_code == 200
    assert browser("province_officer").get("/stok/13.75/catat/").status_code == 403


def test_a_count_asks_before_it_books_and_tells_who_was_faster(made: World, browser: Any) -> None:
    opened(made["operator"], "13.75", 1000)
    client = browser("operator")
    page = Form(client, "/stok/13.75/opname/catat/")
    data = {
        "account": "card|office:13.75",
        "physical": "990",
        "counted_at": local(),
        "reason": "basah",
        "member_1": "Rina",
        "member_1_function": "Pengurus barang",
    }
    first = page.send(**data)
    assert first.status_code == 409
    html = first.content.decode()
    assert "−10" in html
    moved(made["operator"], "office:13.75", "spoiled:13.75:physical", 5)
    again = client.post(page.path, {**data, **asked_in(html), "confirm": "record"})
    assert again.status_code == 409
    assert left("13.75").office == 995
    # Another number than the one that was asked about is asked about anew.
    other = {**data, "physical": "900", "confirm": "record", **asked_in(html)}
    assert "−95" in client.post(page.path, other).content.decode()
    assert page.agree("record", **data).status_code == 302
    assert (left("13.75").office, left("13.75").difference) == (990, 5)
    refused = page.send(**{**data, "physical": "980", "member_1_function": ""})
    assert refused.status_code == 422
    nobody = page.send(**{**data, "member_1": "", "member_1_function": ""})
    assert nobody.status_code == 422


def test_a_bag_goes_out_and_comes_back_and_a_shipment_arrives_in_part(
    made: World, browser: Any, keeper: Caller
) -> None:
    opened(made["operator"], "13.75", 3000)
    opened(keeper, "13", 10_000)
    event = make_event(made)
    client = browser("operator")
    body = {"document": "BA/2", "occurred_at": local(), "source": "office:13.75"}
    bag = Form(client, f"/stok/13.75/catat/bekal/?kegiatan={event.pk}")
    assert bag.send(**body, event=str(event.pk), team="", quantity="200").status_code == 302
    assert (left("13.75").office, left("13.75").event) == (2800, 200)
    back = Form(client, "/stok/13.75/catat/kembali/")
    sent = {**body, "source": f"event:{event.pk}", "target": "office:13.75"}
    assert back.send(**sent, quantity="500").status_code == 422
    assert back.send(**sent, quantity="150").status_code == 302
    assert left("13.75").left == 3000
    moved(keeper, "province:13", "in_transit:13.75", 4000)
    moved(keeper, "province:13", "in_transit:13.75", 500, document="SJ/OTHER")
    waiting = browser("province_officer")
    # Both of its senders' pages name each shipment, and what of it did not arrive.
    for path in ("/stok/13/", "/stok/provinsi/13/"):
        assert rows_of(waiting, path) == [["BA/1", "4.000", "4.000"], ["SJ/OTHER", "500", "500"]]
    assert rows_of(client, "/stok/13.75/") == []
    arrived = Form(client, "/stok/13.75/catat/tiba/")
    came = {"document": "SJ/1", "occurred_at": local(), "target": "office:13.75"}
    assert 'value="4.500"' in client.get(arrived.path).content.decode()
    assert arrived.agree("record", **came, quantity="3.900").status_code == 302
    assert (left("13.75").office, left("13.75").in_transit) == (6850, 600)
    assert rows_of(waiting, "/stok/13/") == [["BA/1", "4.000", "100"], ["SJ/OTHER", "500", "500"]]
    assert arrived.agree("record", **came, quantity="500").status_code == 302
    assert rows_of(waiting, "/stok/13/") == [["SJ/OTHER", "500", "100"]]
    assert arrived.send(**came, quantity="200").status_code == 422
    missing = Form(client, "/stok/13.75/catat/hilang/")
    gone = {"document": "BA/3", "occurred_at": local(), "source": "in_transit:13.75"}
    assert missing.send(**gone, quantity="100", reason="").status_code == 422
    assert missing.agree("record", **gone, quantity="100", reason="dus basah").status_code == 302
    assert left("13.75").in_transit == 0
    # The sender's end sees it too.
    html = browser("province_officer").get("/stok/13/mutasi/").content.decode()
    assert "4.000" in html


def rows_of(client: Client, path: str) -> list[list[str]]:
    """Document, sent, and not arrived, of what is still on its way to others."""
    page = BeautifulSoup(client.get(path).content, "html.parser")
    panels = [one for one in page.select("section.panel") if "belum tiba" in one.get_text()]
    return [
        [cell.get_text(strip=True) for cell in row.find_all("td")[-3:]]
        for panel in panels
        for row in panel.select("tbody tr")
    ]


def test_a_moment_left_as_proposed_is_the_moment_of_sending(made: World, browser: Any) -> None:
    """Counted in the minute in which cards moved, and moved in the minute of the count."""
    opened(made["operator"], "13.75", 1000)
    client = browser("operator")
    page = Form(client, "/stok/13.75/opname/catat/")
    fields = dict(re.findall(r'name="(proposed|counted_at)" value="([^"]*)"', opens(page)))
    assert fields["proposed"] == fields["counted_at"]
    moved(made["operator"], "office:13.75", "spoiled:13.75:print", 40, occurred_at=timezone.now())
    team = {"member_1": "Rina", "member_1_function": "Pengurus barang"}
    data = {"account": "card|office:13.75", "physical": "960", **fields, **team}
    # Asked about a moment that somebody typed, the books are those of then.
    then = {**data, "physical": "990", "counted_at": local(-1), "reason": "basah"}
    asked = page.send(**then)
    assert (asked.status_code, "−10" in asked.content.decode()) == (409, True)
    assert page.send(**data).status_code == 302
    with scoped("*"):
        counted = StockCount.objects.order_by("-counted_at")[0]
    assert (counted.system, counted.difference) == (960, 0)
    spoil = Form(client, "/stok/13.75/catat/rusak/")
    minute = f"{timezone.localtime(counted.counted_at):%Y-%m-%dT%H:%M}"
    body = {
        "source": "office:13.75",
        "target": "spoiled:13.75:print",
        "quantity": "1",
        "document": "BA/9",
        "reason": "basah",
        "occurred_at": minute,
    }
    # While cards move a count is asked about and said yes to: it is of the moment that was asked about.
    opens(page)
    data |= {"physical": "950", "reason": "basah"}
    html = page.send(**data).content.decode()
    moved(made["operator"], "office:13.75", "spoiled:13.75:print", 3, occurred_at=timezone.now())
    yes = {**data, **asked_in(html), "confirm": "record"}
    assert client.post(page.path, yes).status_code == 302
    with scoped("*"):
        again = StockCount.objects.order_by("-counted_at")[0]
    assert (again.system, again.difference, left("13.75").office) == (960, -10, 947)
    # Typed, that minute begins before the count; left as proposed, it means now.
    assert spoil.send(**body).status_code == 422
    assert spoil.send(**body, proposed=minute).status_code == 302


def opens(page: Form) -> str:
    return str(page.client.get(page.path).content.decode())


def test_cards_are_destroyed_by_minutes_before_two_witnesses(made: World, browser: Any) -> None:
    opened(made["operator"], "13.75", 3000)
    given = moved(made["operator"], "office:13.75", "spoiled:13.75:encode", 12)
    moved(made["operator"], "public:13.75", "handed_in:13.75:moved", 30)
    client = browser("operator")
    page = Form(client, "/stok/13.75/catat/musnah/")
    data = {
        "class_spoiled:13.75:encode": "12",
        "class_handed_in:13.75:moved": "30",
        "number": "050/08/BA-DUKCAPIL/II/2026",
        "date": str(today()),
        "occurred_at": local(),
        "reason": "dibakar",
        "witness_1": "Budi",
        "witness_1_function": "Auditor",
        "witness_1_office": "Inspektorat",
    }
    second = {"witness_2": "Sari", "witness_2_function": "Kasi", "witness_2_office": "Satpol PP"}
    assert page.send(**data).status_code == 422
    assert "42" in page.send(**data, **second).content.decode()
    assert left("13.75").destroyed == 0
    # A yes is to what was asked about: with another class in its place it is asked anew.
    hidden = asked_in(page.send(**data, **second).content.decode())
    moved(made["operator"], "spoiled:13.75:encode", "office:13.75", 12, reason="salah ketik")
    moved(made["operator"], "office:13.75", "spoiled:13.75:print", 12)
    late = client.post(page.path, {**data, **second, **hidden, "confirm": "record"})
    assert (late.status_code, left("13.75").destroyed) == (409, 0)
    moved(made["operator"], "spoiled:13.75:print", "office:13.75", 12, reason="salah ketik")
    moved(made["operator"], "office:13.75", "spoiled:13.75:encode", 12)
    assert page.agree("record", **data, **second).status_code == 302
    assert (left("13.75").destroyed, left("13.75").spoiled) == (42, 0)
    with scoped("*"):
        one = Movement.objects.filter(target__kind="destroyed").first()
        counted = StockCount.objects.get()
    assert one is not None
    papers = f"/stok/13.75/berkas/pemusnahan/{one.pk}/"
    pdf = client.get(f"{papers}?format=pdf")
    assert pdf.content.startswith(b"%PDF")
    assert client.get(f"{papers}?format=pdf").content == pdf.content
    text = words_of(client.get(f"{papers}?format=docx").content)
    for part in (
        "BERITA ACARA PEMUSNAHAN",
        "050/08/BA-DUKCAPIL/II/2026",
        "Budi",
        "Satpol PP",
        "42",
    ):
        assert part in text
    opname = f"/stok/13.75/berkas/opname/{counted.pk}/?format=docx"
    assert "Rina" in words_of(client.get(opname).content)
    # A sheet of another kind, or of another office, is none.
    assert client.get(f"/stok/13.75/berkas/serah-terima/{one.pk}/").status_code == 404
    assert browser("neighbour").get(f"/stok/13.06/berkas/pemusnahan/{one.pk}/").status_code == 404
    hand_over = client.get(f"/stok/13.75/berkas/serah-terima/{given.pk}/?format=docx")
    assert "SERAH TERIMA" in words_of(hand_over.content)


def words_of(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def test_an_office_asks_and_the_province_decides(made: World, browser: Any, keeper: Caller) -> None:
    client = browser("operator")
    page = Form(client, "/stok/13.75/permintaan/")
    assert page.send(item="card", quantity="8.000", reason="").status_code == 422
    assert page.send(item="card", quantity="8.000", reason="PRR 7.500").status_code == 302
    with scoped("*"):
        asked = StockRequest.objects.get()
    path = f"/stok/permintaan/{asked.pk}/"
    assert "8.000" in client.get(path).content.decode()
    assert client.post(path, {"granted": "1"}).status_code == 403
    assert browser("neighbour").get(path).status_code == 404
    officer = browser("province_officer")
    assert path in officer.get("/stok/provinsi/13/").content.decode()
    decide = Form(officer, path)
    assert decide.send(granted="0", note="").status_code == 422
    assert decide.send(granted="1.000", note="sisanya Desember").status_code == 302
    html = client.get(page.path).content.decode()
    assert "1.000" in html
    assert "sisanya Desember" in html
    assert path not in officer.get("/stok/provinsi/13/").content.decode()
    assert officer.post(path, {"granted": "5"}).status_code in (404, 409)


def test_a_province_shares_out_after_a_question(made: World, browser: Any, keeper: Caller) -> None:
    opened(keeper, "13", 5000)
    opened(made["operator"], "13.75", 900)
    opened(made["neighbour"], "13.06", 9000)
    for caller, code, n in ((made["operator"], "13.75", 100), (made["neighbour"], "13.06", 60)):
        for days in (2, 3, 4):
            when = timezone.now() - timedelta(days=days)
            moved(caller, f"office:{code}", f"spoiled:{code}:print", n, occurred_at=when)
    officer = browser("province_officer")
    html = officer.get("/stok/provinsi/13/").content.decode()
    assert html.index("Bukittinggi") < html.index("Agam")
    assert "Laksanakan usulan" not in html
    assert officer.post("/stok/provinsi/13/", {"do": "share"}).status_code == 403
    client = Client()
    client.force_login(keeper.user)
    page = Form(client, "/stok/provinsi/13/")
    version = asked_in(client.get(page.path).content.decode())["version"]
    data = {"do": "share", "item": "card", "document": "S/7", "version": version}
    assert left("13.75").in_transit == 0
    # Stock moves between the question and its answer: what was shown is over.
    question = page.send(**data).content
    asked = BeautifulSoup(question, "html.parser").select_one(".question p")
    assert asked is not None
    assert asked.get_text().startswith("4.000 keping")
    seen = asked_in(question.decode())
    moved(keeper, "province:13", "in_transit:13.06", 2000)
    late = client.post(page.path, {**data, "asked": seen["asked"], "confirm": "share"})
    assert late.status_code == 409
    assert left("13.75").in_transit == 0
    version = asked_in(client.get(page.path).content.decode())["version"]
    assert page.agree("share", **{**data, "version": version}).status_code == 302
    assert left("13.75").in_transit == 2000
    assert left("13").office == 1000
    with scoped("*"):
        assert not Task.objects.exists()


def test_a_threshold_warns(made: World, browser: Any) -> None:
    opened(made["operator"], "13.75", 1500)
    client = browser("operator")
    warning = "batas peringatan"
    assert warning not in client.get("/stok/13.75/").content.decode()
    body = {"do": "threshold", "least": "2.000", "valid_from": str(today())}
    assert client.post("/stok/13.75/", body).status_code == 302
    assert warning in client.get("/stok/13.75/").content.decode()
    assert browser("province_officer").post("/stok/13.75/", body).status_code == 403


def test_board_and_daily_report_show_stock_as_a_stock(made: World, browser: Any) -> None:
    opened(made["operator"], "13.75", 1500)
    moved(made["operator"], "office:13.75", "spoiled:13.75:print", 100)
    [row] = made["operator"].get("desk/?region=13.75").json["results"]
    assert (row["cards_left"], row["days_of_cover"]) == (1400, None)
    before = str(today() - timedelta(days=5))
    [row] = made["operator"].get(f"desk/?region=13.75&day={before}").json["results"]
    assert row["cards_left"] == 1500
    earlier = str(today() - timedelta(days=40))
    [row] = made["operator"].get(f"desk/?region=13.75&day={earlier}").json["results"]
    assert row["cards_left"] is None


def test_another_office_is_asked_for_what_it_does_not_need_and_need_is_what_coverage_says(
    made: World, keeper: Caller
) -> None:
    rows = [
        {"region_code": "13.75", "wajib_ktp": "1000", "recorded": "990", "printed": "900"},
        {"region_code": "13.06", "wajib_ktp": "3000", "recorded": "2810", "printed": "2700"},
    ]
    make_basis(rows=rows)
    opened(made["operator"], "13.75", 500)
    opened(made["neighbour"], "13.06", 9000)
    for caller, code in ((made["operator"], "13.75"), (made["neighbour"], "13.06")):
        for days in (2, 3, 4):
            when = timezone.now() - timedelta(days=days)
            moved(caller, f"office:{code}", f"spoiled:{code}:print", 150, occurred_at=when)
    [row] = made["operator"].get("stock/?region=13.75&item=card").json["results"]
    [covered] = made["operator"].get("coverage/?region=13.75&level=regency").json["results"]
    assert covered["recorded"] - covered["printed"] + covered["unrecorded"] == row["need"] == 100
    assert row["days_of_cover"] == "0.3"
    client = Client()
    client.force_login(keeper.user)
    page = Form(client, "/stok/provinsi/13/")
    html = client.get(page.path).content.decode()
    # 8,550 and 50 cards at 150 a day: two outers, after which both last about as long.
    assert "Kota Bukittinggi cukup untuk 27,0 hari, semula 0,3" in html
    assert "kebutuhannya 300" in html
    data = {"do": "share", "item": "card", "document": "S/7", "version": asked_in(html)["version"]}
    assert page.agree("share", **data).status_code == 302
    assert left("13.75").in_transit == 0
    with scoped("*"):
        task = Task.objects.get()
    assert task.office_id == "13.06"
    assert "4.000" in task.text
    assert "S/7" in task.text
