"""The chart of burials is what the verbs do: random deeds, and each step of the table once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import DomainError
from dukcapil.regions.models import Region
from registrations.arrivals.enums import ArrivalKind
from registrations.arrivals.selectors import arrivals_of
from registrations.burials.enums import BEGINS, TAKEN_BY, BurialState, Verb
from registrations.burials.models import Burial
from registrations.burials.renderers import chart
from registrations.burials.services.entries import Entry
from registrations.burials.services.matching import match_burial, may_be
from registrations.burials.services.recording import (
    correct_burial,
    receive_burial,
    record_burial,
    void_burial,
)
from registrations.corrections.services.correcting import correct
from registrations.corrections.services.merging import merge
from registrations.people.models import Resident
from tests.engines import LONG
from tests.registrations.test_burials import AGAM, BORN, CITY, WHY, person, said
from tests.standing import empty_redis
from tests.world import World

_S = BurialState
#: What somebody does, and to which line in order of writing; or which line is written.
Deed = tuple[str, Any]
_LINES = ("number", "other", "named", "name", "stranger", "elsewhere")
_DEEDS = st.one_of(
    st.tuples(st.just("enter"), st.sampled_from(_LINES)),
    st.tuples(
        st.sampled_from(["compare", "compare", "choose", "nobody", "correct", "void"]),
        st.integers(0, 3),
    ),
    st.sampled_from([("rename", 0), ("merge", 0), ("receive", 0)]),
)
_VERBS = {
    "compare": Verb.COMPARE,
    "choose": Verb.DECIDE,
    "nobody": Verb.DECIDE,
    "correct": Verb.CORRECT,
    "void": Verb.VOID,
    "receive": Verb.VOID,
    "merge": Verb.MERGE,
}


class Drive:
    """Two rows of one person, the first with another number; somebody corrects the first one's name."""

    def __init__(self, made: World) -> None:
        self.made, self.head = made, made["head"].actor
        (self.person, number), (self.other, second) = (
            person(made),
            person(made, name="Contoh Kedua"),
        )
        self.tells: dict[str, dict[str, Any]] = {
            "number": {"nik": number},
            "other": {"nik": second, "name": "Contoh Kedua"},
            "named": {"birth_date": BORN},
            "name": {},
            "stranger": {"name": "Orang Jauh"},
            "elsewhere": {"name": "Contoh Rantau", "home_village": Region.objects.get(pk=AGAM)},
        }
        self.lines: list[tuple[Any, str]] = []

    def states(self) -> dict[Any, BurialState]:
        with scoped(EVERYBODY):
            return {pk: _S(state) for pk, state in Burial.everything.values_list("pk", "state")}

    def do(self, deed: Deed) -> dict[tuple[Any, Any], Verb | None]:
        """The steps that were taken, each by its verb."""
        before = self.states()
        try:
            with transaction.atomic():
                self._tried(*deed)
        except DomainError:
            assert self.states() == before, deed
            return {}
        after = self.states()
        assert {after[line] for line in after.keys() - before.keys()} <= set(BEGINS), deed
        return {
            (before[line], after[line]): _VERBS.get(deed[0])
            for line in before
            if before[line] != after[line]
        }

    def _entry(self, tells: str, **changes: Any) -> Entry:
        return Entry(**said(**self.tells[tells], **changes))

    def _tried(self, name: str, what: Any) -> None:
        if name == "enter":
            village = Region.objects.get(pk=CITY)
            line = record_burial(by=self.head, village=village, entry=self._entry(what))
            self.lines.append((line.pk, what))
        elif name == "rename":
            held = Resident.objects.select_related("identity").get(pk=self.person.pk)
            other = "Orang Lain" if held.identity.name != "Orang Lain" else "Contoh Almarhum"
            changes = {"name": other}
            correct(
                by=self.head, resident=held, changes=changes, reason=WHY, confirm=["look-alike"]
            )
        elif name == "merge":
            merge(by=self.head, resident=self.person, into=self.other, reason=WHY)
            self.person = self.other
        elif name == "receive":
            self._receive()
        elif self.lines:
            self._on_line(name, what % len(self.lines))

    def _on_line(self, name: str, place: int) -> None:
        key, tells = self.lines[place]
        values: dict[str, Any] = {"by": self.head, "burial_id": key}
        if name == "compare":
            match_burial(**values)
        elif name == "nobody":
            match_burial(**values, nobody=True)
        elif name == "void":
            void_burial(**values, reason=WHY)
        elif name == "correct":
            entry = self._entry(tells, cemetery=f"TPU {len(self.lines)}")
            self.lines.append((correct_burial(**values, entry=entry, reason=WHY).pk, tells))
        elif people := may_be(self.head, Burial.objects.get(pk=key)):
            match_burial(**values, resident=people[0])

    def _receive(self) -> None:
        there = self.made["neighbour"].actor
        with scoped(there.scope):
            for arrival in list(arrivals_of(there, ArrivalKind.BURIAL)):
                receive_burial(by=there, arrival_id=arrival.pk)


@settings(
    max_examples=60 if LONG else 6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(deeds=st.lists(_DEEDS, min_size=6, max_size=16))
def test_the_verbs_take_the_steps_of_the_chart(made: World, deeds: list[Deed]) -> None:
    """Whatever is done in whatever order; a line that another one corrected, or that is void, stays so."""
    empty_redis()
    with scoped(made["head"].actor.scope), transaction.atomic():
        drive = Drive(made)
        for deed in deeds:
            for step, verb in drive.do(deed).items():
                assert verb in TAKEN_BY.get(step, ()), (step, deed)
        transaction.set_rollback(True)


_ASKED: list[Deed] = [("enter", "name"), ("compare", 0)]
_MATCHED: list[Deed] = [("enter", "number"), ("compare", 0)]
_RENAMED: Deed = ("rename", 0)
#: A way to each step of the table; its last deed takes it.
_WAYS: dict[tuple[BurialState, BurialState, Verb], list[Deed]] = {
    (_S.NEW, _S.ASKED, Verb.COMPARE): _ASKED,
    (_S.NEW, _S.MATCHED, Verb.COMPARE): _MATCHED,
    (_S.NEW, _S.MATCHED, Verb.DECIDE): [("enter", "number"), ("choose", 0)],
    (_S.NEW, _S.NOT_FOUND, Verb.COMPARE): [("enter", "stranger"), ("compare", 0)],
    (_S.NEW, _S.NOT_FOUND, Verb.DECIDE): [("enter", "number"), ("nobody", 0)],
    (_S.ASKED, _S.MATCHED, Verb.COMPARE): [_RENAMED, *_MATCHED, _RENAMED, ("compare", 0)],
    (_S.ASKED, _S.MATCHED, Verb.DECIDE): [*_ASKED, ("choose", 0)],
    (_S.ASKED, _S.NOT_FOUND, Verb.COMPARE): [*_ASKED, _RENAMED, ("compare", 0)],
    (_S.ASKED, _S.NOT_FOUND, Verb.DECIDE): [*_ASKED, ("nobody", 0)],
    (_S.MATCHED, _S.ASKED, Verb.MERGE): [
        *(*_MATCHED, ("enter", "other"), ("compare", 1), ("merge", 0))
    ],
    (_S.MATCHED, _S.NOT_FOUND, Verb.DECIDE): [*_MATCHED, ("nobody", 0)],
    (_S.NOT_FOUND, _S.ASKED, Verb.COMPARE): [_RENAMED, *_ASKED, _RENAMED, ("compare", 0)],
    (_S.NOT_FOUND, _S.MATCHED, Verb.COMPARE): [*_MATCHED, ("nobody", 0), ("compare", 0)],
    (_S.NOT_FOUND, _S.MATCHED, Verb.DECIDE): [*_MATCHED, ("nobody", 0), ("choose", 0)],
    **{
        (state, _S.VOID, verb): [*way, (name, 0)]
        for state, way in {
            _S.NEW: [("enter", "number")],
            _S.ASKED: _ASKED,
            _S.MATCHED: _MATCHED,
            _S.NOT_FOUND: [("enter", "stranger"), ("compare", 0)],
            _S.HANDED_OVER: [("enter", "elsewhere")],
        }.items()
        for verb, name in ((Verb.VOID, "void"), (Verb.CORRECT, "correct"))
    },
}


@pytest.mark.parametrize("step", list(_WAYS), ids=" ".join)
def test_each_step_of_the_chart_can_be_taken(
    made: World, step: tuple[BurialState, BurialState, Verb]
) -> None:
    with scoped(made["head"].actor.scope):
        drive = Drive(made)
        taken = [drive.do(deed) for deed in _WAYS[step]]
    assert taken[-1].get(step[:2]) == step[2]


def test_comparing_again_overturns_no_decision(made: World) -> None:
    """Who has another name by now, or never had the same one, lies there until somebody says otherwise."""
    for way in ([*_MATCHED, _RENAMED], [*_ASKED, ("choose", 0)]):
        with scoped(made["head"].actor.scope), transaction.atomic():
            drive = Drive(made)
            for deed in way:
                drive.do(deed)
            finding = Burial.objects.get().finding_id
            assert drive.do(("compare", 0)) == {}
            burial = Burial.objects.get()
            assert (burial.state, burial.finding_id) == (_S.MATCHED, finding)
            assert finding
            transaction.set_rollback(True)


def test_what_another_office_declared_void_is_void_here(made: World) -> None:
    with scoped(made["head"].actor.scope):
        drive = Drive(made)
        drive.do(("enter", "elsewhere"))
        drive.do(("receive", 0))
        assert sorted(drive.states().values()) == ["handed_over", "new"]
        assert drive.do(("void", 0)) == {(_S.HANDED_OVER, _S.VOID): Verb.VOID}
        assert drive.do(("receive", 0)) == {(_S.NEW, _S.VOID): Verb.VOID}


def test_the_chart_in_the_documents_is_the_one_of_the_table() -> None:
    """`manage.py draw_charts` writes it; there is a way to every step."""
    written = Path(__file__).parents[2] / "docs" / "burials.md"
    assert written.read_text() == chart()
    steps = {(*step, verb) for step, verbs in TAKEN_BY.items() for verb in verbs}
    assert steps == set(_WAYS)
