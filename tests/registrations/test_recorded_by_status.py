"""Whom SIAK has recorded, although nobody here knows the day: the card is printed and handed over."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from dukcapil.core.ids import uuid7
from tests.world import World, make_resident

pytestmark = pytest.mark.usefixtures("both_roads")


def told(made: World, code: str, **changes: object) -> dict[str, object]:
    """Somebody of whom SIAK says a code; the body of a service for them."""
    person = make_resident(made, **changes)
    at = (timezone.now() - timedelta(days=2)).isoformat()
    said = {"resident": str(person.pk), "code": code, "at": at, "source": "Daftar SIAK"}
    assert made["operator"].post("record-statuses/", said).status == 201
    return {"resident": str(person.pk), "outcome": "done"}


def log(made: World, body: dict[str, object], service: str, **more: object) -> tuple[int, object]:
    now = timezone.now().isoformat()
    row = {**body, "id": str(uuid7()), "service": service, "occurred_at": now, **more}
    answer = made["operator"].post("service-records/", row)
    return answer.status, answer.json.get("weight")


def test_whom_siak_has_gets_a_card(made: World) -> None:
    body = told(made, "PRINT_READY_RECORD")
    assert log(made, body, "card_print", reason="first_card") == (201, 1)
    assert log(made, body, "card_handover") == (201, 1)


@pytest.mark.parametrize("code", ["UNREGISTERED", "ENROLL_FAILURE_AT_CENTRAL", "ADJUDICATE_RECORD"])
def test_whom_siak_has_not_gets_none(made: World, code: str) -> None:
    body = told(made, code)
    assert log(made, body, "card_print", reason="first_card")[0] == 422
    assert log(made, body, "card_handover")[0] == 422


def test_a_status_makes_nobody_older_and_carries_no_ikd(made: World) -> None:
    young = today_years_ago(16)
    body = told(made, "PRINT_READY_RECORD", birth_date=young)
    assert log(made, body, "card_handover")[0] == 422
    assert log(made, told(made, "CARD_ISSUED"), "ikd_activation")[0] == 422


def today_years_ago(years: int) -> date:
    day = timezone.localdate()
    return date(day.year - years, 1, 1)
