"""Papers of an office: by number, by day, outstanding; the rules that let it issue them."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import rows
from dukcapil.core.errors import NotFound
from dukcapil.regions.enums import today_in
from dukcapil.regions.models import Region, inside
from dukcapil.regions.validators import lineage
from events.elections.enums import ElectionState
from events.elections.models import Election
from events.elections.selectors import bears_on
from registrations.ledger.enums import Outcome, RowKind, SetAside
from registrations.ledger.models import ServiceRecord
from registrations.papers.enums import PaperKind, PaperState
from registrations.papers.models import NUMBERS_AS, Paper, PaperRule, PaperTemplate

#: Why a record of a paper's service waits that has none. Its paper makes it count.
WAITS = (SetAside.PAPER_NEEDED, SetAside.DOUBTFUL_NUMBER)
_CODE = re.compile("[a-z2-7]{20}")


@dataclass(frozen=True)
class Window:
    """A rule with the days that its election, as decided now, makes of it. The last one counts whole."""

    rule: PaperRule
    election: Election

    @property
    def opens(self) -> date:
        return self.election.held_on - timedelta(days=self.rule.days_before_open)

    @property
    def closes(self) -> date:
        return self.election.held_on - timedelta(days=self.rule.days_before_close)

    def holds(self, day: date) -> bool:
        return self.opens <= day <= self.closes


def windows_of(office: str, kind: str = "") -> list[Window]:
    """Those that count for an office: of each election and kind the rule of the nearest region, of that
    the newest. The latest election first.
    """
    found = list(
        PaperRule.objects.filter(
            region__in=lineage(office), kind__in=[kind] if kind else PaperKind.values
        )
    )
    known = Election.objects.filter(pk__in={rule.election_id for rule in found})
    elections = {
        one.pk: one
        for one in known
        if one.state != ElectionState.CANCELLED and bears_on(one, office)
    }
    found = [rule for rule in found if rule.election_id in elections]
    counts: dict[tuple[int, str], PaperRule] = {}
    for rule in sorted(found, key=lambda one: (len(lineage(one.region_id)), one.pk)):
        counts[rule.election_id, rule.kind] = rule
    windows = [Window(rule, elections[rule.election_id]) for rule in counts.values()]
    return sorted(windows, key=lambda one: (one.election.held_on, one.rule.kind), reverse=True)


def window_on(office: str, kind: str, day: date) -> Window | None:
    return next((one for one in windows_of(office, kind) if one.holds(day)), None)


def paper_rules(region: str) -> QuerySet[PaperRule]:
    """All that were set for a region, above or below it, the newest first."""
    here = inside("region_id", region) | Q(region__in=lineage(region))
    rules = PaperRule.objects.filter(here).select_related("election", "region", "decided_by")
    return rules.order_by("-pk")


def numbers_as(office: str) -> str:
    newest = PaperTemplate.objects.filter(office=office).order_by("-pk").first()
    return newest.text if newest else NUMBERS_AS


def papers_of(
    by: Actor, *, office: str | None = None, kind: str = "", day: date | None = None
) -> QuerySet[Paper]:
    """In the order of their numbers; with a day the control total of that day."""
    papers = Paper.objects.visible_to(by)
    if office:
        papers = papers.filter(office=office)
    if kind:
        papers = papers.filter(kind=kind)
    if day:
        papers = papers.filter(issued_on=day)
    return papers.order_by("office_id", "kind", "year", "serial")


def totals(papers: QuerySet[Paper]) -> list[tuple[str, str, int]]:
    """kind, state, n."""
    counted = papers.order_by("kind", "state").values_list("kind", "state").annotate(n=Count("pk"))
    return list(counted)


def outstanding(by: Actor, *, office: str | None = None) -> QuerySet[Paper]:
    """A stock: suket that were neither exchanged, replaced nor taken back, the earliest last day first;
    the order in which they are exchanged for cards. Those that expired are among them.
    """
    papers = Paper.objects.visible_to(by).filter(kind=PaperKind.SUKET, state=PaperState.VALID)
    if office:
        papers = papers.filter(office=office)
    return papers.order_by("valid_until", "serial", "pk")


def by_number(by: Actor, text: str) -> QuerySet[Paper]:
    """As printed, whatever the spaces and the case."""
    wanted = "".join(text.split())
    papers = Paper.objects.visible_to(by).filter(number__iexact=wanted)
    return papers.order_by("-issued_on", "-pk")


def papers_of_person(by: Actor, resident_id: uuid.UUID) -> QuerySet[Paper]:
    return Paper.objects.visible_to(by).filter(resident=resident_id).order_by("-issued_at")


def get_paper_or_404(by: Actor, paper_id: uuid.UUID) -> Paper:
    paper = Paper.objects.visible_to(by).filter(pk=paper_id).first()
    if paper is None:
        raise NotFound
    return paper


def without_paper(by: Actor, resident_id: uuid.UUID) -> list[ServiceRecord]:
    """Of a person, what was logged as done and waits for its paper."""
    waiting = ServiceRecord.objects.visible_to(by).filter(
        resident=resident_id,
        row_kind=RowKind.RECORD,
        outcome=Outcome.DONE,
        service__in=PaperKind.values,
        set_aside_code__in=WAITS,
        paper__isnull=True,
    )
    return list(waiting.exclude(later__row_kind=RowKind.VOID).order_by("seq"))


@dataclass(frozen=True)
class OpenPaper:
    """What whoever holds the paper is told."""

    kind: str
    number: str
    office: str
    issued_on: date
    valid_until: date | None
    state: str
    initials: str
    birth_year: int

    @property
    def born(self) -> str:
        """A year has no separator."""
        return str(self.birth_year or "")

    @property
    def kind_label(self) -> Any:
        return PaperKind(self.kind).label

    @property
    def state_label(self) -> Any:
        return PaperState(self.state).label


def paper_of_code(code: str) -> tuple[OpenPaper, Region, bool] | None:
    """With its office, and whether it has expired there."""
    if not _CODE.fullmatch(code):
        return None
    found = rows("SELECT * FROM paper_of_code(%s)", [code])
    if not found:
        return None
    paper = OpenPaper(*found[0])
    office = Region.objects.get(pk=paper.office)
    over = paper.valid_until is not None and paper.valid_until < today_in(office.pk)
    return paper, office, over and paper.state == PaperState.VALID


def of_record(by: Actor, record_id: uuid.UUID) -> Paper | None:
    return Paper.objects.visible_to(by).filter(record=record_id).first()
