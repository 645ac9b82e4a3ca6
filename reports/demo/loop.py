"""Who is missing in the two offices of the demonstration, and what became of them: people in all six states,
findings of two verifiers, what the heads decided, contacts, an owner, a list for the practice election.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from dukcapil.accounts.models import Posting
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.planning.enums import Service
from registrations.bench.services.handling import answer_for, hand_over, note_contact
from registrations.corrections.services.correcting import correct
from registrations.findings.services.findings import Evidence, decide, propose
from registrations.findings.services.minutes import ask_village
from registrations.ledger.services.entries import Entry
from registrations.ledger.services.ledger import log_service
from registrations.missing.models import RollEntry, RollList
from registrations.missing.services.closing import close_list, the_list
from registrations.missing.services.refreshing import refresh
from registrations.people.models import Resident
from registrations.requests.services.requests import ask_visit
from registrations.roll.enums import Completeness
from registrations.roll.models import VillageList
from reports.demo.accounts import actor
from reports.demo.life import OFFICES, practice_election

VERIFIERS = {"13.75": "verifikator", "13.06": "verifikator-2"}


@dataclass(frozen=True)
class Found:
    """What was found about so many people, on which paper, and what the head made of it."""

    outcome: str
    people: int
    kind: str = ""
    issuer: str = ""
    #: None: nobody has decided.
    accept: bool | None = True
    why: str = ""


#: By the office's clerk.
OF_CLERK = (
    Found("deceased", 5, "death_certificate", "Dinas Kependudukan dan Pencatatan Sipil"),
    Found("deceased", 3, "minutes", "Kelurahan/nagari"),
    Found("moved", 6, "letter", "Kelurahan/nagari"),
    Found("abroad", 2, "letter", "BP3MI"),
    Found("unknown_nik", 4),
    Found("refuses", 2),
    Found("deceased", 1, "minutes", "Kelurahan/nagari", accept=False, why="alive"),
    Found("moved", 1, accept=False, why="no_paper"),
    Found("sick_or_disabled", 3, accept=None),
    Found("recorded_already", 1, "other", "Disdukcapil Kota Padang", accept=None),
)
#: By the verifier of a village, whom the office asked for it.
OF_VERIFIER = (
    Found("deceased", 1, "letter", "Lurah/wali nagari", accept=None),
    Found("unknown_nik", 1, accept=None),
    Found("not_met", 2, accept=None),
)
CONTACTS = (
    ("phone", "will_come"),
    ("home", "not_reached"),
    ("village", "told"),
    ("home", "wants_visit"),
    ("phone", "unwilling"),
)


def close_lists() -> None:
    """Who is missing before the services of today, and who is to be recorded by the practice election."""
    for operator, head in OFFICES:
        with scoped(EVERYBODY):
            _say_how_complete(actor(operator).region)
            for roll_list in _lists(actor(operator).region):
                close_list(by=actor(head), roll_list=roll_list)


def make_loop() -> None:
    for operator, head in OFFICES:
        with scoped(EVERYBODY):
            _Loop(actor(operator), actor(head)).go_round()


def _lists(office: str) -> list[RollList]:
    election = practice_election(office, timezone.localdate())
    return [the_list("missing", office, None), the_list("seventeen", office, election)]


def _say_how_complete(office: str) -> None:
    """Of one village everybody is held, of two nobody was ever listed, of the others who is missing."""
    villages = Region.objects.within(office).level("village").order_by("pk")
    day = timezone.localdate() - timedelta(days=20)
    listed = [
        VillageList(
            village=village,
            office_id=office,
            completeness=Completeness.WHOLE if place == 0 else Completeness.MISSING_ONLY,
            on=day,
        )
        for place, village in enumerate(villages)
    ]
    VillageList.objects.bulk_create(listed[:-2], ignore_conflicts=True)


class _Loop:
    """What one office did about those who are missing."""

    def __init__(self, by: Actor, head: Actor) -> None:
        self.by, self.head, self.today = by, head, timezone.localdate()
        self.verifier = actor(VERIFIERS[by.region])
        self.missing, self.seventeen = _lists(by.region)
        refresh(office=by.region)
        found = RollEntry.objects.filter(list=self.missing, state="open")
        self.open = list(found.select_related("resident").order_by("pk"))

    def go_round(self) -> None:
        own = Posting.objects.get(pk=self.by.posting_id)
        for roll_list in (self.missing, self.seventeen):
            answer_for(by=self.by, roll=roll_list, owner=own.pk)
        village = Region.objects.get(pk=self.verifier.region)
        ask_village(by=self.by, village=village, due=self.today + timedelta(days=7))
        theirs = [one for one in self.open if one.village_id == village.pk]
        self.open = [one for one in self.open if one.village_id != village.pk]
        hand_over(by=self.by, entries=theirs, owner=self.verifier.posting_id, next_step="verify")
        for found in OF_VERIFIER:
            self._find(self.verifier, found, theirs)
        for found in OF_CLERK:
            self._find(self.by, found, self.open)
        self._twice()
        self._contradicted()
        self._corrected()
        for entry in self._next(6):
            ask_visit(
                by=self.by,
                resident=entry.resident,
                services=[Service.RECORDING],
                reason="cannot_come",
                partner_kind="rt_rw",
                partner="RT 02/RW 05",
            )
        for (how, result), entry in zip(CONTACTS * 2, self._next(10), strict=False):
            note_contact(by=self.by, entry=entry, how=how, result=result)
        refresh(office=self.by.region)

    def _next(self, people: int, entries: list[RollEntry] | None = None) -> list[RollEntry]:
        """Of whom nothing was said yet."""
        left = self.open if entries is None else entries
        taken, left[:] = left[:people], left[people:]
        return taken

    def _find(self, by: Actor, found: Found, entries: list[RollEntry]) -> None:
        for number, entry in enumerate(self._next(found.people, entries)):
            finding = propose(
                by=by,
                resident=entry.resident,
                outcome=found.outcome,
                evidence=self._paper(found, entry.resident, number),
            )
            if found.accept is not None:
                decide(by=self.head, finding=finding, accept=found.accept, why=found.why)

    def _paper(self, found: Found, person: Resident, number: int) -> Evidence:
        if not found.issuer:
            return Evidence()
        day = max(self.today - timedelta(days=40 + 9 * number), person.birth_date)
        return Evidence(found.kind, f"474.3/{number + 11}/contoh/{day.year}", found.issuer, day)

    def _twice(self) -> None:
        """One row is the other one's person."""
        entry, other = self._next(2)
        finding = propose(
            by=self.by, resident=entry.resident, outcome="duplicate", of=other.resident
        )
        decide(by=self.head, finding=finding, accept=True)

    def _contradicted(self) -> None:
        """Said to have moved, and recorded at the counter today."""
        (entry,) = self._next(1)
        finding = propose(by=self.by, resident=entry.resident, outcome="moved")
        decide(by=self.head, finding=finding, accept=True)
        moment = timezone.now() - timedelta(minutes=3)
        log_service(
            by=self.by,
            entry=Entry(
                id=uuid7(),
                service=Service.RECORDING,
                outcome="done",
                resident=entry.resident_id,
                occurred_at=moment,
            ),
        )

    def _corrected(self) -> None:
        """Two are younger than was written: they are not due, and have left the list."""
        young = [one for one in self.open if one.resident.marital_status == "single"]
        for entry in young[:2]:
            self.open.remove(entry)
            correct(
                by=self.by,
                resident=entry.resident,
                changes={"birth_date": _fifteen(self.today)},
                reason="Tahun lahir salah tulis (contoh)",
                confirm=["moves-figures"],
            )


def _fifteen(today: date) -> date:
    return today - timedelta(days=15 * 365 + 100)
