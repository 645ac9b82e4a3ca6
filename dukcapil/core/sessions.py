"""Sessions in the database, with a copy of each in Redis.

Django takes a session that ends out of both at once, while its row stands for everybody else until the transaction
ends: whoever is asked for meanwhile by the same cookie puts the copy back, and it would outlive the row. Nor is it enough
to take the copy out once more when nobody can read the row any longer: who had read it before writes its copy after that.
So a session that has ended leaves a mark beside its copy, for as long as a copy lasts, and a copy beside a mark is none.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import cached_db
from django.core.cache import caches
from django.db import transaction

_ENDED = "dukcapil.ended."


class SessionStore(cached_db.SessionStore):
    def load(self) -> dict[str, Any]:
        mark = _ENDED + self.cache_key
        found = caches[settings.SESSION_CACHE_ALIAS].get_many([mark, self.cache_key])
        if mark in found:
            self._session_key = None
            return {}
        if self.cache_key in found:
            copy: dict[str, Any] = found[self.cache_key]
            return copy
        loaded: dict[str, Any] = super().load()
        return loaded

    def delete(self, session_key: str | None = None) -> None:
        ended = session_key or self.session_key
        super().delete(session_key)
        if ended:
            copies = caches[settings.SESSION_CACHE_ALIAS]

            copy = self.cache_key_prefix + ended

            def mark() -> None:
                copies.set(_ENDED + copy, 1, settings.SESSION_COOKIE_AGE)
                copies.delete(copy)

            transaction.on_commit(mark)
