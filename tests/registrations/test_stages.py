"""How far somebody is from a card, what no rule allows, and from when on a record counts."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db.models import Sum
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, override

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.core.errors import DomainError, Refused
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.elections.models import Election
from events.planning.enums import Service
from events.planning.services.sessions import open_session
from registrations.booking.selectors.stages import in_stage
from registrations.booking.services.appointments import book, cancel_appointment
from registrations.booking.services.drafts import Source, book_list, bring_list
from registrations.booking.services.groups import plan_of
from registrations.booking.services.waiting import wait
from registrations.ledger.enums import PrintReason
from registrations.ledger.models import ServiceRecord
from registrations.ledger.selectors import suggested_service
from registrations.ledger.services.corrections import accept_record, void_record
from registrations.ledger.validators import unfit
from registrations.lifecycle.services.sessions import change_session
from registrations.people.enums import Stage
from registrations.people.models import Resident
from registrations.people.selectors import (
    Aged,
    person_or_404,
    stage_case,
    stage_of,
    stages,
)
from registrations.people.services.print_rules import set_print_rule
from registrations.people.validators import anniversary, due_from
from reports.daily.services.build import build_stale
from reports.publication.services.freezing import freeze_release
from tests.engines import LONG
from tests.roles import acting_as, sound
from tests.world import (
    BUKITTINGGI,
    Answer,
    World,
    at,
    looks,
    make_basis,
    make_event,
    make_resident,
    make_session,
    nik,
    record,
    today,
)

STATUSES = ("single", "married", "divorced", "widowed")


def years_ago(years: int, days: int = 0, day: date | None = None) -> date:
    """Born so that the age is reached `days` after `day`, else today."""
    reached = (day or today()) + timedelta(days=days)
    return anniversary(reached, -years)


def built() -> None:
    with acting_as("worker"):
        build_stale()


# --- the same in Python and in SQL ----------------------------------------------------------------


def in_sql(people: list[tuple[date, str]], election_day: date | None, day: date) -> list[str]:
    """As the query of residents says, of people who are no rows: the table's name is lent to them."""
    query = Resident.everything.annotate(stage=stage_case(election_day, day)).values("stage").query
    sql, params = query.sql_with_params()
    table = (
        "WITH registrations_resident AS (SELECT * FROM"
        " unnest(%s::date[], %s::text[]) AS person (birth_date, marital_status)) "
    )
    born, married = zip(*people, strict=True)
    return [stage for (stage,) in rows(table + sql, [list(born), list(married), *params])]


@pytest.mark.django_db
def test_python_and_sql_say_the_same_of_thousands_and_around_leap_days() -> None:
    chance = random.Random(16)
    for day in (date(2026, 11, 26), date(2028, 2, 29)):
        election = day + timedelta(days=chance.randint(0, 200))
        crowd = [
            (day - timedelta(days=chance.randint(0, 26 * 366)), chance.choice(STATUSES))
            for _n in range(50_000 if LONG else 2_000)
        ]
        # Of one day in thousands: who is seventeen on that of the election.
        crowd.append((anniversary(election, -17), "single"))
        said = [str(stage_of(born, status, election, day)) for born, status in crowd]
        assert said == in_sql(crowd, election, day)
        assert set(said) == set(Stage.values)

    def days(year: int) -> list[date]:
        return [date(year, 2, 25) + timedelta(days=n) for n in range(8)]

    crowd = [
        (born, status)
        for age in (15, 16, 17, 21, 22)
        for year in (2024, 2025, 2028)
        for born in days(year - age)
        for status in ("single", "widowed")
    ]
    for day in [day for year in (2024, 2025, 2028) for day in days(year)]:
        for election in (None, *(day + timedelta(days=n) for n in (-1, 0, 1, 2, 12))):
            said = [str(stage_of(born, status, election, day)) for born, status in crowd]
            assert said == in_sql(crowd, election, day)


@pytest.mark.django_db
def test_the_ledgers_functions_say_what_python_says() -> None:
    births = [date(2007, 2, 20) + timedelta(days=n) for n in range(400)]
    learned = [None, date(2024, 2, 28), date(2024, 3, 1), date(2026, 1, 1)]
    both = list(product(births, learned))
    said = rows(
        "SELECT card_due(born, since) FROM unnest(%s::date[], %s::date[]) AS p (born, since)",
        [[born for born, _since in both], [since for _born, since in both]],
    )
    assert [day for (day,) in said] == [due_from(born, since) for born, since in both]
    day = date(2024, 2, 28)
    cases = list(
        product(
            Service.values,
            ("done", "failed"),
            ("", PrintReason.FIRST.value, PrintReason.LOST.value),
            [years_ago(age, n, day) for age in (16, 17) for n in (-1, 0, 1, 2)]
            + [years_ago(17, n, day) for n in (6, 7, 8, 364, 365, 366)],
            ("single", "married"),
            (True, False),
            (0, 7, 365),
        )
    )
    said = rows(
        "SELECT unfit_by_rule(c.a, c.b, c.c, %s, c.d, c.e, c.f, c.g) FROM unnest(%s::text[],"
        " %s::text[], %s::text[], %s::date[], %s::text[], %s::boolean[], %s::int[])"
        " AS c (a, b, c, d, e, f, g)",
        [day, *map(list, zip(*cases, strict=True))],
    )
    told = [
        unfit(a, b, c, day=day, born=d, marital_status=e, recorded=f, days_early=g) or ""
        for a, b, c, d, e, f, g in cases
    ]
    assert [code for (code,) in said] == told
    assert {str(code) for code in told} == {"", "too-young", "card-too-early", "not-recorded"}


# --- what a person's page and the API say ---------------------------------------------------------


def test_the_api_says_stage_and_dates(made: World) -> None:
    near = Election.objects.create(
        name="Pilkada", kind="pilkada", region_id="13", held_on=today() + timedelta(days=12)
    )
    far = Election.objects.create(
        name="Pemilu", kind="pemilu", region_id="00", held_on=today() + timedelta(days=300)
    )
    wanted = {
        (years_ago(22), "single"): ("overdue", "overdue"),
        (years_ago(22, 1), "single"): ("due", "due"),
        (years_ago(17), "single"): ("due", "due"),
        (years_ago(17, 1), "married"): ("married_minor", "married_minor"),
        (years_ago(17, 11), "single"): ("seventeen_by_day", "seventeen_by_day"),
        (years_ago(17, 12), "single"): ("seventeen_on_day", "seventeen_by_day"),
        (years_ago(17, 13), "single"): ("may_record", "seventeen_by_day"),
        (years_ago(16), "single"): ("may_record", "may_record"),
        (years_ago(16, 1), "single"): ("too_young", "too_young"),
    }
    operator = made["operator"]
    for (born, status), both in wanted.items():
        person = make_resident(made, birth_date=born, marital_status=status)
        one = operator.get(f"residents/{person.pk}/").json
        other = operator.get(f"residents/{person.pk}/?election={far.pk}").json
        assert (one["stage"], other["stage"]) == both, born
        due = min(anniversary(born, 17), today()) if status == "married" else anniversary(born, 17)
        assert (one["print_from"], one["handover_from"]) == (str(due), str(due))
        assert one["record_from"] == str(min(anniversary(born, 16), due))
        assert (one["overdue_from"], one["recorded"]) == (str(anniversary(born, 22)), False)
    listed = operator.get(f"residents/?election={near.pk}").json["results"]
    assert sorted(row["stage"] for row in listed) == sorted(now for now, _far in wanted.values())
    # As a filter it means the same people, whatever their village is getting ready for.
    village = Region.objects.get(pk="13.75.02.1001")
    Election.objects.create(
        name="Pilkades", kind="pilkades", region=village, held_on=today() + timedelta(days=11)
    )
    make_resident(made, birth_date=years_ago(17, 11), village=village)
    for query in ("", f"&election={far.pk}"):
        everybody = operator.get(f"residents/?limit=100{query}").json["results"]
        for stage in Stage.values:
            asked = operator.get(f"residents/?stage={stage}{query}").json["results"]
            meant = {row["id"] for row in everybody if row["stage"] == stage}
            assert {row["id"] for row in asked} == meant, (stage, query)
    assert {row["stage"] for row in everybody} < set(Stage.values)
    answer = operator.get(f"residents/{person.pk}/?election=999999")
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/election")


def test_elections_elsewhere_do_not_make_the_filter_longer(made: World) -> None:
    by = made["operator"].actor
    make_resident(made, birth_date=years_ago(17, 11))
    make_resident(
        made, birth_date=years_ago(17, 11), village=Region.objects.get(pk="13.75.02.1001")
    )
    Election.objects.create(
        name="Pilkades", kind="pilkades", region_id="13.75.02.1001", held_on=today() + timedelta(30)
    )

    def size() -> int:
        with scoped(by.scope):
            people = in_stage(Resident.objects.visible_to(by), Stage.MAY_RECORD)
            return len(people.query.sql_with_params()[0])

    before = size()
    elsewhere = Region.objects.filter(level="village").exclude(pk__startswith="13.75")[:40]
    assert len(elsewhere) == 40
    for n, village in enumerate(elsewhere):
        held_on = today() + timedelta(n + 1)
        Election.objects.create(name="Pilkades", kind="pilkades", region=village, held_on=held_on)
    assert size() == before


def test_the_filter_means_what_is_shown_around_midnight(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An office's people live where another zone has tomorrow already."""
    births = [anniversary(today(), -age) + timedelta(n) for age in (16, 17, 22) for n in range(3)]
    for code in ("13.75.01.1001", "51.71.01.1001", "91.71.01.1001"):
        village = Region.objects.get(pk=code)
        for born in births:
            make_resident(made, birth_date=born, village=village)
    for hours in ((12, 0), (15, 30), (16, 30)):  # one day; WIT, then WITA, too, is a day ahead
        moment = datetime.combine(today(), time(*hours), UTC)
        with monkeypatch.context() as patch, scoped(EVERYBODY):
            patch.setattr(timezone, "now", lambda: moment)  # noqa: B023
            people = Resident.everything.filter(birth_date__in=births)
            told = list(people.values_list("pk", "village_id", "birth_date", "marital_status"))
            shown = stages(Aged(*row) for _pk, *row in told)
            for stage in Stage.values:
                meant = {pk for (pk, *_row), now in zip(told, shown, strict=True) if now == stage}
                found = set(in_stage(people, stage).values_list("pk", flat=True))
                assert found == meant, (hours, stage)


def test_pages_say_when_the_card_may_be_had(made: World, browser: Any) -> None:
    born = years_ago(17, 30)
    person = make_resident(made, birth_date=born)
    record(made, person)
    operator: Client = browser("operator")
    for address in (
        f"/penduduk/{person.pk}/",
        "/penduduk/",
        f"/layanan/?session=&person={person.pk}",
    ):
        text = BeautifulSoup(operator.get(address).content, "html.parser").get_text(" ", strip=True)
        assert "KTP-el mulai" in text, address


def test_lists_show_the_stage(made: World, browser: Any) -> None:
    Election.objects.create(
        name="Pilkada", kind="pilkada", region_id="13", held_on=today() + timedelta(days=12)
    )
    session = make_session(made, make_event(made), {"recording": 1})
    by = made["operator"].actor
    people = [make_resident(made, birth_date=years_ago(17, 12)) for _n in range(2)]
    with scoped(by.scope):
        book(by=by, session=session, resident=people[0], services=["recording"])
        wait(by=by, session=session, resident=people[1], services=["recording"])
    operator = browser("operator")
    with override("id"):
        label = str(Stage.SEVENTEEN_ON_DAY.label)
    for address in ("", "tunggu/", "daftar/", "meja/"):
        page = operator.get(f"/sesi/{session.pk}/{address}").content.decode()
        assert label in page, address
    born = years_ago(17, 12)
    pupil = f"{nik(born).text};Siswa Satu;{born:%d-%m-%Y};L;13.75.01.1001"
    source = Source(f"NIK;Nama;Tanggal lahir;L/P;Desa\n{pupil}".encode())
    with scoped(by.scope):
        plan = plan_of("Kelas XI", ["recording"])
        draft = bring_list(by=by, session=session, plan=plan, source=source)
        row = BeautifulSoup(
            operator.get(f"/rombongan/pratinjau/{draft.pk}/").content, "html.parser"
        ).select_one("#row-2 th")
        group = book_list(by=by, draft=draft, version=str(draft.version)).group
    assert row
    assert label in row.get_text()
    assert group
    assert label in operator.get(f"/rombongan/{group.pk}/").content.decode()


def test_an_office_prints_early_by_its_rule(kept: World, browser: Any) -> None:
    services = ["card_print", "card_handover"]
    event = make_event(kept, services=services)
    session = make_session(kept, event, dict.fromkeys(services, 5))
    person = make_resident(kept, birth_date=years_ago(17, 5))
    other = make_resident(kept, birth_date=years_ago(17, 8))
    for one in (person, other):
        record(kept, one)
    operator, head = kept["operator"], kept["head"]
    seventeen = str(anniversary(person.birth_date, 17))

    def said(service: str, one: Resident = person) -> tuple[int, str]:
        sent = {"session": str(session.pk), "resident": str(one.pk), "services": [service]}
        return code_of(operator.post("appointments/", sent))

    assert said("card_print") == (422, "card-too-early")
    rule = {"office": "13.75", "days": 7, "source": "SK Kadis 4"}
    assert operator.post("print-rules/", rule).status == 403
    assert kept["neighbour_head"].post("print-rules/", rule).status in (403, 404)
    yesterday = str(today() - timedelta(days=1))
    for wrong, field in (({"days": 366}, "/days"), ({"source": ""}, "/source")):
        answer = head.post("print-rules/", rule | wrong)
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, field)
    assert code_of(head.post("print-rules/", rule | {"since": yesterday})) == (422, "rule-since")
    later = rule | {"days": 30, "since": str(today() + timedelta(days=1))}
    assert head.post("print-rules/", later).status == 201
    assert said("card_print") == (422, "card-too-early")
    page: Client = browser("head")
    assert page.post("/penduduk/aturan-cetak/", {"days": "7", "source": ""}).status_code == 422
    form = {"days": "7", "source": "SK Kadis 4"}
    assert page.post("/penduduk/aturan-cetak/", form).status_code == 302
    assert "SK Kadis 4" in page.get("/penduduk/aturan-cetak/").content.decode()
    rows_of = operator.get("print-rules/?office=13.75").json["results"]
    assert [(row["days"], row["since"]) for row in rows_of] == [
        (30, later["since"]),
        (7, str(today())),
    ]

    shown = operator.get(f"residents/{person.pk}/").json
    assert (shown["print_from"], shown["handover_from"]) == (
        str(today()),  # the rule's first day: nothing was printed by it before
        seventeen,
    )
    assert "Dicetak mulai" in page.get(f"/penduduk/{person.pk}/").content.decode()
    assert "dicetak mulai" in page.get("/penduduk/").content.decode()
    for one, offered in ((person, "card_print"), (other, "card_handover")):
        with scoped(head.actor.scope):
            shown_to = person_or_404(head.actor, one.pk)
        assert suggested_service(shown_to, offered=services[::-1], done=set()) == offered
    # Printed by the rule of its day, and handed over on the day.
    assert said("card_print", other) == (422, "card-too-early")
    assert said("card_handover") == (422, "card-too-early")
    answer = operator.post(
        "appointments/",
        {"session": str(session.pk), "resident": str(person.pk), "services": ["card_print"]},
    )
    assert answer.status == 201
    printed = body(person, "card_print", reason="first_card")
    early = body(other, "card_print", reason="first_card")
    assert code_of(operator.post("service-records/", early)) == (422, "card-too-early")
    answer = operator.post("service-records/", printed)
    assert (answer.status, answer.json["weight"]) == (201, 1)
    assert sent(kept, early) == ["set-asidecard-too-early"]
    assert sound() == []


def test_each_day_has_its_own_rule_for_printing(made: World) -> None:
    """Before the 10th day from now a card is printed 30 days early, then 5, then 30 again."""
    by, head = made["operator"].actor, made["head"].actor
    office = Region.objects.get(pk=BUKITTINGGI)

    def rule(days: int, after: int) -> None:
        since = today() + timedelta(after)
        with scoped(head.scope):
            set_print_rule(by=head, office=office, days=days, source="SK Kadis", since=since)

    def hours(n: int) -> dict[str, datetime]:
        day = today() + timedelta(n)
        return {"starts_at": at(8, 0, day), "ends_at": at(12, 0, day)}

    rule(30, 0)
    # What was printed this morning stays as it was judged.
    with pytest.raises(DomainError) as fewer:
        rule(5, 0)
    assert fewer.value.code == "rule-since"
    rule(30, 0)
    rule(5, 10)
    rule(30, 20)
    # Born so that 17 is n days off -> the first day, counted from now.
    for n, first in ((22, 0), (25, 0), (39, 9), (40, 20), (45, 20), (60, 30)):
        with scoped(by.scope):
            shown = person_or_404(by, make_resident(made, birth_date=years_ago(17, n)).pk)
        assert shown["print_from"] == today() + timedelta(first), n
    event = make_event(made, services=["card_print"], ends_on=today() + timedelta(40))
    person = make_resident(
        made, birth_date=years_ago(17, 25), known_recorded_on=today() - timedelta(9)
    )
    for start, onto in ((5, 12), (20, 12)):
        with scoped(by.scope):
            session = open_session(by=by, event=event, capacity={"card_print": 2}, **hours(start))
            visit = book(by=by, session=session, resident=person, services=["card_print"])
            with pytest.raises(DomainError) as refused:
                change_session(by=by, session=session, **hours(onto))
            assert refused.value.code == "too-young"
            session.refresh_from_db()
            change_session(by=by, session=session, **hours(start + 1 if start > 12 else 8))
            cancel_appointment(by=by, appointment=visit)


# --- refused before the act, set aside after it ---------------------------------------------------


def body(person: Resident, service: str, **changes: Any) -> dict[str, Any]:
    values = {
        "id": str(uuid7()),
        "service": service,
        "outcome": "done",
        "resident": str(person.pk),
        "occurred_at": at(0, 0).isoformat(),
    }
    return values | changes


def code_of(answer: Answer) -> tuple[int, str]:
    return answer.status, str(answer.json["type"]).rpartition("/")[2]


def test_a_rule_refuses_before_the_act_and_sets_aside_after_it(kept: World) -> None:
    child, young = (make_resident(kept, birth_date=years_ago(age)) for age in (15, 16))
    married = make_resident(kept, birth_date=years_ago(16), marital_status="married")
    adult, known = make_resident(kept), make_resident(kept, known_recorded_on=date(2015, 1, 1))
    record(kept, young)
    wanted = [
        (child, "recording", {}, "too-young"),
        (child, "card_handover", {}, "card-too-early"),
        (young, "card_print", {"reason": "first_card"}, "card-too-early"),
        (young, "card_handover", {}, "card-too-early"),
        (married, "card_handover", {}, "not-recorded"),
        (adult, "card_print", {"reason": "first_card"}, "not-recorded"),
        (adult, "ikd_activation", {}, "not-recorded"),
        (adult, "card_print", {"reason": "lost"}, ""),
        (young, "ikd_activation", {}, ""),
        (known, "card_print", {"reason": "first_card"}, ""),
        (known, "card_handover", {}, ""),
    ]
    operator = kept["operator"]
    refused = [
        operator.post("service-records/", body(person, service, **more))
        for person, service, more, code in wanted
        if code
    ]
    codes = [
        code if code != "not-recorded" else "not-recorded-yet" for *_row, code in wanted if code
    ]
    assert [code_of(answer) for answer in refused] == [(422, code) for code in codes]
    # Of the person, not of the hour: nobody is invited to say that it was yesterday.
    assert {answer.json["errors"][0]["pointer"] for answer in refused} == {"/resident"}
    with scoped("*"):
        assert ServiceRecord.objects.count() == 1

    batch = [body(person, service, **more) for person, service, more, _code in wanted]
    answer = operator.post("service-records/batch/", {"records": batch})
    said = [(row["status"], row.get("code", "")) for row in answer.json["results"]]
    assert said == [("set-aside" if code else "created", code) for *_row, code in wanted]
    with scoped("*"):
        waiting = ServiceRecord.objects.filter(weight=0)
        assert waiting.count() == 7
        handed = waiting.get(resident=child, service="card_handover")
    # Told a day later by one call it has happened, too.
    late = body(
        child, "card_handover", occurred_at=at(9, 0, today() - timedelta(days=1)).isoformat()
    )
    answer = operator.post("service-records/", late)
    assert (answer.status, answer.json["weight"]) == (201, 0)
    assert answer.json["set_aside_code"] == "card-too-early"

    # The office decides, and not who wrote it.
    for name, allowed in (("operator", False), ("neighbour_head", False), ("head", True)):
        by = kept[name].actor
        with scoped(by.scope):
            if not allowed:
                with pytest.raises(Refused):
                    accept_record(by=by, record=handed, reason="Sudah diperiksa")
            else:
                assert accept_record(by=by, record=handed, reason="Sudah diperiksa")[0].weight == 1
    assert sound() == []


def sent(made: World, *bodies: dict[str, Any]) -> list[str]:
    answer = made["operator"].post("service-records/batch/", {"records": list(bodies)})
    return [
        row["status"] + row.get("code", "") + str(row.get("problem", {}).get("type", ""))
        for row in answer.json["results"]
    ]


def weighing(*people: Resident) -> list[tuple[str, int]]:
    """What of these people counts: service, weight; what weighs nothing too."""
    with scoped("*"):
        found = ServiceRecord.objects.filter(resident__in=people).values_list("service")
        return sorted(found.annotate(n=Sum("weight")).order_by())


def corrected(made: World, person: Resident, *confirm: str, **changes: Any) -> Answer:
    change = {**changes, "reason": "KK", "confirm": list(confirm)}
    return made["operator"].patch(f"residents/{person.pk}/", change)


def test_what_waited_for_a_recording_counts_with_it(kept: World) -> None:
    """Two laptops upload in the wrong order; of an earlier day the head is asked all the same."""
    late, first, again, one = (make_resident(kept) for _n in range(4))
    yesterday = at(9, 0, today() - timedelta(days=1)).isoformat()
    waits = "set-asidenot-recorded"
    assert (
        sent(
            kept,
            body(late, "ikd_activation", occurred_at=yesterday),
            body(first, "ikd_activation"),
            body(first, "card_print", reason="first_card"),
            body(first, "card_handover"),
        )
        == [waits] * 4
    )
    told = sent(kept, body(again, "ikd_activation", occurred_at=at(0, 0).isoformat()))
    assert told == [waits]
    assert sent(kept, *(body(one, "recording") for one in (late, first))) == ["created"] * 2
    assert weighing(late) == [("ikd_activation", 0), ("recording", 1)]
    every = ["card_handover", "card_print", "ikd_activation", "recording"]
    assert weighing(first) == [(service, 1) for service in every]
    # As it is by a single call, and in one batch with the activation first.
    record(kept, again, occurred_at=at(0, 1))
    assert weighing(again) == [("ikd_activation", 1), ("recording", 1)]
    # Written again, the recording comes before the activation that was accepted after it.
    answer = corrected(kept, again, "moves-figures", birth_date=str(years_ago(17, -5)))
    assert answer.status == 200, answer.json
    assert weighing(again) == [("ikd_activation", 1), ("recording", 1)]
    early, after = at(0, 0).isoformat(), at(0, 1).isoformat()
    assert sent(
        kept,
        body(one, "ikd_activation", occurred_at=early),
        body(one, "recording", occurred_at=after),
    ) == ["created", "created"]
    assert weighing(one) == [("ikd_activation", 1), ("recording", 1)]
    with scoped("*"):
        acts = ServiceRecord.objects.filter(row_kind="accept")
        assert {row.author_id for row in acts} == {kept["operator"].actor.user_id}
    assert [look.found for look in looks(kind="records accepted")] == [3, 1, 1]
    built()
    assert sound() == []


def test_an_accepted_recording_brings_what_waited_for_it(kept: World) -> None:
    """And an accepted activation hinders neither a correction nor merging."""
    child, by = make_resident(kept, birth_date=years_ago(15)), kept["head"].actor
    assert sent(kept, body(child, "recording"), body(child, "ikd_activation")) == [
        "set-asidetoo-young",
        "set-asidenot-recorded",
    ]
    with scoped(by.scope):
        waiting = ServiceRecord.objects.get(resident=child, service="recording")
        accept_record(by=by, record=waiting, reason="Sudah diperiksa")
    assert weighing(child) == [("ikd_activation", 1), ("recording", 1)]
    # What was accepted does not freeze the data: another birth date, and the village alone.
    changes = {"birth_date": str(years_ago(15, 3))}
    answer = corrected(kept, child, "moves-figures", **changes)
    assert answer.status == 200, answer.json
    assert weighing(child) == [("ikd_activation", 1), ("recording", 1)]
    answer = corrected(kept, child, "moves-figures", village="13.75.01.1002")
    assert answer.status == 200, answer.json
    other = make_resident(kept, birth_date=years_ago(15))
    merged = kept["head"].post(
        f"residents/{child.pk}/merge/", {"into": str(other.pk), "reason": "x"}
    )
    assert merged.status == 200, merged.json
    assert weighing(other) == [("ikd_activation", 1), ("recording", 1)]
    assert sound() == []


def test_what_stands_aside_freezes_nobodys_data(kept: World) -> None:
    child = make_resident(kept, birth_date=years_ago(15))
    assert sent(kept, body(child, "recording")) == ["set-asidetoo-young"]
    assert corrected(kept, child, "moves-figures", village="13.75.01.1002").status == 200
    younger = corrected(kept, child, "moves-figures", birth_date=str(years_ago(15, 9)))
    assert younger.status == 200, younger.json
    assert weighing(child) == [("recording", 0)]
    # Old enough after all: it counts.
    assert corrected(kept, child, "moves-figures", birth_date=str(years_ago(18))).status == 200
    assert weighing(child) == [("recording", 1)]
    assert sound() == []


def test_a_correction_says_which_cards_no_longer_count(kept: World) -> None:
    person = make_resident(kept, birth_date=years_ago(18))
    record(kept, person)
    record(kept, person, "card_print", reason="first_card")
    record(kept, person, "card_handover")
    younger = years_ago(16)
    asked = corrected(kept, person, birth_date=str(younger))
    assert (asked.status, asked.json["confirm"]) == (409, ["moves-figures"])
    with override("id"):
        due, day = (date_format(one, "j F Y") for one in (anniversary(younger, 17), today()))
        services = (Service.CARD_PRINT, Service.CARD_HANDOVER)
        ends = [
            gettext("1 %(service)s of %(day)s no longer counts until the head accepts it.")
            % {"service": service.label, "day": day}
            for service in services
        ]
    recording, *cards = asked.json["moves"]
    assert (due in recording, sorted(cards)) == (True, sorted(ends))
    answer = corrected(kept, person, "moves-figures", birth_date=str(younger))
    assert answer.status == 200, answer.json
    assert weighing(person) == [("card_handover", 0), ("card_print", 0), ("recording", 1)]
    assert sound() == []


def test_the_same_person_is_set_aside_once(kept: World) -> None:
    child, adult = make_resident(kept, birth_date=years_ago(15)), make_resident(kept)
    waits = "rejected/problems/waits-for-decision"
    assert sent(kept, body(child, "recording"), body(adult, "ikd_activation")) == [
        "set-asidetoo-young",
        "set-asidenot-recorded",
    ]
    again = sent(kept, body(child, "recording"), body(adult, "ikd_activation"))
    assert again == [waits, waits]
    by = kept["head"].actor
    with scoped(by.scope):
        waiting = ServiceRecord.objects.get(resident=child)
        accept_record(by=by, record=waiting, reason="Sudah diperiksa")
    told = sent(kept, body(child, "recording"))
    assert told == ["rejected/problems/already-recorded"]
    with scoped(by.scope):
        void_record(by=by, record=waiting, reason="Salah orang")
    assert sent(kept, body(child, "recording")) == ["set-asidetoo-young"]


def test_nobody_is_booked_for_a_card_too_early(made: World) -> None:
    session = make_session(
        made,
        make_event(made, services=["recording", "card_handover"]),
        {"recording": 5, "card_handover": 5},
    )
    by = made["operator"].actor
    young, due = (make_resident(made, birth_date=years_ago(17, n)) for n in (1, 0))
    with scoped(by.scope):
        with pytest.raises(DomainError) as refused:
            book(by=by, session=session, resident=young, services=["card_handover"])
        assert refused.value.code == "card-too-early"
        book(by=by, session=session, resident=due, services=["card_handover"])


# --- from when on a record counts -----------------------------------------------------------------


def coverage(made: World, day: date, more: str = "") -> dict[str, Any]:
    query = f"coverage/?region=13.75&level=regency&date={day}{more}"
    [row] = made["province_officer"].get(query).json["results"]
    return dict(row)


def told(made: World, day: date, more: str = "") -> tuple[int, int, int]:
    row = coverage(made, day, more)
    return row["recorded"] - 990, row["recorded_early"], row["recorded_today"]


def test_coverage_counts_from_the_day_somebody_is_due(kept: World) -> None:
    """Recorded at 16 ten days ago, 17 five days ago; one for whom that day is still to come."""
    make_basis()
    served, due = today() - timedelta(days=10), today() - timedelta(days=5)
    turned = make_resident(kept, birth_date=years_ago(17, day=due))
    waits = make_resident(kept, birth_date=years_ago(17, 30))
    first = record(kept, turned, occurred_at=at(9, 0, served))
    second = record(kept, waits, occurred_at=at(10, 0, served))
    assert (first.counts_from, second.counts_from) == (due, today() + timedelta(days=30))
    wanted = {
        served - timedelta(days=1): (0, 0, 0),
        served: (0, 2, 2),
        due - timedelta(days=1): (0, 2, 0),
        due: (1, 1, 0),
        today(): (1, 1, 0),
    }
    live = {day: told(kept, day) for day in wanted}
    built()
    release = freeze_release(name="Uji dini")
    assert live == wanted == {day: told(kept, day) for day in wanted}
    series = kept["province_officer"].get(
        f"coverage/13.75/series/?to={today()}&from={served - timedelta(days=1)}"
    )
    by_day = {row["date"]: row for row in series.json["results"]}
    assert {
        day: (by_day[str(day)]["recorded"] - 990, by_day[str(day)]["recorded_today"])
        for day in wanted
    } == {day: (recorded, flow) for day, (recorded, _early, flow) in wanted.items()}

    by = kept["operator"].actor
    with scoped(by.scope):
        void_record(by=by, record=second, reason="Salah orang")
    assert told(kept, today()) == (1, 0, 0)
    built()
    assert told(kept, served) == (0, 1, 1)
    assert told(kept, today(), f"&release={release.pk}") == (1, 1, 0)

    # Born a year earlier after all: then the recording counts from its own day.
    answer = kept["operator"].patch(
        f"residents/{turned.pk}/",
        {"birth_date": str(years_ago(18, day=due)), "reason": "KK", "confirm": ["moves-figures"]},
    )
    assert answer.status == 200, answer.json
    built()
    assert told(kept, served) == (1, 0, 1)
    assert sound() == []


def test_a_marriage_makes_a_recording_count_from_the_day_it_is_known(kept: World) -> None:
    make_basis()
    person = make_resident(kept, birth_date=years_ago(16, -40))
    record(kept, person, occurred_at=at(9, 0, today() - timedelta(days=3)))
    assert told(kept, today()) == (0, 1, 0)
    change = {"marital_status": "married", "reason": "akta nikah"}
    answer = kept["operator"].patch(f"residents/{person.pk}/", change)
    assert (answer.status, answer.json["confirm"]) == (409, ["moves-figures"])
    answer = kept["operator"].patch(
        f"residents/{person.pk}/", {**change, "confirm": ["moves-figures"]}
    )
    assert (answer.json["stage"], answer.json["handover_from"]) == ("married_minor", str(today()))
    assert told(kept, today()) == (1, 0, 0)
    assert told(kept, today() - timedelta(days=1)) == (0, 1, 0)
    built()
    assert told(kept, today()) == (1, 0, 0)
    assert sound() == []


def test_first_cards_are_printed_people_and_a_handover_is_no_document(kept: World) -> None:
    make_basis(
        rows=[
            {"region_code": "13.75", "wajib_ktp": "1000", "recorded": "990", "printed": "900"},
        ]
    )
    person = make_resident(kept, known_recorded_on=date(2015, 1, 1))
    for service, reason in (
        ("card_print", "first_card"),
        ("card_print", ""),
        ("card_print", "lost"),
        ("card_handover", ""),
        ("family_card", ""),
    ):
        record(kept, person, service, reason=reason, occurred_at=at(0, 0))
    assert coverage(kept, today())["printed"] == 902
    built()
    assert coverage(kept, today())["printed"] == 902
    answer = kept["operator"].get(f"daily-reports/?region=13.75&date={today()}")
    [row] = answer.json["results"]
    assert (row["cards_printed"], row["documents"], row["other_documents"]) == (3, 1, 1)
    assert row["printed_by_reason"] == {"": 1, "first_card": 1, "lost": 1}


def test_what_the_counter_did_is_the_regencys_where_villages_are_listed(kept: World) -> None:
    """By place of service an office's counter (loket) lies in no village: the residual holds it."""
    make_basis()
    record(kept, make_resident(kept), occurred_at=at(0, 0))
    query = f"coverage/?region={BUKITTINGGI}&level=village&view=service&date={today()}"
    answer = kept["operator"].get(query).json
    assert {row["recorded_today"] for row in answer["results"]} == {0}
    whole = answer["whole"]
    assert (whole["row"]["recorded_today"], whole["residual"]["recorded_today"]) == (1, 1)
    assert Region.objects.get(pk=BUKITTINGGI).level == "regency"
