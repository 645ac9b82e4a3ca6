"""One Chromium for all stories of a worker: to start one takes as long as ten pages."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator

import pytest
from django.db import connections
from playwright.sync_api import Browser, expect, sync_playwright

FLAGS = [
    *("--no-sandbox", "--disable-quic", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
#: A page of a story lives a second: what is compiled for speed (axe, above all) ends with it before it pays.
_SHORT_LIVED = "--js-flags=--no-turbofan,--no-maglev"


def chromium() -> str:
    """The same engine without a window takes a third of the CPU: nothing draws what nobody looks at."""
    for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.fail("no browser: apt-get install chromium-headless-shell")


@pytest.fixture(scope="session")
def _browsers() -> Iterator[Browsers]:
    found = Browsers()
    found.leave_the_loop()
    yield found
    found.enter_the_loop()
    found.stop()


class Browsers:
    """Playwright with its event loop, in which this thread is while a test has a browser and only then."""

    def __init__(self) -> None:
        self._play = sync_playwright().start()
        # Nobody waits for what is there; on a busy machine five seconds are little.
        expect.set_options(timeout=15_000)
        self._loop = asyncio.get_running_loop()
        self._browser: Browser | None = None

    def browser(self) -> Browser:
        if self._browser is None or not self._browser.is_connected():
            self._browser = self._play.chromium.launch(
                executable_path=chromium(), args=[*FLAGS, _SHORT_LIVED]
            )
        return self._browser

    def enter_the_loop(self) -> None:
        self._go_to(self._loop)

    def leave_the_loop(self) -> None:
        self._go_to(None)

    def _go_to(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """The connection to the database comes along: beside a loop Django would begin another one."""
        mine = connections["default"]
        del connections["default"]
        asyncio._set_running_loop(loop)
        connections["default"] = mine

    def stop(self) -> None:
        if self._browser:
            self._browser.close()
        self._play.stop()


@pytest.fixture
def chrome(_browsers: Browsers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """Without a context: what a test opens has cookies and a cache of its own, and ends with the test."""
    # Playwright runs an event loop in this thread; the tests look into the database beside it.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "yes")
    _browsers.enter_the_loop()
    browser = _browsers.browser()
    yield browser
    for context in browser.contexts:
        context.close()
    _browsers.leave_the_loop()
