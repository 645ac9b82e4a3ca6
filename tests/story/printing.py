"""A page on paper: what of it is lost on a sheet of A4."""

from __future__ import annotations

import io
import re
import unicodedata

from playwright.sync_api import Page
from pypdf import PdfReader

#: Points of a screen between the margins of a sheet, upright and lying.
UPRIGHT, LYING = 703, 1031
_NAMES = """() => {
    const seen = [...document.querySelectorAll('main h1, main h2, main thead th, main tbody th')];
    const read = one => {
        const copy = one.cloneNode(true);
        copy.querySelectorAll('.visually-hidden, .no-print, .actions').forEach(part => part.remove());
        return copy.textContent;
    };
    return seen.filter(one => one.checkVisibility({visibilityProperty: true}) && !one.closest('.visually-hidden'))
        .map(read).filter(text => text.trim());
}"""
#: Drawings keep their place and are not drawn: to read past the lines of a map takes longer than the words.
_HIDE = (
    "() => document.querySelectorAll('svg').forEach(one => { one.style.visibility = 'hidden'; })"
)
_ON_PAPER = f"""() => {{
    const root = document.documentElement;
    const its = {{wide: root.scrollWidth - root.clientWidth, names: ({_NAMES})()}};
    ({_HIDE})();
    return its;
}}"""
_IS_WIDE = "() => Boolean(document.querySelector('main:has(table thead th:nth-child(9))'))"


#: By what a heading, a column, a row or what is of paper alone can be lost: its own class with each one around it.
#: Where all were on pages that were printed, nothing is lost in a way of its own.
WAYS = """() => {
    const lying = document.querySelector('main:has(table thead th:nth-child(9))') ? 'lying' : 'upright';
    const its = one => `${one.localName} ${one.className} ${one.hidden}`;
    const ways = new Set();
    for (const one of document.querySelectorAll('main :is(h1, h2, thead th, tbody th, .print-only)'))
        for (let at = one; at.localName !== 'body'; at = at.parentElement) ways.add(`${its(one)} in ${its(at)} ${lying}`);
    return [...ways];
}"""


def plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def lost_on_paper(page: Page, *names: str) -> list[str]:
    """Headings, columns, rows and `names` that the PDF of a page lacks; and whether it is too wide.

    The page stays as it is on paper; `off_paper` leaves it.
    """
    page.emulate_media(media="print")
    page.set_viewport_size({"width": LYING if page.evaluate(_IS_WIDE) else UPRIGHT, "height": 900})
    its = page.evaluate(_ON_PAPER)
    wanted = [*its["names"], *names]
    sheets = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    text = plain(" ".join(sheet.extract_text() for sheet in sheets))
    lost = [name for name in wanted if plain(name) not in text]
    return [*lost, *(["wider than the sheet"] if its["wide"] > 0 else [])]


def off_paper(page: Page, width: int) -> None:
    """As wide as a screen, for the next page: what is left behind is not drawn once more."""
    page.evaluate("document.body.remove()")
    page.emulate_media(media="null")
    page.set_viewport_size({"width": width, "height": 900})
