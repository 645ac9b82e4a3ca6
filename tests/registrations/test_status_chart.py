"""The chart of statuses is what every door accepts: random histories, one by one and as lists."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Conflict
from dukcapil.regions.enums import today_in
from registrations.booking.services.drafts import Source
from registrations.cards.enums import REFUSED, StatusCode
from registrations.cards.models import RecordStatus, StatusCount
from registrations.cards.services.importing import bring_statuses, take_statuses
from registrations.cards.services.statuses import enter_status
from registrations.people.models import Resident
from tests.engines import LONG
from tests.registrations.test_statuses import ago, enter, number, standing
from tests.world import World, at, make_resident

DAYS = 30
_steps = st.lists(
    st.tuples(st.sampled_from(StatusCode.values), st.integers(0, DAYS), st.booleans()),
    min_size=1,
    max_size=12,
)


class Chart:
    """What the chart says of a history, written without the code under test but its table."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, datetime]] = []
        self.newest: tuple[str, datetime] | None = None

    def fate(self, code: str, moment: datetime) -> str:
        if (code, moment) in self.rows:
            return "known"
        older = self.newest is not None and moment < self.newest[1]
        if self.newest and not older and code in REFUSED[StatusCode(self.newest[0])]:
            return "impossible"
        self.rows.append((code, moment))
        if older:
            return "older"
        self.newest = (code, moment)
        return "taken"


def one(made: World, person: Resident, code: str, moment: datetime) -> str:
    by = made["operator"].actor
    try:
        row = enter_status(by=by, resident=person, code=code, at=moment, source="SIAK")
    except Conflict as error:
        return {"status-known": "known", "status-impossible": "impossible"}[error.code]
    return "taken" if row.newest else "older"


def listed(made: World, person: Resident, code: str, moment: datetime) -> str:
    by = made["operator"].actor
    text = f"NIK;Status;Tanggal status\n{number(person)};{code};{moment:%d-%m-%Y}"
    brought = bring_statuses(
        by=by, source=Source(text.encode()), said_by="SIAK", as_of=by.today
    ).brought
    done = take_statuses(by=by, brought_id=brought.pk)
    (fate,) = [name for name in ("taken", "older", "known", "impossible") if getattr(done, name)]
    return fate


@settings(
    max_examples=30 if LONG else 6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=_steps)
def test_every_door_accepts_what_the_chart_draws(
    made: World, steps: list[tuple[str, int, bool]]
) -> None:
    """In whatever order, late or not, by hand or as a list: history is kept, and one of it stands."""
    by = made["operator"].actor
    person, chart = make_resident(made), Chart()
    mark = transaction.savepoint()
    with scoped(by.scope):
        for code, days, as_list in steps:
            moment = at(0, 0, today_in("13.75") - timedelta(days=days))
            expected = chart.fate(code, moment)
            door = listed if as_list else one
            assert door(made, person, code, moment) == expected, (code, days, as_list)
            kept = RecordStatus.objects.filter(resident=person, taken_back=False)
            assert sorted(kept.values_list("code", "at")) == sorted(chart.rows)
            newest = kept.filter(newest=True).values_list("code", "at")
            assert list(newest) == [chart.newest]
            counted = StatusCount.objects.filter(office="13.75", people__gt=0)
            assert chart.newest is not None
            assert list(counted.values_list("code", "people")) == [(chart.newest[0], 1)]
    transaction.savepoint_rollback(mark)


def _by_page(made: World, browser: Any, person: Resident) -> bool:
    sent = {"code": "PROCESSING", "at": str(ago(5).date()), "source": "SIAK"}
    return bool(browser("operator").post(f"/penduduk/{person.pk}/status/", sent).status_code == 302)


def _by_api(made: World, browser: Any, person: Resident) -> bool:
    body = {"resident": str(person.pk), "code": "PROCESSING", "at": ago(5).isoformat()}
    return bool(made["operator"].post("record-statuses/", {**body, "source": "SIAK"}).status == 201)


def _by_list(made: World, browser: Any, person: Resident) -> bool:
    page = browser("operator")
    text = f"NIK;Status;Tanggal status\n{number(person)};Processing;{ago(5):%d-%m-%Y}"
    brought = page.post(
        "/status/",
        {"do": "bring", "as_of": str(ago(0).date()), "said_by": "SIAK", "pasted": text},
    )
    assert brought.status_code == 302, brought.content.decode()
    assert page.post(brought["Location"], {"do": "take"}).status_code == 302
    with scoped(EVERYBODY):
        return RecordStatus.objects.filter(resident=person, code="PROCESSING").exists()


def _by_verb(made: World, browser: Any, person: Resident) -> bool:
    return not enter(made, person, "PROCESSING", 5).newest


_DOORS = (_by_page, _by_api, _by_list, _by_verb)


@pytest.mark.parametrize("door", _DOORS)
def test_a_status_older_than_the_one_known_is_history_by_every_door(
    made: World, browser: Any, door: Any
) -> None:
    person = make_resident(made)
    enter(made, person, "CARD_PRINTED", 3)
    assert door(made, browser, person)
    assert standing(person) == "CARD_PRINTED"
    with scoped(EVERYBODY):
        assert RecordStatus.objects.filter(resident=person, newest=False).count() == 1


@pytest.mark.parametrize("door", _DOORS)
def test_what_never_follows_is_refused_by_every_door(made: World, browser: Any, door: Any) -> None:
    person = make_resident(made)
    enter(made, person, "CARD_PRINTED", 9)
    try:
        accepted = door(made, browser, person)
    except Conflict:
        accepted = False
    assert not accepted
    with scoped(EVERYBODY):
        assert RecordStatus.objects.filter(resident=person).count() == 1
