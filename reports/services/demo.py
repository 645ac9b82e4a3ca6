"""The living part of the demonstration: accounts, and two offices at work today.

All people are synthetic: numbers of province 99, which does not exist, and marked as examples.
Everything goes through the same services as pages and API.
"""

from __future__ import annotations

import json
import os
import random
import secrets
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.utils import timezone

from dukcapil.accounts.models import ApiToken, User
from dukcapil.accounts.permissions import ROLES
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.selectors import actor_of, current_posting
from dukcapil.accounts.services import create_token, create_user, post
from dukcapil.core.db import NATION, service
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.enums import EventKind, Service
from events.models import Election, ServiceEvent, ServiceSession
from events.services import approve_event, open_session, plan_event
from registrations.models import Resident
from registrations.services import (
    book,
    check_in,
    close_event,
    log_service,
    register,
    void_record,
)
from registrations.services.ledger import Entry
from registrations.validators import Nik

#: username, name, role, region
ACCOUNTS = [
    ("operator", "Operator Bukittinggi (contoh)", "district_operator", "13.75"),
    ("kepala", "Kepala Dinas Bukittinggi (contoh)", "district_head", "13.75"),
    ("operator-agam", "Operator Agam (contoh)", "district_operator", "13.06"),
    ("kepala-agam", "Kepala Dinas Agam (contoh)", "district_head", "13.06"),
    ("provinsi-13", "Petugas Provinsi Sumatera Barat (contoh)", "province_officer", "13"),
    ("provinsi-18", "Petugas Provinsi Lampung (contoh)", "province_officer", "18"),
    ("nasional", "Pemantau Nasional (contoh)", "national_viewer", "00"),
    ("verifikator", "Verifikator Kelurahan (contoh)", "village_verifier", "13.75.01.1001"),
    ("klien-api", "Klien API Sumatera Barat (contoh)", "api_client", "13"),
]
GIVEN = (
    "Adit Bima Citra Dewi Eka Fajar Gita Hana Indra Joko Kartika Lestari Maya Nanda Putri".split()
)
FAMILY = "Anwar Basri Chaniago Darwis Effendi Firdaus Guci Hasan Ilyas Jamal Koto Lubis".split()
PEOPLE = 60


@service
def make_accounts() -> None:
    """Once for each data folder; passwords are random and stand in demo.json only."""
    for username, name, role, region in ACCOUNTS:
        if User.objects.filter(username=username).exists():
            continue
        user = create_user(username=username, name=name, password=secrets.token_urlsafe(12))
        post(
            user=user,
            role=role,
            region=Region.objects.get(pk=region),
            starts_on=timezone.localdate() - timedelta(days=60),
        )
        if ROLES[role].second_factor:
            TOTP.activate(user, generate_totp_secret())


def write_accounts(var: Path, port: int) -> None:
    """demo.json with fresh tokens. Passwords of an earlier start stay as they were."""
    path = var / "demo.json"
    before = {}
    if path.exists():
        before = {row["username"]: row for row in json.loads(path.read_text())["accounts"]}
    accounts = []
    for username, _name, role, region in ACCOUNTS:
        user = User.objects.get(username=username)
        password = before.get(username, {}).get("password") or secrets.token_urlsafe(12)
        if not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password"])
        posting = current_posting(user.pk)
        if posting is None:
            continue
        ApiToken.objects.filter(posting=posting, label="demo").delete()
        _token, text = create_token(posting=posting, scopes=["*"], label="demo")
        row = {"username": username, "password": password, "role": role, "region": region}
        row["token"] = text
        if uri := _totp_uri(user):
            row["totp_uri"] = uri
        accounts.append(row)
    data = json.dumps({"url": f"http://127.0.0.1:{port}", "accounts": accounts}, indent=2)
    partial = path.with_suffix(".partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(data)
    partial.replace(path)


def _totp_uri(user: User) -> str | None:
    found = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if found is None:
        return None
    adapter = get_adapter()
    return str(adapter.build_totp_url(user, adapter.decrypt(found.data["secret"])))


def actor(username: str) -> Actor:
    posting = current_posting(User.objects.get(username=username).pk)
    if posting is None:
        raise LookupError(f"{username} has no posting today")
    return actor_of(posting)


# --- two offices at work --------------------------------------------------------------------------


def make_life() -> None:
    """Residents, events, bookings and records of the last days and of today."""
    today = timezone.localdate()
    Election.objects.get_or_create(
        region_id="13",
        kind="example",
        held_on=today + timedelta(days=12),
        defaults={"name": "Pemilihan contoh (latihan)"},
    )
    for number, (operator, head) in enumerate(
        [("operator", "kepala"), ("operator-agam", "kepala-agam")]
    ):
        with scoped(NATION):
            if not Resident.objects.filter(office_id=actor(operator).region).exists():
                _office(actor(operator), actor(head), today, random.Random(number))  # noqa: S311
    with scoped(NATION):
        _set_aside(today)


def _office(by: Actor, head: Actor, today: date, chance: random.Random) -> None:
    villages = list(Region.objects.within(by.region).level("village")[:6])
    people = [_person(by, villages, today, number, chance) for number in range(PEOPLE)]
    past = _event(by, villages[0], today - timedelta(days=4), "Gebyar Pelayanan Dukcapil Prima")
    past = approve_event(by=head, event=past, neutrality_signed=True)
    session = _session(by, past, today - timedelta(days=4))
    _serve(by, session, people[:14], 4, chance)
    close_event(by=head, event=past)
    visit = _event(
        by, villages[1], today - timedelta(days=1), "Jemput bola SMA (contoh)", "jemput_bola"
    )
    visit = approve_event(by=head, event=visit, neutrality_signed=True)
    _serve(by, _session(by, visit, today - timedelta(days=1)), people[14:30], 1, chance)
    now = _event(by, villages[2], today, "Gebyar Pelayanan hari ini (contoh)", days=2)
    now = approve_event(by=head, event=now, neutrality_signed=True)
    running = _session(by, now, today)
    for place, resident in enumerate(people[30:50]):
        appointment = book(
            by=by,
            session=running,
            resident=resident,
            services=[Service.RECORDING] if place % 3 else [Service.RECORDING, "ikd_activation"],
        )
        if place < 12:
            check_in(by=by, appointment=appointment)
    _serve(by, running, people[30:36], 0, chance)
    _event(by, villages[3], today + timedelta(days=11), "Pelayanan Hari-H (contoh)", "election_day")


def _person(
    by: Actor, villages: list[Region], today: date, number: int, chance: random.Random
) -> Resident:
    young = number % 3 != 0
    age_days = chance.randint(6030, 6560) if young else chance.randint(6800, 22000)
    born = today - timedelta(days=age_days)
    female = chance.random() < 0.5
    day = born.day + 40 * female
    district = by.region[3:5]
    nik = f"99{district}01{day:02}{born:%m%y}{number + 1:04}"
    return register(
        by=by,
        nik=Nik(nik),
        name=f"{chance.choice(GIVEN)} {chance.choice(FAMILY)} (Contoh)",
        birth_date=born,
        sex="F" if female else "M",
        village=chance.choice(villages),
        address=f"Jalan Contoh No. {number + 1}",
        rt=f"{chance.randint(1, 9):03}",
        rw=f"{chance.randint(1, 5):03}",
        marital_status="single" if young else chance.choice(["single", "married"]),
    )


def _event(
    by: Actor, village: Region, day: date, title: str, kind: str = EventKind.GEBYAR, days: int = 1
) -> ServiceEvent:
    return plan_event(
        by=by,
        title=title,
        kind=kind,
        office=Region.objects.get(pk=by.region),
        village=village,
        place="Aula contoh",
        place_kind="school" if kind == EventKind.JEMPUT_BOLA else "village",
        starts_on=day,
        ends_on=day + timedelta(days=days - 1),
        services=[Service.RECORDING, Service.IKD_ACTIVATION, Service.FAMILY_CARD],
    )


def _session(by: Actor, event: ServiceEvent, day: date) -> ServiceSession:
    """Open from just after midnight to midnight, so that the demo works at any hour."""
    zone = ZoneInfo(event.village.timezone)
    return open_session(
        by=by,
        event=event,
        starts_at=datetime.combine(day, time(0, 1), zone),
        ends_at=datetime.combine(day, time(23, 59), zone),
        capacity={Service.RECORDING: 100, Service.IKD_ACTIVATION: 50},
    )


def _serve(
    by: Actor,
    session: ServiceSession,
    people: list[Resident],
    days_ago: int,
    chance: random.Random,
) -> None:
    zone = ZoneInfo(session.event.village.timezone)
    day = timezone.now().astimezone(zone).date() - timedelta(days=days_ago)
    latest = min(datetime.combine(day, time(14, 0), zone), timezone.now() - timedelta(minutes=1))
    earliest = datetime.combine(day, time(0, 0), zone)
    for place, resident in enumerate(people):
        moment = max(earliest, latest - timedelta(minutes=4 * (len(people) - place)))
        failed = place % 9 == 8
        record, _new = log_service(
            by=by,
            entry=_entry(session, resident, "recording", moment, "network" if failed else ""),
        )
        if not failed and place % 2 == 0:
            log_service(by=by, entry=_entry(session, resident, "ikd_activation", moment))
        if place == 3:
            void_record(by=by, record=record, reason="Salah orang (contoh)")


def _entry(
    session: ServiceSession, resident: Resident, name: str, moment: datetime, reason: str = ""
) -> Entry:
    return Entry(
        id=uuid7(),
        service=name,
        outcome="failed" if reason else "done",
        reason=reason,
        resident=resident.pk,
        session=session.pk,
        occurred_at=moment,
    )


def _set_aside(today: date) -> None:
    """One person of Bukittinggi, recorded there, was recorded by Agam too: set aside."""
    by = actor("operator-agam")
    nik = Nik(f"99750144{today - timedelta(days=7000):%m%y}9001")
    if Resident.objects.filter(office_id=by.region, identity__name="Contoh Ganda").exists():
        return
    village = Region.objects.within("13.75").level("village").first()
    assert village is not None  # noqa: S101 - regions are loaded
    born = (today - timedelta(days=7000)).replace(day=4)
    moment = timezone.now() - timedelta(minutes=5)
    for username in ("operator", "operator-agam"):
        who = actor(username)
        person: dict[str, Any] = {"nik": nik, "name": "Contoh Ganda", "birth_date": born}
        resident = register(by=who, **person, sex="F", village=village)
        log_service(
            by=who,
            entry=Entry(
                id=uuid7(),
                service="recording",
                outcome="done",
                resident=resident.pk,
                occurred_at=moment,
            ),
        )
