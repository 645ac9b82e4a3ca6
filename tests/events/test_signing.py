"""Who signs an event has seen it, and what was signed stands until the head signs the change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import Client

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.core.errors import Conflict, DomainError, from_database
from dukcapil.core.versions import changed_parts, version_of
from dukcapil.regions.models import Region
from events.planning.enums import EDITED_FIELDS, SIGNED_SINCE
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.models.signing import EventChange, EventSignature
from events.planning.selectors.signing import _PARTS_OF_FACTS, facts_of
from events.planning.services.events import plan_event
from events.planning.services.notes import set_costs
from events.planning.triggers import signed_facts
from registrations.booking.models.message import Message
from registrations.booking.services.appointments import book
from registrations.booking.services.messages import contact_from
from registrations.booking.services.sending import words
from registrations.lifecycle.services.events import cancel_event, change_event, open_to_booking
from tests.threads import at_once
from tests.world import World, at, make_event, make_resident, make_session, today

Browser = Callable[[str], Client]


def draft(made: World) -> dict[str, Any]:
    body = {
        "title": "Gebyar Pasar",
        "kind": "gebyar",
        "office": "13.75",
        "village": "13.75.01.1001",
        "place": "Aula",
        "starts_on": str(today()),
        "ends_on": str(today() + timedelta(days=1)),
        "services": ["recording", "ikd_activation"],
    }
    answer = made["operator"].post("events/", body)
    assert answer.status == 201
    return answer.json  # type: ignore[no-any-return]


def open_session(made: World, event: str, **capacity: int) -> dict[str, Any]:
    body = {
        "event": event,
        "starts_at": at(23, 0).isoformat(),
        "ends_at": at(23, 30).isoformat(),
        "capacity": capacity or {"recording": 5},
    }
    answer = made["operator"].post("sessions/", body)
    assert answer.status == 201, answer.json
    return answer.json  # type: ignore[no-any-return]


def shown(made: World, event: Any, who: str = "head") -> dict[str, Any]:
    return made[who].get(f"events/{event}/").json  # type: ignore[no-any-return]


def approve(made: World, event: str, **body: Any) -> Any:
    return made["head"].post(f"events/{event}/approve/", {"neutrality_signed": True, **body})


def refused(answer: Any, *words_of_parts: str) -> None:
    assert answer.status == 409, answer.content
    assert answer.json["type"] == "/problems/changed-meanwhile"
    assert all(word in answer.json["title"] for word in words_of_parts), answer.json["title"]


# --- approval -------------------------------------------------------------------------------------


def test_a_head_signs_what_was_shown_or_is_told_what_changed(made: World) -> None:
    event = draft(made)["id"]
    seen = shown(made, event)["version"]
    assert made["operator"].patch(f"events/{event}/", {"title": "Kampanye"}).status == 200
    stale = approve(made, event, version=seen)
    refused(stale, "judul")
    assert stale.json["changed"] == ["title"]
    assert shown(made, event)["state"] == "draft"
    assert stale.json["version"] == shown(made, event)["version"]
    signed = approve(made, event, version=stale.json["version"])
    assert (signed.status, signed.json["state"]) == (200, "approved")
    assert signed.json["version"] == stale.json["version"]


@pytest.mark.parametrize(
    ("what", "named"),
    [
        ("session", "sesi"),
        ("places", "jumlah kuota"),
        ("costs", "biaya"),
        ("place", "lokasi"),
        ("days", "hari"),
        ("audience", "sasaran"),
        ("kind", "jenis"),
    ],
)
def test_everything_that_is_signed_makes_another_version(
    made: World, what: str, named: str
) -> None:
    event = draft(made)["id"]
    session = open_session(made, event)["id"]
    seen = shown(made, event)["version"]
    by = made["operator"].actor
    if what == "session":
        open_session(made, event)
    elif what == "places":
        made["operator"].patch(f"sessions/{session}/", {"capacity": {"recording": 50}})
    elif what == "costs":
        with scoped(by.scope):
            plan = ServiceEvent.objects.visible_to(by).get(pk=event)
            set_costs(by=by, event=plan, costs={"meals": (9_000_000, None)})
    else:
        changes = {
            "place": {"place": "Posko"},
            "days": {"ends_on": str(today() + timedelta(days=2))},
            "audience": {"target_group": "Simpatisan"},
            "kind": {"kind": "outreach"},
        }
        assert made["operator"].patch(f"events/{event}/", changes[what]).status == 200
    refused(approve(made, event, version=seen), named)


def test_a_booking_is_no_change_of_the_plan(made: World) -> None:
    event = make_event(made)
    session = make_session(made, event)
    seen = shown(made, event.pk)["version"]
    by = made["operator"].actor
    with scoped(by.scope):
        book(by=by, session=session, resident=make_resident(made), services=["recording"])
    assert shown(made, event.pk)["version"] == seen


def test_who_names_no_version_signs_what_stands_and_is_told_which(made: World) -> None:
    event = draft(made)["id"]
    open_session(made, event)
    signed = approve(made, event)
    assert (signed.status, signed.json["version"]) == (200, shown(made, event)["version"])
    again = approve(made, event, version=signed.json["version"])
    assert (again.status, again.json["neutrality_signed_at"]) == (
        200,
        signed.json["neutrality_signed_at"],
    )
    refused(approve(made, event, version="x" * 40))


@pytest.mark.contexts
def test_the_page_carries_the_version_and_shows_sessions_and_costs(
    made: World, browser: Browser
) -> None:
    event = draft(made)["id"]
    open_session(made, event, recording=37)
    by = made["operator"].actor
    with scoped(by.scope):
        plan = ServiceEvent.objects.visible_to(by).get(pk=event)
        set_costs(by=by, event=plan, costs={"meals": (1_234_000, None)})
    client, path = browser("head"), f"/kegiatan/{event}/setujui/"
    page = client.get(path)
    assert "1.234.000" in page.content.decode()
    assert "Perekaman KTP-el 37" in page.content.decode()
    items = dict.fromkeys(["symbols", "place", "staff", "guests", "equal"], "on")
    form = {**items, "version": page.context["form"]["version"].value()}
    made["operator"].patch(f"events/{event}/", {"place": "Posko Paslon 1"})
    stale = client.post(path, form)
    assert stale.status_code == 409
    assert "lokasi kegiatan" in stale.content.decode()
    assert "Posko Paslon 1" in stale.content.decode()
    # What was confirmed was about another place.
    assert " checked" not in stale.content.decode()
    assert shown(made, event)["state"] == "draft"
    again = {**items, "version": stale.context["form"]["version"].value()}
    assert client.post(path, again).status_code == 302
    assert shown(made, event)["state"] == "approved"


# --- a change after the signature -----------------------------------------------------------------


def with_contact(made: World, session: ServiceSession) -> None:
    by = made["operator"].actor
    with scoped(by.scope):
        book(
            by=by,
            session=session,
            resident=make_resident(made),
            services=["recording"],
            contact=contact_from("warga@example.test"),
        )


def told() -> list[str]:
    with scoped(EVERYBODY):
        return list(Message.objects.exclude(kind="reminder").values_list("kind", flat=True))


def test_what_was_signed_stands_until_the_head_signs_the_change(made: World) -> None:
    event = make_event(made, title="Gebyar Resmi")
    session = make_session(made, event)
    with_contact(made, session)
    path = f"events/{event.pk}/"
    change = {"title": "Temu Kader", "place": "Posko", "target_group": "Kader"}
    answer = made["operator"].patch(path, change)
    assert answer.status == 202
    assert answer.json["proposal"]["values"] == change
    assert answer.json["title"] == "Gebyar Resmi"
    for page in ("/jadwal/", "/jadwal.ics"):
        text = Client().get(page).content.decode()
        assert "Gebyar Resmi" in text
        assert "Temu Kader" not in text
    with_contact(made, session)
    assert told() == []
    assert made["operator"].post(f"{path}change/sign/", {}).status == 403
    version = shown(made, event.pk)["version"]
    signed = made["head"].post(f"{path}change/sign/", {"version": version})
    assert (signed.status, signed.json["title"], signed.json["proposal"]) == (
        200,
        "Temu Kader",
        None,
    )
    assert signed.json["version"] != version
    # The session was added after the approval; a signature of the title is none of the session.
    assert [one["what"] for one in signed.json["after_signature"]] == ["session"]
    assert "Temu Kader" in Client().get("/jadwal/").content.decode()
    assert told() == ["changed", "changed"]
    with scoped(EVERYBODY):
        message = Message.objects.filter(kind="changed").select_related("event__village")[0]
        subject, text = words(message)
        assert "Temu Kader" in subject
        assert "Posko" in text
        assert EventChange.objects.get().decided_by_id == made["head"].actor.user_id
        newest = EventSignature.objects.filter(event=event).latest("pk")
        assert newest.content["facts"]["title"] == "Temu Kader"
    assert made["head"].post(f"{path}change/sign/", {}).json["type"] == "/problems/no-change"


def test_a_change_that_was_changed_again_is_not_signed_unseen(made: World) -> None:
    event = make_event(made)
    path = f"events/{event.pk}/"
    made["operator"].patch(path, {"place": "Balai Kota"})
    seen = shown(made, event.pk)["version"]
    second = made["operator"].patch(path, {"title": "Temu Kader"})
    assert second.json["proposal"]["values"] == {"place": "Balai Kota", "title": "Temu Kader"}
    refused(made["head"].post(f"{path}change/sign/", {"version": seen}), "usulan perubahan")
    assert shown(made, event.pk)["title"] == event.title
    with scoped(EVERYBODY):
        assert EventChange.objects.filter(state="pending").count() == 1
    back = made["operator"].patch(path, {"place": event.place, "title": event.title})
    assert (back.status, back.json["proposal"]) == (202, None)


def test_a_change_is_withdrawn_once(made: World) -> None:
    event = make_event(made)
    path = f"events/{event.pk}/"
    made["operator"].patch(path, {"place": "Posko"})
    assert made["neighbour"].post(f"{path}change/withdraw/", {}).status == 404
    assert made["operator"].post(f"{path}change/withdraw/", {}).json["proposal"] is None
    assert made["operator"].post(f"{path}change/withdraw/", {}).status == 409
    assert shown(made, event.pk)["place"] == event.place
    made["operator"].patch(path, {"place": "Posko"})
    head = made["head"].actor
    with scoped(head.scope):
        cancel_event(by=head, event=event, reason="Banjir")
        assert not EventChange.objects.filter(state="pending").exists()
    assert made["operator"].patch(path, {"place": "X"}).json["type"] == "/problems/event-over"


def test_what_a_head_could_not_sign_is_not_proposed(made: World) -> None:
    event = make_event(made)
    make_session(made, event)
    path = f"events/{event.pk}/"
    for change, pointer in (
        ({"ends_on": str(today() - timedelta(days=9))}, "/starts_at"),
        ({"village": "13.06.01.2001"}, "/village"),
        ({"services": ["recording"]}, "/services"),
        ({"kind": "holiday_opening"}, "/holiday_reason"),
    ):
        answer = made["operator"].patch(path, change)
        assert answer.status == 422, answer.json
        assert answer.json["errors"][0]["pointer"] == pointer
    assert shown(made, event.pk)["proposal"] is None
    assert made["operator"].patch(path, {"state": "closed"}).status == 422


def test_days_that_are_signed_take_sessions_and_bookings_along(made: World) -> None:
    first = today() + timedelta(days=3)
    event = make_event(made, starts_on=first, ends_on=first)
    by = made["operator"].actor
    with scoped(by.scope):
        from events.planning.services.sessions import open_session as open_  # noqa: PLC0415

        session = open_(
            by=by,
            event=event,
            starts_at=at(8, 0, first),
            ends_at=at(12, 0, first),
            capacity={"recording": 2},
        )
    made["head"].post(f"events/{event.pk}/seen/", {})
    with_contact(made, session)
    later = first + timedelta(days=7)
    days = {"starts_on": str(later), "ends_on": str(later)}
    assert made["operator"].patch(f"events/{event.pk}/", days).status == 202
    session.refresh_from_db()
    assert session.starts_at == at(8, 0, first)
    signed = made["head"].post(f"events/{event.pk}/change/sign/", {})
    assert (signed.json["starts_on"], signed.json["after_signature"]) == (str(later), [])
    session.refresh_from_db()
    assert session.starts_at == at(8, 0, later)
    assert told() == ["moved"]


@pytest.mark.contexts
def test_a_clerks_move_waits_on_the_page_beside_what_was_signed(
    made: World, browser: Browser
) -> None:
    first = today() + timedelta(days=3)
    event = make_event(made, starts_on=first, ends_on=first)
    clerk, path = browser("operator"), f"/kegiatan/{event.pk}/"
    page = clerk.get(f"{path}pindah/")
    assert "menunggu kepala" in page.content.decode()
    move = {
        "starts_on": str(first + timedelta(days=1)),
        "version": page.context["form"]["version"].value(),
    }
    assert clerk.post(f"{path}pindah/", move).status_code == 302
    edit = clerk.get(f"{path}ubah/").context["form"]
    assert str(edit["starts_on"].value()) == move["starts_on"]
    text = clerk.get(path).content.decode()
    assert "Perubahan yang menunggu kepala" in text
    assert "Tandatangani perubahan" not in text
    head = browser("head")
    page = head.get(path)
    assert "Tandatangani perubahan" in page.content.decode()
    old = {"do": "sign-change", "version": page.context["standing"].version}
    made["operator"].patch(f"events/{event.pk}/", {"title": "Lain"})
    told_so = head.post(path, old, follow=True).content.decode()
    assert "diubah orang lain" in told_so
    assert shown(made, event.pk)["starts_on"] == str(first)
    new = {"do": "sign-change", "version": head.get(path).context["standing"].version}
    head.post(path, new)
    assert shown(made, event.pk)["starts_on"] == move["starts_on"]
    assert shown(made, event.pk)["title"] == "Lain"


def test_a_heads_own_change_is_signed_at_once_and_told(made: World) -> None:
    event = make_event(made)
    with_contact(made, make_session(made, event))
    answer = made["head"].patch(f"events/{event.pk}/", {"place": "Balai Kota"})
    assert (answer.status, answer.json["place"]) == (200, "Balai Kota")
    assert answer.json["neutrality_signed_at"] > event.neutrality_signed_at.isoformat()[:19]
    assert told() == ["changed"]
    refused(
        made["head"].patch(
            f"events/{event.pk}/", {"place": "Aula", "version": "0" * 16 + "-" + "0" * 33}
        )
    )
    with scoped(EVERYBODY):
        assert EventSignature.objects.filter(event=event).count() == 2


# --- sessions, places and costs after the signature -----------------------------------------------


@pytest.mark.contexts
def test_what_is_added_after_the_signature_is_marked_until_the_head_has_seen_it(
    made: World, browser: Browser
) -> None:
    event = make_event(made)
    session = make_session(made, event, {"recording": 10})
    head = made["head"]
    assert head.post(f"events/{event.pk}/seen/", {}).json["after_signature"] == []
    by = made["operator"].actor
    made["operator"].patch(f"sessions/{session.pk}/", {"capacity": {"recording": 8}})
    assert shown(made, event.pk)["after_signature"] == []
    made["operator"].patch(f"sessions/{session.pk}/", {"capacity": {"recording": 12}})
    added = open_session(made, str(event.pk), recording=3)
    with scoped(by.scope):
        set_costs(by=by, event=event, costs={"meals": (500, None), "rent": (0, None)})
    later = shown(made, event.pk)["after_signature"]
    assert [(one["what"], one["name"], one["signed"], one["now"]) for one in later] == [
        ("places", "recording", 10, 12),
        ("session", "", None, 3),
        ("cost", "meals", 0, 500),
    ]
    assert later[1]["session"] == added["id"]
    # A head who changes the title has not seen the sessions.
    assert head.patch(f"events/{event.pk}/", {"title": "Lain"}).json["after_signature"] == later
    for name in ("operator", "head"):
        page = browser(name).get(f"/kegiatan/{event.pk}/").content.decode()
        assert page.count("setelah tanda tangan") == 2
        assert "Setelah tanda tangan" in page
        assert ("Saya sudah melihatnya" in page) == (name == "head")
    assert made["operator"].post(f"events/{event.pk}/seen/", {}).status == 403
    seen = shown(made, event.pk)["version"]
    made["operator"].patch(f"sessions/{session.pk}/", {"capacity": {"recording": 99}})
    refused(head.post(f"events/{event.pk}/seen/", {"version": seen}), "jumlah kuota")
    client = browser("head")
    page = client.get(f"/kegiatan/{event.pk}/")
    client.post(
        f"/kegiatan/{event.pk}/", {"do": "seen", "version": page.context["standing"].version}
    )
    assert shown(made, event.pk)["after_signature"] == []


def test_a_draft_has_nothing_to_see_after_a_signature(made: World) -> None:
    event = draft(made)["id"]
    assert made["head"].post(f"events/{event}/seen/", {}).json["type"] == "/problems/event-state"


# --- the database ---------------------------------------------------------------------------------


def broken(sql: str, params: Any) -> str:
    with (  # noqa: PT012
        pytest.raises(DatabaseError) as error,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, params)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    refusal = from_database(error.value)
    assert refusal is not None
    return refusal.code


def test_the_database_keeps_an_approved_event_as_it_was_signed(made: World) -> None:
    """As `web`, past every verb."""
    event = make_event(made)
    for column, value in (
        ("title", "Kampanye"),
        ("place", "Posko"),
        ("target_group", "Kader"),
        ("ends_on", today() + timedelta(days=2)),
        ("kind", "outreach"),
        ("by_invitation", True),
    ):
        sql = f"UPDATE events_serviceevent SET {column} = %s WHERE id = %s"
        assert broken(sql, [value, event.pk]) == "event-unsigned"
    made["operator"].patch(f"events/{event.pk}/", {"title": "Lain"})
    again = EventChange.objects.get()
    with pytest.raises(DomainError) as refusal:
        change_waits_twice(again)
    assert refusal.value.code == "change-open"
    sql = 'UPDATE events_eventchange SET values = \'{"title": "Kampanye"}\' WHERE id = %s'
    assert broken(sql, [again.pk]) == "change-decided"
    made["operator"].post(f"events/{event.pk}/change/withdraw/", {})
    sql = "UPDATE events_eventchange SET state = 'accepted' WHERE id = %s"
    assert broken(sql, [again.pk]) == "change-decided"


def change_waits_twice(change: EventChange) -> None:
    from dukcapil.core.db import service  # noqa: PLC0415

    @service
    def again() -> None:
        EventChange.objects.create(
            event_id=change.event_id,
            values=change.values,
            against="x",
            proposed_by_id=change.proposed_by_id,
        )

    again()


def test_an_event_is_not_approved_without_a_signature_of_it(made: World) -> None:
    event = draft(made)["id"]
    sql = (
        "UPDATE events_serviceevent SET state = 'approved', neutrality_signed_at = now(),"
        " neutrality_signed_by_id = %s WHERE id = %s"
    )
    assert broken(sql, [made["head"].actor.user_id, event]) == "event-unsigned"


def test_an_approval_and_a_change_at_the_same_moment_sign_nothing_unseen(kept: World) -> None:
    operator, head = kept["operator"].actor, kept["head"].actor
    for number in range(4):
        with scoped(operator.scope):
            event = plan_event(
                by=operator,
                title=f"Gebyar {number}",
                kind="gebyar",
                office=Region.objects.get(pk="13.75"),
                village=Region.objects.get(pk="13.75.01.1001"),
                place="Aula",
                starts_on=today(),
                ends_on=today(),
                services=["recording"],
            )
        seen = shown(kept, event.pk)["version"]

        def sign(event: ServiceEvent = event, seen: str = seen) -> Any:
            with scoped(head.scope):
                return open_to_booking(by=head, event=event, neutrality_signed=True, version=seen)

        def change(event: ServiceEvent = event) -> Any:
            with scoped(operator.scope):
                return change_event(by=operator, event=event, title="Kampanye")

        results = at_once(sign, change)
        with scoped(EVERYBODY):
            present = ServiceEvent.objects.get(pk=event.pk)
            signatures = list(EventSignature.objects.filter(event=event))
        if isinstance(results[0], Conflict):
            assert results[0].code == "changed-meanwhile"
            assert (present.state, present.title, signatures) == ("draft", "Kampanye", [])
        else:
            assert (present.state, present.title) == ("approved", f"Gebyar {number}")
            assert [one.content["facts"] for one in signatures] == [facts_of(present)]
            assert [one.version for one in signatures] == [seen]


# --- versions -------------------------------------------------------------------------------------


def test_a_version_names_the_parts_that_changed() -> None:
    before = {"title": "A", "days": [1, 2], "places": {"recording": 3}}
    after = {**before, "places": {"recording": 4}}
    assert changed_parts(version_of(before), after) == ["places"]
    assert changed_parts(version_of(before), before) == []
    assert changed_parts("tidak", after) == []
    assert version_of({"places": {"a": 1, "b": 2}}) == version_of({"places": {"b": 2, "a": 1}})
    assert len({version_of({"n": n}) for n in range(500)}) == 500


def test_a_signature_that_is_older_than_a_field_holds(made: World) -> None:
    """It has no key of that name; one that has it keeps what it says."""
    event = make_event(made)
    since = {"parking": "belakang 'balai'", "title": "Tanpa nama"}
    with scoped(EVERYBODY):
        sql = f"SELECT {signed_facts(since)} FROM events_eventsignature WHERE event_id = %s"
        [[signed]] = rows(sql, [event.pk])
        assert orjson.loads(signed) == facts_of(event) | {"parking": "belakang 'balai'"}
        [[plain]] = rows(sql.replace(signed_facts(since), signed_facts({})), [event.pk])
    assert orjson.loads(plain) == facts_of(event)


def test_a_younger_field_says_what_events_had_before() -> None:
    """Else whoever reopens an event that was signed before is refused by the database."""
    first = {
        *("title", "kind", "village_id", "place", "place_kind", "target_group", "programme"),
        *("services", "starts_on", "ends_on", "holiday_reason", "kits", "walk_in_percent"),
        *("priority_percent", "by_invitation"),
    }
    assert set(EDITED_FIELDS) - first == SIGNED_SINCE.keys(), "write it into SIGNED_SINCE (enums)"


def test_what_a_head_signs_is_shown() -> None:
    """Each field stands on the page of the plan that is signed."""
    page = (settings.BASE_DIR / "templates/registrations/_signed.html").read_text()
    page += (settings.BASE_DIR / "templates/events/_days.html").read_text()
    unsaid = [name for name in EDITED_FIELDS if name.removesuffix("_id") not in page]
    assert unsaid == [], "a head would sign what nobody shows"


def test_a_field_that_a_head_signs_is_named_when_it_changes() -> None:
    """One that is forgotten there would change in a signed event without a word."""
    named = [name for names in _PARTS_OF_FACTS.values() for name in names]
    assert sorted(named) == sorted(EDITED_FIELDS)
