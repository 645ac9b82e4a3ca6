"""Cards and records: which failure spoils a card how, what a void asks, and what no correction moves."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone, translation

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.crypto import keyed_hash
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Asks, Invalid, from_database
from dukcapil.core.ids import uuid7
from events.planning.models.event import NotedCards
from events.stock.models import Movement, StockAccount
from events.stock.selectors import bag_of
from events.stock.services.counting import count
from events.stock.services.moving import move
from registrations.booking.services.appointments import book
from registrations.corrections.services.correcting import correct
from registrations.corrections.services.merging import merge
from registrations.ledger.enums import CardFate, CardUsed, Failure
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.corrections import accept_record, void_record
from registrations.ledger.services.entries import Lookup, canonical, placed, prepare
from registrations.ledger.services.ledger import append, log_service
from registrations.ledger.validators import NO_CARD_LEFT, cards_spoiled_by
from registrations.lifecycle.services.events import close_event
from reports.closing.selectors.closing import closing, minutes
from reports.closing.selectors.recap import recap
from tests.events.test_resources import lent, now_acting
from tests.reports.test_build import built
from tests.roles import sound
from tests.world import World, entry, make_event, make_resident, make_session, record, today

Browser = Callable[[str], Client]
BUKITTINGGI, AGAM = "13.75", "13.06"
TEAM = [{"name": "Siti Contoh", "function": "Kasi"}]


def opened(made: World, cards: int, office: str = BUKITTINGGI, item: str = "card") -> None:
    """The store of an office, counted an hour ago."""
    by = made["operator" if office == BUKITTINGGI else "neighbour"].actor
    with scoped(by.scope):
        count(
            by=by,
            count_id=uuid7(),
            account=f"office:{office}",
            item=item,
            physical=cards,
            counted_at=timezone.now() - timedelta(hours=1),
            team=TEAM,
        )


def moved(made: World, source: str, target: str, quantity: int, ago: int = 0) -> None:
    by = made["operator"].actor
    with scoped(by.scope):
        move(
            by=by,
            movement_id=uuid7(),
            item="card",
            source=source,
            target=target,
            quantity=quantity,
            document="BAST 1",
            occurred_at=timezone.now() - timedelta(minutes=ago),
        )


def stock(item: str = "card") -> dict[str, int]:
    """kind (with class) -> cards there, of all accounts in which something is or was."""
    with scoped(EVERYBODY):
        rows = StockAccount.objects.filter(item=item).exclude(moves=0).exclude(kind="opening")
        return {
            f"{row.kind}:{row.card_class}" if row.card_class else row.kind: row.balance
            for row in rows
            if row.office_id != AGAM
        }


def moves() -> int:
    with scoped(EVERYBODY):
        return Movement.objects.exclude(record=None).count()


def printed(made: World, person: Any = None, **changes: Any) -> ServiceRecord:
    return record(made, person or make_resident(made), "card_print", **changes)


# --- one table ------------------------------------------------------------------------------------


def test_the_reason_of_a_failure_says_how_a_card_may_be_spoiled(made: World) -> None:
    """Every service, reason and word: the batch, as offline rows come, and the table in the ledger agree."""
    person = make_resident(made)
    by = made["operator"].actor
    rows, expected = [], []
    for service in ("card_print", "child_card", "recording", "suket"):
        whole = service in ("card_print", "child_card")
        failures = Failure.values if whole else ["device", "other"]
        for outcome, reasons in (("failed", failures), ("done", [""])):
            for reason in reasons:
                for word in CardUsed.values:
                    may = outcome == "failed" and service in ("card_print", "child_card")
                    may = may and (word == "none" or word in cards_spoiled_by(service, reason))
                    rows.append(
                        entry(person, service, outcome=outcome, reason=reason, card_used=word)
                    )
                    expected.append(may)
    bodies = [
        {
            **{k: v for k, v in row.__dict__.items() if v not in (None, "")},
            "id": str(row.id),
            "resident": str(person.pk),
            "occurred_at": row.occurred_at.isoformat(),
        }
        for row in rows
    ]
    answers = made["operator"].post("service-records/batch/", {"records": bodies}).json["results"]
    took = [answer["status"] != "rejected" for answer in answers]
    assert took == expected
    pointers = {
        answer["problem"]["errors"][0]["pointer"] for answer in answers if "problem" in answer
    }
    assert pointers == {"/card_used"}
    # Known by name: who went home spoiled nothing, a device spoils in every way, a KIA has no chip.
    assert (
        len(cards_spoiled_by("card_print", "device")),
        cards_spoiled_by("card_print", "left"),
    ) == (
        4,
        (),
    )
    assert "spoiled:no_chip" not in cards_spoiled_by("child_card", "other")
    # Past every check in Python the ledger says the same.
    with scoped(by.scope):
        for row, may in [(rows[n], expected[n]) for n in range(0, len(rows), 11)]:
            said = replace(row, id=uuid7())
            plain = replace(said, card_used="")
            lookup = Lookup.of(by, [plain])
            place = placed(lookup, plain)
            lookup.find_people([(plain, place)])
            draft = replace(prepare(lookup, plain, place, asks=False), entry=said)
            try:
                with transaction.atomic():
                    append(by, [draft])
                stood = True
            except DatabaseError as error:
                refusal = from_database(error)
                stood = refusal is None or refusal.code != "card-used"
            if row.service in ("card_print", "child_card", "suket"):
                assert stood == may, (row.service, row.outcome, row.reason, row.card_used)


def test_what_was_logged_before_there_was_such_a_word_is_sent_again_as_it_was(made: World) -> None:
    person = make_resident(made)
    row = entry(person, "card_print", outcome="failed", reason="device")
    before = {
        name: getattr(row, name)
        for name in (
            *("id", "service", "outcome", "reason", "resident", "nik", "ticket", "session"),
            *("event", "device", "note"),
        )
    }
    before["occurred_at"] = row.occurred_at.astimezone(UTC)
    assert row.payload_hash() == keyed_hash(canonical(before))
    assert replace(row, card_used="none").payload_hash() != row.payload_hash()
    with scoped(EVERYBODY):
        said = printed(made, outcome="failed", reason="device", card_used="spoiled:print")
        hashes = ServiceRecord.objects.raw(
            "SELECT id, hash = ledger_hash(led) AS same, hash = ledger_hash(jsonb_populate_record("
            ' led, \'{"card_used": ""}\')) AS silent FROM registrations_servicerecord led'
            " WHERE id = %s",
            [said.pk],
        )
        assert [(row.same, row.silent) for row in hashes] == [(True, False)]


# --- taking back ----------------------------------------------------------------------------------


def test_a_void_asks_only_of_a_print_that_was_done(made: World) -> None:
    opened(made, 100)
    opened(made, 100, item="child_card")
    operator = made["operator"]

    def void(row: ServiceRecord, **body: str) -> Any:
        return operator.post(f"service-records/{row.pk}/void/", {"reason": "Salah orang", **body})

    row = printed(made)
    without = void(row)
    assert (without.status, without.json["type"]) == (422, "/problems/card-needed")
    assert without.json["errors"][0]["pointer"] == "/card"
    assert void(row, card="spoiled").status == void(row, card="none").status == 422
    assert stock() == {"office": 99, "printed": 1}
    gone = void(row, card="never_used")
    assert (gone.status, gone.json["card_used"]) == (201, "never_used")
    # Sent again, with or without the word, it moves no card once more.
    assert (void(row, card="never_used").status, void(row).status) == (200, 200)
    assert stock() == {"office": 100, "printed": 0}
    assert void(printed(made), card="spoiled:physical").status == 201
    assert stock() == {"office": 99, "printed": 0, "spoiled:physical": 1}

    failed = printed(made, outcome="failed", reason="power", card_used="spoiled:encode")
    assert void(failed, card="never_used").status == 422
    assert void(failed).status == 201
    assert stock()["spoiled:encode"] == 1
    other = record(made, make_resident(made), "family_card")
    assert void(other, card="never_used").status == 422
    assert void(other).status == 201

    kia = record(made, make_resident(made), "child_card")
    assert (void(kia).status, void(kia, card="spoiled:no_chip").status) == (422, 422)
    assert stock("child_card") == {"office": 99, "printed": 1}
    assert void(kia, card="spoiled:print").status == 201
    assert stock("child_card") == {"office": 99, "printed": 0, "spoiled:print": 1}
    # A void itself is no record.
    with scoped(EVERYBODY):
        itself = ServiceRecord.objects.get(ref=row)
    assert void(itself, card="never_used").json["type"] == "/problems/not-a-record"


@pytest.mark.parametrize("where", ["desk", "counter", "person", "set-aside"])
def test_a_page_asks_what_became_of_the_card_and_chooses_nothing(
    made: World, browser: Browser, where: str
) -> None:
    opened(made, 10)
    session = make_session(made, make_event(made))
    aside = where == "set-aside"
    row = _set_aside_print(made) if aside else printed(made, event=session.event_id)
    path, form = {
        "desk": (f"/sesi/{session.pk}/meja/", {"record": row.pk}),
        "counter": (f"/layanan/?session=&last={row.pk}", {}),
        "person": (f"/penduduk/{row.resident_id}/", {"record": row.pk}),
        "set-aside": ("/verifikasi/", {"record": row.pk}),
    }[where]
    client = browser("head" if aside else "operator")
    form = {"do": "void", "reason": "salah orang", **form}
    html = client.post(path, form).content.decode()
    question = html[html.index('class="alert alert-warning question"') :].partition("</form>")[0]
    radios = re.findall(r"<input[^>]*type=\"radio\"[^>]*>", question)
    assert re.findall(r'value="([^"]+)"', "".join(radios)) == CardFate.values
    assert not [one for one in radios if "checked" in one]
    assert 'name="reason" value="salah orang"' in question
    with scoped("*"):
        assert not ServiceRecord.objects.filter(ref=row).exists()
    client.post(path, {**form, "card": "spoiled:print"})
    with scoped("*"):
        assert ServiceRecord.objects.get(ref=row).card_used == "spoiled:print"
    assert stock()["spoiled:print"] == 1


def _set_aside_print(made: World) -> ServiceRecord:
    person = make_resident(made)
    row = entry(person, "card_print", reason="first_card")
    made["operator"].post(
        "service-records/batch/",
        {
            "records": [
                {
                    "id": str(row.id),
                    "service": "card_print",
                    "outcome": "done",
                    "reason": "first_card",
                    "resident": str(person.pk),
                    "occurred_at": row.occurred_at.isoformat(),
                }
            ]
        },
    )
    with scoped(EVERYBODY):
        return ServiceRecord.objects.get(pk=row.id)


@pytest.mark.contexts
def test_the_desk_asks_where_a_card_may_have_been_spoiled(made: World, browser: Browser) -> None:
    opened(made, 10)
    client = browser("operator")
    said = {"do": "log", "service": "card_print", "outcome": "failed"}

    def logs(**form: str) -> Any:
        path = f"/layanan/?session=&person={make_resident(made).pk}"
        return client.post(path, {**said, "once": str(uuid7()), **form})

    asked = logs(reason="device")
    assert asked.status_code == 422
    assert "card_used" in asked.context["form"].errors
    assert logs(reason="device", card_used="none").status_code == 302
    assert logs(reason="power", card_used="spoiled:no_chip").status_code == 422
    assert logs(reason="power", card_used="spoiled:print").status_code == 302
    # What was chosen before is dropped where it does not fit: nobody left with a spoiled card.
    assert logs(reason="left", card_used="spoiled:print").status_code == 302
    assert logs(outcome="done", card_used="spoiled:print").status_code == 302
    assert stock() == {"office": 8, "printed": 1, "spoiled:print": 1}


def test_a_lent_clerk_takes_back_what_they_printed(made: World) -> None:
    """Out of the bag of the event's office, whose chain it is; the lender's own store does not move."""
    opened(made, 10)
    opened(made, 10, AGAM)
    event = make_event(made)
    session = make_session(made, event)
    moved(made, "office:13.75", f"event:{event.pk}", 5, ago=30)
    lent(made, event)
    clerk = now_acting("neighbour")
    person, by = make_resident(made), made["operator"].actor
    with scoped(by.scope):
        book(by=by, session=session, resident=person, services=["recording"])
    with scoped(clerk.scope):
        rows = [
            log_service(by=clerk, entry=entry(person, "card_print", session=session.pk))[0]
            for _n in range(2)
        ]
        assert stock() == {"office": 5, "event": 3, "printed": 2}
        void_record(by=clerk, record=rows[0], reason="Salah", card="never_used")
        void_record(by=clerk, record=rows[1], reason="Salah", card="spoiled:print")
    assert stock() == {"office": 5, "event": 4, "printed": 0, "spoiled:print": 1}
    with scoped(EVERYBODY):
        assert StockAccount.objects.get(key="office:13.06", item="card").balance == 10


# --- served although none is left -----------------------------------------------------------------


@pytest.mark.usefixtures("both_roads")  # the one test here that sends what the road answers
def test_a_print_at_an_empty_store_is_served_and_told(made: World, browser: Browser) -> None:
    opened(made, 1)
    person = make_resident(made)

    def body() -> dict[str, Any]:
        return {
            "id": str(uuid7()),
            "service": "card_print",
            "outcome": "done",
            "resident": str(person.pk),
            "occurred_at": timezone.now().isoformat(),
        }

    operator = made["operator"]
    first, second = (operator.post("service-records/", body()) for _n in range(2))
    assert (first.status, first.json["warnings"]) == (201, [])
    assert (second.status, second.json["weight"]) == (201, 1)
    assert [one["code"] for one in second.json["warnings"]] == ["no-card-left"]
    many = operator.post("service-records/batch/", {"records": [body(), body()]})
    assert [row["status"] for row in many.json["results"]] == ["created", "created"]
    assert [row["warnings"][0]["code"] for row in many.json["results"]] == ["no-card-left"] * 2
    assert stock() == {"office": 0, "printed": 4, "difference": -3}
    client = browser("operator")
    answer = client.post(
        f"/layanan/?session=&person={person.pk}",
        {"do": "log", "service": "card_print", "outcome": "done", "once": str(uuid7())},
        follow=True,
    )
    with translation.override("id"):
        assert str(NO_CARD_LEFT) in answer.content.decode()


def test_an_office_without_an_opening_moves_nothing(made: World) -> None:
    row = printed(made)
    failed = printed(made, outcome="failed", reason="other", card_used="spoiled:physical")
    by = made["operator"].actor
    with scoped(by.scope):
        with pytest.raises(Invalid):
            void_record(by=by, record=row, reason="Salah orang")
        void_record(by=by, record=row, reason="Salah orang", card="never_used")
        void_record(by=by, record=failed, reason="Salah orang")
    assert (moves(), stock()) == (0, {})


# --- what moves no card ---------------------------------------------------------------------------


def test_a_set_aside_print_used_its_card_and_no_correction_moves_one(kept: World) -> None:
    opened(kept, 20)
    head, by = kept["head"].actor, kept["operator"].actor
    aside = _set_aside_print(kept)
    assert (aside.weight, stock()) == (0, {"office": 19, "printed": 1})
    with scoped(head.scope):
        accept_record(by=head, record=aside, reason="Kartu lama dilihat")
    assert (moves(), sound()) == (1, [])

    person = make_resident(kept, birth_date=date(1990, 5, 17))
    record(kept, person)
    printed(kept, person, reason="first_card")
    printed(kept, person, outcome="failed", reason="device", card_used="spoiled:encode")
    before = {"office": 17, "printed": 2, "spoiled:encode": 1}
    assert (stock(), moves()) == (before, 3)
    # The birth date was wrong from the start: rows are written anew.
    village = person.village_id[:-1] + ("2" if person.village_id[-1] == "1" else "1")
    with scoped(head.scope):
        correct(
            by=head,
            resident=person,
            changes={"birth_date": "2007-11-20", "village": village},
            reason="Akta dilihat",
            confirm=["moves-figures", "look-alike"],
        )
    with scoped(EVERYBODY):
        standing = ServiceRecord.objects.filter(
            resident=person, row_kind="record", service="card_print"
        )
        assert standing.count() > 2
        assert (
            "spoiled:encode"
            in standing.latest("seq").card_used + standing.earliest("seq").card_used
        )
    assert (stock(), sound()) == (before, [])
    # Two rows of one person become one.
    other = make_resident(kept)
    printed(kept, other)
    before = before | {"office": 16, "printed": 3}
    assert stock() == before
    with scoped(head.scope):
        merge(by=head, resident=other, into=person, reason="Orang yang sama")
    assert (stock(), sound()) == (before, [])
    # What was written anew is taken back like any other: each card once.
    with scoped(EVERYBODY):
        void = set(ServiceRecord.objects.filter(row_kind="void").values_list("ref", flat=True))
        left = [
            row
            for row in ServiceRecord.objects.filter(
                resident=person, service="card_print", outcome="done", row_kind="record"
            )
            if row.pk not in void
        ]
    assert len(left) == 2
    with scoped(by.scope):
        void_record(by=by, record=left[0], reason="Salah orang", card="never_used")
        void_record(by=by, record=left[1], reason="Salah orang", card="spoiled:print")
    assert stock() == before | {"office": 17, "printed": 1, "spoiled:print": 1}
    assert sound() == []


# --- a day with a bag -----------------------------------------------------------------------------


def test_a_day_with_a_bag_agrees_to_the_card(kept: World) -> None:
    """50 out; 40 printed, 2 spoiled; one of the 40 for the wrong person, taken back and printed again; 7 come
    back and are counted.
    """
    opened(kept, 1000)
    event = make_event(kept, services=["card_print", "recording"])
    session = make_session(kept, event, {"card_print": 50})
    bag, by, head = f"event:{event.pk}", kept["operator"].actor, kept["head"].actor
    moved(kept, "office:13.75", bag, 50, ago=30)
    people = [make_resident(kept) for _n in range(4)]

    def prints(n: int, **changes: Any) -> list[ServiceRecord]:
        rows = [entry(people[k % 4], "card_print", session=session.pk, **changes) for k in range(n)]
        with scoped(by.scope):
            return [log_service(by=by, entry=row)[0] for row in rows]

    done = prints(40)
    prints(1, outcome="failed", reason="power", card_used="spoiled:encode")
    prints(1, outcome="failed", reason="device", card_used="spoiled:physical")
    prints(1, outcome="failed", reason="left")
    with scoped(by.scope):
        void_record(by=by, record=done[7], reason="Salah orang", card="spoiled:print")
    prints(1)
    with scoped(head.scope), pytest.raises(Asks) as asked:
        close_event(by=head, event=event, confirm=("before-end", "people-waiting"))
    assert asked.value.words == ("cards-left",)
    assert "7" in str(asked.value.message)
    with scoped(by.scope), translation.override("en"):
        sections = {section.title: section for section in closing(by, event).sections}
        assert ["Not brought back", 7] in sections["Blank cards"].rows
    moved(kept, bag, "office:13.75", 7)
    with scoped(by.scope):
        count(
            by=by,
            count_id=uuid7(),
            account="office:13.75",
            item="card",
            physical=957,
            counted_at=timezone.now(),
            team=TEAM,
        )
        found = bag_of(event.pk)
    assert (found.taken, found.printed, found.spoiled, found.returned) == (50, 40, 3, 7)
    assert (found.left, found.difference) == (0, 0)
    with scoped(head.scope):
        event = close_event(by=head, event=event, confirm=("before-end",))
    # What an earlier release noted by hand stays to be read, and nobody who serves writes it any more.
    noted = NotedCards(event=event, taken=20, printed=15, rejected=1, returned=4)
    with scoped(EVERYBODY), pytest.raises(DatabaseError), transaction.atomic():
        noted.save(force_insert=True)
    use_role("owner")
    noted.save(force_insert=True)
    use_role("web")
    assert stock() == {
        "office": 957,
        "event": 0,
        "printed": 40,
        "spoiled:encode": 1,
        "spoiled:physical": 1,
        "spoiled:print": 1,
    }
    with scoped(by.scope), translation.override("en"):
        for report in (closing(by, event), minutes(by, event)):
            sections = {section.title: section for section in report.sections}
            cards = dict(sections["Blank cards"].rows)
            assert cards == {
                "Taken along": 50,
                "Printed well": 40,
                "Spoiled": 3,
                "Brought back": 7,
                "Not brought back": 0,
            }
            assert [row[1] for row in sections["Blank cards, noted by hand"].rows] == [20, 15, 1, 4]
            services = {row[0]: row for row in sections["Services"].rows}
            assert services["Card printed"][2] == cards["Printed well"]
            assert services["Card printed"][-1] == 3
        figures = dict(recap(by, today() - timedelta(days=1), today()).figures)
        assert figures["Blank cards taken along"] == 50
        assert figures["Blank cards spoiled"] == 3
        assert figures["Blank cards not brought back"] == 0
    built()
    day = kept["head"].get(f"daily-reports/?region=13.75&date={today()}").json["results"][0]
    assert day["cards_printed"] == 40
    assert sound() == []
