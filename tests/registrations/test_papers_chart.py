"""The chart of papers is what the ledger makes of them: random deeds, and each step of the table once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dukcapil.accounts.scoping import scoped
from dukcapil.core.errors import DomainError
from registrations.corrections.services.merging import merge
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.corrections import void_record
from registrations.papers.enums import TAKEN_BY, PaperKind, PaperState, Verb
from registrations.papers.models import Paper
from registrations.papers.renderers import chart
from registrations.papers.services.papers import issue, void_paper
from tests.engines import LONG
from tests.registrations.test_papers import recorded, sound
from tests.world import World, record

_S = PaperState
#: What somebody does, and to which of the two rows of one person, or to which paper in order of issue.
Deed = tuple[str, int]
_DEEDS = st.one_of(
    st.tuples(st.sampled_from(["suket", "suket", "biodata", "hand", "unhand"]), st.integers(0, 1)),
    st.tuples(st.just("void"), st.integers(0, 4)),
    st.just(("merge", 0)),
)


class Drive:
    """Row 0 is merged into row 1."""

    def __init__(self, made: World) -> None:
        self.made, self.head = made, made["head"].actor
        self.people = [recorded(made), recorded(made)]
        self.papers: list[Any] = []

    def states(self) -> dict[Any, PaperState]:
        return {pk: _S(state) for pk, state in Paper.objects.values_list("pk", "state")}

    def do(self, deed: Deed) -> dict[tuple[Any, Any], Verb]:
        """The steps that were taken, each by the verb of the chart that it is called there."""
        before = self.states()
        try:
            with transaction.atomic():
                self._tried(*deed)
        except DomainError:
            assert self.states() == before, deed
            return {}
        after = self.states()
        steps = {}
        for paper in before:
            if before[paper] != after[paper]:
                step = (before[paper], after[paper])
                steps[step] = self._verb(deed, paper)
        assert {after[paper] for paper in after.keys() - before.keys()} <= {_S.VALID}
        return steps

    def _verb(self, deed: Deed, paper: Any) -> Verb:
        name, place = deed
        if name == "void":
            return Verb.VOID if self.papers[place] == paper else Verb.VOID_NEWER
        return {
            "hand": Verb.HAND_OVER,
            "unhand": Verb.VOID_HAND_OVER,
            "merge": Verb.MERGE,
        }.get(name, Verb.ISSUE)

    def _handed(self, place: int) -> ServiceRecord | None:
        """The hand-over that counts."""
        rows = ServiceRecord.objects.filter(
            resident=self.people[place], service="card_handover", row_kind="record", weight=1
        )
        return rows.exclude(later__row_kind="void").first()

    def _tried(self, name: str, place: int) -> None:
        by = self.head
        if name in PaperKind.values:
            person = self.people[place].pk
            self.papers.append(issue(by=by, kind=name, resident=person, reason="Uji coba")[0].pk)
        elif name == "void" and place < len(self.papers):
            void_paper(by=by, paper_id=self.papers[place], reason="Salah cetak")
        elif name == "hand":
            record(self.made, self.people[place], "card_handover")
        elif name == "unhand" and (handed := self._handed(place)):
            void_record(by=by, record=handed, reason="Belum diambil")
        elif name == "merge" and self.people[0] != self.people[1]:
            merge(by=by, resident=self.people[0], into=self.people[1], reason="Satu orang")
            self.people[0] = self.people[1]


@settings(
    max_examples=60 if LONG else 12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(deeds=st.lists(_DEEDS, min_size=5, max_size=14))
def test_papers_take_the_steps_of_the_chart(made: World, deeds: list[Deed]) -> None:
    """Whatever is done in whatever order: the chart has each step, and of one person and kind one paper
    holds at most.
    """
    with scoped(made["head"].actor.scope), transaction.atomic():
        drive = Drive(made)
        for deed in deeds:
            for step, verb in drive.do(deed).items():
                assert verb in TAKEN_BY.get(step, ()), (step, deed)
        sound()
        transaction.set_rollback(True)


#: A way to each step of the table; its last deed takes it.
_WAYS: dict[tuple[PaperState, PaperState, Verb], list[Deed]] = {
    (_S.VALID, _S.REPLACED, Verb.ISSUE): [("suket", 0), ("suket", 0)],
    (_S.VALID, _S.REPLACED, Verb.MERGE): [("suket", 0), ("suket", 1), ("merge", 0)],
    (_S.VALID, _S.EXCHANGED, Verb.HAND_OVER): [("suket", 0), ("hand", 0)],
    (_S.VALID, _S.EXCHANGED, Verb.MERGE): [("hand", 1), ("suket", 0), ("merge", 0)],
    (_S.VALID, _S.VOID, Verb.VOID): [("biodata", 0), ("void", 0)],
    (_S.REPLACED, _S.VALID, Verb.VOID_NEWER): [("biodata", 0), ("biodata", 0), ("void", 1)],
    (_S.REPLACED, _S.EXCHANGED, Verb.VOID_NEWER): [
        *(("suket", 0), ("suket", 0), ("hand", 0), ("void", 1))
    ],
    (_S.REPLACED, _S.VOID, Verb.VOID): [("suket", 0), ("suket", 0), ("void", 0)],
    (_S.EXCHANGED, _S.VALID, Verb.VOID_HAND_OVER): [("suket", 0), ("hand", 0), ("unhand", 0)],
    (_S.EXCHANGED, _S.REPLACED, Verb.MERGE): [
        *(("suket", 0), ("hand", 0), ("suket", 1), ("merge", 0))
    ],
    (_S.EXCHANGED, _S.VOID, Verb.VOID): [("suket", 0), ("hand", 0), ("void", 0)],
}


def test_each_step_of_the_chart_can_be_taken(made: World) -> None:
    for step, way in _WAYS.items():
        with scoped(made["head"].actor.scope), transaction.atomic():
            drive = Drive(made)
            taken = [drive.do(deed) for deed in way]
            assert taken[-1].get(step[:2]) == step[2], step
            sound()
            transaction.set_rollback(True)


@pytest.mark.parametrize(
    "deeds",
    [
        [("suket", 1), ("hand", 1), ("suket", 0), ("merge", 0)],
        [("suket", 0), ("suket", 0), ("hand", 1), ("merge", 0)],
        [("suket", 0), ("hand", 0), ("suket", 1), ("hand", 1), ("merge", 0)],
    ],
)
def test_one_card_is_given_for_one_suket(made: World, deeds: list[Deed]) -> None:
    """Two rows of one person brought several together with a card: when that is taken back, one holds."""
    with scoped(made["head"].actor.scope):
        drive = Drive(made)
        for deed in deeds:
            drive.do(deed)
        assert sorted(drive.states().values()) == ["exchanged", "replaced"]
        drive.do(("unhand", 1))
        assert sorted(drive.states().values()) == ["replaced", "valid"]
    sound()


def test_the_chart_in_the_documents_is_the_one_of_the_table() -> None:
    """`manage.py draw_charts` writes it; there is a way to every step."""
    written = Path(__file__).parents[2] / "docs" / "papers.md"
    assert written.read_text() == chart()
    steps = {(*step, verb) for step, verbs in TAKEN_BY.items() for verb in verbs}
    assert steps == set(_WAYS)
