"""Login, the second factor where it is forced, and doors that stay shut."""

from __future__ import annotations

import io
import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver

from dukcapil.accounts.models import Posting, User
from dukcapil.accounts.services import end_posting
from tests.world import World, today, without_factor

PASSWORD = "kuda-laut-melompat-7"


def code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def log_in(username: str, password: str = PASSWORD) -> tuple[Client, object]:
    user = User.objects.get(username=username)
    user.set_password(PASSWORD)
    user.save()
    client = Client()
    answer = client.post("/akun/masuk/", {"login": username, "password": password})
    return client, answer


def test_an_operator_logs_in_and_out(made: World) -> None:
    client, answer = log_in("operator")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.get("/cakupan/", follow=True).status_code == 200
    client.post("/akun/keluar/")
    away = client.get("/cakupan/")
    assert away.headers["Location"] == "/akun/masuk/?next=/cakupan/"


def test_a_wrong_password_keeps_the_name_and_says_no_more(made: World) -> None:
    _client, answer = log_in("operator", "salah-sekali-ini")
    assert answer.status_code == 200
    html = answer.content.decode()
    assert 'value="operator"' in html
    assert "salah-sekali-ini" not in html


@pytest.mark.contexts
@pytest.mark.parametrize("username", ["head", "province_officer", "administrator"])
def test_heads_provinces_and_administrators_set_up_a_second_factor_first(
    made: World, username: str
) -> None:
    without_factor(username)
    client, _answer = log_in(username)
    assert client.get("/cakupan/").headers["Location"] == "/akun/faktor-kedua/aktifkan/"
    page = client.get("/akun/faktor-kedua/aktifkan/")
    secret = page.context["form"].secret
    client.post("/akun/faktor-kedua/aktifkan/", {"code": code(secret)})
    assert client.get("/cakupan/", follow=True).status_code == 200


def test_with_a_second_factor_the_password_alone_opens_nothing(made: World) -> None:
    without_factor("head")
    secret = generate_totp_secret()
    TOTP.activate(User.objects.get(username="head"), secret)
    stored = Authenticator.objects.get(user__username="head").data["secret"]
    assert secret not in stored
    client, answer = log_in("head")
    assert answer.headers["Location"] == "/akun/kode/"
    assert client.get("/cakupan/").headers["Location"].startswith("/akun/masuk/")
    client.post("/akun/kode/", {"code": "000000"})
    assert client.get("/cakupan/").headers["Location"].startswith("/akun/masuk/")
    client.post("/akun/kode/", {"code": code(secret)})
    assert client.get("/cakupan/", follow=True).status_code == 200
    # No recovery codes were made for this factor: the page leads to where they are made.
    account = client.get("/akun/").content.decode()
    [link] = re.findall(r'href="(/akun/faktor-kedua/kode/[^"]*)"', account)
    assert client.get(link, follow=True).status_code == 200


def test_the_rescue_command_prints_the_code_of_the_moment(
    made: World, capsys: pytest.CaptureFixture[str]
) -> None:
    without_factor("head")
    secret = generate_totp_secret()
    TOTP.activate(User.objects.get(username="head"), secret)
    call_command("totp", "head")
    assert capsys.readouterr().out.strip() == code(secret)


def test_an_ended_posting_takes_effect_on_the_next_request(made: World) -> None:
    client, _answer = log_in("operator")
    assert client.get("/cakupan/", follow=True).status_code == 200
    posting = Posting.objects.get(user__username="operator")
    end_posting(posting=posting, last_day=today() - timedelta(days=1))
    assert client.get("/cakupan/").status_code == 403


def test_nobody_can_sign_up() -> None:
    names = {key for key in get_resolver().reverse_dict if isinstance(key, str)}
    assert not any("signup" in name or "admin" in name for name in names)


def test_commands_make_users_and_tokens(
    made: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    call_command(
        "create_user",
        "--username=baru",
        "--name=Orang Baru",
        "--role=district_operator",
        "--region=1375",
    )
    capsys.readouterr()
    call_command("api_token", "--username=baru", "--scopes=coverage,read")
    token = capsys.readouterr().out.strip()
    answer = Client().get("/api/v1/ping/", headers={"Authorization": f"Token {token}"})
    assert answer.status_code == 200
