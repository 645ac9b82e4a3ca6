"""A stranger who guesses shuts nobody out, and many addresses do not make many guesses."""

from __future__ import annotations

import dataclasses
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.test import Client

from dukcapil.accounts import adapters
from dukcapil.accounts.devices import COOKIE
from dukcapil.accounts.models import User
from dukcapil.accounts.services import log_out_everywhere
from tests.world import World, without_factor

PASSWORD, WRONG = "kuda-laut-melompat-7", "salah-sekali-ini"
#: What is tried here: wrong passwords of one account at an address, from anywhere, on its own device, and
#: before its second factor. In service 10, 50, 10 and 100: each costs a page.
ADDRESS, ANYWHERE, DEVICE, BEFORE = 4, 12, 4, 20
STRANGER, OWN = "203.0.113.7", "198.51.100.4"


LIMITS = {
    name: getattr(adapters, name)
    for name in (
        "GUESSES_PER_ACCOUNT",
        "GUESSES_PER_ACCOUNT_ANYWHERE",
        "GUESSES_PER_DEVICE",
        "GUESSES_BEFORE_FACTOR",
    )
}


def test_the_limits_in_service() -> None:
    limits = [(limit.most, limit.seconds) for limit in LIMITS.values()]
    assert limits == [(10, 300), (50, 3600), (10, 300), (100, 3600)]


@pytest.fixture(autouse=True)
def _lower_limits(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, most in zip(LIMITS, (ADDRESS, ANYWHERE, DEVICE, BEFORE), strict=True):
        monkeypatch.setattr(adapters, name, dataclasses.replace(LIMITS[name], most=most))
    cache.clear()
    for name in ("operator", "head"):
        user = User.objects.get(username=name)
        user.set_password(PASSWORD)
        user.save()


def attempt(client: Client, password: str, login: str = "operator") -> str:
    """`in`, `code`, `wrong` or `shut`."""
    answer = client.post("/akun/masuk/", {"login": login, "password": password})
    if answer.status_code == 302:
        return "code" if answer.headers["Location"] == "/akun/kode/" else "in"
    return "shut" if "terlalu banyak" in answer.content.decode().lower() else "wrong"


def guess(times: int, login: str = "operator", address: str = STRANGER) -> list[str]:
    return [attempt(Client(REMOTE_ADDR=address), f"{WRONG}{n}", login) for n in range(times)]


def test_a_few_tries_from_one_address_and_the_owner_elsewhere_gets_in() -> None:
    assert guess(ADDRESS + 2) == ["wrong"] * ADDRESS + ["shut"] * 2
    assert attempt(Client(REMOTE_ADDR=STRANGER), PASSWORD) == "shut"
    assert attempt(Client(REMOTE_ADDR=OWN), PASSWORD) == "in"


def test_many_addresses_do_not_make_many_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    reached = []
    plain = Argon2PasswordHasher.verify
    monkeypatch.setattr(
        Argon2PasswordHasher,
        "verify",
        lambda self, password, encoded: reached.append(1) or plain(self, password, encoded),
    )
    for n in range(4):
        guess(ADDRESS, address=f"203.0.113.{n}")
    assert len(reached) == ANYWHERE
    assert attempt(Client(REMOTE_ADDR=OWN), PASSWORD) == "shut"


def test_a_known_device_gets_in_behind_the_strangers_own_address() -> None:
    owner = Client(REMOTE_ADDR=STRANGER)
    assert attempt(owner, PASSWORD) == "in"
    owner.post("/akun/keluar/")
    for n in range(4):
        guess(ADDRESS, address=f"203.0.113.{n}")
    guess(ADDRESS + 1)
    assert attempt(Client(REMOTE_ADDR=STRANGER), PASSWORD) == "shut"
    assert attempt(owner, PASSWORD) == "in"


def test_a_known_device_has_tries_of_its_own() -> None:
    owner = Client(REMOTE_ADDR=OWN)
    attempt(owner, PASSWORD)
    owner.post("/akun/keluar/")
    tries = [attempt(owner, WRONG) for _n in range(DEVICE + 2)]
    assert tries == ["wrong"] * DEVICE + ["shut"] * 2
    copy = Client(REMOTE_ADDR="203.0.113.99")
    copy.cookies[COOKIE] = owner.cookies[COOKIE].value
    assert attempt(copy, PASSWORD) == "shut"


def test_the_cookie_is_of_one_account_and_ends_with_its_sessions(made: World) -> None:
    owner = Client(REMOTE_ADDR=OWN)
    attempt(owner, PASSWORD)
    cookie = owner.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert "operator" not in cookie.value
    owner.post("/akun/keluar/")
    guess(ADDRESS, address=OWN)
    guess(ADDRESS, "head", OWN)
    without_factor("head")
    assert attempt(owner, PASSWORD, "head") == "shut"  # known for another account alone
    forged = Client(REMOTE_ADDR=OWN)
    forged.cookies[COOKIE] = cookie.value[:-2] + "xx"
    assert attempt(forged, PASSWORD) == "shut"
    log_out_everywhere(by=made["operator"].actor)
    assert attempt(owner, PASSWORD) == "shut"


def test_the_right_password_with_a_second_factor_gets_through() -> None:
    Authenticator.objects.filter(user__username="head").delete()
    secret = generate_totp_secret()
    TOTP.activate(User.objects.get(username="head"), secret)
    for n in range(4):
        guess(ADDRESS, "head", f"203.0.113.{n}")
    assert guess(3, "head") == ["shut"] * 3  # a wrong one is told nothing
    owner = Client(REMOTE_ADDR=STRANGER)
    assert attempt(owner, PASSWORD, "head") == "code"
    assert owner.get("/cakupan/").headers["Location"].startswith("/akun/masuk/")
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    owner.post("/akun/kode/", {"code": code})
    assert owner.get("/cakupan/", follow=True).status_code == 200
    assert COOKIE in owner.cookies


def test_guesses_before_the_second_factor_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    reached = []
    plain = Argon2PasswordHasher.verify
    monkeypatch.setattr(
        Argon2PasswordHasher,
        "verify",
        lambda self, password, encoded: reached.append(1) or plain(self, password, encoded),
    )
    for n in range(4):
        guess(10, "head", f"203.0.113.{n}")
    assert len(reached) == ANYWHERE + BEFORE
    assert attempt(Client(REMOTE_ADDR=OWN), PASSWORD, "head") == "shut"
