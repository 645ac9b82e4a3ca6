"""What people write into cells, as values. Each function says what it cannot read, and guesses nothing.

An empty cell is an empty value. Messages name what was read, and never a NIK.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from dukcapil.core.characters import REFUSAL, Unseen, plain
from dukcapil.core.lists import words
from dukcapil.core.lists.grid import Broken, text_of
from dukcapil.core.lists.moments import day_in_indonesia

LONGEST_NAME = 150
EARLIEST_DAY = date(1890, 1, 1)
SEXES = {
    **dict.fromkeys(("l", "lk", "lki", "laki", "lakilaki", "laki2", "pria", "m", "male", "1"), "M"),
    **dict.fromkeys(("p", "pr", "prp", "perempuan", "wanita", "w", "f", "female", "2"), "F"),
}


@dataclass
class Unreadable(Exception):
    """`message` is shown in the row; it is no argument, so no log shows what stood there."""

    code: str
    message: str

    def __init__(self, code: str, message: Any) -> None:
        super().__init__(code)
        self.code, self.message = code, str(message)


def text(cell: Any) -> str:
    """A cell as plain text without marks that nobody sees."""
    if isinstance(cell, Broken):
        raise _broken(cell)
    try:
        return " ".join(plain(text_of(cell)).replace("\xa0", " ").split())
    except Unseen as error:
        raise Unreadable("characters", REFUSAL) from error


def _broken(cell: Broken) -> Unreadable:
    if cell.kind == "formula":
        return Unreadable(
            "formula",
            _("This cell holds a formula without a result: open the file in Excel, save it, and"
              " bring it again."),
        )  # fmt: skip
    return Unreadable(
        "error",
        _("The sheet shows an error here (%(text)s): correct it in the file.")
        % {"text": cell.text},
    )


# --- NIK ------------------------------------------------------------------------------------------

#: What people put between digits; an apostrophe before them keeps Excel from counting.
_BETWEEN = re.compile("[\\s'`\"._/\u2019\u2018\u02bc\u00b4\u201c\u201d\u2010-\u2015-]")
_FORMULA = re.compile(r'="?([^"]*)"?')
_SCIENTIFIC = re.compile(r"\d([.,]\d+)?[eE]\+?\d+")
_EXACT = 2**53


def digits_of(typed: str) -> str:
    """Without what stands between the digits of a long number."""
    formula = _FORMULA.fullmatch(typed.strip())
    plain_text = unicodedata.normalize("NFKC", formula[1] if formula else typed)
    return _BETWEEN.sub("", "".join(c for c in plain_text if unicodedata.category(c) != "Cf"))


def nik_text(cell: Any) -> str:
    """Sixteen digits, or nothing for an empty cell."""
    if isinstance(cell, float):
        return _nik_of_number(cell)
    written = text(cell)
    if _SCIENTIFIC.fullmatch(written.replace(" ", "")):
        raise _shortened()
    digits = re.sub(r"^nik:?", "", digits_of(written), flags=re.IGNORECASE)
    if digits and not (len(digits) == 16 and digits.isascii() and digits.isdecimal()):
        raise _no_nik(digits)
    return digits


def _nik_of_number(number: float) -> str:
    """Excel keeps fifteen digits and writes 0 for the rest; other programs keep sixteen."""
    if not number.is_integer() or number < 0:
        raise _no_nik(text_of(number))
    digits = str(int(number))
    if len(digits) == 16 and (number >= _EXACT or digits.endswith("0")):
        words = _("The sheet keeps the NIK as a number and lost digits: format the column as text and write the NIK again.")  # fmt: skip
        raise Unreadable("nik-number", words)
    if len(digits) != 16:
        raise _no_nik(digits)
    return digits


def _shortened() -> Unreadable:
    words = _("Excel shortened this NIK (as in 1,37E+15), and its last digits are lost: format the column as text and write the NIK again.")  # fmt: skip
    return Unreadable("nik-scientific", words)


def _no_nik(written: str) -> Unreadable:
    if re.fullmatch(r"\d+[*xX#?•●]+\d*", written):  # as voters' lists hide digits: 137501******0001
        words = _("A part of this NIK is hidden, so that it leads to nobody: ask for the list with whole numbers.")  # fmt: skip
        return Unreadable("nik", words)
    count = sum(sign.isdecimal() for sign in written)
    if count == 16:
        return Unreadable("nik", _("A NIK has digits only; other signs stand between them here."))
    return Unreadable(
        "nik", _("A NIK has exactly 16 digits; this one has %(count)s.") % {"count": count}
    )


# --- names ----------------------------------------------------------------------------------------

_PLAIN_NAME = re.compile(r"[A-Za-z]+(?: [A-Za-z]+)*")
_NUMBERING = re.compile(r"^\d{1,4}\s*[.)\]:-]\s*|^\d{1,4}\s+(?=\D)")
#: Before a name, where some are also names unless a dot follows; and behind it.
_BEFORE = frozenset(
    "h hj haji hajjah dr dra drs drg drh ir prof kh kyai ust ustadz ustadzah buya tgk".split()
)
_BEFORE_WITH_DOT = frozenset("alm almh bpk sdr sdri tn ny nn an hc".split())
_BEHIND = frozenset(
    "spd spdi sh se st skom ssos sag sip skm sked skep sfarm ssi sp spt shut sth sikom stp ssn spsi"
    " sptk sst strkeb stri amd amdkeb amdkep ma mm msi mpd mpdi mh mkn mkes mkom mt msc mag map mba"
    " phd sei sthi shi ak ca cpa ns bsc ba llm lc mhum mip mpsi mars alm almh".split()
)


def person_name(cell: Any) -> str:
    """The name as written, without a number before it, stars and marks around it."""
    if type(cell) is str and len(cell) <= LONGEST_NAME and _PLAIN_NAME.fullmatch(cell):
        return cell
    if isinstance(cell, float | bool | date):
        raise Unreadable("name", _("A name has letters; here stands a number or a date."))
    written = text(cell)
    name = _NUMBERING.sub("", written.strip(' *_~"“”|•·;:,-')).strip(' *_~"“”|•·;:,-')
    # `*BUDI* PUTRA`: bold in a message.
    name = " ".join(re.sub(r"[*_~|•]+", " ", name).split())
    if written and not any(sign.isalpha() for sign in name):
        raise Unreadable("name", _("A name has at least one letter."))
    if len(name) > LONGEST_NAME:
        raise Unreadable("name", _("A name has at most %(most)s letters.") % {"most": LONGEST_NAME})
    return name


def bare_name(name: str) -> str:
    """The name without titles before and behind it, for comparing: `Dr. H. Ali, S.Pd.` is `Ali`."""
    first, *behind = name.split(",")
    parts = first.split()
    while len(parts) > 1 and _is_before(parts[0]):
        del parts[0]
    while len(parts) > 1 and "." in parts[-1] and words.squash(parts[-1]) in _BEHIND:
        del parts[-1]
    kept = [
        part.strip()
        for part in behind
        if not all(words.squash(word) in _BEHIND for word in part.split())
    ]
    return ", ".join([" ".join(parts), *kept])


def _is_before(word: str) -> bool:
    title = words.squash(word)
    return title in _BEFORE or (title in _BEFORE_WITH_DOT and word.endswith("."))


# --- sex, marital status --------------------------------------------------------------------------


def sex_of(cell: Any) -> str:
    """M or F."""
    written = text(cell)
    word = words.squash(written)
    if not written.strip("-–—"):
        return ""
    if word not in SEXES:
        raise Unreadable("sex", _("“%(read)s” is no sex: write L or P.") % {"read": written[:40]})
    return SEXES[word]


#: Words, and the numbers of SIAK. Who was `ever married` may be divorced or widowed: that is asked.
_MARITAL = {
    **dict.fromkeys(
        "belumkawin bk b belum belumnikah belummenikah single lajang 1".split(), "single"
    ),
    **dict.fromkeys(
        "kawin k s sudah sudahkawin menikah nikah married kawintercatat kawinbelumtercatat"
        " kawintidaktercatat 2".split(),
        "married",
    ),
    **dict.fromkeys("ceraihidup ch divorced 3".split(), "divorced"),
    **dict.fromkeys("ceraimati cm widowed 4".split(), "widowed"),
}


def marital_of(cell: Any) -> str:
    written = text(cell)
    word = words.squash(written)
    if not written.strip("-–—"):
        return ""
    if word not in _MARITAL:
        raise Unreadable(
            "marital-status",
            _(
                "“%(read)s” is no marital status: write Belum Kawin, Kawin, Cerai Hidup or Cerai Mati."
            )
            % {"read": written[:40]},
        )
    return _MARITAL[word]


# --- villages -------------------------------------------------------------------------------------


class Village(NamedTuple):
    """`code` with ten digits and no dots, or a name without `Desa`; `type` is desa or kelurahan."""

    code: str = ""
    name: str = ""
    type: str = ""


_CODE = re.compile(r"(?<!\d)(\d\d)\.?(\d\d)\.?(\d\d)\.?(\d{4})\b")
_TYPE = re.compile(r"^(kelurahan|kel|desa|ds|nagari|gampong)\b[.:]?\s*", re.IGNORECASE)
_TYPES = {"kelurahan": "kelurahan", "kel": "kelurahan", "desa": "desa", "ds": "desa"}


def village_words(cell: Any) -> Village:
    """A village as a code, a name, or both: `Kel. X`, `DESA X`, `13.75.01.1001 - X`, `X (1375011001)`."""
    written = text(cell)
    code = ""
    if match := _CODE.search(written):
        code = "".join(match.groups())
        written = written[: match.start()] + " " + written[match.end() :]
    name = written.strip(" -–—:/()[]|,.")
    if kind := _TYPE.match(name):
        name = name[kind.end() :]
    if name and not any(map(str.isalpha, name)):
        raise Unreadable(
            "village",
            _("“%(read)s” is no village code: ten digits, or the village's name.")
            % {"read": text(cell)[:40]},
        )
    return Village(code, " ".join(name.split()), _TYPES.get(kind[1].casefold(), "") if kind else "")


# --- days -----------------------------------------------------------------------------------------

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari jan january", "februari feb pebruari peb february febuari", "maret mar march mrt",
            "april apr", "mei may", "juni jun june", "juli jul july", "agustus agu ags agt aug august agust",
            "september sep sept", "oktober okt oct october", "november nov nopember nop",
            "desember des dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
#: Between day, month and year.
SIGNS = r"[-/.,|\\\s–—\u2010\u2011\u2012\u2212]"
_NUMBERS = re.compile(rf"(\d{{1,4}}){SIGNS}+(\d{{1,2}}){SIGNS}+(\d{{1,4}})")
_WORDS = re.compile(rf"(\d{{1,2}}){SIGNS}*([^\W\d]{{3,10}}){SIGNS}*(\d{{2,4}})")
_CLOCK = re.compile(r"[T\s]+\d{1,2}[:.]\d\d([:.]\d\d)?(\.\d+)?$")
_PLACE = re.compile(r"^[^\d]*[^\W\d][^\d]*?[,/\s:]+(?=\d)")
#: Days that a bare number may mean: 1927 to 2064. Smaller ones may be years.
_SERIALS = range(10_000, 60_000)
_EPOCH = date(1899, 12, 30)


def day_of(cell: Any, *, today: date | None = None) -> date | None:
    """A day as Indonesians write it: day first, months by number or name, also behind a place.

    Two digits of a year are the latest year that does not lie after `today`.
    Unreadable: `date-unread` for what is no date, `date-impossible` for a day that no calendar has.
    """
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, float):
        return _day_of_number(cell)
    written = text(cell)
    if not written.strip("-–—.0/ "):
        return None
    return _day_of_text(written, today or timezone.localdate())


def _day_of_number(number: float) -> date:
    if int(number) in _SERIALS:
        return _EPOCH + timedelta(days=int(number))
    return _day_of_text(text_of(number), timezone.localdate())


def _day_of_text(written: str, today: date) -> date:
    bare_text = _CLOCK.sub("", day_in_indonesia(written).strip(" '\u2019`*."))
    bare_text = _PLACE.sub("", bare_text) or bare_text
    if re.fullmatch(r"\d{8}", bare_text):
        four = bare_text[:4]
        year_first = four[:2] in ("18", "19", "20") and int(bare_text[4:6]) <= 12
        parts = (four, bare_text[4:6], bare_text[6:]) if year_first else (
            bare_text[:2], bare_text[2:4], bare_text[4:])  # fmt: skip
        return _day(*parts, today=today, written=written)
    if re.fullmatch(r"\d{5}", bare_text) and int(bare_text) in _SERIALS:
        return _EPOCH + timedelta(days=int(bare_text))
    if match := _NUMBERS.fullmatch(bare_text):
        return _day(*match.groups(), today=today, written=written)
    if (match := _WORDS.fullmatch(bare_text)) and match[2].casefold() in _MONTHS:
        month = str(_MONTHS[match[2].casefold()])
        return _day(match[1], month, match[3], today=today, written=written)
    raise _unread(written)


def _unread(written: str) -> Unreadable:
    return Unreadable(
        "date-unread",
        _("“%(read)s” is no date that can be read: write it as 17-08-2007.")
        % {"read": written[:40]},
    )


def _day(first: str, second: str, third: str, *, today: date, written: str) -> date:
    if len(first) == 4:
        first, third = third, first
    if len(first) > 2 or len(third) not in (2, 4):
        raise _unread(written)
    year = int(third)
    if len(third) == 2:
        century = today.year // 100 * 100
        year += century
    try:
        day = date(year, int(second), int(first))
        if len(third) == 2 and day > today:
            day = date(year - 100, int(second), int(first))
    except ValueError as error:
        raise _impossible(written) from error
    if day < EARLIEST_DAY:
        raise _impossible(written)
    return day


def _impossible(written: str) -> Unreadable:
    return Unreadable(
        "date-impossible",
        _("“%(read)s” is no day of the calendar: day, month, year, as in 17-08-2007.")
        % {"read": written[:40]},
    )


# --- counts ---------------------------------------------------------------------------------------

_THOUSANDS = re.compile(r"\d{1,3}(\.\d{3})+")
_COMMAS = re.compile(r"\d{1,3}(,\d{3})+")


def count_of(cell: Any) -> int | None:
    """A whole number as Indonesians write it: `1.234` is one thousand two hundred and thirty-four."""
    if isinstance(cell, float):
        if cell.is_integer() and cell >= 0:
            return int(cell)
        raise Unreadable(
            "number", _("%(read)s is no whole number of people.") % {"read": text_of(cell)}
        )
    written = text(cell).replace(" ", "")
    if not written:
        return None
    if written.isascii() and written.isdecimal() and len(written) < 19:
        return int(written)
    if _THOUSANDS.fullmatch(written):
        return int(written.replace(".", ""))
    if _COMMAS.fullmatch(written):
        raise Unreadable(
            "number-ambiguous",
            _("“%(read)s” can be a whole number or a fraction: write %(plain)s without separators.")
            % {"read": written[:40], "plain": written.replace(",", "")},
        )
    if "%" in written:
        raise Unreadable(
            "number",
            _("This is a percentage. Give the number of people; we compute percentages."),
        )
    raise Unreadable(
        "number",
        _("“%(read)s” is no whole number: write digits only.") % {"read": written[:40]},
    )
