"""Pages of schools, prisons and groups: from a place to the letter, as people click."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dukcapil.accounts.models import AccessLog
from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.regions.models import Region
from events.planning.models.event import ServiceEvent
from events.planning.services.events import plan_event
from events.venues.models import Venue
from events.venues.selectors import venues_of
from events.venues.services import goes_to
from registrations.booking.services.appointments import book, cancel_appointment
from registrations.lifecycle.services.events import open_to_booking
from registrations.oversight.models import Export
from registrations.oversight.services.exports import build_export
from registrations.rosters.models import Roster, RosterEntry
from tests.world import (
    BUKITTINGGI,
    World,
    looks,
    make_event,
    make_resident,
    make_session,
    nik,
    today,
)

PUPIL = date(today().year - 17, 1, 2)
Browser = Callable[[str], Client]


def add_place(client: Client, **changes: str) -> Venue:
    values = {
        "kind": "school",
        "name": "SMA 1 Contoh",
        "village": "1375011001",
        "contact": "Kepala sekolah",
    }
    answer = client.post("/tempat/", {**values, **changes})
    assert answer.status_code == 302, answer.content.decode()
    with scoped(EVERYBODY):
        return Venue.objects.get(pk=answer.headers["Location"].split("/")[-2])


def bring(client: Client, venue: Venue, text: str, **changes: Any) -> Any:
    values = {"do": "bring", "as_of": str(today()), "pasted": text}
    return client.post(f"/tempat/{venue.pk}/", {**values, **changes})


def test_a_school_gets_its_letter(made: World, browser: Browser) -> None:
    """A file with a class column, a question about who is gone, the visit, and the letter in two forms."""
    head, operator = browser("head"), browser("operator")
    numbers = [nik(PUPIL) for _n in range(2)]
    for number, name in zip(numbers, ["Ani Lestari", "Budi Hartono"], strict=True):
        make_resident(made, name=name, birth_date=PUPIL, nik=number)
    venue = add_place(operator)
    text = f"No;Nama Siswa;NIK;Rombel\n1;Ani Lestari;{numbers[0].text};XII IPA 1\n"
    both = text + f"2;Budi Hartono;{numbers[1].text};XII IPA 1\n3;Citra Asing;;XII IPA 1\n"
    file = SimpleUploadedFile("kelas.csv", both.encode(), "text/csv")
    answer = bring(operator, venue, "", file=file)
    assert answer.status_code == 302, answer.content.decode()
    page = operator.get(answer.headers["Location"]).content.decode()
    assert all(text in page for text in ("Ani Lestari", "Citra Asing"))
    assert numbers[0].text not in page
    again = bring(operator, venue, text)
    assert again.status_code == 409
    assert 'name="confirm"' in again.content.decode()
    assert bring(operator, venue, text, confirm="people-gone").status_code == 302
    assert bring(operator, venue, both).status_code == 302
    unread = bring(operator, venue, "Satu;Dua\nx;y\n")
    assert unread.status_code == 422
    assert 'name="kind-A"' in unread.content.decode()
    assert bring(operator, venue, "").status_code == 422
    with scoped(EVERYBODY):
        roster = Roster.objects.get()
        assert RosterEntry.objects.count() == 3
    tomorrow = str(today() + timedelta(days=1))
    visit = {"do": "visit", "starts_on": tomorrow, "begins": "08:00", "ends": "12:00", "kits": "1"}
    planned = operator.post(f"/tempat/daftar/{roster.pk}/", visit)
    assert planned.status_code == 302, planned.content.decode()
    with scoped(EVERYBODY):
        event = ServiceEvent.objects.get()
    letter = f"/ekspor/?surat={event.pk}"
    assert head.get(letter).status_code == 409  # nobody has signed the visit
    with scoped(made["head"].actor.scope):
        open_to_booking(by=made["head"].actor, event=event, neutrality_signed=True)
    assert operator.get(letter).status_code == 403
    for form in ("pdf", "docx"):
        asked = head.post(f"{letter}&bentuk={form}", {"reason": "Surat untuk sekolah"})
        assert asked.status_code == 302, asked.content.decode()
        with scoped(EVERYBODY):
            export = Export.objects.latest("created_at")
        build_export(export.pk)
        fetched = head.get(f"/ekspor/{export.pk}/berkas/")
        assert fetched.headers["Content-Disposition"].endswith(f'.{form}"')
        content = b"".join(fetched) if fetched.streaming else fetched.content
        if form == "pdf":
            assert content.startswith(b"%PDF")
        else:
            words = zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml").decode()
            assert all(text in words for text in ("Ani Lestari", "Kepala sekolah", "08.00"))
            assert "Citra Asing" not in words
    assert [row.found for row in looks(kind="letter fetched")] == [2, 2]
    assert head.get(f"/tempat/{venue.pk}/").status_code == 200
    listed = head.get("/tempat/").content.decode()
    assert "SMA 1 Contoh" in listed
    # A visit whose day is over is announced by no letter.
    yesterday = today() - timedelta(days=1)
    over = make_event(made, village=venue.village, starts_on=yesterday, ends_on=yesterday)
    with scoped(made["head"].actor.scope):
        goes_to(by=made["head"].actor, event=over, venue=venue)
    assert head.get(f"/ekspor/?surat={over.pk}").status_code == 409


def test_a_school_elsewhere_is_written_to(made: World, browser: Browser) -> None:
    head = browser("head")
    venue = add_place(head, name="SMK Jauh", village="1306012001")
    young = f"Anak Kecil;02-01-{today().year - 12};X"
    text = f"Nama;Tanggal lahir;Kelas\nDewi Jauh;;X\n{young}\n"
    assert bring(head, venue, text).status_code == 302
    with scoped(EVERYBODY):
        roster = Roster.objects.get()
    page = head.get(f"/tempat/daftar/{roster.pk}/").content.decode()
    # In the figures, and once beside whoever it is.
    assert page.count("Terlalu muda untuk direkam") == 2
    refused = head.post(
        f"/tempat/daftar/{roster.pk}/",
        {"do": "visit", "starts_on": str(today()), "begins": "08:00", "ends": "23:00"},
    )
    assert refused.status_code == 422
    asked = head.post(
        f"/ekspor/?undangan={roster.pk}&bentuk=docx", {"reason": "Undangan untuk sekolah"}
    )
    assert asked.status_code == 302
    with scoped(EVERYBODY):
        export = Export.objects.get()
    build_export(export.pk)
    content = head.get(f"/ekspor/{export.pk}/berkas/").content
    words = zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml").decode()
    assert "Dewi Jauh" in words
    assert "Anak Kecil" not in words


def test_who_changed_a_place_stands_in_the_log(made: World, browser: Browser) -> None:
    client = browser("operator")
    venue = add_place(client)
    page = client.get(f"/tempat/{venue.pk}/").content.decode()
    hidden = dict(re.findall(r'name="(version|shown)" value="([^"]*)"', page))
    values = {"name": "SMA 9 Contoh", "village": "1375011001", "code": "", "contact": "Wakil"}
    sent = {"do": "change", **{name: html.unescape(text) for name, text in hidden.items()}}
    answer = client.post(f"/tempat/{venue.pk}/", {**sent, **values})
    assert answer.status_code == 302, answer.content.decode()
    assert [row.subject for row in looks(kind="venue")] == [str(venue.pk)]


def test_the_list_of_places_says_what_it_leaves_out(
    made: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How many villages it does not name; and no visit whose day is over is the next one."""
    head, by = browser("head"), made["head"].actor
    venue = add_place(head)
    assert bring(head, venue, "Nama;Kelas\nDewi Asing;X\n").status_code == 302
    villages = Region.objects.within(BUKITTINGGI).level("village").order_by("pk")[:2]
    for village in villages:
        make_resident(made, village=village, birth_date=PUPIL)
    monkeypatch.setattr("registrations.views.venues._NAMED", 1)
    text = " ".join(head.get("/tempat/").content.decode().split())
    assert f"{villages[0].name} (1)" in text or f"{villages[1].name} (1)" in text
    assert "dan 1 desa lain (1)" in text
    # One pupil of a list, two of none.
    assert "Belum rekam</dt> <dd> <strong>3</strong>" in text
    with scoped(by.scope):
        event = plan_event(
            by=by,
            title="Rekam",
            kind="jemput_bola",
            office=venue.office,
            village=villages[0],
            place="Aula",
            starts_on=today(),
            ends_on=today(),
            services=["recording"],
        )
        goes_to(by=by, event=event, venue=venue)
        for days, shown in ((0, today()), (1, None)):
            day = today() - timedelta(days=days)
            ServiceEvent.objects.filter(pk=event.pk).update(starts_on=day, ends_on=day)
            assert venues_of(by).get().next_visit == shown


def test_prisons_and_groups_are_for_the_head(made: World, browser: Browser) -> None:
    head, operator = browser("head"), browser("operator")
    person = make_resident(made, name="Joko Rahasia")
    venue = add_place(head, kind="prison", name="Lapas Contoh")
    assert bring(operator, venue, "Nama;Blok\nJoko Rahasia;A\n").status_code == 403
    assert bring(head, venue, "Nama;Blok\nJoko Rahasia;A\nSiti Baru;B\n").status_code == 302
    with scoped(EVERYBODY):
        roster = Roster.objects.get()
        entry = RosterEntry.objects.order_by("pk").first()
    assert entry
    address = f"/tempat/daftar/{roster.pk}/"
    sort = {"do": "triage", "entries": str(entry.pk), "verdict": "never_recorded"}
    for ask in (lambda: operator.get(address), lambda: operator.post(address, sort)):
        assert ask().status_code == 403
    assert address not in operator.get(f"/tempat/{venue.pk}/").content.decode()
    assert head.post(address, sort).status_code == 302
    assert head.post(address, {"do": "triage", "verdict": "complete"}).status_code == 422
    with scoped(EVERYBODY):
        entry.refresh_from_db()
        assert entry.triage == "never_recorded"
    groups = f"/penduduk/{person.pk}/kelompok/"
    assert operator.get(groups).status_code == operator.get("/tempat/kelompok/").status_code == 403
    assert head.post(groups, {"group": "remote"}).status_code == 302
    assert head.post(groups, {"group": "remote"}).status_code == 422
    shown = head.get("/tempat/kelompok/?kelompok=remote").content.decode()
    assert "Joko Rahasia" in shown
    assert head.get("/tempat/kelompok/?kelompok=lain").status_code == 404
    with scoped(EVERYBODY):
        told = AccessLog.objects.filter(kind="put in a group").values_list("reason", "case")
        assert list(told) == [("", "")]
    assert head.post(groups, {"do": "remove", "group": "remote"}).status_code == 302
    for gone in ("remote", "", "\x00"):
        assert head.post(groups, {"do": "remove", "group": gone}).status_code == 404


def test_home_visits_carry_the_address(made: World, browser: Browser) -> None:
    """On the list, in the queue and at the desk of a visit to homes, and of no other."""
    operator = browser("operator")
    person = make_resident(
        made, name="Siti Sepuh", address="Jl. Mawar 7", rt="3", rw="5", birth_date=PUPIL
    )
    by = made["operator"].actor
    for place_kind, shown in (("village", False), ("home", True)):
        event = make_event(made, place_kind=place_kind)
        session = make_session(made, event, {"recording": 2})
        with scoped(by.scope):
            visit = book(by=by, session=session, resident=person, services=["recording"])
        pages = [
            f"/sesi/{session.pk}/",
            f"/sesi/{session.pk}/daftar/",
            f"/sesi/{session.pk}/meja/",
            f"/sesi/{session.pk}/meja/?person={person.pk}",
        ]
        for page in pages:
            text = operator.get(page).content.decode()
            assert ("Jl. Mawar 7" in text) is shown, page
        with scoped(by.scope):
            cancel_appointment(by=by, appointment=visit)
