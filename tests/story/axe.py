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


def with_axe(page: Page) -> None:
    """Where each page that comes is looked at: the browser brings axe there itself, and is sent it once."""
    page.add_init_script(_SCRIPT)


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


#: What axe judges an element by, but for its words, numbers and addresses: where it stands, whether
#: it is seen, its attributes, and of what has words (also that of a field) their colours. Then the
#: steps between the headings that are seen, and of the whole page its language and title.
_KINDS = r"""() => {
    const seen = one => one.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
    const behind = one => {
        for (let at = one; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if (colour !== 'rgba(0, 0, 0, 0)') return colour;
        }
    };
    const opacity = one => one ? getComputedStyle(one).opacity * opacity(one.parentElement) : 1;
    const hasWords = one => one.matches('input, select, textarea')
        || [...one.childNodes].some(part => part.nodeType === 3 && part.data.trim());
    const colours = one => {
        const style = getComputedStyle(one);
        return [
            style.color, behind(one), opacity(one), style.fontSize, style.fontWeight, style.textDecorationLine,
        ];
    };
    const names = /^aria-(labelledby|describedby|controls|owns|activedescendant)$/;
    const words = /^(aria-(label|description|value.*|placeholder|roledescription)|href|alt|title)$/;
    const values = /^(aria-.*|role|tabindex|lang|autocomplete|scope)$/;
    const said = one => one.getAttributeNames().sort().map(name => {
        const value = one.getAttribute(name).trim();
        if (names.test(name))
            return name + '=' + value.split(/\s+/).every(id => document.getElementById(id));
        if (words.test(name)) return name + '=' + Boolean(value);
        return values.test(name) ? name + '=' + value : '';
    }).filter(Boolean);
    const kind = one => [
        one.parentElement.localName, one.localName, seen(one), one.matches(':disabled'),
        one.getAttribute('type'),
        one.getAttribute('name')?.replace(/\d+/g, '0') ?? one.getAttribute('class'),
        ...said(one), one.labels?.length, Boolean(one.textContent.trim()),
        ...(hasWords(one) ? colours(one) : []),
    ].join(' ');
    const headings = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].filter(seen);
    return [
        ...[...document.querySelectorAll(
            'body *:not(option, script, svg *, input[type=hidden])')].map(kind),
        ...headings.map((one, at) => `${one.localName} after ${headings[at - 1]?.localName}`),
        ['html', ...said(document.documentElement), Boolean(document.title.trim())].join(' '),
    ];
}"""


def kinds_on(page: Page) -> set[str]:
    """The kinds of elements on the page: where all were on others, axe says nothing new."""
    return set(page.evaluate(_KINDS))
