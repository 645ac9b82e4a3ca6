"""How an office reads the columns of a list whose header it has seen before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dukcapil.accounts.scoping import Actor
from dukcapil.core.crypto import keyed_hash
from dukcapil.core.db import service
from dukcapil.core.lists.layout import Column
from registrations.people.models import ListMapping


def remembered(*, by: Actor, columns: Iterable[Column]) -> dict[str, str] | None:
    """Letter of a column -> its kind, as somebody of the office chose; None for a new header."""
    key = _key(columns)
    if by.office is None or key is None:
        return None
    mappings = ListMapping.objects.visible_to(by).filter(office_id=by.office, key=key)
    return mappings.values_list("kinds", flat=True).first()


@service
def remember(*, by: Actor, columns: Iterable[Column], kinds: Mapping[str, str]) -> None:
    """The last choice stands. A list without a header is not remembered: its first row is a person."""
    key = _key(columns)
    if by.office is None or key is None:
        return
    ListMapping.objects.update_or_create(
        office_id=by.office,
        key=key,
        defaults={"kinds": dict(kinds), "chosen_by_id": by.user_id},
    )


def _key(columns: Iterable[Column]) -> str | None:
    """Of each header with its letter: a choice counts by letter, and the same words in other columns
    are another list. Columns without a header do not count: not everybody hands them on.
    """
    words = [
        f"{column.letter} {header}"
        for column in columns
        if (header := " ".join(column.header.casefold().split()))
    ]
    return keyed_hash("list header\n" + "\n".join(words)).hex() if words else None
