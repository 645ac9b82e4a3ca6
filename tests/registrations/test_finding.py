"""Finding people: by any word of the name, by a birth date beside it, through every door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Invalid
from registrations.people.models import ResidentIdentity
from registrations.people.services.names import split_date, wanted
from registrations.people.validators import name_key
from tests.world import World, looks, make_event, make_resident, make_session


@pytest.mark.parametrize(
    ("key", "names"),
    [
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
        turned = [f"key_{word}" for word in range(2, 7)]
        assert one.values_list(*turned).get() == ("NUR AMINAH SITI", "AMINAH SITI NUR", *[None] * 3)
        one.update(name_key="A B")
        assert one.values_list(*turned).get() == ("B A", *[None] * 4)
        one.update(name="", name_key="")
        assert one.values_list(*turned).get() == (None,) * 5
