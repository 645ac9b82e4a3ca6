"""What a part of a page shows, read in one statement at one moment, with a stamp of all of it.

The stamp is made of the very text that the part is drawn from: a column that is shown is in it, without
anybody having to remember that. Nothing is parsed for a browser that has seen it already.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from functools import cached_property

import orjson

from dukcapil.core.db import Found, Part, in_one_statement, planned

#: Statements of so many questions are kept: to write one takes longer than to carry it out.
MOST = 256


class Reading:
    """Rows by the names of the reads, as JSON has them: ids, days and moments are text."""

    def __init__(self, texts: Mapping[str, str | None]) -> None:
        self._texts = texts

    @cached_property
    def stamp(self) -> str:
        return hashlib.sha256(orjson.dumps(dict(self._texts))).hexdigest()

    @cached_property
    def found(self) -> Found:
        return {name: orjson.loads(text or "[]") for name, text in self._texts.items()}

    def is_empty(self, name: str) -> bool:
        return not self._texts.get(name)


_written: OrderedDict[Hashable, tuple[tuple[str, ...], str]] = OrderedDict()
_writing = threading.Lock()


def read(question: Hashable, parts: Callable[[], Mapping[str, Part]]) -> Reading:
    """`question`: everything that `parts` depends on: the same one asks with the same statement."""
    with _writing:
        known = _written.get(question)
    names, sql = known or in_one_statement(parts())
    if not known:
        with _writing:
            _written[question] = names, sql
            while len(_written) > MOST:
                _written.popitem(last=False)
    (found,) = planned(sql)
    return Reading(dict(zip(names, found, strict=True)))
