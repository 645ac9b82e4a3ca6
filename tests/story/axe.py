"""What axe finds on a page that is open."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.engines import LONG

_SCRIPT = Axe().axe_script
#: Rows and items that are what one before them is, but for words, numbers and addresses: what axe says of
#: the one holds for the other. What is empty is not like what is not. So is the frame of a page (all but its
#: `main`), where the same tab showed one like it at this width and axe looked at it.
_REPEATS = """() => {
    const shape = one => one.outerHTML.replace(/>[^<]*[^<\\s][^<]*/g, '>x')
        .replace(/ (href|id|for|name|value|datetime|title|aria-label|data-[\\w-]+)="[^"]+"/g, ' $1="x"')
        .replace(/\\d+/g, '0');
    for (const list of document.querySelectorAll('main tbody, main ul, main ol')) {
        const seen = new Set();
        for (const one of list.children) {
            const its = shape(one);
            if (seen.has(its)) one.setAttribute('data-repeats', '');
            seen.add(its);
        }
    }
    if (location.origin === 'null') return;
    const frames = new Set(JSON.parse(sessionStorage.getItem('looked-at') || '[]'));
    for (const one of document.querySelectorAll('body:has(> main) > :not(main)')) {
        const its = innerWidth + shape(one);
        if (frames.has(its)) one.setAttribute('data-repeats', '');
        frames.add(its);
    }
    sessionStorage.setItem('looked-at', JSON.stringify([...frames]));
}"""
#: Every rule is asked. Of the answer only what is asserted leaves the browser, not what holds.
_RUN = """axe.run({exclude: [['[data-repeats]']]}, {resultTypes: ['violations']}).then(
    found => found.violations.flatMap(
        rule => rule.nodes.map(node => rule.id + ' ' + node.html.slice(0, 120))))"""


def found_by_axe(page: Page, *, repeats: bool = LONG) -> list[str]:
    """Rule and element of each violation."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SCRIPT)
    if not repeats:
        page.evaluate(_REPEATS)
    found: list[str] = page.evaluate(_RUN)
    page.evaluate(
        "document.querySelectorAll('[data-repeats]').forEach("
        "one => one.removeAttribute('data-repeats'))"
    )
    return found


#: Not among those that are asked by themselves. All of a page, for it is about neighbours.
_TARGETS = """axe.run({
    runOnly: {type: 'rule', values: ['target-size']}, rules: {'target-size': {enabled: true}}, resultTypes: ['violations'],
}).then(found => found.violations.flatMap(
    rule => rule.nodes.map(node => rule.id + ' ' + node.html.slice(0, 120))))"""


def small_targets(page: Page) -> list[str]:
    """What is below 24 pixels and has no room around it (WCAG 2.2 AA, 2.5.8)."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SCRIPT)
    found: list[str] = page.evaluate(_TARGETS)
    return found
