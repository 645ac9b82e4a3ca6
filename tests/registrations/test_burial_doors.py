"""The burial register at its doors: who tries numbers, two at once, the same line twice, what others did since."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from registrations.arrivals.enums import ArrivalKind
from registrations.arrivals.selectors import arrivals_of
from registrations.arrivals.services.deciding import refuse
from registrations.burials.models import Burial, BurialReport
from registrations.burials.selectors.months import first_day
from registrations.burials.services.entries import Entry
from registrations.burials.services.matching import match_burial
from registrations.burials.services.recording import correct_burial, receive_burial, void_burial
from registrations.burials.services.reporting import count_books, send_report
from registrations.findings.models import Finding
from registrations.oversight.services.erasing import erase_person
from reports.duties.selectors.duties import asked_of
from tests.registrations.test_burials import (
    AGAM,
    BORN,
    CITY,
    SECOND,
    WHY,
    actor,
    buried,
    matched,
    person,
    refusal,
    said,
    typed,
)
from tests.standing import built_once
from tests.world import World, looks, make_caller, make_resident, nik, today

NIK = "9901014403500001"


@built_once
def village(made: World) -> None:
    start = today() - timedelta(days=40)
    make_caller("juru", "burial_recorder", CITY, start)
    make_caller("juru_lain", "burial_recorder", SECOND, start)


# --- who keeps a register -------------------------------------------------------------------------


def test_what_the_office_corrected_is_the_offices(village: World, browser: Any) -> None:
    """The office finds the NIK and writes it into the line: its keeper neither reads it in full nor goes on."""
    juru, operator = actor("juru"), village["operator"].actor
    burial = buried(juru)
    with scoped(operator.scope):
        entry = Entry(**said(nik=NIK))
        again = correct_burial(by=operator, burial_id=burial.pk, entry=entry, reason=WHY)
    page = browser("juru").get(f"/pemakaman/{again.pk}/perbaiki/", follow=True).content.decode()
    assert NIK not in page
    assert "/perbaiki/" not in page
    with scoped(juru.scope):
        for verb, more in ((void_burial, {}), (correct_burial, {"entry": Entry(**said(nik=NIK))})):
            code = refusal(lambda v=verb, m=more: v(by=juru, burial_id=again.pk, reason=WHY, **m))
            assert code[0] == "taken-up"
    # Whoever wrote what stands reads it without another look; a colleague's look is one.
    assert NIK in browser("operator").get(f"/pemakaman/{again.pk}/perbaiki/").content.decode()
    assert not looks(action="reveal", kind="burial")
    browser("head").get(f"/pemakaman/{again.pk}/perbaiki/")
    assert len(looks(action="reveal", kind="burial")) == 1


def test_who_corrects_their_own_line_may_do_so_again(village: World) -> None:
    juru = actor("juru")
    burial = buried(juru)
    for name in ("Contoh Betul", "Contoh Lebih Betul"):
        with scoped(juru.scope):
            entry = Entry(**said(name=name))
            burial = correct_burial(by=juru, burial_id=burial.pk, entry=entry, reason=WHY)
    assert burial.told["name"] == "Contoh Lebih Betul"


def test_whoever_tries_numbers_by_burials_leaves_rows(village: World, browser: Any) -> None:
    """A number that lies in another village's register, and one of somebody who was erased."""
    resident, number = person(village)
    with scoped(village["head"].actor.scope):
        erase_person(by=village["head"].actor, resident=resident, reason=WHY, case="UPT/1")
    buried(actor("juru_lain"), SECOND, nik=NIK)
    client = browser("juru")
    for n, one in enumerate((NIK, number), start=1):
        assert client.post("/pemakaman/catat/", typed(nik=one)).status_code == 422
        found = looks(action="refused", kind="burial")
        assert len(found) == n
        assert found[-1].user_id == actor("juru").user_id
    keys = {str(uuid7()) for _n in range(2)}
    for key in keys:
        body = typed(nik=NIK) | {"id": key, "village": CITY}
        assert village["operator"].post("burials/", body).status == 409
    assert {one.case for one in looks(action="refused", kind="burial")} >= keys


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({}, "already-buried"),
        ({"name": " contoh  ALMARHUM ", "cemetery": "TPU Lain"}, "already-buried"),
        ({"age": 70}, ""),
        ({"sex": "F"}, ""),
        ({"died_on": today() - timedelta(days=4)}, ""),
    ],
)
def test_the_same_line_twice_without_number_and_birth_date(
    village: World, told: dict[str, Any], code: str
) -> None:
    juru = actor("juru")
    buried(juru)
    if not code:
        assert buried(juru, **told).number == 2
        return
    assert refusal(lambda: buried(juru, **told)) == (code, "name")
    with scoped(juru.scope):
        assert Burial.objects.visible_to(juru).count() == 1


def test_the_village_of_another_office_is_refused_at_its_field(
    village: World, browser: Any
) -> None:
    form = typed(name="Contoh Tersimpan") | {"village": AGAM}
    answer = browser("operator").post("/pemakaman/catat/", form)
    assert answer.status_code == 422
    assert 'value="Contoh Tersimpan"' in answer.content.decode()


@pytest.mark.parametrize("day", ["2026-02-31", "31/02/2026", "0000-00-00"])
def test_a_day_that_there_is_not(village: World, browser: Any, day: str) -> None:
    body = typed() | {"died_on": day}
    assert browser("juru").post("/pemakaman/catat/", body).status_code == 422
    answer = village["operator"].post("burials/", body | {"id": str(uuid7()), "village": CITY})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/died_on")


def test_a_burial_after_midnight_in_the_east_is_of_that_day(village: World) -> None:
    """Between midnight in Jayapura and midnight in Jakarta the day there has begun."""
    home = Region.objects.filter(code__startswith="91.71.01.").order_by("-code").first()
    assert home is not None
    start = today() - timedelta(days=40)
    make_caller("juru_timur", "burial_recorder", home.pk, start)
    there = timezone.localdate(timezone=ZoneInfo(home.timezone))
    by = actor("juru_timur")
    burial = buried(by, home.pk, died_on=there, buried_on=there)
    assert (burial.reported_on, burial.year) == (there, there.year)
    tomorrow = {"died_on": there, "buried_on": there + timedelta(days=1), "name": "Contoh Esok"}
    assert refusal(lambda: buried(by, home.pk, **tomorrow))[0] == "buried-future"


# --- two at once ----------------------------------------------------------------------------------


@pytest.mark.contexts
@pytest.mark.parametrize("do", ["nobody", "match", "choose"])
def test_who_decides_on_an_old_page_looks_again(village: World, browser: Any, do: str) -> None:
    """Somebody else decided meanwhile: their decision and the finding that it proposed stand."""
    operator, head = village["operator"].actor, village["head"].actor
    resident, number = person(village, birth_date=date(1950, 3, 5))
    burial = matched(operator, buried(actor("juru"), nik=number, birth_date=BORN))
    assert burial.doubt == "other_data"
    client, path = browser("operator"), f"/pemakaman/{burial.pk}/"
    page = client.get(path)
    assert f'name="version" value="{page.context["version"]}"' in page.content.decode()
    form = {"do": do, "resident": str(resident.pk), "version": page.context["version"]}
    with scoped(head.scope):
        match_burial(by=head, burial_id=burial.pk, resident=resident.pk)
    assert client.post(path, form, follow=True).status_code == 200
    with scoped(EVERYBODY):
        burial.refresh_from_db()
        finding = Finding.everything.get(resident=resident)
    assert (burial.state, burial.matched_by_id, finding.state) == (
        "matched",
        head.user_id,
        "proposed",
    )


def test_what_is_not_compared_is_said(village: World, browser: Any) -> None:
    """Eleven numbers that look alike: of the last one nothing is said, and the page says that it waits."""
    for n in range(12):
        buried(actor("juru"), name=f"Contoh {n}", nik=f"99010144035{n:05}")
    page = browser("operator").post("/pemakaman/", {"do": "match"}, follow=True).content.decode()
    with scoped(village["operator"].actor.scope):
        left = Burial.objects.filter(state="new").count()
    assert left > 0
    assert f"{left} pemakaman masih menunggu." in page


# --- taken into another office's register, and void since ------------------------------------------


def waits(there: World, browser: Any) -> tuple[int, str]:
    """How many wait at the other office, and its page."""
    with scoped(there["neighbour"].actor.scope):
        n = asked_of(there["neighbour"].actor)["burials"].count()
    return n, browser("neighbour").get("/pemakaman/").content.decode()


def test_a_void_line_that_was_taken_elsewhere_is_asked_about_there(
    village: World, browser: Any
) -> None:
    """Somebody is alive after all: the office that proposed them as deceased on that line is told."""
    there = village["neighbour"].actor
    home, number = Region.objects.get(pk=AGAM), nik(BORN)
    who = {"name": "Contoh Almarhum", "birth_date": BORN, "nik": number, "village": home}
    resident = make_resident(village, "13.06", **who)
    first = buried(actor("juru"), nik=number.text, home_village=home)
    with scoped(there.scope):
        (arrival,) = arrivals_of(there, ArrivalKind.BURIAL)
        taken = receive_burial(by=there, arrival_id=arrival.pk)
        match_burial(by=there, burial_id=taken.pk)
    assert waits(village, browser)[0] == 0
    with scoped(actor("juru").scope):
        void_burial(by=actor("juru"), burial_id=first.pk, reason=WHY)
    n, page = waits(village, browser)
    assert (n, "Dibatalkan di sana" in page, "Contoh Almarhum" in page) == (1, True, True)
    with scoped(there.scope):
        (note,) = arrivals_of(there, ArrivalKind.BURIAL)
        assert note.said == {"void_of": str(first.pk)}
    form = {"do": "receive", "arrival": str(note.pk)}
    assert browser("neighbour").post("/pemakaman/", form).status_code == 302
    with scoped(EVERYBODY):
        taken.refresh_from_db()
        finding = Finding.everything.get(resident=resident)
    assert (taken.state, finding.state, finding.why) == ("void", "refused", "replaced")
    assert waits(village, browser)[0] == 0


def test_a_void_line_that_nobody_took_asks_nothing(village: World, browser: Any) -> None:
    there, home = village["neighbour"].actor, Region.objects.get(pk=AGAM)
    lines = [buried(actor("juru"), name=f"Contoh {n}", home_village=home) for n in "AB"]
    with scoped(there.scope):
        refused = arrivals_of(there, ArrivalKind.BURIAL)[0]
        refuse(by=there, arrival_id=refused.pk, why="unknown", kind=ArrivalKind.BURIAL)
    for line in lines:
        with scoped(actor("juru").scope):
            void_burial(by=actor("juru"), burial_id=line.pk, reason=WHY)
    assert waits(village, browser)[0] == 0


def test_a_corrected_line_takes_the_place_of_the_one_that_was_taken(village: World) -> None:
    juru, there = actor("juru"), village["neighbour"].actor
    home = Region.objects.get(pk=AGAM)
    first = buried(juru, nik=NIK, home_village=home)
    with scoped(there.scope):
        (arrival,) = arrivals_of(there, ArrivalKind.BURIAL)
        taken = receive_burial(by=there, arrival_id=arrival.pk)
    with scoped(juru.scope):
        entry = Entry(**said(name="Contoh Betul", nik=NIK, home_village=home))
        correct_burial(by=juru, burial_id=first.pk, entry=entry, reason=WHY)
    with scoped(there.scope):
        for note in arrivals_of(there, ArrivalKind.BURIAL):
            last = receive_burial(by=there, arrival_id=note.pk)
        taken.refresh_from_db()
    assert (taken.state, last.state, last.told["name"]) == ("void", "new", "Contoh Betul")


# --- erased ---------------------------------------------------------------------------------------


def test_who_is_erased_waits_at_no_other_office_without_a_number(village: World) -> None:
    head, there = village["head"].actor, village["neighbour"].actor
    resident, _number = person(village)
    home = Region.objects.get(pk=AGAM)
    buried(actor("juru"), birth_date=BORN, home_village=home)
    other = buried(actor("juru"), name="Contoh Lain", birth_date=BORN, home_village=home)
    with scoped(head.scope):
        erase_person(by=head, resident=resident, reason=WHY, case="UPT/1/2026")
    with scoped(there.scope):
        (arrival,) = arrivals_of(there, ArrivalKind.BURIAL)
    assert (arrival.source, arrival.said["name"]) == (other.pk, "Contoh Lain")


# --- the month ------------------------------------------------------------------------------------


def test_the_province_sees_who_reports_of_each_office(village: World, browser: Any) -> None:
    head, province = village["head"].actor, village["province_officer"].actor
    month = first_day(today())
    buried(actor("juru"))
    with scoped(head.scope):
        count = {"by": head, "as_of": today(), "books": 20, "villages": 24, "cemeteries": 8}
        code = refusal(lambda: count_books(**count, source=f"Surat {NIK}"))
        assert code == ("reason-number", "source")
        count_books(**count, source="Surat 1")
        send_report(by=head, month=month)
    with scoped(province.scope):
        report = send_report(by=province, month=month)
    client = browser("province_officer")
    book = client.get(f"/pemakaman/laporan/{report.pk}/xlsx/")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0)
    table = {str(row[0]): row[-4:] for row in sheet.to_python()}
    villages = BurialReport.objects.get(region="13.75").content["reach"]["villages"]
    assert table["13.75"] == [1.0, float(villages), 1.0, 8.0]
    # Who sent nothing has no numbers, which is not zero.
    assert table["13.06"] == ["", "", "", ""]
    assert table[""] == table["13.75"]
    page = client.get("/pemakaman/laporan/").content.decode()
    offices = Region.objects.within("13").level("regency").count()
    assert f"dari 1 dari {offices} dinas" in page


def test_what_the_office_has_to_compare_is_a_duty(village: World, browser: Any) -> None:
    burial = buried(actor("juru"))
    operator = village["operator"].actor
    words = "1 pemakaman belum dicocokkan dengan data penduduk dinas"
    assert words in browser("operator").get("/hari-ini/").content.decode()
    assert words not in browser("juru").get("/", follow=True).content.decode()
    assert matched(operator, burial).state == "not_found"
    assert words not in browser("operator").get("/hari-ini/").content.decode()
