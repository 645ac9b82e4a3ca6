"""Postings, sessions, tokens and passwords: what ends, ends at the next request."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test import Client
from redis import Redis

from dukcapil.accounts import adapters
from dukcapil.accounts.models import ApiToken, Posting, StaffProposal, User
from dukcapil.accounts.scoping import scoped
from dukcapil.accounts.services import (
    create_token,
    end_posting,
    log_out_everywhere,
)
from dukcapil.accounts.staff.services import approve_proposal, post_staff, reset_access
from dukcapil.core import limits
from dukcapil.core.errors import Conflict, Refused
from dukcapil.core.limits import Limit
from dukcapil.regions.models import Region
from registrations.oversight.enums import ExportState
from registrations.oversight.models import Export
from registrations.oversight.selectors import lists as export_lists
from registrations.oversight.services import exports
from registrations.oversight.services.exports import build_export, request_export
from tests.world import World, looks, make_caller, make_resident, today, without_factor

PASSWORD = "kuda-laut-melompat-7"
WRONG = "salah-sekali-ini"


@pytest.fixture(autouse=True)
def _no_earlier_guesses() -> None:
    cache.clear()


def logged_in(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def with_password(*names: str) -> None:
    for user in User.objects.filter(username__in=names):
        user.set_password(PASSWORD)
        user.save()


# --- postings -------------------------------------------------------------------------------------


def moved(posting: Posting) -> None:
    Posting.objects.filter(pk=posting.pk).update(region_id="13.06")


def demoted(posting: Posting) -> None:
    Posting.objects.filter(pk=posting.pk).update(role="district_operator")


def ended(posting: Posting) -> None:
    end_posting(posting=posting, last_day=today() - timedelta(days=1))


def switched_off(posting: Posting) -> None:
    User.objects.filter(pk=posting.user_id).update(is_active=False)


@pytest.mark.parametrize("change", [ended, moved, demoted, switched_off])
def test_a_change_takes_effect_on_the_next_request(made: World, change: Any) -> None:
    """For sessions, tokens, and a list that is being made."""
    person = make_resident(made)
    client, head = logged_in("head"), made["head"]
    assert client.get(f"/penduduk/{person.pk}/").status_code == 200
    assert client.get("/ekspor/").status_code == 200
    assert head.get("events/").status == 200
    with scoped(head.actor.scope):
        export = request_export(by=head.actor, kind="residents", reason="uji hak atas daftar")
    change(Posting.objects.get(user__username="head"))
    assert client.get("/ekspor/").status_code == (
        200 if change is moved else 403 if change is not switched_off else 302
    )
    if change is moved:
        assert client.get(f"/penduduk/{person.pk}/").status_code == 404
        assert head.get(f"residents/{person.pk}/").status == 404
    if change in (ended, switched_off):
        assert head.get("events/").status == 401
    build_export(export.pk)
    with scoped("*"):
        export = Export.objects.get(pk=export.pk)
    assert (export.state, export.file) == (ExportState.STOPPED, None)


def test_a_right_that_ends_in_the_middle_stops_the_list(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_resident(made)
    head = made["head"].actor
    with scoped(head.scope):
        export = request_export(by=head, kind="residents", reason="uji hak atas daftar")
    plain = export_lists.masked_rows

    def halfway(rows: Any) -> Any:
        ended(Posting.objects.get(user__username="head"))
        return plain(rows)

    monkeypatch.setattr(export_lists, "masked_rows", halfway)
    build_export(export.pk)
    with scoped("*"):
        assert Export.objects.get(pk=export.pk).state == ExportState.STOPPED


def test_a_finished_list_is_for_who_asked_alone_and_for_a_day(made: World) -> None:
    make_resident(made)
    head = made["head"].actor
    with scoped(head.scope):
        export = request_export(by=head, kind="residents", reason="uji hak atas daftar")
    build_export(export.pk)
    path = f"/ekspor/{export.pk}/berkas/"
    answer = logged_in("head").get(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert logged_in("operator").get(path).status_code == 403
    assert logged_in("neighbour_head").get(path).status_code == 404
    log = [(row.kind, row.reason) for row in looks(action="export")]
    assert log == [
        ("residents asked", "uji hak atas daftar"),
        ("residents fetched", "uji hak atas daftar"),
    ]
    with scoped("*"):
        Export.objects.update(finished_at=export.created_at - timedelta(days=2))
        assert exports.forget_exports() == 1
    assert logged_in("head").get(path).status_code == 409


@pytest.mark.parametrize("reason", ["", "  ", "x" * 14, "x" + " " * 20 + "y", "x" * 301])
def test_no_list_without_a_reason(made: World, reason: str) -> None:
    answer = logged_in("head").post("/ekspor/", {"reason": reason})
    assert answer.status_code == 422
    with scoped("*"):
        assert not Export.objects.exists()


def test_the_file_says_who_when_and_why(made: World) -> None:
    import io  # noqa: PLC0415
    import zipfile  # noqa: PLC0415

    person = make_resident(made, name="=CMD()|Warga")
    head = made["head"].actor
    with scoped(head.scope):
        export = request_export(by=head, kind="residents", reason="rapat & evaluasi <17>")
    build_export(export.pk)
    content = logged_in("head").get(f"/ekspor/{export.pk}/berkas/").content
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        text = b"".join(book.read(name) for name in book.namelist()).decode()
    for said in (
        "head (test) (head)",
        "rapat &amp; evaluasi &lt;17&gt;",
        str(export.pk),
        "27/2022",
    ):
        assert said in text
    assert "=CMD()|Warga" in text
    assert "<f>" not in text  # nothing in the file is a formula
    assert str(person.birth_date) in text
    assert not re.search(r"\b9901\d{12}\b", text)


# --- passwords ------------------------------------------------------------------------------------


def test_a_head_renews_a_colleagues_password_and_everything_of_theirs_ends(made: World) -> None:
    old, token = logged_in("operator"), made["operator"]
    posting = Posting.objects.get(user__username="operator")
    head = logged_in("head")
    shown = head.post(f"/akun/petugas/{posting.pk}/sandi/", {}, follow=True).content.decode()
    match = re.search(r"[0-9a-f]{6}-[0-9a-f]{6}-[0-9a-f]{6}", shown)
    assert match is not None
    assert old.get("/hari-ini/").status_code == 302
    assert token.get("ping/").status == 401
    assert not ApiToken.objects.filter(user__username="operator").exists()
    fresh = Client()
    fresh.post("/akun/masuk/", {"login": "operator", "password": match[0]})
    assert fresh.get("/hari-ini/").headers["Location"] == "/akun/sandi/"
    assert fresh.get("/api/v1/ping/").status_code == 403
    changed = {"oldpassword": match[0], "password1": PASSWORD, "password2": PASSWORD}
    fresh.post("/akun/sandi/", changed)
    assert fresh.get("/hari-ini/").status_code == 200
    assert [row.kind for row in looks(action="change")] == ["password reset"]


def test_a_lost_phone_is_replaced_by_setting_up_the_factor_anew(made: World) -> None:
    posting = Posting.objects.get(user__username="head")
    admin = logged_in("administrator")
    admin.post(f"/akun/petugas/{posting.pk}/sandi/", {"factor": "on"})
    # A head's is renewed by two (test_two_people.py); the province is the second.
    assert User.objects.get(username="head").authenticator_set.exists()
    data = {"do": "approve", "proposal": str(StaffProposal.objects.get().pk)}
    logged_in("province_officer").post("/akun/petugas/usulan/", data)
    assert not User.objects.get(username="head").authenticator_set.exists()
    rows = [(row.kind, row.office) for row in looks(action="change")]
    assert rows == [
        *(("staff reset proposed", "00"), ("staff reset proposed", "13.75")),
        *(("second factor removed", "13"), ("second factor removed", "13.75")),
        *(("staff reset approved", "13"), ("staff reset approved", "13.75")),
        *(("password and factor reset", "13"), ("password and factor reset", "13.75")),
    ]


@pytest.mark.parametrize("who", ["head", "neighbour", "province_officer", "administrator"])
def test_a_head_renews_nobody_elses_password(made: World, who: str) -> None:
    """Not the own one, none of another office, none of a higher role; nor by a posting of theirs."""
    posting = Posting.objects.get(user__username=who)
    before = User.objects.get(username=who).password
    answer = logged_in("head").post(f"/akun/petugas/{posting.pk}/sandi/", {})
    assert answer.status_code in {302, 403, 404, 422}
    assert User.objects.get(username=who).password == before


def test_who_also_works_elsewhere_is_not_the_heads_alone(made: World) -> None:
    user = User.objects.get(username="operator")
    soon = today() + timedelta(days=5)
    Posting.objects.filter(user=user).update(ends_on=today() + timedelta(days=2))
    Posting.objects.create(user=user, role="province_officer", region_id="13", starts_on=soon)
    posting = Posting.objects.get(user=user, role="district_operator")
    logged_in("head").post(f"/akun/petugas/{posting.pk}/sandi/", {})
    assert User.objects.get(pk=user.pk).password == user.password


def test_logging_out_everywhere_ends_every_session_and_tokens_when_asked(made: World) -> None:
    one, two = logged_in("operator"), logged_in("operator")
    answer = one.post("/akun/", {"do": "everywhere"})
    assert answer.headers["Location"] == "/akun/masuk/"
    assert [client.get("/hari-ini/").status_code for client in (one, two)] == [302, 302]
    assert made["operator"].get("ping/").status == 200
    logged_in("operator").post("/akun/", {"do": "everywhere", "tokens": "yes"})
    assert made["operator"].get("ping/").status == 401


def test_a_changed_password_ends_the_other_sessions(made: World) -> None:
    with_password("operator")
    one, two = logged_in("operator"), logged_in("operator")
    new = "gajah-biru-menari-8"
    one.post("/akun/sandi/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert one.get("/hari-ini/").status_code == 200
    assert two.get("/hari-ini/").status_code == 302


def test_a_token_of_a_head_waits_for_the_second_factor(made: World) -> None:
    assert made["head"].get("ping/").status == 200
    without_factor("head")
    assert made["head"].get("ping/").status == 401
    TOTP.activate(User.objects.get(username="head"), generate_totp_secret())
    assert made["head"].get("ping/").status == 200


def test_the_password_that_the_head_knows_is_no_new_one(made: World) -> None:
    with_password("operator")
    User.objects.filter(username="operator").update(must_change_password=True)
    client = logged_in("operator")
    same = {"oldpassword": PASSWORD, "password1": PASSWORD, "password2": PASSWORD}
    assert "berbeda" in client.post("/akun/sandi/", same).content.decode()
    assert client.get("/hari-ini/").headers["Location"] == "/akun/sandi/"
    # And nobody reaches the second factor with it.
    assert client.get("/akun/faktor-kedua/aktifkan/").headers["Location"] == "/akun/sandi/"


def test_a_head_renews_no_other_heads_password(made: World) -> None:
    make_caller("head2", "district_head", "13.75", today())
    posting = Posting.objects.get(user__username="head2")
    before = User.objects.get(username="head2").password
    answer = logged_in("head").post(f"/akun/petugas/{posting.pk}/sandi/", {"factor": "on"})
    assert answer.status_code == 403
    fresh = User.objects.get(username="head2")
    assert (fresh.password, fresh.authenticator_set.count()) == (before, 1)
    assert logged_in("administrator").post(f"/akun/petugas/{posting.pk}/sandi/").status_code == 302


def test_no_token_is_made_beside_a_reset(made: World) -> None:
    """What was read before the reset does not count after it."""
    before = Posting.objects.select_related("user").get(user__username="operator")
    head = made["head"].actor
    reset_access(by=head, posting=Posting.objects.get(user__username="operator"))
    with pytest.raises(Refused):
        create_token(posting=before, scopes=["*"], label="masih")
    User.objects.filter(pk=before.user_id).update(must_change_password=False)
    with pytest.raises(Refused):
        create_token(posting=before, scopes=["*"], label="masih")


def test_a_first_password_opens_no_further_posting(made: World) -> None:
    operator = Posting.objects.get(user__username="operator")
    reset_access(by=made["head"].actor, posting=operator)
    end_posting(posting=operator, last_day=today())
    with pytest.raises(Conflict, match="password-pending"):
        post_staff(
            by=made["administrator"].actor,
            user=operator.user,
            role="province_officer",
            region=Region.objects.get(pk="13"),
            starts_on=today() + timedelta(days=1),
        )


@pytest.mark.parametrize("how", ["everywhere", "reset", "nothing"])
def test_a_login_that_waits_for_its_code_ends_too(made: World, how: str) -> None:
    with_password("head")
    without_factor("head")
    secret = generate_totp_secret()
    user = User.objects.get(username="head")
    TOTP.activate(user, secret)
    waiting = Client()
    waiting.post("/akun/masuk/", {"login": "head", "password": PASSWORD})
    if how == "everywhere":
        log_out_everywhere(by=made["head"].actor)
    elif how == "reset":
        posting = Posting.objects.get(user=user)
        proposal = reset_access(by=made["administrator"].actor, posting=posting)
        assert isinstance(proposal, StaffProposal)
        approve_proposal(by=made["province_officer"].actor, proposal=proposal)
    counter = next(iter(yield_hotp_counters_from_time()))
    code = format_hotp_value(hotp_value(secret, counter))
    waiting.post("/akun/kode/", {"code": code})
    assert ("_auth_user_id" in waiting.session) is (how == "nothing")


def test_a_list_that_cannot_be_made_is_given_up(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = made["head"].actor
    with scoped(head.scope):
        export = request_export(by=head, kind="residents", reason="uji daftar yang gagal")
    monkeypatch.setattr(exports, "workbook", lambda *_args: 1 / 0)
    states = []
    for _try in range(5):
        build_export(export.pk)
        with scoped("*"):
            found = Export.objects.get(pk=export.pk)
        states.append((found.state, found.attempts))
    assert states == [("waiting", 1), ("waiting", 2), ("waiting", 3), ("failed", 3), ("failed", 3)]


def test_a_list_of_too_many_is_refused_not_cut(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _n in range(3):
        make_resident(made)
    head = made["head"].actor
    with scoped(head.scope):
        export = request_export(by=head, kind="residents", reason="uji daftar yang banyak")
    monkeypatch.setattr(export_lists, "LONGEST", 2)
    build_export(export.pk)
    with scoped("*"):
        found = Export.objects.get(pk=export.pk)
    assert (found.state, found.file) == (ExportState.FAILED, None)


# --- guessing -------------------------------------------------------------------------------------


def guesses(count: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many of so many parallel wrong passwords for one account reach the hasher."""
    reached = []
    plain = Argon2PasswordHasher.verify

    def counted(self: Any, password: str, encoded: str) -> bool:
        reached.append(1)
        time.sleep(0.1)  # as long as a password takes in earnest: others come meanwhile
        return plain(self, password, encoded)

    monkeypatch.setattr(Argon2PasswordHasher, "verify", counted)

    def guess(number: int) -> None:
        try:
            Client().post("/akun/masuk/", {"login": "operator", "password": f"{WRONG}{number}"})
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(guess, range(count)))
    return len(reached)


def test_few_of_many_parallel_guesses_reach_the_hasher(
    kept: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_password("operator")
    assert 1 <= guesses(60, monkeypatch) <= 10
    refused = looks(action="refused", kind="login")
    assert 1 <= len(refused) <= 10
    assert {row.subject for row in refused} == {f"user {kept['operator'].user.pk}"}  # type: ignore[union-attr]


def test_without_the_limit_all_of_them_do(kept: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    monkeypatch.setattr(Limit, "take", lambda self, of: True)
    with_password("operator")
    assert guesses(30, monkeypatch) == 30


def test_thirty_colleagues_behind_one_address_all_get_in(kept: World) -> None:
    names = [f"rekan{n}" for n in range(30)]
    password = User(username="x")
    password.set_password(PASSWORD)
    User.objects.bulk_create(
        User(username=name, name=name, password=password.password) for name in names
    )
    for name in names[:5]:  # some mistype first
        Client().post("/akun/masuk/", {"login": name, "password": WRONG})

    def enter(name: str) -> int:
        try:
            client = Client()
            client.post("/akun/masuk/", {"login": name, "password": PASSWORD})
            return "_auth_user_id" in client.session
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert all(pool.map(enter, names))


def test_another_host_name_is_no_other_account(made: World, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["satu.test", "dua.test", "testserver"]
    with_password("operator")
    for number in range(12):
        host = ("satu.test", "dua.test")[number % 2]
        login = ("operator", " Operator ", "OPERATOR")[number % 3]
        Client().post("/akun/masuk/", {"login": login, "password": WRONG}, headers={"host": host})
    client = Client()
    client.post("/akun/masuk/", {"login": "operator", "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_without_redis_nobody_guesses_and_open_sessions_go_on(
    made: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_password("operator")
    client = logged_in("operator")
    nowhere = Redis.from_url("redis://127.0.0.1:1/0")
    monkeypatch.setattr(limits, "client", lambda: nowhere)
    settings.CACHES = {
        name: {**cache, "LOCATION": "redis://127.0.0.1:1/0"}
        for name, cache in settings.CACHES.items()
    }
    answer = Client().post("/akun/masuk/", {"login": "operator", "password": PASSWORD})
    assert answer.status_code == 200
    assert "Belum bisa masuk" in answer.content.decode()
    assert client.get("/hari-ini/").status_code == 200


def test_one_network_is_one_address(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has an IPv6 network has more addresses than anybody can count."""
    monkeypatch.setattr(adapters, "GUESSES_PER_ADDRESS", Limit("uji", 5, 300))
    refused = 0
    for number in range(12):
        answer = Client(REMOTE_ADDR=f"2001:db8:1:2::{number:x}").post(
            "/akun/masuk/", {"login": f"siapa{number}", "password": WRONG}
        )
        refused += "terlalu banyak" in answer.content.decode().lower()
    assert refused == 7
