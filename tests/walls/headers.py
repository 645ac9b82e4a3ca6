"""What every answer carries, whoever gets it, and what no page does."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.http import HttpResponse

WANTED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
#: Searches for what is no person: titles of events; names and codes of schools and other places.
_SEARCHES_NO_PEOPLE = {"events", "venues"}
_FORM = re.compile(r"<form[^>]*>.*?</form>", re.DOTALL)


def faults(name: str, who: str, answer: HttpResponse) -> Iterator[str]:
    """What is wrong with the headers of an answer to GET."""
    api, wanted = name.startswith("api:"), dict(WANTED)
    if "Access-Control-Allow-Origin" in answer.headers:
        # Published figures: pages of others may read them, and that a token is missing.
        if not api or (answer.status_code != 401 and who != "public_client"):
            yield "shared with pages of others"
        wanted["Cross-Origin-Resource-Policy"] = "cross-origin"
    if name == "paper-open":
        # The code stands in its address: it leaves the page for nowhere.
        wanted["Referrer-Policy"] = "no-referrer"
    for key, value in wanted.items():
        if answer.headers.get(key) != value:
            yield f"{key}: {answer.headers.get(key)}"
    policy = answer.headers.get("Content-Security-Policy", "")
    ours = "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
    if not ours or "unsafe" in policy:
        yield f"policy: {policy}"
    cached = answer.headers.get("Cache-Control", "")
    if "no-store" not in cached and not (api and "private" in cached):
        yield f"Cache-Control: {cached}"


def names_in_addresses(name: str, page: str) -> set[str]:
    """Fields for a name or a number in forms by GET: what is typed there stands in an address."""
    found: set[str] = set()
    for form in _FORM.findall(page):
        if 'method="post"' not in form.lower():
            fields = set(re.findall(r'name="([^"]+)"', form))
            fields -= {"q"} if name in _SEARCHES_NO_PEOPLE else set()
            found |= fields & {"q", "nik", "name", "birth_date", "address"}
    return found
