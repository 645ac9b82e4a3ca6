"""Whatever works begins with room for all frames that it will need.

CPython keeps Python's frames in pieces of 16 KB. A call that needs the next piece asks the system for it and gives it
back at its end, so a loop that calls something at the edge of a piece does that each time: ten seconds for the 68,000
rows of a file that take 0.75. At which depth the edges lie is chance. Beneath a frame that says it needs half a megabyte
one piece is made for all, with as much again for whatever is called from there; what is not touched is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

#: In words of the machine. A piece is the power of two above it.
_WORDS = 66_000


def _call(run: Callable[..., Any], /, *args: Any, **options: Any) -> Any:
    return run(*args, **options)


with_room: Callable[..., Any] = FunctionType(
    _call.__code__.replace(co_stacksize=_WORDS), globals(), "with_room"
)
