"""Indexes whose last column is the row's own key."""

from __future__ import annotations

from django.db.models import Q


def names(column: str) -> Q:
    """A condition that every row fits, and only a look-up that names the column is known to.

    Else PostgreSQL 18 may look for a row by its id in an index that has it as a later column, as long as it believes
    the table empty: which it does when autovacuum comes after a transaction that was rolled back. Each look then reads
    the whole index, and every foreign key to the table is one.
    """
    return Q(**{f"{column}__isnull": False})
