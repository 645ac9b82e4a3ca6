"""Locking, publishing and lending ask first, with the day and the counts; a chosen day is shown as chosen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from bs4 import BeautifulSoup
from django.test import Client
from django.utils.formats import date_format
from django.utils.translation import override

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.regions.models import Region
from events.resources.services import ask_loan
from reports.daily.models import DayLock
from reports.daily.selectors.daily import latest_day
from reports.daily.services.build import build_stale
from reports.publication.models import Publication
from reports.releases.models import Release
from tests.world import World, at, make_basis, make_caller, make_event, make_resident, record, today

Browser = Callable[[str], Client]
YESTERDAY = today() - timedelta(days=1)


def in_words(day: object) -> str:
    with override("id"):
        return date_format(day, "l, j F Y")


def text(html: bytes, css: str) -> str:
    found = BeautifulSoup(html, "html.parser").select_one(css)
    return " ".join(found.get_text(" ", strip=True).split()) if found else ""


def test_the_menu_leads_home_and_a_chosen_day_is_loud(made: World, browser: Browser) -> None:
    make_basis()
    client, chosen = browser("province_officer"), today() - timedelta(days=3)
    client.get(f"/cakupan/13.75/?keep=1&date={chosen}", follow=True)
    for path in ("/cakupan/", "/laporan/"):
        page = client.get(path, follow=True)
        assert page.redirect_chain[-1][0].endswith(f"/13.75/?date={chosen}")
        bar = BeautifulSoup(page.content, "html.parser").select_one(".remembered.alert-warning")
        assert bar is not None
        assert in_words(chosen) in bar.get_text()
        assert [link["href"] for link in bar.select("a")] == [f"{path}?own=1"]
        entries = BeautifulSoup(page.content, "html.parser").select("nav.side a")
        assert f"{path}?own=1" in [entry["href"] for entry in entries]
    home = client.get("/cakupan/?own=1", follow=True)
    assert home.redirect_chain[-1][0] == f"/cakupan/13/?date={latest_day('13')}"
    assert text(home.content, ".remembered") == ""
    assert client.get("/laporan/").headers["Location"].startswith("/laporan/13/")
    below = client.get(f"/cakupan/13.75/?date={today()}")
    assert "Ke " in text(below.content, ".remembered.alert-info a")


def logged_in(kept: World, who: str) -> Client:
    client = Client()
    client.force_login(kept[who].user)
    return client


def test_a_lock_asks_with_the_day_and_the_counts(kept: World) -> None:
    record(kept, make_resident(kept), occurred_at=at(9, 0, YESTERDAY))
    use_role("worker")
    build_stale()
    use_role("web")
    client = logged_in(kept, "province_officer")
    path = f"/laporan/13/?date={YESTERDAY}"
    page = client.get(path).content
    asked = text(page, "#lock-day")
    assert in_words(YESTERDAY) in asked
    assert "1 dari 19 dinas punya laporan hari itu" in asked
    assert "1 perekaman" in asked
    form = BeautifulSoup(page, "html.parser").select_one("#lock-day form")
    assert form is not None
    data = {
        field["name"]: field["value"] for field in form.select("input[name][value], [name=confirm]")
    }
    assert data["confirm"] == "lock"
    assert client.post(str(form["action"]), data).status_code == 302
    assert DayLock.objects.filter(service_date=YESTERDAY).exists()
    office = logged_in(kept, "head").get(f"/laporan/13.75/?date={YESTERDAY}").content.decode()
    assert "hari ini" not in text(office.encode(), "main").lower()


def test_publishing_asks_with_the_day_and_the_counts(made: World, browser: Browser) -> None:
    make_basis()
    client = browser("administrator")
    form = {
        "name": "minggu-1",
        "day": str(YESTERDAY),
        "embargo_until": f"{today() + timedelta(days=1)}T09:00",
        "note": "",
    }
    for said in ({"ask": "propose"}, {}, {"confirm": "on"}):
        asked = client.post("/rilis/", {**form, **said})
        assert asked.status_code == 409, said
    question = text(asked.content, "main form .alert-warning")
    assert in_words(YESTERDAY) in question
    assert "0 dari 514 dinas punya laporan hari itu: belum ada yang dihitung" in question
    assert not Release.objects.filter(name="minggu-1").exists()
    seen = BeautifulSoup(asked.content, "html.parser").select_one("[name=asked]")
    assert seen is not None
    said = {"confirm": "publish", "asked": seen["value"]}
    other = client.post("/rilis/", {**form, "name": "minggu-2", **said})
    assert (other.status_code, Release.objects.count()) == (409, 0)
    assert client.post("/rilis/", {**form, **said}).status_code == 302
    made_one = Release.objects.get(name="minggu-1")
    second = Client()
    second.force_login(make_caller("kedua", "administrator", "00", today()).user)
    approve = {"do": "approve", "release": str(made_one.pk)}
    assert second.post("/rilis/", approve).status_code == 409
    assert not Publication.objects.exists()
    assert second.post("/rilis/", {**approve, "confirm": "publish"}).status_code == 302
    assert Publication.objects.exists()


def test_lending_asks_with_the_days_and_the_counts(made: World, browser: Browser) -> None:
    event = make_event(made)
    by = made["operator"].actor
    with scoped(by.scope):
        loan = ask_loan(by=by, event=event, lender=Region.objects.get(pk="13.06"), wanted="Satu")
    client, path = browser("neighbour_head"), f"/pinjaman/{loan.pk}/"
    clerk = User.objects.get(username="neighbour")
    form = {"starts": f"{today()}T07:00", "ends": f"{today()}T14:00", "clerks": [str(clerk.pk)]}
    nobody = client.post(path, {**form, "clerks": [], "do": "lend"})
    assert (nobody.status_code, "Tolak" in text(nobody.content, "main form .alert-danger")) == (
        422,
        True,
    )
    assert client.post(path, form).status_code == 409  # past the button
    asked = client.post(path, {**form, "do": "lend"})
    question = text(asked.content, "main form .alert-warning")
    assert asked.status_code == 409
    assert in_words(today()) in question
    assert "1 petugas dan 0 alat" in question
    seen = BeautifulSoup(asked.content, "html.parser").select_one("[name=asked]")
    assert seen is not None
    said = {"do": "lend", "confirm": "lend", "asked": seen["value"]}
    changed = client.post(path, {**form, "ends": f"{today()}T15:00", **said})
    assert changed.status_code == 409
    with scoped(by.scope):
        assert type(loan).objects.get(pk=loan.pk).answered_at is None
    assert client.post(path, {**form, **said}).status_code == 302
    with scoped(by.scope):
        assert type(loan).objects.get(pk=loan.pk).assignments.count() == 1


def test_a_request_is_refused_by_its_button_whatever_is_ticked(
    made: World, browser: Browser
) -> None:
    event = make_event(made)
    by = made["operator"].actor
    with scoped(by.scope):
        loan = ask_loan(by=by, event=event, lender=Region.objects.get(pk="13.06"), wanted="Satu")
    clerk = User.objects.get(username="neighbour")
    form = {"starts": f"{today()}T07:00", "ends": f"{today()}T14:00", "clerks": [str(clerk.pk)]}
    client, path = browser("neighbour_head"), f"/pinjaman/{loan.pk}/"
    assert client.post(path, {**form, "do": "refuse"}).status_code in (409, 422)
    answer = client.post(path, {**form, "do": "refuse", "answer": "Alat rusak"})
    assert answer.status_code == 302
    with scoped(by.scope):
        assert type(loan).objects.get(pk=loan.pk).state == "refused"


def test_pages_open_on_the_day_from_which_the_newest_basis_answers(made: World) -> None:
    """The later of its two dates; voters' lists answer by name alone."""
    wajib, recorded = today() - timedelta(days=20), today() - timedelta(days=30)
    make_basis(wajib_as_of=wajib, recorded_as_of=recorded)
    make_basis(name="DPT uji", kind="dpt", wajib_as_of=today() - timedelta(days=3))
    assert latest_day("13") == wajib
