"""Documents: asked for, papers ticked, worked on, handed over once, counted once; counts without persons."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dukcapil.accounts.scoping import scoped
from dukcapil.core.errors import Conflict, DomainError, Invalid, NotFound, Refused
from dukcapil.regions.models import Region
from events.planning.enums import BRING, Service
from events.planning.models.requirement import Requirement
from events.planning.selectors.requirements import papers_of, papers_together
from events.planning.services.requirements import set_requirement
from registrations.corrections.services.merging import merge
from registrations.documents.enums import TAKEN_BY, TRANSITIONS, DocumentState, Verb
from registrations.documents.models import DocumentRequest, OfficeCount
from registrations.documents.renderers import chart
from registrations.documents.selectors import (
    counted_on,
    days_taken,
    document_version,
    median_days,
    version_of,
    working_days_taken,
)
from registrations.documents.services.counts import set_counts
from registrations.documents.services.requests import (
    ask_document,
    hand_over,
    handed_to,
    move_document,
    refuse_document,
    tick_papers,
)
from registrations.ledger.models import ServiceRecord
from registrations.ledger.selectors import served_in
from registrations.ledger.services.corrections import void_record
from registrations.oversight.services.erasing import erase_person
from registrations.people.models import Resident
from tests.engines import LONG
from tests.world import BUKITTINGGI, World, make_event, make_resident, today

_S = DocumentState
_KK = [str(paper) for paper in BRING[Service.FAMILY_CARD]]


def asked(made: World, person: Resident, here: list[str] | None = None, **changes: Any) -> Any:
    by = made["operator"].actor
    values = {"service": "family_card", "for_whom": "family", "here": _KK if here is None else here}
    with scoped(by.scope):
        return ask_document(by=by, resident=person, **(values | changes))


def ready(made: World, person: Resident, **changes: Any) -> Any:
    by, request = made["operator"].actor, asked(made, person, **changes)
    with scoped(by.scope):
        request = move_document(by=by, request=request, state="in_work")
        return move_document(by=by, request=request, state="ready")


def given_out(made: World, request: Any, **changes: Any) -> Any:
    by = made["operator"].actor
    values = {"relation": "self", "proof": "ktp"} | changes
    with scoped(by.scope):
        return hand_over(by=by, request=request, **values)


def settle() -> None:
    """What the database looks at when a transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def code_of(call: Any, **values: Any) -> str:
    with pytest.raises(DomainError) as error, transaction.atomic():
        call(**values)
    return error.value.code


def test_what_lacks_keeps_it_out_of_work(made: World) -> None:
    by, person = made["operator"].actor, make_resident(made)
    request = asked(made, person, here=_KK[:1])
    assert (request.state, request.lacks) == (_S.INCOMPLETE, _KK[1:])
    with scoped(by.scope):
        assert code_of(move_document, by=by, request=request, state="in_work") == "papers-missing"
        request = tick_papers(by=by, request=request, here=_KK)
        assert (request.state, request.lacks) == (_S.ASKED, [])
        request = move_document(by=by, request=request, state="in_work")
        request = tick_papers(by=by, request=request, here=_KK[1:])
        assert (request.state, request.lacks) == (_S.INCOMPLETE, _KK[:1])
        assert code_of(tick_papers, by=by, request=request, here=["Surat lain"]) == "papers"


def test_it_is_counted_once_with_the_hand_over(made: World) -> None:
    by, person = made["operator"].actor, make_resident(made)
    event = make_event(made)
    request = ready(made, person, event=event)
    with scoped(by.scope):
        assert served_in(by, event) == []
    request = given_out(made, request, relation="family", proof="kk", name="Siti")
    with scoped(by.scope):
        served = [(row["service"], row["outcome"], row["n"]) for row in served_in(by, event)]
        assert served == [("family_card", "done", 1)]
        assert handed_to(request) == "Siti"
        assert b"Siti" not in bytes(request.handed_to)
    assert _again(made, request) == "document-state"
    with scoped(by.scope):
        assert ServiceRecord.objects.visible_to(by).count() == 1


def _again(made: World, request: Any) -> str:
    by = made["operator"].actor
    with scoped(by.scope):
        return code_of(hand_over, by=by, request=request, relation="self", proof="ktp")


def test_a_void_makes_it_ready_again(made: World) -> None:
    by = made["operator"].actor
    request = given_out(made, ready(made, make_resident(made)))
    with scoped(by.scope):
        void_record(by=by, record=request.record, reason="Salah orang")
        settle()
        request.refresh_from_db()
        assert (request.state, request.record_id, request.relation) == (_S.READY, None, "")
    assert given_out(made, request).state == _S.HANDED_OVER


def test_a_void_ends_what_was_asked_for_again(made: World) -> None:
    """One of a kind is open for oneself: the void of the earlier one is not refused for that."""
    by, person = made["operator"].actor, make_resident(made)
    values: dict[str, Any] = {"service": "other", "for_whom": "self"}
    values["here"] = [str(paper) for paper in BRING[Service.OTHER]]
    first = given_out(made, ready(made, person, **values))
    second = asked(made, person, **values)
    with scoped(by.scope):
        assert code_of(refuse_document, by=by, request=first, because="data") == "document-state"
        void_record(by=by, record=first.record, reason="Salah orang")
        settle()
        first.refresh_from_db()
        second.refresh_from_db()
    assert (first.state, first.refused_because, first.record_id) == (_S.REFUSED, "twice", None)
    assert second.state == _S.ASKED


def test_who_looked_before_somebody_else_ticked_is_told(made: World) -> None:
    by, person = made["operator"].actor, make_resident(made)
    request = asked(made, person, here=_KK[:1])
    seen = document_version(request)
    with scoped(by.scope):
        request = tick_papers(by=by, request=request, here=_KK[:2], version=seen)
        late = {"here": _KK[:1], "version": seen}
        assert code_of(tick_papers, by=by, request=request, **late) == "changed-meanwhile"
        request = tick_papers(by=by, request=request, here=_KK)
        page = document_version(request)
        request = move_document(by=by, request=request, state="in_work", version=page)
        request = move_document(by=by, request=request, state="ready")
        # An old page does not take back into work what is ready.
        again = {"state": "in_work", "version": page}
        assert code_of(move_document, by=by, request=request, **again) == "changed-meanwhile"
        assert move_document(by=by, request=request, state="in_work").state == _S.IN_WORK


def test_the_page_ticks_what_it_showed(made: World, client: Client) -> None:
    request = asked(made, make_resident(made), here=_KK[:1])
    seen, path = document_version(request), f"/dokumen/{request.pk}/"
    client.force_login(made["operator"].user)
    page = client.get(path).content.decode()
    assert f'value="{seen}"' in page
    assert client.post(path, {"do": "papers", "here": _KK, "version": seen}).status_code == 302
    late = client.post(path, {"do": "papers", "here": _KK[:1], "version": seen})
    assert late.status_code == 409
    page = client.get(path).content.decode()
    with scoped(made["operator"].actor.scope):
        request.refresh_from_db()
    assert request.state == _S.ASKED
    step = {"do": "in_work", "version": document_version(request)}
    client.post(path, step)
    with scoped(made["operator"].actor.scope):
        request.refresh_from_db()
        assert request.state == _S.IN_WORK
        request = move_document(by=made["operator"].actor, request=request, state="ready")
        client.post(path, step)
        request.refresh_from_db()
        assert request.state == _S.READY


def test_it_follows_who_is_merged(made: World) -> None:
    head = made["head"].actor
    gone, stays = make_resident(made), make_resident(made)
    request = given_out(made, ready(made, gone))
    before = request.record_id
    with scoped(head.scope):
        merge(by=head, resident=gone, into=stays, reason="Satu orang")
        settle()
        request.refresh_from_db()
        assert (request.resident_id, request.state) == (stays.pk, _S.HANDED_OVER)
        assert request.record_id != before
        assert request.record.resident_id == stays.pk


def test_erasing_takes_the_name_and_ends_what_is_open(made: World) -> None:
    head, person = made["head"].actor, make_resident(made)
    done = given_out(made, ready(made, person), relation="proxy", proof="letter", name="Siti")
    open_one = asked(made, person, service="moving_out", here=[])
    with scoped(head.scope):
        erase_person(by=head, resident=person, reason="Permohonan", case="12/2026")
        done.refresh_from_db()
        open_one.refresh_from_db()
        assert (done.state, done.handed_to) == (_S.HANDED_OVER, None)
        assert (open_one.state, open_one.refused_because) == (_S.REFUSED, "gone")


def test_who_may_not(made: World) -> None:
    person, request = make_resident(made), None
    request = asked(made, person)
    for name, error in (("neighbour", NotFound), ("province_officer", Refused)):
        by = made[name].actor
        with scoped(by.scope), pytest.raises(error):
            tick_papers(by=by, request=request, here=[])
        with scoped(by.scope), pytest.raises(error):
            ask_document(by=by, resident=person, service="moving", for_whom="self", here=[])


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"service": "recording", "for_whom": "self", "here": []}, "document-service"),
        ({"service": "death_certificate", "for_whom": "self", "here": []}, "for-whom"),
        ({"service": "marriage", "for_whom": "deceased", "here": []}, "for-whom"),
        ({"here": ["Surat lain"]}, "papers"),
    ],
)
def test_what_is_refused(made: World, values: dict[str, Any], code: str) -> None:
    person = make_resident(made)
    with pytest.raises(Invalid) as error, transaction.atomic():
        asked(made, person, **values)
    assert error.value.code == code


def test_asked_once_for_oneself(made: World) -> None:
    person = make_resident(made)
    asked(made, person, service="moving_out", for_whom="self", here=[])
    with pytest.raises(Conflict) as error, transaction.atomic():
        asked(made, person, service="moving_out", for_whom="self", here=[])
    assert error.value.code == "already-asked"
    # Of two children there are two.
    for _n in range(2):
        asked(made, person, service="birth_0_17", for_whom="child", here=[])


def test_a_refusal_has_a_reason_and_counts_nowhere(made: World) -> None:
    by, person = made["operator"].actor, make_resident(made)
    request = asked(made, person, here=[])
    with scoped(by.scope):
        assert code_of(refuse_document, by=by, request=request, because="gone") == "reason"
        request = refuse_document(by=by, request=request, because="papers")
        assert (request.state, request.lacks) == (_S.REFUSED, _KK)
        assert not ServiceRecord.objects.visible_to(by).exists()
        for step in ("in_work", "ready"):
            assert code_of(move_document, by=by, request=request, state=step) == "document-state"


def test_somebody_else_has_a_name(made: World) -> None:
    by, request = made["operator"].actor, ready(made, make_resident(made))
    with scoped(by.scope):
        for name, code in (("", "name"), ("3175024205070002", "reason-number")):
            values = {"relation": "proxy", "proof": "letter", "name": name}
            assert code_of(hand_over, by=by, request=request, **values) == code
        assert code_of(hand_over, by=by, request=request, relation="", proof="") == "handed-over"


@settings(max_examples=25, deadline=None)
@given(steps=st.lists(st.sampled_from(list(DocumentState)), max_size=8))
def test_the_table_of_steps_ends(steps: list[DocumentState]) -> None:
    """From nowhere but `ready` it is handed over; what is refused stays so."""
    state = DocumentState.ASKED
    for step in steps:
        if step in TRANSITIONS[state]:
            assert step != _S.HANDED_OVER or state == _S.READY
            assert state != _S.REFUSED
            state = step


def _tried(by: Any, request: Any, deed: tuple[Verb, Any]) -> None:
    verb, what = deed
    values: dict[str, Any] = {"by": by, "request": request}
    if verb == Verb.TICK:
        tick_papers(**values, here=what)
    elif verb == Verb.MOVE:
        move_document(**values, state=what)
    elif verb == Verb.HAND_OVER:
        hand_over(**values, relation="self", proof="ktp")
    elif verb == Verb.REFUSE:
        refuse_document(**values, because="data")
    elif request.record is None:
        raise Conflict("document-state", "nothing was handed over")
    else:
        void_record(by=by, record=request.record, reason="Salah orang")
        settle()


#: What somebody does -> where it leads, if the chart knows the step.
_DEEDS: list[tuple[tuple[Verb, Any], DocumentState]] = [
    ((Verb.TICK, _KK), _S.ASKED),
    ((Verb.TICK, _KK[:1]), _S.INCOMPLETE),
    ((Verb.MOVE, "in_work"), _S.IN_WORK),
    ((Verb.MOVE, "ready"), _S.READY),
    ((Verb.HAND_OVER, None), _S.HANDED_OVER),
    ((Verb.REFUSE, None), _S.REFUSED),
    ((Verb.VOID, None), _S.READY),
]


@settings(
    max_examples=30 if LONG else 6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    deeds=st.lists(st.sampled_from(_DEEDS), min_size=4, max_size=12),
    begins=st.sampled_from([_KK, _KK[:1]]),
)
@example(deeds=[_DEEDS[2], _DEEDS[3], _DEEDS[4], _DEEDS[3]], begins=_KK)
def test_the_verbs_take_the_steps_of_the_chart(made: World, deeds: Any, begins: list[str]) -> None:
    """Whatever is done in whatever order: a verb is carried out just where the chart has its step. Ticking
    again what is ticked already is no step, and no refusal.
    """
    by = made["operator"].actor
    with scoped(by.scope), transaction.atomic():
        request = asked(made, make_resident(made), here=begins)
        for deed, leads_to in deeds:
            old = DocumentState(request.state)
            stays = deed[0] == Verb.TICK and (
                old == leads_to or (old == _S.IN_WORK and deed[1] == _KK)
            )
            is_step = TAKEN_BY.get((old, leads_to)) == deed[0]
            try:
                with transaction.atomic():
                    _tried(by, request, deed)
                done = True
            except Conflict:
                done = False
            request = DocumentRequest.objects.select_related("record").get(pk=request.pk)
            assert done == (is_step or stays), (old, deed)
            assert request.state == (leads_to if is_step else old)
        transaction.set_rollback(True)


def test_the_chart_in_the_documents_is_the_one_of_the_tables() -> None:
    """`manage.py draw_charts` writes it; of every step one verb is known, and of no other."""
    written = Path(__file__).parents[2] / "docs" / "documents.md"
    assert written.read_text() == chart()
    assert set(TAKEN_BY) == {(old, new) for old, later in TRANSITIONS.items() for new in later}


@pytest.mark.parametrize("old", list(DocumentState))
def test_the_database_knows_the_same_steps(made: World, old: DocumentState) -> None:
    """Both sides: each step that the table has is let through, each other one refused."""
    by, person = made["operator"].actor, make_resident(made)
    columns: dict[str, dict[str, Any]] = {
        _S.INCOMPLETE: {"lacks": _KK[:1]},
        _S.REFUSED: {"refused_because": "data", "lacks": []},
    }
    blank = {"lacks": [], "refused_because": ""}
    request = asked(made, person)
    with scoped(by.scope):
        here = {
            _S.ASKED: [],
            _S.INCOMPLETE: [_S.INCOMPLETE],
            _S.IN_WORK: [_S.IN_WORK],
            _S.READY: [_S.IN_WORK, _S.READY],
            _S.HANDED_OVER: [_S.IN_WORK, _S.READY],
            _S.REFUSED: [_S.REFUSED],
        }[old]
        rows = DocumentRequest.objects.filter(pk=request.pk)
        for state in here:
            rows.update(state=state, **(blank | columns.get(state, {})))
        if old == _S.HANDED_OVER:
            request.refresh_from_db()
            hand_over(by=by, request=request, relation="self", proof="ktp")
        for new in DocumentState:
            if new in (old, _S.HANDED_OVER) or old == _S.HANDED_OVER:
                continue
            through = True
            try:
                with transaction.atomic():
                    rows.update(state=new, **(blank | columns.get(new, {})))
                    transaction.set_rollback(True)
            except DatabaseError:
                through = False
            assert through == (new in TRANSITIONS[old]), (old, new)
        if old == _S.HANDED_OVER:
            with pytest.raises(DatabaseError), transaction.atomic():
                rows.update(state=_S.READY, record=None, handed_at=None, relation="", proof="")


# --- papers ---------------------------------------------------------------------------------------


def test_papers_are_those_of_the_lowest_region_and_of_the_day(made: World) -> None:
    head, admin = made["head"].actor, made["administrator"].actor
    day, office = today(), Region.objects.get(pk=BUKITTINGGI)
    values: dict[str, Any] = {"service": "moving_in", "source": "SE 1/2026"}

    def papers(on: date) -> list[str]:
        return papers_of(BUKITTINGGI, ["moving_in"], on)["moving_in"]

    assert papers(day) == [str(paper) for paper in BRING[Service.MOVING_IN]]
    province = Region.objects.get(pk="13")
    set_requirement(by=admin, region=province, papers=["SKPWNI"], **values)
    assert papers(day) == ["SKPWNI"]
    with scoped(head.scope):
        later = day + timedelta(days=3)
        set_requirement(
            by=head, region=office, papers=["SKPWNI", " KK  lama "], since=later, **values
        )
    assert papers(day) == ["SKPWNI"]
    assert papers(later) == ["SKPWNI", "KK lama"]
    # Of all services, each once.
    assert papers_together(BUKITTINGGI, ["moving_in", "recording", "suket"], later) == [
        *("SKPWNI", "KK lama", str(BRING[Service.RECORDING][0])),
    ]


def test_what_was_asked_for_stays(made: World) -> None:
    head, request = made["head"].actor, asked(made, make_resident(made), here=[])
    with scoped(head.scope):
        set_requirement(
            by=head,
            region=Region.objects.get(pk=BUKITTINGGI),
            service="family_card",
            papers=["F-1.02"],
            source="SK 2",
        )
        request.refresh_from_db()
    assert request.asked_papers == _KK


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"papers": []}, "papers"),
        ({"papers": ["x" * 121]}, "papers"),
        ({"papers": [str(n) for n in range(13)]}, "papers"),
        ({"source": " "}, "source"),
        ({"papers": ["KTP-el 3175024205070002"]}, "reason-number"),
        ({"since": date(2020, 1, 1)}, "requirement-since"),
    ],
)
def test_bad_requirements(made: World, changes: dict[str, Any], code: str) -> None:
    head = made["head"].actor
    office = Region.objects.get(pk=BUKITTINGGI)
    values = {"papers": ["KK"], "source": "SK 1", "service": "moving"} | changes
    with scoped(head.scope):
        assert code_of(set_requirement, by=head, region=office, **values) == code
        assert not Requirement.objects.exists()


def test_who_may_not_set_requirements(made: World) -> None:
    values: dict[str, Any] = {"service": "moving", "papers": ["KK"], "source": "SK"}
    office = Region.objects.get(pk=BUKITTINGGI)
    for name, error in (
        ("operator", Refused),
        ("province_officer", Refused),
        ("neighbour_head", NotFound),
    ):
        by = made[name].actor
        with scoped(by.scope), pytest.raises(error):
            set_requirement(by=by, region=office, **values)


# --- how long, and counts without persons ---------------------------------------------------------


def test_time_is_in_working_days(made: World) -> None:
    # Thursday to Tuesday over a weekend: three working days.
    worked = {date(2026, 3, day) for day in (5, 6, 9, 10)}
    assert days_taken(date(2026, 3, 5), date(2026, 3, 10), worked) == 3
    assert days_taken(date(2026, 3, 5), date(2026, 3, 5), worked) == 0
    by = made["operator"].actor
    with scoped(by.scope):
        assert median_days(by) is None
    request = given_out(made, ready(made, make_resident(made)))
    with scoped(by.scope):
        assert working_days_taken(request) == 0
        assert median_days(by) == (0, 1)


def test_counts_are_the_newest_and_unknown_is_not_zero(made: World) -> None:
    by, day = made["operator"].actor, today()
    event = make_event(made)
    with scoped(by.scope):
        assert counted_on(BUKITTINGGI, day, None) == {}
        version = version_of(BUKITTINGGI, day, None)
        assert (
            set_counts(by=by, day=day, counts={"marriage": 4, "divorce": None}, version=version)
            == 1
        )
        assert counted_on(BUKITTINGGI, day, None) == {"marriage": 4}
        newer = {"marriage": 0, "new_nik": 2}
        assert code_of(set_counts, by=by, day=day, counts=newer, version=version) == "version"
        version = version_of(BUKITTINGGI, day, None)
        assert set_counts(by=by, day=day, counts=newer, version=version) == 2
        assert counted_on(BUKITTINGGI, day, None) == newer
        assert set_counts(by=by, day=day, event=event, counts={"marriage": 7}, version="") == 1
        assert counted_on(BUKITTINGGI, day, event.pk) == {"marriage": 7}
        assert OfficeCount.objects.count() == 4


def test_bad_counts(made: World) -> None:
    by, day = made["operator"].actor, today()
    event = make_event(made)
    values: dict[str, Any] = {"by": by, "version": "", "counts": {"marriage": 1}}
    with scoped(by.scope):
        tomorrow = day + timedelta(days=1)
        assert code_of(set_counts, day=tomorrow, **values) == "day"
        assert code_of(set_counts, day=day, **(values | {"counts": {"recording": 1}})) == "what"
        assert code_of(set_counts, day=day, **(values | {"counts": {"moving": -1}})) == "quantity"
        assert (
            code_of(set_counts, day=day, **(values | {"counts": {"moving": 100_001}})) == "quantity"
        )
        outside = event.starts_on - timedelta(days=1)
        assert code_of(set_counts, day=outside, event=event, **values) == "outside-event"
        with pytest.raises(DatabaseError), transaction.atomic():
            OfficeCount.objects.create(
                office_id=BUKITTINGGI, day=day, what="moving", quantity=100_001, by_id=by.user_id
            )
    for name, error in (("province_officer", Refused), ("village_verifier", Refused)):
        actor = made[name].actor
        with scoped(actor.scope), pytest.raises(error):
            set_counts(day=day, **(values | {"by": actor}))
