from __future__ import annotations

import uuid

from django.utils.translation import gettext_lazy as _

NAMED_ONCE = _("Name the person by exactly one of resident, nik, ticket.")


def is_named_once(*, resident: uuid.UUID | None, nik: str | None, ticket: str | None) -> bool:
    return sum(one is not None for one in (resident, nik, ticket)) == 1
