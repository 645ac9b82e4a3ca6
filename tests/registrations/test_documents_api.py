"""Documents over the API: the same verbs as the page, sent twice once, and what no door lets through."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from dukcapil.accounts.scoping import scoped
from dukcapil.core.ids import uuid7
from events.planning.enums import BRING, Service
from registrations.documents.models import DocumentRequest
from registrations.documents.selectors import document_version
from registrations.ledger.models import ServiceRecord
from registrations.people.models import Resident
from tests.world import AGAM, Answer, World, looks, make_event, make_resident, today

_KK = [str(paper) for paper in BRING[Service.FAMILY_CARD]]
_PAPER = {"kind": "letter", "number": "12/2026", "issuer": "Wali nagari"}


def code_of(answer: Answer) -> str:
    return str(answer.json["type"]).rpartition("/")[2]


def body_of(person: Resident, **changes: Any) -> dict[str, Any]:
    values = {"service": "family_card", "for_whom": "family", "here": _KK}
    return {"id": str(uuid7()), "resident": str(person.pk), **values, **changes}


def asked(made: World, person: Resident, **changes: Any) -> Answer:
    return made["operator"].post("documents/", body_of(person, **changes))


def step(made: World, document: str, verb: str, who: str = "operator", **body: Any) -> Answer:
    return made[who].post(f"documents/{document}/{verb}/", body)


def ready(made: World, person: Resident, **changes: Any) -> str:
    document = str(asked(made, person, **changes).json["id"])
    for state in ("in_work", "ready"):
        assert step(made, document, "move", state=state).status == 200
    return document


def dies(made: World, person: Resident) -> None:
    told = {"resident": str(person.pk), "outcome": "deceased"}
    evidence = {**_PAPER, "date": str(today() - timedelta(days=9))}
    found = made["operator"].post("findings/", {**told, "evidence": evidence})
    assert found.status == 201, found.json
    accepted = made["head"].post(f"findings/{found.json['id']}/decide/", {"accept": True})
    assert accepted.status == 200, accepted.json


def in_ledger(made: World) -> int:
    by = made["operator"].actor
    with scoped(by.scope):
        return ServiceRecord.objects.visible_to(by).count()


def test_from_the_papers_to_the_hand_over(made: World) -> None:
    person = make_resident(made)
    answer = asked(made, person, here=_KK[:1])
    told = answer.json
    assert (answer.status, told["state"], told["lacks"]) == (201, "incomplete", _KK[1:])
    assert (told["resident"], told["event"], told["record"]) == (str(person.pk), None, None)
    document = told["id"]
    assert code_of(step(made, document, "move", state="in_work")) == "papers-missing"
    assert code_of(step(made, document, "papers", here=["Surat lain"])) == "papers"
    assert step(made, document, "papers", here=_KK).json["state"] == "asked"
    seen = step(made, document, "move", state="in_work").json["version"]
    assert step(made, document, "move", state="ready", version=told["version"]).status == 409
    assert step(made, document, "move", state="ready", version=seen).json["state"] == "ready"
    assert in_ledger(made) == 0
    taken = {"relation": "family", "proof": "kk", "name": "Siti Pengambil"}
    out = step(made, document, "hand-over", **taken)
    assert (out.json["state"], out.json["relation"], out.json["proof"]) == (
        *("handed_over", "family", "kk"),
    )
    assert "Siti Pengambil" not in out.content.decode()
    assert in_ledger(made) == 1
    again = step(made, document, "hand-over", **taken)
    assert (again.status, code_of(again), in_ledger(made)) == (409, "document-state", 1)
    assert code_of(step(made, document, "refuse", because="data")) == "document-state"


def test_sent_twice_it_is_one(made: World) -> None:
    person = make_resident(made)
    body = body_of(person, here=_KK[:1])
    first, again = (made["operator"].post("documents/", body) for _n in range(2))
    assert (first.status, again.status) == (201, 200)
    assert first.json == again.json
    for changes in ({"here": _KK}, {"for_whom": "self"}, {"service": "other", "here": []}):
        other = made["operator"].post("documents/", body | changes)
        assert (other.status, code_of(other)) == (409, "document-differs"), changes
    # What was ticked since is no other content.
    step(made, body["id"], "papers", here=_KK)
    later = made["operator"].post("documents/", body)
    assert (later.status, later.json["state"]) == (200, "asked")
    # An id that another office has tells nothing of it.
    neighbour = make_resident(made, AGAM)
    taken = made["neighbour"].post("documents/", body_of(neighbour, id=body["id"]))
    assert (taken.status, code_of(taken)) == (409, "document-differs")
    by = made["operator"].actor
    with scoped(by.scope):
        assert DocumentRequest.objects.visible_to(by).count() == 1


def test_another_offices_is_as_unknown(made: World) -> None:
    own, next_door = make_resident(made), make_resident(made, AGAM)
    document = asked(made, own).json["id"]
    for address in (document, uuid7()):
        here = f"documents/{address}"
        assert made["neighbour"].get(f"{here}/").status == 404
        for verb, body in (
            ("papers", {"here": []}),
            ("move", {"state": "in_work"}),
            ("hand-over", {"relation": "self", "proof": "ktp"}),
            ("refuse", {"because": "data"}),
        ):
            assert made["neighbour"].post(f"{here}/{verb}/", body).status == 404, verb
    for person in (next_door.pk, uuid7()):
        assert made["operator"].post("documents/", body_of(own, resident=person)).status == 404
        assert made["operator"].get(f"documents/?resident={person}").status == 404
    # A province looks and takes no step; who sees no person gets nothing.
    assert made["province_officer"].get(f"documents/{document}/").json["id"] == document
    assert step(made, document, "refuse", "province_officer", because="data").status == 403
    for who in ("nation_viewer", "village_verifier", "api_client"):
        assert made[who].get("documents/").status == 403


def test_a_list_is_masked_and_leaves_a_row(made: World) -> None:
    person = make_resident(made, name="Rahma Contoh")
    event = make_event(made)
    document = asked(made, person, event=str(event.pk)).json["id"]
    asked(made, make_resident(made), service="other", for_whom="self", here=[])
    operator = made["operator"]
    listed = operator.get(f"documents/?event={event.pk}&state=asked").json["results"]
    assert [row["id"] for row in listed] == [document]
    assert listed[0]["name"] == "Rahma Contoh"
    assert "•" in listed[0]["nik_masked"]
    assert [row.subject for row in looks(action="view", kind="resident")][-1] == str(person.pk)
    assert len(operator.get("documents/").json["results"]) == 2
    assert operator.get("documents/?state=ready").json["results"] == []
    assert operator.get("documents/?service=other").json["results"][0]["lacks"]
    assert operator.get("documents/?state=lost").status == 422
    page = operator.get("documents/?limit=1")
    assert 'rel="next"' in page.headers["Link"]


def test_who_cannot_ask(made: World) -> None:
    dead, born = make_resident(made), today() - timedelta(days=365 * 9)
    child = make_resident(made, birth_date=born)
    parent = make_resident(made)
    dies(made, dead)
    assert code_of(asked(made, dead)) == "found-dead"
    young = asked(made, child, service="child_card_over_5", for_whom="child", here=[])
    assert (young.status, code_of(young)) == (422, "parent-needed")
    assert asked(made, parent, service="child_card_over_5", for_whom="child", here=[]).status == 201
    alone = asked(made, parent, service="death_certificate", for_whom="family", here=[])
    assert (alone.status, code_of(alone)) == (422, "for-whom")
    assert asked(made, parent, service="recording").status == 422
    later = make_event(
        made, starts_on=today() + timedelta(days=2), ends_on=today() + timedelta(days=2)
    )
    early = asked(made, parent, event=str(later.pk))
    assert (early.status, code_of(early)) == (422, "outside-event")


def test_who_died_meanwhile_does_not_take_it(made: World) -> None:
    person = make_resident(made)
    document = ready(made, person)
    dies(made, person)
    gone = step(made, document, "hand-over", relation="self", proof="ktp")
    assert (gone.status, code_of(gone)) == (409, "found-dead")
    taken = {"relation": "family", "proof": "kk", "name": "Siti"}
    assert step(made, document, "hand-over", **taken).json["state"] == "handed_over"


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("hand-over", {"relation": "family", "proof": "kk"}, "name"),
        ("hand-over", {"relation": "self"}, "proof"),
        ("hand-over", {"relation": "self", "proof": "ktp", "handed_at": "2026-01-01"}, "handed_at"),
        ("refuse", {"because": "gone"}, "because"),
        ("refuse", {}, "because"),
        ("move", {"state": "handed_over"}, "state"),
    ],
)
def test_what_a_step_needs(made: World, verb: str, body: dict[str, Any], field: str) -> None:
    answer = step(made, ready(made, make_resident(made)), verb, **body)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, f"/{field}")


def test_page_and_api_are_one(made: World, client: Client) -> None:
    person = make_resident(made)
    document = asked(made, person, here=_KK[:1]).json
    client.force_login(made["operator"].user)
    path = f"/dokumen/{document['id']}/"
    assert _KK[1] in client.get(path).content.decode()
    sent = {"do": "papers", "here": _KK, "version": document["version"], "shown": "here"}
    client.post(path, sent)
    told = made["operator"].get(f"documents/{document['id']}/").json
    by = made["operator"].actor
    with scoped(by.scope):
        row = DocumentRequest.objects.visible_to(by).get()
        assert (told["state"], told["version"]) == (row.state, document_version(row))


def test_counts_without_persons(made: World) -> None:
    operator, day = made["operator"], str(today())
    body = {"day": day, "counts": {"moving": 3, "marriage": 0}, "version": ""}
    said = operator.post("office-counts/", body)
    assert said.status == 201, said.json
    assert (said.json["counts"]["moving"], said.json["counts"]["marriage"]) == (3, 0)
    assert said.json["counts"]["divorce"] is None
    assert operator.get(f"office-counts/?day={day}").json == said.json
    assert operator.post("office-counts/", body).status == 409
    more = {"day": day, "counts": {"moving": 4}, "version": said.json["version"]}
    assert operator.post("office-counts/", more).json["counts"]["moving"] == 4
    tomorrow = str(today() + timedelta(days=1))
    for changes in (
        {"day": tomorrow},
        {"counts": {"moving": -1}},
        {"counts": {"recording": 1}},
        {"counts": {"moving": 100_001}},
    ):
        assert operator.post("office-counts/", more | changes).status == 422, changes
    elsewhere = make_event(made, AGAM)
    assert operator.post("office-counts/", more | {"event": str(elsewhere.pk)}).status == 404
    # Of the neighbour's own day nobody counted anything.
    assert made["neighbour"].get(f"office-counts/?day={day}").json["counts"]["moving"] is None
    assert made["province_officer"].get("office-counts/").status == 403


def test_totals_are_of_days_and_events(made: World) -> None:
    operator, event, day = made["operator"], make_event(made), today()
    asked(made, make_resident(made), event=str(event.pk))
    asked(made, make_resident(made), here=[])
    operator.post("office-counts/", {"day": str(day), "counts": {"moving": 5}})
    row = {"service": "family_card", "for_whom": "family", "n": 1}
    at_event = {"at": "event", **row, "state": "asked"}
    at_office = {"at": "office", **row, "state": "incomplete"}
    told = operator.get(f"documents/counts/?region=13.75&first={day}").json
    assert told == {
        "asked": [at_event, at_office],
        "counted": [{"at": "office", "what": "moving", "n": 5}],
    }
    assert operator.get(f"documents/counts/?event={event.pk}").json == {
        "asked": [at_event],
        "counted": [],
    }
    whole = made["province_officer"].get(f"documents/counts/?region=13&first={day}&last={day}")
    assert whole.json == told
    before = day - timedelta(days=1)
    none = operator.get(f"documents/counts/?region=13.75&first={before}&last={before}").json
    assert none == {"asked": [], "counted": []}
    for query, status in (
        (f"region=13.06&first={day}", 404),
        (f"event={uuid7()}", 404),
        (f"region=13.75.01.1001&first={day}", 422),
        (f"region=13.75&first={day}&last={before}", 422),
        (f"region=13.75&event={event.pk}", 422),
        ("region=13.75", 422),
    ):
        assert operator.get(f"documents/counts/?{query}").status == status, query
