"""What axe finds on a page that is open."""

from __future__ import annotations

from collections.abc import Collection

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
            if (seen.has(its) && !one.matches('[data-new], :has([data-new])')) one.setAttribute('data-repeats', '');
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
#: Every rule is asked; that of contrast, which takes as long as all others, not where no colours are new. Of the answer only what is asserted leaves the browser, not what holds.
_RUN = """contrast => axe.run({
    include: [[document.querySelector('[data-new]') ? '[data-new]' : 'html']], exclude: [['[data-repeats]']],
}, {resultTypes: ['violations'], rules: {'color-contrast': {enabled: contrast}}}).then(
    found => found.violations.flatMap(
        rule => rule.nodes.map(node => rule.id + ' ' + node.html.slice(0, 120))))"""


def with_axe(page: Page) -> None:
    """Where each page that comes is looked at: the browser brings axe there itself, and is sent it once."""
    page.add_init_script(_SCRIPT)


#: What can be hit and seen, and shares its place with another, or is small and would share 24 pixels around its middle:
#: the rest has 24 pixels of its own.
TIGHT = """() => {
    const widgets = /^(button|checkbox|combobox|gridcell|link|listbox|menuitem.*|option|radio|scrollbar|searchbox|slider|spinbutton|switch|tab|textbox|treeitem)$/;
    const all = [...document.querySelectorAll('a, area, button, input:not([type=hidden]), select, textarea, summary, [role]')]
        .filter(one => one.checkVisibility() && one.getBoundingClientRect().right > 0 && (!one.matches('[role]:not(a, area, button, input, select, textarea, summary)')
            || widgets.test(one.getAttribute('role').trim())));
    const boxes = all.map(one => one.getBoundingClientRect());
    const roomy = boxes.map(box => {
        const [wide, high] = [Math.max(24.5 - box.width, 0) / 2, Math.max(24.5 - box.height, 0) / 2];
        return {left: box.left - wide, right: box.right + wide, top: box.top - high, bottom: box.bottom + high};
    });
    const share = (one, other) => one !== other && one.left < other.right && other.left < one.right
        && one.top < other.bottom && other.top < one.bottom;
    let count = 0;
    all.forEach((one, at) => {
        const box = boxes[at];
        const isSmall = box.width < 24.5 || box.height < 24.5;
        if (boxes.some((other, its) => share(box, other) || isSmall && share(roomy[at], roomy[its]))) {
            one.setAttribute('data-tight', '');
            count += 1;
        }
    });
    return count;
}"""
#: Not among those that are asked by themselves. It is about neighbours, which it finds in all of the page.
_TARGETS = """axe.run({include: [[document.querySelector('[data-tight]') ? '[data-tight]' : 'html']]}, {
    runOnly: {type: 'rule', values: ['target-size']}, rules: {'target-size': {enabled: true}}, resultTypes: ['violations'],
}).then(found => found.violations.flatMap(
    rule => rule.nodes.map(node => rule.id + ' ' + node.html.slice(0, 120))))"""


def small_targets(page: Page, *, all_of_them: bool = LONG) -> list[str]:
    """What is below 24 pixels and has no room around it (WCAG 2.2 AA, 2.5.8)."""
    if not all_of_them and not page.evaluate(TIGHT):
        return []
    return judged_targets(page)


def judged_targets(page: Page) -> list[str]:
    """Of what is marked as tight, or of all."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SCRIPT)
    try:
        found: list[str] = page.evaluate(_TARGETS)
    finally:
        page.evaluate(_UNMARK)
    return found


_ELEMENTS = "body *:not(option, script, svg *, input[type=hidden])"
#: What axe judges by all others of the page.
_LANDMARKS = "main, nav, header, footer, aside, :is(section, form, [role]):is([aria-label], [aria-labelledby], [title])"
#: An element of a new kind with what it is part of, which is judged by its parts; of headings of columns the table.
_MARK = """places => {
    const all = document.querySelectorAll(`ALL`);
    for (const place of places) {
        const one = all[place];
        const whole = one.matches('th') ? one.closest('table') : one.parentElement.closest(':not(div, span, p, section)');
        (whole.matches('main, body, form') ? one : whole).setAttribute('data-new', '');
    }
}""".replace("ALL", _ELEMENTS)
_UNMARK = """() => ['data-repeats', 'data-new', 'data-tight'].forEach(
    mark => document.querySelectorAll(`[${mark}]`).forEach(one => one.removeAttribute(mark)))"""
#: What axe judges an element by, but for its words, numbers and addresses: where it stands, whether
#: it is seen, its attributes, and of what has words (also that of a field) their colours. Then the
#: steps between the headings that are seen, and of the whole page its language and title.
KINDS = r"""() => {
    const once = (make, kept = new Map()) => one => {
        if (!kept.has(one)) kept.set(one, make(one));
        return kept.get(one);
    };
    const seen = once(one => one.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}));
    const behind = once(one => {
        const colour = getComputedStyle(one).backgroundColor;
        return colour !== 'rgba(0, 0, 0, 0)' || !one.parentElement ? colour : behind(one.parentElement);
    });
    const opacity = once(one => one ? getComputedStyle(one).opacity * opacity(one.parentElement) : 1);
    const hasWords = one => one.matches('input, select, textarea')
        || [...one.childNodes].some(part => part.nodeType === 3 && part.data.trim());
    const colours = once(one => {
        const style = getComputedStyle(one);
        return [
            style.color, behind(one), opacity(one), style.fontSize, style.fontWeight, style.textDecorationLine,
        ];
    });
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
    const found = {};
    const add = (its, at) => { if (!(its in found)) found[its] = at; };
    document.querySelectorAll(`ALL`).forEach((one, at) => {
        add(kind(one), one.matches(`LANDMARK`) ? -1 : at);
        if (hasWords(one) && seen(one)) add('colours ' + [...colours(one), one.matches(':disabled')].join(' '), at);
    });
    const headings = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].filter(seen);
    headings.forEach((one, at) => add(`${one.localName} after ${headings[at - 1]?.localName}`, -1));
    add(['html', ...said(document.documentElement), Boolean(document.title.trim())].join(' '), -1);
    return found;
}""".replace("ALL", _ELEMENTS).replace("LANDMARK", _LANDMARKS)


ALL_OF_IT = -1


def kinds_on(page: Page) -> dict[str, int]:
    """The kinds of elements on the page, with the first one of each, or that the whole page is about it: where all
    were on others, axe says nothing new.
    """
    found: dict[str, int] = page.evaluate(KINDS)
    return found


def mark_new(page: Page, places: Collection[int]) -> None:
    """Before the page changes: `found_by_axe` looks at what is marked."""
    if ALL_OF_IT not in places:
        page.evaluate(_MARK, [*places])


_JUDGE = f"""async ({{places, repeats, contrast}}) => {{
    if (!('axe' in window)) return null;
    if (places) ({_MARK})(places);
    if (!repeats) ({_REPEATS})();
    const found = await ({_RUN})(contrast);
    ({_UNMARK})();
    return found;
}}"""


def found_by_axe(
    page: Page,
    *,
    repeats: bool = LONG,
    contrast: bool = True,
    new: Collection[int] = (ALL_OF_IT,),
) -> list[str]:
    """Rule and element of each violation in what is `new` or was marked; where that is about the whole page, in all of it."""
    places = None if ALL_OF_IT in new else [*new]
    asked = {"places": places, "repeats": repeats, "contrast": contrast}
    found: list[str] | None = page.evaluate(_JUDGE, asked)
    if found is None:
        page.evaluate(_SCRIPT)
        found = page.evaluate(_JUDGE, asked)
    assert found is not None
    return found


#: As `KINDS`, of what this tab did not show before.
_NEW = f"""() => {{
    const kinds = ({KINDS})();
    const known = new Set(JSON.parse(sessionStorage.getItem('kinds-seen') || '[]'));
    const added = Object.keys(kinds).filter(kind => !known.has(kind));
    sessionStorage.setItem('kinds-seen', JSON.stringify([...known, ...added]));
    return Object.fromEntries(added.map(kind => [kind, kinds[kind]]));
}}"""


def found_anew(page: Page) -> list[str]:
    """Of a story's next page: what axe finds in what its tab did not show before. Of the first one that is all."""
    new: dict[str, int] = page.evaluate(_NEW)
    if LONG:
        return found_by_axe(page)
    if not new:
        return []
    colours = any(kind.startswith("colours ") for kind in new)
    return found_by_axe(page, contrast=colours, new={*new.values()})
