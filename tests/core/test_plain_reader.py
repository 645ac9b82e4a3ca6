"""A row that is read plainly is what the serializer makes of it; of every other one the serializer says why not."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dukcapil.core.api import StrictSerializer, TextField, WholeNumberField
from dukcapil.core.plain_reader import PlainReader
from events.planning.enums import Service
from registrations.api.records import RecordBody, plain_rows
from registrations.ledger.enums import CardUsed, HandoverProof, Outcome, Receiver
from registrations.ledger.models import REASONS
from tests.engines import LONG

_IDS = st.uuids().map(str)
_MOMENTS = st.builds(
    lambda moment, year, offset: f"{year:04}{moment.isoformat()[4:]}{offset}",
    st.datetimes(),
    st.sampled_from([1, 1899, 1900, 2024, 2024, 2024, 2024, 9000, 9001, 9999]),
    st.sampled_from(["Z", "+00:00", "+07:00", "+0900", "+08", "-23:59", "", "+25:00"]),
)
#: Of each field what is right most of the time.
_GOOD: dict[str, st.SearchStrategy[Any]] = {
    "id": _IDS,
    "service": st.sampled_from(Service.values),
    "outcome": st.sampled_from(Outcome.values),
    "reason": st.sampled_from([value for value, _label in REASONS]),
    "resident": _IDS,
    "nik": st.from_regex(r"\A[0-9]{16}\Z"),
    "ticket": st.text("ABCDEFGH23456789", min_size=1, max_size=10),
    "session": _IDS,
    "event": _IDS,
    "occurred_at": _MOMENTS,
    "device": st.text(max_size=62),
    "note": st.text(max_size=302),
    "card_used": st.sampled_from(CardUsed.values),
    "receiver": st.sampled_from(Receiver.values),
    "receiver_name": st.text(max_size=102),
    "proof": st.sampled_from(HandoverProof.values),
    "device_now": _MOMENTS,
}
_BAD = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(["", " ", "\x00", "a\u200bb", "\ud800", "x" * 301, " done ", "2024-11-15"])
    | st.sampled_from(
        ["2024-11-15T08:00+07", "2024-W46-5", "20241115T080000Z", "2024-11-15T24:00:00Z"]
    )
    | st.sampled_from(
        ["urn:uuid:" + str(uuid.UUID(int=7)), "{" + str(uuid.UUID(int=7)) + "}", "0" * 32]
    )
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.text(max_size=2), st.none(), max_size=2)
)


@st.composite
def sent(draw: st.DrawFn) -> Any:
    """A row as a device sends it: what is needed and one name, then more, less, and what is wrong."""
    named = draw(st.sampled_from(["resident", "nik", "ticket"]))
    names = ["id", "service", "outcome", "occurred_at", named]
    names += draw(st.lists(st.sampled_from(sorted(_GOOD)), max_size=4))
    row = {name: draw(_GOOD[name]) for name in names}
    for name in draw(st.lists(st.sampled_from([*sorted(_GOOD), "other"]), max_size=2)):
        if draw(st.booleans()):
            row[name] = draw(_BAD)
        else:
            row.pop(name, None)
    return row


@settings(max_examples=600 if LONG else 250, deadline=None)
@given(sent() | _BAD)
def test_what_is_read_plainly_is_what_the_serializer_reads(row: Any) -> None:
    bound = RecordBody(data=row)
    accepted = bound.is_valid()
    plain = plain_rows().read(row)
    if plain is not None:
        assert accepted, bound.errors
        assert plain == dict(bound.validated_data)
        assert [type(plain[name]) for name in plain] == [
            type(bound.validated_data[name]) for name in plain
        ]
    elif accepted:
        # Left to the serializer without need, which costs time alone: only texts with signs that nobody sees,
        # ids that are numbers, and forms of a moment that are read in a second way.
        assert any(
            not isinstance(value, str)
            or not value.isprintable()
            or name in ("occurred_at", "device_now")
            for name, value in row.items()
        )


@pytest.mark.parametrize("name", sorted(_GOOD))
def test_nothing_wrong_is_read_plainly(name: str) -> None:
    row = {
        "id": str(uuid.uuid4()),
        "service": "recording",
        "outcome": "done",
        "occurred_at": datetime(2024, 11, 15, tzinfo=UTC).isoformat(),
    }
    if name not in ("nik", "ticket"):
        row["resident"] = str(uuid.uuid4())
    assert plain_rows().read(row | ({} if "resident" in row else {name: "1"})) is not None
    nothing, signs = [None, "", " ", 7, True, [], {}], ["\x00", "a\u202eb", "\ue000"]
    for wrong in (*nothing, *signs, "x" * 400, "2024-11-15T08:00:00"):
        changed = row | {name: wrong}
        bound = RecordBody(data=changed)
        plain = plain_rows().read(changed)
        assert plain is None or (bound.is_valid() and plain == dict(bound.validated_data)), wrong


def test_most_rows_are_read_plainly() -> None:
    """Else every row would go through the serializer, and nobody would notice but by the clock."""
    whole = {
        "id": str(uuid.uuid4()),
        "service": "card_handover",
        "outcome": "done",
        "resident": str(uuid.uuid4()),
        "session": str(uuid.uuid4()),
        "event": str(uuid.uuid4()),
        "occurred_at": "2024-11-15T08:00:00+07:00",
        "device_now": "2024-11-15T01:00:00.123Z",
        "device": "Laptop Nagari 3",
        "note": " kartu lama, Ñame ",
        "receiver": "family",
        "receiver_name": "Siti",
        "proof": "kk",
    }
    bound = RecordBody(data=whole)
    assert bound.is_valid(), bound.errors
    assert plain_rows().read(whole) == dict(bound.validated_data)


@pytest.mark.parametrize(
    "field",
    [
        WholeNumberField(),
        TextField(max_length=9, default="x"),
        TextField(max_length=9, min_length=2),
        TextField(max_length=9, trim_whitespace=False),
    ],
)
def test_a_field_that_asks_more_is_told_when_the_reader_is_made(field: Any) -> None:
    body = type("Body", (StrictSerializer,), {"field": field})
    with pytest.raises(TypeError):
        PlainReader(body, bool)
    PlainReader(type("Body", (StrictSerializer,), {"field": TextField(max_length=9)}), bool)
