"""How one Indonesian name is spelled: old and new letters, short forms, and in which order."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

_SHORT = {
    **dict.fromkeys(
        "M MH MHD MUH MUHD MOH MOHD MOCH MUCH MUKH MUHAMMAD MUHAMAD MUHAMMD MOHAMMAD MOHAMAD"
        " MOCHAMAD MOCHAMMAD MUCHAMAD MUCHAMMAD MUKHAMAD MUKHAMMAD MUHAMED MOHAMED".split(),
        "MHD",
    ),
    **dict.fromkeys("ABD ABDUL ABDOEL ABDL".split(), "ABDUL"),
    **dict.fromkeys("ST SITI SITTI SITY".split(), "SITI"),
    **dict.fromkeys("AHMAD ACHMAD AHMED AKHMAD ACH AHD".split(), "AHMAD"),
    **dict.fromkeys("NUR NOOR NOER NUUR".split(), "NUR"),
    **dict.fromkeys("SY SYR SYARIFAH".split(), "SYARIFAH"),
}
#: One after another; longer ones first.
_LETTERS = (
    *(("OE", "U"), ("DJ", "J"), ("TJ", "C"), ("SJ", "SY"), ("NJ", "NY"), ("KH", "H")),
    *(("TH", "T"), ("DH", "D"), ("PH", "F"), ("BH", "B"), ("Q", "K"), ("V", "F"), ("X", "KS")),
)
_DOUBLED = re.compile(r"(.)\1+")
_INNER_CH = re.compile(r"(?<=.)CH")


class _Words(dict[str, str]):
    """Each word once: a district has some ten thousand."""

    def __missing__(self, word: str) -> str:
        plain = _SHORT.get(word)
        if plain is None:
            plain = _INNER_CH.sub("H", word)
            for old, new in _LETTERS:
                plain = plain.replace(old, new)
            plain = _DOUBLED.sub(r"\1", plain)
            # `AY` and `AI`, `SUSY` and `SUSI`.
            plain = plain[:1] + plain[1:].replace("Y", "I")
            # One man in ten: a slip in the longest word of all must not cost his own name.
            if len(word) > 5 and word[0] == "M" and fuzz.ratio(word, "MUHAMMAD") >= 80:
                plain = _SHORT["MUHAMMAD"]
        if len(self) < _MOST_WORDS:
            self[word] = plain
        return plain


_MOST_WORDS = 500_000
_words = _Words()


def folded(name: str) -> str:
    """A `name_key` as it is compared."""
    return " ".join([_words[word] for word in name.split()])


def ordered(plain: str) -> str:
    """Its words in the order of the alphabet, for names that stand the other way round."""
    return " ".join(sorted(plain.split())) if " " in plain else plain


def words_within(one: str, other: str) -> float:
    """Where every word of the shorter name stands in the longer one, whole or as its first letter."""
    short, long = sorted((one.split(), other.split()), key=len)
    if not short or (len(short) == 1 and len(long) > 2):
        return 0.0
    left = list(long)
    for word in short:
        fits = [
            place
            for place, whole in enumerate(left)
            if word == whole or ((len(word) == 1 or len(whole) == 1) and word[0] == whole[0])
        ]
        if not fits:
            return 0.0
        del left[fits[0]]
    return 90.0 if len(short) > 1 else 78.0
