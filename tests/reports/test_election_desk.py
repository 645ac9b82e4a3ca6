"""The Desk Pilkada: incidents, the board, and an election's day in nineteen offices."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import ProgrammingError
from django.test import Client
from python_calamine import CalamineWorkbook

from dukcapil.accounts.models import Posting
from dukcapil.accounts.scoping import scoped
from dukcapil.accounts.services import create_posting
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import DomainError
from dukcapil.regions.models import Region
from events.incidents.models import Incident, IncidentNote
from tests.world import (
    AGAM,
    BUKITTINGGI,
    Caller,
    World,
    issue_paper,
    looks,
    make_caller,
    make_resident,
    record,
    today,
)

NETWORK = {"kind": "network", "note": "Jaringan pusat terputus"}


def board_of(caller: Caller, query: str = "") -> dict[str, dict[str, Any]]:
    answer = caller.get(f"desk/?region=13{query}")
    assert answer.status == 200, answer.content
    return {row["region"]: row for row in answer.json["results"]}


def problem(answer: Any) -> tuple[int, str]:
    return answer.status, answer.json["type"].rpartition("/")[2]


# --- incidents ------------------------------------------------------------------------------------


def test_an_incident_ends_office_by_office(made: World) -> None:
    province, operator = made["province_officer"], made["operator"]
    answer = province.post("incidents/", {"offices": [BUKITTINGGI, AGAM], **NETWORK})
    assert answer.status == 201
    told = answer.json
    assert (told["version"], told["state"]) == (1, "open")
    assert told["offices"] == [
        {"office": AGAM, "until": None},
        {"office": BUKITTINGGI, "until": None},
    ]
    down = board_of(province)
    assert {code for code, row in down.items() if row["network"] == "down"} == {AGAM, BUKITTINGGI}
    assert down[AGAM]["incidents_open"] == 1
    assert list(down)[:2] == [AGAM, BUKITTINGGI]
    path = f"incidents/{told['id']}/"
    # The office ends its own, and neither the neighbour's nor all.
    ended = operator.patch(path, {"version": 1, "office": BUKITTINGGI, "state": "closed"})
    assert ended.status == 200
    assert (ended.json["version"], ended.json["state"]) == (2, "open")
    ends = {one["office"]: one["until"] for one in ended.json["offices"]}
    assert ends[AGAM] is None
    assert ends[BUKITTINGGI] is not None
    for change in ({"office": AGAM, "state": "closed"}, {"state": "closed"}):
        assert operator.patch(path, {"version": 2, **change}).status in (403, 404)
    # Two people at one incident: the second is told what stands.
    second = province.patch(path, {"version": 1, "state": "closed", "note": "Pulih"})
    assert problem(second) == (409, "changed-meanwhile")
    assert second.json["current"] == 2
    assert "operator (test)" in second.json["title"]
    closed = province.patch(path, {"version": 2, "state": "closed", "note": "Pulih"})
    assert (closed.json["version"], closed.json["state"]) == (3, "closed")
    assert {one["office"]: one["until"] for one in closed.json["offices"]}[BUKITTINGGI] == (
        ends[BUKITTINGGI]
    )
    assert problem(province.patch(path, {"version": 3, "state": "closed"})) == (
        409,
        "incident-state",
    )
    assert [note["text"] for note in closed.json["notes"]] == [NETWORK["note"], "", "Pulih"]
    assert board_of(province)[AGAM]["network"] == "ok"
    reopened = province.patch(path, {"version": 3, "office": AGAM, "state": "open"})
    assert (reopened.json["state"], reopened.json["version"]) == ("open", 4)
    found = province.get("incidents/?state=open").json["results"]
    assert [one["id"] for one in found] == [told["id"]]
    assert province.get("incidents/?state=closed").json["results"] == []
    assert operator.get(path).json == province.get(path).json


def test_who_may_tell_of_what(made: World) -> None:
    operator, neighbour = made["operator"], made["neighbour"]
    desk = make_caller("anggota.desk", "desk_member", "13.75", today())
    for caller in (operator, made["head"], desk, made["province_officer"]):
        answer = caller.post("incidents/", {"office": BUKITTINGGI, **NETWORK})
        assert answer.status == 201, answer.content
    told = answer.json["id"]
    for name in ("nation_viewer", "village_verifier", "api_client", "administrator"):
        assert made[name].post("incidents/", {"office": BUKITTINGGI, **NETWORK}).status == 403
    outside = neighbour.post("incidents/", {"office": BUKITTINGGI, **NETWORK})
    assert outside.status in (403, 404)
    assert neighbour.get(f"incidents/{told}/").status == 404
    assert neighbour.patch(f"incidents/{told}/", {"version": 1, "note": "x"}).status == 404
    assert neighbour.get("incidents/").json["results"] == []
    for body, status in (
        (NETWORK, 422),
        ({"office": BUKITTINGGI, "kind": "network"}, 422),
        ({"office": BUKITTINGGI, **NETWORK, "kind": "banjir"}, 422),
        ({"office": "13.75.01", **NETWORK}, 422),
        ({"office": BUKITTINGGI, **NETWORK, "due": "2020-01-01T00:00:00+07:00"}, 422),
    ):
        assert operator.post("incidents/", body).status == status, body
    assert operator.patch(f"incidents/{told}/", {"version": 1}).status == 422
    with pytest.raises(ProgrammingError, match="permission denied"):
        IncidentNote.objects.update(text="lain")


def test_members_of_the_desk_see_no_person(made: World) -> None:
    resident = make_resident(made)
    for region, shown in (("13.75", 1), ("13", 19)):
        desk = make_caller(f"desk.{region}", "desk_member", region, today())
        rows = desk.get(f"desk/?region={region}").json["results"]
        assert len(rows) == shown
        assert desk.get(f"residents/{resident.pk}/").status in (403, 404)
        assert desk.post("residents/search/", {"name": "Contoh"}).status == 403
        assert desk.get("appointments/").status == 403
        assert desk.get("service-records/").status == 403
    assert desk.user
    with scoped(EVERYBODY), pytest.raises(DomainError):
        create_posting(
            user=desk.user,
            role="desk_member",
            region=Region.objects.get(pk="00"),
            starts_on=today() + timedelta(days=500),
        )
    assert Posting.objects.filter(role="desk_member").count() == 2


# --- the board ------------------------------------------------------------------------------------


def test_the_board_says_what_the_ledger_says(made: World) -> None:
    province = made["province_officer"]
    path = "desk/?region=13"
    empty = province.get(path)
    rows = empty.json["results"]
    assert len(rows) == 19
    assert empty.json["day"] == str(today())
    for row in rows:
        for name in ("cards_left", "days_of_cover", "devices_down", "unexplained"):
            assert row[name] is None
        assert (row["recorded_day"], row["network"], row["report_state"]) == (0, "ok", "none")
    assert empty.headers["ETag"].startswith('"')
    again = province.get(path, **{"If-None-Match": empty.headers["ETag"]})
    assert (again.status, again.content) == (304, b"")
    resident = make_resident(made)
    record(made, resident)
    record(made, resident, "card_print")
    other = make_resident(made)
    record(made, other)
    issue_paper(made, other, "suket")
    news = province.get(path, **{"If-None-Match": empty.headers["ETag"]})
    assert news.status == 200
    live = {row["region"]: row for row in news.json["results"]}[BUKITTINGGI]
    counted = [live[name] for name in ("recorded_day", "printed_day", "suket_day", "biodata_day")]
    assert counted == [2, 1, 1, 0]
    assert (live["recorded_hour"], live["waiting"]) == (2, 0)
    assert province.get("desk/?region=13.75").json["results"] == [live]
    assert made["operator"].get("desk/?region=13").status in (403, 404)
    assert made["operator"].get("desk/?region=13.75.01").status in (403, 404)
    assert province.get("desk/?region=18").status in (403, 404)
    assert province.get("desk/?region=13&election=999999").status == 404
    assert province.get("desk/?region=13&day=1900-01-01").status == 422


@pytest.mark.contexts
def test_a_board_with_nothing_new_is_not_drawn_again(
    made: World, browser: Callable[[str], Client]
) -> None:
    client = browser("province_officer")
    page = client.get("/desk-pilkada/13/")
    assert page.status_code == 200
    seen = page.context["live"]["version"]
    headers = {"HX-Request": "true", "HX-Target": "live", "X-Seen": seen}
    assert client.get("/desk-pilkada/13/", headers=headers).status_code == 204
    record(made, make_resident(made))
    assert client.get("/desk-pilkada/13/", headers=headers).status_code == 200
    wall = client.get("/desk-pilkada/13/?wall=1")
    assert "desk-wall" in wall.content.decode()
    assert 'id="menu"' not in wall.content.decode()


@pytest.mark.contexts
def test_the_pages_of_the_desk(made: World, browser: Callable[[str], Client]) -> None:
    client = browser("province_officer")
    where = "/desk-pilkada/13/"
    form = {
        "do": "report",
        "kind": "power",
        "offices": [AGAM, BUKITTINGGI],
        "note": "Listrik padam",
    }
    assert client.post(f"{where}gangguan/", form).status_code == 302
    incident = Incident.objects.get()
    assert "Listrik padam" in client.get(f"{where}gangguan/").content.decode()
    change = {"do": "change", "incident": str(incident.pk), "version": "1", "note": "Genset jalan"}
    assert client.post(f"{where}gangguan/", {**change, "end": AGAM}).status_code == 302
    late = browser("operator").post("/desk-pilkada/13.75/gangguan/", {**change, "whole": "1"})
    text = late.content.decode()
    assert late.status_code == 409
    assert "Genset jalan" in text
    assert "province_officer (test)" in text
    _the_second_of_two_keeps_what_was_typed(client, incident)
    task = {"do": "add", "office": AGAM, "text": "Kirim genset", "owner": "Bidang PIAK"}
    assert client.post(f"{where}tugas/", {**task, "due": str(today())}).status_code == 302
    assert "Kirim genset" in client.get(f"{where}tugas/").content.decode()
    call = {"do": "call", "office": AGAM, "kind": "where"}
    assert client.post(f"{where}telepon/", call).status_code == 302
    promise = {"do": "add", "office": AGAM, "source": "Rakornas", "text": "IKD 30 %", "owner": "x"}
    assert client.post(f"{where}komitmen/", {**promise, "due": str(today())}).status_code == 302
    promises = client.get(f"{where}komitmen/")
    one = promises.context["page"].object_list[0]
    kept = {"do": "state", "commitment": str(one.pk), "version": "1", "state": "kept", "link": ""}
    assert client.post(f"{where}komitmen/", kept).status_code == 422
    refused = client.post(f"{where}komitmen/", kept).content.decode()
    assert re.search(r'<option value="kept"\s+selected', refused)
    assert "<details open>" in refused
    kept["link"] = "https://contoh.id/bukti"
    assert client.post(f"{where}komitmen/", kept).status_code == 302
    assert client.post(f"{where}komitmen/", kept).status_code == 409
    # Who said so is in no column of it.
    assert [row.subject for row in looks(kind="commitment kept")] == [str(one.pk)]
    # What was noted stands in the report of those who follow up; for others there is an incident.
    readers = {"province_officer": True, "nation_viewer": False, "administrator": False}
    for name, noted in readers.items():
        report = browser(name).get(f"{where}laporan/").content.decode()
        file = browser(name).get(f"{where}berkas/?format=xlsx").content
        with zipfile.ZipFile(io.BytesIO(file)) as book:
            sheets = "".join(book.read(part).decode() for part in book.namelist())
        assert ("Genset jalan" in report, "Genset jalan" in sheets) == (noted, noted), name
    assert client.get(f"{where}laporan/").status_code == 200
    # Who reads the page in English copies an Indonesian message.
    client.cookies["django_language"] = "en"
    english = client.get(f"{where}laporan/")
    assert "Report of the day" in english.content.decode()
    assert "Gangguan terbuka" in english.context["message"]
    assert "Open incidents" not in english.context["message"]
    neighbour = browser("neighbour")
    for part in ("", "gangguan/", "laporan/", "berkas/"):
        assert neighbour.get(f"/desk-pilkada/13.75/{part}").status_code == 404
    assert browser("nation_viewer").get("/desk-pilkada/00/").status_code == 200


def _the_second_of_two_keeps_what_was_typed(client: Client, incident: Incident) -> None:
    """One closes it for all; the other, who closes it too, finds the incident with the note."""
    where = "/desk-pilkada/13/gangguan/"
    change = {"do": "change", "incident": str(incident.pk), "version": "2", "whole": "1"}
    assert client.post(where, change | {"note": "Pulih"}).status_code == 302
    second = client.post(where, change | {"note": "PLN menyambung jam 10"})
    text = second.content.decode()
    assert second.status_code == 409
    assert 'value="PLN menyambung jam 10"' in text
    assert text.count(f'name="incident" value="{incident.pk}"') == 1
    assert "Pulih" in text


def test_an_election_chooses_the_countdown_and_who_is_missed(made: World) -> None:
    """Also where an office has one of its own on that day; its openings are always those of the office."""
    province = made["province_officer"]
    body = {"kind": "pilkada", "held_on": str(today()), "source": "SK Uji"}
    own = province.post("elections/", {**body, "name": "Kota", "region": BUKITTINGGI})
    assert own.status == 201, own.content
    later = {**body, "name": "Gubernur", "region": "13", "held_on": str(today() + timedelta(9))}
    of_all = province.post("elections/", later).json["id"]
    missed = {code for code, row in board_of(province).items() if row["worst"] == "amber"}
    assert missed == {BUKITTINGGI}
    assert board_of(province, f"&election={of_all}") == board_of(province)
    opening = {"office": BUKITTINGGI, "day": str(today()), "from": "00:01", "until": "23:59"}
    assert made["operator"].post("openings/", opening).status == 201
    for query in ("", f"&election={of_all}", f"&election={own.json['id']}"):
        row = board_of(province, query)[BUKITTINGGI]
        assert row["opening"]["election"] == own.json["id"], query


def test_nothing_counts_down_to_a_cancelled_election(
    made: World, browser: Callable[[str], Client]
) -> None:
    officer = made["province_officer"]
    held_on = today() + timedelta(days=9)
    sent = {
        "name": "Pilkada batal",
        "kind": "pilkada",
        "region": "13",
        "held_on": str(held_on),
        "source": "SK 1",
    }
    election = officer.post("elections/", sent).json["id"]
    path = f"/desk-pilkada/13/?election={election}"
    assert "Sisa hari" in browser("province_officer").get(path).content.decode()
    cancel = {"state": "cancelled", "source": "SK 2"}
    assert officer.post(f"elections/{election}/decisions/", cancel).status == 201
    page = browser("province_officer").get(path).content.decode()
    assert "Sisa hari" not in page
    assert "Pemilihan ini dibatalkan" in page
    report = browser("province_officer").get(f"/desk-pilkada/13/laporan/?election={election}")
    assert "dibatalkan" in report.content.decode()


def test_a_day_that_has_not_begun_has_no_incident_and_one_that_is_over_no_days_left(
    made: World, browser: Callable[[str], Client]
) -> None:
    province, tomorrow = made["province_officer"], today() + timedelta(days=1)
    assert province.post("incidents/", {"office": AGAM, **NETWORK}).status == 201
    row = board_of(province, f"&day={tomorrow}")[AGAM]
    assert (row["network"], row["incidents_open"], row["worst"]) == ("ok", 0, "grey")
    assert board_of(province)[AGAM]["worst"] == "red"
    body = {"kind": "pilkada", "region": "13", "source": "SK Uji", "name": "Gubernur"}
    told = province.post("elections/", {**body, "held_on": str(today())}).json["id"]
    for part in ("", "laporan/"):
        page = browser("province_officer").get(
            f"/desk-pilkada/13/{part}?date={tomorrow}&election={told}"
        )
        text = page.content.decode()
        assert page.status_code == 200
        assert "Gubernur" in text
        assert not re.search(r'(?<![\w"])-1\b', text), part


@pytest.mark.contexts
def test_the_report_says_who_is_not_recorded_yet_as_the_board_does(
    made: World, browser: Callable[[str], Client]
) -> None:
    """And its files are about the election that the page is about."""
    officer, client = made["province_officer"], browser("province_officer")
    body = {"kind": "pilkada", "region": "13", "source": "SK Uji"}
    near, far = (
        officer.post(
            "elections/", {**body, "name": name, "held_on": str(today() + timedelta(days))}
        ).json["id"]
        for name, days in (("Gubernur", 30), ("Bupati", 400))
    )
    make_resident(made)
    for election in (near, far):
        of_office = {"purpose": "seventeen", "office": BUKITTINGGI, "election": election}
        assert made["head"].post("roll/lists/", of_office).status == 202
    path = "/desk-pilkada/13/laporan/"
    board = board_of(officer, f"&election={far}")
    open_there = {code: row["unexplained"] for code, row in board.items()}
    assert open_there == dict.fromkeys(board) | {BUKITTINGGI: 1}
    page = client.get(f"{path}?election={far}")
    figures = {str(name): n for name, n in page.context["report"].figures}
    assert figures["17 tahun pada Hari-H, terbuka"] == 1
    [link] = re.findall(r'href="([^"]*format=xlsx[^"]*)"', page.content.decode())
    cells = CalamineWorkbook.from_filelike(io.BytesIO(client.get(unescape(link)).content))
    rows = cells.get_sheet_by_index(0).to_python()
    assert any("Bupati" in str(cell) for row in rows for cell in row)
    [office] = [row for row in rows if f"({BUKITTINGGI})" in str(row[0])]
    name = "17 tahun pada Hari-H, terbuka"
    [head] = [row for row in rows if name in row[1:]]
    assert office[head.index(name)] == 1
    text = client.get(unescape(link).replace("xlsx", "txt")).content.decode()
    assert "17 tahun pada Hari-H, terbuka: 1\n" in text
