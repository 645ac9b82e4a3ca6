"""The coverage page: the API's own numbers, the reader's own region, no crash on bad input."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dukcapil.accounts.models import User
from dukcapil.core.templatetags.figures import people, share
from reports.demo.published import LAMPUNG_DP4, load_lampung
from tests.world import World, make_basis, make_resident, record, today


@pytest.fixture
def page(made: World) -> Client:
    """The operator of Bukittinggi, logged in."""
    client = Client()
    client.force_login(User.objects.get(username="operator"))
    return client


def text(content: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", content.decode()).split())


def test_it_shows_the_apis_numbers(made: World, page: Client) -> None:
    make_basis()
    record(made, make_resident(made))
    [row] = made["operator"].get("coverage/?region=13.75&level=regency").json["results"]
    found = text(page.get("/cakupan/", follow=True).content)
    for shown in (
        share(row["recorded_percent"]),
        f"{people(row['recorded'])} dari {people(row['wajib_ktp'])} wajib KTP",
        "Uji DKB",
    ):
        assert shown in found
    assert share(row["recorded_percent"]) == "99,10 %"


def test_it_drills_down_inside_ones_own_region_only(made: World, page: Client) -> None:
    make_basis()
    assert page.get("/cakupan/13.75.01/", follow=True).status_code == 200
    for code in ("13", "13.06", "18", "00", "99", "x"):
        answer = page.get(f"/cakupan/{code}/")
        assert answer.status_code == 404
        assert "Agam" not in answer.content.decode()


def test_a_source_that_disagrees_with_itself_is_shown(made: World) -> None:
    load_lampung()
    client = Client()
    officer = User.objects.get(username="nation_viewer")
    client.force_login(officer)
    answer = client.get("/cakupan/18/", {"date": "2024-06-30", "basis": LAMPUNG_DP4})
    found = text(answer.content)
    assert "jumlah tercetak 119.512, jumlah bagiannya 119.506 (selisih 6)" in found


@pytest.mark.parametrize("query", [{"date": "2999-01-01"}, {"date": "besok"}, {"basis": "x"}])
def test_a_bad_question_keeps_what_was_typed_and_says_why(
    made: World, page: Client, query: dict[str, str]
) -> None:
    answer = page.get("/cakupan/13.75/", query, follow=True)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    if "date" in query:
        assert query["date"] in answer.content.decode()


def test_without_a_posting_there_is_a_page_that_says_so(made: World) -> None:
    client = Client()
    client.force_login(User.objects.get(username="former_operator"))
    answer = client.get("/cakupan/")
    assert answer.status_code == 403
    assert "tidak punya penugasan" in text(answer.content)


def test_one_row_and_nineteen_cost_the_same_queries(made: World) -> None:
    make_basis(
        rows=[
            {"region_code": code, "wajib_ktp": "1000", "recorded": "990"}
            for code in ("13", "13.01", "13.75", "14", "14.01")
        ]
    )
    client = Client()
    client.force_login(User.objects.get(username="nation_viewer"))
    counts = []
    for region in ("14", "13"):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/cakupan/{region}/", {"date": str(today())}).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_indonesian_whatever_the_browser_says_and_english_when_chosen(
    made: World, page: Client
) -> None:
    make_basis()
    english = {"Accept-Language": "en-US"}
    assert "Cakupan KTP-el" in text(page.get("/cakupan/", headers=english, follow=True).content)
    page.post("/bahasa/", {"language": "en", "next": "/cakupan/"})
    assert "KTP-el coverage" in text(page.get("/cakupan/", follow=True).content)


def test_a_day_in_the_past_is_asked_by_date(made: World, page: Client) -> None:
    make_basis()
    record(made, make_resident(made))
    yesterday = today() - timedelta(days=1)
    found = text(page.get("/cakupan/", {"date": str(yesterday)}, follow=True).content)
    assert "990 dari 1.000" in found


@pytest.mark.contexts
def test_every_basis_beside_the_chosen_one_is_what_the_selector_says_of_it(made: World) -> None:
    make_basis()
    make_basis(
        name="Uji dinamis",
        kind="dinamis",
        wajib_as_of=today() - timedelta(days=5),
        components=True,
        rows=[
            {
                "region_code": "13.75",
                "dkb": "1000",
                "deaths": "5",
                "duplicates": "1",
                "moved_out": "4",
                "moved_in": "7",
                "first_recordings": "3",
                "recorded": "985",
            }
        ],
    )
    record(made, make_resident(made))
    client = Client()
    client.force_login(User.objects.get(username="operator"))
    answer = client.get("/cakupan/13.75/mengapa/", {"date": str(today()), "basis": "Uji DKB"})
    beside = {row["basis"].name: row for row in answer.context["beside"]}
    assert set(beside) == {"Uji DKB", "Uji dinamis"}
    assert [row["chosen"] for row in beside.values()].count(True) == 1
    for name, row in beside.items():
        [said] = (
            made["operator"]
            .get(f"coverage/?region=13.75&level=regency&basis={name}")
            .json["results"]
        )
        shown = (row["wajib"], row["recorded"], row["unrecorded"], row["percent"])
        assert shown == (
            said["wajib_ktp"],
            said["recorded"],
            said["unrecorded"],
            said["recorded_percent"],
        )
        assert row["of_basis"] + row["added"] == row["recorded"]
        assert row["added"] == 1
    signs = [(part["sign"], part["value"]) for part in beside["Uji dinamis"]["components"]]
    assert signs == [("", 1000), ("-", 5), ("-", 1), ("-", 4), ("+", 7), ("+", 3)]


@pytest.mark.contexts
def test_where_a_basis_knows_no_percentage_the_map_has_classes_of_people(made: World) -> None:
    load_lampung()
    client = Client()
    client.force_login(User.objects.get(username="nation_viewer"))
    answer = client.get("/cakupan/18/", {"date": "2024-11-15"})
    assert answer.context["measure"] == "unrecorded"
    rows = {row["region"]: row for row in answer.context["rows"]}
    assert (rows["18.72"]["band"], rows["18.05"]["band"]) == ("a1", "a4")
    assert sum(row["unrecorded"] for row in rows.values()) == 87_398
    assert answer.context["classes"][-1].last == 13_972
    assert "98,68 %" in answer.content.decode()
