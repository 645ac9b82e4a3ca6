"""Publications: two people, an hour, everybody's figures without small counts, and who is told."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import http.server
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from itertools import combinations_with_replacement
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.errors import Conflict, Invalid
from dukcapil.core.redis import client as redis
from registrations.ledger.services.batch import log_batch
from reports.coverage.selectors.metadata import BY_NAME, FIGURES
from reports.daily.services.build import build_stale
from reports.files import services as figure_files
from reports.files.renderers.sheets import XLSX_TYPE
from reports.publication.models import Publication, PublicFigure, WebhookDelivery
from reports.publication.services import webhooks
from reports.publication.services.publications import approve_release, propose_release
from reports.publication.services.suppression import (
    SMALLEST,
    Counted,
    is_small,
    left_out,
    marks_of,
    safe,
)
from reports.releases.models import Release
from tests.standing import built_once
from tests.world import (
    BUKITTINGGI,
    Caller,
    World,
    at,
    entry,
    make_basis,
    make_caller,
    make_many,
    make_resident,
    record,
    today,
)

YESTERDAY = today() - timedelta(days=1)


def built() -> None:
    use_role("worker")
    build_stale()
    use_role("web")


@pytest.fixture
def second(kept: World) -> Caller:
    """The second administrator of the nation."""
    return make_caller("kedua", "administrator", "00", today() - timedelta(days=9))


def propose(made: World, name: str, day: Any, wait: timedelta = timedelta()) -> Release:
    by = made["administrator"].actor
    with scoped(by.scope):
        return propose_release(
            by=by, name=name, day=day, embargo_until=timezone.now() + wait, note="uji"
        )


def publish(made: World, second: Caller, name: str, day: Any, **more: Any) -> Release:
    release = propose(made, name, day, **more)
    with scoped(second.actor.scope):
        approve_release(by=second.actor, release=release)
    return release


@built_once
def published(made: World) -> None:
    make_basis()
    second = make_caller("kedua", "administrator", "00", today() - timedelta(days=9))
    publish(made, second, "satu", YESTERDAY)


def names(caller: Caller) -> list[str]:
    return [row["name"] for row in caller.get("releases/").json["results"]]


def test_an_embargoed_release_exists_for_those_who_publish_alone(
    kept: World, second: Caller
) -> None:
    make_basis()
    release = propose(kept, "rahasia", YESTERDAY, timedelta(hours=1))
    officer, public, admin = kept["province_officer"], kept["public_client"], kept["administrator"]
    path = "coverage/?region=13&level=province&release=rahasia"

    def statuses() -> list[int]:
        return [caller.get(path).status for caller in (officer, public, admin)]

    assert statuses() == [422, 422, 200]
    with scoped(second.actor.scope):
        approve_release(by=second.actor, release=release)
    assert statuses() == [422, 422, 200]
    assert (names(officer), names(public), names(admin)) == ([], [], ["rahasia"])
    assert public.get("coverage/?region=13").status == 404
    client = Client()
    client.force_login(officer.user)
    assert client.get(f"/cakupan/13/?date={YESTERDAY}&release=rahasia").status_code == 422
    assert "rahasia" not in client.get("/rilis/").content.decode()


def test_one_person_publishes_nothing(kept: World, second: Caller) -> None:
    make_basis()
    release = propose(kept, "sendiri", YESTERDAY)
    by = kept["administrator"].actor
    with pytest.raises(Conflict) as refused:
        approve_release(by=by, release=release)
    assert refused.value.code == "two-people"
    with pytest.raises(Exception, match="second person"), transaction.atomic():
        Publication.objects.create(release=release, approved_by_id=by.user_id)
    assert names(kept["public_client"]) == []
    approve_release(by=second.actor, release=release)
    assert names(kept["public_client"]) == ["sendiri"]
    with pytest.raises(Conflict):
        approve_release(by=second.actor, release=release)
    with pytest.raises(Invalid):
        propose(kept, "kemarin lagi", YESTERDAY)
    with pytest.raises(Invalid):
        propose(kept, "hari ini", today())


# --- what everybody may have ----------------------------------------------------------------------


def people_of(made: World, office: str, count: int, day: Any) -> None:
    by = made["operator" if office == BUKITTINGGI else "neighbour"].actor
    people = make_many(made, ["Contoh Warga"] * count, office)
    with scoped(by.scope):
        log_batch(by=by, entries=[entry(one, occurred_at=at(9, 0, day)) for one in people])


def test_public_figures_leave_out_small_counts_and_what_gives_them_away(
    kept: World, second: Caller
) -> None:
    make_basis(
        rows=[
            {"region_code": code, "wajib_ktp": "1000", "recorded": "900"}
            for code in ("13.75", "13.06", "13.01")
        ]
    )
    people_of(kept, "13.75", 2, YESTERDAY)
    people_of(kept, "13.06", 6, YESTERDAY)
    built()
    publish(kept, second, "satu", YESTERDAY)
    public = kept["public_client"]
    rows = {
        row["region"]: row
        for row in public.get("coverage/?region=13&level=regency").json["results"]
    }
    assert rows["13.75"]["suppressed"] == ["recording", "recording_today"]
    for name in ("recorded", "unrecorded", "recorded_percent", "gap_to_target", "recorded_today"):
        assert rows["13.75"][name] is None, name
    # The neighbour would give it away by the province's sum, so it is left out too.
    assert rows["13.06"]["recorded"] is None
    assert rows["13.01"]["recorded"] == 900
    [province] = public.get("coverage/?region=13&level=province").json["results"]
    assert province["recorded_today"] == 8
    staff = kept["province_officer"].get("coverage/?region=13&level=regency&release=satu")
    assert {r["region"]: r["recorded"] for r in staff.json["results"]}["13.75"] == 902
    csv = public.get("coverage/?region=13&level=regency&format=csv").content.decode()
    assert "902" not in csv


def figures(caller: Caller, query: str) -> dict[str, dict[str, Any]]:
    rows = caller.get(f"coverage/?{query}").json["results"]
    return {row["region"]: row for row in rows}


def test_bases_of_other_days_give_no_small_count_away(kept: World, second: Caller) -> None:
    """Three people between the province's basis and the newer one of a city; then two more, and a
    newer one again.
    """
    old, new = YESTERDAY - timedelta(days=20), YESTERDAY - timedelta(days=10)
    codes = ("13.75", "13.06", "13.01")
    known = {"wajib_ktp": "1000", "recorded": "900"}

    def one(name: str, day: Any, *regions: str) -> None:
        rows = [{"region_code": code} | known for code in regions]
        make_basis(name=name, wajib_as_of=day, recorded_as_of=day, rows=rows)

    one("A", old, "13", *codes)
    people_of(kept, "13.75", 3, old + timedelta(days=2))
    people_of(kept, "13.06", 6, old + timedelta(days=2))
    one("B", new, "13.75")
    built()
    publish(kept, second, "satu", new + timedelta(days=2))
    rows = figures(kept["public_client"], "region=13&level=regency")
    assert rows["13.75"]["basis"] == "B"
    assert (rows["13.75"]["recorded"], rows["13.06"]["recorded"]) == (None, None)
    assert "recording" in rows["13.75"]["suppressed"]
    assert rows["13.01"]["recorded"] == 900
    staff = figures(kept["province_officer"], "region=13&level=regency&release=satu")
    assert {row["recorded"] for row in staff.values() if row["recorded"]} == {900, 906}


def test_a_new_basis_between_two_publications_gives_no_small_count_away(
    kept: World, second: Caller
) -> None:
    old, known = YESTERDAY - timedelta(days=20), {"wajib_ktp": "1000", "recorded": "900"}

    def one(name: str, day: Any, *regions: str) -> None:
        rows = [{"region_code": code} | known for code in regions]
        make_basis(name=name, wajib_as_of=day, recorded_as_of=day, rows=rows)

    one("A", old, "13", "13.75", "13.06", "13.01")
    built()
    publish(kept, second, "satu", old + timedelta(days=2))
    people_of(kept, "13.75", 2, old + timedelta(days=4))
    people_of(kept, "13.06", 6, old + timedelta(days=4))
    one("B", old + timedelta(days=6), "13.75")
    built()
    publish(kept, second, "dua", YESTERDAY)
    first, later = (
        figures(kept["public_client"], f"region=13&level=regency&release={name}")
        for name in ("satu", "dua")
    )
    assert (first["13.75"]["recorded"], first["13.06"]["recorded"]) == (900, 900)
    assert (later["13.75"]["recorded"], later["13.06"]["recorded"]) == (None, None)
    assert later["13.01"]["recorded"] == 900


def test_a_basis_of_the_day_of_a_publication_tells_nothing_that_it_left_out(
    kept: World, second: Caller
) -> None:
    """13.06 was left out beside two people of 13.75: what it counted since would give its part of then."""
    old, first_day = YESTERDAY - timedelta(days=20), YESTERDAY - timedelta(days=10)
    known = {"wajib_ktp": "1000", "recorded": "900"}

    def one(name: str, day: Any, *regions: str) -> None:
        rows = [{"region_code": code} | known for code in regions]
        make_basis(name=name, wajib_as_of=day, recorded_as_of=day, rows=rows)

    one("A", old, "13", "13.75", "13.06", "13.01")
    people_of(kept, "13.75", 2, first_day - timedelta(days=3))
    people_of(kept, "13.06", 6, first_day - timedelta(days=3))
    built()
    publish(kept, second, "satu", first_day)
    people_of(kept, "13.75", 7, first_day + timedelta(days=3))
    people_of(kept, "13.06", 8, first_day + timedelta(days=3))
    one("B", first_day, "13.06")
    built()
    publish(kept, second, "dua", YESTERDAY)
    first, later = (
        figures(kept["public_client"], f"region=13&level=regency&release={name}")
        for name in ("satu", "dua")
    )
    assert (first["13.75"]["recorded"], first["13.06"]["recorded"]) == (None, None)
    assert later["13.06"]["recorded"] is None


@pytest.mark.parametrize("cards", [6, 3])
def test_cards_and_early_recordings_are_the_same_for_staff_and_public(
    kept: World, second: Caller, cards: int
) -> None:
    """Or left out, and said so: few cards tell of few people as few recordings do."""
    rows = [
        {"region_code": code, "wajib_ktp": "1000", "recorded": "900", "printed": "800"}
        for code in ("13.75", "13.06", "13.01")
    ]
    make_basis(rows=rows)
    people_of(kept, "13.06", 7, YESTERDAY)
    for number in range(6):
        person = make_resident(kept)
        record(kept, person, occurred_at=at(9, 0, YESTERDAY))
        if number >= cards:
            continue
        card = {"reason": "first_card", "occurred_at": at(10, 0, YESTERDAY)}
        record(kept, person, "card_print", **card)
    built()
    publish(kept, second, "satu", YESTERDAY)
    query = "region=13&level=regency&release=satu"
    public, staff = (figures(kept[who], query) for who in ("public_client", "province_officer"))
    told = public["13.75"]
    few = cards < 5
    assert (told["printed"], told["recorded_early"]) == ((None, None) if few else (806, 0))
    assert told["suppressed"] == (["recording", "recording_today"] if few else [])
    for code, row in public.items():
        for name in set(FIGURES) & set(row):
            left_out_here = set(BY_NAME[name].families) & set(row["suppressed"])
            assert row[name] == (None if left_out_here else staff[code][name]), (code, name)


def test_what_is_published_is_compressed_once_for_everybody(published: World) -> None:
    caller, path = published["public_client"], "coverage/?region=13&level=regency"
    plain = caller.get(path)
    packed = [caller.get(path, **{"Accept-Encoding": "gzip"}) for _n in range(2)]
    assert [one.headers["Content-Encoding"] for one in packed] == ["gzip"] * 2
    assert {gzip.decompress(one.content) for one in packed} == {plain.content}
    [beside] = redis().keys("*:gzip")
    assert redis().get(beside) == packed[0].content == packed[1].content
    assert packed[0].headers["Cache-Control"] == plain.headers["Cache-Control"]


def test_a_public_question_says_what_is_allowed(published: World) -> None:
    for query, code in (
        ("region=13&view=service", "public-question"),
        ("region=13&basis=1", "public-question"),
        ("region=13&date=2020-01-01", "public-day"),
        ("region=13&level=village", "level-public"),
        ("region=13&release=tiada", "release-unknown"),
        ("region=13&format=xlsx", "format"),
    ):
        answer = published["public_client"].get(f"coverage/?{query}")
        assert (answer.status, answer.json["type"]) == (422, f"/problems/{code}"), query
    for accept in (
        "text/plain",
        XLSX_TYPE,
    ):  # there are such formats, but not for the public: no 406
        answer = published["public_client"].get("coverage/?region=13", Accept=accept)
        assert (answer.status, answer.json["type"]) == (422, "/problems/format"), accept
    for path in ("coverage/13/series/", "daily-reports/?region=13&date=2024-01-01", "bases/"):
        assert published["public_client"].get(path).status == 403


def test_public_answers_may_be_kept_and_asked_again(published: World) -> None:
    path = "coverage/?region=13&level=regency&release=satu"
    first = published["public_client"].get(path)
    assert first.headers["Cache-Control"] == "public, max-age=3600"
    again = published["public_client"].get(path, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.content) == (304, b"")
    assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert again.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


# --- differencing ---------------------------------------------------------------------------------

_CODES = ("13.01", "13.02", "13.03", "14.01", "14.02", "15.01")
_PLACES = ("00", "13", "14", "15", *_CODES)
#: Mostly counts that may be shown: else all is hidden, and nothing is left to attack.
#: Every small number is one of them or lies between two of them.
cells = st.sampled_from((0, 7, 12, 0, 8, 2, 5))
others = st.sampled_from((0, 7, 0, 0, 6, 3))
#: For each of some days the first-time and the other recordings of each regency, from the end of
#: which day before each place's basis counts (0: from the beginning), and whether they are published.
days = st.lists(
    st.tuples(
        st.tuples(*(st.tuples(cells, others) for _code in _CODES)),
        st.tuples(*(st.sampled_from((0, 0, 0, 1, 2, 3)) for _place in _PLACES)),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)
#: What stands below: one basis from the beginning for all, and everything is published.
PLAIN = ((0,) * len(_PLACES), True)


def tree(values: dict[str, int]) -> dict[str, int]:
    """Values of regencies with those of their provinces and of the nation."""
    found = dict.fromkeys(_PLACES, 0)
    for code, value in values.items():
        for place in (code, code[:2], "00"):
            found[place] += value
    return found


def publications(country: list[Any]) -> list[dict[str, dict[str, tuple[int, int]]]]:
    """What is shown of each place after each day: since, today, first-time; some or none of them. Of
    each number the days that it counts.
    """
    shown: list[dict[str, dict[str, tuple[int, int]]]] = []
    last: set[str] = set()
    used: dict[str, set[str]] = {place: set() for place in _PLACES}
    earlier: dict[str, list[dict[str, int]]] = {place: [] for place in _PLACES}
    #: Of places that were left out, the days from which their counts since then must not be shown.
    closed: dict[str, set[int]] = {place: set() for place in _PLACES}
    latest = dict.fromkeys(_PLACES, 0)
    for day, (row, bases, published) in enumerate(country):
        shown.append({place: {} for place in _PLACES})
        if not published:
            continue
        first = tree({code: cell[0] for code, cell in zip(_CODES, row, strict=True)})
        starts = {place: min(start, day) for place, start in zip(_PLACES, bases, strict=True)}
        used["00"].add(str(day))
        for place in _PLACES:
            used[place].add(str(starts[place]))
        after = {
            str(start): tree(
                {
                    code: sum(sum(country[one][0][number]) for one in range(start, day + 1))
                    for number, code in enumerate(_CODES)
                }
            )
            for start in range(day + 1)
        }
        counted, now = {}, {}
        for place in _PLACES:
            line = used["00"] | used[place] | used[place[:2]]
            now[place] = {start: after[start][place] for start in line}
            counted[place] = Counted(
                after[str(starts[place])][place],
                after[str(day)][place],
                first[place],
                marks_of(now[place], earlier[place]),
            )
        at_start = {
            place
            for place in _PLACES
            if closed[place] & {starts[above] for above in ("00", place[:2], place)}
            or starts[place] < latest[place]
        }
        latest = {place: max(starts[place], latest[place]) for place in _PLACES}
        out = left_out(counted, last, at_start)
        for place in _PLACES:
            if place not in out.since:
                shown[-1][place] |= {"since": (starts[place], day)}
                earlier[place].append(now[place])
            else:
                closed[place].add(day + 1)
            if place not in out.today:
                shown[-1][place] |= {"today": (day, day), "pemula": (day, day)}
            else:
                closed[place].add(day)
        last = out.since
    return shown


def unknowns(days_shown: int) -> dict[tuple[str, int, str], int]:
    keys = [(c, d, k) for c in _CODES for d in range(days_shown) for k in ("first", "other")]
    return {key: number for number, key in enumerate(keys)}


#: Whole numbers, and fractions where a division leaves some: few do.
Line = list[int | Fraction]


def equations(shown: list[dict[str, Any]]) -> list[Line]:
    """Every published number as a sum of the cells that nobody may learn."""
    index = unknowns(len(shown))
    found = []
    for row in shown:
        for place, values in row.items():
            within = [c for c in _CODES if place in ("00", c, c[:2])]
            for name, (start, end) in values.items():
                line: Line = [0] * len(index)
                for code in within:
                    for at_day in range(start, end + 1):
                        for kind in ("first",) if name == "pemula" else ("first", "other"):
                            line[index[code, at_day, kind]] += 1
                found.append(line)
    return found


def _over(line: Line, number: int | Fraction) -> Line:
    if number in (1, -1):
        return [value * number for value in line]
    return [Fraction(value) / number for value in line]


def reduced(lines: list[Line]) -> list[Line]:
    """Row echelon form: what linear combination can learn is the span of these rows."""
    rows, width = [list(line) for line in lines], len(lines[0]) if lines else 0
    done: list[Line] = []
    for column in range(width):
        pivot = next((row for row in rows if row[column]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        pivot = _over(pivot, pivot[column])
        rows = [
            [a - row[column] * b for a, b in zip(row, pivot, strict=True)] if row[column] else row
            for row in rows
        ]
        done = [
            [a - row[column] * b for a, b in zip(row, pivot, strict=True)] if row[column] else row
            for row in done
        ]
        done.append(pivot)
    return done


def learned(shown: list[dict[str, Any]], country: list[Any]) -> list[str]:
    """Small cells that some combination of all published numbers gives."""
    known = reduced(equations(shown))
    leads = [next(number for number, value in enumerate(row) if value) for row in known]

    def given_away(wanted: Line) -> bool:
        left = list(wanted)
        for lead, row in zip(leads, known, strict=True):
            if left[lead]:
                left = [a - left[lead] * b for a, b in zip(left, row, strict=True)]
        return not any(left)

    return [name for name, line in small_cells(country) if given_away(line)]


def small_cells(country: list[Any]) -> Iterator[tuple[str, Line]]:
    """Sums of one to four people in one regency: on a day, on days that follow, of one kind or both."""
    index = unknowns(len(country))
    for place, code in enumerate(_CODES):
        for first, last in combinations_with_replacement(range(len(country)), 2):
            for kinds in (("first",), ("other",), ("first", "other")):
                count = sum(
                    country[day][0][place][("first", "other").index(kind)]
                    for day in range(first, last + 1)
                    for kind in kinds
                )
                if 0 < count < SMALLEST:
                    line: Line = [0] * len(index)
                    for day in range(first, last + 1):
                        for kind in kinds:
                            line[index[code, day, kind]] = 1
                    yield f"{code} {first}-{last} {kinds}", line


@settings(max_examples=150, deadline=None)
@given(days)
def test_no_difference_of_publications_gives_a_small_count(country: list[Any]) -> None:
    """Over all places, levels, bases and publications: exact algebra, not a list of tricks."""
    assert learned(publications(country), country) == []


_NEW = (0, 0, 0, 0, 1, 0, 0, 0, 0, 0)
_NINE = ((9, 0),) * 6
MIXED = {
    # Of 13.01 three people between the basis of all others and its own; of its neighbour six.
    "within one": [
        (((3, 0), (6, 0), (0, 0), (9, 9), (8, 8), (9, 9)), *PLAIN[:1], False),
        (_NINE, _NEW, True),
    ],
    # Two of 13.01 since the publication before; its basis is of a day between the two.
    "between two": [
        (_NINE, *PLAIN),
        (((2, 0), *_NINE[1:]), *PLAIN[:1], False),
        (((0, 0), *_NINE[1:]), (0, 0, 0, 0, 2, 0, 0, 0, 0, 0), True),
    ],
}


@pytest.mark.parametrize("name", MIXED)
def test_other_bases_of_neighbours_tell_no_small_count(name: str) -> None:
    country = MIXED[name]
    shown = publications(country)
    assert learned(shown, country) == []
    last = len(country) - 1
    assert "since" not in shown[last]["13.01"]
    # The control: shown, each by its own basis, it is given away by the sums above.
    for place, start in zip(_PLACES, country[last][1], strict=True):
        shown[last][place]["since"] = (start, last)
    assert learned(shown, country)


def test_without_companions_the_attack_finds_small_counts() -> None:
    """The control: hide the small ones alone, and the sums above give them away."""
    country = [(((2, 0), (6, 6), (7, 7), (9, 5), (8, 8), (0, 0)), *PLAIN)]
    shown = publications(country)
    assert learned(shown, country) == []
    everything = dict.fromkeys(("since", "today", "pemula"), (0, 0))
    naive = [{place: {} if place == "13.01" else everything for place in shown[0]}]
    assert learned(naive, country)


def test_what_is_small() -> None:
    assert [safe(n) for n in (0, 1, 4, 5, -3, -5)] == [True, False, False, True, False, True]
    assert is_small(Counted(since=8, today=6, pemula=6))  # two of them came late
    assert is_small(Counted(since=12, today=12, pemula=10))
    assert not is_small(Counted(since=12, today=0))
    assert is_small(Counted(since=12, today=0, marks=marks_of({"a": 12}, [{"a": 9}])))
    assert is_small(Counted(since=12, today=0, marks=marks_of({"a": 12, "b": 15}, [])))
    assert not is_small(Counted(since=12, today=0, marks=marks_of({"a": 12, "b": 17}, [{"a": 12}])))
    assert is_small(Counted(since=12, today=0, apart=(frozenset({3}),)))
    assert is_small(Counted(since=12, today=12, total=12, rest=3))


# --- webhooks -------------------------------------------------------------------------------------


class Receiver(http.server.BaseHTTPRequestHandler):
    answers: list[int] = []
    received: list[tuple[dict[str, str], bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Receiver.received.append((dict(self.headers), body))
        self.send_response(Receiver.answers.pop(0) if Receiver.answers else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_words: Any) -> None:
        pass


@pytest.fixture
def receiver(settings: Any) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    Receiver.answers, Receiver.received = [], []
    settings.WEBHOOK_HOSTS = ["127.0.0.1"]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/kabar"
    server.shutdown()
    server.server_close()


def tell(moment: Any = None) -> None:
    use_role("worker")
    webhooks.announce()
    webhooks.deliver_due(moment)
    use_role("web")


def test_a_release_is_told_signed_tried_again_and_replayed(
    kept: World, second: Caller, receiver: str
) -> None:
    make_basis()
    client = kept["api_client"]
    made = client.post("webhooks/", {"url": receiver}).json
    assert client.post("webhooks/", {"url": receiver}).json["type"] == "/problems/webhook-exists"
    assert "secret" not in client.get("webhooks/").json["results"][0]
    publish(kept, second, "satu", YESTERDAY)
    Receiver.answers = [500]
    tell()
    tell()  # nothing is due again yet
    [delivery] = client.get("webhook-deliveries/").json["results"]
    assert (delivery["state"], delivery["attempts"], delivery["answer"]) == ("waiting", 1, "500")
    tell(timezone.now() + timedelta(minutes=3))
    [delivery] = client.get("webhook-deliveries/").json["results"]
    assert (delivery["state"], delivery["attempts"], delivery["answer"]) == ("delivered", 2, "204")
    headers, body = Receiver.received[-1]
    secret = base64.b64decode(made["secret"].removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(secret, signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    # Its link leads the receiver, who is of one province, to what was released; by id as by name.
    link = json.loads(body)["data"]["coverage"].removeprefix("/api/v1/")
    told = client.get(link).json["results"]
    assert {row["date"] for row in told} == {str(YESTERDAY)}
    assert {row["region"][:2] for row in told} == {"13"}
    public = kept["public_client"].get(link).json["results"]
    assert [(row["region"], row["wajib_ktp"]) for row in public] == [
        (row["region"], row["wajib_ktp"]) for row in told
    ]
    assert public == kept["public_client"].get("coverage/?region=13&release=satu").json["results"]
    assert json.loads(body)["data"]["release"] == "satu"
    assert client.post(f"webhook-deliveries/{delivery['id']}/replay/", {}).status == 201
    tell()
    assert len(Receiver.received) == 3
    assert Receiver.received[-1][1] == body
    assert client.post(f"webhooks/{made['id']}/end/", {}).json["active"] is False
    assert client.post(f"webhook-deliveries/{delivery['id']}/replay/", {}).status == 404
    assert kept["public_client"].get("webhook-deliveries/").json["results"] == []


def test_who_answers_nothing_is_given_up_after_all_tries(
    kept: World, second: Caller, receiver: str
) -> None:
    make_basis()
    kept["api_client"].post("webhooks/", {"url": receiver})
    publish(kept, second, "satu", YESTERDAY)
    Receiver.answers = [500] * 20
    for number in range(12):
        tell(timezone.now() + timedelta(days=2 * number))
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("failed", len(webhooks.RETRIES) + 1)
    assert len(Receiver.received) == len(webhooks.RETRIES) + 1


def test_only_hosts_that_the_operator_named_are_called(kept: World, receiver: str) -> None:
    client = kept["api_client"]
    for url in ("https://lain.id/x", "http://10.0.0.1/x", "https://127.0.0.1@lain.id/", "ftp://x"):
        answer = client.post("webhooks/", {"url": url})
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/url")
    assert kept["operator"].post("webhooks/", {"url": receiver}).status == 403


# --- files made by a job --------------------------------------------------------------------------


def test_pdf_and_package_are_made_by_the_worker_and_fetched_by_who_asked(kept: World) -> None:
    make_basis()
    client = kept["province_officer"]
    for kind in ("pdf", "zip"):
        asked = client.post("files/", {"kind": kind, "region": "13", "date": str(YESTERDAY)})
        assert asked.status == 202
        assert client.get(asked.json["status"].removeprefix("/api/v1/")).json["content"] is None
        early = client.get(f"files/{asked.json['id']}/content/")
        assert early.json["type"] == "/problems/file-not-ready"
        use_role("worker")
        for file_id in figure_files.waiting_files():
            figure_files.build_file(file_id)
        use_role("web")
        ready = client.get(f"files/{asked.json['id']}/").json
        content = client.get(ready["content"].removeprefix("/api/v1/")).content
        if kind == "pdf":
            words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
            assert "3.800" in words
        else:
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                names = set(packed.namelist())
            assert {"datapackage.json", "data/coverage.csv"} <= names
        assert kept["nation_viewer"].get(f"files/{asked.json['id']}/content/").status == 404


def test_nothing_public_is_made_before_the_second_person(kept: World) -> None:
    make_basis()
    propose(kept, "satu", YESTERDAY)
    assert not PublicFigure.objects.exists()
