"""Visits of a plan on paper: the letter of a school and the bag of all, asked for on the page."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from django.test import Client

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.planning.models.event import ServiceEvent
from events.stock.models import StockRequest
from events.venues.services import add_venue
from registrations.oversight.models import Export
from registrations.oversight.services.exports import build_export
from reports.planner.models.plans import PlanStop
from reports.planner.services.letters import ask_letters
from tests.registrations.test_rosters import HEADER, PUPIL, bring, row
from tests.reports.test_planner_events import DAY, HOME, approve, crew_of, make_plan, missing
from tests.world import World, make_resident


def test_the_page_asks_for_the_bag_and_makes_the_letter_of_a_school(
    made: World, browser: Callable[[str], Client]
) -> None:
    head = made["head"].actor
    pupils = [
        make_resident(made, name=name, birth_date=PUPIL) for name in ("Adi Saputra", "Budi Hartono")
    ]
    with scoped(head.scope):
        village = Region.objects.get(pk=HOME)
        school = add_venue(
            by=head, kind="school", name="SMA Uji", village=village, contact="Kepala sekolah"
        )
    bring(made, school, HEADER + "".join(row(one, "XII A") for one in pupils))
    missing(made, 1)
    plan = make_plan(made, crew_of(made), {DAY: [HOME, school]})
    client, path = browser("head"), f"/rencana/{plan.pk}/kunjungan/"
    with scoped(EVERYBODY):
        stops = list(PlanStop.objects.filter(duty__plan=plan).order_by("number"))
    body = {"do": "events", "stops": [one.pk for one in stops], "once": str(uuid7())}
    said = client.post(path, body, follow=True).content.decode()
    assert "2 rancangan dibuat" in said
    assert "20 keping blangko diminta sebagai bekalnya" in said
    with scoped(EVERYBODY):
        [bag] = StockRequest.objects.all()
        assert (bag.item, bag.asked) == ("card", sum(one.expected for one in stops))
        event = ServiceEvent.objects.get(venue_visit__venue=school)
    # Nobody has signed the visit yet.
    assert 'data-dialog="letters"' not in said
    approve(made, event)
    assert 'data-dialog="letters"' in client.get(path).content.decode()
    letters = {"do": "letters", "reason": "Surat kunjungan", "once": str(uuid7())}
    said = client.post(path, letters, follow=True).content.decode()
    assert "1 surat sedang dibuat" in said
    # It was asked for: it is offered no more, and not made twice.
    assert 'data-dialog="letters"' not in said
    assert client.post(path, letters | {"once": str(uuid7())}).status_code == 409
    with scoped(EVERYBODY):
        assert Export.objects.filter(kind="letter").count() == 1


def test_the_letter_names_day_hours_and_pupils(
    made: World, browser: Callable[[str], Client]
) -> None:
    head = made["head"].actor
    pupil = make_resident(made, name="Adi Saputra", birth_date=PUPIL)
    with scoped(head.scope):
        school = add_venue(
            by=head, kind="school", name="SMA Uji", village=Region.objects.get(pk=HOME)
        )
    bring(made, school, HEADER + row(pupil, "XII A"))
    plan = make_plan(made, crew_of(made), {DAY: [school]})
    client, path = browser("head"), f"/rencana/{plan.pk}/kunjungan/"
    with scoped(EVERYBODY):
        stop = PlanStop.objects.get(duty__plan=plan)
    client.post(path, {"do": "events", "stops": stop.pk, "once": str(uuid7())})
    with scoped(EVERYBODY):
        event = ServiceEvent.objects.get()
    approve(made, event)
    with scoped(head.scope):
        [export] = ask_letters(by=head, plan=plan, reason="Surat kunjungan", form="docx")
    build_export(export.pk)
    fetched = client.get(f"/ekspor/{export.pk}/berkas/")
    content = b"".join(fetched) if fetched.streaming else fetched.content
    words = zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml").decode()
    # 09.00 to 11.30: half an hour to put up and down, two hours of service.
    for text in ("SMA Uji", "Adi Saputra", f"{DAY.day} ", str(DAY.year), "09.00", "11.30"):
        assert text in words, text
