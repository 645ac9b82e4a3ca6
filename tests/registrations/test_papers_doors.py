"""Every door to a paper asks the same: page, API, batch, acceptance; windows that move with their election and
end at the midnight of their office.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg2
import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override

from dukcapil import embedded
from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Invalid
from dukcapil.core.ids import uuid7
from dukcapil.regions.enums import today_in
from dukcapil.regions.models import Region
from events.elections.models import Election
from registrations.cards.services.statuses import enter_status
from registrations.ledger.models import ServiceRecord
from registrations.papers.enums import PaperKind
from registrations.papers.models import Paper, PaperCounter
from registrations.papers.services.papers import issue
from registrations.papers.services.rules import set_paper_rule
from registrations.people.models import Resident
from registrations.people.services.residents import register
from reports.invariants.papers import PAPERS
from tests import engines
from tests.engines import LONG, dice
from tests.rules import broken_of
from tests.threads import at_once
from tests.world import World, make_caller, make_resident, nik, record, today

SOURCE = "Surat Dirjen 471.13/1"
BORN = date(1990, 5, 17)


def code_of(answer: Any) -> str:
    return str(answer.json["type"]).rpartition("/")[2]


def ruled(
    head: Any, day: date, *, kinds: tuple[str, ...] = ("suket",), opens: int = 30, closes: int = 0
) -> Any:
    office = Region.objects.get(pk=head.office)
    election = Election.objects.create(
        name="Pilkada", kind="pilkada", region_id=office.pk, held_on=day
    )
    with scoped(head.scope):
        for kind in kinds:
            set_paper_rule(
                by=head,
                election=election,
                kind=kind,
                region=office,
                days_before_open=opens,
                days_before_close=closes,
                source=SOURCE,
            )
    return election


def recorded(made: World, **changes: Any) -> Resident:
    person = make_resident(made, **changes)
    record(made, person)
    return person


def told(made: World, person: Resident, code: str, days: int = 1) -> None:
    by, at = made["operator"].actor, timezone.now() - timedelta(days=days)
    with scoped(by.scope):
        enter_status(by=by, resident=person, code=code, at=at, source="SIAK")


def papers() -> list[Paper]:
    with scoped(EVERYBODY):
        return list(Paper.objects.select_related("record").order_by("serial"))


def counted(person: Resident, kind: str = "suket") -> int:
    with scoped(EVERYBODY):
        rows = ServiceRecord.objects.filter(resident=person, service=kind)
        return sum(rows.values_list("weight", flat=True))


def sound() -> None:
    with scoped(EVERYBODY):
        assert broken_of(PAPERS) == []


# --- the doors -------------------------------------------------------------------------------------


def entry(person: Resident, kind: str = "suket", at: datetime | None = None) -> dict[str, str]:
    return {
        "id": str(uuid7()),
        "service": kind,
        "outcome": "done",
        "resident": str(person.pk),
        "occurred_at": (at or timezone.now()).isoformat(),
    }


def by_api(made: World, browser: Callable[[str], Client], who: str, person: Resident) -> str:
    body = {"id": str(uuid7()), "kind": "suket", "resident": str(person.pk), "reason": "Mendesak"}
    answer = made[who].post("papers/", body)
    assert answer.status == 422
    return code_of(answer)


def by_page(made: World, browser: Callable[[str], Client], who: str, person: Resident) -> str:
    form = {"do": "issue", "kind": "suket", "reason": "Mendesak", "once": str(uuid7())}
    answer = browser(who).post(f"/surat/terbit/{person.pk}/", form)
    assert answer.status_code == 422
    return ""


def by_desk(made: World, browser: Callable[[str], Client], who: str, person: Resident) -> str:
    form = {"do": "log", "service": "suket", "outcome": "done", "once": str(uuid7())}
    assert browser(who).post(f"/layanan/?person={person.pk}", form).status_code == 422
    return ""


def by_record(made: World, browser: Callable[[str], Client], who: str, person: Resident) -> str:
    answer = made[who].post("service-records/", entry(person))
    assert answer.status == 422
    assert code_of(answer) in ("paper-needed", "not-recorded-yet", "not-recorded")
    return ""


def by_batch(made: World, browser: Callable[[str], Client], who: str, person: Resident) -> str:
    """Set aside, and neither an acceptance nor the head's page makes it count."""
    answer = made[who].post("service-records/batch/", {"records": [entry(person)]})
    (row,) = answer.json["results"]
    assert (row["status"], row["code"]) == ("set-aside", "paper-needed")
    accepted = made["head"].post(f"service-records/{row['id']}/accept/", {"reason": "Benar"})
    # What the head logged another person accepts.
    assert code_of(accepted) == ("two-people" if who == "head" else "paper-needed")
    form = {"do": "late", "record": row["id"], "reason": "Benar terjadi"}
    assert browser("head").post(f"/surat/terbit/{person.pk}/", form).status_code == 422
    return ""


DOORS = (by_api, by_page, by_desk, by_record, by_batch)


def nobody(made: World) -> Resident:
    return make_resident(made)


def failed(made: World) -> Resident:
    person = make_resident(made)
    told(made, person, "ENROLL_FAILURE_AT_CENTRAL")
    return person


def print_ready(made: World) -> Resident:
    person = recorded(made)
    told(made, person, "PRINT_READY_RECORD")
    return person


def print_ready_by_status_alone(made: World) -> Resident:
    person = make_resident(made)
    told(made, person, "PRINT_READY_RECORD")
    return person


def printed(made: World) -> Resident:
    person = recorded(made)
    record(made, person, "card_print", reason="first_card")
    return person


REFUSED = {
    nobody: "not-recorded-yet",
    failed: "not-recorded-yet",
    print_ready: "card-printed",
    print_ready_by_status_alone: "card-printed",
    printed: "card-printed",
}


def test_no_door_gives_a_suket_to_who_may_have_none(
    made: World, browser: Callable[[str], Client]
) -> None:
    """The batch last: what it set aside stands beside the person then. Of each one the operator has every other
    door and the head the rest, of the next one the other way round; with LONG both have all.
    """
    ruled(made["head"].actor, today() + timedelta(days=5))
    assert DOORS[-1] is by_batch
    turn = dice("doors of papers").randrange(2)
    for number, (of, code) in enumerate(REFUSED.items()):
        person = of(made)
        for place, door in enumerate(DOORS):
            mine = ("operator", "head")[(number + place + turn) % 2]
            for who in ("operator", "head") if LONG else (mine,):
                said = door(made, browser, who, person)
                assert said in ("", code), (of.__name__, door.__name__, who)
            assert counted(person) == 0, (of.__name__, door.__name__)
            assert papers() == [], (of.__name__, door.__name__)
    sound()


def test_the_doors_are_open_for_who_may_have_one(
    made: World, browser: Callable[[str], Client]
) -> None:
    """The control: the same calls, for somebody who is recorded and has no card."""
    ruled(made["head"].actor, today() + timedelta(days=5))
    one, two, three, four = (recorded(made) for _n in range(4))
    body = {"id": str(uuid7()), "kind": "suket", "resident": str(one.pk)}
    assert made["operator"].post("papers/", body).status == 201
    form = {"do": "issue", "kind": "suket", "reason": "", "once": str(uuid7())}
    assert browser("operator").post(f"/surat/terbit/{two.pk}/", form).status_code == 302
    desk = {"do": "log", "service": "suket", "outcome": "done", "once": str(uuid7())}
    assert browser("operator").post(f"/layanan/?person={three.pk}", desk).status_code == 302
    answer = made["operator"].post("service-records/batch/", {"records": [entry(four)]})
    (row,) = answer.json["results"]
    late = {"do": "late", "record": row["id"], "reason": "Benar terjadi"}
    # Another person accepts it than the clerk who logged it.
    assert browser("operator").post(f"/surat/terbit/{four.pk}/", late).status_code == 403
    assert browser("head").post(f"/surat/terbit/{four.pk}/", late).status_code == 302
    assert browser("head").post(f"/surat/terbit/{four.pk}/", late).status_code in (409, 422)
    assert [counted(person) for person in (one, two, three, four)] == [1] * 4
    assert [paper.serial for paper in papers()] == [1, 2, 3, 4]
    sound()


def test_a_paper_voided_twice_is_voided_once(made: World, browser: Callable[[str], Client]) -> None:
    ruled(made["head"].actor, today() + timedelta(days=5))
    person = recorded(made)
    body = {"id": str(uuid7()), "kind": "suket", "resident": str(person.pk)}
    paper = made["operator"].post("papers/", body).json
    form = {"do": "void", "paper": paper["id"], "reason": "Salah cetak"}
    clerk = browser("operator")
    said = [clerk.post("/surat/", form, follow=True).content.decode() for _n in range(2)]
    assert ["Surat ini sudah batal." in page for page in said] == [False, True]
    again = made["operator"].post(f"papers/{paper['id']}/void/", {"reason": "Salah cetak"})
    assert (again.status, code_of(again)) == (409, "already-voided")
    with scoped(EVERYBODY):
        voids = ServiceRecord.objects.filter(ref=paper["record"], row_kind="void")
        assert voids.count() == 1
    assert counted(person) == 0
    # The same request again answers what became of it, and issues nothing.
    again = made["operator"].post("papers/", body)
    assert (again.status, again.json["state"]) == (200, "void")
    assert len(papers()) == 1
    sound()


@pytest.mark.django_db(transaction=True)
def test_two_clerks_at_once_for_one_person_and_for_one_id(kept: World) -> None:
    """Of two papers for one person the second is told of the first; of one request sent twice one comes."""
    ruled(kept["head"].actor, today() + timedelta(days=5))
    person, other = recorded(kept), recorded(kept)
    by, head, once = kept["operator"].actor, kept["head"].actor, uuid7()

    def draw(actor: Any, whom: Resident, **more: Any) -> Callable[[], Any]:
        def work() -> Any:
            with scoped(actor.scope):
                return issue(by=actor, kind="suket", resident=whom.pk, **more)

        return work

    done = at_once(draw(by, person), draw(head, person))
    told_of = [str(getattr(one, "code", "issued")) for one in done]
    assert sorted(told_of) == ["already-issued", "issued"]
    same = at_once(*(draw(by, other, id=once) for _n in range(3)))
    assert sorted(is_new for _paper, is_new in same) == [False, False, True]
    assert len({paper.number for paper, _new in same}) == 1
    assert [paper.serial for paper in papers()] == [1, 2]
    with scoped(EVERYBODY):
        assert PaperCounter.objects.get().last == 2
    sound()


def test_each_office_asks_about_its_own_people(made: World) -> None:
    """The record of another office is nobody here, whoever asks; what two offices hold each of one NIK they
    cannot tell each other.
    """
    number = nik(BORN)
    here, there = make_resident(made, nik=number), make_resident(made, "13.06", nik=number)
    record(made, here)
    for head in (made["head"].actor, made["neighbour_head"].actor):
        ruled(head, today() + timedelta(days=5))
    body = {"id": str(uuid7()), "kind": "suket", "resident": str(here.pk), "reason": "Diminta"}
    for who in ("neighbour", "neighbour_head", "province_officer"):
        answer = made[who].post("papers/", body)
        unknown = made[who].post("papers/", body | {"id": str(uuid7()), "resident": str(uuid7())})
        assert answer.status == unknown.status
        assert answer.status in (403, 404)
        assert answer.json["type"] == unknown.json["type"]
        assert answer.json.get("detail") == unknown.json.get("detail")
    assert made["operator"].post("papers/", body).status == 201
    mine = body | {"id": str(uuid7()), "resident": str(there.pk)}
    del mine["reason"]
    second = made["neighbour"].post("papers/", mine)
    # Nothing that says that Bukittinggi holds the person, or has issued one.
    assert second.status == 201
    assert [paper.serial for paper in papers()] == [1, 1]
    # A card that was printed anywhere ends it for both.
    record(made, here, "card_print", reason="first_card")
    again = mine | {"id": str(uuid7()), "reason": "Hilang"}
    assert code_of(made["neighbour"].post("papers/", again)) == "card-printed"
    sound()


# --- windows ---------------------------------------------------------------------------------------


def test_an_election_that_moves_a_week_takes_its_windows_along(
    made: World, browser: Callable[[str], Client]
) -> None:
    """Closed five days before the day: shut today, open once the election is a week later, shut again."""
    kinds = tuple(PaperKind.values)
    held = today() + timedelta(days=4)
    election = ruled(made["head"].actor, held, kinds=kinds, opens=14, closes=5)
    clerk, head = browser("operator"), browser("head")
    one, two, three = (recorded(made) for _n in range(3))
    seventeen_then = make_resident(
        made, birth_date=(held + timedelta(days=7)).replace(year=held.year - 17)
    )
    late = made["operator"].post("service-records/batch/", {"records": [entry(three)]})
    waits = late.json["results"][0]["id"]

    def tries(person: Resident, kind: str = "suket") -> tuple[int, int]:
        body = {"id": str(uuid7()), "kind": kind, "resident": str(person.pk)}
        form = {"do": "issue", "kind": kind, "reason": "", "once": str(uuid7())}
        page = clerk.post(f"/surat/terbit/{person.pk}/", form).status_code
        answer = made["operator"].post("papers/", body)
        assert answer.status == 201 or code_of(answer) in ("outside-rule", "already-issued")
        return page, answer.status

    def moved(day: date) -> None:
        path = f"elections/{election.pk}/decisions/"
        body = {"held_on": str(day), "source": "PKPU 2"}
        assert made["province_officer"].post(path, body).status == 201

    def shown() -> str:
        return head.get("/surat/aturan/").content.decode()

    def window(day: date) -> str:
        with override("id"):
            return date_format(day - timedelta(days=5), "j F Y")

    assert tries(one) == (422, 422)
    assert tries(seventeen_then, "biodata") == (422, 422)
    assert window(held) in shown()
    moved(held + timedelta(days=7))
    assert window(held + timedelta(days=7)) in shown()
    assert window(held) not in shown()
    # By page; the API is told that there is one now.
    assert tries(one) == (302, 409)
    assert tries(seventeen_then, "biodata") == (302, 409)
    form = {"do": "late", "record": waits, "reason": "Benar terjadi"}
    assert head.post(f"/surat/terbit/{three.pk}/", form).status_code == 302
    assert {paper.rule_id is not None for paper in papers()} == {True}
    assert counted(three) == 1
    moved(held)
    assert tries(two) == (422, 422)
    # What was issued stays what it is.
    assert {paper.state for paper in papers()} == {"valid"}
    sound()


@pytest.mark.parametrize(
    ("zone", "province"), [("Asia/Jayapura", "91"), ("Asia/Jakarta", "13"), ("Asia/Jayapura", "96")]
)
def test_a_window_ends_at_the_midnight_of_its_office(made: World, zone: str, province: str) -> None:
    """A minute before it and at it; at once, and in a batch that comes when the day is long over."""
    office = Region.objects.filter(level="regency", timezone=zone, code__startswith=province)[0].pk
    cast = {
        role: make_caller(f"{role}_{province}", role, office, today() - timedelta(days=9))
        for role in ("district_head", "district_operator")
    }
    head, clerk = cast["district_head"].actor, cast["district_operator"]
    village = Region.objects.filter(parent__parent=office, level="village")[0]
    last = today_in(office) - timedelta(days=1)
    ruled(head, last, kinds=("biodata",), opens=3)
    midnight = datetime.combine(last + timedelta(days=1), time(), ZoneInfo(zone))
    sides = (midnight - timedelta(minutes=1), midnight)

    def person() -> Resident:
        with scoped(head.scope):
            return register(
                by=head,
                confirm=["look-alike"],
                nik=nik(BORN),
                name="Contoh Warga",
                birth_date=BORN,
                sex="M",
                village=village,
            )

    by = clerk.actor
    outcomes = []
    with scoped(by.scope):
        for moment in sides:
            try:
                paper, _new = issue(by=by, kind="biodata", resident=person().pk, occurred_at=moment)
                outcomes.append(str(paper.issued_on))
            except Invalid as refused:
                outcomes.append(refused.code)
    assert outcomes == [str(last), "outside-rule"]
    # The batch comes today; each row is judged by when it happened.
    people = [person() for _side in sides]
    rows = [entry(one, "biodata", at) for one, at in zip(people, sides, strict=True)]
    answers = clerk.post("service-records/batch/", {"records": rows}).json["results"]
    assert {row["code"] for row in answers} == {"paper-needed"}
    browser = Client()
    browser.force_login(User.objects.get(pk=head.user_id))
    for one, row in zip(people, rows, strict=True):
        form = {"do": "late", "record": row["id"], "reason": "Benar terjadi"}
        assert browser.post(f"/surat/terbit/{one.pk}/", form).status_code == 302
    within, after = (paper for paper in papers() if str(paper.pk) in {row["id"] for row in rows})
    assert (within.issued_on, after.issued_on) == (last, last + timedelta(days=1))
    # Past the window only because the head says so, and it is seen that no rule did.
    assert within.rule_id
    assert after.rule_id is None
    sound()


# --- one record, one paper -------------------------------------------------------------------------


#: The rule, and what it finds.
PLANTED = (
    ("paper-record", "UPDATE registrations_paper SET record_id = gen_random_uuid()"),
    (
        "paper-record",
        (
            "INSERT INTO registrations_paper SELECT (jsonb_populate_record(paper, jsonb_build_object("
            "'id', gen_random_uuid(), 'code', repeat('b', 20), 'serial', 2,"
            " 'number', replace(number, '0001', '0002')))).* FROM registrations_paper paper;"
            " UPDATE registrations_papercounter SET last = 2"
        ),
    ),
    ("paper-record", "DELETE FROM registrations_paper"),
    ("paper-numbers", "UPDATE registrations_paper SET number = '9'"),
    ("paper-numbers", "UPDATE registrations_paper SET valid_until = valid_until + 1"),
    ("paper-states", "UPDATE registrations_paper SET state = 'exchanged'"),
    ("paper-states", "UPDATE registrations_paper SET extends_id = gen_random_uuid()"),
)


def test_what_is_planted_past_everything_is_found(kept: World) -> None:
    """A paper of no record, a second one of a record, a record without its paper: each taken back after its rule."""
    ruled(kept["head"].actor, today() + timedelta(days=5))
    person = recorded(kept)
    body = {"id": str(uuid7()), "kind": "suket", "resident": str(person.pk)}
    assert kept["operator"].post("papers/", body).status == 201
    sound()
    rules = {one.name: one.sql for one in PAPERS}
    other = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    try:
        for rule, planted in PLANTED:
            with other.cursor() as cursor:
                cursor.execute(rules[rule])
                assert cursor.fetchall() == []
                cursor.execute(
                    "ALTER TABLE registrations_paper DROP CONSTRAINT registrations_paper_record_id_key,"
                    " DROP CONSTRAINT paper_exchanged_by;"
                    f" SET session_replication_role = replica; {planted}"
                )
                cursor.execute(rules[rule])
                assert cursor.fetchall(), (rule, planted)
            other.rollback()
    finally:
        other.close()
