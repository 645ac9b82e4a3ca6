"""What columns of a list may mean, and the words that their headers use for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dukcapil.core.lists import words
from dukcapil.core.lists.checks import Check


@dataclass(frozen=True)
class Kind:
    """`words`: headers that mean it. `single`: two such columns cannot both be read.

    `used`: its cells are handed on; others are known so that they are not mistaken.
    `looks`: whether a cell looks like one, for lists without a header.
    """

    name: str
    label: Any
    words: tuple[str, ...] = ()
    single: bool = True
    used: bool = True
    looks: Callable[[Any], bool] | None = None
    #: Of several columns the only one that looks like it says it best: a code beside a name.
    exact: bool = False
    #: Holds a day, which a sheet may keep as a bare number.
    day: bool = False


@dataclass(frozen=True)
class Vocabulary:
    """`needs`: one of these kinds stands in every list. `others`: words that make a column somebody
    else's (the father's, the guardian's) whatever else its header says; it gets the kind `other`.

    `rest`: the kind of the only column of a headerless list that looks like nothing else.
    """

    kinds: tuple[Kind, ...]
    needs: tuple[str, ...]
    others: tuple[str, ...] = ()
    other: str = ""
    rest: str = ""
    #: Words with which a row of totals begins.
    totals: tuple[str, ...] = ("jumlah", "total", "subtotal", "grandtotal")
    #: Words of a column nobody reads (remarks) that say somebody is not to be on the list any more.
    gone: frozenset[str] = frozenset()
    #: Each looks at the whole of a list; raises Invalid for what makes all of it worthless.
    checks: tuple[Callable[[], Check], ...] = ()

    @cached_property
    def _meanings(self) -> dict[str, str]:
        """For the first list that is read: thousands of words of several lists, of which most processes read none."""
        meanings: dict[str, str] = {}
        for kind in self.kinds:
            for word in kind.words:
                meanings.setdefault(words.squash(word), kind.name)
        return meanings

    def kind(self, name: str) -> Kind | None:
        return next((kind for kind in self.kinds if kind.name == name), None)

    def labels(self, names: Iterable[str]) -> str:
        return ", ".join(str(kind.label) for kind in self.kinds if kind.name in set(names))

    def meaning(self, levels: tuple[str, ...]) -> str:
        """The kind of a column by its header, which may stand in several rows; "" when unknown."""
        texts = [text for n, text in enumerate(levels) if text and text not in levels[:n]]
        if self.other and any(word in self.others for text in texts for word in words.tokens(text)):
            return self.other
        for first in range(len(texts)):
            joined = " ".join(texts[first:])
            for form in (words.squash(joined), words.squash(words.outside_brackets(joined))):
                if form in self._meanings:
                    return self._meanings[form]
        return ""
