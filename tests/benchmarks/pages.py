"""Server time of pages, one reader at a time, as a multiple of `GET ping/` by the same reader."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.test import Client

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import scoped
from registrations.booking.services.appointments import book
from tests import world
from tests.benchmarks import load
from tests.benchmarks.rows import PORT, row

BOOKED = 60


def pages(made: world.World) -> Iterator[dict[str, Any]]:
    session = world.make_session(made, world.make_event(made), {"recording": BOOKED})
    by = made["operator"].actor
    with scoped(by.scope):
        for _n in range(BOOKED):
            person = world.make_resident(made)
            book(by=by, session=session, resident=person, services=["recording"])
    ping = _rate(load.request("GET", "/api/v1/ping/", str(made["operator"].token)))
    day = world.today()
    for who, name, path in (
        ("nation_viewer", "dashboard of the nation, 38 rows", f"/cakupan/00/?date={day}"),
        (
            "nation_viewer",
            "the nation's 514 regencies, each on its own basis",
            f"/cakupan/00/?date={day}&level=regency",
        ),
        ("province_officer", "dashboard of a province, 19 rows", f"/cakupan/13/?date={day}"),
        ("province_officer", "first page of a province, 19 offices", "/hari-ini/"),
        ("province_officer", "evaluation of a province, 19 rows", f"/evaluasi/13/?date={day}"),
        ("nation_viewer", "status of a day, 514 offices", f"/laporan/00/?date={day}"),
        ("province_officer", "control room of a province", "/layar/"),
        ("operator", "today's work of an office", "/hari-ini/"),
        ("operator", f"a session's queue of {BOOKED}", f"/sesi/{session.pk}/"),
        ("operator", "logging a service", f"/layanan/?session={session.pk}"),
    ):
        rate = _rate(_visit(who, path))
        yield row(f"page: {name} / ping", 1000 / rate, 1000 / ping, "reported", "ms", ok=True)


def session_cookie(who: str) -> tuple[str, str]:
    """Name and value of the cookie of somebody who is logged in."""
    user = User.objects.get(username=who)
    if not user.authenticator_set.exists():
        TOTP.activate(user, generate_totp_secret())
    client = Client()
    client.force_login(user)
    return settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value


def _visit(who: str, path: str) -> bytes:
    cookie = "=".join(session_cookie(who))
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode()


def _rate(data: bytes) -> float:
    load.run(PORT, 1, itertools.repeat(data, 5))
    done = load.run(PORT, 1, itertools.repeat(data), seconds=4)
    assert set(done.statuses) == {200}, done.statuses
    return done.rate
