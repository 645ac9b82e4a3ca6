"""The script for pgbench that is made out of two recorded requests."""

from __future__ import annotations

import pytest

from tests.benchmarks import recorded
from tests.benchmarks.crowd import crowd
from tests.benchmarks.scripts import Message, Script, person_id
from tests.registrations.test_short_road import record_of
from tests.world import World, make_event, make_session


def _request(person: str, holder: str, seat: int, code: str, moment: str) -> list[Message]:
    return [
        Message("BEGIN; EXECUTE enter ('secret; no end')", {"scope": "13.75;;"}),
        Message(f"EXECUTE take ('{holder}', 'it''s; one')", {"number": str(seat), "last": "9"}),
        Message(f"EXECUTE visit ('{holder}', '{person}', '{code}', '{moment}', {seat}, 9)"),
        Message("COMMIT"),
    ]


def _two() -> tuple[list[Message], list[Message]]:
    one = _request(
        *(person_id(1), "01a2b3c4-0000-7000-8000-00000000aaaa", 41, "K7M2Q9XA"),
        moment="2026-11-27 03:00:00.125+00:00",
    )
    two = _request(
        *(person_id(2), "01a2b3c4-0000-7000-8000-00000000bbbb", 42, "P3R8T2YB"),
        moment="2026-11-27 03:00:01+00:00",
    )
    return one, two


def _script() -> list[str]:
    made = Script(person_id(1), person_id(2)).of(["PREPARE take AS SELECT 1"], *_two())
    return made.splitlines()


def test_what_is_new_in_each_request_is_a_variable() -> None:
    body = _script()[-4:]
    holder, person = "01a2b3c4-0000-7000-8000-:drawn0", "00000000-0000-7000-8000-:person"
    moment = "2026-11-27 03:00:00.125+00:00"
    assert body == [
        "BEGIN\\; EXECUTE enter ('secret; no end') ;",
        f"EXECUTE take ('{holder}', 'it''s; one') \\gset from1_",
        f"EXECUTE visit ('{holder}', '{person}', ':drawn1', '{moment}', :from1_number, 9) ;",
        "COMMIT ;",
    ]


def test_ids_and_texts_are_drawn_and_statements_prepared_once_a_connection() -> None:
    head = _script()[:-4]
    assert "\\set drawn0 random(100000000000, 999999999999)" in head
    assert "\\set drawn1 random(1000000000, 9999999999)" in head
    fresh = head.index("\\if :fresh")
    assert head[fresh:] == ["\\if :fresh", "PREPARE take AS SELECT 1;", "\\set fresh 0", "\\endif"]


def test_a_number_that_nobody_said_ends_the_run() -> None:
    one, two = _two()
    one[0].sql, two[0].sql = "BEGIN; SELECT 5", "BEGIN; SELECT 6"
    with pytest.raises(AssertionError, match="nobody knows where 5 and 6"):
        Script(person_id(1), person_id(2)).of([], one, two)


def test_requests_of_other_shape_are_no_recording() -> None:
    one, two = _two()
    two[3].sql = "COMMIT; SELECT 1"
    with pytest.raises(AssertionError):
        Script(person_id(1), person_id(2)).of([], one, two)


@pytest.mark.parametrize("what", ["booking", "record"])
def test_what_the_product_sends_is_understood(kept: World, what: str) -> None:
    """Else `make bench` ends in the middle, which nobody sees before somebody measures."""
    crowd(kept, 0, 3)
    session = str(make_session(kept, make_event(kept), {"recording": 3}).pk)

    def send(person: str) -> None:
        booking = {"session": session, "resident": person, "services": ["recording"]}
        path, body = (
            ("appointments/", booking)
            if what == "booking"
            else ("service-records/", record_of(person))
        )
        assert kept["operator"].post(path, body).status == 201

    script = recorded.record(send, 0).splitlines()
    assert "COMMIT ;" in script[-1]
    assert any(f"{person_id(0)[:24]}:person" in line for line in script)
