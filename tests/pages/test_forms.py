"""Forms keep what was typed, say what is allowed, and are carried out once."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.sessions.models import Session
from django.test import Client

from dukcapil.accounts.models import ApiToken, Posting, User
from dukcapil.accounts.scoping import scoped
from dukcapil.core.ids import uuid7
from dukcapil.core.kept import OWNER, signed_owner
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.services.notes import set_costs
from registrations.booking.models.appointment import Appointment
from registrations.booking.services.appointments import book
from registrations.ledger.models import ServiceRecord
from registrations.people.models import Resident
from tests.pages.test_lists import set_aside
from tests.world import (
    VILLAGES,
    World,
    looks,
    make_event,
    make_resident,
    make_session,
    today,
    without_factor,
)
from tests.world import record as world_record

pytestmark = pytest.mark.contexts

Browser = Callable[[str], Client]
VILLAGE = VILLAGES["13.75"]


def good_event(**changes: Any) -> dict[str, Any]:
    return {
        "title": "Gebyar Uji",
        "kind": "gebyar",
        "village": VILLAGE,
        "place": "Aula",
        "place_kind": "school",
        "starts_on": str(today()),
        "ends_on": str(today()),
        "services": ["recording", "ikd_activation"],
        "once": str(uuid7()),
        **changes,
    }


def good_resident(**changes: Any) -> dict[str, Any]:
    return {
        "nik": "9901011705900777",
        "name": "Contoh Warga Baru",
        "birth_date": "1990-05-17",
        "sex": "M",
        "marital_status": "single",
        "village": VILLAGE,
        "once": str(uuid7()),
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "field", "kept"),
    [
        ({"title": ""}, "title", "Aula"),
        ({"village": "13.06.01.2001"}, "village", "Gebyar Uji"),
        ({"starts_on": "kemarin"}, "starts_on", "kemarin"),
        ({"ends_on": str(today() - timedelta(days=1))}, "ends_on", "Gebyar Uji"),
        ({"services": []}, "services", "Gebyar Uji"),
        ({"services": ["pesta"]}, "services", "Gebyar Uji"),
        ({"kind": "holiday_opening"}, "holiday_reason", "Gebyar Uji"),
    ],
)
def test_an_event_that_is_refused_keeps_every_word(
    made: World, browser: Browser, changes: dict[str, Any], field: str, kept: str
) -> None:
    answer = browser("operator").post("/kegiatan/baru/", good_event(**changes))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert f'href="#id_{field}' in html  # the summary leads to the field
    assert kept in html
    with scoped("*"):
        assert ServiceEvent.objects.count() == 0


def test_a_double_click_makes_one_event(made: World, browser: Browser) -> None:
    client, form = browser("operator"), good_event()
    first, second = (client.post("/kegiatan/baru/", form) for _click in range(2))
    assert first.status_code == second.status_code == 302
    assert first.headers["Location"] == second.headers["Location"]
    with scoped("*"):
        assert ServiceEvent.objects.count() == 1
    client.post("/kegiatan/baru/", {**form, "once": str(uuid7())})
    with scoped("*"):
        assert ServiceEvent.objects.count() == 2


def test_a_stale_form_changes_nothing_until_it_was_seen(made: World, browser: Browser) -> None:
    event = make_event(made)
    client = browser("head")
    path = f"/kegiatan/{event.pk}/ubah/"
    seen = client.get(path).context["form"]["version"].value()
    days = {"starts_on": str(event.starts_on), "ends_on": str(event.ends_on)}
    first = good_event(title="Punya A", version=seen, **days)
    assert client.post(path, first).status_code == 302
    stale = client.post(path, good_event(title="Punya B", version=seen, **days))
    assert stale.status_code == 409
    assert "diubah orang lain" in stale.content.decode()
    assert "Punya B" in stale.content.decode()
    with scoped("*"):
        assert ServiceEvent.objects.get(pk=event.pk).title == "Punya A"
    # What has no field here is named with the page that shows it.
    seen = stale.context["form"]["version"].value()
    by = made["operator"].actor
    with scoped(by.scope):
        set_costs(by=by, event=event, costs={"transport": (90_000, None)})
    make_session(made, event)
    stale = client.post(path, good_event(title="Punya B", version=seen, **days))
    assert stale.status_code == 409
    links = BeautifulSoup(stale.content, "html.parser").select(".elsewhere a")
    assert [one["href"] for one in links] == [
        *(f"/kegiatan/{event.pk}/", f"/kegiatan/{event.pk}/"),
        f"/kegiatan/{event.pk}/catatan/",
    ]
    again = good_event(title="Punya B", version=stale.context["form"]["version"].value(), **days)
    assert client.post(path, again).status_code == 302
    with scoped("*"):
        assert ServiceEvent.objects.get(pk=event.pk).title == "Punya B"


def test_a_service_with_places_is_not_left_out(made: World, browser: Browser) -> None:
    event = make_event(made)
    make_session(made, event, {"recording": 1, "ikd_activation": 1})
    client = browser("head")
    path = f"/kegiatan/{event.pk}/ubah/"
    seen = client.get(path).context["form"]["version"].value()
    form = good_event(
        version=seen,
        services=["recording"],
        starts_on=str(event.starts_on),
        ends_on=str(event.ends_on),
    )
    answer = client.post(path, form)
    assert answer.status_code == 422
    assert "services" in answer.context["form"].errors


def test_a_session_that_ends_while_somebody_types_loses_nothing(
    made: World, browser: Browser
) -> None:
    client = browser("operator")
    user = User.objects.get(username="operator")
    html = client.get("/penduduk/baru/").content.decode()
    owner = re.search(rf'name="{OWNER}" value="([^"]+)"', html)
    assert owner is not None
    typed = good_resident(**{OWNER: owner[1]})
    client.session.flush()
    lost = Client()
    away = lost.post("/penduduk/baru/", typed)
    assert away.headers["Location"] == "/akun/masuk/?next=/penduduk/baru/"
    assert "masih disimpan" in lost.get("/akun/masuk/").content.decode()
    # Neither the number nor the name lies readable in the session's table or in Redis.
    assert "9901011705900777" not in str(dict(lost.session))
    user.set_password("kuda-laut-melompat-7")
    user.save()
    lost.post("/akun/masuk/", {"login": "operator", "password": "kuda-laut-melompat-7"})
    back = lost.get("/penduduk/baru/").content.decode()
    assert 'value="9901011705900777"' in back
    assert "Contoh Warga Baru" in back
    with scoped("*"):
        assert Resident.objects.count() == 0
    assert 'value="9901011705900777"' not in lost.get("/penduduk/baru/").content.decode()


def test_nobody_elses_login_continues_a_form(made: World, browser: Browser) -> None:
    owner = signed_owner(User.objects.get(username="operator").pk)
    lost = Client()
    lost.post("/penduduk/baru/", good_resident(**{OWNER: owner}))
    user = User.objects.get(username="neighbour")
    user.set_password("kuda-laut-melompat-7")
    user.save()
    lost.post("/akun/masuk/", {"login": "neighbour", "password": "kuda-laut-melompat-7"})
    assert "9901011705900777" not in lost.get("/penduduk/baru/").content.decode()


def test_an_old_page_keeps_nothing(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its signature holds a day: somebody who finds the page later keeps no form with it."""
    user = User.objects.get(username="operator")
    yesterday = time.time() - timedelta(hours=25).total_seconds()
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: yesterday)
        owner = signed_owner(user.pk)
    lost = Client()
    lost.post("/penduduk/baru/", good_resident(**{OWNER: owner}))
    assert Session.objects.count() == 0
    fresh = signed_owner(user.pk)
    lost.post("/penduduk/baru/", good_resident(**{OWNER: fresh}))
    assert Session.objects.count() == 1


def test_a_stranger_fills_no_table_of_sessions(made: World) -> None:
    lost = Client()
    for owner in ("", "1", "1:falsch"):
        lost.post("/penduduk/baru/", good_resident(**{OWNER: owner}))
    assert Session.objects.count() == 0


def test_a_fragment_without_a_session_is_no_login_page(made: World) -> None:
    answer = Client().get("/kegiatan/", headers={"HX-Request": "true", "HX-Target": "live"})
    assert (answer.status_code, answer.content) == (401, b"")


# --- booking ---------------------------------------------------------------------------------------


def test_places_are_booked_from_a_search_and_the_last_one_is_refused_with_its_reason(
    made: World, browser: Browser
) -> None:
    session = make_session(made, make_event(made), {"recording": 1})
    first, second = make_resident(made, name="Ani Satu"), make_resident(made, name="Ani Dua")
    client = browser("operator")
    path = f"/sesi/{session.pk}/pesan/"
    found = client.post(path, {"do": "find", "q": "ani"}).content.decode()
    assert "Ani Satu" in found
    assert "Ani Dua" in found
    booking = {"do": "book", "services": ["recording"], "once": str(uuid7())}
    made_one = client.post(path, {**booking, "resident": str(first.pk)})
    assert made_one.headers["Location"].startswith("/janji/")
    full = client.post(path, {**booking, "once": str(uuid7()), "resident": str(second.pk)})
    assert full.status_code == 422
    assert "penuh" in full.content.decode()
    assert "Ani Dua" in full.content.decode()
    with scoped("*"):
        assert Appointment.objects.count() == 1


def test_a_slip_is_checked_in_by_its_code_and_cancelled_once(made: World, browser: Browser) -> None:
    session = make_session(made, make_event(made), {"recording": 2})
    by = made["operator"].actor
    with scoped(by.scope):
        one = book(by=by, session=session, resident=make_resident(made), services=["recording"])
        two = book(by=by, session=session, resident=make_resident(made), services=["recording"])
    client = browser("operator")
    slip = client.get(f"/janji/{one.pk}/").content.decode()
    assert "<svg" in slip
    assert one.ticket in slip
    # Its button goes where an arrival on another day asks, and nowhere else.
    button = BeautifulSoup(slip, "html.parser").select_one("button[value=check-in]")
    assert button is not None
    form = button.find_parent("form")
    assert form is not None
    sent = {field["name"]: field["value"] for field in form.select("input[name=ticket]")}
    assert (form["action"], sent) == (f"/sesi/{session.pk}/", {"ticket": one.ticket})
    client.post(f"/janji/{two.pk}/", {"do": "check-in"})
    with scoped("*"):
        assert not Appointment.objects.exclude(state="booked").exists()
    client.post(f"/sesi/{session.pk}/", {"do": "check-in", "ticket": one.ticket.lower()})
    wrong = client.post(
        f"/sesi/{session.pk}/", {"do": "check-in", "ticket": "ZZZZZZZZ"}, follow=True
    )
    assert "Tidak ada slip" in wrong.content.decode()
    client.post(f"/janji/{two.pk}/", {"do": "cancel"})
    with scoped("*"):
        states = dict(Appointment.objects.values_list("ticket", "state"))
    assert states == {one.ticket: "checked_in", two.ticket: "cancelled"}


def test_a_slip_of_another_session_says_which(made: World, browser: Browser) -> None:
    event = make_event(made)
    here, there = (make_session(made, event, {"recording": 2}) for _n in range(2))
    by = made["operator"].actor
    with scoped(by.scope):
        slip = book(by=by, session=there, resident=make_resident(made), services=["recording"])
    answer = browser("operator").post(
        f"/sesi/{here.pk}/", {"do": "check-in", "ticket": slip.ticket}, follow=True
    )
    assert "Slip ini untuk" in answer.content.decode()


# --- residents and services ------------------------------------------------------------------------


def test_a_disagreement_with_the_nik_warns_once_and_refuses_nothing(
    made: World, browser: Browser
) -> None:
    client = browser("operator")
    odd = good_resident(birth_date="1991-05-17", sex="F")
    warned = client.post("/penduduk/baru/", odd)
    assert warned.status_code == 422
    assert len(warned.context["form"].warnings) == 2
    assert "Tetap simpan" in warned.content.decode()
    accepted = warned.context["form"]["accepted"].value()
    assert client.post("/penduduk/baru/", {**odd, "accepted": accepted}).status_code == 302
    with scoped("*"):
        assert Resident.objects.count() == 1


def test_whom_the_office_holds_already_is_offered_instead(made: World, browser: Browser) -> None:
    client = browser("operator")
    assert client.post("/penduduk/baru/", good_resident()).status_code == 302
    again = client.post("/penduduk/baru/", good_resident(once=str(uuid7()), name="Salah Ketik"))
    assert again.status_code == 422
    assert "Contoh Warga Baru" in again.content.decode()
    assert "Salah Ketik" in again.content.decode()


def test_an_unknown_number_begins_the_form_with_what_it_tells(
    made: World, browser: Browser
) -> None:
    answer = browser("operator").post(
        "/penduduk/baru/", {"do": "start", "nik": "99.01.01 570905 0001"}
    )
    assert answer.status_code == 200
    html = answer.content.decode()
    assert 'value="9901015709050001"' in html
    assert 'value="2005-09-17"' in html
    assert '<option value="F" selected>' in html


def test_a_service_is_logged_voided_and_refused_at_its_field(made: World, browser: Browser) -> None:
    session = make_session(made, make_event(made))
    person = make_resident(made)
    client = browser("operator")
    found = client.post(f"/layanan/?session={session.pk}", {"do": "find", "q": "contoh"})
    assert f"person={person.pk}" in found.headers["Location"]
    path = found.headers["Location"]
    form = {"do": "log", "service": "recording", "outcome": "done", "once": str(uuid7())}
    first, second = (client.post(path, form) for _click in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    saved = client.get(first.headers["Location"]).content.decode()
    assert "Tersimpan" in saved
    again = client.post(path, {**form, "once": str(uuid7())})
    assert again.status_code == 422
    assert "sudah rekam" in again.content.decode().lower()
    no_reason = client.post(path, {**form, "once": str(uuid7()), "outcome": "failed"})
    assert "reason" in no_reason.context["form"].errors
    undone = client.post(first.headers["Location"], {"do": "void", "reason": "salah orang"})
    assert undone.status_code == 302
    with scoped("*"):
        weights = list(ServiceRecord.objects.order_by("seq").values_list("weight", flat=True))
    assert weights == [1, -1]


def test_a_time_is_read_in_the_zone_of_the_place(made: World, browser: Browser) -> None:
    session = make_session(made, make_event(made))
    person = make_resident(made)
    yesterday = today() - timedelta(days=1)
    form = {
        "do": "log",
        "service": "recording",
        "outcome": "done",
        "occurred_at": f"{yesterday}T06:30",
    }
    answer = browser("operator").post(f"/layanan/?session={session.pk}&person={person.pk}", form)
    assert answer.status_code == 302
    with scoped("*"):
        record = ServiceRecord.objects.get()
    assert record.service_date == yesterday
    assert record.occurred_at.isoformat().startswith(f"{yesterday - timedelta(days=1)}T23:30")


def test_the_full_number_needs_a_reason_and_a_case_and_leaves_a_trace(
    made: World, browser: Browser
) -> None:
    person = make_resident(made)
    client = browser("operator")
    path = f"/penduduk/{person.pk}/"
    assert not re.search(r"\b\d{16}\b", client.get(path).content.decode())
    bare = client.post(path, {"do": "reveal", "reason": "cetak kartu keluarga", "case": ""})
    assert bare.status_code == 422
    assert not re.search(r"\b\d{16}\b", bare.content.decode())
    shown = client.post(path, {"do": "reveal", "reason": "cetak kartu keluarga", "case": "ABC"})
    assert re.search(r"\b9901\d{12}\b", shown.content.decode())
    assert "no-store" in shown.headers["Cache-Control"]
    (log,) = looks(action="reveal")
    assert (log.reason, log.case, log.subject) == ("cetak kartu keluarga", "ABC", str(person.pk))


def test_looking_is_logged_and_a_refusal_too(made: World, browser: Browser) -> None:
    person = make_resident(made)
    client = browser("operator")
    client.get(f"/penduduk/{person.pk}/")
    client.post("/penduduk/", {"q": "contoh"})
    assert browser("neighbour").get(f"/penduduk/{person.pk}/").status_code == 404
    seen = [(row.action, row.found) for row in looks()]
    # First the number, when the person was registered.
    assert seen == [("search", 0), ("view", None), ("search", 1), ("refused", None)]


# --- staff and own account ---------------------------------------------------------------------------


def test_a_head_makes_posts_and_ends_staff_of_the_own_office_only(
    made: World, browser: Browser
) -> None:
    client = browser("head")
    person = {
        "username": "petugas.baru",
        "name": "Petugas Baru",
        "role": "district_operator",
        "region": "13.75",
        "starts_on": str(today()),
    }
    refused = client.post("/akun/petugas/baru/", {**person, "region": "13.06"})
    assert refused.status_code == 422
    wrong_role = client.post("/akun/petugas/baru/", {**person, "role": "province_officer"})
    assert wrong_role.status_code == 422
    sent = {**person, "once": str(uuid7())}
    first, second = (client.post("/akun/petugas/baru/", sent) for _click in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    shown = client.get(second.headers["Location"])
    password = re.search(r"[0-9a-f]{6}-[0-9a-f]{6}-[0-9a-f]{6}", shown.content.decode())
    assert password is not None
    assert password[0] not in client.get(second.headers["Location"]).content.decode()
    assert password[0] not in str(dict(client.session))
    new = Client()
    new.post("/akun/masuk/", {"login": "petugas.baru", "password": password[0]})
    assert new.get("/hari-ini/").headers["Location"] == "/akun/sandi/"
    own = "kuda-laut-melompat-7"
    changed = {"oldpassword": password[0], "password1": own, "password2": own}
    assert new.post("/akun/sandi/", changed).status_code == 302
    assert new.get("/hari-ini/").status_code == 200
    posting = Posting.objects.get(user__username="petugas.baru")
    end = {"last_day": str(today() - timedelta(days=1))}
    Posting.objects.filter(pk=posting.pk).update(starts_on=today() - timedelta(days=9))
    assert client.post(f"/akun/petugas/{posting.pk}/akhiri/", end).status_code == 302
    assert new.get("/hari-ini/").status_code == 403
    again = {"role": "district_operator", "region": "13.75", "starts_on": str(today())}
    assert client.post(f"/akun/petugas/{posting.pk}/penempatan/", again).status_code == 302
    assert new.get("/hari-ini/").status_code == 200
    theirs = Posting.objects.get(user__username="neighbour")
    assert client.post(f"/akun/petugas/{theirs.pk}/akhiri/", end).status_code == 404
    own = Posting.objects.get(user__username="head")
    assert client.post(f"/akun/petugas/{own.pk}/akhiri/", end).status_code == 403
    assert browser("operator").get("/akun/petugas/").status_code == 403


def test_a_token_is_shown_once_works_and_is_revoked(made: World, browser: Browser) -> None:
    ApiToken.objects.all().delete()
    client = browser("operator")
    form = {"label": "Papan", "scopes": ["coverage"], "days": "30"}
    client.post("/akun/token/baru/", {**form, "once": "a"})
    client.post("/akun/token/baru/", {**form, "once": "a"})
    assert ApiToken.objects.count() == 1
    shown = client.get("/akun/token/dibuat/").content.decode()
    text = re.search(r'class="secret">([^<]+)<', shown)
    assert text is not None
    auth = {"Authorization": f"Token {text[1]}"}
    assert Client().get("/api/v1/coverage/?region=13.75", headers=auth).status_code == 200
    assert Client().get("/api/v1/residents/", headers=auth).status_code == 403
    assert text[1] not in client.get("/akun/").content.decode()
    key = ApiToken.objects.get().token_key
    browser("neighbour").post("/akun/", {"do": "revoke", "token": key})
    assert ApiToken.objects.count() == 1
    client.post("/akun/", {"do": "revoke", "token": key})
    assert Client().get("/api/v1/coverage/?region=13.75", headers=auth).status_code == 401


def test_set_aside_records_are_decided_by_who_sees_both(made: World, browser: Browser) -> None:
    first = make_resident(made)
    set_aside(made, 1)
    client = browser("province_officer")
    html = client.get("/verifikasi/").content.decode()
    record = re.search(r'name="record" value="([^"]+)"', html)
    assert record is not None
    refused = client.post(
        "/verifikasi/", {"do": "accept", "record": record[1], "reason": "benar"}, follow=True
    )
    assert "masih dihitung" in refused.content.decode()
    client.post("/verifikasi/", {"do": "void", "record": record[1], "reason": "dobel"})
    assert record[1] not in client.get("/verifikasi/").content.decode()
    assert browser("operator").get("/verifikasi/").status_code == 403
    assert first.pk


@pytest.mark.parametrize("path", ["/layanan/", "/kegiatan/baru/", "/penduduk/baru/"])
def test_a_province_has_no_desk(made: World, browser: Browser, path: str) -> None:
    assert browser("province_officer").get(path).status_code == 403


@pytest.mark.parametrize("text", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_odd_choices_of_a_row_are_answered_in_words(
    made: World, browser: Browser, text: str
) -> None:
    session = make_session(made, make_event(made))
    person = make_resident(made)
    client = browser("operator")
    for path, form in (
        (f"/sesi/{session.pk}/pesan/", {"do": "book", "services": ["recording"], "resident": text}),
        (f"/penduduk/{person.pk}/", {"do": "void", "record": text, "reason": "x"}),
        (f"/layanan/?person={text}", {"do": "log", "service": "recording", "outcome": "done"}),
        (f"/sesi/{session.pk}/?page={text}", {"do": "check-in", "ticket": text}),
    ):
        assert client.post(path, form).status_code in (200, 302, 404, 422)
    with scoped("*"):
        assert ServiceRecord.objects.count() == 0
        assert ServiceSession.objects.count() == 1


# --- what a review found, and must not come back ----------------------------------------------------


def test_an_approved_event_is_changed_by_who_signs_it(made: World, browser: Browser) -> None:
    event = make_event(made)
    path = f"/kegiatan/{event.pk}/ubah/"
    clerk = browser("operator")
    seen = clerk.get(path).context["form"]["version"].value()
    days = {"starts_on": str(event.starts_on), "ends_on": str(event.ends_on)}
    assert clerk.post(path, good_event(version=seen, **days)).status_code == 302
    before = event.neutrality_signed_at
    with scoped("*"):
        assert ServiceEvent.objects.get().title == event.title
        assert ServiceEvent.objects.get().neutrality_signed_at == before
    head = browser("head")
    assert head.post(path, good_event(version=seen, **days)).status_code == 409
    seen = head.get(path).context["form"]["version"].value()
    assert head.post(path, good_event(version=seen, **days)).status_code == 302
    with scoped("*"):
        assert ServiceEvent.objects.get().neutrality_signed_at > before


def test_without_the_second_factor_a_head_reaches_neither_staff_nor_tokens(made: World) -> None:
    without_factor("head")
    client = Client()
    client.force_login(User.objects.get(username="head"))
    for path in ("/akun/", "/akun/petugas/", "/akun/petugas/baru/", "/akun/token/baru/"):
        for answer in (client.get(path), client.post(path, {"label": "x", "scopes": ["read"]})):
            assert answer.headers["Location"] == "/akun/faktor-kedua/aktifkan/"


def test_no_posting_is_made_longer_and_none_of_a_role_that_one_may_not_give(
    made: World, browser: Browser
) -> None:
    client = browser("head")
    over = Posting.objects.get(user__username="former_operator")
    far = {"last_day": str(today() + timedelta(days=900))}
    answer = client.post(f"/akun/petugas/{over.pk}/akhiri/", far)
    assert "last_day" in answer.context["form"].errors
    user = User.objects.create_user("admin-kota", None, name="Admin Kota")
    other = Posting.objects.create(
        user=user, role="administrator", region_id="13.75", starts_on=today()
    )
    assert client.post(f"/akun/petugas/{other.pk}/akhiri/", far).status_code == 403
    over.refresh_from_db()
    other.refresh_from_db()
    assert over.ends_on < today()
    assert other.ends_on is None


def test_every_page_with_a_name_on_it_wrote_a_row(made: World, browser: Browser) -> None:
    session = make_session(made, make_event(made))
    person = make_resident(made, name="Contoh Terlihat")
    by = made["operator"].actor
    with scoped(by.scope):
        book(by=by, session=session, resident=person, services=["recording"])
    record = world_record(made, make_resident(made, name="Contoh Terlihat"))
    client = browser("operator")
    pages: list[tuple[str, dict[str, str] | None, dict[str, str]]] = [
        (f"/layanan/?last={record.pk}", None, {}),
        (f"/sesi/{session.pk}/pesan/?person={person.pk}", None, {}),
        (f"/penduduk/{person.pk}/", {"do": "reveal", "reason": "", "case": ""}, {}),
        (f"/sesi/{session.pk}/", None, {"HX-Request": "true"}),
        (f"/sesi/{session.pk}/", None, {"HX-Request": "true", "HX-Target": "live"}),
        # A header that anybody can send does not hide a look.
        (f"/sesi/{session.pk}/", None, {"HX-Request": "true", "HX-Target": "live", "X-Seen": "x"}),
        (f"/sesi/{session.pk}/", None, {"X-Seen": "x"}),
    ]
    for path, form, headers in pages:
        before = len(looks())
        answer = client.post(path, form) if form else client.get(path, headers=headers)
        assert "Contoh Terlihat" in answer.content.decode(), path
        assert len(looks()) == before + 1, path


def test_a_kept_form_returns_to_the_person_it_was_about(made: World, browser: Browser) -> None:
    one, other = make_resident(made), make_resident(made)
    user = User.objects.get(username="operator")
    user.set_password("kuda-laut-melompat-7")
    user.save()
    owner = signed_owner(user.pk)
    lost = Client()
    form = {"do": "log", "service": "recording", "note": "catatan untuk satu", OWNER: owner}
    lost.post(f"/layanan/?person={one.pk}", form)
    lost.post("/akun/masuk/", {"login": "operator", "password": "kuda-laut-melompat-7"})
    assert "catatan untuk satu" not in lost.get(f"/layanan/?person={other.pk}").content.decode()
    assert "catatan untuk satu" in lost.get(f"/layanan/?person={one.pk}").content.decode()


def test_a_kept_booking_returns_with_its_person(made: World, browser: Browser) -> None:
    session = make_session(made, make_event(made))
    person = make_resident(made, name="Contoh Kembali")
    user = User.objects.get(username="operator")
    user.set_password("kuda-laut-melompat-7")
    user.save()
    owner = signed_owner(user.pk)
    lost = Client()
    path = f"/sesi/{session.pk}/pesan/"
    services = ["ikd_activation"]
    lost.post(path, {"do": "book", "resident": str(person.pk), "services": services, OWNER: owner})
    lost.post("/akun/masuk/", {"login": "operator", "password": "kuda-laut-melompat-7"})
    html = lost.get(path).content.decode()
    assert "Contoh Kembali" in html
    assert re.search(r'value="ikd_activation"[^>]*checked', html)


NULL = "a" + chr(0) + "b"


def test_odd_input_is_answered_in_words(made: World, browser: Browser) -> None:
    session = make_session(made, make_event(made))
    record = world_record(made, make_resident(made))
    client = browser("operator")
    for path, form in (
        (f"/sesi/{session.pk}/?page={'9' * 5000}", None),
        (f"/sesi/{session.pk}/", {"do": "check-in", "ticket": NULL + "CDEF"}),
        (f"/cakupan/13.75/?date={today()}&basis=%00", None),
        (f"/penduduk/{record.resident_id}/", {"do": "void", "record": record.pk, "reason": NULL}),
        (
            f"/penduduk/{record.resident_id}/",
            {"do": "void", "record": record.pk, "reason": "x" * 5000},
        ),
        ("/akun/", {"do": "revoke", "token": NULL}),
        ("/kegiatan/baru/", good_event(starts_on="0001-01-01", ends_on="0001-01-01")),
        ("/kegiatan/baru/", good_event(starts_on="9999-12-31", ends_on="9999-12-31")),
    ):
        answer = client.post(path, form) if form else client.get(path)
        assert answer.status_code in (200, 302, 422), path
    with scoped("*"):
        assert ServiceRecord.objects.count() == 1
        assert ServiceEvent.objects.count() == 1


def test_a_wrong_region_or_day_does_not_stick(made: World, browser: Browser) -> None:
    client = browser("province_officer")
    assert client.get(f"/cakupan/13.99/?date={today()}").status_code == 404
    assert client.get("/cakupan/", follow=True).status_code == 200
    tomorrow = today() + timedelta(days=2)
    bad = client.get(f"/laporan/13.75/?keep=1&date={tomorrow}", follow=True)
    assert bad.status_code == 422
    assert f'value="{tomorrow}"' in bad.content.decode()
    assert client.get("/laporan/", follow=True).status_code == 200
    kept = today() - timedelta(days=3)
    client.get(f"/laporan/13.75/?keep=1&date={kept}")
    assert f"date={kept}" in client.get("/cakupan/").headers["Location"]
    assert client.get(f"/cakupan/13.75.01/?date={kept}").status_code == 200
    assert client.get("/laporan/", follow=True).redirect_chain[-1][0].startswith("/laporan/13.75/")


def test_the_counter_once_chosen_stays_chosen(made: World, browser: Browser) -> None:
    make_session(made, make_event(made))
    person = make_resident(made)
    client = browser("operator")
    assert client.get(f"/layanan/?person={person.pk}").context["session"] is not None
    client.get("/layanan/?session=")
    assert client.get(f"/layanan/?person={person.pk}").context["session"] is None


def test_the_nation_sees_the_plan_and_no_counts_of_people(made: World, browser: Browser) -> None:
    session = make_session(made, make_event(made))
    html = browser("nation_viewer").get(f"/kegiatan/{session.event_id}/").content.decode()
    assert "0 / 20" in html
    assert "Belum datang" not in html
    assert str(session.pk) not in html
