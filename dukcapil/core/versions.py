"""The version of what somebody was shown: who signs it later signs just that, or is refused.

A version is a hash of everything that is signed, followed by three characters for each part of it. So
a refusal names the parts that changed, although nobody kept what was shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict

CHANGED = "changed-meanwhile"
#: Characters of a version that stand for all parts together.
_WHOLE = 16
#: Characters for each part: they only say where to look, the whole decides.
_PART = 3
#: Characters of a version that a program sends; of a nation's offices each is a part.
LONGEST_VERSION = 2000
#: Changed parts that a refusal names.
_NAMED = 10


def version_of(parts: Mapping[str, Any]) -> str:
    """`parts`: name of a part -> its content. The same parts in the same order, each time."""
    digests = [_digest(parts[name]) for name in parts]
    whole = _digest([list(parts), digests])
    return f"{whole[:_WHOLE]}-{''.join(digest[:_PART] for digest in digests)}"


def _digest(content: Any) -> str:
    option = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z
    return hashlib.sha256(orjson.dumps(content, default=str, option=option)).hexdigest()


def short(version: str) -> str:
    """What a page shows of a version."""
    return version[:_WHOLE]


def changed_parts(seen: str, parts: Mapping[str, Any]) -> list[str]:
    """Names of the parts that differ from a version; none when it is not a version of such parts."""
    now = version_of(parts)
    _whole, _dash, before = seen.partition("-")
    after = now.partition("-")[2]
    if len(before) != len(after):
        return []
    return [
        name
        for number, name in enumerate(parts)
        if before[number * _PART : (number + 1) * _PART]
        != after[number * _PART : (number + 1) * _PART]
    ]


def require_seen(seen: str | None, parts: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    """The version that stands. Raises Conflict `changed-meanwhile`, with it and with what changed in
    `words`, when `seen` is another one; None means that the client signs what stands.
    """
    now = version_of(parts)
    if seen is None or seen == now:
        return now
    raise stale(now, {name: words.get(name, name) for name in changed_parts(seen, parts)})


def stale(version: str, changed: Mapping[str, Any]) -> Conflict:
    """`changed`: names of parts -> what people call them."""
    if not changed:
        text = _("Somebody changed this after you opened it: look again.")
        return Conflict(CHANGED, text, version=version)
    names = list(changed)
    named = ", ".join(str(changed[name]) for name in names[:_NAMED])
    if len(names) > _NAMED:
        named += ", ..."
    text = _("Somebody changed this after you opened it: look again. Changed: %(what)s.")
    return Conflict(CHANGED, text % {"what": named}, version=version, changed=names)
