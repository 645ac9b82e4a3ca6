"""Two columns of one kind: what is plain is settled and said, the rest is a question."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from dukcapil.core.lists import content
from dukcapil.core.lists.grid import Cell
from dukcapil.core.lists.vocabulary import Kind, Vocabulary


def settle(
    kinds: list[str],
    headers: Sequence[str],
    filled: Sequence[Sequence[Cell]],
    vocabulary: Vocabulary,
) -> tuple[list[str], list[str]]:
    """Takes the kind from columns that do not count. Returns what is said, and what cannot be decided."""
    said: list[str] = []
    problems: list[str] = []
    for kind in vocabulary.kinds:
        if not (kind.single and kind.used):
            continue
        for place in _empty(kind, kinds, filled):
            kinds[place] = ""
            said.append(
                _("Column %(column)s is empty and does not count.")
                % {"column": called(place, headers)}
            )
        exact = _exact(kind, kinds, filled)
        for place in _places(kind, kinds) if exact is not None else ():
            if place != exact:
                kinds[place] = ""
                said.append(
                    _("Column %(column)s is not read, for %(other)s says it by a code.")
                    % {"column": called(place, headers), "other": called(exact or 0, headers)}
                )
        places = _places(kind, kinds)
        if len(places) > 1:
            problems.append(
                _("Columns %(letters)s can both be %(kind)s.")
                % {
                    "letters": _(" and ").join(called(place, headers) for place in places),
                    "kind": kind.label,
                }
            )
    return said, problems


def called(place: int, headers: Sequence[str]) -> str:
    """A column as its sheet calls it, with its header."""
    letter = content.letter(place)
    return f"{letter} “{headers[place]}”" if headers[place] else letter


def _places(kind: Kind, kinds: Sequence[str]) -> list[int]:
    return [place for place, name in enumerate(kinds) if name == kind.name]


def _empty(kind: Kind, kinds: Sequence[str], filled: Sequence[Sequence[Cell]]) -> list[int]:
    places = _places(kind, kinds)
    empty = [place for place in places if not filled[place]]
    return empty if 0 < len(empty) < len(places) else []


def _exact(kind: Kind, kinds: Sequence[str], filled: Sequence[Sequence[Cell]]) -> int | None:
    """The only one of several columns that holds codes, where codes say more than words."""
    places = _places(kind, kinds)
    exact = [place for place in places if kind.exact and content.holds(kind, filled[place])]
    return exact[0] if len(exact) == 1 < len(places) else None
