"""Freezing figures: a release keeps up to which row each ledger chain counts."""

from __future__ import annotations

from django.db import connection

from dukcapil.core.locks import Lock, hold
from reports.releases.models import Release


def cut(release: Release) -> None:
    """Writes the release with what is built at this moment; what it shows comes in the same
    transaction (`publication.services.freezing`).
    """
    hold(Lock.KNOWN)
    release.save(force_insert=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reports_releaseentry (release_id, regency_id, ledger_seq)"
            " SELECT %s, regency_id, built_to FROM reports_buildhead",
            [release.pk],
        )
