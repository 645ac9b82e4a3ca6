"""What a part of a page shows, read in one statement at one moment, with a stamp of all of it.

The stamp is made of the very text that the part is drawn from: a column that is shown is in it, without
anybody having to remember that. Nothing is parsed for a browser that has seen it already.

Of a part that is polled far more often than it changes the database tells only marks of the rows first
(`glances`): 64 bits of each, over the same columns in the same order. To write and send the text is half of
such a statement. The text comes with its marks in one statement, so a stamp is never older or newer than
what is drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from dukcapil.core.db import Found, Part, in_one_statement, marked, texts_of
from dukcapil.core.newest import Newest
from dukcapil.core.planned import planned

#: Statements of so many questions are kept: to write one takes longer than to carry it out.
MOST = 256

Texts = Mapping[str, str | None]


class Reading:
    """Rows by the names of the reads, as JSON has them: ids, days and moments are text."""

    def __init__(
        self,
        texts: Texts | None,
        marks: Texts | None = None,
        ask: Callable[[], tuple[Texts, Texts]] | None = None,
        glance: Glance | None = None,
    ) -> None:
        self._texts, self._marks, self._ask = texts, marks, ask
        self._found: Found | None = None
        #: How its marks are asked for again; None: by `read_marked` alone.
        self.glance = glance

    @property
    def stamp(self) -> str:
        said = self._texts if self._marks is None else self._marks
        return hashlib.sha256(orjson.dumps(dict(said or {}))).hexdigest()

    def whole(self) -> bool:
        """Read the rows, where only their marks are known yet. True: they were read, and their stamp may be
        another one by now.
        """
        if self._texts is not None or self._ask is None:
            return False
        self._texts, self._marks = self._ask()
        return True

    @property
    def found(self) -> Found:
        if self._found is None:
            self.whole()
            texts = self._texts or {}
            self._found = {name: orjson.loads(text or "[]") for name, text in texts.items()}
        return self._found

    def is_empty(self, name: str) -> bool:
        said = self._texts if self._marks is None else self._marks
        return not (said or {}).get(name)


@dataclass(frozen=True)
class Glance:
    """A statement with its values: `core.db.ENTERED`, and the marks of the rows of these names."""

    names: tuple[str, ...]
    sql: str
    values: tuple[Any, ...]

    def reading(self, marks: Sequence[str | None]) -> Reading:
        """Of marks alone: it has a stamp, and no rows."""
        return Reading(None, dict(zip(self.names, marks, strict=True)))


@dataclass(frozen=True)
class _Written:
    names: tuple[str, ...]
    values: tuple[Any, ...]
    #: The rows; with `glances` the rows and their marks; and the marks alone.
    rows: str
    both: str = ""
    glance: str = ""


_written: Newest[Hashable, _Written] = Newest(MOST)


def read(question: Hashable, parts: Callable[[], Mapping[str, Part]]) -> Reading:
    """`question`: everything that `parts` depends on: the same one asks with the same statement."""
    known = _known(question, parts, ())
    (found,) = planned(known.rows)
    return Reading(dict(zip(known.names, found, strict=True)))


def read_marked(
    question: Hashable,
    parts: Callable[[], Mapping[str, Part]],
    values: Sequence[Any],
    *,
    glance: bool,
) -> Reading:
    """As `read`, with a stamp of marks; `glance`: for now these alone. Columns are of types whose values are
    equal only when they are written alike (no numbers with decimals, no JSON). `values`: what questions of this
    kind differ in, and their statements need not (`core.planned`).
    """
    known = _known(question, parts, values)

    def both() -> tuple[Texts, Texts]:
        (found,) = planned(known.both, known.values)
        count = len(known.names)
        texts, marks = found[:count], found[count:]
        return dict(zip(known.names, texts, strict=True)), dict(
            zip(known.names, marks, strict=True)
        )

    again = Glance(known.names, known.glance, known.values)
    if not glance:
        return Reading(*both(), glance=again)
    (found,) = planned(known.glance, known.values)
    return Reading(None, dict(zip(known.names, found[1:], strict=True)), both, again)


def _known(
    question: Hashable, parts: Callable[[], Mapping[str, Part]], values: Sequence[Any]
) -> _Written:
    known = _written.known(question)
    if known is None:
        texts, used = texts_of(parts(), values)
        known = _Written(tuple(texts), tuple(used), in_one_statement(texts), *marked(texts))
        _written.keep(question, known)
    return known
