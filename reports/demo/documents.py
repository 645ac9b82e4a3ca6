"""Documents of the demonstration, in every state; what the office of Agam only counts; a rule of papers."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.regions.models import Region
from events.planning.selectors.requirements import papers_of
from events.planning.services.requirements import set_requirement
from registrations.documents.enums import DocumentState
from registrations.documents.selectors import found_dead
from registrations.documents.services.counts import set_counts
from registrations.documents.services.requests import (
    ask_document,
    hand_over,
    move_document,
    refuse_document,
)
from registrations.people.models import Resident
from registrations.people.validators import CARD_AGE, last_birth_date_reaching
from reports.demo.accounts import actor
from reports.demo.life import OFFICES

_S = DocumentState
#: Kind, for whom, and how far it went.
_ASKED = (
    ("family_card", "family", _S.HANDED_OVER),
    ("birth_0_17", "child", _S.HANDED_OVER),
    ("child_card_0_5", "child", _S.READY),
    ("death_certificate", "deceased", _S.IN_WORK),
    ("moving_out", "self", _S.INCOMPLETE),
    ("marriage", "self", _S.ASKED),
    ("divorce", "self", _S.REFUSED),
)
_COUNTED = {
    "new_nik": 2,
    "print_ready": 9,
    "sent": 1,
    "duplicate": 0,
    "moving_in": 3,
    "marriage": 0,
}


def make_documents() -> None:
    for operator, head in OFFICES:
        with scoped(EVERYBODY):
            by = actor(operator)
            _rule(actor(head))
            people = Resident.objects.visible_to(by).filter(
                office_id=by.office,
                doubtful_number=False,
                merged_into__isnull=True,
                birth_date__lte=last_birth_date_reaching(CARD_AGE, by.today),
            )
            # Whom a village found dead asks for nothing; which of the examples that is, is chance.
            alive = (one for one in people.order_by("pk") if not found_dead(one.pk))
            for person, (service, whom, state) in zip(alive, _ASKED, strict=False):
                _go(by, person, service, whom, state)
            yesterday = timezone.localdate() - timedelta(days=1)
            set_counts(by=by, day=yesterday, counts=dict(_COUNTED), version="")


def _rule(head: Actor) -> None:
    region = Region.objects.get(pk=head.office)
    papers = ["Surat pindah (SKPWNI)", "Kartu keluarga (KK) lama", "Formulir F-1.03"]
    source = "Contoh keputusan kepala dinas"
    set_requirement(by=head, region=region, service="moving_in", papers=papers, source=source)


def _go(by: Actor, person: Resident, service: str, whom: str, state: DocumentState) -> None:
    today = timezone.localdate()
    papers = papers_of(by.office or "", [service], today)[service]
    here = papers[:1] if state == _S.INCOMPLETE else papers
    request = ask_document(by=by, resident=person, service=service, for_whom=whom, here=here)
    if state == _S.REFUSED:
        refuse_document(by=by, request=request, because="other_office")
    for step in (_S.IN_WORK, _S.READY):
        if state in (_S.IN_WORK, _S.READY, _S.HANDED_OVER) and (step, state) != (
            _S.READY,
            _S.IN_WORK,
        ):
            request = move_document(by=by, request=request, state=step)
    if state == _S.HANDED_OVER:
        hand_over(by=by, request=request, relation="self", proof="ktp")
