"""Releases that somebody may know of: one by name or id, or all of them."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import rows
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.regions.validators import NATION
from reports.releases.models import Release, ReleaseQuerySet


def find_release(text: str, by: Actor) -> Release:
    """By name or id, as every `release=` takes it. Before its hour only those who publish find a
    publication; for everybody else it does not exist.
    """
    matching = Q(name=text)
    if text.isascii() and text.isdigit() and len(text) < 10:
        matching |= Q(pk=int(text))
    release = None if "\0" in text else releases_for(by).filter(matching).order_by("name").first()
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


def content_of_release(release: int) -> str:
    """SHA-256 in hex of a release with its entries, as `Publication.content` keeps it."""
    sql = (
        "SELECT encode(release_content(release), 'hex') FROM reports_release release WHERE id = %s"
    )
    return str(rows(sql, [release])[0][0])
