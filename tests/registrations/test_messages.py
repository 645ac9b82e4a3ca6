"""What people are told: by mail over real SMTP, once, with what holds when it is sent."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Refused
from dukcapil.core.ids import uuid7
from dukcapil.core.kept import OWNER, signed_owner
from dukcapil.regions.models import Region
from events.planning.models.session import ServiceSession
from events.planning.services.sessions import open_session
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.message import Message
from registrations.booking.models.waiting import Waiting
from registrations.booking.services import messages, sending
from registrations.booking.services.appointments import (
    book,
    cancel_appointment,
    move_appointment,
    release_no_shows,
)
from registrations.booking.services.contacts import change_contact
from registrations.booking.services.gateways import gateway_of
from registrations.booking.services.group_changes import cancel_group, move_group
from registrations.booking.services.messages import contact_from, contact_of
from registrations.booking.services.sending import send_due
from registrations.booking.services.waiting import wait, withdraw
from registrations.lifecycle.services.events import (
    cancel_event,
    change_event,
    close_event,
    move_event,
    open_to_booking,
)
from registrations.lifecycle.services.follow_up import follow_up
from registrations.lifecycle.services.reopening import reopen_event
from registrations.people.models import Resident
from registrations.requests.models import VisitRequest
from registrations.requests.services.requests import ask_visit, change_request_contact, plan_visit
from tests import engines
from tests.smtp import Mailbox, mail_server
from tests.world import (
    CLOSING,
    World,
    at,
    looks,
    make_event,
    make_resident,
    make_session,
    record,
    today,
)


@pytest.fixture
def post(settings: Any) -> Iterator[Mailbox]:
    """A mail server that takes what is sent."""
    with mail_server() as box:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
        settings.GATEWAYS = {"email": "registrations.booking.services.gateways.Mail"}
        gateway_of.cache_clear()
        yield box
        gateway_of.cache_clear()


class Day:
    """A day of service in five days, with one place an hour, and those who are to be told."""

    def __init__(self, made: World, places: int = 1) -> None:
        self.made = made
        self.by, self.head = made["operator"].actor, made["head"].actor
        self.day = today() + timedelta(days=5)
        self.event = make_event(made, starts_on=self.day, ends_on=self.day + timedelta(days=1))
        self.session = self.hours(8, places)

    def hours(self, hour: int, places: int) -> ServiceSession:
        with scoped(self.by.scope):
            return open_session(
                by=self.by,
                event=self.event,
                starts_at=at(hour, 0, self.day),
                ends_at=at(hour + 2, 0, self.day),
                capacity={"recording": places},
            )

    def do(self, verb: Callable[..., Any], **given: Any) -> Any:
        with scoped(self.by.scope):
            return verb(by=self.by, **given)

    def decide(self, verb: Callable[..., Any], **given: Any) -> Any:
        with scoped(self.head.scope):
            return verb(by=self.head, **given)

    def book(self, address: str, session: ServiceSession | None = None) -> Appointment:
        return self._seat(book, address, session or self.session)

    def wait(self, address: str) -> Waiting:
        return self._seat(wait, address, self.session)

    def _seat(self, verb: Callable[..., Any], address: str, session: ServiceSession) -> Any:
        return self.seat(verb, address, session, make_resident(self.made))

    def seat(self, verb: Any, address: str, session: ServiceSession, resident: Any) -> Any:
        return self.do(
            verb,
            session=session,
            resident=resident,
            services=["recording"],
            contact=contact_from(address),
        )

    def listed(self, **query: Any) -> list[dict[str, Any]]:
        """The messages as a program reads them."""
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        answer = self.made["operator"].get(f"messages/?{asked}")
        assert answer.status == 200, answer.content
        return answer.json["results"]

    def states(self, **query: Any) -> list[tuple[str, str]]:
        return sorted((row["kind"], row["state"]) for row in self.listed(**query))


def send_all() -> int:
    """As if the evening before had come, and every wait were over."""
    with scoped(EVERYBODY):
        Message.objects.filter(state="waiting").update(due_at=timezone.now())
    return send_due()


def fresh(row: Any) -> Any:
    with scoped(EVERYBODY):
        row.refresh_from_db()
    return row


def test_who_moves_up_from_the_waiting_list_is_told(made: World, post: Mailbox) -> None:
    day = Day(made)
    first = day.book("pertama@warga.test")
    entry = day.wait("kedua@warga.test")
    day.wait("ketiga@warga.test")
    assert day.listed(appointment=first.pk)[0]["due_at"].startswith(
        (at(17, 0, day.day) - timedelta(days=1)).astimezone(UTC).isoformat()[:16]
    )
    day.do(cancel_appointment, appointment=first)
    moved = fresh(Appointment(pk=fresh(entry).appointment_id))
    assert (contact_of(moved), contact_of(entry)) == (contact_from("kedua@warga.test"), None)
    assert send_due() == 1
    [text] = post.texts("kedua@warga.test")
    assert text.partition("\n")[0].endswith("kosong: Gebyar")
    assert moved.ticket in text
    assert "08.00 WIB" in text
    assert "Contoh Warga" not in text
    assert (post.to("pertama@warga.test"), post.to("ketiga@warga.test")) == ([], [])
    sent = [row for row in day.listed(session=day.session.pk) if row["kind"] == "moved_up"]
    assert sent == [
        {
            "id": sent[0]["id"],
            "kind": "moved_up",
            "channel": "email",
            "state": "sent",
            "due_at": sent[0]["due_at"],
            "sent_at": sent[0]["sent_at"],
            "appointment": str(moved.pk),
            "group": None,
            "waiting": None,
        }
    ]
    assert sent[0]["sent_at"]
    assert day.states(appointment=moved.pk) == [("moved_up", "sent"), ("reminder", "waiting")]
    # Nobody else's, and the other events' are not among them.
    assert made["neighbour"].get(f"messages/?event={day.event.pk}").json["results"] == []
    assert made["village_verifier"].get("messages/").status == 403
    assert day.listed(event=uuid7()) == []
    assert made["operator"].get("messages/?person=1").status == 422


def test_only_the_newest_of_a_kind_waits(made: World, post: Mailbox) -> None:
    day = Day(made)
    visit, entry = day.book("satu@warga.test"), day.wait("tunggu@warga.test")
    for days in (7, 9):
        day.decide(move_event, event=day.event, starts_on=today() + timedelta(days=days))
    assert day.states(appointment=visit.pk) == [
        *[("moved", "dropped"), ("moved", "waiting")],
        *[("reminder", "dropped"), ("reminder", "dropped"), ("reminder", "waiting")],
    ]
    assert send_due() == 2
    [told], [also] = post.texts("satu@warga.test"), post.texts("tunggu@warga.test")
    date = f"{(today() + timedelta(days=9)).day} "
    assert date in told
    assert visit.ticket in told
    assert "Anda ada dalam daftar tunggu." in also
    with scoped(EVERYBODY):
        waiting = Message.objects.get(appointment=visit, kind="reminder", state="waiting")
        for owner in ({"appointment": visit}, {"waiting": entry}):
            again = Message(
                office_id="13.75",
                event=day.event,
                kind="changed",
                channel="email",
                address=waiting.address,
                **owner,
            )
            again.save()
            again.pk = uuid7()
            with pytest.raises(IntegrityError, match="message_newest"), transaction.atomic():
                again.save(force_insert=True)


def _cancelled(day: Day, visit: Appointment, _entry: Waiting) -> None:
    day.do(withdraw, entry=_entry)
    day.do(cancel_appointment, appointment=visit)


def _arrived(day: Day, visit: Appointment, entry: Waiting) -> None:
    day.do(withdraw, entry=entry)
    with scoped(EVERYBODY):
        # As if the day had come: arrival on another day is another verb's matter.
        Appointment.objects.filter(pk=visit.pk).update(
            state="checked_in", checked_in_at=timezone.now()
        )


def _missed(day: Day, visit: Appointment, entry: Waiting) -> None:
    day.do(withdraw, entry=entry)
    day.do(release_no_shows, session=day.session, until=day.session.ends_at)


def _closed(day: Day, _visit: Appointment, _entry: Waiting) -> None:
    with scoped(EVERYBODY):
        ServiceSession.objects.filter(event=day.event).update(
            starts_at=at(0, 0, day.day), ends_at=at(0, 1, day.day)
        )
        Waiting.objects.filter(event=day.event, state="waiting").update(state="ended")
        Appointment.objects.filter(event=day.event).update(state="no_show")


@pytest.mark.parametrize("end", [_cancelled, _arrived, _missed, _closed])
def test_what_belongs_to_an_ended_visit_is_not_sent_not_even_again(
    made: World, post: Mailbox, end: Callable[..., None]
) -> None:
    """A first try is refused by the mail server; then the visit ends; the retry sends nothing."""
    day = Day(made)
    visit, entry = day.book("satu@warga.test"), day.wait("tunggu@warga.test")
    day.decide(change_event, event=day.event, place="Balai")
    post.busy = True
    assert send_all() == 0
    assert post.asked == 3  # a change for each, and the reminder
    end(day, visit, entry)
    post.busy = False
    assert send_all() == 0
    assert post.mails == []
    assert {state for _kind, state in day.states(event=day.event.pk)} == {"dropped"}


def test_a_mail_that_is_refused_comes_later_with_what_holds_then(
    made: World, post: Mailbox
) -> None:
    """The control of the test above; and one that is refused for good is given up."""
    day = Day(made)
    day.book("satu@warga.test")
    day.decide(change_event, event=day.event, place="Balai")
    post.busy = True
    assert send_due() == 0
    with scoped(EVERYBODY):
        kept = Message.objects.get(kind="changed")
        assert (kept.state, kept.attempts) == ("waiting", 1)
        assert kept.due_at > timezone.now()
    day.decide(change_event, event=day.event, place="Gedung Juang")
    post.busy = False
    assert send_due() == 1
    [text] = post.texts("satu@warga.test")
    assert "Gedung Juang" in text
    assert "Balai" not in text
    post.busy = True
    for _try in range(sending.ATTEMPTS):
        assert send_all() == 0
    assert day.states(event=day.event.pk)[-1] == ("reminder", "failed")


def test_a_changed_contact_changes_what_waits(made: World, post: Mailbox) -> None:
    day = Day(made)
    visit, entry = day.book("salah@warga.test"), day.wait("juga-salah@warga.test")
    day.decide(move_event, event=day.event, starts_on=today() + timedelta(days=7))
    post.busy = True
    assert send_due() == 0
    post.busy = False
    day.do(change_contact, owner=fresh(visit), contact=contact_from("benar@warga.test"))
    day.do(change_contact, owner=fresh(entry), contact=contact_from("juga@warga.test"))
    # Tried in vain before: with the new address at once.
    assert send_due() == 2
    assert [recipients for recipients, _mail in post.mails] == [
        ["benar@warga.test"],
        ["juga@warga.test"],
    ]
    assert send_all() == 1
    assert len(post.to("benar@warga.test")) == 2
    day.decide(change_event, event=day.event, place="Balai")
    day.do(change_contact, owner=fresh(visit), contact=None)
    assert send_due() == 1
    assert len(post.to("benar@warga.test")) == 2
    assert ("changed", "dropped") in day.states(appointment=visit.pk)
    # The log of the person has it.
    assert len(looks(kind="contact of appointment", subject=str(visit.resident_id))) == 2
    assert len(looks(kind="contact of waiting", subject=str(entry.resident_id))) == 1
    viewer = made["province_officer"].actor
    with scoped(viewer.scope), pytest.raises(Refused):
        change_contact(by=viewer, owner=visit, contact=None)


def test_what_could_not_be_told_is_told_to_the_mended_contact(made: World, post: Mailbox) -> None:
    day = Day(made)
    visit = day.book("salah@warga.test")
    for place in ("Balai", "Gedung Juang"):
        day.decide(change_event, event=fresh(day.event), place=place)
        with scoped(EVERYBODY):
            Message.objects.filter(kind="changed", state="waiting").update(
                state="failed", address=None, finished_at=timezone.now()
            )
    day.do(change_contact, owner=fresh(visit), contact=contact_from("benar@warga.test"))
    assert send_due() == 1
    [text] = post.texts("benar@warga.test")
    assert "Gedung Juang" in text
    # That was told by now: a second address hears what is new alone.
    day.do(change_contact, owner=fresh(visit), contact=contact_from("lagi@warga.test"))
    assert send_due() == 0
    # A reminder that the server refused on the last evening is not lost with its first address.
    begins = timezone.now() + timedelta(minutes=30)
    hours = {"starts_at": begins, "ends_at": begins + timedelta(hours=1)}
    soon = make_event(made, ends_on=today() + timedelta(days=2))
    session = day.do(open_session, event=soon, capacity={"recording": 1}, **hours)
    visit = day.book("salah@warga.test", session)
    with scoped(EVERYBODY):
        messages.tell("reminder", [visit])
    post.busy = True
    assert send_all() == 0
    post.busy = False
    day.do(change_contact, owner=fresh(visit), contact=contact_from("akhir@warga.test"))
    assert send_due() == 1
    assert len(post.to("akhir@warga.test")) == 1


def test_who_was_recorded_meanwhile_gets_no_place_and_no_message(
    made: World, post: Mailbox, browser: Callable[[str], Client]
) -> None:
    day = Day(made)
    first, entry, following = day.book(""), day.wait("dua@warga.test"), day.wait("tiga@warga.test")
    with scoped(EVERYBODY):
        recorded = Resident.objects.get(pk=entry.resident_id)
    record(made, recorded)
    day.do(cancel_appointment, appointment=first)
    assert (fresh(entry).state, fresh(following).state) == ("refused", "moved_up")
    assert send_due() == 1
    assert (len(post.to("tiga@warga.test")), post.to("dua@warga.test")) == (1, [])
    page = browser("operator").get(f"/sesi/{day.session.pk}/tunggu/").content.decode()
    assert "Tidak dapat direkam pada hari itu" in page


def test_a_booking_that_moves_is_told_of_its_last_hour_alone(made: World, post: Mailbox) -> None:
    day = Day(made, places=2)
    visit = day.book("satu@warga.test")
    for hour in (13, 15):
        there = day.hours(hour, 2)
        visit = day.do(move_appointment, appointment=visit, session=there)
    assert send_all() == 2
    texts = post.texts("satu@warga.test")
    assert [("15.00 WIB" in text, visit.ticket in text) for text in texts] == [(True, True)] * 2


def group_of(day: Day, name: str = "XII IPA 1", address: str = "guru@sekolah.test") -> Any:
    """A class whose teacher is told."""
    group = VisitGroup(
        session=day.session,
        event=day.event,
        office_id="13.75",
        name=name,
        services=["recording"],
        created_by_id=day.by.user_id,
    )
    with scoped(EVERYBODY):
        group.save()
    return day.do(change_contact, owner=group, contact=contact_from(address))


def test_a_group_and_those_of_it_who_wait(made: World, post: Mailbox) -> None:
    day = Day(made, places=1)
    group = group_of(day)
    first = day.book("murid@warga.test")
    entry = day.wait("anak@warga.test")
    with scoped(EVERYBODY):
        Appointment.objects.filter(pk=first.pk).update(group=group)
        Waiting.objects.filter(pk=entry.pk).update(group=group)
    there = day.hours(13, 1)
    moved = day.do(move_group, group=group, session=there)
    assert send_due() == 3
    assert sorted(to for [to], _mail in post.mails) == [
        "anak@warga.test",
        "guru@sekolah.test",
        "murid@warga.test",
    ]
    assert all("13.00 WIB" in text for text in post.texts("guru@sekolah.test"))
    post.mails.clear()
    day.do(cancel_group, group=moved.group, reason="Ujian")
    # One is booked again before the job ran: it would cancel what they have by now.
    with scoped(EVERYBODY):
        pupil = Resident.objects.get(pk=first.resident_id)
    again = day.seat(book, "murid@warga.test", there, pupil)
    assert send_due() == 2
    assert sorted(to for [to], _mail in post.mails) == ["anak@warga.test", "guru@sekolah.test"]
    assert all("Ujian" in f"{mail.get_content()}" for _to, mail in post.mails)
    assert day.states(appointment=again.pk) == [("reminder", "waiting")]


def test_a_group_that_was_moved_is_not_told_that_its_old_day_is_cancelled(
    made: World, post: Mailbox
) -> None:
    day, other = Day(made, places=2), Day(made, places=2)
    group, first = group_of(day), day.book("")
    never = group_of(day, "XII IPA 2", "lain@sekolah.test")
    with scoped(EVERYBODY):
        Appointment.objects.filter(pk=first.pk).update(group=group)
    moved = day.do(move_group, group=group, session=other.session)
    assert send_all() == 3  # the new time, and two reminders
    post.mails.clear()
    day.do(cancel_event, event=fresh(day.event), reason="Banjir")
    assert send_all() == 1
    assert [to for to, _mail in post.mails] == [["lain@sekolah.test"]]
    other.do(cancel_event, event=fresh(other.event), reason="Banjir")
    assert send_all() == 1
    assert len(post.to("guru@sekolah.test")) == 1
    assert day.listed(event=other.event.pk)[-1]["group"] == str(moved.group.pk)
    assert contact_of(never)


def test_a_group_is_told_while_anybody_of_it_comes(made: World, post: Mailbox) -> None:
    day = Day(made, places=2)
    comes, gone = group_of(day), group_of(day, "XII IPA 2", "lain@sekolah.test")
    pupils = [day.book(""), day.book("")]
    with scoped(EVERYBODY):
        for pupil, group in zip(pupils, (comes, gone), strict=True):
            Appointment.objects.filter(pk=pupil.pk).update(group=group)
    day.do(cancel_appointment, appointment=pupils[1])
    day.decide(close_event, event=day.event, confirm=CLOSING)
    assert send_all() == 0
    # Taken back: reminded again, and of a change told while the class is there.
    day.decide(reopen_event, event=fresh(day.event), reason="Ditutup terlalu cepat")
    assert send_all() == 1
    with scoped(EVERYBODY):
        Appointment.objects.filter(pk=pupils[0].pk).update(
            state="checked_in", checked_in_at=timezone.now()
        )
    day.decide(change_event, event=fresh(day.event), place="Balai")
    assert send_all() == 1
    assert [to for to, _mail in post.mails] == [["guru@sekolah.test"]] * 2
    assert [row["state"] for row in day.listed() if row["group"] == str(gone.pk)] == ["dropped"]


def test_a_cancelled_event_tells_everybody_that_and_nothing_else(
    made: World, post: Mailbox
) -> None:
    day = Day(made)
    day.book("satu@warga.test")
    day.wait("tunggu@warga.test")
    day.decide(change_event, event=day.event, place="Balai")
    day.do(cancel_event, event=fresh(day.event), reason="Banjir")
    assert send_all() == 2
    assert sorted(to for [to], _mail in post.mails) == ["satu@warga.test", "tunggu@warga.test"]
    assert all("Banjir" in f"{mail.get_content()}" for _to, mail in post.mails)


def test_the_contact_of_a_request_goes_along_to_the_visit(made: World, post: Mailbox) -> None:
    by = made["operator"].actor
    asked = {"services": ["recording"], "reason": "far", "partner_kind": "family"}
    with scoped(by.scope):
        at_home = ask_visit(
            by=by,
            resident=make_resident(made),
            contact=contact_from("salah@warga.test"),
            **asked,  # type: ignore[arg-type]
        )
        home = ask_visit(
            by=by,
            village=Region.objects.get(pk="13.75.01.1001"),
            place="Panti Kasih",
            people=3,
            contact=contact_from("panti@warga.test"),
            **asked,  # type: ignore[arg-type]
        )
        event = plan_visit(
            by=by, requests=[at_home.pk, home.pk], starts_on=today() + timedelta(days=6)
        )
        # The place and the person hear the newest address, planned already.
        change_request_contact(
            by=by,
            request=VisitRequest.objects.get(pk=at_home.pk),
            contact=contact_from("rumah@warga.test"),
        )
        assert send_all() == 0  # a draft reminds nobody
    with scoped(made["head"].actor.scope):
        open_to_booking(by=made["head"].actor, event=event, neutrality_signed=True)
    assert send_all() == 2
    assert len(post.to("rumah@warga.test")) == 2
    assert post.to("salah@warga.test") == []
    # What is mended on the booking, and on the group, is what the next plan tells.
    with scoped(by.scope):
        visit, group = Appointment.objects.get(event=event), VisitGroup.objects.get(event=event)
        for owner, address in ((visit, "baru@warga.test"), (group, "panti-baru@warga.test")):
            change_contact(by=by, owner=owner, contact=contact_from(address))
    with scoped(made["head"].actor.scope):
        cancel_event(by=made["head"].actor, event=event, reason="Banjir")
    assert contact_of(fresh(at_home)) == contact_from("baru@warga.test")
    assert contact_of(fresh(home)) == contact_from("panti-baru@warga.test")


def test_a_contact_that_was_taken_away_does_not_come_back_with_the_request(made: World) -> None:
    by, head = made["operator"].actor, made["head"].actor
    with scoped(by.scope):
        request = ask_visit(
            by=by,
            resident=make_resident(made),
            contact=contact_from("lama@warga.test"),
            services=["recording"],
            reason="far",
            partner_kind="family",
        )
        event = plan_visit(by=by, requests=[request.pk], starts_on=today() + timedelta(days=6))
    with scoped(head.scope):
        open_to_booking(by=head, event=event, neutrality_signed=True)
    with scoped(by.scope):
        change_contact(by=by, owner=Appointment.objects.get(event=event), contact=None)
    with scoped(head.scope):
        cancel_event(by=head, event=event, reason="Banjir")
    assert contact_of(fresh(request)) is None


def test_a_newer_row_without_a_contact_takes_none_away(made: World) -> None:
    """Booked anew at the desk, where nobody asked for it."""
    by, head = made["operator"].actor, made["head"].actor
    asked: Any = {"services": ["recording"], "reason": "far", "partner_kind": "family"}
    person = make_resident(made)
    village = Region.objects.get(pk="13.75.01.1001")
    with scoped(by.scope):
        home = ask_visit(by=by, resident=person, contact=contact_from("satu@warga.test"), **asked)
        panti = ask_visit(
            by=by,
            village=village,
            place="Panti Kasih",
            people=3,
            contact=contact_from("panti@warga.test"),
            **asked,
        )
        event = plan_visit(
            by=by, requests=[home.pk, panti.pk], starts_on=today() + timedelta(days=6)
        )
    with scoped(head.scope):
        open_to_booking(by=head, event=event, neutrality_signed=True)
    with scoped(by.scope):
        visit, group = Appointment.objects.get(event=event), VisitGroup.objects.get(event=event)
        change_contact(by=by, owner=visit, contact=contact_from("dua@warga.test"))
        change_contact(by=by, owner=group, contact=contact_from("panti-dua@warga.test"))
        cancel_appointment(by=by, appointment=visit)
        book(by=by, session=visit.session, resident=person, services=["recording"])
    with scoped(head.scope):
        cancel_event(by=head, event=event, reason="Banjir")
    assert contact_of(fresh(home)) == contact_from("dua@warga.test")
    assert contact_of(fresh(panti)) == contact_from("panti-dua@warga.test")


def test_who_did_not_come_is_told_of_the_follow_up(made: World, post: Mailbox) -> None:
    event = make_event(made)
    session = make_session(made, event, {"recording": 1})
    by, head = made["operator"].actor, made["head"].actor
    with scoped(by.scope):
        visit = book(
            by=by,
            session=session,
            resident=make_resident(made),
            services=["recording"],
            contact=contact_from("absen@warga.test"),
        )
    # The quarter of the booking, for the session began at midnight.
    quarter = timedelta(minutes=15)
    assert timezone.now() - quarter < visit.expected_at <= timezone.now()
    shown = made["operator"].get(f"appointments/{visit.pk}/").json["expected_at"]
    assert datetime.fromisoformat(shown) == visit.expected_at
    with scoped(EVERYBODY):
        ServiceSession.objects.filter(pk=session.pk).update(ends_at=timezone.now())
    with scoped(head.scope):
        close_event(by=head, event=event)
        draft = follow_up(by=head, event=event, starts_on=today() + timedelta(days=8))
        open_to_booking(by=head, event=draft, neutrality_signed=True)
    assert send_due() == 1
    assert len(post.to("absen@warga.test")) == 1


def test_pages_show_and_change_the_contact(made: World, browser: Callable[[str], Client]) -> None:
    day = Day(made)
    visit, entry = day.book("budi@warga.test"), day.wait("0812 3456 7890")
    clerk = browser("operator")
    slip, line = f"/janji/{visit.pk}/", f"/sesi/{day.session.pk}/tunggu/"
    body = clerk.get(slip).content.decode()
    assert "b•••@warga.test" in body
    assert "budi@warga.test" not in body
    assert "••• 890" in clerk.get(line).content.decode()
    assert clerk.post(slip, {"do": "contact", "contact": "bukan"}).status_code == 422
    refused = clerk.post(line, {"do": "contact", "entry": entry.pk, "contact": "08"})
    assert refused.status_code == 422
    assert clerk.post(slip, {"do": "contact", "contact": "ani@warga.test"}).status_code == 302
    new = {"do": "contact", "entry": entry.pk, "contact": "citra@warga.test"}
    assert clerk.post(line, new).status_code == 302
    assert contact_of(fresh(visit)) == contact_from("ani@warga.test")
    assert contact_of(fresh(entry)) == contact_from("citra@warga.test")
    day.do(cancel_appointment, appointment=visit)
    assert "Sedang diberi tahu" in clerk.get(line).content.decode()
    watching = browser("province_officer").get(slip).content.decode()
    assert "•••@" not in watching


def test_a_contact_that_was_typed_survives_a_lost_session(
    made: World, browser: Callable[[str], Client]
) -> None:
    day = Day(made)
    visit, group = day.book("budi@warga.test"), group_of(day)
    entry = day.wait("")
    asked = {"services": ["recording"], "reason": "far", "partner_kind": "family"}
    request = day.do(ask_visit, resident=make_resident(made), **asked)
    user = made["operator"].user
    assert user is not None
    for path, more in (
        (f"/sesi/{day.session.pk}/tunggu/", {"entry": str(entry.pk)}),
        (f"/permintaan/{request.pk}/", {}),
        (f"/janji/{visit.pk}/", {}),
        (f"/rombongan/{group.pk}/", {}),
    ):
        stranger = Client()
        typed = {"do": "contact", "contact": "diketik@warga.test", OWNER: signed_owner(user.pk)}
        assert stranger.post(path, typed | more).status_code == 302
        stranger.force_login(user)
        assert 'value="diketik@warga.test"' in stranger.get(path).content.decode()
    assert contact_of(fresh(entry)) is None
    typed = {"do": "contact", "contact": "rumah@warga.test"}
    assert browser("operator").post(f"/permintaan/{request.pk}/", typed).status_code == 302
    assert contact_of(fresh(request)) == contact_from("rumah@warga.test")


def test_an_index_that_failed_half_way_is_built_anew(kept: World) -> None:
    """By the owner, as `migrate` does when it is run again."""
    migration = importlib.import_module("registrations.migrations.0016_newest_messages").Migration
    index = "'message_newest_visit'::regclass"
    engines.as_superuser(f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = {index}")
    owner = psycopg2.connect(engines.database_url("owner"))
    owner.autocommit = True
    with owner.cursor() as cursor:
        for operation in migration.operations[-3:]:
            for statement in operation.database_operations[0].sql:
                cursor.execute(statement)
        cursor.execute(f"SELECT indisvalid FROM pg_index WHERE indexrelid = {index}")
        assert cursor.fetchone() == (True,)
    owner.close()
