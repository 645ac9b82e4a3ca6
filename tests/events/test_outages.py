"""Hours that are typed wrong, outages that change or do not come, and what a host sees of a lent set."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.errors import Conflict
from dukcapil.core.forms import MomentField
from dukcapil.regions.models import Region
from events.incidents.models import Outage
from events.incidents.selectors import outages_of_event
from events.incidents.services import change_outage, report_outage
from events.planning.models.event import ServiceEvent
from events.planning.services.sessions import open_session
from events.points.services import add_point
from events.resources.models import Device, DeviceFault, Loan
from events.resources.selectors import get_planned_event_or_404
from events.resources.services import add_device, answer_loan, ask_loan, assign, note_fault
from registrations.lifecycle.services.devices import change_fault
from tests.pages.test_numbers import all_forms, built
from tests.world import WIB, World, at, make_caller, make_event, today

Browser = Callable[[str], Client]
HOUR = timedelta(hours=1)
DESK = "/desk-pilkada/13.75/padam/"
BEFORE_CHRIST = "0001-01-01T00:00"


def typed(moment: datetime) -> str:
    return moment.astimezone(WIB).strftime("%Y-%m-%dT%H:%M")


def out(made: World, who: str = "operator", **told: Any) -> Outage:
    office = Region.objects.get(pk="13.75")
    with scoped(made[who].actor.scope):
        return report_outage(by=made[who].actor, office=office, **{"kind": "power", **told})


def tomorrow(made: World, *, days: int = 1, **told: Any) -> ServiceEvent:
    day = today() + timedelta(days=days)
    return make_event(made, starts_on=day, ends_on=day, **told)


# --- hours ------------------------------------------------------------------------------------------


def test_a_year_that_is_a_slip_stops_at_the_form(made: World, browser: Browser) -> None:
    """Else the database keeps it, and no page can read it any more."""
    for form in all_forms():
        for name, field in built(form, by=made["head"].actor, unit="blangko").fields.items():
            if isinstance(field, forms.DateTimeField):
                assert isinstance(field, MomentField), f"{form.__name__}.{name}"
    desk = browser("operator")
    sent = {"do": "outage", "kind": "power", "at": "13.75"}
    for hours in ({"since": BEFORE_CHRIST}, {"until": "9999-12-31T23:00"}):
        answer = desk.post(DESK, {**sent, **hours})
        assert answer.status_code == 422
        assert "Waktu ini terlalu jauh." in answer.content.decode()
    with scoped(made["operator"].actor.scope):
        kit = add_device(
            by=made["operator"].actor,
            office=Region.objects.get(pk="13.75"),
            label="Set 1",
            kind="set",
        )
    page = f"/perangkat/{kit.pk}/"
    assert desk.post(page, {"do": "faulty", "since": BEFORE_CHRIST}).status_code == 422
    # What no page is asked about the database refuses, too.
    old = datetime(1999, 12, 31, tzinfo=WIB)
    answer = made["operator"].post(
        "outages/", {"office": "13.75", "kind": "power", "from": old.isoformat()}
    )
    assert (answer.status, answer.json["type"]) == (422, "/problems/outage-since")
    answer = made["operator"].post(f"devices/{kit.pk}/faults/", {"from": old.isoformat()})
    assert (answer.status, answer.json["type"]) == (422, "/problems/fault-since")
    with pytest.raises(IntegrityError), transaction.atomic():
        Outage.objects.create(
            office_id="13.75",
            kind="power",
            since=datetime(1, 1, 2, tzinfo=WIB),
            created_by_id=made["operator"].actor.user_id,
        )
    assert not Outage.objects.exists()
    assert not DeviceFault.objects.exists()
    assert desk.get(DESK).status_code == 200


# --- outages ----------------------------------------------------------------------------------------


def test_an_announced_outage_is_put_off_or_called_off(made: World, browser: Browser) -> None:
    desk, now = browser("operator"), timezone.now()
    told = out(made, since=now + 20 * HOUR, until=now + 22 * HOUR, note="PLN")
    page = desk.get(f"{DESK}?outage={told.pk}").content.decode()
    assert f'value="{typed(told.since)}"' in page
    assert "PLN" in page
    later = {
        "do": "change",
        "outage": told.pk,
        "version": 1,
        "since": typed(now + 30 * HOUR),
        "until": typed(told.until),
        "note": "PLN, ditunda",
    }
    # It would end before it begins.
    assert desk.post(DESK, later).status_code == 422
    assert desk.post(DESK, later | {"until": ""}).status_code == 302
    told.refresh_from_db()
    assert (told.version, told.until, told.note) == (2, None, "PLN, ditunda")
    assert typed(told.since) == later["since"]
    # Neither by somebody who saw it as it was, nor from another office.
    gone = {"do": "withdraw", "outage": told.pk, "version": 1}
    assert "diubah orang lain" in desk.post(DESK, gone).content.decode()
    assert made["neighbour"].delete(f"outages/{told.pk}/").status in (403, 404)
    assert Outage.objects.exists()
    assert desk.post(DESK, gone | {"version": 2}).status_code == 302
    assert not Outage.objects.exists()
    # Over the API, and of an event.
    again = out(made, since=now + 20 * HOUR)
    assert made["operator"].delete(f"outages/{again.pk}/").status == 204
    event = tomorrow(made)
    out(made, event=event, since=at(12, 0, event.starts_on))
    own = f"/kegiatan/{event.pk}/gangguan/"
    # Asked before: the button of the row opens a question, and that one's form is what is sent.
    shown = BeautifulSoup(desk.get(own).content, "html.parser")
    assert [one["value"] for one in shown.select("[name=do]") if one["value"] == "end"] == []
    [button] = shown.select(".actions [data-dialog]")
    assert (button.text.strip(), button["type"]) == ("Tarik kembali", "button")
    question = shown.find("dialog", id=button["data-dialog"])
    assert question is not None
    assert "Listrik · " + event.title in question.text
    form = {one["name"]: one["value"] for one in question.select("input[name]")}
    desk.post(own + question.find("form")["action"], form)
    assert not Outage.objects.exists()
    # What has begun is ended, not withdrawn.
    lasts = out(made)
    refused = made["operator"].delete(f"outages/{lasts.pk}/")
    assert (refused.status, refused.json["type"]) == (409, "/problems/outage-began")
    assert "Tarik kembali" not in desk.get(DESK).content.decode()


def test_two_who_change_an_outage(made: World, browser: Browser) -> None:
    operator, now = made["operator"], timezone.now()
    told = out(made, since=now - 3 * HOUR)
    one = f"outages/{told.pk}/"
    assert operator.get(one).json["version"] == 1
    first = operator.patch(one, {"until": (now - HOUR).isoformat(), "version": 1})
    assert (first.status, first.json["version"]) == (200, 2)
    second = operator.patch(one, {"note": "Gardu", "version": 1})
    assert (second.status, second.json["type"]) == (409, "/problems/changed-meanwhile")
    assert second.json["current"] == 2
    # A button of a page that is older than that says so, too.
    late = browser("operator").post(DESK, {"do": "end", "outage": told.pk, "version": 1})
    assert late.status_code == 409
    told.refresh_from_db()
    assert (told.until, told.note) == (now - HOUR, "")
    with scoped(operator.actor.scope):
        change_outage(by=operator.actor, outage_id=told.pk, note="Gardu")
    told.refresh_from_db()
    assert (told.version, told.note) == (3, "Gardu")


def test_an_event_counts_the_outages_that_it_lists(made: World) -> None:
    event = tomorrow(made)
    first = at(0, 0, event.starts_on)
    for since, until in (
        (first - 2 * HOUR, first),
        (first, first + HOUR),
        (first + 23 * HOUR, None),
    ):
        out(made, event=event, since=since, until=until)
    out(made, kind="network", since=at(0, 0, event.ends_on) + timedelta(days=1))
    assert counted(made, event) == 2
    # Of the office's points that of its district, and what is out in the whole office.
    with scoped(made["operator"].actor.scope):
        here, other = (
            add_point(
                by=made["head"].actor,
                office=event.office,
                name=district,
                district=Region.objects.get(pk=district),
            )
            for district in ("13.75.01", "13.75.02")
        )
    hour = {"since": first, "until": first + HOUR}
    out(made, point=other, **hour)
    assert counted(made, event) == 2
    out(made, point=here, **hour)
    assert counted(made, event) == 3
    out(made, **hour)
    assert counted(made, event) == 4
    # With sessions its hours are theirs: what was over before them is no longer one of them.
    with scoped(made["operator"].actor.scope):
        hours = {"starts_at": first + 8 * HOUR, "ends_at": first + 12 * HOUR}
        open_session(by=made["operator"].actor, event=event, capacity={"recording": 1}, **hours)
    assert counted(made, event) == 0
    out(made, since=first + 11 * HOUR)
    out(made, kind="network", point=here, since=first + 7 * HOUR, until=first + 9 * HOUR)
    out(made, kind="network", point=other, since=first + 8 * HOUR)
    assert counted(made, event) == 2


def counted(made: World, event: ServiceEvent) -> int:
    """The same in its page as in its list."""
    operator = made["operator"].actor
    with scoped(operator.scope):
        n: int = get_planned_event_or_404(operator, event.pk).outages_n
        assert n == len(outages_of_event(event))
    return n


def test_a_title_is_not_told_to_who_sees_no_event(made: World, browser: Browser) -> None:
    event = make_event(made, title="Gebyar Pelajar")
    out(made, event=event)
    make_caller("anggota.desk", "desk_member", "13.75", today())
    here, office = browser("anggota.desk"), browser("operator")
    assert event.title not in here.get(DESK).content.decode()
    assert event.title in office.get(DESK).content.decode()


# --- faults -----------------------------------------------------------------------------------------


def test_a_host_sees_of_a_lent_set_what_is_its_own(made: World, browser: Browser) -> None:
    lender, host = made["neighbour_head"].actor, made["operator"].actor
    agam, keeper = Region.objects.get(pk="13.06"), made["neighbour"].actor
    event = make_event(made)
    with scoped(keeper.scope):
        kit = add_device(by=keeper, office=agam, label="Set Agam", kind="set")
        now = timezone.now()
        for begins, ends, what in ((40, 30, "Lama"), (20, 0, "Kabel")):
            until = now - ends * HOUR if ends else None
            note_fault(
                by=keeper, device_id=kit.pk, since=now - begins * HOUR, until=until, what=what
            )
        old = DeviceFault.objects.get(what="Lama")
    with scoped(host.scope):
        loan: Loan = ask_loan(by=host, event=event, lender=agam, wanted="Satu set")
    hours = {"starts_at": at(0, 1), "ends_at": at(23, 59), "confirm": ["device-faulty"]}
    with scoped(lender.scope):
        answer_loan(by=lender, loan=loan, clerks=[], devices=[kit], **hours)
    elsewhere = tomorrow(made, office="13.06", title="Rahasia Agam", days=3)
    with scoped(keeper.scope):
        ends = at(23, 0, elsewhere.starts_on)
        starts = at(8, 0, elsewhere.starts_on)
        assign(
            by=keeper,
            event=elsewhere,
            starts_at=starts,
            ends_at=ends,
            device=kit,
            confirm=["device-faulty"],
        )
    page, faults = f"/perangkat/{kit.pk}/", f"devices/{kit.pk}/faults/"
    for who, all_of_it in (("operator", False), ("neighbour", True)):
        html = browser(who).get(page).content.decode()
        assert event.title in html
        assert "Kabel" in html
        assert ("Rahasia Agam" in html) == all_of_it
        assert ("Lama" in html) == all_of_it
        listed = made[who].get(faults).json["results"]
        assert len(listed) == 1 + all_of_it
    assert made["operator"].patch(f"{faults}{old.pk}/", {"done": "x"}).status == 404
    assert made["neighbour"].patch(f"{faults}{old.pk}/", {"done": "x"}).status == 200


def test_hours_of_a_fault_are_neither_dropped_nor_cut(made: World, browser: Browser) -> None:
    operator = made["operator"].actor
    now = timezone.now()
    with scoped(operator.scope):
        office = Region.objects.get(pk="13.75")
        kit = add_device(by=operator, office=office, label="Set 1", kind="set")
        fault, _new = note_fault(by=operator, device_id=kit.pk, since=now - 2 * HOUR)
        # Its end would be lost in the open one.
        with pytest.raises(Conflict) as overlaps:
            note_fault(by=operator, device_id=kit.pk, since=now - 3 * HOUR, until=now - HOUR)
        assert overlaps.value.code == "fault-overlaps"
        fault.refresh_from_db()
        assert (fault.since, fault.until) == (now - 2 * HOUR, None)
        until = fault.since + timedelta(seconds=20)
        change_fault(by=operator, device_id=kit.pk, fault_id=fault.pk, until=until)
    page = f"/perangkat/{kit.pk}/"
    sent = {"do": "change", "fault": fault.pk, "what": "Iris", "done": ""}
    shown = {"since": typed(fault.since), "until": typed(until)}
    assert browser("operator").post(page, {**sent, **shown}).status_code == 302
    fault.refresh_from_db()
    assert (fault.what, fault.since, fault.until) == ("Iris", now - 2 * HOUR, until)
    # One that is changed is sent, the other stays.
    ended = {"since": shown["since"], "until": typed(now - HOUR)}
    assert browser("operator").post(page, {**sent, **ended}).status_code == 302
    fault.refresh_from_db()
    assert (fault.since, typed(fault.until)) == (now - 2 * HOUR, ended["until"])
    # A beginning it has; an end that was said by mistake is taken back, on the page and over the API.
    assert browser("operator").post(page, {**sent, **ended, "since": ""}).status_code == 422
    assert browser("operator").post(page, {**sent, **ended, "until": ""}).status_code == 302
    fault.refresh_from_db()
    assert (fault.since, fault.until, fault.ended_by) == (now - 2 * HOUR, None, None)
    one = f"devices/{kit.pk}/faults/{fault.pk}/"
    assert made["operator"].patch(one, {"until": (now - HOUR).isoformat()}).status == 200
    assert made["operator"].patch(one, {"what": "Iris mata"}).json["until"] is not None
    assert made["operator"].patch(one, {"until": None}).json["until"] is None
    # Not while it is noted as broken anew.
    assert made["operator"].patch(one, {"until": (now - HOUR).isoformat()}).status == 200
    assert made["operator"].post(f"devices/{kit.pk}/faults/", {}).status == 201
    again = made["operator"].patch(one, {"until": None})
    assert (again.status, again.json["type"]) == (409, "/problems/fault-overlaps")


def test_a_long_history_of_faults_is_paged_and_each_can_be_put_right(
    made: World, browser: Browser
) -> None:
    operator, now = made["operator"].actor, timezone.now()
    with scoped(operator.scope):
        office = Region.objects.get(pk="13.75")
        kit = add_device(by=operator, office=office, label="Set 1", kind="set")
    known = {"device": kit, "reported_by_id": operator.user_id, "ended_by_id": operator.user_id}
    faults = DeviceFault.objects.bulk_create(
        DeviceFault(
            since=now - 2 * n * HOUR, until=now - (2 * n - 1) * HOUR, what=f"K{n}.", **known
        )
        for n in range(1, 52)
    )
    page, desk = f"/perangkat/{kit.pk}/", browser("operator")
    first = desk.get(page).content.decode()
    assert ("K50." in first, "K51." in first, "Halaman 1 dari 2" in first) == (True, False, True)
    assert "K51." in desk.get(f"{page}?page=2").content.decode()
    oldest = desk.get(f"{page}?fault={faults[-1].pk}").content.decode()
    assert "K51." in oldest
    other = DeviceFault.objects.create(
        since=now - HOUR,
        device=Device.objects.create(office=office, label="Set 2", kind="set"),
        reported_by_id=operator.user_id,
    )
    assert desk.get(f"{page}?fault={other.pk}").status_code == 404
