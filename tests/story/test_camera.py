"""The camera at the desk: Chromium is given a film of a slip, and the person on it is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import segno
from django.db import connections
from playwright.sync_api import expect, sync_playwright

from dukcapil.accounts.scoping import scoped
from registrations.booking.models.appointment import Appointment
from registrations.booking.services.appointments import book
from tests.story.conftest import FLAGS, chromium
from tests.story.test_pages import Desk, world
from tests.world import World, make_event, make_resident, make_session

__all__ = ["world"]

WIDTH, HEIGHT, SCALE = 640, 480, 10


def film(path: Path, text: str) -> Path:
    """A second of a still picture with the QR code in its middle, as YUV4MPEG2."""
    modules = [list(row) for row in segno.make_qr(text).matrix]
    side = len(modules) * SCALE
    left, top = (WIDTH - side) // 2, (HEIGHT - side) // 2
    grey = bytearray(b"\xeb" * (WIDTH * HEIGHT))
    for y in range(side):
        for x in range(side):
            if modules[y // SCALE][x // SCALE]:
                grey[(top + y) * WIDTH + left + x] = 16
    frame = b"FRAME\n" + bytes(grey) + b"\x80" * (WIDTH * HEIGHT // 2)
    header = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode()
    path.write_bytes(header + frame * 10)
    return path


def test_a_slip_before_the_camera_opens_the_person(
    world: World, live_server: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "yes")
    session = make_session(world, make_event(world))
    by = world["operator"].actor
    with scoped(by.scope):
        slip = book(
            by=by,
            session=session,
            resident=make_resident(world, name="Ibu Kamera"),
            services=["recording"],
        )
    seen = film(tmp_path / "slip.y4m", slip.ticket)
    flags = [
        *(*FLAGS, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"),
        f"--use-file-for-fake-video-capture={seen}",
    ]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=flags)
        desk = Desk(browser, live_server.url, "operator")
        desk.page.goto(f"/sesi/{session.pk}/meja/")
        desk.page.locator("[data-camera]").click()
        arrived = desk.page.get_by_role("button", name="Tandai hadir").first
        expect(arrived).to_be_visible(timeout=20_000)
        expect(desk.page.locator("dialog[open]")).to_have_count(0)
        with desk.page.expect_response(lambda answer: answer.request.method == "POST"):
            arrived.click()
        expect(desk.page.locator("main")).to_contain_text("Hadir")
        assert desk.problems == []
        browser.close()
        connections.close_all()
    with scoped("*"):
        assert Appointment.objects.get(pk=slip.pk).state == "checked_in"
