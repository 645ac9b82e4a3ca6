"""The day as programs outside are promised it, line by line, over HTTP alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from dukcapil.core.ids import uuid7
from tests.documented import document, resolved
from tests.world import VILLAGES, Answer, World, at, make_resident, today

QUARTER = 15 * 60
STATES = {"booked", "checked_in", "served", "came_not_served", "no_show", "cancelled", "moved"}
#: As agreed, and since then that a card can be fetched.
KINDS = {"reminder", "moved_up", "moved", "changed", "cancelled", "card_ready"}
MESSAGE = ("id", "kind", "channel", "state", "due_at", "sent_at", "appointment", "group", "waiting")


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["type"].removeprefix("/problems/")


class Day:
    """An event from today on for two days, and what its office and its head do."""

    def __init__(self, made: World) -> None:
        self.made = made
        self.operator, self.head = made["operator"], made["head"]

    def event(self, first: int = 0, last: int = 1) -> str:
        body = {
            "title": "Gebyar",
            "kind": "gebyar",
            "office": "13.75",
            "village": VILLAGES["13.75"],
            "place": "Aula",
            "starts_on": str(today() + timedelta(days=first)),
            "ends_on": str(today() + timedelta(days=last)),
            "services": ["recording", "ikd_activation"],
        }
        answer = self.operator.post("events/", body)
        assert (answer.status, answer.json["state"]) == (201, "draft")
        return f"events/{answer.json['id']}/"

    def approved(self, first: int = 0, last: int = 1) -> str:
        path = self.event(first, last)
        answer = self.head.post(f"{path}approve/", {"neutrality_signed": True})
        assert (answer.status, answer.json["state"]) == (200, "approved")
        return path

    def session(self, event: str, begins: datetime, ends: datetime) -> str:
        body = {
            "event": event.split("/")[1],
            "starts_at": begins.isoformat(),
            "ends_at": ends.isoformat(),
            "capacity": {"recording": 6},
        }
        answer = self.operator.post("sessions/", body)
        assert answer.status == 201, answer.content
        return f"sessions/{answer.json['id']}/"

    def visit(self, session: str) -> str:
        """Booked, and asked to come no earlier than in the quarter of an hour of the booking."""
        body = {
            "session": session.split("/")[1],
            "resident": str(make_resident(self.made).pk),
            "services": ["recording"],
        }
        answer = self.operator.post("appointments/", body)
        assert (answer.status, answer.json["state"]) == (201, "booked")
        path = f"appointments/{answer.json['id']}/"
        self.not_before_its_booking(path)
        return path

    def not_before_its_booking(self, visit: str) -> None:
        row = self.operator.get(visit).json
        booked = datetime.fromisoformat(row["created_at"]).timestamp()
        expected = datetime.fromisoformat(row["expected_at"]).timestamp()
        assert expected >= booked // QUARTER * QUARTER

    def state(self, visit: str) -> str:
        return str(self.operator.get(visit).json["state"])


def test_an_event_of_the_contract(made: World) -> None:
    day = Day(made)
    head, operator = day.head, day.operator
    path = day.event(3, 3)
    old = operator.get(path).json["version"]
    assert operator.patch(path, {"title": "Gebyar pemula"}).status == 200
    signed: dict[str, Any] = {"neutrality_signed": True}
    assert operator.post(f"{path}approve/", signed).status == 403
    stale = head.post(f"{path}approve/", {**signed, "version": old})
    assert code(stale) == (409, "changed-meanwhile")
    assert operator.get(path).json["state"] == "draft"
    now = {**signed, "version": stale.json["version"]}
    assert head.post(f"{path}approve/", now).json["state"] == "approved"
    for body in ({}, {"reason": ""}, {"reason": "  "}):
        assert code(head.post(f"{path}cancel/", body)) == (422, "reason"), body
    assert head.post(f"{path}cancel/", {"reason": "hujan"}).json["state"] == "cancelled"
    assert operator.post(f"{day.event(3, 3)}cancel/", {}).json["state"] == "cancelled"


def test_sessions_of_the_contract(made: World) -> None:
    day = Day(made)
    made_for = today() + timedelta(days=3)
    event = day.approved(3, 4)
    session = day.session(event, at(20, 0, made_for), at(23, 0, made_for))
    day.visit(session)
    until = at(1, 30, made_for + timedelta(days=1))
    answer = day.operator.patch(
        session, {"ends_at": until.isoformat(), "capacity": {"recording": 7}}
    )
    assert (answer.status, answer.json["capacity"]) == (200, {"recording": 7})
    assert datetime.fromisoformat(answer.json["ends_at"]) == until
    # It belongs to the day on which it begins.
    for which, found in ((made_for, 1), (made_for + timedelta(days=1), 0)):
        rows = day.operator.get(f"sessions/?event={event.split('/')[1]}&date={which}").json
        assert len(rows["results"]) == found
    assert code(day.operator.delete(session)) == (409, "session-booked")
    empty = day.session(event, at(8, 0, made_for), at(9, 0, made_for))
    assert (day.operator.delete(empty).status, day.operator.get(empty).status) == (204, 404)


def test_bringing_an_event_forward_asks_nobody_to_come_before_the_booking(made: World) -> None:
    day = Day(made)
    event = day.approved(3, 3)
    begins = at(0, 0, today() + timedelta(days=3))
    visit = day.visit(day.session(event, begins, begins + timedelta(hours=23, minutes=59)))
    body = {"starts_on": str(today()), "ends_on": str(today())}
    assert day.head.patch(event, body).status == 200
    day.not_before_its_booking(visit)


def test_a_day_of_the_contract(made: World) -> None:
    day = Day(made)
    head, operator = day.head, day.operator
    event = day.approved()
    session = day.session(event, at(0, 1), at(23, 59))
    served, came, missing, gone = (day.visit(session) for _n in range(4))
    for visit in (served, came):
        assert operator.post(f"{visit}check-in/", {}).json["state"] == "checked_in"
    undone = operator.post(f"{came}undo-check-in/", {})
    assert (undone.status, undone.json["state"]) == (200, "booked")
    day.not_before_its_booking(came)
    assert operator.post(f"{came}check-in/", {}).json["state"] == "checked_in"
    body = {
        "id": str(uuid7()),
        "service": "recording",
        "outcome": "done",
        "resident": operator.get(served).json["resident"],
        "session": session.split("/")[1],
        "occurred_at": timezone.now().isoformat(),
    }
    assert operator.post("service-records/", body).status == 201
    assert day.state(served) == "served"
    assert operator.post(f"{served}undo-check-in/", {}).status == 409
    assert operator.post(f"{gone}cancel/", {}).json["state"] == "cancelled"
    asks = head.post(f"{event}close/", {})
    assert (asks.status, "before-end" in asks.json["confirm"]) == (409, True)
    assert head.post(f"{event}close/", {"confirm": ["something"]}).status == 409
    closed = head.post(f"{event}close/", {"confirm": asks.json["confirm"]})
    assert (closed.status, closed.json["state"]) == (200, "closed")
    ended = {served: "served", came: "came_not_served", missing: "no_show", gone: "cancelled"}
    assert {visit: day.state(visit) for visit in ended} == ended
    for caller, sent, status in (
        (operator, {"reason": "terlalu cepat"}, 403),
        (head, {}, 422),
        (head, {"reason": " "}, 422),
        (head, {"reason": "terlalu cepat"}, 200),
    ):
        assert caller.post(f"{event}reopen/", sent).status == status, sent
    now = {served: "served", came: "checked_in", missing: "booked", gone: "cancelled"}
    assert {visit: day.state(visit) for visit in now} == now
    # Every state may be asked for, and no other.
    for state in STATES:
        found = operator.get(f"appointments/?event={event.split('/')[1]}&state={state}")
        assert found.status == 200, state
        assert {row["state"] for row in found.json["results"]} <= {state}
    assert operator.get("appointments/?state=lost").status == 422


def test_messages_and_states_of_the_contract_in_the_document() -> None:
    row, visit = (rows_of(path) for path in ("/api/v1/messages/", "/api/v1/appointments/"))
    assert tuple(row) == MESSAGE
    kinds, states = (set(resolved(row[name])["enum"]) for name in ("kind", "state"))
    assert (kinds, states) == (KINDS, {"waiting", "sent", "failed", "dropped"})
    assert set(resolved(visit["state"])["enum"]) == STATES


def rows_of(path: str) -> dict[str, Any]:
    said = document()["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    listed = resolved(said["schema"])["properties"]["results"]
    return dict(resolved(listed["items"])["properties"])
