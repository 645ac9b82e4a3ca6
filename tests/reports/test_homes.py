"""The first page of each role, the nil report in one step, the evaluation, the status of the nation, the
control room.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils.formats import date_format
from django.utils.translation import override
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from dukcapil.accounts.scoping import scoped
from dukcapil.accounts.staff.services import add_staff
from dukcapil.core.db import rows
from dukcapil.core.templatetags.kept import fields
from dukcapil.regions.models import Region
from events.calendar.selectors import days_worked
from events.planning.services.events import plan_event
from events.resources.services import ask_loan
from reports.daily.models import DayConfirmation, RegencyDay
from reports.daily.selectors.reporting import reporting
from reports.daily.services.confirming import lock_region
from tests.engines import LONG, dice
from tests.pages.conftest import Asked, little
from tests.pages.test_lists import MOST, corrections, proposals, requests, set_aside
from tests.world import (
    VILLAGES,
    World,
    at,
    make_basis,
    make_caller,
    make_event,
    make_resident,
    record,
    today,
)

Browser = Callable[[str], Client]
YESTERDAY = today() - timedelta(days=1)
EVERY_ROLE = (
    *("operator", "head", "province_officer", "nation_viewer", "administrator"),
    "village_verifier",
)


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def waiting(client: Client) -> list[str]:
    return waiting_in(client.get("/hari-ini/").content.decode())


def waiting_in(html: str) -> list[str]:
    """The lines of "Perlu tindakan Anda"."""
    panel = html[html.index('id="waiting"') :]
    panel = panel[: panel.index("</section>")]
    return [text_of(line) for line in re.findall(r"<a .*?</a>", panel, re.DOTALL)]


def a_day_for_everybody(made: World) -> None:
    """Two of what a head decides, three of what others do; some of it another office's."""
    operator, region = made["operator"].actor, Region.objects.get(pk="13.75")
    plan: dict[str, Any] = {
        "title": "Rencana",
        "kind": "gebyar",
        "office": region,
        "village": Region.objects.get(pk=VILLAGES["13.75"]),
        "place": "Aula",
        "starts_on": today(),
        "ends_on": today(),
        "services": ["recording"],
    }
    with scoped(operator.scope):
        for _number in range(2):
            plan_event(by=operator, **plan)
    make_event(made, starts_on=YESTERDAY, ends_on=YESTERDAY)
    with scoped(made["neighbour"].actor.scope):
        event = make_event(made, "13.06")
        ask_loan(by=made["neighbour"].actor, event=event, lender=region, wanted="Satu set")
    with scoped(operator.scope):
        lender = Region.objects.get(pk="13.06")
        ask_loan(by=operator, event=make_event(made), lender=lender, wanted="Satu set")
    add_staff(
        by=made["head"].actor,
        username="usulan-sendiri",
        name="P",
        role="district_head",
        region=region,
        starts_on=today(),
    )
    corrections(made, 3)
    requests(made, 2)
    proposals(made, 1)
    set_aside(made, 1)


def test_each_is_told_what_waits_and_nobody_what_another_decides(
    made: World, browser: Browser
) -> None:
    """And no page of theirs asks much for it."""
    clients = {who: browser(who) for who in EVERY_ROLE}
    make_basis()
    assert {who: waiting(one) for who, one in clients.items()} == {who: [] for who in EVERY_ROLE}
    a_day_for_everybody(made)
    pages = {who: little(one, "/hari-ini/", MOST).answer for who, one in clients.items()}
    of_desk = [
        "2 permintaan kunjungan perlu direncanakan",
        "3 usulan perbaikan data penduduk menunggu",
    ]
    of_staff = "%s usulan tentang petugas menunggu persetujuan Anda"
    assert {who: waiting_in(page.content.decode()) for who, page in pages.items()} == {
        "operator": of_desk,
        "head": [
            "2 kegiatan menunggu persetujuan Anda",
            "1 kegiatan sudah lewat dan belum ditutup",
            "1 dinas meminta pinjaman petugas atau alat Anda",
            *of_desk,
            of_staff % 1,
        ],
        "province_officer": ["1 pencatatan menunggu verifikasi", of_staff % 2],
        "nation_viewer": [],
        "administrator": [of_staff % 2],
        "village_verifier": [],
    }
    # What differs between roles stands on the first page; of these each run asks half of them for either.
    fall = dice("homes")
    for path in ("/evaluasi/", "/layar/"):
        for who in EVERY_ROLE if LONG else fall.sample(EVERY_ROLE, len(EVERY_ROLE) // 2):
            little(clients[who], path, MOST)
    for who, path in (("nation_viewer", f"/laporan/00/?date={YESTERDAY}&open=13"),):
        asked = Asked(browser(who), path)
        assert asked.count <= MOST, "\n".join(asked.sql)


# --- nil, in one step -------------------------------------------------------------------------------


def workday() -> date:
    """The last day before today that is owed."""
    rates = reporting("13.75", YESTERDAY)
    return rates["13.75"]["missing"][0]


def report_nil(client: Client, day: date, **changes: str) -> str:
    body = {"day": str(day), "nil_reason": "network", "note": "", **changes}
    return client.post("/hari-ini/", body, follow=True).content.decode()


def test_an_operator_reports_nil_in_one_step(made: World, browser: Browser) -> None:
    day, client = workday(), browser("operator")
    page = client.get("/hari-ini/").content.decode()
    assert f'name="day" value="{day}"' in page
    chosen = re.findall(r"<option[^>]*selected[^>]*>", page)
    assert chosen == ['<option value="" selected>'] * len(chosen)
    assert chosen
    report_nil(client, day, nil_reason="")
    report_nil(client, day, nil_reason="other")
    assert not DayConfirmation.objects.exists()
    assert not RegencyDay.objects.exists()
    assert "dilaporkan nihil" in report_nil(client, day)
    [said] = DayConfirmation.objects.select_related("day")
    assert (said.nil_reason, said.day.revision, said.day.regency_id) == ("network", 1, "13.75")
    assert f'name="day" value="{day}"' not in client.get("/hari-ini/").content.decode()
    report_nil(client, day, note="lagi")
    assert DayConfirmation.objects.count() == 1
    assert workday() < day


def test_nil_is_reported_of_days_that_are_owed_alone(made: World, browser: Browser) -> None:
    """Neither of a day off, nor of one that is long over or was never worked."""
    worked = days_worked(["13.75"], YESTERDAY - timedelta(days=29), YESTERDAY)["13.75"]
    off = next(day for n in range(1, 30) if (day := today() - timedelta(days=n)) not in worked)
    client = browser("operator")
    old = today() - timedelta(days=31)
    for day in (date(1, 1, 1), date(1999, 1, 3), old, off):
        answer = client.post(
            "/hari-ini/", {"day": day.isoformat(), "nil_reason": "closed", "note": ""}
        )
        assert answer.status_code == 422, day
        assert "bukan hari yang harus dilaporkan" in answer.content.decode(), day
    assert not RegencyDay.objects.exists()
    assert not DayConfirmation.objects.exists()


def test_forms_of_days_are_kept_apart_and_without_what_somebody_typed(
    made: World, browser: Browser
) -> None:
    client = browser("operator")
    # From the next morning on; that it is missing is said from noon.
    worked = days_worked(["13.75"], YESTERDAY - timedelta(days=29), YESTERDAY)["13.75"]
    days = sorted(worked, reverse=True)[:3]
    fields.forget()
    for _drawn in range(2):
        page = client.get("/hari-ini/").content.decode()
        assert re.findall(r'type="hidden" name="day" value="([\d-]+)" id="([\d-]+)-day"', page) == [
            (str(day), str(day)) for day in days
        ]
        assert [f'id="{day}-note"' in page for day in days] == [True] * 3
        assert len(fields) == 3
    body = {"day": str(days[1]), "nil_reason": "", "note": "Genset Contoh Warga"}
    refused = client.post("/hari-ini/", body).content.decode()
    assert refused.count('value="Genset Contoh Warga"') == 1
    assert len(fields) == 3
    for reader in (client, browser("operator")):
        assert "Genset" not in reader.get("/hari-ini/").content.decode()
    client.post("/bahasa/", {"language": "en", "next": "/"})
    assert "Note" in client.get("/hari-ini/").content.decode()
    assert len(fields) == 6, "of each language"


def test_a_nil_report_that_is_refused_keeps_its_note(made: World, browser: Browser) -> None:
    day, client = workday(), browser("operator")
    body = {"day": str(day), "nil_reason": "", "note": "Genset dipinjam kecamatan"}
    answer = client.post("/hari-ini/", body)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert html.count('value="Genset dipinjam kecamatan"') == 1
    assert "Belum disimpan" in html
    # The day has no form any more: what was typed is there to copy.
    report_nil(client, day)
    gone = client.post("/hari-ini/", body | {"nil_reason": "network"})
    assert gone.status_code in (409, 422)
    assert "Genset dipinjam kecamatan" in gone.content.decode()


def test_nil_is_no_report_of_a_day_with_work_nor_of_anothers(made: World, browser: Browser) -> None:
    day = workday()
    record(made, make_resident(made), occurred_at=at(9, 0, day))
    assert "sedang diperbarui" in report_nil(browser("operator"), day)
    assert "belum selesai" in report_nil(browser("operator"), today())
    for who in ("province_officer", "village_verifier", "nation_viewer"):
        answer = browser(who).post("/hari-ini/", {"day": str(day), "nil_reason": "network"})
        assert answer.status_code in (403, 404), who
    assert not DayConfirmation.objects.exists()


def test_the_database_writes_no_other_report(made: World) -> None:
    """`nil_day` is called by whoever has the web's rights; it looks for itself."""
    day = workday()
    with scoped(made["operator"].actor.scope):
        call = "SELECT nil_day(%s, %s, 0)"
        assert rows(call, ["13.06", day]) == [(False,)]
        assert rows(call, ["13", day]) == [(False,)]
        assert rows(call, ["13.75", today() + timedelta(days=1)]) == [(False,)]
        assert rows(call, ["13.75", today() - timedelta(days=40)]) == [(False,)]
        assert rows(call, ["13.75", date(1999, 1, 3)]) == [(False,)]
        assert rows(call, ["13.75", day]) == [(True,)]
        assert rows(call, ["13.75", day]) == [(False,)]


def test_days_to_confirm_lead_to_their_figures_and_reasons_are_never_chosen_beforehand(
    made: World, browser: Browser
) -> None:
    report_nil(browser("operator"), workday(), nil_reason="closed")
    page = browser("operator").get(f"/laporan/13.75/?date={workday()}").content.decode()
    assert '<option value="closed" selected' not in page


# --- a province, the nation, a village --------------------------------------------------------------


def test_a_province_sees_the_worst_and_who_owes_a_day_with_the_text(
    made: World, browser: Browser
) -> None:
    whole_province(made)
    day = workday()
    report_nil(browser("operator"), day)
    html = browser("province_officer").get("/hari-ini/").content.decode()
    worst = html[html.index("Lima terjauh") :]
    names = re.findall(r'<th scope="row"><a[^>]*>([^<]+)</a>', worst[: worst.index("</table>")])
    assert names == [f"Kab. {name}" for name in FURTHEST]
    reminder = re.search(r'<pre id="reminder"[^>]*>(.*?)</pre>', html, re.DOTALL)
    assert reminder is not None
    lines = [line for line in reminder[1].splitlines() if re.match(r"\d+\. ", line)]
    assert len(lines) == 19
    rates = reporting("13", YESTERDAY)
    assert len(rates["13.75"]["missing"]) == len(rates["13.06"]["missing"]) - 1
    assert lines[-1].startswith("19. Kota Bukittinggi: ")
    assert 'data-copy="#reminder"' in html
    assert "wa.me" not in html


@pytest.mark.contexts
def test_a_day_locked_without_its_office_is_asked_of_nobody(made: World, browser: Browser) -> None:
    """Nobody may confirm it any more: it is late in the rate for good, and no reminder names it."""
    province, day = made["province_officer"].actor, workday()
    before = reporting("13.75", YESTERDAY)["13.75"]
    with scoped(made["operator"].actor.scope):
        assert rows("SELECT nil_day(%s, %s, 0)", ["13.75", day]) == [(True,)]
    with scoped(province.scope):
        assert lock_region(by=province, code="13", day=day, version=None).count == 1
    after = reporting("13.75", YESTERDAY)["13.75"]
    assert after["missing"] == before["missing"][1:]
    assert (after["due"], after["confirmed"]) == (before["due"], 0)
    own = browser("operator").get("/hari-ini/").content.decode()
    assert f'name="day" value="{day}"' not in own
    assert f'name="day" value="{after["missing"][0]}"' in own
    late = browser("province_officer").get("/hari-ini/").context["late"]
    latest = {code: day for code, _name, day, _days in late}
    assert latest["13.75"] == after["missing"][0] < latest["13.06"] == day


def test_others_begin_with_their_own(made: World, browser: Browser) -> None:
    make_basis()
    pages = {who: browser(who).get("/hari-ini/").content.decode() for who in EVERY_ROLE}
    assert 'id="queues"' in pages["administrator"]
    assert [who for who in EVERY_ROLE if 'id="queues"' in pages[who]] == ["administrator"]
    assert pages["nation_viewer"].count("/cakupan/13/") == 1
    assert (
        "Campago Ipuah" in pages["village_verifier"] or "13.75.01.1001" in pages["village_verifier"]
    )
    for who in ("operator", "province_officer", "village_verifier"):
        assert browser(who).get("/").headers["Location"] == "/hari-ini/"


#: The first five codes of West Sumatra.
FURTHEST = ("Pesisir Selatan", "Solok", "Sijunjung", "Tanah Datar", "Padang Pariaman")


def whole_province(made: World) -> list[str]:
    """A basis of all regencies of West Sumatra: each has 1,000, the later in the list the more recorded."""
    codes = list(Region.objects.within("13").level("regency").values_list("code", flat=True))
    table = [
        {"region_code": code, "wajib_ktp": "1000", "recorded": str(900 + 5 * number)}
        for number, code in enumerate(codes)
    ]
    make_basis(name="Uji semua", rows=table)
    return codes


def test_a_basis_of_people_alone_says_how_many_and_orders_by_them(
    made: World, browser: Browser
) -> None:
    """As the fifteen districts of Lampung were published: no percentages, and the open ones of each."""
    codes = list(Region.objects.within("13").level("regency").values_list("code", flat=True))
    table = [
        {"region_code": code, "unrecorded": str(1000 + 10 * number)}
        for number, code in enumerate(codes)
    ]
    whole = {"region_code": "13", "wajib_ktp": "90000", "recorded": "60000"}
    make_basis(name="Uji jiwa", rows=[whole, *table])
    client = browser("province_officer")
    html = client.get("/evaluasi/13/").content.decode()
    said = re.findall(r"([0-9.]+) belum rekam", text_of(html[html.index("<tbody>") :]))
    assert said == [f"1.{10 * number:03}" for number in reversed(range(19))]
    assert re.findall(r'<span class="quiet">(13\.\d\d)</span>', html) == codes[::-1]
    xlsx = io.BytesIO(client.get("/evaluasi/13/?format=xlsx").content)
    table_of = CalamineWorkbook.from_filelike(xlsx).get_sheet_by_index(0).to_python()
    assert [line[10] for line in table_of if str(line[0]).startswith("13.75 ")] == [1160]
    [sheet] = PdfReader(io.BytesIO(client.get("/evaluasi/13/?format=pdf").content)).pages
    assert "1.160" in sheet.extract_text()
    home = client.get("/hari-ini/").content.decode()
    assert "1.180 belum rekam" in text_of(home[home.index("Lima terjauh") :])


def test_one_evaluation_as_page_pdf_and_xlsx(made: World, browser: Browser) -> None:
    codes = whole_province(made)
    day = workday()
    for moment in (at(9, 0, day), at(9, 0, YESTERDAY - timedelta(days=40)), at(0, 1)):
        record(made, make_resident(made), occurred_at=moment)
    client = browser("province_officer")
    html = client.get("/evaluasi/13/").content.decode()
    cells = [
        [text_of(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in re.findall(r"<tr>(.*?)</tr>", html[html.index("<tbody>") :], re.DOTALL)
    ]
    shares = [row[2] for row in cells[:19]]
    assert shares == sorted(
        shares, reverse=True, key=lambda one: Decimal(one[:-2].replace(",", "."))
    )
    city = next(row for row in cells if "13.75" in row[1])
    number = codes.index("13.75")
    assert city[2] == f"{(900 + 5 * number + 3) / 10:.2f} %".replace(".", ",")
    assert city[5] == "2 +0,20 poin"
    rates = reporting("13", today())["13.75"]
    late = f"{rates['due'] - rates['on_time']} / {rates['due']} 0 terlambat ·"
    assert city[6] == f"{late} {rates['due'] - rates['confirmed']} belum"
    assert "Satu data dasar untuk semua baris: Uji semua" in html
    xlsx = io.BytesIO(client.get("/evaluasi/13/?format=xlsx").content)
    table = CalamineWorkbook.from_filelike(xlsx).get_sheet_by_index(0).to_python()
    [line] = [line for line in table if line[0] == "13.75 Kota Bukittinggi"]
    assert line[2] == pytest.approx((900 + 5 * number + 3) / 10)
    assert [line[n] for n in (5, 7, 8, 9)] == [2, rates["due"], 0, rates["due"]]
    pdf = PdfReader(io.BytesIO(client.get("/evaluasi/13/?format=pdf").content))
    [sheet] = pdf.pages
    paper = sheet.extract_text()
    assert city[2].removesuffix(" %") in paper
    assert "Uji semua" in paper
    by_code = client.get("/evaluasi/13/?order=code").content.decode()
    assert by_code.index(">13.01<") < by_code.index(">13.02<")
    assert client.get("/evaluasi/13/?date=2999-01-01").status_code == 422
    assert browser("operator").get("/evaluasi/13/").status_code == 404


def test_the_nation_is_folded_by_province_who_has_not_reported_first(
    made: World, browser: Browser
) -> None:
    day = workday()
    report_nil(browser("operator"), day)
    client, path = browser("nation_viewer"), f"/laporan/00/?date={day}"
    html = client.get(path).content.decode()
    assert html.count('class="province"') == 38
    assert "/laporan/13.75/" not in html
    opened = client.get(f"{path}&open=13").content.decode()
    assert opened.count('href="/laporan/13.') == 19
    offices = re.findall(r'href="/laporan/(13\.\d\d)/', opened)
    assert offices[-1] == "13.75"
    left = client.get(f"{path}&open=13&show=not-confirmed").content.decode()
    assert re.findall(r'href="/laporan/(13\.\d\d)/', left) == sorted(set(offices) - {"13.75"})
    ordered = browser("province_officer").get(f"/laporan/13/?date={day}&order=code")
    assert re.findall(r'href="/laporan/(13\.\d\d)/', ordered.content.decode()) == sorted(offices)


def test_who_has_not_reported_has_no_figure_and_comes_last(made: World, browser: Browser) -> None:
    """A nil day is 0; a day that nobody reported is a dash, for an office, a province and a nation."""
    day = workday()

    def figures(who: str, path: str) -> dict[str, list[str]]:
        page = BeautifulSoup(browser(who).get(path).content, "html.parser")
        found = {"all": [one.text for one in page.select("dl.figures dd strong")[1:3]]}
        for row in page.select("main tbody tr"):
            if row.th and row.th.a:
                cells = row.select("td.n")[:3]
                found[row.th.a.text.strip("+− \n")] = [one.text.strip() for one in cells]
        return found

    nation = f"/laporan/00/?date={day}&order=recorded"
    before = figures("nation_viewer", nation)
    assert before["Sumatera Barat"] == ["–"] * 3
    report_nil(browser("operator"), day)
    after = figures("nation_viewer", nation)
    assert (list(after)[1], after["Sumatera Barat"]) == ("Sumatera Barat", ["0"] * 3)
    assert {tuple(cells) for cells in list(after.values())[2:]} == {("–",) * 3}
    offices = figures("province_officer", f"/laporan/13/?date={day}&order=recorded")
    assert (list(offices)[1], offices["Kota Bukittinggi"]) == ("Kota Bukittinggi", ["0"] * 3)
    assert {tuple(cells) for cells in list(offices.values())[2:20]} == {("–",) * 3}
    assert (before["all"], after["all"], offices["all"]) == (["–"] * 2, ["0"] * 2, ["0"] * 2)


def test_a_wall_shows_figures_and_no_person(made: World, browser: Browser) -> None:
    whole_province(made)
    person = make_resident(made, name="Siti Layar")
    record(made, person)
    make_event(made, title="Gebyar Terbuka")
    make_event(made, title="Undangan Saja", by_invitation=True)
    client = browser("province_officer")
    html = client.get("/layar/").content.decode()
    slides = re.search(r'data-slides="([^"]+)"', html)
    assert slides is not None
    assert set(slides[1].split()) >= {"counter", "map", "ranking", "events"}
    assert "Gebyar Terbuka" in html
    for hidden in ("Undangan Saja", "Siti", "province_officer", 'class="who"', "<form"):
        assert hidden not in html, hidden
    seen = re.search(r'"X-Seen": "(\w+)"', html)
    assert seen is not None
    hx = {"HX-Request": "true", "HX-Target": "live", "X-Seen": seen[1]}
    assert client.get("/layar/", headers=hx).status_code == 204
    # A television stays on over midnight: what changes then comes with the part that refreshes itself.
    fresh = client.get("/layar/", headers=hx | {"X-Seen": "other"}).content.decode()
    assert f'data-slides="{slides[1]}"' in fresh
    with override("id"):
        assert f'data-day="{date_format(today(), "l, j F Y")}"' in fresh
    assert browser("operator").get("/layar/13.75/").status_code == 200
    assert browser("operator").get("/layar/13/").status_code == 404


def test_an_election_without_an_opening_and_an_open_incident_are_said(
    made: World, browser: Browser
) -> None:
    province, operator = made["province_officer"], made["operator"]
    body = {"name": "Pemilihan", "kind": "pilkada", "region": "13", "source": "SK Uji"}
    day = today() + timedelta(days=20)
    assert province.post("elections/", {**body, "held_on": str(day)}).status == 201
    own, whole = "Pembukaan pada hari pemungutan suara", 'id="unplanned"'
    assert [line[: len(own)] for line in waiting(browser("operator"))] == [own]
    html = browser("province_officer").get("/hari-ini/").content.decode()
    named = re.findall(r"<strong>(K[^<]+)</strong>", html[html.index(whole) :])
    assert len(named) == 19
    opening = {"office": "13.75", "day": str(day), "from": "07:00", "until": "13:00"}
    assert operator.post("openings/", opening).status == 201
    assert waiting(browser("operator")) == []
    html = browser("province_officer").get("/hari-ini/").content.decode()
    assert len(re.findall(r"<strong>(K[^<]+)</strong>", html[html.index(whole) :])) == 18
    incident = {"office": "13.75", "kind": "power", "note": "Listrik padam"}
    assert operator.post("incidents/", incident).status == 201
    for who in ("operator", "head", "province_officer"):
        assert waiting(browser(who))[0] == "1 gangguan masih terbuka", who
    assert waiting(browser("neighbour")) == ["Pembukaan pada hari pemungutan suara, " + _long(day)]
    assert waiting(browser("nation_viewer")) == []


@pytest.mark.contexts
def test_what_waits_leads_to_where_it_is_done(made: World, browser: Browser) -> None:
    province, operator = made["province_officer"], made["operator"]
    body = {"name": "Pemilihan", "kind": "pilkada", "region": "13", "source": "SK Uji"}
    day = today() + timedelta(days=20)
    assert province.post("elections/", {**body, "held_on": str(day)}).status == 201
    member = make_caller("anggota.desk", "desk_member", "13.75", today())
    incident = {"office": "13.75", "kind": "power", "note": "Listrik padam"}
    assert operator.post("incidents/", incident).status == 201
    of_desk = Client()
    assert member.user
    of_desk.force_login(member.user)
    for client in (browser("operator"), of_desk):
        opening, other = links(client)
        assert opening == f"/buka/?day={day}"
        assert other == "/desk-pilkada/13.75/gangguan/"
        page = client.get(opening).content.decode()
        assert re.search(rf'name="day"[^>]*value="{day}"|value="{day}"[^>]*name="day"', page)
        board = client.get(f"/desk-pilkada/13.75/?date={day}").content.decode()
        assert f'href="{opening}"' in board
        # Naming a point is for who plans events.
        assert ('value="point"' in page) == (client is not of_desk)
    html = browser("province_officer").get("/hari-ini/").content.decode()
    assert f'href="/desk-pilkada/13.75/?date={day}"' in html
    shown = browser("province_officer").get(f"/desk-pilkada/13.75/?date={day}")
    assert shown.context["board"].day == day
    assert f'href="{opening}"' not in shown.content.decode()


def test_days_to_lock_lead_to_the_first_of_them(made: World, browser: Browser) -> None:
    later, first = reporting("13.75", YESTERDAY)["13.75"]["missing"][:2]
    for day in (later, first):
        report_nil(browser("operator"), day)
    [link] = links(browser("province_officer"))
    assert link == f"/laporan/13/?date={first}"
    page = browser("province_officer").get(link).content.decode()
    assert 'value="lock"' in page


def links(client: Client) -> list[str]:
    """Where the lines of "Perlu tindakan Anda" lead."""
    html = client.get("/hari-ini/").content.decode()
    panel = html[html.index('id="waiting"') :]
    return re.findall(r'<a href="([^"]+)"', panel[: panel.index("</section>")])


def _long(day: date) -> str:
    with override("id"):
        return f"{date_format(day, 'j F Y')}, belum direncanakan"
