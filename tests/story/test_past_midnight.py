"""A session in Jayapura is moved past midnight: who booked is told, and it stays on its day everywhere."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.regions.enums import today_in
from dukcapil.regions.models import Region
from events.planning.models.session import ServiceSession
from registrations.booking.models.message import Message
from registrations.booking.services.appointments import book
from registrations.booking.services.messages import contact_from
from tests.registrations.test_local_days import Office
from tests.story.test_mended import is_sound
from tests.story.test_pages import PASSWORD, Desk, chrome, world
from tests.world import World, make_caller

__all__ = ["chrome", "world"]  # fixtures

WIT = ZoneInfo("Asia/Jayapura")


def jayapura() -> Office:
    village = Region.objects.filter(code__startswith="91.71.", level="village").earliest("code")
    day = today_in("91.71") - timedelta(days=9)
    operator, head = (
        make_caller(f"{role}_wit", f"district_{role}", "91.71", day)
        for role in ("operator", "head")
    )
    assert operator.user
    operator.user.set_password(PASSWORD)
    operator.user.save()
    return Office(village, operator, head, WIT)


@pytest.mark.timeout(240)
def test_a_session_moved_past_midnight(world: World, chrome: Browser, live_server: Any) -> None:
    office = jayapura()
    day = today_in("91.71") + timedelta(days=3)
    by = office.operator.actor
    with scoped(by.scope):
        event = office.event(day, day)
        session = office.session(event, office.at(day, time(19)), office.at(day, time(22)))
        visit = book(
            by=by,
            session=session,
            resident=office.person(date(1990, 5, 17)),
            services=["recording"],
            contact=contact_from("warga@example.com"),
        )
    page = Desk(chrome, live_server.url, "operator_wit").page

    page.goto(f"/sesi/{session.pk}/")
    page.get_by_role("link", name="Jam dan kuota").click()
    page.get_by_label("Dari", exact=True).fill("22:30")
    page.get_by_label("Sampai", exact=True).fill("01:30")
    is_sound(page)
    page.get_by_role("button", name="Simpan").click()
    expect(page.get_by_text("Yang meninggalkan kontak diberi tahu.")).to_be_visible()
    hours = page.get_by_role("heading", level=1)
    expect(hours).to_contain_text("22.30–01.30 WIT")
    expect(hours).to_contain_text("berakhir lewat tengah malam")

    # The slip, the list of the event, and what strangers see, say the same.
    page.goto(f"/janji/{visit.pk}/")
    expect(page.locator("main")).to_contain_text("22.30")
    page.goto(f"/kegiatan/{event.pk}/")
    expect(page.locator("main")).to_contain_text("22.30–01.30 WIT")
    page.goto("/jadwal/")
    expect(page.locator("main")).to_contain_text("22.30–01.30 WIT")
    found = office.operator.get(f"sessions/?date={day}&event={event.pk}").json["results"]
    assert [row["id"] for row in found] == [str(session.pk)]
    with scoped(EVERYBODY):
        now = ServiceSession.objects.get(pk=session.pk)
        assert now.ends_at == datetime.combine(day + timedelta(days=1), time(1, 30), WIT)
        visit.refresh_from_db()
        assert visit.expected_at == now.starts_at
        kinds = Message.objects.order_by("kind", "state").values_list("kind", "state")
        assert [one for one in kinds if one[1] == "waiting"] == [
            ("moved", "waiting"),
            ("reminder", "waiting"),
        ]
