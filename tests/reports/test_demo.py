"""What the demonstration makes up: said so by name, spread over all classes, adding up."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password
from django.utils import timezone

from dukcapil.accounts.models import User
from dukcapil.accounts.permissions import Role
from dukcapil.accounts.scoping import scoped
from dukcapil.regions.models import Region
from dukcapil.regions.validators import NATION
from registrations.cards.models import RecordStatus, StatusImport
from registrations.cards.selectors.lists import to_be_called, to_print
from registrations.people.models import RecordingReopened, Resident
from reports.bases.models import PopulationBasis, PopulationFigure
from reports.demo import statuses
from reports.demo.accounts import ACCOUNTS, make_accounts, write_accounts
from reports.demo.loop import VERIFIERS
from reports.demo.roll import MISSING, ROLL, VISITORS, missing_of, register_roll
from reports.demo.synthetic import GIVEN, OFFICES, SYNTHETIC, VOTERS, load_synthetic
from reports.editions.selectors import voters_basis
from tests.world import World, make_resident, record, today


def test_there_is_an_account_of_every_role() -> None:
    assert {role for _name, _who, role, _region in ACCOUNTS} == set(Role)


def test_synthetic_figures_are_spread_and_add_up(made: World) -> None:
    load_synthetic()
    figures = {row.region_id: row for row in PopulationFigure.objects.filter(basis__name=SYNTHETIC)}
    regencies = [code for code in figures if len(code) == 5]
    assert len(regencies) == Region.objects.level("regency").count()
    shares = [
        100 * (figures[code].recorded or 0) / (figures[code].wajib or 1) for code in regencies
    ]
    assert 81.9 < min(shares) < 84
    assert 100 < max(shares) < 101.1
    assert all(figures[code].ikd_activated and figures[code].printed for code in regencies)
    parts: dict[str, int] = defaultdict(int)
    for code in regencies:
        parts[code[:2]] += figures[code].recorded or 0
        parts[NATION] += figures[code].recorded or 0
    assert all(figures[code].recorded == count for code, count in parts.items())
    for office in OFFICES:
        villages = [code for code in figures if len(code) == 13 and code.startswith(office)]
        assert sum(figures[code].wajib or 0 for code in villages) == figures[office].wajib
    for office in (VOTERS, GIVEN):
        assert voters_basis(office, today()).kind == "dpt"
    for basis in PopulationBasis.objects.all():
        assert "sintetis" in basis.name
        assert "bukan angka resmi" in basis.note


def test_an_office_has_its_roll_with_160_missing_and_a_verifier(made: World) -> None:
    by = made["operator"].actor
    with scoped(by.scope):
        register_roll(by, today())
        people = Resident.objects.filter(office_id=by.region)
        assert people.count() == ROLL - VISITORS
        assert missing_of(by.region, today()) == MISSING
        villages = Region.objects.within(by.region).level("village")
        assert people.values("village").distinct().count() == villages.count()
        assert all(one.is_example for one in people)
    verifiers = {name: region for name, _who, role, region in ACCOUNTS if "verifier" in role}
    assert {verifiers[name][:5] for name in VERIFIERS.values()} == set(VERIFIERS)


def test_a_list_of_statuses_is_taken_in_and_one_waits(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = timezone.now() - timedelta(days=2)
    for _n in range(9):
        record(made, make_resident(made), occurred_at=earlier)
    record(made, make_resident(made))
    failed = make_resident(made)
    record(made, failed, outcome="failed", reason="network", occurred_at=earlier)
    monkeypatch.setattr(statuses, "OFFICES", (("operator", "head"),))
    monkeypatch.setattr(statuses, "actor", lambda name: made[name].actor)
    statuses.make_statuses()
    by = made["operator"].actor
    with scoped(by.scope):
        lists = StatusImport.objects.order_by("brought_at")
        assert [(one.state, one.found, len(one.refused)) for one in lists] == [
            ("taken", 10, 2),
            ("shown", 2, 0),
        ]
        assert all("contoh" in one.source for one in lists)
        assert not RecordStatus.objects.filter(resident=failed).exists()
        # One of those who have to come was called already.
        again = set(to_be_called(by).values_list("code", flat=True))
        assert again == {"ADJUDICATE_RECORD"}
        assert RecordingReopened.objects.count() == 1
        assert to_print(by).count() == 3


def test_a_made_up_password_holds_and_is_hashed_as_any_other_at_the_first_log_in(
    db: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As servers hash; this process is spared (tests/conftest.py).
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 64)
    make_accounts()
    write_accounts(tmp_path, 8000)
    first = {user.username: user.password for user in User.objects.all()}
    accounts = json.loads((tmp_path / "demo.json").read_text())["accounts"]
    assert {row["username"] for row in accounts} == first.keys()
    for row in accounts:
        user = User.objects.get(username=row["username"])
        assert check_password(row["password"], user.password)
        assert "$m=8,t=1,p=1$" in user.password
    # A later start asks whether it holds, and leaves it.
    write_accounts(tmp_path, 8000)
    assert {user.username: user.password for user in User.objects.all()} == first
    assert user.check_password(row["password"])
    user.refresh_from_db()
    assert "$m=64," in user.password
    write_accounts(tmp_path, 8000)
    assert user.password == User.objects.get(pk=user.pk).password
    # One that somebody reset is again what demo.json says, hashed as any other.
    user.set_password("lain-sekali-9")
    user.must_change_password = True
    user.save()
    write_accounts(tmp_path, 8000)
    user.refresh_from_db()
    assert check_password(row["password"], user.password)
    assert "$m=64," in user.password
    assert not user.must_change_password
