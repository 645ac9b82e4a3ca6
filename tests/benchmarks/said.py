"""What pages at an event say to the browser that asks next."""

from __future__ import annotations

import re

_CALLED = re.compile(
    r'name="do" value="log">\s*<input type="hidden" name="resident" value="([^"]+)'
)
_ONCE = re.compile(r'name="once" value="([^"]+)')
_SEEN = re.compile(r'"X-Seen": "(\w+)"')


def called(text: str) -> str:
    """Who stands at the desk; empty: nobody."""
    return _first(_CALLED, text)


def once(text: str) -> str:
    """The id of the record that the form would make."""
    return _first(_ONCE, text)


def seen(text: str) -> str:
    """What the next poll sends."""
    return _first(_SEEN, text)


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
