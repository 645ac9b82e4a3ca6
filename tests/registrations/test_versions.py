"""A list as a version: what it says of its villages, who is not on it any more, and whom it hands over."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.crypto import decrypt
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.core.errors import Invalid
from dukcapil.core.ids import uuid7
from registrations.arrivals.enums import ArrivalKind
from registrations.arrivals.models import Arrival
from registrations.arrivals.selectors import arrivals_of
from registrations.arrivals.services.deciding import forget_arrivals, take_in
from registrations.arrivals.services.sending import Handed, hand_over
from registrations.corrections.selectors import open_changes
from registrations.people.models import Resident, ResidentIdentity
from registrations.people.services.proposals import content
from registrations.people.validators import Nik
from registrations.roll.models import RollGone, RollImport, VillageList
from registrations.roll.services.imports import carry_out, mend_row
from registrations.roll.services.versions import answer_gone, say_what
from registrations.voters.models import VoterRow
from tests.registrations import test_voters as voters
from tests.registrations.test_roll import (
    BORN,
    HEAD,
    VILLAGE,
    bring,
    do,
    line,
    logged_in,
    outcomes,
    run_job,
)
from tests.roles import acting_as
from tests.staged import listed, refused, staged
from tests.world import AGAM, World, looks, make_resident, nik, today

OTHER, THIRD = "13.75.01.1002", "13.75.01.1003"
AWAY = "13.06.01.2001"
DAY = today() - timedelta(days=3)


@pytest.fixture
def head(kept: World) -> Client:
    return logged_in("head")


def number() -> str:
    return nik(BORN).text


def person(name: str) -> Resident:
    with scoped(EVERYBODY):
        return Resident.objects.get(identity__name=name)


def off(name: str) -> date | None:
    return person(name).off_roll_since


def say(client: Client, address: str, villages: tuple[str, ...] = (VILLAGE,), **more: Any) -> Any:
    said = {"completeness": "whole", "as_of": DAY, "villages": list(villages)}
    return do(client, address, "say", **said | more)


def take_over(client: Client, text: str, *villages: str, **said: Any) -> str:
    """A whole list of these villages, written."""
    address = bring(client, HEAD + text)
    run_job(address)
    answer = say(client, address, villages, **said)
    assert answer.status_code == 302, answer.content.decode()
    assert do(client, address, "write").status_code == 302
    assert run_job(address).state == "ready"
    return address


def card_of(name: str) -> str:
    with scoped(EVERYBODY):
        identity = ResidentIdentity.objects.get(name=name)
    sealed = identity.family_card_cipher
    return decrypt(bytes(sealed), context=f"family card {identity.pk}") if sealed else ""


def of_village(client: Client, address: str, name: str) -> list[str]:
    """Counts of the village's row: new, changed, same, said when written, left out, not on it."""
    page = BeautifulSoup(client.get(address).content, "html.parser")
    for row in page.select("tr"):
        head = row.find("th")
        if head and " ".join(head.get_text().split()) == name:
            return [one.get_text(strip=True) for one in row.select("td.n")]
    raise AssertionError(name)


def questions(**of: Any) -> dict[str, str]:
    with scoped(EVERYBODY):
        asked = list(RollGone.objects.filter(**of).values_list("resident", "state"))
        people = Resident.everything.filter(pk__in=[one for one, _state in asked])
        names = dict(people.values_list("pk", "identity__name"))
    return {names.get(one, "?"): state for one, state in asked}


def lists() -> dict[str, tuple[str, date]]:
    kept = VillageList.objects.order_by("village_id")
    return {one.village_id[-4:]: (one.completeness, one.on) for one in kept}


def test_a_version_says_new_changed_gone_and_same(kept: World, head: Client) -> None:
    ani, budi, citra, dewi, eka = (number() for _n in range(5))
    first = (
        line(ani, "Ani Tetap")
        + line(budi, "Budi Berubah")
        + line(citra, "Citra Hilang")
        + line(dewi, "Dewi Hilang")
        + line(eka, "Eka Sebelah", village=OTHER)
    )
    take_over(head, first, VILLAGE, as_of=DAY - timedelta(days=30))
    outside = make_resident(kept, name="Fajar Jauh")
    assert lists() == {"1001": ("whole", DAY - timedelta(days=30))}
    # Of these the list has something else than a row that is written: nobody asks whether they are gone.
    hidden, wrong = number(), number()
    for one, name in ((hidden, "Gita Bintang"), (wrong, "Hadi Nomor")):
        make_resident(kept, nik=Nik(one), name=name)
    second = (
        line(ani, "Ani Tetap")
        + line(budi, "Budi Berubah, S.Pd").replace("Contoh 1", "Baru 7")
        + line(number(), "Ida Baru")
        + line(hidden[:6] + "******" + hidden[12:], "GITA BINTANG")
        + line(wrong, "Nama Lain Sekali")
    )
    address = bring(head, HEAD + second)
    run_job(address)
    for wrong_answer, code in (
        ({"villages": (OTHER,)}, 422),
        ({"as_of": today() + timedelta(days=1)}, 422),
        ({"as_of": ""}, 422),
        ({"villages": ()}, 422),
        ({"completeness": "semua"}, 422),
    ):
        assert say(head, address, **wrong_answer).status_code == code, wrong_answer
    # Before the first list: it is asked, for of that village a later one was taken over.
    asked = say(head, address, as_of=DAY - timedelta(days=31))
    assert asked.status_code == 409
    assert "older-list" in asked.content.decode()
    assert say(head, address).status_code == 302
    place = of_village(head, address, "Tarok Dipo")
    assert place == ["2", "1", "1", "0", "1", "5"], (
        "at most: nothing is said of a number under another name"
    )
    do(head, address, "write")
    done = run_job(address)
    assert outcomes(done) == {"nothing": 1, "proposed": 1, "created": 1, "left": 2}
    assert of_village(head, address, "Tarok Dipo") == ["1", "1", "1", "0", "2", "3"]
    assert questions() == dict.fromkeys(("Citra Hilang", "Dewi Hilang", "Fajar Jauh"), "open")
    assert lists() == {"1001": ("whole", DAY)}
    text = " ".join(head.get(address).content.decode().split())
    assert re.search("1 (of|dari) 24", text), "the other villages are left alone"

    # Answered one by one, and for the rest of the village together; nobody is deleted.
    page = f"{address}tidak-ada/"
    assert len(BeautifulSoup(head.get(page).content, "html.parser").select("tbody tr")) == 3
    assert looks(kind="resident", action="view", subject=str(outside.pk))
    assert (
        head.post(page, {"do": "off", "resident": str(person("Citra Hilang").pk)}).status_code
        == 302
    )
    assert head.post(page, {"do": "stays", "resident": str(outside.pk)}).status_code == 302
    assert head.post(page, {"do": "off", "village": OTHER}).status_code == 302
    assert questions() == {
        "Citra Hilang": "off",
        "Dewi Hilang": "open",
        "Fajar Jauh": "stays",
    }
    head.post(page, {"do": "off", "village": VILLAGE})
    assert (off("Citra Hilang"), off("Dewi Hilang"), off("Fajar Jauh")) == (DAY, DAY, None)
    head.post(page, {"do": "stays", "resident": str(person("Dewi Hilang").pk)})
    assert off("Dewi Hilang") is None
    assert off("Eka Sebelah") is None
    for name in ("operator", "province_officer", "neighbour_head"):
        assert logged_in(name).get(page).status_code in (403, 404), name
        assert logged_in(name).post(page, {"do": "off", "village": VILLAGE}).status_code in (
            403,
            404,
        )

    # On the next list, whatever it is, somebody is back; an older one changes nothing.
    older = bring(head, HEAD + line(citra, "Citra Hilang"))
    run_job(older)
    say(
        head,
        older,
        completeness="missing_only",
        as_of=DAY - timedelta(days=9),
        confirm="older-list",
    )
    do(head, older, "write")
    assert outcomes(run_job(older)) == {"nothing": 1}
    assert off("Citra Hilang") == DAY
    third = bring(head, HEAD + line(citra, "Citra Hilang") + line(number(), "Joko Baru"))
    run_job(third)
    do(head, third, "write")
    assert outcomes(run_job(third)) == {"returned": 1, "created": 1}
    assert off("Citra Hilang") is None
    again = BeautifulSoup(head.get(page).content, "html.parser").select("tbody tr")
    (citra_row,) = (one for one in again if "Citra Hilang" in one.get_text())
    assert citra_row.select_one(".tag").get_text(strip=True) == "Ada dalam daftar berikutnya"
    assert lists() == {"1001": ("whole", DAY)}
    # Undone, everything is as before: the last list first, then the one before.
    do(head, third, "undo")
    assert outcomes(run_job(third)) == {"undone": 2}
    assert off("Citra Hilang") == DAY
    do(head, address, "undo")
    assert run_job(address).state == "ready"
    assert off("Citra Hilang") is None
    assert set(questions().values()) == {"undone"}
    assert lists() == {"1001": ("whole", DAY - timedelta(days=30))}


def test_a_later_list_asks_anew_and_answers(kept: World, head: Client) -> None:
    ani, budi = number(), number()
    for one, name in ((ani, "Ani Tetap"), (budi, "Budi Hilang")):
        make_resident(kept, nik=Nik(one), name=name)
    first = take_over(head, line(number(), "Citra Baru"), VILLAGE, as_of=DAY - timedelta(days=9))
    assert questions() == {"Ani Tetap": "open", "Budi Hilang": "open"}
    second = take_over(head, line(ani, "Ani Tetap"), VILLAGE)
    key = first.rstrip("/").rpartition("/")[2]
    assert questions(roll_import=key) == {"Ani Tetap": "back", "Budi Hilang": "anew"}
    do(head, second, "undo")
    run_job(second)
    assert questions(roll_import=key) == {"Ani Tetap": "open", "Budi Hilang": "open"}
    with scoped(EVERYBODY):
        assert RollGone.objects.filter(state="open").count() == 2


def test_who_lives_elsewhere_arrives_there(kept: World, head: Client) -> None:
    known, strange, gone = (number() for _n in range(3))
    make_resident(kept, AGAM, nik=Nik(known), name="Ani Dikenal")
    text = line(known, "Ani Dikenal", village=AWAY) + line(strange, "Budi Baru", village=AWAY)
    address = bring(head, HEAD + text + line(gone, "Citra Hapus", village=AWAY))
    assert outcomes(run_job(address)) == {"elsewhere": 3}
    do(head, address, "write")
    assert outcomes(run_job(address)) == {"handed": 3}
    # A second list of the same people, and they wait there once.
    again = bring(head, HEAD + text)
    run_job(again)
    do(head, again, "write")
    run_job(again)
    sealed = rows_in_plain()
    assert [one for one in ("Ani", known, strange) if one in sealed] == []
    there = logged_in("neighbour_head")
    page = BeautifulSoup(there.get("/kedatangan/").content, "html.parser")
    assert sorted(one.get_text(strip=True) for one in page.select("tbody th")) == [
        "Ani Dikenal",
        "Budi Baru",
        "Citra Hapus",
    ]
    assert looks(kind="arrivals", action="view")
    # The sender has no page of them, and a village none at all.
    assert "Budi Baru" not in head.get("/kedatangan/").content.decode()
    for name in ("village_verifier", "province_officer"):
        assert logged_in(name).get("/kedatangan/").status_code == 403
    ids = {
        row.find("th").get_text(strip=True): row.select_one("[name=arrival]")["value"]
        for row in page.select("tbody tr")
    }
    for name, answer in (("Ani Dikenal", 302), ("Budi Baru", 302)):
        body = {"do": "take", "arrival": ids[name]}
        assert head.post("/kedatangan/", body).status_code == 404
        taken = there.post("/kedatangan/", body)
        assert taken.status_code == answer, taken.content.decode()
        assert there.post("/kedatangan/", body).status_code in (404, 422)
    assert (person("Budi Baru").office_id, person("Budi Baru").village_id) == (AGAM, AWAY)
    assert (
        there.post("/kedatangan/", {"do": "refuse", "arrival": ids["Citra Hapus"]}).status_code
        == 422
    )
    refused = {"do": "refuse", "arrival": ids["Citra Hapus"], "why": "not_here"}
    assert there.post("/kedatangan/", refused).status_code == 302
    with scoped(EVERYBODY):
        states = sorted(Arrival.objects.values_list("state", flat=True))
        assert states == ["held", "refused", "taken"]
        assert not Arrival.objects.exclude(sealed=None, person=None).exists()


def rows_in_plain() -> str:
    with scoped(EVERYBODY):
        return str(rows("SELECT a::text FROM registrations_arrival a"))


def test_an_arrival_is_taken_back_erased_or_forgotten(kept: World, head: Client) -> None:
    numbers = [number() for _n in range(3)]
    sent = []
    for one in numbers:
        address = bring(head, HEAD + line(one, "Orang Jauh", village=AWAY))
        run_job(address)
        do(head, address, "write")
        run_job(address)
        sent.append(address)
    do(head, sent[0], "undo")
    assert outcomes(run_job(sent[0])) == {"undone": 1}
    held = make_resident(kept, nik=Nik(numbers[1]), name="Orang Jauh")
    erased = kept["head"].post(
        f"residents/{held.pk}/erase/", {"reason": "permintaan tertulis", "case": "UPT/1"}
    )
    assert erased.status == 200
    with scoped(EVERYBODY):
        assert sorted(Arrival.objects.values_list("state", flat=True)) == [
            *("gone", "waiting", "withdrawn"),
        ]
        rows("UPDATE registrations_arrival SET came_at = now() - interval '91 days' RETURNING 1")
    with acting_as("worker"):
        assert forget_arrivals() == 1
    with scoped(EVERYBODY):
        assert not Arrival.objects.exclude(sealed=None, person=None).exists()


def test_only_the_own_office_sends(kept: World) -> None:
    """Whatever a program in the office's scope asks the database."""
    call = "SELECT arrive(%s, 'resident', NULL, '{}', '{}', '{}', '{}', '{}')"
    with scoped(kept["head"].actor.scope):
        rows(call, ["13.75"])
        with pytest.raises(DatabaseError, match="office"), transaction.atomic():
            rows(call, [AGAM])


def key_of(address: str) -> str:
    return address.rstrip("/").rpartition("/")[2]


def undo(client: Client, address: str) -> None:
    do(client, address, "undo")
    assert run_job(address).state == "ready"


def test_lists_are_undone_in_any_order(kept: World, head: Client) -> None:
    """Asked by the newest list that stands, once; never by an older one in its place."""
    budi, citra = number(), number()
    for one, name in ((budi, "Budi Hilang"), (citra, "Citra Kembali")):
        make_resident(kept, nik=Nik(one), name=name)
    first, second, third = (
        take_over(head, text + line(number(), name), VILLAGE, as_of=DAY - timedelta(days=days))
        for name, text, days in (
            ("Ani Baru", "", 9),
            ("Dewi Baru", "", 5),
            ("Eka Baru", line(citra, "Citra Kembali"), 1),
        )
    )
    undo(head, second)
    asked = {name: questions(roll_import=key_of(one)) for name, one in (("1", first), ("3", third))}
    assert (asked["1"]["Budi Hilang"], asked["1"]["Citra Kembali"]) == ("anew", "back")
    assert asked["3"]["Budi Hilang"] == "open"
    # An older list that has somebody answers no question of a newer one.
    older = bring(head, HEAD + line(budi, "Budi Hilang") + line(number(), "Fajar Lama"))
    run_job(older)
    say(head, older, as_of=DAY - timedelta(days=300), confirm="older-list")
    do(head, older, "write")
    run_job(older)
    assert questions(roll_import=key_of(third))["Budi Hilang"] == "open"
    undo(head, third)
    asked_first = questions(roll_import=key_of(first))
    assert (asked_first["Budi Hilang"], asked_first["Citra Kembali"]) == ("open", "open")
    # Taken off because of a list that is undone: the newest asks, for it does not have the person either.
    head.post(f"{first}tidak-ada/", {"do": "off", "village": VILLAGE})
    fourth = take_over(head, line(citra, "Citra Kembali") + line(number(), "Gita Baru"), VILLAGE)
    assert "Budi Hilang" not in questions(roll_import=key_of(fourth))
    undo(head, first)
    assert off("Budi Hilang") is None
    fourth_asks = questions(roll_import=key_of(fourth))
    assert fourth_asks["Budi Hilang"] == "open"
    assert "Citra Kembali" not in fourth_asks
    # Erased: nobody is asked about whoever is not held any more, and the counts of the village stay.
    before = of_village(head, fourth, "Tarok Dipo")
    erased = {"reason": "permintaan tertulis", "case": "UPT/1"}
    for name in ("Budi Hilang", "Gita Baru"):
        answer = kept["head"].post(f"residents/{person(name).pk}/erase/", erased)
        assert answer.status == 200
    assert of_village(head, fourth, "Tarok Dipo") == before
    with scoped(EVERYBODY):
        assert not RollGone.objects.filter(state="open", resident__in=[*erased_people()]).exists()


def test_what_was_said_of_a_list_is_said_of_its_rows(kept: World) -> None:
    """Whose last row of a village was mended into another one has no list of it: nobody there is asked about."""
    by = kept["head"].actor
    found = staged(kept, listed(2, "Ani Satu"), listed(3, "Budi Dua", OTHER))
    says = {"completeness": "whole", "as_of": DAY}
    with scoped(by.scope):
        say_what(by=by, roll_import=found, villages=[VILLAGE, OTHER], **says)
        mend_row(by=by, roll_import=found, number=3, cells={"village": VILLAGE.replace(".", "")})
        with pytest.raises(Invalid, match="village-not-listed"):
            carry_out(by=by, roll_import=found)
        say_what(by=by, roll_import=found, villages=[VILLAGE], **says)
        assert carry_out(by=by, roll_import=found).step == "write"


def test_the_second_head_writes_over_nothing_unseen(kept: World) -> None:
    """Of what a list is, of its columns (which are read anew, without what was mended) and of its rows."""
    by = kept["head"].actor
    found = staged(kept, listed(1234, "Ani Satu"), refused(1235))
    client, address = logged_in("head"), f"/penduduk/impor/{found.pk}/"
    with CaptureQueriesContext(connection) as asked:
        page = BeautifulSoup(client.get(address).content, "html.parser")
    assert sum(one["sql"].startswith("SELECT") for one in asked.captured_queries) <= 8
    form = page.select_one("#version")
    seen = form.select_one("[name=version]")["value"]
    whole = {"completeness": "whole", "villages": [VILLAGE], "as_of": DAY}
    with scoped(by.scope):
        say_what(by=by, roll_import=found, **whole, version=seen)
    shown = form.select_one("[name=shown]")["value"]
    mine = {"version": seen, "shown": shown, "completeness": "missing_only", "as_of": str(DAY)}
    refused_page = do(client, address, "say", **mine, villages=[VILLAGE])
    assert refused_page.status_code == 409
    again = BeautifulSoup(refused_page.content, "html.parser").select_one("#version")
    assert len(again.select(".changed tbody tr")) == 2, "whom it has, and its day"
    with scoped(by.scope):
        found.refresh_from_db()
    assert found.completeness == "whole"
    now = {one: again.select_one(f"[name={one}]")["value"] for one in ("version", "shown")}
    assert do(client, address, "say", **mine | now, villages=[VILLAGE]).status_code == 302
    columns = page.select_one("#columns")
    sent = {one["name"]: one["value"] for one in columns.select("input[type=hidden]")}
    client.post(address, sent | {"kind-A": "nik"})
    with scoped(by.scope):
        found.refresh_from_db()
    assert (found.step, found.version) == ("judge", 3)
    # A number of a row is sent as it is, however people write a thousand.
    mend = page.select_one("tr.mend form")
    sent = {one["name"]: one.get("value", "") for one in mend.select("input")}
    assert sent["number"] == "1235"
    answer = client.post(
        address, sent | {"name": "Contoh Benar", "village": VILLAGE.replace(".", "")}
    )
    assert answer.status_code == 302, answer.content.decode()
    for strange in ("9" * 5_000, "satu"):
        answer = client.post(address, {"do": "write", "version": strange})
        assert answer.status_code in (302, 409), strange


def test_who_moved_is_not_asked_about_where_they_lived(kept: World) -> None:
    by = kept["head"].actor
    moved, stays = (make_resident(kept, name=name) for name in ("Ani Pindah", "Budi Tetap"))
    one, says = staged(kept), {"completeness": "whole", "covers": [VILLAGE], "as_of": DAY}
    with acting_as("worker"), scoped(by.scope):
        RollImport.objects.update(step="write", written_at=timezone.now(), **says)
        one.refresh_from_db()
        for resident in (moved, stays):
            RollGone.objects.create(
                roll_import=one, office_id=one.office_id, village_id=VILLAGE, resident=resident.pk
            )
    body = {"village": OTHER, "moved_on": str(today()), "reason": "Pindah"}
    assert kept["operator"].patch(f"residents/{moved.pk}/", body).status == 200
    assert questions() == {"Ani Pindah": "over", "Budi Tetap": "open"}
    with scoped(by.scope):
        assert answer_gone(by=by, roll_import=one, off=True, village=VILLAGE) == 1
    assert (off("Ani Pindah"), off("Budi Tetap")) == (None, DAY)
    page = f"/penduduk/impor/{one.pk}/tidak-ada/"
    for village in (OTHER, "\0"):
        assert logged_in("head").post(page, {"do": "off", "village": village}).status_code == 302


def test_a_guest_who_arrives_is_proposed_to_be_at_home(made: World) -> None:
    number = nik(BORN)
    guest = make_resident(made, nik=number, name="Ani Tamu")
    with scoped(EVERYBODY):
        Resident.objects.filter(pk=guest.pk).update(village=AWAY)
    sender, by = made["neighbour"].actor, made["operator"].actor
    said = {"nik": number.text, "name": "Ani Tamu", "birth_date": str(BORN), "sex": "M"}
    with scoped(sender.scope):
        people = [Handed(VILLAGE, number.text, said)]
        hand_over(by=sender, kind=ArrivalKind.RESIDENT, source=uuid7(), people=people)
    with scoped(by.scope):
        (arrival,) = arrivals_of(by)
        assert take_in(by=by, arrival_id=arrival.pk).state == "held"
        (change,) = open_changes(by)
        assert content(change)["new"] == {"village": VILLAGE}


def erased_people() -> list[Any]:
    return list(Resident.everything.exclude(erased_at=None).values_list("pk", flat=True))


def test_a_list_of_nobody_new_brings_somebody_back(kept: World, head: Client) -> None:
    budi = number()
    make_resident(
        kept, nik=Nik(budi), name="Budi Hilang", address="Jl. Contoh 1", rt="001", rw="002"
    )
    with scoped(EVERYBODY):
        Resident.objects.filter(identity__name="Budi Hilang").update(off_roll_since=DAY)
    again = bring(head, HEAD + line(budi, "Budi Hilang"))
    assert outcomes(run_job(again)) == {"same": 1}
    assert do(head, again, "write").status_code == 302
    run_job(again)
    assert off("Budi Hilang") is None
    # Once more, and nothing would be written.
    nothing = bring(head, HEAD + line(budi, "Budi Hilang"))
    assert outcomes(run_job(nothing)) == {"same": 1}
    do(head, nothing, "write")
    assert run_job(nothing).step == "judge"


def test_a_family_card_is_the_newest_lists(kept: World, head: Client) -> None:
    budi = number()
    make_resident(kept, nik=Nik(budi), name="Budi Tetap")
    columns = HEAD.rstrip("\n")

    def told(card: str, **said: Any) -> str:
        rows_told = ((budi, "Budi Tetap", card), (number(), "Orang Baru" + "a" * int(card[-1]), ""))
        text = "".join(line(one, name).rstrip("\n") + f";{kk}\n" for one, name, kk in rows_told)
        address = bring(head, f"{columns};No KK\n{text}")
        run_job(address)
        assert say(head, address, completeness="missing_only", **said).status_code == 302
        do(head, address, "write")
        assert run_job(address).state == "ready"
        return address

    def card() -> str:
        return card_of("Budi Tetap")[-1:]

    told("1375010101010001")
    assert card() == "1"
    told("1375010101010002", as_of=DAY - timedelta(days=30), confirm="older-list")
    assert card() == "1", "an older list does not overwrite it"
    newer = told("1375010101010003", as_of=DAY + timedelta(days=1))
    assert card() == "3"
    undo(head, newer)
    assert card() == "1"


def test_what_arrives_is_what_was_handed_over(kept: World, head: Client) -> None:
    recorded, other, gone = (number() for _n in range(3))
    columns = HEAD.rstrip("\n")
    named = make_resident(kept, AGAM, nik=Nik(other), name="Siti Aminah")
    with scoped(EVERYBODY):
        Resident.objects.filter(pk=named.pk).update(off_roll_since=DAY)
    held = make_resident(kept, nik=Nik(gone), name="Citra Hapus")
    erased = {"reason": "permintaan tertulis", "case": "UPT/1"}
    assert kept["head"].post(f"residents/{held.pk}/erase/", erased).status == 200
    text = f"{columns};Tanggal Rekam;No KK\n" + "".join(
        line(one, name, village=AWAY).rstrip("\n") + ";01-02-2020;1306010101010001\n"
        for one, name in (
            (recorded, "Ani Terekam"),
            (other, "Joko Lain"),
            (gone, "Citra Hapus"),
        )
    )
    sent = []
    for _time in range(2):
        address = bring(head, text)
        run_job(address)
        do(head, address, "write")
        assert outcomes(run_job(address)) == {"handed": 3}, "nothing is told of the erased one"
        sent.append(address)
    undo(head, sent[1])
    with scoped(EVERYBODY):
        waiting = {one.said["name"]: one for one in Arrival.objects.filter(state="waiting")}
    assert sorted(waiting) == ["Ani Terekam", "Joko Lain"], "the first list stands"
    there = logged_in("neighbour_head")

    def take(name: str) -> int:
        body = {"do": "take", "arrival": str(waiting[name].pk)}
        return there.post("/kedatangan/", body).status_code

    assert take("Ani Terekam") == 302
    assert person("Ani Terekam").known_recorded_on == date(2020, 2, 1)
    assert card_of("Ani Terekam") == "1306010101010001"
    assert take("Joko Lain") in (409, 422)
    assert off("Siti Aminah") == DAY
    undo(head, sent[0])
    with scoped(EVERYBODY):
        assert sorted(Arrival.objects.values_list("state", flat=True)) == ["taken", "withdrawn"]


def test_a_voters_list_does_not_keep_an_import(kept: World, head: Client) -> None:
    """Its rows are nobody's again, joined or asked about."""
    joined, asked = number(), number()
    text = HEAD + line(joined, "Gita Baru Sekali") + line(asked, "Hadi Lama Sekali")
    address = bring(head, text)
    run_job(address)
    do(head, address, "write")
    assert outcomes(run_job(address)) == {"created": 2}
    named = voters.line(joined, "GITA BARU SEKALI") + voters.line("", "HADI LAMA SEKALI", born="")
    listed = voters.bring(head, voters.HEAD + named, voters.make_election())
    found = [verdict for verdict, _code in voters.verdicts(voters.run_job(listed)).values()]
    assert sorted(found) == ["ask", "both"]
    do(head, address, "undo")
    assert outcomes(run_job(address)) == {"undone": 2}
    with scoped(EVERYBODY):
        kept_rows = VoterRow.objects.filter(voter_list=voters.list_of(listed))
        assert set(kept_rows.values_list("verdict", "resident")) == {("only_on_list", None)}
        assert not kept_rows.exclude(maybe=[]).exists()
