"""What pages are drawn with. A page that is left open over a new release is another page, whatever stands
in the database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage


@cache
def release() -> str:
    """Of templates, words and names of static files: read once in each process."""
    engine: Any = settings.TEMPLATES[0]
    templates = [Path(place) for place in engine["DIRS"]]
    words = [Path(place) for place in settings.LOCALE_PATHS]
    static = str(getattr(staticfiles_storage, "manifest_hash", ""))
    return f"{digest(templates, '*.html')} {digest(words, '*.mo')} {static}"


def digest(places: Iterable[Path], kind: str) -> str:
    """Of what is written in the files, not of their dates: the same on every machine."""
    found = hashlib.sha256()
    for place in places:
        for path in sorted(place.rglob(kind)):
            found.update(f"{path.relative_to(place)}\0".encode())
            found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()
