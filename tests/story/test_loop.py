"""The loop of who is missing, in Chromium: a head brings a list, a verifier looks at a phone, a clerk plans a
visit and serves, a province watches. What remains falls at each step, on page, API and board alike.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from events.elections.models import Election
from registrations.booking.models.appointment import Appointment
from registrations.people.models import Resident
from reports.invariants.selectors import INVARIANTS, offenders_of
from tests.registrations.test_roll import run_job
from tests.story.axe import found_anew
from tests.story.test_browser import PASSWORD, fits
from tests.story.test_pages import Desk, chrome, world
from tests.world import BUKITTINGGI, VILLAGES, World, nik, today

__all__ = ["chrome", "world"]  # fixtures

VILLAGE = VILLAGES[BUKITTINGGI]
BORN = date(1988, 3, 4)
NAMES = ["Almarhum Contoh", "Tak Dikenal", "Dilayani Satu", "Dilayani Dua", "Tidak Hadir"]
LABELS = {
    "recorded": "Sudah rekam",
    "explained": "Terjelaskan",
    "booked": "Terdaftar",
    "asked": "Permintaan kunjungan",
    "open": "Terbuka",
    "left": "Keluar dari daftar",
}
STATES = tuple(LABELS)


class Loop:
    """The list of five people, as everybody sees it."""

    def __init__(self, world: World, province: Page, election: int) -> None:
        self.world, self.province, self.election = world, province, election

    def stands(self, **states: int) -> None:
        """The six states of the list, by the API, on the page of the province, and on the board."""
        wanted = {name: states.get(name, 0) for name in STATES}
        for purpose in ("missing", f"seventeen&election={self.election}"):
            answer = self.world["province_officer"].get(
                f"roll/?region={BUKITTINGGI}&level=regency&purpose={purpose}"
            )
            (row,) = answer.json["results"]
            assert {name: row[name] for name in STATES} == wanted, purpose
            assert row["on_list"] == len(NAMES)
        self.province.goto("/belum-rekam/13/")
        line = self.province.locator("tbody tr").filter(
            has=self.province.locator(f"a[href='/belum-rekam/{BUKITTINGGI}/']")
        )
        shown: dict[str, str] = line.locator("td").evaluate_all(
            "all => Object.fromEntries(all.map(one => [one.dataset.label, one.innerText]))"
        )
        assert {name: int(shown[label]) for name, label in LABELS.items()} == wanted
        board = self.world["province_officer"].get(
            f"desk/?region={BUKITTINGGI}&election={self.election}"
        )
        assert [one["unexplained"] for one in board.json["results"]] == [wanted["open"]]


def bring(page: Page, text: str) -> None:
    """The head's list, said to be of who is missing in one village, and written by the job."""
    page.goto("/penduduk/impor/")
    file = {"name": "belum-rekam.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    page.locator("form.panel [type=submit]").first.click()
    page.wait_for_url("**/penduduk/impor/*-*/")
    address = page.url
    worked(page, address)
    page.locator("#version [name=completeness][value=missing_only]").check()
    page.locator("#id_as_of").fill(str(today()))
    page.locator(f"#version [name=villages][value='{VILLAGE}']").check()
    page.locator("#version [type=submit]").click()
    page.locator("button[form=write]").click()
    page.wait_for_load_state()
    worked(page, address)


def worked(page: Page, address: str) -> None:
    """No page is asked while the job has the connections."""
    page.goto("about:blank")
    run_job(address)
    page.goto(address)


def found(page: Page) -> None:
    """By thumb: one has died, by a paper; one nobody knows; one was not met."""
    page.goto("/verifikasi-desa/")
    cards = page.locator("ul.cards a")
    expect(cards).to_have_count(len(NAMES))
    is_narrow(page)
    cards.filter(has_text="Almarhum").click()
    dead = page.locator("details").filter(has=page.locator("[name=number]"))
    dead.locator("summary").click()
    dead.locator("[name=kind]").select_option("letter")
    dead.locator("[name=number]").fill("474.3/11/2026")
    dead.locator("[name=issuer]").fill("Lurah Contoh")
    dead.locator("[name=date]").fill(str(today() - timedelta(days=40)))
    dead.locator("[type=submit]").click()
    for name, outcome in (("Tak Dikenal", "unknown_nik"), ("Tidak Hadir", "not_met")):
        page.goto("/verifikasi-desa/")
        page.locator("ul.cards a").filter(has_text=name).click()
        page.locator(f".taps button[value={outcome}]").click()
        page.wait_for_load_state()


def is_narrow(page: Page) -> None:
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(wide), page.url
    small = page.locator("ul.cards a").first.bounding_box()
    assert small is not None
    assert small["height"] >= 44


def decide(page: Page) -> None:
    """Two findings are accepted; that somebody was not met is no explanation."""
    for name in ("Almarhum", "Tak Dikenal"):
        page.goto("/temuan/")
        row = page.locator("tbody tr").filter(has_text=name)
        row.locator("[data-dialog=accept]").click()
        page.locator("dialog[open] [type=submit]").first.click()
        page.wait_for_load_state()


def plan(page: Page) -> str:
    """From the village to a visit today, with whoever is open; the id of its event."""
    page.goto(f"/belum-rekam/{BUKITTINGGI}/")
    page.locator(f"a[href='/belum-rekam/{VILLAGE}/kunjungan/']").click()
    page.locator("[name=starts_on]").fill(str(today()))
    page.locator("[name=begins]").fill("00:01")
    page.locator("[name=ends]").fill("23:59")
    page.locator("[name=place]").fill("Balai kelurahan")
    expect(page.locator("[name=people]:checked")).to_have_count(3)
    page.locator("form.panel [type=submit], main form [type=submit]").first.click()
    page.wait_for_url("**/kegiatan/*-*/")
    return page.url.rstrip("/").rpartition("/")[2]


@pytest.mark.timeout(300)
def test_five_people_are_missing_and_nobody_is_forgotten(
    world: World, chrome: Browser, live_server: Any
) -> None:
    user = User.objects.get(username="village_verifier")
    user.set_password(PASSWORD)
    user.save()
    with scoped(EVERYBODY):
        election = Election.objects.create(
            region_id="13",
            kind="pilkada",
            name="Pilkada contoh",
            held_on=today() + timedelta(days=30),
            offices=[BUKITTINGGI],
            source="Contoh",
        )
    head = Desk(chrome, live_server.url, "head")
    lines = ["NIK;Nama;Tgl Lahir;L/P;Desa/Kelurahan;Alamat;RT;RW"]
    lines += [
        f"{nik(BORN).text};{name};{BORN:%d-%m-%Y};L;{VILLAGE};Jl. Contoh {n};001;002"
        for n, name in enumerate(NAMES, start=1)
    ]
    bring(head.page, "\n".join(lines) + "\n")
    for purpose in ({"purpose": "missing"}, {"purpose": "seventeen", "election": election.pk}):
        answer = world["head"].post("roll/lists/", {**purpose, "office": BUKITTINGGI})
        assert answer.status == 202, answer.json
    province = Desk(chrome, live_server.url, "province_officer")
    loop = Loop(world, province.page, election.pk)
    loop.stands(open=5)

    # The village looks. What is found is a proposal: nobody is explained by it.
    verifier = Desk(chrome, live_server.url, "village_verifier", width=360)
    found(verifier.page)
    loop.stands(open=5)
    decide(head.page)
    loop.stands(explained=2, open=3)

    # A visit with those who are left; they have their places once the head signs it.
    clerk = Desk(chrome, live_server.url, "operator")
    event = plan(clerk.page)
    answer = world["head"].post(f"events/{event}/approve/", {"neutrality_signed": True})
    assert answer.status == 200, answer.json
    loop.stands(explained=2, booked=3)

    # Two come and are served, one of them at the desk by keyboard.
    visits = served(world, clerk.page, event)
    loop.stands(recorded=2, explained=2, booked=1)

    # Who did not come is open again when the day is closed, and is on the list of the next visit.
    answer = world["head"].post(
        f"events/{event}/close/", {"confirm": ["before-end", "people-waiting", "cards-left"]}
    )
    assert answer.status == 200, answer.json
    loop.stands(recorded=2, explained=2, open=1)
    clerk.page.goto(f"/belum-rekam/{VILLAGE}/")
    expect(clerk.page.locator("tbody tr")).to_have_count(1)
    expect(clerk.page.locator("tbody tr")).to_contain_text("Tidak Hadir")
    assert found_anew(clerk.page) == []
    clerk.page.set_viewport_size({"width": 360, "height": 900})
    assert fits(clerk.page)
    # The province's map, on which nearly every office is of the darkest class, is open still.
    province.page.locator("#map .over .on-dark").first.wait_for(state="attached")
    assert found_anew(province.page) == []
    nobody_is_lost(visits)
    for one in (head, verifier, clerk, province):
        assert [text for text in one.problems if "409" not in text] == []


def served(world: World, page: Page, event: str) -> list[Appointment]:
    with scoped(EVERYBODY):
        found = Appointment.objects.filter(event=event).select_related("resident__identity")
        visits = {one.resident.identity.name: one for one in found}
    assert sorted(visits) == sorted(NAMES[2:])
    first, second = visits["Dilayani Satu"], visits["Dilayani Dua"]
    for visit in (first, second):
        assert world["operator"].post(f"appointments/{visit.pk}/check-in/", {}).status == 200
    page.goto(f"/sesi/{first.session_id}/meja/")
    page.locator("#id_q").fill(first.ticket)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Layani sekarang").click()
    page.locator("#desk [name=service]:checked").wait_for()
    page.keyboard.press("Enter")
    expect(page.locator("#desk .saved")).to_contain_text("Dilayani Satu")
    record = {
        "id": str(uuid7()),
        "service": "recording",
        "outcome": "done",
        "ticket": second.ticket,
        "occurred_at": timezone.now().isoformat(),
    }
    assert world["operator"].post("service-records/", record).status == 201
    return list(visits.values())


def nobody_is_lost(visits: list[Appointment]) -> None:
    """Nobody was deleted, and the rules of the lists hold."""
    with scoped(EVERYBODY):
        assert Resident.objects.filter(office_id=BUKITTINGGI).count() == len(NAMES)
    assert len(visits) == len(NAMES[2:])
    use_role("owner")
    try:
        broken = {rule.name: offenders_of(rule) for rule in INVARIANTS if "list" in rule.name}
    finally:
        use_role("web")
    assert not any(broken.values()), broken
