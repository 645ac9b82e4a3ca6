"""Decisions of the demonstration: confirmed days, a lock, a publication, a waiting basis."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.regions.models import Region
from reports.bases.enums import BasisKind
from reports.bases.services.basis import BasisFacts, propose_basis
from reports.daily.models import RegencyDay
from reports.daily.services.confirming import confirm_day, lock_days
from reports.demo.accounts import actor
from reports.demo.life import OFFICES, practice_election
from reports.demo.published import SPLIT
from reports.demo.synthetic import GIVEN
from reports.editions.services.editions import make_edition
from reports.publication.services.publications import approve_release, propose_release

#: One of this many days stays unconfirmed.
_FORGOTTEN = 4
#: Who confirms nothing of the last days: always late.
_LATE = ("operator-agam", 3)


def make_decisions() -> None:
    with scoped(EVERYBODY):
        _confirm()
        _lock()
        _publish()
        _propose()
        _give()


def _confirm() -> None:
    today = timezone.localdate()
    for operator, _head in OFFICES:
        by = actor(operator)
        built = RegencyDay.objects.filter(
            regency_id=by.region, latest=True, service_date__lt=today
        ).order_by("service_date")
        late, days = _LATE
        until = len(built) - days if operator == late else len(built)
        for number, day in enumerate(built[:until]):
            if number % _FORGOTTEN != _FORGOTTEN - 1:
                confirm_day(by=by, regency=by.region, day=day.service_date, revision=day.revision)


def _lock() -> None:
    by = actor("provinsi-13")
    offices = [actor(operator).region for operator, _head in OFFICES]
    oldest = (
        RegencyDay.objects.filter(regency_id__in=offices, latest=True)
        .order_by("service_date")
        .values_list("service_date", "regency_id")
    )
    first = oldest[0][0]
    lock_days(by=by, regencies=[code for day, code in oldest if day == first], day=first)


def _publish() -> None:
    day = timezone.localdate() - timedelta(days=2)
    release = propose_release(
        by=actor("admin"),
        name=f"contoh-{day.isoformat()}",
        day=day,
        embargo_until=timezone.now(),
        note="Penerbitan contoh",
    )
    approve_release(by=actor("admin-kedua"), release=release)


def _give() -> None:
    """Voters of another office as they left the house: of Bukittinggi whoever tries it makes the first."""
    today = timezone.localdate()
    make_edition(
        by=actor("provinsi-13"),
        region=Region.objects.get(pk=GIVEN),
        election=practice_election(GIVEN, today).pk,
        recipient="KPU Kota Solok (contoh)",
        agreement=f"Contoh/001/{today.year}",
    )


def _propose() -> None:
    """A basis that waits for the province."""
    villages = Region.objects.within("13.75").level("village").values_list("code", flat=True)
    propose_basis(
        by=actor("kepala"),
        rows=[
            {"region_code": code, "wajib_ktp": str(3900 + 7 * number), "recorded": "3850"}
            for number, code in enumerate(villages)
        ],
        facts=BasisFacts(
            name="DKB contoh Bukittinggi (menunggu)",
            kind=BasisKind.DERIVED,
            wajib_as_of=timezone.localdate() - timedelta(days=60),
            level="village",
            source=f"Contoh, dibagi seperti “{SPLIT}”",
            note="Angka contoh, bukan angka resmi.",
        ),
    )
