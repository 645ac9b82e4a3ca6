"""Makes `templates/typst/fonts`: letters that the fonts inside typst lack, and which all of them have.

    python .ci/vendor/fonts.py FOLDER

FOLDER holds the fonts as Debian's packages fonts-noto-core and fonts-noto-cjk bring them (OFL 1.1; `OFL.txt`
stands beside what is made). Needs fonttools, which nothing that serves does; `covered.txt` is asked at run
time instead.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from pathlib import Path

import typst
from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parents[2] / "templates" / "typst" / "fonts"
#: Scripts of the archipelago, Arabic with the letters of Jawi.
WHOLE = (
    *("NotoSansJavanese", "NotoSerifBalinese", "NotoSansSundanese", "NotoSansBuginese"),
    *("NotoSansBatak", "NotoSansRejang", "NotoNaskhArabic"),
)
CJK, CJK_FACE = "NotoSansCJK-Regular.ttc", 2  # Simplified Chinese
#: What typst's own fonts are asked for, letter by letter.
ASKED = ((0x20, 0x2FFF), (0xA640, 0xA7FF), (0xFB00, 0xFB4F), (0xFB50, 0xFEFC), (0xFFFD, 0xFFFD))
_MISSING = re.compile(r'the text `"(.+)"` could not')


def cjk() -> set[int]:
    """Of Chinese, Japanese and Korean what their national lists call common: 12,000 signs, not 65,000."""
    lists = (
        ("gb2312", 0xA1, 0xF7),
        ("big5", 0xA4, 0xC6),
        ("euc_jp", 0xA4, 0xCF),
        ("euc_kr", 0xB0, 0xC8),
    )
    found = {*range(0x3000, 0x3100), *range(0x3105, 0x3130), *range(0xFF01, 0xFFEF)}
    for name, first, last in lists:
        for one in range(first, last + 1):
            for two in range(0x40, 0xFF):
                text = bytes([one, two]).decode(name, "ignore")
                found |= {ord(text)} if len(text) == 1 and ord(text) >= 0x2E80 else set()
    return found


def make(source: Path, name: str, wanted: set[int] | None, face: int = -1) -> None:
    options = subset.Options(hinting=False, name_IDs=["*"], notdef_outline=True, font_number=face)
    if wanted is None:
        options.layout_features = ["*"]
    else:
        options.layout_features = []
        options.drop_tables += ["vhea", "vmtx", "VORG", "GSUB", "GPOS", "DSIG", "BASE"]
    font = subset.load_font(str(source), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=wanted or set(font.getBestCmap()))
    subsetter.subset(font)
    subset.save_font(font, str(HERE / name), options)


def shown(letters: list[int]) -> set[int]:
    """Those that typst's own fonts show in an archive file. It names one at a time that it cannot."""
    left = {sign for sign in letters if unicodedata.category(chr(sign))[0] not in "CMZ"} | {0x20}
    while True:
        text = " ".join(map(chr, sorted(left)))
        try:
            typst.compile(
                b"#sys.inputs.data",
                ignore_system_fonts=True,
                sys_inputs={"data": text},
                pdf_standards=["a-2u"],
            )
        except typst.TypstError as error:
            found = _MISSING.search(str(error))
            if found is None:
                raise
            named = found[1]
            escaped = re.fullmatch(r"\\u\{([0-9a-f]+)\}", named)
            left -= {int(escaped[1], 16)} if escaped else {ord(sign) for sign in named}
        else:
            return left


def ranges(signs: set[int]) -> list[str]:
    lines: list[list[int]] = []
    for sign in sorted(signs):
        if lines and lines[-1][1] == sign - 1:
            lines[-1][1] = sign
        else:
            lines.append([sign, sign])
    return [f"{first:04X}-{last:04X}" for first, last in lines]


def main(folder: Path) -> None:
    for name in WHOLE:
        make(next(folder.rglob(f"{name}-Regular.ttf")), f"{name}.ttf", None)
    make(next(folder.rglob(CJK)), "NotoSansCJK.otf", cjk(), CJK_FACE)
    covered: set[int] = set()
    for path in sorted(HERE.glob("*.?tf")):
        signs = set(TTFont(path).getBestCmap())
        covered |= {sign for sign in signs if unicodedata.category(chr(sign))[0] not in "CZ"}
    for first, last in ASKED:
        for start in range(first, last + 1, 256):
            covered |= shown([*range(start, min(start + 256, last + 1))])
    # Marks join the letter before them; Latin ones come with their letters.
    covered |= set(range(0x300, 0x340))
    (HERE / "covered.txt").write_text("\n".join(ranges(covered)) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
