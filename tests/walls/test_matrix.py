"""Every address x method x role x place, with both walls and with each of them alone.

The list in `routes.py` says who gets through; the board puts a canary of every kind into every
place; whatever a role reads anywhere is collected and must equal what it may read, neither more nor
less. An address that is not listed fails.
"""

from __future__ import annotations

import copy
import functools
import io
import json
import random
import zipfile
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils.http import urlencode

from dukcapil import grants
from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import Actor
from tests.documented import disagreements
from tests.engines import LONG
from tests.one_wall import take_down_first_wall
from tests.walls.board import Board, Place, digest, written
from tests.walls.conftest import as_superuser
from tests.walls.reach import REACH, READS
from tests.walls.routes import ROUTES, Route
from tests.world import CAST, make_resident, record, today

#: A walk asks a thousand pages: on a busy machine two minutes are not enough.
pytestmark = pytest.mark.timeout(300)

ROLES = [*CAST, "former_operator", "anonymous"]
# The second operator's head is there to approve; the ten roles of the cast are tested.
ROLES.remove("neighbour_head")
FORM = "application/x-www-form-urlencoded"
THROUGH = {200, 201, 202, 302, 409, 422}
#: After these nothing of the office is another thing than before.
REFUSED = {400, 401, 403, 404, 405, 409, 422}
WALLED = sorted(
    {table for table, _policy in grants.policies()} - {"registrations_effectiveservice"}
)


@functools.cache
def addresses() -> dict[str, list[str]]:
    """Every name of the URLconf with the arguments that it takes."""
    found: dict[str, list[str]] = {}

    def walk(patterns: Any, prefix: str) -> None:
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                inner = f"{pattern.namespace}:" if pattern.namespace else ""
                walk(pattern.url_patterns, prefix + inner)
            else:
                found[prefix + str(pattern.name)] = list(pattern.pattern.converters)

    walk(get_resolver().url_patterns, "")
    return found


def test_every_address_is_listed() -> None:
    assert sorted(addresses()) == sorted(ROUTES)


# --- asking ---------------------------------------------------------------------------------------


class Asker:
    """One of the cast, with a browser for pages and a token for the API; nothing it does stays."""

    def __init__(self, board: Board, name: str) -> None:
        self.name = name
        self.caller = board.made[name]
        self.client, self.program = Client(), Client()
        if self.caller.user:
            self.client.force_login(User.objects.get(pk=self.caller.user.pk))

    def ask(self, method: str, name: str, place: Place, body: Any = None) -> HttpResponse:
        path = reverse(name, kwargs=place.named(addresses()[name], ROUTES[name].aims))
        headers, cookies = {}, copy.copy(self.client.cookies)
        api = name.startswith("api:")
        if api and self.caller.token:
            headers["Authorization"] = f"Token {self.caller.token}"
        client: Any = self.program if api else self.client
        if ROUTES[name].dated:
            path += f"?date={today()}"
        if api:
            reads = method in {"GET", "HEAD", "OPTIONS"}
            data = "" if reads else json.dumps(body, default=str)
            answer = client.generic(
                method, path, data, content_type="application/json", headers=headers
            )
            said = (answer.status_code, dict(answer.headers), answer.content)
            assert not (wrong := disagreements(method, path, *said)), wrong
            return answer
        if method in {"GET", "HEAD", "OPTIONS"}:
            return client.generic(method, path, headers=headers)
        if method == "POST" and not _has_file(body or {}):
            # As a browser sends a form without a file. To read hundreds of fields in parts is dear.
            data = urlencode(body or {}, doseq=True)
            answer = client.generic(method, path, data, FORM, headers=headers)
        else:
            answer = getattr(client, method.lower())(path, body or {}, headers=headers)
        self.client.cookies = cookies
        return answer

    @contextmanager
    def undone(self) -> Iterator[None]:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)


def _has_file(body: dict[str, Any]) -> bool:
    return any(
        hasattr(one, "read")
        for value in body.values()
        for one in (value if isinstance(value, (list, tuple)) else [value])
    )


def readable(answer: HttpResponse) -> str:
    """Everything that an answer carries: status line aside, headers, cookies, body, unzipped files."""
    content = answer.content if not answer.streaming else b"".join(answer.streaming_content)
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = b"\n".join(book.read(name) for name in book.namelist())
    head = "\n".join(f"{key}: {value}" for key, value in answer.headers.items())
    return head + str(answer.cookies) + content.decode("utf-8", "replace")


def expected(route: Route, who: str, place: Place, method: str, *, api: bool) -> set[int]:
    listed: frozenset[str] = getattr(route, method.lower())
    if not listed:
        return {405, 401, 403, 404} | ({302} if who == "anonymous" else set())
    if who in listed and route.account:
        return THROUGH | {400, 403, 404, 405}  # what allauth makes of an empty or odd form
    if who not in listed:
        if api:
            return {401} if who in {"anonymous", "former_operator"} else {403, 404}
        return {302, 405} if who == "anonymous" else {403, 404, 405}
    kind = named_by(route, method)
    if kind and place.name not in REACH[kind].get(who, frozenset()):
        refused = {422} if route.typed else {404, 403}
        return {404} if method == "GET" else refused
    return THROUGH


def named_by(route: Route, method: str) -> str:
    return route.kind or (route.names if method != "GET" else "")


#: Staff and figures stand behind the first wall alone: with one wall they are what they are with both.
_ONE_WALL = {"region", "staff", "file", "webhook", "opening", "edition", "alert", "breach", "plan"}


@dataclass(frozen=True)
class Cell:
    name: str
    route: Route
    method: str
    place: Place


def walk(
    board: Board,
    who: str,
    *,
    one_wall: bool = False,
    lacking: Callable[[], Container[str]] = frozenset,
) -> Iterator[tuple[Cell, HttpResponse]]:
    """Every address with every method. `one_wall`: see `cells`; `lacking`: see `drawn`."""
    asker = Asker(board, who)
    chosen, left_out = drawn(who, cells(board, who, one_wall=one_wall))
    for cell in chain(chosen, (one for one in left_out if one.place.name in lacking())):
        route, method, place = cell.route, cell.method, cell.place
        body = route.body(board, place) if route.body else None
        with asker.undone():
            board.written = written() if method != "GET" else 0
            answer = asker.ask(method, cell.name, place, body)
            # What somebody typed comes back to them: that says nothing of anybody.
            board.typed = str(body) if method != "GET" else ""
            yield cell, answer


def cells(board: Board, who: str, *, one_wall: bool) -> Iterator[Cell]:
    """`one_wall`: leave out what a wall around people cannot change, and whatever the role is not
    let into at all: that was refused with both walls, before any of them was asked.
    """
    for name, route in ROUTES.items():
        if one_wall and (route.account or route.kind in _ONE_WALL or route.names == "region"):
            continue
        if one_wall and who not in _let_in(route):
            continue
        for place in aims(board, route):
            if who not in _let_in(route) and place.name not in _ASKED_OF.get(who, _FAR):
                continue  # refused for what they are: at home and far away says it
            for method in ("GET", "POST", *_rarer(route)):
                if method == "GET" and not route.kind and place.name != "own":
                    continue
                yield Cell(name, route, method, place)


def drawn(who: str, found: Iterable[Cell]) -> tuple[list[Cell], list[Cell]]:
    """What a run asks, and what it leaves out: all places with LONG, else the own one, each that the role
    does not reach and one of the others that it does, by the dice of the run. Where the place
    decides nothing, for nobody of the role gets through, home. Every address, method and role
    is asked in every run, and at home whoever is refused for what they are: where the check of the right is
    forgotten, only home lets them in. What was left out of a place is asked when something of it is
    `lacking`.
    """
    alike: dict[tuple[str, str, str], list[Cell]] = defaultdict(list)
    for cell in found:
        alike[cell.name, cell.method, "" if LONG else _decides(who, cell)].append(cell)
    if LONG:
        return [cell for same in alike.values() for cell in same], []
    chosen = [
        next((one for one in same if _is_refused_at_home(who, one)), None) or random.choice(same)
        for same in alike.values()
    ]
    asked = set(map(id, chosen))
    return chosen, [cell for same in alike.values() for cell in same if id(cell) not in asked]


def _is_refused_at_home(who: str, cell: Cell) -> bool:
    home = _HOME.get(who, "own")
    return who not in getattr(cell.route, cell.method.lower()) and cell.place.name == home


def _decides(who: str, cell: Cell) -> str:
    """What the answer to the role depends on, as far as the lists here say."""
    if who not in getattr(cell.route, cell.method.lower()):
        return "refused"
    if cell.place.name == "own":
        return "own"
    reach = REACH.get(named_by(cell.route, cell.method))
    reached = reach is None or cell.place.name in reach.get(who, ())
    return "reached" if reached else f"out of reach: {cell.place.name}"


def test_a_run_asks_every_address_and_method_of_every_role_on_both_sides_of_its_reach() -> None:
    places = {
        name: SimpleNamespace(name=name) for name in ("parent", *REACH["region"]["head"], *_FAR)
    }
    board: Any = SimpleNamespace(places=places | {"sibling": SimpleNamespace(name="sibling")})
    for who in ROLES:
        found = list(cells(board, who, one_wall=False))
        chosen, left_out = drawn(who, found)
        assert len(chosen) + len(left_out) == len(found)
        assert {(one.name, one.method) for one in chosen} >= {
            (one.name, one.method) for one in found
        }
        home = _HOME.get(who, "own")
        at_home = {
            (one.name, one.method)
            for one in found
            if one.place.name == home and who not in getattr(one.route, one.method.lower())
        }
        assert at_home <= {(one.name, one.method) for one in chosen if one.place.name == home}
        let_in = [one for one in chosen if who in getattr(one.route, one.method.lower())]
        for kind, reach in REACH.items():
            aimed = [one for one in let_in if named_by(one.route, one.method) == kind]
            by_call: dict[tuple[str, str], set[str]] = defaultdict(set)
            for one in aimed:
                by_call[one.name, one.method].add(one.place.name)
            for call, asked in by_call.items():
                assert "own" in asked
                assert asked >= {
                    one.place.name
                    for one in found
                    if named_by(one.route, one.method) == kind and (one.name, one.method) == call
                } - reach.get(who, frozenset())


def _rarer(route: Route) -> list[str]:
    return [method for method in ("PATCH", "DELETE") if getattr(route, method.lower())]


_FAR = {"own", "other"}
#: Whose home is another place.
_ASKED_OF = {"neighbour": {"own", "sibling"}}
_HOME = {"neighbour": "sibling", "other_province_officer": "other"}


def _let_in(route: Route) -> frozenset[str]:
    return route.get | route.post | route.patch | route.delete


def aims(board: Board, route: Route) -> list[Place]:
    """Whom an address can be aimed at: the province itself has staff and figures, no office's things."""
    if route.kind in {"region", "staff"}:
        return list(board.places.values())
    aimed = route.kind or route.names or route.body
    return (
        [p for p in board.places.values() if p.name != "parent"] if aimed else [board.places["own"]]
    )


def seen_in(board: Board, answer: HttpResponse) -> set[tuple[str, str]]:
    text = readable(answer)
    return {
        what
        for canary, what in board.canaries.items()
        if canary in text and canary not in board.typed
    }


# --- both walls -----------------------------------------------------------------------------------


#: The same roles seen from the other side: what they may not read of these, these may not read of them.
_MIRRORED = {"neighbour": "operator", "other_province_officer": "province_officer"}


def test_mirrored_roles_have_the_rights_of_those_that_are_walked() -> None:
    """Right by right: who is let in, and how far each reaches."""
    rights = [
        getattr(route, verb)
        for route in ROUTES.values()
        for verb in ("get", "post", "patch", "delete")
    ]
    assert [right for right in rights if _differ(right)] == []
    reaches = {**REACH, **READS}
    one_sided = [kind for kind, reach in reaches.items() if _differ(set(filter(reach.get, reach)))]
    assert one_sided == ["draft"]  # there is one at home alone


def _differ(right: Container[str]) -> bool:
    return any((mirror in right) != (who in right) for mirror, who in _MIRRORED.items())


@pytest.mark.parametrize(
    "who",
    [pytest.param(r, marks=pytest.mark.long) if r in _MIRRORED else r for r in ROLES],
)
def test_with_both_walls(board: Board, who: str) -> None:
    leaks, wrong, read = [], [], set()
    readable_ones = {(kind, where) for kind in READS for where in READS[kind].get(who, ())}
    offices = {place.office for place in board.places.values()}
    before = {office: digest(office) for office in offices}
    for cell, answer in walk(board, who, lacking=lambda: {w for _k, w in readable_ones - read}):
        name, route, method, place = cell.name, cell.route, cell.method, cell.place
        allowed = expected(route, who, place, method, api=name.startswith("api:"))
        if answer.status_code not in allowed:
            wrong.append((name, method, place.name, answer.status_code))
        for kind, where in seen_in(board, answer):
            if route.public and kind == "event":
                continue
            read.add((kind, where))
            if where not in READS[kind].get(who, frozenset()):
                leaks.append((name, method, place.name, kind, where))
        refused = method != "GET" and answer.status_code in REFUSED
        if refused and written() != board.written:
            assert digest(place.office) == before[place.office], (name, place.name)
    assert not wrong, "\n".join(map(str, wrong))
    assert not leaks, "\n".join(map(str, leaks))
    assert mail.outbox == []
    # Something was there to be leaked, and who may read it did read it.
    assert read == readable_ones


# --- one wall alone -------------------------------------------------------------------------------


#: Who is let into much walks alone; the others share a board, which no walk changes.
_DESKS = ["head", "neighbour", "province_officer"]
#: The head goes wherever the operator of the same office goes.
_GOES_ALONG = "operator"
_TOGETHER = [
    ["head"],
    *(
        pytest.param(roles, marks=pytest.mark.long)
        for roles in (
            *([one] for one in _DESKS if one != "head"),
            [role for role in ROLES if role not in {*_DESKS, _GOES_ALONG}],
        )
    ),
]


def test_the_head_is_let_in_wherever_the_operator_is() -> None:
    assert [
        name
        for name, route in ROUTES.items()
        if _GOES_ALONG in _let_in(route) and "head" not in _let_in(route)
    ] == []


@pytest.mark.parametrize("together", _TOGETHER, ids=lambda roles: roles[0])
def test_with_the_first_wall_only(board: Board, together: list[str]) -> None:
    as_superuser(*[f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY" for table in WALLED])
    assert {who: leaks for who in together if (leaks := leaks_of(board, who))} == {}


@pytest.mark.parametrize("together", _TOGETHER, ids=lambda roles: roles[0])
def test_with_the_second_wall_only(
    board: Board, together: list[str], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """Around people only: plans and staff stand behind the first wall alone."""
    take_down_first_wall(monkeypatch, settings)
    found = [leak for who in together for leak in leaks_of(board, who)]
    assert [leak for leak in found if leak[3] in {"people", "number"}] == []


def test_what_is_kept_of_pages_is_kept_with_its_wall(
    board: Board, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """What tests take down is not left down: the order of tests changes no answer."""

    def leaking(names: Iterable[str]) -> set[str]:
        found = set()
        for name in names:
            with asker.undone():
                seen = seen_in(board, asker.ask("GET", name, board.places["own"]))
            if any(where not in READS[kind].get("head", frozenset()) for kind, where in seen):
                found.add(name)
        return found

    asker, board.typed = Asker(board, "head"), ""
    pages = [name for name, route in ROUTES.items() if "head" in route.get and not route.public]
    with monkeypatch.context() as taken_down:
        take_down_first_wall(taken_down, settings)
        open_ones = leaking(pages)
    assert {"today", "calendar"} <= open_ones
    assert leaking(open_ones) == set()


@pytest.mark.long
def test_without_any_wall_the_harness_finds_leaks(
    board: Board, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """The control: all protections off, the same walk, and every kind of canary gets out."""
    monkeypatch.setattr(Actor, "covers", lambda self, code: True)
    take_down_first_wall(monkeypatch, settings)
    as_superuser(*[f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY" for table in WALLED])
    kinds = {leak[3] for leak in leaks_of(board, "operator")}
    assert kinds >= {"people", "event", "number"}


def leaks_of(board: Board, who: str) -> list[tuple[str, str, str, str, str]]:
    return [
        (cell.name, cell.method, cell.place.name, kind, where)
        for cell, answer in walk(board, who, one_wall=True)
        for kind, where in seen_in(board, answer)
        if not (cell.route.public and kind == "event")
        if where not in READS[kind].get(who, frozenset())
    ]


# --- other methods, counts, tags ------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_no_other_method_does_anything(board: Board, method: str) -> None:
    asker, answers = Asker(board, "head"), {}
    for name, route in ROUTES.items():
        if not route.account and not getattr(route, method.lower(), None):
            with asker.undone():
                answers[name] = asker.ask(method, name, board.places["own"], {}).status_code
    assert {name: status for name, status in answers.items() if status not in {403, 405}} == {}


def test_head_and_options_carry_nobody(board: Board) -> None:
    asker = Asker(board, "head")
    for name in ROUTES:
        for method in ("HEAD", "OPTIONS"):
            with asker.undone():
                answer = asker.ask(method, name, board.places["sibling"])
            assert seen_in(board, answer) == set(), (name, method)


def test_what_a_neighbour_adds_changes_no_count_and_no_tag(board: Board) -> None:
    """Lists and their ETag stay byte for byte the same while people are added elsewhere."""
    asker = Asker(board, "operator")
    lists = [name for name, args in addresses().items() if name.startswith("api:") and not args]
    lists = [name for name in lists if ROUTES[name].get and name not in _MOVING]

    def look() -> dict[str, tuple[int, bytes, str | None]]:
        own = board.places["own"]
        answers = {name: asker.ask("GET", name, own) for name in lists}
        return {
            name: (answer.status_code, answer.content, answer.headers.get("ETag"))
            for name, answer in answers.items()
        }

    before = look()
    assert {"api:residents", "api:records", "api:appointments"} <= before.keys()
    record(board.made, make_resident(board.made, "13.06"))
    assert look() == before
    record(board.made, make_resident(board.made, "13.75"))
    changed = {name for name, row in look().items() if row != before[name]}
    assert {"api:residents", "api:records"} <= changed


#: The schema is the same for everybody; coverage counts by domicile over all chains.
_MOVING = {"api:schema", "api:docs"}
