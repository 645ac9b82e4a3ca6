"""Sessions in the database, with a copy of each in Redis.

Django takes a session that ends out of both at once, while its row stands for everybody else until the transaction
ends: whoever is asked for meanwhile by the same cookie puts the copy back, and it would outlive the row. So the copy
is taken out once more when nobody can read the row any longer.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.sessions.backends import cached_db
from django.core.cache import caches
from django.db import transaction


class SessionStore(cached_db.SessionStore):
    def delete(self, session_key: str | None = None) -> None:
        ended = session_key or self.session_key
        super().delete(session_key)
        if ended:
            copies = caches[settings.SESSION_CACHE_ALIAS]
            transaction.on_commit(lambda: copies.delete(self.cache_key_prefix + ended))
