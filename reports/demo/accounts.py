"""The demonstration's accounts: made once for each data folder, written down with their tokens."""

from __future__ import annotations

import json
import os
import secrets
from datetime import timedelta
from pathlib import Path

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.utils import timezone
from knox.crypto import hash_token

from dukcapil.accounts.models import ApiToken, Posting, User
from dukcapil.accounts.permissions import ROLES
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.selectors import actor_of, current_posting
from dukcapil.accounts.services import create_posting, create_token, create_user
from dukcapil.accounts.staff.services import identify
from dukcapil.accounts.validators import staff_id_of
from dukcapil.core.db import service
from dukcapil.regions.models import Region
from dukcapil.regions.validators import NATION

#: username, name, role, region
ACCOUNTS = [
    ("operator", "Operator Bukittinggi (contoh)", "district_operator", "13.75"),
    ("kepala", "Kepala Dinas Bukittinggi (contoh)", "district_head", "13.75"),
    ("operator-agam", "Operator Agam (contoh)", "district_operator", "13.06"),
    ("kepala-agam", "Kepala Dinas Agam (contoh)", "district_head", "13.06"),
    ("provinsi-13", "Petugas Provinsi Sumatera Barat (contoh)", "province_officer", "13"),
    ("provinsi-18", "Petugas Provinsi Lampung (contoh)", "province_officer", "18"),
    ("nasional", "Pemantau Nasional (contoh)", "national_viewer", NATION),
    ("verifikator", "Verifikator Kelurahan (contoh)", "village_verifier", "13.75.01.1001"),
    ("admin", "Administrator Nasional (contoh)", "administrator", NATION),
    ("admin-kedua", "Administrator Nasional Kedua (contoh)", "administrator", NATION),
    ("kepala-provinsi", "Kepala Bidang Provinsi Sumatera Barat (contoh)", "province_officer", "13"),
    ("klien-publik", "Klien Publik (contoh)", "public_client", NATION),
    ("klien-api", "Klien API Sumatera Barat (contoh)", "api_client", "13"),
    ("desk-13", "Anggota Desk Pilkada Sumatera Barat (contoh)", "desk_member", "13"),
    ("stok", "Pengurus Barang Bukittinggi (contoh)", "stock_keeper", "13.75"),
    ("stok-provinsi", "Pengurus Barang Provinsi Sumatera Barat (contoh)", "stock_keeper", "13"),
    ("verifikator-2", "Verifikator Nagari (contoh)", "village_verifier", "13.06.01.2001"),
    ("juru-makam", "Petugas Pemakaman Kelurahan (contoh)", "burial_recorder", "13.75.01.1001"),
    ("juru-makam-2", "Petugas Pemakaman Nagari (contoh)", "burial_recorder", "13.06.01.2001"),
]


@service
def make_accounts() -> None:
    """Once for each data folder; `write_accounts` gives them their passwords."""
    for place, (username, name, role, region) in enumerate(ACCOUNTS):
        number = f"99{place:014}"  # synthetic, as everything of province 99
        if user := User.objects.filter(username=username).first():
            if user.demonstration and not hasattr(user, "identity"):
                identify(user=user, staff_number=number)
            continue
        user = create_user(
            username=username,
            name=name,
            password=None,
            staff_id=staff_id_of(number),
            demonstration=True,
        )
        create_posting(
            user=user,
            role=role,
            region=Region.objects.get(pk=region),
            starts_on=timezone.localdate() - timedelta(days=60),
        )
        if ROLES[role].second_factor:
            TOTP.activate(user, generate_totp_secret())


def write_accounts(var: Path, port: int) -> None:
    """demo.json. Passwords and tokens of an earlier start stay as they were, as long as they hold: whoever
    tried a program yesterday goes on with it today.
    """
    path = var / "demo.json"
    before = {}
    if path.exists():
        before = {row["username"]: row for row in json.loads(path.read_text())["accounts"]}
    accounts = []
    for username, _name, role, region in ACCOUNTS:
        user = User.objects.get(username=username)
        if not user.demonstration:
            continue
        if password := before.get(username, {}).get("password"):
            _as_published(user, role, password)
        else:
            password = secrets.token_urlsafe(12)
            _as_published(user, role, password, MadeUp().encode(password, MadeUp().salt()))
        posting = current_posting(user.pk)
        if posting is None:
            continue
        row = {"username": username, "password": password, "role": role, "region": region}
        row["token"] = _token(posting, before.get(username, {}).get("token", ""))
        if uri := _totp_uri(user):
            row["totp_uri"] = uri
        accounts.append(row)
    data = json.dumps({"url": f"http://127.0.0.1:{port}", "accounts": accounts}, indent=2)
    partial = path.with_suffix(".partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(data)
    partial.replace(path)


class MadeUp(Argon2PasswordHasher):
    """For 96 random bits, which nobody guesses however little a guess costs. Whoever logs in has the
    password hashed as every other one: Django does that where a hash was made with less than it asks for.
    """

    time_cost, memory_cost, parallelism = 1, 8, 1


@service
def _as_published(user: User, role: str, password: str, made: str = "") -> None:
    """A password that somebody reset, or a second factor that is gone, is what it was again: whoever
    tries the demonstration has what demo.json says. `made` is the hash of a password of now.
    """
    # Django takes as long to compare with no password as with one. Nobody logs in here, so that the hash
    # stays as it is (`user.check_password` would make it anew).
    holds = not made and user.has_usable_password() and check_password(password, user.password)
    if user.must_change_password or not holds:
        user.password = made or make_password(password)
        user.must_change_password = False
        user.save(update_fields=["password", "must_change_password"])
    if ROLES[role].second_factor and _totp_uri(user) is None:
        TOTP.activate(user, generate_totp_secret())


#: A token that ends earlier is made anew.
TOKEN_LEFT = timedelta(days=30)


@service
def _token(posting: Posting, text: str) -> str:
    """The text of the token of before, if it holds, or of a new one; there is never a second one."""
    tokens = ApiToken.objects.filter(posting=posting, label="demo")
    if text:
        enough = timezone.now() + TOKEN_LEFT
        if tokens.filter(digest=hash_token(text), scopes=["*"], expiry__gt=enough).exists():
            return text
    tokens.delete()
    _made, text = create_token(posting=posting, scopes=["*"], label="demo")
    return text


def _totp_uri(user: User) -> str | None:
    authenticator = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if authenticator is None:
        return None
    adapter = get_adapter()
    return str(adapter.build_totp_url(user, adapter.decrypt(authenticator.data["secret"])))


def actor(username: str) -> Actor:
    posting = current_posting(User.objects.get(username=username).pk)
    if posting is None:
        raise LookupError(f"{username} has no posting today")
    return actor_of(posting)
