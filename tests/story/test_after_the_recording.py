"""After the recording, in Chromium: a grave that is written down on a phone until the head has decided, and a
clerk's morning with a list of SIAK, a paper, a document and the row of the day.
"""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import scoped
from dukcapil.core.crypto import decrypt
from dukcapil.core.db import EVERYBODY
from dukcapil.regions.models import Region
from events.elections.models import Election
from registrations.findings.models import Finding
from registrations.papers.models import Paper
from registrations.papers.services.rules import set_paper_rule
from registrations.people.models import Resident
from tests.reports.test_build import built
from tests.story.axe import found_anew
from tests.story.test_browser import PASSWORD, fits
from tests.story.test_mended import is_sound
from tests.story.test_pages import Desk, chrome, world
from tests.world import VILLAGES, World, make_caller, make_resident, record, today

__all__ = ["chrome", "world"]  # fixtures

VILLAGE = VILLAGES["13.75"]


def taken(page: Page, press: Any) -> str:
    """The words of the PDF that a click leads to."""
    with page.expect_download() as download:
        press()
    content = Path(download.value.path()).read_bytes()
    return " ".join(one.extract_text() for one in PdfReader(io.BytesIO(content)).pages)


@pytest.mark.timeout(120)
def test_a_burial_from_the_phone_to_the_heads_decision(
    world: World, chrome: Browser, live_server: Any
) -> None:
    make_caller("juru", "burial_recorder", VILLAGE, today() - timedelta(days=40))
    user = User.objects.get(username="juru")
    user.set_password(PASSWORD)
    user.save()
    dead = make_resident(world, name="Contoh Almarhumah", sex="F")

    # On a phone, as the village knows it: without a NIK, with an age.
    keeper = Desk(chrome, live_server.url, "juru", width=390)
    phone = keeper.page
    phone.goto("/pemakaman/")
    expect(phone.get_by_text("Tidak ada pemakaman di sini.")).to_be_visible()
    phone.get_by_role("link", name="Tulis pemakaman").click()
    phone.get_by_label("Nama almarhum/almarhumah").fill("Contoh Almarhumah")
    phone.get_by_label("Meninggal pada").fill(str(today() - timedelta(days=2)))
    phone.get_by_label("Dimakamkan pada").fill(str(today() - timedelta(days=1)))
    phone.get_by_label("TPU atau makam").fill("TPU Contoh")
    phone.get_by_label("Usia dalam tahun").fill("36")
    phone.get_by_label("Dilaporkan oleh").fill("Contoh Pelapor")
    phone.get_by_label("Hubungan").select_option(index=1)
    assert found_anew(phone) == []
    assert fits(phone)
    phone.get_by_role("button", name="Simpan").click()
    line = phone.get_by_role("link", name="Contoh Almarhumah")
    expect(line).to_contain_text("sisa 28 hari untuk melapor")
    assert found_anew(phone) == []
    assert fits(phone)

    # The office compares: a name alone is a question, and somebody answers it.
    clerk = Desk(chrome, live_server.url, "operator")
    page = clerk.page
    page.goto("/pemakaman/")
    page.get_by_role("button", name="Cocokkan dengan penduduk dinas").click()
    page.get_by_role("link", name="Contoh Almarhumah").click()
    burial = page.url
    is_sound(page)
    page.locator(".taps").get_by_role("button", name="Contoh Almarhumah").click()
    expect(page.locator("main")).to_contain_text("Diusulkan meninggal: perlu persetujuan.")

    # Its data for form F-2.01, with the reason for which somebody took them.
    page.locator("summary", has_text="Data untuk formulir F-2.01").click()
    page.locator("form:has([name=do][value=form]) [name=reason]").fill(
        "Pelaporan kematian keluarga"
    )
    words = taken(page, page.get_by_role("button", name="PDF").click)
    assert "Contoh Almarhumah" in words
    assert "TPU Contoh" in words

    # Not who proposed it decides, but the head.
    head = Desk(chrome, live_server.url, "head")
    head.page.goto("/temuan/")
    row = head.page.locator("tbody tr", has_text="Contoh Almarhumah")
    expect(row).to_contain_text("Sudah meninggal")
    row.get_by_role("button", name="Terima").click()
    head.page.locator("#accept").get_by_role("button", name="Terima").click()
    expect(row).to_have_count(0)
    with scoped(EVERYBODY):
        finding = Finding.objects.get(resident=dead)
    assert (finding.outcome, finding.state) == ("deceased", "accepted")
    page.goto(burial)
    expect(page.locator(".alert-success .tag")).to_have_text("Diterima")
    phone.goto(burial)
    expect(phone.locator("main")).to_contain_text("Diterima dinas")
    expect(phone.locator("main")).not_to_contain_text("Diusulkan")
    assert keeper.problems + clerk.problems + head.problems == []


def number_of(person: Resident) -> str:
    return decrypt(bytes(person.identity.nik_cipher), context=str(person.pk))


@pytest.mark.timeout(120)
def test_a_list_of_siak_a_paper_a_document_and_the_row_of_the_day(
    world: World, chrome: Browser, live_server: Any
) -> None:
    ready, sent = (make_resident(world, name=f"Contoh {name}") for name in ("Cetak", "Kirim"))
    for person in (ready, sent):
        record(world, person)
    by = world["head"].actor
    with scoped(by.scope):
        set_paper_rule(
            by=by,
            election=Election.objects.create(
                name="Pilkada",
                kind="pilkada",
                region_id="13.75",
                held_on=today() + timedelta(days=5),
            ),
            kind="biodata",
            region=Region.objects.get(pk="13.75"),
            days_before_open=30,
            days_before_close=0,
            source="Surat edaran contoh",
        )
    clerk = Desk(chrome, live_server.url, "operator")
    page = clerk.page

    # A list is looked at before it is taken in; a number that nobody holds is a row of its own.
    lines = [
        "NIK;Status",
        f"{number_of(ready)};PRR",
        f"{number_of(sent)};SFE",
        "9999010101900001;PRR",
    ]
    page.goto("/status/")
    page.get_by_label("Asalnya").fill("SIAK")
    page.get_by_label("Tempel daftar di sini").fill("\n".join(lines))
    page.get_by_role("button", name="Baca daftar").click()
    page.wait_for_url("**/status/daftar/**")
    expect(page.locator("tr", has_text="PRINT_READY_RECORD").locator("td")).to_have_text("1")
    expect(page.locator("tr", has_text="SENT_FOR_ENROLLMENT").locator("td")).to_have_text("1")
    expect(
        page.locator("section", has_text="Baris yang tidak disimpan").locator("tr")
    ).to_have_count(1)
    is_sound(page)
    page.locator("button[name=do][value=take]").click()
    expect(page.locator("button[name=do][value=back]")).to_be_visible()
    page.goto("/cetak/")
    expect(page.locator("main")).to_contain_text("Contoh Cetak")
    expect(page.locator("main")).not_to_contain_text("Contoh Kirim")
    is_sound(page)

    # A biodata sheet: whoever holds it is told what it is, and no more; then it is void.
    page.goto(f"/surat/terbit/{sent.pk}/")
    page.get_by_label("Surat", exact=True).select_option("biodata")
    page.get_by_role("button", name="Terbitkan dan catat").click()
    with scoped(EVERYBODY):
        paper = Paper.objects.get(resident=sent)
    link = page.get_by_role("link", name=paper.number)
    assert number_of(sent) in taken(page, link.click).replace(" ", "")
    is_sound(page)
    stranger = chrome.new_page(base_url=live_server.url, locale="id-ID")
    stranger.goto(f"/surat/{paper.code}/")
    expect(stranger.locator("main")).to_contain_text(paper.number)
    expect(stranger.locator("main .tag")).to_have_text("Berlaku")
    expect(stranger.locator("main")).not_to_contain_text("Kirim")
    is_sound(stranger)
    page.goto("/surat/")
    page.get_by_role("button", name=paper.number).click()
    page.get_by_label("Alasan").fill("Salah cetak")
    page.locator("dialog").get_by_role("button", name="Batalkan surat").click()
    expect(page.locator("main")).to_contain_text("Surat dan pencatatannya batal.")
    stranger.reload()
    expect(stranger.locator("main .tag")).to_have_text("Batal")

    # A document: what is missing keeps it out of work; handed over it counts.
    page.goto(f"/penduduk/{ready.pk}/dokumen/")
    page.get_by_role("link", name="Akta perkawinan").click()
    boxes = page.locator("input[name=here]")
    for box in boxes.all()[1:]:
        box.check()
    page.get_by_role("button", name="Terima berkas").click()
    expect(page.locator("main")).to_contain_text("Berkas belum lengkap")
    boxes.first.check()
    page.locator("button[name=do][value=papers]").click()
    for step in ("in_work", "ready"):
        page.locator(f"button[name=do][value={step}]").click()
    is_sound(page)
    page.locator("button[name=do][value=hand]").click()
    expect(page.locator("button[name=do]")).to_have_count(0)

    # The row of the day says so, and what nobody counted it does not know.
    built()
    page.goto("/laporan/13.75/baris/")
    for label, shown in (
        ("Perekaman", "2"),
        ("Akta perkawinan", "1"),
        ("PRR hari itu", "1"),
        ("SFE", "1"),
        ("NIK baru", "tidak diketahui"),
    ):
        row = page.get_by_role("row", name=f"{label} aliran {shown}", exact=True)
        expect(row).to_have_count(1)
    is_sound(page)
    assert clerk.problems == []
