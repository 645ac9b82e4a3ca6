"""However a list is shuffled, packed and soiled, it says the same of the same people."""

from __future__ import annotations

import csv
import io
import random
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dukcapil.core.lists.grid import Grid, read_file, read_pasted
from dukcapil.core.lists.layout import lay_out
from dukcapil.core.lists.people import PEOPLE
from dukcapil.core.reader.limits import Limits
from tests import biff
from tests.files.corpus import KINDS, listed, ods, reading, xlsx
from tests.tables import read_here

LIMITS = Limits(at_once=None)
MONTHS = "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember"
DAYS = (
    lambda day: f"{day:%d-%m-%Y}",
    lambda day: f"{day:%d/%m/%Y}",
    lambda day: f"{day:%d|%m|%Y}",
    lambda day: f"{day:%Y-%m-%d}",
    lambda day: f"{day.day} {MONTHS.split()[day.month - 1]} {day.year}",
    lambda day: f"Contoh, {day:%d-%m-%Y}",
    lambda day: f"{day:%d.%m.%y}",
)
NUMBERS = (
    lambda nik: nik,
    lambda nik: f"'{nik}",
    lambda nik: f"\u202a{nik}\u202c",
    lambda nik: " ".join(nik[at : at + 4] for at in range(0, 16, 4)),
    lambda nik: f"{nik[:6]}.{nik[6:12]}.{nik[12:]}",
    lambda nik: f"\xa0{nik[:8]}-{nik[8:]} ",
)
NAMES = (str, lambda name: f"*{name}*", lambda name: f" {name.replace(' ', '  ')} ")
SEXES = {
    "M": ("L", "Lk", "Pria", "Laki-laki", "LAKI - LAKI"),
    "F": ("P", "Pr", "Wanita", "PEREMPUAN"),
}
VILLAGES = (lambda name: name, lambda name: f"Desa {name}", lambda name: f"KEL. {name}")
#: Columns that lists have besides, and what may stand in them.
OTHERS = {
    "No KK": "9901010101100001", "NIK Ayah": "9901010101800001", "Nama Ibu Kandung": "TUTI",
    "Agama": "-", "NISN": "0091234561", "Kelas": "XII", "Keterangan Lain-lain": "ada",
}  # fmt: skip
PACKED = ("paste", "csv", "utf-16", "windows", "xlsx", "xls", "ods")


@st.composite
def people(draw: st.DrawFn) -> list[tuple[str, str, date, str, str]]:
    found = []
    for number in range(draw(st.integers(2, 5))):
        born = date(1960, 1, 1) + timedelta(draw(st.integers(0, 18_000)))
        sex = draw(st.sampled_from("MF"))
        day = born.day + (40 if sex == "F" else 0)
        nik = f"990101{day:02}{born:%m%y}{number + 1:04}"
        name = draw(st.sampled_from(["SITI AMINAH", "MA'RUF", "AHMAD FAUZI", "RENÉ", "NI LUH AYU"]))
        found.append((nik, name, born, sex, draw(st.sampled_from(["Contoh", "Contoh Raya"]))))
    return found


def soiled(dice: random.Random, kind: str, value: Any) -> str:
    if kind == "sex":
        return dice.choice(SEXES[value])
    ways: Any = {"nik": NUMBERS, "name": NAMES, "birth_date": DAYS, "village": VILLAGES}[kind]
    return dice.choice(ways)(value)


def table(dice: random.Random, given_people: list[tuple[Any, ...]]) -> list[list[str]]:
    columns = [*KINDS, *dice.sample(sorted(OTHERS), dice.randint(0, 4))]
    if dice.random() < 0.3:
        columns.remove("nik")  # then nobody may take another number for it
    dice.shuffle(columns)
    head = []
    for column in columns:
        kind = PEOPLE.kind(column)
        word = dice.choice(kind.words) if kind else column
        head.append(dice.choice([word, word.upper(), word.title().replace(" ", "_"), f"{word} *"]))
    body = []
    for person in given_people:
        known = dict(zip(KINDS, person, strict=True))
        body.append(
            [soiled(dice, one, known[one]) if one in known else OTHERS[one] for one in columns]
        )
    return [head, *body]


def around(dice: random.Random, lines: list[list[str]]) -> tuple[list[list[str]], list[int]]:
    """The list between titles, numbers of columns, blank rows and sums; and where its rows stand."""
    width = len(lines[0])
    made: list[list[str]] = [["DAFTAR WARGA"], ["Kecamatan Contoh : 2026"]][: dice.randint(0, 2)]
    made += [[""]] * dice.randint(0, 2) if made else []
    made.append(lines[0])
    if dice.random() < 0.3:
        made.append([str(n) for n in range(1, width + 1)])
    places = []
    for line in lines[1:]:
        if dice.random() < 0.2:
            made.append([""])
        made.append(line)
        places.append(len(made))
    if dice.random() < 0.3:
        made.append(["Jumlah", str(len(places))])
    return made, places


def packed(dice: random.Random, way: str, lines: list[list[str]]) -> Grid:
    if way in ("xlsx", "xls", "ods"):
        content = {
            "xlsx": lambda: xlsx(("Daftar", listed(*lines)), ("Kosong", listed())),
            "xls": lambda: biff.workbook({"Daftar": lines}),
            "ods": lambda: ods({"Daftar": lines}),
        }[way]()
        return read_file(io.BytesIO(content), f"a.{way}", LIMITS)
    text = io.StringIO()
    sign = "\t" if way == "paste" else dice.choice(";,\t")
    csv.writer(text, delimiter=sign, lineterminator=dice.choice(["\n", "\r\n"])).writerows(lines)
    if way == "paste":
        return read_pasted(text.getvalue(), LIMITS)
    encoding = {"csv": dice.choice(["utf-8", "utf-8-sig"]), "windows": "cp1252"}.get(way, way)
    plain = text.getvalue()
    if encoding == "cp1252":
        plain = plain.replace("\u202a", "").replace("\u202c", "")
    return read_file(io.BytesIO(plain.encode(encoding)), "a.csv", LIMITS)


@settings(max_examples=40, deadline=None)
@given(people(), st.sampled_from(PACKED), st.integers(0, 10**6))
def test_a_list_says_the_same_however_it_comes(
    given_people: list[tuple[Any, ...]], way: str, seed: int
) -> None:
    dice = random.Random(seed)
    lines = table(dice, given_people)
    made, places = around(dice, lines)
    with read_here():
        layout = lay_out(packed(dice, way, made), PEOPLE)
    read = {column.kind for column in layout.columns}
    wanted = [
        {"row": place, **{kind: str(cell) for kind, cell in zip(KINDS, one, strict=True) if kind in read}}
        for place, one in zip(places, given_people, strict=True)
    ]  # fmt: skip
    assert reading(layout) == wanted
    assert read >= {"name", "birth_date", "sex", "village"}
