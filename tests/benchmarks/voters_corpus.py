"""People of an office and a list of its voters, made up of one seed, with who is who.

Names come as often as they do: few are half of all. Voters have the mistakes of real lists: typing slips,
words that changed places, short forms, old spelling, a number that is masked, another or missing, day
and month changed, another village or family card. Some are not held at all, and some of these are made
to look like somebody who is: born on that day, in that village, of that family.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from registrations.voters.services.matching import Held, Listed, turned_day

_MEN = """MUHAMMAD AHMAD ABDUL BUDI AGUS EKO SLAMET SURYA DEDI HENDRA RUDI ANDI ARIF IWAN JOKO BAMBANG FAJAR RIZKI
RIZAL DIMAS BAYU ADI YUSUF IBRAHIM ISMAIL UMAR HASAN HUSEN ALI ZAINAL SYAIFUL MASRUL NASRUL SYAHRUL AMRI
DONI FERI GALIH HADI INDRA IRFAN KURNIA LUKMAN MULYADI NANDA OKI PUTRA RAHMAT SAHRUL TAUFIK WAHYU YANTO YUDI
ZULFIKAR ALDI BENI CECEP DARMAWAN EDI FIRMAN GUNAWAN HERI ILHAM JAMAL KARIM LATIF MAHMUD NUGROHO""".split()
_WOMEN = """SITI NUR SRI DEWI RINA YULIA ENDANG FITRI AYU INDAH LINA MARIA NINGSIH PUTRI RATNA SARI TITI WATI YANTI
AISYAH FATIMAH KHADIJAH ZAHRA ANISA BUNGA CITRA DIAN ERNA FARIDA GITA HALIMAH IRMA JULIANA KARTINI LESTARI
MELATI NURUL OKTAVIA PURNAMA RAHMA SUSI TUTI UMI VINA WULAN YENI ZULAIKHA ELVA DESI MURNI ROSMANI ASNI""".split()
_SECOND = """SANTOSO WIJAYA KURNIAWAN SETIAWAN HIDAYAT SAPUTRA SUSANTO PRASETYO FIRMANSYAH RAMADHAN NUGRAHA HAKIM
RAHMAN HARAHAP SIREGAR NASUTION LUBIS TANJUNG CHANIAGO PILIANG SIKUMBANG KOTO GUCI JAMBAK AZIZ FAUZI SYAHPUTRA
MAULANA IRAWAN GUNADI SUPRIYADI SUTRISNO HARTONO SUHARTO SUKARNO MULYONO WIBOWO UTOMO PERMANA PRATAMA ANGGRAINI
RAHAYU HANDAYANI WAHYUNI PUSPITA LESTARI SARI DEWI UTAMI MAHARANI SAFITRI AGUSTINA OKTAVIANI YULIANTI AMINAH
HASANAH MARYAM ZAHARA KHAIRANI HAYATI HERAWATI KUSUMA NINGRUM PERTIWI SUSANTI WULANDARI YUNITA ROSMALINA""".split()


def _often(words: list[str]) -> list[float]:
    return list(accumulate(1 / (place + 2) for place in range(len(words))))


_CHANCES = {id(words): _often(words) for words in (_MEN, _WOMEN, _SECOND)}
_LETTERS = "ABCDEFGHIJKLMNOPRSTUWYZ"
_OLD = (("U", "OE"), ("J", "DJ"), ("F", "V"), ("H", "CH"), ("I", "Y"))
_SHORT = {"MUHAMMAD": ("M", "MUH", "MOH", "MOCH"), "ABDUL": ("ABD",), "SITI": ("ST",), "AHMAD": ("ACHMAD",)}  # fmt: skip


@dataclass
class Corpus:
    people: list[Held]
    voters: list[Listed]
    #: Row -> key of the person, for those who are held.
    truth: dict[int, int]


def corpus(many: int, seed: int = 20241127, villages: int = 0) -> Corpus:
    dice = random.Random(seed)
    people = list(_people(dice, many, villages or max(many // 4_000, 4)))
    voters: list[Listed] = []
    truth: dict[int, int] = {}
    for one in people:
        chance = dice.random()
        if chance < 0.93:
            truth[len(voters) + 1] = one.key
            voters.append(_as_listed(dice, one, len(voters) + 1))
        elif chance < 0.97:
            voters.append(_as_listed(dice, _stranger(dice, one), len(voters) + 1))
    return Corpus(people, voters, truth)


def _people(dice: random.Random, many: int, villages: int) -> Iterator[Held]:
    key = family = 0
    while key < many:
        family += 1
        village = (
            f"13.75.{dice.randrange(villages) // 20:02}.{1001 + dice.randrange(villages) % 20}"
        )
        surname = _word(dice, _SECOND)
        born_before: date | None = None
        for _member in range(dice.choice((1, 2, 2, 3, 4, 5))):
            born = _day(dice)
            if born_before and dice.random() < 0.012:
                born = born_before  # twins
            born_before = born
            key += 1
            yield _person(dice, key, born, village, _number(family), surname)


def _person(
    dice: random.Random, key: int, born: date, village: str, family: bytes, surname: str
) -> Held:
    sex = dice.choice("MF")
    # A quarter have a single name, or one that is a father's as well.
    words = [_word(dice, _MEN if sex == "M" else _WOMEN)]
    more = dice.choices((0, 1, 2, 3), (15, 50, 28, 7))[0]
    words += [surname if dice.random() < 0.2 else _word(dice, _SECOND) for _word_of in range(more)]
    area = "137501" if dice.random() < 0.85 else f"{dice.randrange(110101, 949999)}"
    return Held(key, _number(key), area, " ".join(words), born.toordinal(), sex, village, family)


def _word(dice: random.Random, words: list[str]) -> str:
    return dice.choices(words, cum_weights=_CHANCES[id(words)])[0]


def _day(dice: random.Random) -> date:
    """Some have only a year, and were given a day for it."""
    year = dice.randrange(1945, 2008)
    if dice.random() < 0.03:
        return date(year, *dice.choice(((1, 1), (7, 1), (12, 31))))
    return date(year, 1, 1) + timedelta(days=dice.randrange(365))


def _number(number: int) -> bytes:
    return number.to_bytes(16, "big")


def _stranger(dice: random.Random, one: Held) -> Held:
    """Somebody who is not held: mostly unlike anybody; else of that day and village, or of that family,
    and of those some with a name that is nearly the same.
    """
    key = 10_000_000 + one.key
    kind = dice.random()
    surname = one.name.split()[-1]
    born = date.fromordinal(one.born) if kind < 0.15 else _day(dice)
    village = one.village if kind < 0.6 else "13.75.99.1001"
    family = one.family if kind < 0.08 else _number(key)
    return _person(dice, key, born, village, family, surname)


def _as_listed(dice: random.Random, one: Held, number: int) -> Listed:
    nik, shown = _listed_number(dice, one)
    kin = dice.random()
    family = one.family if kin < 0.62 else b"" if kin < 0.92 else _number(77_000_000 + number)
    village = one.village if dice.random() < 0.96 else f"{one.village[:-1]}9"
    sex = "" if dice.random() < 0.05 else one.sex
    name = _listed_name(dice, one.name)
    return Listed(number, name, nik, shown, _listed_day(dice, one.born), sex, village, family)


def _listed_number(dice: random.Random, one: Held) -> tuple[bytes, str]:
    kind = dice.random()
    if kind < 0.70:
        return one.nik, ""
    if kind < 0.82:
        return b"", f"{one.area}{'*' * 10}"
    if kind < 0.88:
        return b"", f"{one.area}010190****"
    if kind < 0.95:  # a slip, or changed since
        return _number(50_000_000 + int.from_bytes(one.nik, "big")), ""
    return b"", ""


def _listed_day(dice: random.Random, born: int) -> int:
    kind = dice.random()
    if kind < 0.95:
        return born
    if kind < 0.97:
        return turned_day(born) or born
    if kind < 0.99:
        day = date.fromordinal(born)
        return replace_safely(day, year=day.year + dice.choice((-10, -1, 1))).toordinal()
    return 0


def replace_safely(day: date, **parts: int) -> date:
    try:
        return day.replace(**parts)
    except ValueError:
        return day


def _listed_name(dice: random.Random, name: str) -> str:
    kind, words = dice.random(), name.split()
    if kind < 0.78:
        return name
    if kind < 0.86 or len(words) == 1:
        return _slip(dice, name)
    if kind < 0.89:
        dice.shuffle(words)
    elif kind < 0.93 and words[0] in _SHORT:
        words[0] = dice.choice(_SHORT[words[0]])
    elif kind < 0.96 and len(words) > 2:
        del words[dice.randrange(1, len(words))]
    elif kind < 0.98:
        old, new = dice.choice(_OLD)
        return name.replace(old, new, 1)
    else:
        words[-1] = words[-1][:1]
    return " ".join(words)


def _slip(dice: random.Random, name: str) -> str:
    place = dice.randrange(len(name))
    letter = dice.choice(_LETTERS)
    return dice.choice(
        (
            name[:place] + name[place + 1 :],
            name[:place] + letter + name[place:],
            name[:place] + letter + name[place + 1 :],
            name[:place]
            + name[place + 1 : place + 2]
            + name[place : place + 1]
            + name[place + 2 :],
        )
    )
