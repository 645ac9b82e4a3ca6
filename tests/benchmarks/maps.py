"""Time to draw the largest map, 514 regencies, in Chromium: with the rows of the ranking and without."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, Route, sync_playwright

from tests import world
from tests.benchmarks.pages import session_cookie
from tests.benchmarks.rows import PORT, row
from tests.story.conftest import FLAGS, chromium

TIMES = 7


def maps(made: world.World) -> Iterator[dict[str, Any]]:
    cookie = session_cookie("nation_viewer")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        full, bare = _drawn(browser, cookie), _drawn(browser, cookie, without_data=True)
        browser.close()
    yield row(
        "map of 514 regencies drawn / the same map without data",
        *(full, bare, "<= 1.5", "ms", full <= 1.5 * bare),
    )


def _drawn(browser: Browser, cookie: tuple[str, str], *, without_data: bool = False) -> float:
    """Median milliseconds from borders to picture, as the page's own script says."""
    url = f"http://127.0.0.1:{PORT}/cakupan/00/?date={world.today()}&level=regency"
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": cookie[0], "value": cookie[1], "url": url}])
    page = context.new_page()
    if without_data:
        page.route("**/cakupan/00/?*", _without_rows)
    found = []
    for _n in range(TIMES):
        page.goto(url)
        page.wait_for_selector("#map[data-drawn]")
        found.append(float(str(page.locator("#map").get_attribute("data-drawn"))))
    context.close()
    return statistics.median(found)


def _without_rows(route: Route) -> None:
    """The page with a table that the map does not read."""
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text().replace("data-figures", "data-none"))
