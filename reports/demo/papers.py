"""Papers of the demonstration: the first office may issue them before the practice election, the second may not."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.planning.enums import Service
from registrations.ledger.enums import Outcome, PrintReason
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.entries import Entry
from registrations.ledger.services.ledger import log_service
from registrations.papers.enums import PaperKind
from registrations.papers.services.papers import issue, void_paper
from registrations.papers.services.rules import set_paper_rule
from registrations.people.models import Resident
from registrations.people.validators import CARD_AGE, last_birth_date_reaching
from reports.demo.accounts import actor
from reports.demo.life import OFFICES, practice_election

SOURCE = "Surat edaran contoh untuk latihan"


def make_papers() -> None:
    """Two windows, and papers in every state."""
    operator, head = (actor(name) for name in OFFICES[0])
    with scoped(EVERYBODY):
        office = Region.objects.get(pk=operator.region)
        election = practice_election(office.pk, timezone.localdate())
        for kind in PaperKind.values:
            set_paper_rule(
                by=head,
                election=election,
                kind=kind,
                region=office,
                days_before_open=30,
                days_before_close=0,
                source=SOURCE,
            )
        printed = ServiceRecord.objects.filter(
            service__in=(Service.CARD_PRINT, Service.CARD_HANDOVER)
        ).values("resident")
        without = Resident.objects.filter(
            office=office,
            records__service=Service.RECORDING,
            records__outcome=Outcome.DONE,
            records__weight=1,
            birth_date__lte=last_birth_date_reaching(CARD_AGE, operator.today),
        ).exclude(pk__in=printed)
        still = without.exclude(records__row_kind="void").order_by("pk").distinct()
        papers = [issue(by=operator, kind=PaperKind.SUKET, resident=one.pk)[0] for one in still[:3]]
        if papers:
            void_paper(by=operator, paper_id=papers[-1].pk, reason="Salah cetak (contoh)")
        _others(operator, list(still[3:8]))


def _others(by: Actor, people: list[Resident]) -> None:
    """A suket of yesterday, one that was replaced, one exchanged for a card, and two biodata sheets."""
    if len(people) < 5:
        return
    now = timezone.now()
    before, twice, carded, *sheets = people
    issue(by=by, kind=PaperKind.SUKET, resident=before.pk, occurred_at=now - timedelta(days=1))
    issue(by=by, kind=PaperKind.SUKET, resident=twice.pk)
    issue(by=by, kind=PaperKind.SUKET, resident=twice.pk, reason="Rusak terkena air (contoh)")
    issue(by=by, kind=PaperKind.SUKET, resident=carded.pk)
    for service, reason in (
        (Service.CARD_PRINT, PrintReason.SUKET),
        (Service.CARD_HANDOVER, ""),
    ):
        entry = Entry(
            id=uuid7(),
            service=service,
            outcome=Outcome.DONE,
            reason=reason,
            resident=carded.pk,
            occurred_at=timezone.now(),
        )
        log_service(by=by, entry=entry)
    for person in sheets:
        issue(by=by, kind=PaperKind.BIODATA, resident=person.pk)
