"""The control room stays on over midnight: what its live part says anew is what the television shows."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from playwright.sync_api import Browser

SCRIPT = Path(settings.BASE_DIR) / "static" / "js" / "screen.js"


def part(day: str, *slides: str) -> str:
    shown = "".join(f'<section data-slide="{name}"></section>' for name in slides)
    shown += '<ul id="classes" hidden></ul>'
    return f'<div id="turns" hidden data-slides="{" ".join(slides)}" data-day="{day}"></div>{shown}'


def test_a_new_day_is_read_with_its_pictures(chrome: Browser) -> None:
    page_of = (
        '<body data-zone="Asia/Jakarta"><span id="day">Kamis</span><time id="clock"></time>'
        '<section data-slide="map" hidden><p>Peta</p><ul id="legend"></ul></section>'
        '<p id="stale" hidden></p><span id="state" data-runs="jalan" data-paused="jeda"></span>'
        f'<div id="live">{part("Kamis", "counter", "countdown", "events")}</div>'
    )
    swap = """text => {
        document.querySelector("#live").innerHTML = text;
        document.dispatchEvent(new CustomEvent("htmx:afterSettle"));
        return [document.querySelector("#day").textContent, document.body.dataset.now,
                document.querySelector("#state").textContent];
    }"""
    page = chrome.new_page()
    page.set_content(page_of)
    page.add_script_tag(content=SCRIPT.read_text(), type="module")
    page.keyboard.press("ArrowRight")
    said = page.evaluate(swap, part("Jumat", "counter", "ranking", "countdown"))
    assert said == ["Jumat", "countdown", "3 / 3 · jalan"]
    # The election is over: its picture is not shown for another quarter of a minute.
    said = page.evaluate(swap, part("Sabtu", "counter", "ranking"))
    assert said == ["Sabtu", "counter", "1 / 2 · jalan"]
    # A map waited, hidden, until a region had a figure; what its classes mean comes with it.
    assert page.locator('[data-slide="map"]').is_hidden()
    with_map = (
        '<div id="turns" hidden data-slides="counter map" data-day="Sabtu"></div>'
        '<section data-slide="counter"></section>'
        '<ul id="classes" hidden><li>di atas target 3</li></ul>'
    )
    assert page.evaluate(swap, with_map) == ["Sabtu", "counter", "1 / 2 · jalan"]
    assert page.locator('[data-slide="map"]').is_visible()
    assert page.locator("#legend").inner_text() == "di atas target 3"
