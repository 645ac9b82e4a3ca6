"""What axe finds on a page that is open."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.engines import LONG

_SCRIPT = Axe().axe_script
#: Rows and items that are what one before them is, but for words, numbers and addresses: what axe says of
#: the one holds for the other. What is empty is not like what is not.
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
}"""
#: Contrast is seven eighths of axe's time, and a matter of styles: what axe itself passed once in a worker
#: it need not measure again where the text and all that it lies in are drawn alike, down to each colour, on
#: whatever page. What it did not pass, or could not tell, is measured each time.
_DRAWN_ALIKE = """passed => {
    const known = new Set(passed), fresh = new Set(), chains = new WeakMap();
    const styles = ['color', 'backgroundColor', 'backgroundImage', 'backgroundClip', 'opacity', 'filter',
        'mixBlendMode', 'textShadow', 'fontSize', 'fontWeight', 'position', 'zIndex', 'webkitTextFillColor',
        'webkitTextStroke', 'transform', 'clipPath', 'maskImage'];
    const drawn = (one, part) => {
        const its = getComputedStyle(one, part);
        return (part && its.content) + styles.map(name => its[name]).join('|');
    };
    const digest = text => {
        let one = 0xdeadbeef, two = 0x41c6ce57;
        for (let at = 0; at < text.length; at++) {
            one = Math.imul(one ^ text.charCodeAt(at), 2654435761);
            two = Math.imul(two ^ text.charCodeAt(at), 1597334677);
        }
        return (one >>> 0).toString(36) + (two >>> 0).toString(36);
    };
    const chain = one => {
        if (!chains.has(one)) {
            chains.set(one, digest([one.parentElement ? chain(one.parentElement) : '', one.localName,
                one.getAttribute('class'), drawn(one), drawn(one, '::before'), drawn(one, '::after')].join()));
        }
        return chains.get(one);
    };
    const check = axe._audit.checks['color-contrast'], measured = check.evaluate;
    check.evaluate = function (node, ...more) {
        const its = chain(node);
        if (known.has(its)) {
            this.data({});
            return true;
        }
        const said = measured.call(this, node, ...more);
        if (said === true) fresh.add(its);
        return said;
    };
    window.contrasts = () => { check.evaluate = measured; return [...fresh]; };
}"""
#: Every rule is asked. Of the answer only what is asserted leaves the browser, not what holds.
_RUN = """axe.run({exclude: [['[data-repeats]']]}, {resultTypes: ['violations']}).then(
    found => found.violations.flatMap(
        rule => rule.nodes.map(node => rule.id + ' ' + node.html.slice(0, 120))))"""
_passed: set[str] = set()


def found_by_axe(page: Page, *, repeats: bool = LONG) -> list[str]:
    """Rule and element of each violation; with `repeats` everything is measured, whatever was before."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SCRIPT)
    if not repeats:
        page.evaluate(_REPEATS)
        page.evaluate(_DRAWN_ALIKE, list(_passed))
    found: list[str] = page.evaluate(_RUN)
    if not repeats:
        fresh: Any = page.evaluate("contrasts()")
        _passed.update(fresh)
    page.evaluate(
        "document.querySelectorAll('[data-repeats]').forEach("
        "one => one.removeAttribute('data-repeats'))"
    )
    return found
