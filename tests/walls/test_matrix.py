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
import sys
import zipfile
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
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
from tests.engines import LONG, dice
from tests.one_wall import take_down_first_wall
from tests.walls import headers
from tests.walls.board import Board, Place, digest, written
from tests.walls.conftest import as_superuser
from tests.walls.doors import answers, comes_through, has_door, has_one_door
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


def _is_around_people(route: Route) -> bool:
    return not (route.account or route.kind in _ONE_WALL or route.names == "region")


#: Address, method, place; kind of canary, and where it lives.
Leak = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Cell:
    name: str
    route: Route
    method: str
    place: Place


def walk(
    board: Board, who: str, *, one_wall: bool, some: bool = False
) -> Iterator[tuple[Cell, HttpResponse]]:
    """Every address with every method. `one_wall`: see `cells`; `some`: see `drawn`."""
    found = cells(board, who, one_wall=one_wall)
    chosen, _left_out = drawn(who, found, one_wall=one_wall, some=some)
    yield from asked(board, Asker(board, who), chosen)


def asked(
    board: Board, asker: Asker, chosen: Iterable[Cell]
) -> Iterator[tuple[Cell, HttpResponse]]:
    for cell in chosen:
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
        if one_wall and not _is_around_people(route):
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


def drawn(
    who: str, found: Iterable[Cell], *, one_wall: bool = False, some: bool = False
) -> tuple[list[Cell], list[Cell]]:
    """What a run asks, and what it leaves out: everything with LONG, else by the dice of the run.

    Of each address and method the own place and one that is not reached, of whom `asks` draws among those that are
    let in. Of the places that a role reaches one of each kind of thing, read and written: what is left out is asked
    where something was not read that should have been (`lacking`). Whoever comes through the door and is refused
    behind it is asked at home: where the check of the right is forgotten, only home lets them in. Who does not come
    through: see `at_doors`.

    With the first wall alone each of the head's addresses is asked on both sides, so a quarter of the desk's with both.
    What is written at home by a form `test_mass_assignment.py` sends and looks at (`FORMS`): a sixth is sent here too,
    as with one wall. `some`: half of the lists, and a quarter of the rest.
    """
    alike: dict[tuple[str, ...], list[Cell]] = defaultdict(list)
    for cell in found:
        alike[_alike(who, cell)].append(cell)
    if LONG:
        return [cell for same in alike.values() for cell in same], []
    chosen = [
        next((one for one in same if is_refused_at_home(who, one)), None) or random.choice(same)
        for (decides, *_call), same in alike.items()
        if decides != "door"
        if random.random() < _share(who, decides, same[0], one_wall=one_wall, some=some)
    ]
    chosen_ones = set(map(id, chosen))
    return chosen, [c for same in alike.values() for c in same if id(c) not in chosen_ones]


def _share(who: str, decides: str, cell: Cell, *, one_wall: bool, some: bool) -> float:
    at_home = decides == "own" and cell.method != "GET"
    if decides not in _SIDES or (cell.name, cell.method) == _REVEALS:
        share = 1.0
    elif one_wall:
        rest = (1 / 4 if cell.route.kind or cell.method != "GET" else 1 / 2) if some else 1
        kept = cell.name in _KEPT and cell.method == "GET"
        share = 1 if kept else 1 / 6 if at_home else rest
    elif who in _OUTSIDE:
        open_to_all = cell.route.account and _listed(cell) >= set(ROLES)
        share = 1 / 3 if open_to_all and who not in _FOR_ALL else 1
    elif who not in asks(cell.name, cell.method)[decides]:
        share = 0
    elif who in _DESK and _reaches_as_the_head(who, cell):
        if at_home:
            share = 1 / 6 if cell.name in FORMS else 1
        else:
            share = 1 / 4 if _is_around_people(cell.route) else 1
    else:
        share = 1
    return share


def _reaches_as_the_head(who: str, cell: Cell) -> bool:
    reach = REACH[kind] if (kind := named_by(cell.route, cell.method)) else {}
    return reach.get(who) == reach.get("head")


#: Pages whose body would work, sent by the head.
FORMS = sorted(
    name
    for name, route in ROUTES.items()
    if route.body and route.post and not name.startswith("api:") and "head" in route.post
)
#: A place is one's own, or it is not reached: between them stands the check of a scope, which all roles share.
_SIDES = ("own", "out of reach")
#: Pages that keep much of what they show.
_KEPT = ("today", "calendar")
#: Who serves people. The head is let in wherever the operator of the same office is.
_DESK = ("head", "operator")
#: Those above, beside and below it: each may read other kinds of things than the others.
_OTHERS = (
    *("province_officer", "nation_viewer", "village_verifier"),
    *("api_client", "administrator"),
)
#: Asked of what is theirs always: there is little of it.
_OUTSIDE = ("public_client", "former_operator", "anonymous")


@functools.cache
def asks(name: str, method: str) -> Mapping[str, set[str]]:
    """Who asks in this run, by the side: of the desk one, and of the others one, of each that something decides.

    At home those who reach what is there, and those who do not (it is another's draft, say). What is read there is
    asked of so many others that of each kind of thing which not all may read somebody asks who may read none.
    """
    route, falls = ROUTES[name], dice(f"walks {name} {method}")
    let_in: frozenset[str] = getattr(route, method.lower())
    reach = REACH[kind] if (kind := named_by(route, method)) else {}
    drawn_ones: dict[str, set[str]] = {}
    at_home = [{one for one in let_in if not kind or "own" in reach.get(one, ())}]
    at_home.append(set(let_in) - at_home[0])
    drawn_ones["own"] = set().union(*(_one_of(_DESK, some, falls) for some in at_home))
    for some in at_home:
        there = {one for one in _OTHERS if one in some}
        chosen = _one_of(_OTHERS, some, falls)
        blind = [there - readers.keys() for readers in READS.values() if method == "GET"]
        drawn_ones["own"] |= chosen | _fewest([one for one in blind if not one & chosen], falls)
    stopped = {one for one in let_in if kind and not reach.get(one, frozenset()) >= _FAR_AWAY}
    drawn_ones["out of reach"] = _one_of(_DESK, stopped, falls) | _one_of(_OTHERS, stopped, falls)
    # Its reach has offices within, as no other's; where views part roles they part it from the desk.
    drawn_ones["out of reach"] |= {"province_officer"} & stopped
    return drawn_ones


def _one_of(group: Iterable[str], some: Container[str], falls: random.Random) -> set[str]:
    there = [one for one in group if one in some]
    return {falls.choice(there)} if there else set()


def _fewest(groups: list[set[str]], falls: random.Random) -> set[str]:
    """So few that of each group somebody is among them."""
    wanted, everybody = [group for group in groups if group], sorted(set().union(*groups))
    for number in range(len(everybody) + 1):
        if fitting := [some for some in combinations(everybody, number) if _meet(some, wanted)]:
            return set(falls.choice(fitting))
    raise AssertionError


def _meet(some: Iterable[str], groups: list[set[str]]) -> bool:
    return all(group.intersection(some) for group in groups)


def is_let_in(who: str, cell: Cell) -> bool:
    return who in _listed(cell)


def _listed(cell: Cell) -> frozenset[str]:
    listed: frozenset[str] = getattr(cell.route, cell.method.lower())
    return listed


def is_refused_at_home(who: str, cell: Cell) -> bool:
    return not is_let_in(who, cell) and cell.place.name == _HOME.get(who, "own")


def _alike(who: str, cell: Cell) -> tuple[str, ...]:
    """What the answer to the role depends on, as far as the lists and the doors say."""
    call = (cell.name, cell.method)
    if not is_let_in(who, cell):
        return ("refused" if is_asked_inside(who, cell) else "door", *call)
    if cell.place.name == "own":
        return ("own", *call)
    kind = named_by(cell.route, cell.method)
    if kind and cell.place.name not in REACH[kind].get(who, ()):
        return ("out of reach", *call)
    return ("reached", kind, "read" if cell.method == "GET" else "written")


def is_asked_inside(who: str, cell: Cell) -> bool:
    """Whether only the view itself can refuse them, and not everybody alike."""
    through = comes_through(who, cell.name, cell.method)
    return through and (bool(_listed(cell)) or not has_door(cell.name))


def at_doors(board: Board) -> Iterator[tuple[str, Cell]]:
    """Who is refused before a view begins, or by a view that refuses everybody: of each door one who is posted and
    does not hold the right, and one who does where nobody is let in; who is no longer posted at a fifth, nobody at
    all everywhere. Where `page` stands outermost it is one door for all methods, of which one is asked; elsewhere, and
    in the API, each method has its own. With LONG all of them are asked in their own walk.

    At a quarter of those pages alone but for nobody at all, whom another one sends to the log-in: one function
    refuses at each, with the right that the code was read for. Where another right or none stands, they come through.
    """
    callers: dict[tuple[str, str], list[tuple[str, Cell]]] = defaultdict(list)
    for who in ROLES:
        for cell in cells(board, who, one_wall=False):
            if is_refused_at_home(who, cell) and not is_asked_inside(who, cell):
                callers[cell.name, cell.method].append((who, cell))
    methods: dict[str, list[str]] = defaultdict(list)
    for name, method in callers:
        methods[name].append(method)
    for (name, method), refused in callers.items():
        if has_one_door(name) and method != dice(f"doors {name}").choice(methods[name]):
            continue
        yield from (one for one in refused if one[0] == "anonymous")
        if not _is_tried(name):
            continue
        through = [one for one in refused if comes_through(one[0], name, method)]
        posted = [one for one in refused if one not in through and one[0] not in _NOBODY_NOW]
        yield from (one for one in refused if one[0] == "former_operator" and random.random() < 0.2)
        yield from random.sample(posted, min(1, len(posted)))
        yield from random.sample(through, min(1, len(through)))


def _is_tried(name: str) -> bool:
    return not has_one_door(name) or dice(f"tried doors {name}").random() < 1 / 4


def test_a_run_asks_every_address_and_method_on_both_sides_of_a_reach() -> None:
    board = _bare_board()
    calls, at, refused = set(), _asked_in_a_run(board), _not_asked_in_walks(board)
    for who in _walking():
        for one in cells(board, who, one_wall=False):
            call = (one.name, one.method)
            if is_let_in(who, one):
                calls.add(call)
            elif who not in refused[call] and one.place.name == _HOME.get(who, "own"):
                assert one.place.name in at[call][who]
    for call in calls:
        _is_asked_on_both_sides(call, at[call])


def test_a_run_asks_at_every_door() -> None:
    board, mirrored = _bare_board(), set(_MIRRORED)
    refused = _not_asked_in_walks(board)
    behind: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for call, whom in refused.items():
        # The code says that they do not come through, or that nobody gets through there.
        listed = getattr(ROUTES[call[0]], call[1].lower())
        assert not listed or not any(comes_through(who, *call) for who in whom)
        behind[_door(*call)] |= whom
    asked_at: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for who, cell in at_doors(board):
        assert who not in _listed(cell)
        assert cell.place.name == _HOME.get(who, "own")
        asked_at[_door(cell.name, cell.method)].add(who)
    if LONG:
        assert not any(behind.values())
        return
    tried = {door for door in behind if _is_tried(door[0])}
    of_pages = {door for door in behind if has_one_door(door[0])}
    assert len(of_pages) / 8 < len(of_pages & tried) < len(of_pages) / 2
    for door, whom in behind.items():
        turned_away = asked_at[door] - mirrored
        assert turned_away <= whom, door
        assert "anonymous" in turned_away or "anonymous" not in whom, door
        assert asked_at[door] - {"anonymous"} or not whom - _NOBODY_NOW or door not in tried, door
    assert set().union(*asked_at.values()) >= set(ROLES) - mirrored


def _door(name: str, method: str) -> tuple[str, ...]:
    return (name,) if has_one_door(name) else (name, method)


def _walking() -> list[str]:
    return ROLES if LONG else [who for who in ROLES if who not in _MIRRORED]


def _asked_in_a_run(board: Board) -> dict[tuple[str, str], dict[str, set[str]]]:
    """Call -> role -> places of which it is asked."""
    at: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for who in _walking():
        found = list(cells(board, who, one_wall=False))
        chosen, left_out = drawn(who, found)
        assert len(chosen) + len(left_out) == len(found)
        if who == "head":
            chosen += drawn(who, cells(board, who, one_wall=True), one_wall=True)[0]
            # What `test_mass_assignment.py` sends and looks at.
            chosen += [one for one in found if one.name in FORMS and one.place.name == "own"]
        for one in chosen:
            at[one.name, one.method][who].add(one.place.name)
    return at


def _not_asked_in_walks(board: Board) -> dict[tuple[str, str], set[str]]:
    """Call -> who is refused there and not asked in their own walk."""
    refused: dict[tuple[str, str], set[str]] = defaultdict(set)
    for who in _walking():
        found = list(cells(board, who, one_wall=False))
        asked_there = {(one.name, one.method) for one in drawn(who, found)[0]}
        for one in found:
            if not is_let_in(who, one) and (one.name, one.method) not in asked_there:
                refused[one.name, one.method].add(who)
    return refused


def _bare_board() -> Any:
    names = ("parent", "sibling", *REACH["region"]["head"], *_FAR)
    return SimpleNamespace(places={name: SimpleNamespace(name=name) for name in names})


def _is_asked_on_both_sides(call: tuple[str, str], at: Mapping[str, set[str]]) -> None:
    """At home of the desk and of the others, where they are let in: of who reaches what is there and of who does
    not, and where it is read, of who may read nothing of a kind, for each kind. Away of the desk and of the others.
    """
    (_name, method), route = call, ROUTES[call[0]]
    kind, let_in = named_by(route, method), getattr(route, method.lower())
    reach = REACH[kind] if kind else {}
    home = {who for who, places in at.items() if "own" in places} & let_in
    away = {who for who, places in at.items() if places - {"own"} - reach.get(who, frozenset())}
    for group in (set(_DESK) & let_in, set(_OTHERS) & let_in):
        reaching = {who for who in group if not kind or "own" in reach.get(who, ())}
        for some in (reaching, group - reaching):
            assert not some or some & home, call
            for may_read in READS.values() if method == "GET" and "head" not in group else []:
                blind = some - may_read.keys()
                assert not blind or blind & home, (call, blind)
        stopped = {who for who in group if kind and _FAR_AWAY - reach.get(who, frozenset())}
        assert not stopped or stopped & away, (call, stopped)
        assert {"province_officer"} & stopped <= away, call
    theirs = {"anonymous", "public_client"} & let_in
    assert let_in >= set(ROLES) or theirs <= home, call
    assert "anonymous" not in let_in or "anonymous" in home, call
    if call == _REVEALS:
        assert home >= let_in - set(_MIRRORED)


def test_who_is_let_in_comes_through_the_door() -> None:
    assert [
        (name, method, who)
        for name, route in ROUTES.items()
        for method in ("GET", "POST", "PATCH", "DELETE")
        for who in getattr(route, method.lower())
        if not comes_through(who, name, method)
    ] == []
    # Without a door of ours: pages for anybody, and what an account alone opens.
    without = {name for name in ROUTES if not has_door(name)}
    assert {name for name in without if not (ROUTES[name].account or ROUTES[name].public)} == set()


def _rarer(route: Route) -> list[str]:
    return [method for method in ("PATCH", "DELETE") if getattr(route, method.lower())]


#: Every place but the own one that all things have.
_FAR_AWAY = frozenset({"child", "sibling", "other"})
#: Where alone a whole number is told.
_REVEALS = ("resident", "POST")
#: Asked at all that anybody may open: nobody.
_FOR_ALL = {"anonymous"}
_NOBODY_NOW = {"anonymous", "former_operator"}
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


class Watched:
    """What answers come to, by what they say, carry and leave behind."""

    def __init__(self, board: Board) -> None:
        self.board = board
        offices = {place.office for place in board.places.values()}
        self.before = {office: digest(office) for office in offices}
        self.wrong: list[tuple[Any, ...]] = []
        self.leaks: list[tuple[str, ...]] = []
        self.read: set[tuple[str, str]] = set()
        #: Kind -> addresses with their methods that told of one.
        self.told: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self.pages = 0

    def look(self, who: str, cell: Cell, answer: HttpResponse) -> None:
        name, route, method, place = cell.name, cell.route, cell.method, cell.place
        allowed = expected(route, who, place, method, api=name.startswith("api:"))
        if answer.status_code not in allowed:
            self.wrong.append((name, method, who, place.name, answer.status_code))
        for kind, where in seen_in(self.board, answer):
            if route.public and kind == "event":
                continue
            self.read.add((kind, where))
            self.told[kind].add((name, method))
            if where not in READS[kind].get(who, frozenset()):
                self.leaks.append((name, method, who, place.name, kind, where))
        if method == "GET":
            self._carries(who, cell, answer)
        refused = method != "GET" and answer.status_code in REFUSED
        if refused and written() != self.board.written:
            assert digest(place.office) == self.before[place.office], (name, place.name)

    def _carries(self, who: str, cell: Cell, answer: HttpResponse) -> None:
        for fault in headers.faults(cell.name, who, answer):
            self.wrong.append((cell.name, who, cell.place.name, fault))
        if not cell.name.startswith("api:") and who in cell.route.get and not answer.streaming:
            self.pages += 1
            if said := headers.names_in_addresses(
                cell.name, answer.content.decode("utf-8", "replace")
            ):
                self.wrong.append((cell.name, who, cell.place.name, f"in an address: {said}"))

    def is_clean(self) -> None:
        assert not self.wrong, "\n".join(map(str, self.wrong))
        assert not self.leaks, "\n".join(map(str, self.leaks))
        assert mail.outbox == []


@pytest.mark.parametrize(
    "who",
    [pytest.param(r, marks=pytest.mark.long) if r in _MIRRORED else r for r in ROLES],
)
def test_with_both_walls(board: Board, who: str) -> None:
    watched, asker = Watched(board), Asker(board, who)
    readable_ones = {(kind, where) for kind in READS for where in READS[kind].get(who, ())}
    chosen, left_out = drawn(who, cells(board, who, one_wall=False))
    for cell, answer in asked(board, asker, chosen):
        watched.look(who, cell, answer)
    for cell, answer in asked(board, asker, lacking(watched, who, readable_ones, left_out)):
        watched.look(who, cell, answer)
    watched.is_clean()
    # Something was there to be leaked, and who may read it did read it.
    assert watched.read == readable_ones
    assert watched.pages > (30 if who == "head" else 0)


def lacking(
    watched: Watched, who: str, readable_ones: set[tuple[str, str]], left_out: list[Cell]
) -> Iterator[Cell]:
    """Where it may stand, until it is read; first what told of something of the kind elsewhere."""
    for kind, where in sorted(readable_ones - watched.read):
        told = watched.told[kind]
        there = [one for one in left_out if one.place.name == where and is_let_in(who, one)]
        for cell in sorted(there, key=lambda one: (one.name, one.method) not in told):
            if (kind, where) in watched.read:
                break
            yield cell


def test_who_holds_no_right_is_turned_away_at_every_door(board: Board) -> None:
    """Whoever holds one right too much comes through, and is asked of in their own walk."""
    watched, askers = Watched(board), {who: Asker(board, who) for who in ROLES}
    for who, cell in at_doors(board):
        for one, answer in asked(board, askers[who], [cell]):
            watched.look(who, one, answer)
    watched.is_clean()


# --- one wall alone -------------------------------------------------------------------------------


#: Who is let into much walks alone; the others share a board, which no walk changes.
_DESKS = ["head", "neighbour", "province_officer"]
_TOGETHER = [
    ["head"],
    *(
        pytest.param(roles, marks=pytest.mark.long)
        for roles in (
            *([one] for one in _DESKS if one != "head"),
            [role for role in ROLES if role not in {*_DESKS, "operator"}],
        )
    ),
]


def test_the_head_is_let_in_wherever_the_operator_is() -> None:
    assert [
        name
        for name, route in ROUTES.items()
        if "operator" in _let_in(route) and "head" not in _let_in(route)
    ] == []


@pytest.mark.parametrize("together", _TOGETHER, ids=lambda roles: roles[0])
def test_with_the_first_wall_only(board: Board, together: list[str]) -> None:
    """Whoever is let in reads and is refused what they are with both."""
    as_superuser(*[f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY" for table in WALLED])
    watched = Watched(board)
    for who in together:
        for cell, answer in walk(board, who, one_wall=True):
            watched.look(who, cell, answer)
    watched.is_clean()


@pytest.mark.parametrize("together", _TOGETHER, ids=lambda roles: roles[0])
def test_with_the_second_wall_only(
    board: Board, together: list[str], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """Around people only: plans and staff stand behind the first wall alone. A table is read at many addresses:
    `test_scope.py` and `test_grants.py` ask of each by itself, so `some` are asked here.

    What tests take down is not left down, the order of tests changes no answer: of what was open a third is asked
    once more.
    """
    with monkeypatch.context() as taken_down:
        take_down_first_wall(taken_down, settings)
        found = [(who, leak) for who in together for leak in leaks_of(board, who, some=True)]
    assert [leak for _who, leak in found if leak[3] in {"people", "number"}] == []
    open_ones = {(who, leak[0]) for who, leak in found if leak[1:3] == ("GET", "own")}
    assert "head" not in together or {("head", name) for name in _KEPT} <= open_ones
    for who in together:
        own = board.places["own"]
        again = [
            Cell(name, ROUTES[name], "GET", own)
            for name in ROUTES
            if (who, name) in open_ones
            if name in _KEPT or LONG or random.random() < 1 / 3
        ]
        assert _leaks(board, asked(board, Asker(board, who), again), who) == []


@pytest.mark.long
def test_without_any_wall_the_harness_finds_leaks(
    board: Board, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """The control: all protections off, the same walk, and every kind of canary gets out."""
    monkeypatch.setattr(Actor, "covers", lambda self, code: True)
    take_down_first_wall(monkeypatch, settings)
    as_superuser(*[f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY" for table in WALLED])
    monkeypatch.setattr(Client, "check_exception", _but_what_the_ledger_refuses)
    in_words = disagreements
    monkeypatch.setattr(
        sys.modules[__name__],
        "disagreements",
        lambda method, path, status, *said: (
            [] if status == 500 else in_words(method, path, status, *said)
        ),
    )
    kinds = {leak[3] for leak in leaks_of(board, "operator")}
    assert kinds >= {"people", "event", "number"}


def _but_what_the_ledger_refuses(client: Client, _answer: Any) -> None:
    """Its own function still refuses rows of others: such a call is a 500, and tells nothing."""
    error, client.exc_info = client.exc_info, None
    if error and "this row is not of the scope" not in str(error[1]):
        raise error[1]


def leaks_of(board: Board, who: str, *, some: bool = False) -> list[Leak]:
    return _leaks(board, walk(board, who, one_wall=True, some=some), who)


def _leaks(board: Board, walked: Iterable[tuple[Cell, HttpResponse]], who: str) -> list[Leak]:
    return [
        (cell.name, cell.method, cell.place.name, kind, where)
        for cell, answer in walked
        for kind, where in seen_in(board, answer)
        if not (cell.route.public and kind == "event")
        if where not in READS[kind].get(who, frozenset())
    ]


# --- other methods, counts, tags ------------------------------------------------------------------


_OTHER_METHODS = ("PUT", "PATCH", "DELETE", "TRACE")


def test_no_other_method_does_anything(board: Board) -> None:
    """Each where something could answer; of those that a door knows nothing behind one, by the dice of the run, and of
    a page, where one function refuses them at all, at a third.
    """
    asker, statuses = Asker(board, "head"), {}
    for name, route in ROUTES.items():
        if route.account:
            continue
        others = [one for one in _OTHER_METHODS if not getattr(route, one.lower(), None)]
        if has_one_door(name) and not LONG and random.random() > 1 / 3:
            continue
        for method in others if LONG or not has_door(name) else _some(name, others):
            with asker.undone():
                answer = asker.ask(method, name, board.places["own"], {})
            statuses[name, method] = answer.status_code
    assert {call: status for call, status in statuses.items() if status not in {403, 405}} == {}
    assert {method for _name, method in statuses} == set(_OTHER_METHODS)


def _some(name: str, methods: list[str]) -> set[str]:
    return {method for method in methods if answers(name, method)} | {random.choice(methods)}


def test_head_and_options_carry_nobody(board: Board) -> None:
    """Both with LONG, else HEAD of an eighth: it is GET without a body, which is asked above. OPTIONS of each view
    that could answer it, and of a third of the pages, where one function refuses it.
    """
    asker = Asker(board, "head")
    for name in ROUTES:
        one = "HEAD" if random.random() < 1 / 8 else "OPTIONS"
        if one == "OPTIONS" and has_one_door(name) and not LONG and random.random() > 1 / 3:
            continue
        for method in ("HEAD", "OPTIONS") if LONG else (one,):
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
