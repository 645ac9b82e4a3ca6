"""Editions: voters by village, made once, coarse, and not to be solved back."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from dukcapil.core.errors import from_database
from dukcapil.regions.models import Region
from events.elections.models import Election
from registrations.people.validators import anniversary
from reports.bases.models import PopulationBasis
from reports.editions.models import Edition, EditionRow
from reports.editions.services import protecting
from reports.editions.services.protecting import Cell, left_out
from reports.editions.validators import is_small, joined, rounded
from tests.engines import as_superuser, database_name
from tests.world import World, looks, make_basis, make_resident, record, today

REGION = "13.75"
DAYS = 12


def villages() -> list[str]:
    return list(Region.objects.within(REGION).level("village").values_list("code", flat=True))


def make_voters(unrecorded: dict[str, int] | None = None, **changes: Any) -> None:
    """A DPT of 100 voters a village, 20 of them unrecorded."""
    left = unrecorded or {}
    rows = [
        {"region_code": code, "wajib_ktp": "100", "recorded": str(100 - left.get(code, 20))}
        for code in villages()
    ]
    make_basis(**{"name": "DPT uji", "kind": "dpt", "level": "village", "rows": rows} | changes)


def make_election(region: str = REGION, days: int = DAYS, **changes: Any) -> Election:
    return Election.objects.create(
        name="Pemilihan uji",
        region_id=region,
        held_on=today() + timedelta(days=days),
        **{"kind": "pilkada"} | changes,
    )


def body(held: Election, **changes: Any) -> dict[str, Any]:
    return {
        "region": REGION,
        "election": held.pk,
        "recipient": "KPU Kota Bukittinggi",
        "agreement": "470/12/PKS/2026",
    } | changes


def test_an_edition_says_what_basis_and_ledger_say_coarsely(made: World) -> None:
    first, *rest, third, second = villages()
    make_voters({first: 23, second: 3, third: 0})
    election = make_election()
    turning = anniversary(today() + timedelta(days=DAYS), -17)
    for born in (turning, turning - timedelta(days=3), turning + timedelta(days=1)):
        for _twin in range(4):
            make_resident(made, village=Region.objects.get(pk=first), birth_date=born)
    record(made, make_resident(made, village=Region.objects.get(pk=first)))
    answer = made["province_officer"].post("editions/", body(election))
    assert answer.status == 201
    rows = {row["region"]: row for row in answer.json["results"]}
    assert sorted(code for row in rows.values() for code in row["regions"]) == sorted(villages())
    # 23 less the one of the ledger; eight reach 17 in time, four a day too late.
    numbers = ("potential", "recorded", "unrecorded", "seventeen")
    assert [rows[first][name] for name in numbers] == [100, 80, 20, 10]
    # Three people are not shown, and somebody else is not shown for their sake.
    assert rows[second]["unrecorded"] is rows[second]["recorded"] is None
    hidden = [code for code, row in rows.items() if row["suppressed"]]
    assert second in hidden
    assert len(hidden) > 1
    assert rows[rest[0]]["seventeen"] is None
    assert rows[rest[0]]["suppressed"] in ([], ["recording"])
    sums = {row["region"]: row for row in answer.json["sums"]}
    assert sums[REGION]["potential"] == 100 * len(villages())
    assert sums[REGION]["unrecorded"] == 20 * (len(villages()) - 2) + 5
    # As it was made, whatever is logged afterwards, and for the office too.
    record(made, make_resident(made, village=Region.objects.get(pk=third)))
    again = made["head"].get(f"editions/{answer.json['id']}/")
    assert again.json == answer.json
    # Who takes it stands in the log, with the recipient, as who opens the page does.
    browser = Client()
    browser.force_login(made["head"].user)
    assert browser.get(f"/edisi/{answer.json['id']}/").status_code == 200
    taken = looks(kind="edition", user_id=made["head"].user.pk)
    assert [look.action for look in taken] == ["export", "view"]
    assert all("KPU Kota Bukittinggi" in look.reason for look in taken)
    [look] = looks(action="export", kind="edition", office="13")
    assert look.subject == str(answer.json["id"])
    assert "KPU Kota Bukittinggi" in look.reason
    assert look.case == "470/12/PKS/2026"
    assert looks(action="export", kind="edition", office=REGION)


REFUSED: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("province_officer", "no agreement", {"agreement": " "}, 422, "invalid"),
    ("province_officer", "no recipient", {"recipient": ""}, 422, "invalid"),
    ("province_officer", "a village", {"region": "13.75.01.1001"}, 422, "edition-region"),
    ("province_officer", "no list of voters", {"region": "13.06"}, 409, "no-voters-basis"),
    ("province_officer", "a part without list", {"region": "13"}, 409, "no-voters-basis"),
    ("province_officer", "another election", {"election": 999_999}, 422, "election-unknown"),
    ("other_province_officer", "elsewhere", {}, 404, ""),
    ("head", "an office", {}, 403, ""),
    ("administrator", "the nation", {}, 403, ""),
    ("nation_viewer", "who reads", {}, 403, ""),
]


def test_who_may_not_and_what_is_missing(made: World) -> None:
    make_voters()
    # Wajib KTP of villages is no list of voters, and a list that is incomplete is none either.
    make_voters(name="DKB uji", kind="dkb")
    rows = [{"region_code": "13.06.01.2001", "wajib_ktp": "9", "recorded": "9"}]
    make_basis(name="DP4 uji", kind="dp4", level="village", rows=rows)
    election = make_election("13")
    over = make_election(days=-1)
    for who, why, changes, status, code in REFUSED:
        answer = made[who].post("editions/", body(election, **changes))
        assert answer.status == status, (why, answer.content)
        if code not in ("", "invalid"):
            assert answer.json["type"] == f"/problems/{code}", why
    assert made["province_officer"].post("editions/", body(over)).status == 409
    assert not Edition.objects.exists()
    assert not looks(action="export")


def test_editions_are_rare(kept: World) -> None:
    make_voters()
    election, other = make_election(), make_election(kind="pilkades")
    officer = kept["province_officer"]
    assert officer.post("editions/", body(election)).status == 201
    for later in (election, other):
        answer = officer.post("editions/", body(later, recipient="Bawaslu"))
        assert (answer.status, answer.json["type"]) == (409, "/problems/edition-too-soon")
        assert (timezone.localdate() + timedelta(days=30)).strftime("%d-%m-%Y") in answer.json[
            "title"
        ]
    _back(31)
    assert officer.post("editions/", body(election)).status == 201
    _back(31)
    assert officer.post("editions/", body(election)).status == 201
    _back(31)
    answer = officer.post("editions/", body(election))
    assert (answer.status, answer.json["type"]) == (409, "/problems/edition-too-many")
    assert officer.post("editions/", body(other)).status == 201
    listed = officer.get(f"editions/?region=13&election={election.pk}").json["results"]
    assert [row["election"] for row in listed] == [election.pk] * 3
    assert kept["neighbour"].get("editions/").json["results"] == []
    assert kept["neighbour"].get(f"editions/{listed[0]['id']}/").status == 404
    assert kept["neighbour"].get(f"editions/?region={REGION}").status == 404


def _back(days: int) -> None:
    """Every edition as if made so long before: only who owns the machine can do that."""
    as_superuser(
        "SET session_replication_role = replica",
        f"UPDATE reports_edition SET made_at = made_at - interval '{days} days'",
        database=database_name(),
    )


def test_the_database_holds_the_rules(made: World) -> None:
    make_voters()
    election = make_election()
    assert made["province_officer"].post("editions/", body(election)).status == 201
    edition = Edition.objects.get()

    def another(**changes: Any) -> Edition:
        kept = {
            field.attname: getattr(edition, field.attname)
            for field in Edition._meta.fields
            if field.attname not in ("id", "made_at")
        }
        return Edition(**kept | changes)

    for wrong, code in (
        (another, "edition-too-soon"),
        # A district stands for nothing, and what lies in a region or around it is the same people.
        (lambda: another(region_id="13"), "edition-too-soon"),
        (lambda: another(region_id="13.75.01"), "edition-too-soon"),
        (lambda: another(region_id="13.06.01"), "edition-region"),
        (lambda: another(region_id="13.06", recipient=""), "recipient"),
        (lambda: another(region_id="13.06", agreement=""), "agreement"),
    ):
        with pytest.raises(DatabaseError) as broken, transaction.atomic():
            wrong().save()
        found = from_database(broken.value)
        assert found is not None
        assert found.code == code
    row = edition.rows.first()
    assert row is not None
    for sql in (
        "UPDATE reports_editionrow SET unrecorded = 5",
        "DELETE FROM reports_editionrow",
        "UPDATE reports_edition SET recipient = 'orang lain'",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    for changes in ({"potential": 101}, {"seventeen": 3}, {"recorded": 5, "unrecorded": 5}):
        values: dict[str, Any] = {"region_id": "18", "level": "province", "regions": ["18"]}
        values: dict[str, Any] = {"region_id": "18", "level": "province", "regions": ["18"]}
        with pytest.raises(IntegrityError), transaction.atomic():
            EditionRow.objects.create(edition=edition, **{"potential": 100} | values | changes)


# --- pages and files ------------------------------------------------------------------------------


def test_a_page_asks_before_an_edition_is_made(
    made: World, browser: Callable[[str], Client]
) -> None:
    make_voters({villages()[0]: 2})
    typed = {key: str(value) for key, value in body(make_election()).items()}
    officer = browser("province_officer")
    assert "belum ada edisi" in officer.get("/edisi/").content.decode().lower()
    asked = officer.post("/edisi/", typed)
    text = asked.content.decode()
    assert asked.status_code == 409
    assert 'name="confirm"' in text
    assert "DPT uji" in text
    assert not Edition.objects.exists()
    [token] = re.findall(r'name="asked" value="([^"]+)"', text)
    other = officer.post("/edisi/", typed | {"recipient": "KPU", "asked": token, "confirm": "make"})
    assert other.status_code == 409
    assert not Edition.objects.exists()
    done = officer.post("/edisi/", typed | {"asked": token, "confirm": "make"})
    edition = Edition.objects.get()
    assert done.url == f"/edisi/{edition.pk}/"
    assert officer.post("/edisi/", typed).status_code == 422
    page = browser("head").get(done.url).content.decode()
    assert "KPU Kota Bukittinggi" in page
    assert "*" in page
    assert browser("head").post("/edisi/", typed).status_code == 404
    assert browser("neighbour").get(done.url).status_code == 404
    table = officer.get(f"{done.url}berkas/?format=csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(table)))
    assert rows[1][4:] == ["100", "*", "*", "–"]
    assert "470/12/PKS/2026" in table
    book = officer.get(f"{done.url}berkas/?format=xlsx")
    words = zipfile.ZipFile(io.BytesIO(book.content)).read("xl/sharedStrings.xml").decode()
    assert REGION in words
    assert "Pemilih per desa/kelurahan" in words
    assert officer.get(f"{done.url}berkas/?format=pdf").status_code == 422
    assert len(looks(action="export", kind="edition", office="13")) == 3


# --- what the numbers give away -------------------------------------------------------------------


def test_small_villages_are_joined_with_a_neighbour() -> None:
    assert joined([("a", 100), ("b", 3), ("c", 30)]) == [["a"], ["b", "c"]]
    assert joined([("a", 100), ("b", 19)]) == [["a", "b"]]
    assert joined([("a", 5), ("b", 5), ("c", 9), ("d", 50)]) == [["a", "b", "c", "d"]]
    assert joined([("a", 4)]) == [["a"]]
    assert [rounded(count) for count in (-3, 0, 2, 3, 7, 8)] == [0, 0, 0, 5, 5, 10]


#: Two regencies with two districts each, as a province sees them: village -> district.
_VILLAGES = {"a1": "a", "a2": "a", "b1": "b", "b2": "b", "c1": "c", "d1": "d"}
_ABOVE = {**_VILLAGES, "a": "A", "b": "A", "c": "B", "d": "B", "A": "top", "B": "top"}
_NODES = ("a", "b", "c", "d", "A", "B", "top")
#: Unrecorded and all voters of each village.
country = st.tuples(
    *(
        st.integers(20, 22).flatmap(lambda m: st.tuples(st.integers(0, m), st.just(m)))
        for _v in _VILLAGES
    )
)


def _line(code: str) -> list[str]:
    line = [code]
    while line[-1] in _ABOVE:
        line.append(_ABOVE[line[-1]])
    return line


def _published(people: dict[str, tuple[int, int]]) -> dict[str, int]:
    """Everything that an edition of this country tells of the unrecorded: code -> number."""
    shown = {code: min(rounded(n), rounded(most)) for code, (n, most) in people.items()}
    cells = {
        code: Cell(shown[code], rounded(most), is_small(n), is_small(most - n))
        for code, (n, most) in people.items()
    }
    never = {
        node
        for node in _NODES
        if any(
            is_small(sum(count(people[code]) for code in people if node in _line(code)))
            for count in (lambda one: one[0], lambda one: one[1] - one[0])
        )
    }
    hidden = left_out(_ABOVE, cells, never)
    sums = {node: sum(shown[c] for c in shown if node in _line(c)) for node in _NODES}
    return {code: value for code, value in (shown | sums).items() if code not in hidden}


def _possible(published: dict[str, int], most: dict[str, int]) -> dict[str, set[int]]:
    """Village -> every rounded number that some solution of all published equations gives it.

    Solved by trying: each village's numbers, then each equation; nothing of the rule is used.
    """
    ways: dict[str, set[int]] = {code: set() for code in most}
    open_ones = [code for code in most if code not in published]
    equations = [
        ([c for c in open_ones if node in _line(c)],
         published[node] - sum(published[c] for c in most if c in published and node in _line(c)))
        for node in _NODES if node in published
    ]  # fmt: skip
    for values in product(*(range(0, rounded(most[code]) + 1, 5) for code in open_ones)):
        solution = dict(zip(open_ones, values, strict=True))
        if all(sum(solution[c] for c in codes) == rest for codes, rest in equations):
            for code, value in solution.items():
                ways[code].add(value)
    return ways


def _given_away(people: dict[str, tuple[int, int]]) -> list[str]:
    published = _published(people)
    ways = _possible(published, {code: most for code, (_n, most) in people.items()})
    found = []
    for code, (n, most) in people.items():
        if is_small(n) and not {0, 5} <= ways[code]:
            found.append(f"{code}: {n} unrecorded, {sorted(ways[code])}")
        if is_small(most - n) and not {rounded(most), rounded(most) - 5} <= ways[code]:
            found.append(f"{code}: {most - n} recorded, {sorted(ways[code])}")
    return found


@settings(max_examples=40, deadline=None)
@given(country)
def test_no_published_equation_gives_a_small_number_away(rows: Any) -> None:
    assert _given_away(dict(zip(_VILLAGES, rows, strict=True))) == []


def test_without_companions_they_would_be_given_away(monkeypatch: pytest.MonkeyPatch) -> None:
    people = dict.fromkeys(_VILLAGES, (12, 24)) | {"a1": (3, 24)}
    assert _given_away(people) == []
    monkeypatch.setattr(protecting, "_groups", lambda *_tree: {})
    assert _given_away(people) != []


def test_programs_get_no_exact_voters_below_a_regency(made: World) -> None:
    """Over any address, and not because somebody of the office was answered before."""
    make_voters()
    [basis] = made["administrator"].get("bases/").json["results"]
    village, query = villages()[0], f"basis={basis['id']}"
    own, program = made["province_officer"], made["api_client"]
    for path in (
        f"coverage/?region={REGION}&level=village&{query}",
        f"coverage/?region={REGION}&{query}",
        f"coverage/?region={village}&{query}&format=csv",
        f"coverage/{village}/series/?{query}",
        f"dataValueSets/?orgUnit={REGION}&period={today():%Y%m%d}&children=true&{query}",
        f"bases/{basis['id']}/figures/",
    ):
        assert own.get(path).status == 200, path
        answer = program.get(path)
        assert (answer.status, answer.json["type"]) == (422, "/problems/voters-below-regency"), path
    ask = {"kind": "zip", "region": REGION, "level": "village", "basis": str(basis["id"])}
    assert program.post("files/", ask).json["type"] == "/problems/voters-below-regency"
    assert program.get(f"coverage/?region={REGION}&level=regency&{query}").status == 200


@pytest.mark.contexts
def test_nor_do_they_on_pages(made: World, browser: Callable[[str], Client]) -> None:
    """Whoever looked before, and neither beside what answers without a name."""
    make_voters()
    [dpt] = PopulationBasis.objects.all()
    own, program = browser("province_officer"), browser("api_client")
    village, asked = villages()[0], f"?date={today()}&basis={dpt.pk}"
    for page in ("", "tren/", "mengapa/", "berkas/"):
        for region in (f"{REGION}/{page}{asked}&level=village", f"{village}/{page}{asked}"):
            path = f"/cakupan/{region}"
            assert own.get(path).status_code == 200, path
            assert program.get(path).status_code == 422, path
    assert program.get(f"/cakupan/{REGION}/mengapa/{asked}&level=regency").status_code == 200
    why = f"/cakupan/{village}/mengapa/?date={today()}"
    beside = [[row["basis"] for row in who.get(why).context["beside"]] for who in (own, program)]
    assert beside == [[dpt], []]
    assert program.get(f"/dasar/{dpt.pk}/").status_code == 422
