"""What a decision about a basis is about: the hash of all its columns and figures."""

from __future__ import annotations

from dukcapil.core.db import rows


def content_of_basis(basis: int) -> str:
    """SHA-256 in hex, as `BasisDecision.content` keeps it. A decision made with another one is refused."""
    sql = "SELECT encode(basis_content(basis), 'hex') FROM reports_populationbasis basis WHERE id = %s"
    return str(rows(sql, [basis])[0][0])
