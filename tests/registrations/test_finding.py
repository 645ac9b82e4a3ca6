# ruff: noqa: RUF001, RUF003 - signs that look alike are what is tested
"""Finding people: by any word of the name, by a birth date beside it, through every door."""

from __future__ import annotations

import importlib
import random
import re
import uuid
from collections.abc import Callable
from datetime import date
from urllib.parse import urlencode

import psycopg2
import pytest
from django.db import transaction
from django.db.models import Q
from django.test import Client
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Invalid
from dukcapil.regions.models import Region
from events.elections.models import Election
from registrations.booking.readers import Line
from registrations.booking.selectors import residents as selectors
from registrations.booking.selectors import stages
from registrations.booking.selectors.residents import filter_from, filter_of
from registrations.booking.services.groups import book_group
from registrations.oversight.models import Export
from registrations.people.models import Resident, ResidentIdentity
from registrations.people.services import names as searches
from registrations.people.services.names import people_named
from registrations.people.services.typed_names import split_date, wanted
from registrations.people.validators import name_key
from tests import engines
from tests.registrations.test_lists_taken_out import taken_out
from tests.world import World, looks, make_event, make_many, make_resident, make_session


@pytest.mark.parametrize(
    ("key", "names"),
    [
        # Every kind of apostrophe.
        ("MARUF", ["Ma'ruf", "Ma’ruf", "Maʼruf", "Ma`ruf", "Ma‘ruf", "MA´RUF", "Ma＇ruf", "maruf"]),
        ("NIMATUL KHOIRIYAH", ["  Ni'matul   Khoïriyah, S.Pd. ", "Hj. Ni`matul Khoiriyah SPd"]),
        (
            "AHMAD FAUZI",
            ["Dr. H. Ahmad Fauzi, S.Pd., M.M.", "Drs Ahmad Fauzi, MM", "H.Ahmad Fauzi"],
        ),
        ("SITI NUR AINI", ["Siti Nur-Aini", "Hj Siti Nur Aini, S. Ag", "Siti Nur Aini A.Md.Keb"]),
        ("BUDI", ["Budi, S. Pd. I.", "Ir. Budi S.H., M.Kn", "Tn. Budi"]),
        # What is also a name stays one: nothing is guessed.
        ("LI MA", ["Li Ma"]),
        ("MA", ["Ma", "H. Ma"]),
        ("AHMAD H", ["Ahmad H."]),
        ("M YUSUF", ["M. Yusuf"]),
        ("HAJIME", ["Hajime"]),
        ("YUSUF AHMAD", ["Yusuf, Ahmad"]),
        ("H", ["H."]),
        ("", ["...", "'"]),
    ],
)
def test_names_are_compared_without_accents_apostrophes_and_titles(
    key: str, names: list[str]
) -> None:
    assert {name: name_key(name) for name in names} == dict.fromkeys(names, key)


@pytest.mark.parametrize(
    ("typed", "words", "born"),
    [
        ("siti 12-03-2009", "SITI", date(2009, 3, 12)),
        ("12/3/2009 siti", "SITI", date(2009, 3, 12)),
        ("siti 12.03.2009 aminah", "SITI AMINAH", date(2009, 3, 12)),
        ("siti 2009-03-12", "SITI", date(2009, 3, 12)),
        ("siti 12|03|2009", "SITI", date(2009, 3, 12)),
        ("siti 12 Maret 2009", "SITI", date(2009, 3, 12)),
        ("siti, 12-Mar-09", "SITI", date(2009, 3, 12)),
        ("siti 1 agt 57", "SITI", date(1957, 8, 1)),  # never later than today
        ("siti 3 mei 2009", "SITI", date(2009, 5, 3)),
        ("siti aminah", "SITI AMINAH", None),
        ("mei 2", "MEI 2", None),
    ],
)
def test_a_birth_date_is_read_beside_the_name(typed: str, words: str, born: date | None) -> None:
    name, found = split_date(typed)
    assert (" ".join(wanted(name).words), found) == (words, born)


def test_a_day_that_no_calendar_has_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        split_date("siti 31-02-2009")
    assert refused.value.code == "birth-date"
    assert "31-02-2009" in str(refused.value.message)


PEOPLE = {
    "Siti Nur Aminah": date(2009, 3, 12),
    "Aminah Siti": date(2009, 3, 13),
    "Hj. Siti Zulaikha, S.Pd.": date(1970, 1, 1),
    "Ahmad Ma’ruf Amin": date(1980, 2, 2),
    "Ma": date(1990, 5, 5),
    "Li Ma": date(1991, 5, 5),
    "Marlina": date(1992, 5, 5),
    "Ayu Bunga Cinta Dewi Eka Fitri Gita": date(2000, 1, 1),
}


@pytest.fixture
def people(made: World) -> World:
    for name, born in PEOPLE.items():
        make_resident(made, name=name, birth_date=born)
    make_resident(made, office="13.06", name="Siti Aminah")
    return made


def test_any_word_finds_in_any_order(people: World) -> None:
    asked = {
        "aminah": ["Aminah Siti", "Siti Nur Aminah"],
        "siti aminah": ["Aminah Siti", "Siti Nur Aminah"],
        "aminah si": ["Aminah Siti", "Siti Nur Aminah"],
        "ami nu": ["Siti Nur Aminah"],
        "min": [],  # words are found from their beginning
        "zulaikha": ["Hj. Siti Zulaikha, S.Pd."],
        "hj. zulaikha": ["Hj. Siti Zulaikha, S.Pd."],
        "siti zulaikha s.pd": ["Hj. Siti Zulaikha, S.Pd."],
        "maruf": ["Ahmad Ma’ruf Amin"],
        "ma'ruf": ["Ahmad Ma’ruf Amin"],
        "amin maʼruf": ["Ahmad Ma’ruf Amin"],
        "ma": ["Li Ma", "Ma"],  # whole words alone: nobody of Marlina, Ma’ruf
        "ma li": ["Li Ma"],
        "mar": ["Ahmad Ma’ruf Amin", "Marlina"],
        "siti 12-03-2009": ["Siti Nur Aminah"],
        "si 12-03-2009": ["Siti Nur Aminah"],  # two letters may go on where a date narrows
        "aminah 12-03-2010": [],
        "fitri dewi ayu": ["Ayu Bunga Cinta Dewi Eka Fitri Gita"],
        "cinta": ["Ayu Bunga Cinta Dewi Eka Fitri Gita"],
        "fitri": ["Ayu Bunga Cinta Dewi Eka Fitri Gita"],
    }
    by = people["operator"]
    found = {}
    for text in asked:
        name, born = split_date(text)
        body = {"name": name.strip()} | ({"birth_date": str(born)} if born else {})
        answer = by.post("residents/search/", body).json
        assert answer["more"] is False
        found[text] = sorted(row["name"] for row in answer["results"])
    assert found == asked
    assert len(looks(action="search", kind="resident")) >= len(asked)
    for text in ("a", "a b", "s."):
        answer = by.post("residents/search/", {"name": text})
        assert (answer.status, answer.json["type"].rpartition("/")[2]) == (422, "search"), text


WORDS = "SITI SITIANA NUR NURUL AMINAH AMI DEWI DE SRI PUTRI LI MA BJØRN BJØRNSON".split()


def fits(text: str, name: str) -> bool:
    """The oracle: every word that was typed begins one of the name."""
    want, words = wanted(text), name_key(name).split()
    return all(
        any(one == word if want.is_whole(word) else one.startswith(word) for one in words)
        for word in want.words
    )


def test_few_words_in_many_names_find_whom_they_fit(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names of words of a dozen, some of which begin others, against an oracle of one line; by both roads."""
    chance, drawn = random.Random(46), engines.dice("words of names that are looked for")
    names = [
        " ".join(chance.choices(WORDS, k=chance.randint(1, most)))
        for most, people in ((6, 24), (12, 40))
        for _n in range(people)
    ]
    names += ["GITA " * 6 + "SAR"[:count] for count in range(1, 4)] * 2
    make_many(made, names)
    by = made["operator"].actor
    many_more = range(80 if engines.LONG else 30)
    asked = [" ".join(drawn.sample(WORDS, drawn.randint(2, 5))) for _n in many_more]
    asked += ["sit nu am", "am nu", "siti sit", "li ma", "ma li", "gita sa", "s gita", "ma"]
    asked += ["bj", "bjø si", "nu sri sit bjørn", "de li ma", *WORDS]
    for looked in (4_000, 0):
        many, some = 0, 0
        monkeypatch.setattr(searches, "_LOOKED", looked)
        for text in asked:
            fit = sorted(name_key(name) for name in names if fits(text, name))
            with scoped(by.scope):
                found, more = people_named(by, wanted(text))
            keys = sorted(name_key(row["identity__name"]) for row in found)
            assert more == (len(fit) > 20), text
            assert keys == fit if not more else len(keys) == 20 and set(keys) <= set(fit), text
            many, some = many + more, some + bool(fit)
        assert some > 20
        assert many > 0


def test_a_long_name_is_found_by_each_of_its_words(made: World) -> None:
    """Also by those behind the eighth, alone and beside common ones, with apostrophes and titles."""
    letters = "abcdefghijklmnopqrstuvwxyzabcd"
    make_many(made, [f"Gusti Ayu Putu {letter}di" for letter in letters])
    for count in range(7, 13):
        with transaction.atomic():
            _found_by_each_word(made, count)
            transaction.set_rollback(True)


def _found_by_each_word(made: World, count: int) -> None:
    words = "I Gusti Ayu Ma'ruf Ni’matul Putu Kartika Sekar Wulan Dyah Permata Lestari".split()
    name = f"Hj. {' '.join(words[:count])}, S.Pd."
    person = make_resident(made, name=name)
    by = made["operator"].actor
    others = [f"{' '.join(words[:2])} {letter}di" for letter in "ab"]
    with scoped(by.scope):
        asked = [word for word in words[1:count] if word not in ("Gusti", "Ayu", "Putu")]
        asked += [f"{word} ayu gusti putu" for word in asked]
        asked += [f"ayu {word} gus" for word in asked[: count - 4]]
        asked += [" ".join(reversed(words[:count])), f"putu gusti ayu i {words[count - 1][:3]}"]
        for text in asked:
            found, more = people_named(by, wanted(text))
            assert ([row["id"] for row in found], more) == ([person.pk], False), text
        for text in others:
            found, _more = people_named(by, wanted(text))
            assert person.pk not in {row["id"] for row in found}


def test_a_name_that_says_a_word_again_and_again_hides_nobody(made: World) -> None:
    """It stands in each of its keys: eleven such names are more rows than a list is long."""
    for letter in "ABCDEFGHIJK":
        make_resident(made, name=f"Gita Gita Gita Gita Gita {letter}ni")
    make_resident(made, name="Zul Gita")
    found = made["operator"].post("residents/search/", {"name": "gita"}).json
    assert (len(found["results"]), found["more"]) == (12, False)


def test_a_wall_and_a_village_narrow_too(people: World) -> None:
    def names(who: str, **body: str) -> list[str]:
        return [
            row["name"]
            for row in people[who]
            .post("residents/search/", {"name": "siti", **body})
            .json["results"]
        ]

    assert len(names("operator")) == 3
    assert names("neighbour") == ["Siti Aminah"]
    assert len(names("province_officer")) == 4
    assert names("province_officer", village="13.06.01.2001") == ["Siti Aminah"]
    assert names("other_province_officer") == []
    assert names("operator", village="13.75.01.1002") == []
    assert names("operator", birth_date="1970-01-01") == ["Hj. Siti Zulaikha, S.Pd."]


def test_pages_narrow_by_a_birth_date_and_say_when_there_are_more(
    made: World, browser: Callable[[str], Client]
) -> None:
    session = make_session(made, make_event(made))
    for number in range(21):
        make_resident(made, name=f"Rahmat Contoh {number}", birth_date=date(2000, 1, number + 1))
    clerk = browser("operator")
    doors = {
        "/penduduk/": {},
        "/layanan/": {"do": "find"},
        f"/sesi/{session.pk}/meja/": {"do": "find"},
        f"/sesi/{session.pk}/pesan/": {"do": "find"},
    }
    for address, more in doors.items():
        text = clerk.post(address, {"q": "contoh", **more}).content.decode()
        assert "Lebih dari 20" in text, address
        assert text.count("Rahmat Contoh") == 20, address
        text = clerk.post(address, {"q": "contoh 2-1-2000", **more}, follow=True).content.decode()
        assert "Lebih dari 20" not in text, address
        assert "Rahmat Contoh 1" in text, address
        field = {"q": "rahmat", "birth_date": "2000-01-03", **more}
        text = clerk.post(address, field, follow=True).content.decode()
        assert "Rahmat Contoh 2" in text, address
        text = clerk.post(address, {"q": "rahmat 31-2-2000", **more}).content.decode()
        assert "31-2-2000 tidak ada dalam kalender" in text, address
    api = made["operator"].post("residents/search/", {"name": "contoh"}).json
    assert (len(api["results"]), api["more"]) == (20, True)
    make_resident(made, name="Gita Gita Gita Gita Gita Gita")
    api = made["operator"].post("residents/search/", {"name": "gita"}).json
    assert (len(api["results"]), api["more"]) == (1, False)


def test_whoever_writes_a_key_turns_it(made: World) -> None:
    """By a rule of the table: a correction, an erasure, a process of the release before."""
    resident = make_resident(made, name="Siti Nur Aminah")
    with scoped(EVERYBODY):
        one = ResidentIdentity.objects.filter(pk=resident.pk)
        turned = [f"key_{word}" for word in range(2, 9)]
        assert one.values_list(*turned).get() == ("NUR AMINAH SITI", "AMINAH SITI NUR", *[None] * 5)
        one.update(name_key="A B C D E F G")
        assert one.values_list(*turned).get()[-2:] == ("G A B C D E F", None)
        one.update(name_key="A B")
        assert one.values_list(*turned).get() == ("B A", *[None] * 6)
        one.update(name="", name_key="")
        assert one.values_list(*turned).get() == (None,) * 7


# --- the list, filtered ---------------------------------------------------------------------------


@pytest.fixture
def listed(made: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """On 1 June 2026, with elections on 27 November 2024 and 14 February 2029."""
    day = date(2026, 6, 1)
    monkeypatch.setattr(selectors, "today_of", lambda by: day)
    # The stage is of the day in each village's zone.
    monkeypatch.setattr(stages, "_days_of_zones", lambda: [(Q(), day)])
    monkeypatch.setattr("registrations.people.selectors.today_in", lambda village: day)
    for kind, held_on in (("pilkada", date(2024, 11, 27)), ("pemilu", date(2029, 2, 14))):
        Election.objects.get_or_create(
            region_id="00", kind=kind, held_on=held_on, defaults={"name": kind}
        )
    for name, born, village in (
        ("Anak Satu", date(2010, 6, 1), "13.75.01.1001"),  # 16 today
        ("Anak Dua", date(2010, 6, 2), "13.75.01.1002"),  # 16 tomorrow
        ("Muda Satu", date(2009, 6, 1), "13.75.02.1001"),  # 17 today
        ("Muda Dua", date(2009, 6, 2), "13.75.02.1001"),  # 17 tomorrow
        ("Muda Tiga", date(2007, 11, 28), "13.75.02.1001"),  # 17 after the election: pemula
        ("Dewasa", date(2007, 11, 27), "13.06.01.2001"),  # 17 on its day; lives elsewhere
        ("Anak Kecil", date(2012, 2, 15), "13.75.01.1001"),  # 17 the day after the next one
    ):
        make_resident(
            made,
            name=name,
            birth_date=born,
            village=Region.objects.get(pk=village),
            known_recorded_on=date(2026, 1, 1) if name in ("Dewasa", "Muda Tiga") else None,
        )
    make_resident(made, office="13.06", name="Orang Agam")
    return made


FILTERS: list[tuple[dict[str, str], set[str]]] = [
    ({"age": "16"}, {"Anak Satu", "Muda Dua"}),
    ({"age": "17+"}, {"Muda Satu", "Muda Tiga", "Dewasa"}),
    ({"age": "17 "}, {"Muda Satu", "Muda Tiga", "Dewasa"}),
    ({"age": "-15"}, {"Anak Dua", "Anak Kecil"}),
    ({"age": "15-16"}, {"Anak Satu", "Anak Dua", "Muda Dua"}),
    ({"village": "13.75.01.1001"}, {"Anak Satu", "Anak Kecil"}),
    ({"village": "13.75.01"}, {"Anak Satu", "Anak Dua", "Anak Kecil"}),
    ({"recorded": "yes"}, {"Dewasa", "Muda Tiga"}),
    ({"recorded": "no", "age": "17+"}, {"Muda Satu"}),
    ({"category": "umum"}, {"Dewasa"}),
    ({"category": "pemula", "recorded": "yes"}, {"Muda Tiga"}),
    ({"seventeen": "yes"}, {"Anak Satu", "Anak Dua", "Muda Dua"}),
    ({"stage": "due"}, {"Muda Satu", "Muda Tiga", "Dewasa"}),
    ({"stage": "seventeen_by_day"}, {"Anak Satu", "Anak Dua", "Muda Dua"}),
    ({"stage": "too_young"}, {"Anak Kecil"}),
    ({"stage": "due", "recorded": "no"}, {"Muda Satu"}),
]


def test_page_api_and_file_mean_the_same_people(
    listed: World, browser: Callable[[str], Client]
) -> None:
    clerk, head, caller = browser("operator"), browser("head"), listed["operator"]
    everybody = {name for _filter, names in FILTERS for name in names} | {"Anak Kecil"}
    for asked, names in FILTERS:
        query = urlencode(asked)
        answer = caller.get(f"residents/?{query}")
        assert answer.status == 200, (asked, answer.content)
        assert {row["name"] for row in answer.json["results"]} == names, asked
        page = clerk.get(f"/penduduk/?{query}").content.decode()
        assert {name for name in everybody if f">{name}</a>" in page} == names, asked
        if "recorded" not in asked:
            unrecorded = len(names - {"Dewasa", "Muda Tiga"})
            assert f"<strong>{len(names)}</strong> orang, <strong>{unrecorded}</strong>" in page
    for order in ("name", "-name", "born", "-village"):
        assert clerk.get(f"/penduduk/?age=17%2B&order={order}").status_code == 200
    rows = taken_out(head, "?age=17%2B&recorded=no&village=13.75")
    assert [row[0] for row in rows[1:]] == ["Muda Satu"]
    with scoped(EVERYBODY):
        export = Export.objects.latest("created_at")
    young = taken_out(head, "?stage=too_young")
    assert [row[0] for row in young[1:]] == ["Anak Kecil"]
    assert "Terlalu muda" in str(young[1])
    assert filter_from(export.filters) == filter_of(age="17+", recorded="no", village="13.75")
    cover = str(taken_out(head, "?age=17%2B&recorded=no&village=13.75", sheet=0))
    assert "berusia 17+" in cover
    assert "belum direkam" in cover


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("age=tua", "age"),
        ("age=17-15", "age"),
        ("village=99.99", "region-unknown"),
        ("category=semua", "invalid"),
        ("recorded=maybe", "invalid"),
        ("stage=old", "invalid"),
        ("colour=red", "invalid"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(
    made: World, browser: Callable[[str], Client], query: str, code: str
) -> None:
    make_resident(made, name="Contoh Warga")
    answer = made["operator"].get(f"residents/?{query}")
    assert (answer.status, answer.json["type"].rpartition("/")[2]) == (422, code)
    if "colour" not in query:
        page = browser("operator").get(f"/penduduk/?{query}")
        assert page.status_code == 422
        assert "Contoh Warga" not in page.content.decode()


def test_a_class_and_nobody_elses(made: World, browser: Callable[[str], Client]) -> None:
    session = make_session(made, make_event(made), {"recording": 1})
    by = made["operator"].actor
    ani, budi = (make_resident(made, name=name) for name in ("Ani", "Budi"))
    make_resident(made, name="Cici")
    with scoped(by.scope):
        booked = book_group(
            by=by,
            session=session,
            name="XII IPA 1",
            services=["recording"],
            lines=[
                Line(number, "", nik=None, name=one, born=date(1990, 5, 17))
                for number, one in enumerate(("Ani", "Budi"), 1)
            ],
            waiting_list=True,
        )
    page = browser("operator").get(f"/penduduk/?group={booked.group.pk}").content.decode()
    assert [name for name in ("Ani", "Budi", "Cici") if f">{name}</a>" in page] == ["Ani", "Budi"]
    assert f'<option value="{booked.group.pk}" selected>XII IPA 1' in page
    found = made["operator"].get(f"residents/?group={booked.group.pk}").json["results"]
    assert {row["id"] for row in found} == {str(ani.pk), str(budi.pk)}
    assert made["neighbour"].get(f"residents/?group={booked.group.pk}").json["results"] == []


_NAMES = r'href="/penduduk/[0-9a-f-]{36}/">([^<]+)</a>'


def test_many_people_are_read_by_their_indexes(
    listed: World, browser: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other way to the same pages, and what is too much to tell."""
    clerk = browser("operator")
    queries = [f"?age=10%2B&order={order}" for order in ("", "name", "-name", "born", "-born")]
    before = [re.findall(_NAMES, clerk.get(f"/penduduk/{q}").content.decode()) for q in queries]
    assert all(len(names) == 7 for names in before)
    monkeypatch.setattr(selectors, "_MANY", 0)
    after = [re.findall(_NAMES, clerk.get(f"/penduduk/{q}").content.decode()) for q in queries]
    assert after == before
    monkeypatch.setattr(selectors, "MOST_LOOKED_UP", 2)
    page = clerk.get("/penduduk/?recorded=no")
    assert page.status_code == 422
    assert listed["operator"].get("residents/?recorded=no").json["type"].endswith("too-many-people")
    assert clerk.get("/penduduk/?recorded=no&age=17").status_code == 200
    assert "dihitung sampai" in clerk.get("/penduduk/").content.decode()


def test_who_was_merged_or_erased_is_found_no_more(people: World) -> None:
    """Whatever their names still say."""
    by = people["operator"]
    for gone in ({"merged_into": uuid.uuid4()}, {"erased_at": timezone.now()}):
        with scoped(EVERYBODY):
            found = by.post("residents/search/", {"name": "siti nur"}).json["results"]
            assert [row["name"] for row in found] == ["Siti Nur Aminah"]
            person = Resident.everything.filter(pk=found[0]["id"])
            person.update(**gone)
            for body in ({"name": "siti nur"}, {"name": "aminah siti", "birth_date": "2009-03-12"}):
                assert by.post("residents/search/", body).json["results"] == [], (gone, body)
            person.update(merged_into=None, erased_at=None)


def test_names_that_are_held_get_the_new_key(kept: World) -> None:
    """What the migration does, by the owner, who may not change people."""
    names = ["Ma'ruf Amin", "Hj. Siti, S.Pd.", "Budi"]
    people = [make_resident(kept, name=name).pk for name in names]
    migration = importlib.import_module("registrations.migrations.0011_names_filled")
    engines.past_all_rules(
        "UPDATE registrations_residentidentity SET name_key = 'MA RUF', key_2 = NULL"
    )
    owner = psycopg2.connect(engines.database_url("owner"))
    with owner:
        last = migration._fill_batch(owner, str(uuid.UUID(int=0)))
        assert migration._fill_batch(owner, last) is None
    with owner, owner.cursor() as cursor:
        cursor.execute(
            "SELECT has_table_privilege('keeper', 'registrations_residentidentity', 'UPDATE')"
        )
        assert cursor.fetchone() == (False,)
    owner.close()
    with scoped(EVERYBODY):
        found = {one.pk: one for one in ResidentIdentity.objects.filter(pk__in=people)}
    assert [(found[pk].name_key, found[pk].key_2) for pk in people] == [
        ("MARUF AMIN", "AMIN MARUF"),
        ("SITI", None),
        ("BUDI", None),
    ]
