"""Whose stock is written on a page, and which of its accounts a form offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dukcapil.accounts.scoping import Actor
from dukcapil.core.forms import fill
from dukcapil.core.templatetags.figures import people
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from events.stock.enums import AccountKind
from reports.cover.selectors.office import OfficeAccounts

_K = AccountKind
Choices = list[tuple[str, Any]]


@dataclass(frozen=True)
class Desk:
    """Whose stock is written, and what there is."""

    request: Any
    actor: Actor
    office: Region
    item: str
    accounts: OfficeAccounts

    @property
    def store(self) -> AccountKind:
        """What its own store is: that of an office, or of a province."""
        return _K.OFFICE if self.office.level == Level.REGENCY else _K.PROVINCE

    def stores(self, *, filled: bool = False) -> Choices:
        return self.choices(self.store, filled=filled)

    def choices(self, *kinds: AccountKind, filled: bool = False) -> Choices:
        """Accounts that are open; `filled`: that hold something."""
        return [
            (row.account.key, f"{row.words} ({people(row.account.balance)})")
            for row in self.accounts.of(self.item, *kinds)
            if row.account.opened_at and (row.account.balance or not filled)
        ]

    def balance(self, key: str) -> int | None:
        rows = (row for row in self.accounts.of(self.item) if row.account.key == key)
        return next((row.account.balance for row in rows), None)

    def words(self, key: str) -> str:
        rows = (row.words for row in self.accounts.of(self.item) if row.account.key == key)
        return next(rows, key)

    def fill(self, form: type[Any], **kwargs: Any) -> Any:
        return fill(self.request, form, zone=self.office.timezone, **kwargs)
