"""A file of a basis on its way to a proposal: what was read and chosen, kept sealed for an hour.

It holds figures, but somebody may have brought the wrong file.
"""

from __future__ import annotations

import base64
import io
import secrets
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import orjson
from django.core.cache import cache
from django.utils.dateparse import parse_date

from dukcapil.accounts.scoping import Actor
from dukcapil.core.crypto import decrypt, encrypt
from dukcapil.core.lists.grid import WhichSheet, read_file
from dukcapil.core.lists.layout import WhichColumns
from reports.bases.readers.figures import LIMITS
from reports.bases.readers.rows import Table
from reports.bases.readers.sheets import read_table
from reports.bases.services.basis import BasisFacts

KEPT_SECONDS = 3600
_DAYS = ("wajib_as_of", "recorded_as_of")


@dataclass
class Draft:
    """`sheets` or `columns`: what has to be chosen before there is a table."""

    facts: dict[str, Any]
    replaces: int | None
    file: str
    name: str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    sheet: str = ""
    chosen: dict[str, str] | None = None
    table: dict[str, Any] | None = None
    sheets: list[dict[str, Any]] = field(default_factory=list)
    columns: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, facts: dict[str, Any], replaces: int | None, file: Any) -> Draft:
        """Raises Invalid when the file is none that can be read."""
        content = file.read((LIMITS.size or 0) + 1)
        draft = cls(facts, replaces, base64.b64encode(content).decode(), file.name)
        draft.read()
        return draft

    def read(self) -> None:
        """Read the file by what was chosen; what has to be chosen next stands in the draft then."""
        self.table, self.sheets, self.columns, self.problems = None, [], [], []
        try:
            grid = read_file(io.BytesIO(base64.b64decode(self.file)), self.name, LIMITS, self.sheet)
            self.sheets = [asdict(sheet) for sheet in grid.sheets]
            self.table = read_table(grid, self.chosen).packed()
        except WhichSheet as error:
            self.sheets = [asdict(sheet) for sheet in error.sheets]
            self.problems = [str(error.message)]
        except WhichColumns as error:
            self.columns = [asdict(column) for column in error.columns]
            self.problems = error.problems

    @property
    def rows(self) -> Table:
        return Table.unpacked(self.table or {})

    def described(self, **more: Any) -> BasisFacts:
        return BasisFacts(**{**self.facts, **more})

    def keep(self, by: Actor) -> None:
        packed = orjson.dumps(asdict(self)).decode()
        sealed = encrypt(packed, context=_key(by, self.token))
        cache.set(_key(by, self.token), base64.b64encode(sealed).decode(), KEPT_SECONDS)

    def forget(self, by: Actor) -> None:
        cache.delete(_key(by, self.token))


def kept_draft(by: Actor, token: str) -> Draft | None:
    sealed = cache.get(_key(by, token))
    if sealed is None:
        return None
    draft = Draft(**orjson.loads(decrypt(base64.b64decode(sealed), context=_key(by, token))))
    for name in _DAYS:
        draft.facts[name] = _day(draft.facts[name])
    return draft


def _day(text: str | None) -> date | None:
    return parse_date(text) if text else None


def _key(by: Actor, token: str) -> str:
    return f"basis-draft:{by.posting_id}:{token}"
