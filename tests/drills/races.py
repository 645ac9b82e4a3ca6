"""Many at once: places, moves, looks."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import psycopg2
from django.db import connection
from django.test import Client, override_settings

from dukcapil import embedded
from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import rows
from dukcapil.core.errors import DomainError
from events.planning.services.sessions import open_session
from registrations.booking.models.appointment import Appointment
from registrations.booking.services import seats
from registrations.booking.services.appointments import book, cancel_appointment
from registrations.lifecycle.services.sessions import change_session
from registrations.people.models import Resident
from reports.invariants.selectors import broken
from tests import engines, world
from tests.world import World, at, make_event, make_resident

CLIENTS, SESSIONS, CAPACITIES = 64, 200, (1, 10, 50)
SEED = 20241127


def fresh() -> World:
    connection.close()
    engines.fresh_database()
    return world.make_world()


def as_superuser(sql: str) -> None:
    database = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    with database, database.cursor() as cursor:
        cursor.execute(sql)
    database.close()


def crowd(made: World, count: int) -> list[Resident]:
    """So many people of Bukittinggi, copied in the database from one that was registered."""
    one = make_resident(made)
    as_superuser(
        f"INSERT INTO registrations_resident (id, office_id, nik_hash, village_id, birth_date, sex,"
        f" marital_status, is_example, created_at) SELECT gen_random_uuid(), office_id,"
        f" sha256(n::text::bytea), village_id, birth_date, sex, marital_status, true, now()"
        f" FROM registrations_resident, generate_series(1, {count - 1}) n WHERE id = '{one.pk}'"
    )
    as_superuser(
        "INSERT INTO registrations_residentidentity SELECT r.id, i.name, i.name_key, i.address, i.rt,"
        " i.rw, i.nik_cipher, i.nik_masked, i.office_id, i.village_id"
        f" FROM registrations_resident r, registrations_residentidentity i"
        f" WHERE i.resident_id = '{one.pk}' AND r.id <> i.resident_id"
    )
    with scoped("*"):
        return list(Resident.objects.order_by("pk"))


def sessions(made: World, count: int, capacity: int) -> list[Any]:
    by = made["operator"].actor
    event = make_event(made)
    with scoped(by.scope):
        return [
            open_session(
                by=by,
                event=event,
                starts_at=at(0, 1) + timedelta(seconds=n),
                ends_at=at(23, 59),
                capacity={"recording": capacity},
            )
            for n in range(count)
        ]


def _rush(made: World, people: list[Resident], chosen: list[Any]) -> Counter[str]:
    """Every client tries every session once, each client in an order of its own."""
    by, found = made["operator"].actor, Counter[str]()

    def client(number: int) -> Counter[str]:
        mine, dice = Counter[str](), random.Random(SEED + number)
        order = list(range(len(chosen)))
        dice.shuffle(order)
        try:
            for place in order:
                try:
                    with scoped(by.scope):
                        person = people[number * len(chosen) + place]
                        book(by=by, session=chosen[place], resident=person, services=["recording"])
                    mine["booked"] += 1
                except DomainError as error:
                    mine[error.code] += 1
                except Exception as error:
                    mine[type(error).__name__] += 1
        finally:
            connection.close()
        return mine

    with ThreadPoolExecutor(CLIENTS) as pool:
        for mine in pool.map(client, range(CLIENTS)):
            found += mine
    return found


def booking() -> tuple[dict[str, Any], bool]:
    over = lost = strange = attempts = 0
    for capacity in CAPACITIES:
        made = fresh()
        people = crowd(made, CLIENTS * SESSIONS)
        chosen = sessions(made, SESSIONS, capacity)
        answers = _rush(made, people, chosen)
        attempts += CLIENTS * SESSIONS
        with scoped("*"):
            counted = dict(
                rows(
                    "SELECT session_id, count(*) FROM registrations_appointment"
                    " WHERE state = 'booked' GROUP BY session_id"
                )
            )
        wanted = min(capacity, CLIENTS)
        over += sum(n > wanted for n in counted.values())
        lost += sum(counted.get(session.pk, 0) < wanted for session in chosen)
        lost += abs(answers["booked"] - sum(counted.values()))
        strange += sum(n for name, n in answers.items() if name not in ("booked", "session-full"))
    control = _control()
    figures = {
        "attempts": attempts,
        "over": over,
        "lost": lost,
        "other errors": strange,
        "control overbooked %": control,
    }
    return figures, over == lost == strange == 0 and control >= 90


def _control() -> float:
    """The same rush, but with a look before and a place taken after."""
    made, few, capacity = fresh(), 20, 10
    people = crowd(made, CLIENTS * few)
    chosen = sessions(made, few, capacity)
    plain = seats.take

    def check_then_take(session_id: Any, *_others: Any) -> seats.TakenSeat:
        taken = Appointment.objects.filter(session_id=session_id, state="booked").count()
        if taken >= capacity:
            raise seats.session_full()
        return seats.TakenSeat(taken + 1, capacity)

    seats.take = check_then_take
    try:
        # All at one session at a time, as at seven o'clock.
        by = made["operator"].actor

        def one(pair: tuple[Any, Resident]) -> None:
            try:
                with suppress(DomainError), scoped(by.scope):  # the session is full
                    book(by=by, session=pair[0], resident=pair[1], services=["recording"])
            finally:
                connection.close()

        with ThreadPoolExecutor(CLIENTS) as pool:
            for number, session in enumerate(chosen):
                mine = people[number * CLIENTS : (number + 1) * CLIENTS]
                list(pool.map(one, [(session, person) for person in mine]))
    finally:
        seats.take = plain
    with scoped("*"):
        over = rows(
            "SELECT count(*) FROM (SELECT 1 FROM registrations_appointment WHERE state = 'booked'"
            f" GROUP BY session_id HAVING count(*) > {capacity}) more"
        )[0][0]
    return round(100 * over / few, 1)


def mixed(
    made: World, people: list[Resident], chosen: list[Any], clients: int, rounds: int
) -> Counter[str]:
    """Booking, cancelling, booking elsewhere, raising and lowering places, all at once."""
    by = made["operator"].actor

    def client(number: int) -> Counter[str]:
        dice, done = random.Random(SEED + number), Counter[str]()
        mine: list[Appointment] = []
        try:
            for _n in range(rounds):
                what = dice.choice(["book", "book", "book", "cancel", "places"])
                try:
                    with scoped(by.scope):
                        if what == "book":
                            session, person = dice.choice(chosen), dice.choice(people)
                            args = {"session": session, "resident": person}
                            mine.append(book(by=by, services=["recording"], **args))
                        elif what == "cancel" and mine:
                            cancel_appointment(by=by, appointment=mine.pop())
                        elif what == "places":
                            session = dice.choice(chosen)
                            places = {"recording": dice.randint(4, 14)}
                            change_session(by=by, session=session, capacity=places)
                    done[what] += 1
                except DomainError as error:
                    done[error.code] += 1
                except Exception as error:
                    done[f"! {type(error).__name__}"] += 1
        finally:
            connection.close()
        return done

    answers = Counter[str]()
    with ThreadPoolExecutor(clients) as pool:
        for done in pool.map(client, range(clients)):
            answers += done
    return answers


def moves() -> tuple[dict[str, Any], bool]:
    made = fresh()
    answers = mixed(made, crowd(made, 400), sessions(made, 10, 12), 16, 120)
    use_role("owner")
    wrong = [one.invariant.name for one in broken()]
    use_role("web")
    strange = sum(n for name, n in answers.items() if name.startswith("!"))
    figures = {
        "actions": sum(answers.values()),
        "booked": answers["book"],
        "other errors": {name: n for name, n in answers.items() if name.startswith("!")},
        "broken rules": wrong,
    }
    return figures, not wrong and not strange


def reveal() -> tuple[dict[str, Any], bool]:
    """On pages: every number that was shown has its row and its link, and no more."""
    made = fresh()
    people = [make_resident(made) for _n in range(20)]
    user = made["operator"].user

    def client(number: int) -> int:
        shown = 0
        browser = Client()
        browser.force_login(user)
        try:
            for n in range(500):
                person = people[(number + n) % len(people)]
                body = {"do": "reveal", "reason": "latihan pengamanan", "case": f"{number}-{n}"}
                answer = browser.post(f"/penduduk/{person.pk}/", body)
                shown += answer.status_code == 200
        finally:
            connection.close()
        return shown

    with override_settings(REVEALS_AN_HOUR=10_000), ThreadPoolExecutor(8) as pool:
        shown = sum(pool.map(client, range(8)))
    use_role("owner")
    logged, linked, cases = rows(
        'SELECT count(*), count(link.log_id), count(DISTINCT log."case") FROM accounts_accesslog log'
        " LEFT JOIN accounts_accesslink link ON link.log_id = log.id WHERE log.action = 'reveal'"
    )[0]
    wrong = [one.invariant.name for one in broken() if one.invariant.name.startswith("access")]
    use_role("web")
    figures = {"shown": shown, "rows": logged, "links": linked, "cases": cases}
    return figures, shown == logged == linked == cases == 4000 and not wrong
