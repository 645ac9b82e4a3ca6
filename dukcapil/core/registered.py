"""All rules of the database, as pgtrigger keeps them (core/rules.py)."""

from __future__ import annotations

from typing import Any

from pgtrigger import registry


class Registered(registry._Registry):  # noqa: SLF001 - the library has no other way in
    """Each rule is compared with the names of all others. The library puts those together anew for each of our
    three hundred, which took a twentieth of every start; here they are kept.
    """

    def __init__(self) -> None:
        self._by_table: dict[tuple[str, str], Any] = {}
        self._functions: set[str] = set()
        super().__init__()

    @property
    def by_db_table(self) -> dict[tuple[str, str], Any]:
        return self._by_table

    @property
    def pg_function_names(self) -> set[str]:
        return self._functions

    def __setitem__(self, uri: str, value: tuple[Any, Any]) -> None:
        super().__setitem__(uri, value)  # type: ignore[no-untyped-call]  # says no types
        model, trigger = value
        self._by_table[model._meta.db_table, trigger.name] = trigger
        self._functions.add(trigger.get_pgid(model))

    def __delitem__(self, uri: str) -> None:
        model, trigger = self[uri]
        super().__delitem__(uri)  # type: ignore[no-untyped-call]  # says no types
        del self._by_table[model._meta.db_table, trigger.name]
        self._functions.discard(trigger.get_pgid(model))


def start() -> None:
    """Before pgtrigger's app is ready, which registers the rules of all tables. Some came with their classes."""
    early = [*registry._registry.data.items()]  # noqa: SLF001 - as above
    registry._registry = Registered()  # noqa: SLF001 - as above
    for uri, (model, trigger) in early:
        registry.set(uri, model=model, trigger=trigger)
