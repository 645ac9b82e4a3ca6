"""Releases that somebody may know of: one by name or id, or all of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import rows
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.regions.enums import day_of
from dukcapil.regions.validators import NATION
from reports.releases.models import Release, ReleaseQuerySet


def named(text: str) -> Q:
    """A release by its name or its id."""
    matching = Q(name=text)
    if text.isascii() and text.isdigit() and len(text) < 10:
        matching |= Q(pk=int(text))
    return matching


def find_release(text: str, by: Actor) -> Release:
    """By name or id, as every `release=` takes it. Before its hour only those who publish find a
    publication; for everybody else it does not exist.
    """
    release = (
        None if "\0" in text else releases_for(by).filter(named(text)).order_by("name").first()
    )
    if release is None:
        raise Invalid(
            "release-unknown",
            _("No such release. See /api/v1/releases/ for those there are."),
            field="release",
        )
    return release


def get_release_or_404(by: Actor, text: str) -> Release:
    """By id, as the button of a list sends it."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if (release := releases_for(by).filter(pk=number).first()) is None:
        raise NotFound
    return release


def publishes(by: Actor) -> bool:
    """Whether this actor proposes and approves publications, and so sees them before everybody."""
    return by.region == NATION and by.may(Permission.RELEASES_PUBLISH)


def releases_for(by: Actor) -> ReleaseQuerySet:
    """Releases that exist for this actor; the database's clock ends an embargo."""
    if publishes(by):
        return Release.objects.all()
    if by.may(Permission.COVERAGE_VIEW):
        return Release.objects.open_to_staff()
    return Release.objects.out()


def day_of_release(release: Release) -> date:
    """The day that a release is about: its own, else that of its freeze by the nation's calendar."""
    return release.day or day_of(release.frozen_at, NATION)


RELEASE_WORDS: dict[str, Any] = {
    "description": _("description"),
    "entries": _("figures"),
    "approval": _("approval"),
}

_ENTRIES = """
SELECT entry.release_id, count(*),
       md5(string_agg(entry.regency_id || ' ' || entry.ledger_seq, ',' ORDER BY entry.regency_id)),
       (SELECT count(*) || ' ' || sum(jsonb_hash_extended(answer."row", 0)
                                      + jsonb_hash_extended(answer.change, 1)::numeric)
          FROM reports_releaseanswer answer WHERE answer.release_id = entry.release_id)
  FROM reports_releaseentry entry WHERE entry.release_id = ANY (%s) GROUP BY 1
"""


def release_parts(releases: list[Release]) -> dict[int, dict[str, Any]]:
    """Release -> name of a part -> its content, for `core.versions`; one query (`publication` comes
    with the releases).
    """
    entries = {key: rest for key, *rest in rows(_ENTRIES, [[one.pk for one in releases]])}
    return {
        release.pk: {
            "description": [
                *(release.name, release.kind, release.frozen_at, release.day),
                *(release.embargo_until, release.proposed_by_id, release.note),
            ],
            "entries": entries.get(release.pk),
            "approval": hasattr(release, "publication"),
        }
        for release in releases
    }


def content_of_release(release: int) -> str:
    """SHA-256 in hex of a release with its entries, as `Publication.content` keeps it."""
    sql = (
        "SELECT encode(release_content(release), 'hex') FROM reports_release release WHERE id = %s"
    )
    return str(rows(sql, [release])[0][0])
