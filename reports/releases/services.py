"""Freezing figures: a release keeps up to which row each ledger chain counts."""

from __future__ import annotations

from django.db import connection

from dukcapil.core.db import service
from reports.releases.models import Release


@service
def freeze_release(*, name: str, note: str = "") -> Release:
    """Freeze what is built at this moment, for staff. The same name again returns the first."""
    earlier = Release.objects.filter(name=name).first()
    if earlier:
        return earlier
    return _freeze(Release(name=name, note=note))


def _freeze(release: Release) -> Release:
    release.save(force_insert=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reports_releaseentry (release_id, regency_id, ledger_seq)"
            " SELECT %s, regency_id, built_to FROM reports_buildhead",
            [release.pk],
        )
    return release
