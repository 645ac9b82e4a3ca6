"""Each verb names who does it, in every row that it writes: the suite adds no name here (`tests.world` does
elsewhere, for what tests write without one). In nobody's name decides the operator of the server alone.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models.signals import pre_save
from django.test import Client

from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.command import use_role
from dukcapil.regions.models import Region
from events.calendar.models import LocalDay
from events.calendar.selectors import is_usual
from events.elections.models import Election, ElectionDecision, Opening
from events.elections.services.days import decide_day
from events.elections.services.deciding import decide, enter_election
from events.elections.services.opening import end_opening, plan_opening
from reports.bases.models import BasisDecision, PopulationBasis, PopulationFigure
from reports.bases.services.basis import BasisFacts, decide_basis, propose_basis
from tests import world
from tests.world import BUKITTINGGI, Caller, World, make_caller, today

FILES = Path(__file__).parent.parent / "files" / "bases"
SIGNED = (BasisDecision, ElectionDecision, LocalDay)


@pytest.fixture(autouse=True)
def _no_name_is_added() -> Iterator[None]:
    add = world._in_the_administrators_name
    assert [pre_save.disconnect(add, sender=kind) for kind in SIGNED] == [True] * len(SIGNED)
    yield
    for kind in SIGNED:
        pre_save.connect(add, sender=kind)


@pytest.fixture
def second(made: World) -> Caller:
    """Another officer of the same province."""
    return make_caller("second", "province_officer", "13", today() - timedelta(days=9))


def _plain_wednesday() -> date:
    """Ahead, and without a holiday near it."""
    day = today() + timedelta(days=20)
    while day.weekday() != 2 or not all(is_usual(day + timedelta(days=n)) for n in (0, 7)):
        day += timedelta(days=1)
    return day


WORKDAY = _plain_wednesday()
LATER = WORKDAY + timedelta(days=7)
SATURDAY = WORKDAY + timedelta(days=3)


def office() -> Region:
    return Region.objects.get(pk=BUKITTINGGI)


def verb(do: Callable[..., Any], by: Actor, **values: Any) -> Any:
    """As a page calls it, in the scope of who is logged in."""
    with scoped(by.scope):
        return do(by=by, **values)


def opened(by: Actor, day: date) -> Opening:
    hours = {"opens_at": time(7), "closes_at": time(14)}
    opening: Opening = verb(plan_opening, by, office=office(), day=day, **hours)
    return opening


def proposed(by: Actor, name: str) -> PopulationBasis:
    as_of = today() - timedelta(days=30)
    row = {"region_code": BUKITTINGGI, "wajib_ktp": "2000", "recorded": "1900"}
    basis: PopulationBasis = verb(
        propose_basis, by, rows=[row], facts=BasisFacts(name, "dkb", as_of, "regency")
    )
    return basis


def days() -> list[tuple[str, date, str, bool, int | None]]:
    """Every local day there is, as it was written, and in whose name."""
    columns = ("region_id", "day", "kind", "by_opening", "by_id")
    return list(LocalDay.objects.order_by("pk").values_list(*columns))


def decisions() -> list[tuple[date, str, int | None]]:
    columns = ("held_on", "state", "by_id")
    return list(ElectionDecision.objects.order_by("pk").values_list(*columns))


def verdicts() -> list[tuple[str, str, int | None, int | None]]:
    columns = ("basis__name", "verdict", "basis__imported_by_id", "decided_by_id")
    return list(BasisDecision.objects.order_by("pk").values_list(*columns))


def test_a_basis_names_who_brought_it_and_who_decided(made: World, second: Caller) -> None:
    head, officer, other = made["head"].actor, made["province_officer"].actor, second.actor
    verb(decide_basis, officer, basis=proposed(head, "Satu"), verdict="approved")
    refusal = {"verdict": "refused", "note": "Sumber tidak jelas"}
    verb(decide_basis, other, basis=proposed(officer, "Dua"), **refusal)
    assert verdicts() == [
        ("Satu", "approved", head.user_id, officer.user_id),
        ("Dua", "refused", officer.user_id, other.user_id),
    ]


def test_an_election_and_its_days_name_who_decided_each(made: World, second: Caller) -> None:
    """Who moves or cancels an election also opens and shuts the days that hang on it."""
    operator, officer = made["operator"].actor, made["province_officer"].actor
    other = second.actor
    identity = {"name": "Pilkada", "kind": "pilkada", "region": office(), "held_on": WORKDAY}
    election = verb(enter_election, officer, source="SK 1", **identity)
    opening = opened(operator, WORKDAY)
    moved = verb(decide, other, election=election, held_on=LATER, source="SK 2")
    assert [one.pk for one in moved.moved] == [opening.pk]
    ended = verb(decide, officer, election=election, state="cancelled", source="SK 3")
    assert [one.pk for one in ended.ended] == [opening.pk]
    assert decisions() == [
        (WORKDAY, "planned", officer.user_id),
        (LATER, "moved", other.user_id),
        (LATER, "cancelled", officer.user_id),
    ]
    assert days() == [
        (BUKITTINGGI, WORKDAY, "open", True, operator.user_id),
        (BUKITTINGGI, LATER, "open", True, other.user_id),
        (BUKITTINGGI, WORKDAY, "usual", True, other.user_id),
        (BUKITTINGGI, LATER, "usual", True, officer.user_id),
    ]
    opening = Opening.everything.get()
    assert (opening.created_by_id, opening.ended_by_id) == (operator.user_id, officer.user_id)


def test_an_office_that_opens_and_does_not_names_who_says_so(made: World) -> None:
    operator, head = made["operator"].actor, made["head"].actor
    opening = opened(operator, SATURDAY)
    verb(end_opening, head, opening_id=opening.pk, reason="Listrik padam")
    assert days() == [
        (BUKITTINGGI, SATURDAY, "open", True, operator.user_id),
        (BUKITTINGGI, SATURDAY, "usual", True, head.user_id),
    ]
    opening = Opening.everything.get()
    assert (opening.created_by_id, opening.ended_by_id) == (operator.user_id, head.user_id)


def test_a_region_that_opens_and_closes_a_day_names_who_did(made: World, second: Caller) -> None:
    """The row that keeps a standing opening open, or ends it, is signed by who decided the day."""
    operator, officer = made["operator"].actor, made["province_officer"].actor
    other = second.actor
    said = {"day": SATURDAY, "reason": "Uji"}
    verb(decide_day, officer, region=office(), kind="open", **said)
    # It is open already: the opening writes no day of its own.
    opened(operator, SATURDAY)
    verb(decide_day, other, region=office(), kind="usual", **said)
    closing = {"kind": "closed", "confirm": ["openings-end"]}
    verb(decide_day, officer, region=office(), **said, **closing)
    assert days() == [
        (BUKITTINGGI, SATURDAY, "open", False, officer.user_id),
        (BUKITTINGGI, SATURDAY, "usual", False, other.user_id),
        (BUKITTINGGI, SATURDAY, "open", True, other.user_id),
        (BUKITTINGGI, SATURDAY, "closed", False, officer.user_id),
        (BUKITTINGGI, SATURDAY, "usual", True, officer.user_id),
    ]
    assert Opening.everything.get().ended_by_id == officer.user_id


def test_pages_programs_and_commands_sign_as_who_called_them(
    browser: Callable[[str], Client], made: World, second: Caller
) -> None:
    officer, operator = browser("province_officer"), browser("operator")
    ids = {who: made[who].actor.user_id for who in ("province_officer", "operator", "head")}

    basis = proposed(made["head"].actor, "Satu")
    assert officer.post(f"/dasar/{basis.pk}/", {"do": "approve"}).status_code == 302
    assert verdicts() == [("Satu", "approved", ids["head"], ids["province_officer"])]

    identity = {"name": "Pilkada", "kind": "pilkada", "region": BUKITTINGGI}
    entry = {**identity, "held_on": str(WORKDAY), "source": "SK 1"}
    assert officer.post("/pemilihan/", entry).status_code == 302
    number = Election.objects.get().pk
    move = {"held_on": str(LATER), "source": "SK 2"}
    assert second.post(f"elections/{number}/decisions/", move).status == 201
    by = {"by": "province_officer", "stdout": io.StringIO()}
    call_command("elections", decide=number, state="cancelled", source="SK 3", **by)
    assert decisions() == [
        (WORKDAY, "planned", ids["province_officer"]),
        (LATER, "moved", second.actor.user_id),
        (LATER, "cancelled", ids["province_officer"]),
    ]

    hours = {"opens_at": "07:00", "closes_at": "14:00", "shifts": "1"}
    plan = {"do": "plan", "day": str(SATURDAY), **hours}
    assert operator.post("/buka/", plan).status_code == 302
    row = {"region": BUKITTINGGI, "kind": "closed", "reason": "Banjir"}
    page = {**row, "day": str(WORKDAY), "source": "SK 4"}
    assert officer.post("/hari-libur/", page).status_code == 302
    assert second.post("local-days/", {**row, "day": str(LATER)}).status == 201
    call_command("local_days", **{**row, "day": LATER, "kind": "usual"}, **by)
    assert days() == [
        (BUKITTINGGI, SATURDAY, "open", True, ids["operator"]),
        (BUKITTINGGI, WORKDAY, "closed", False, ids["province_officer"]),
        (BUKITTINGGI, LATER, "closed", False, second.actor.user_id),
        (BUKITTINGGI, LATER, "usual", False, ids["province_officer"]),
    ]


@pytest.fixture
def _back_to_web() -> Iterator[None]:
    yield
    use_role("web")


@pytest.mark.usefixtures("_back_to_web", "kept")
def test_the_operator_of_the_server_reads_a_file_whole_or_not_at_all() -> None:
    """As `owner` and on its own connection, as the command runs beside the pages."""
    said = ["--kind=dkb", "--as-of=2025-01-01", "--level=regency", "--region=18"]
    out, err = io.StringIO(), io.StringIO()
    good = str(FILES / "lampung-dp4.xlsx")
    call_command("import_basis", good, "--name=Baik", *said, stdout=out, stderr=err)
    assert connection.settings_dict["USER"] == "owner"
    assert "Baik: 16 regions, imported." in out.getvalue()
    assert "JUMLAH" in err.getvalue()
    with pytest.raises(CommandError, match="#REF!"):
        call_command("import_basis", str(FILES / "rusak.xlsx"), "--name=Rusak", *said)

    # Committed: pages see it, of the bad file nothing.
    use_role("web")
    assert verdicts() == [("Baik", "approved", None, None)]
    basis = PopulationBasis.objects.get()
    assert basis in PopulationBasis.objects.in_force()
    figures = dict(PopulationFigure.objects.values_list("region_id", "unrecorded"))
    assert len(figures) == 16
    assert (figures["18.01"], figures["18.72"], figures["18"]) == (10034, 1572, 119512)
