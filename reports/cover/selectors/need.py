"""How many cards an office still has to print (ADR 0058)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import NATION
from registrations.cards.selectors.backlog import CardsNeeded, RegionBacklog, kept_backlogs
from reports.coverage.selectors.coverage import answer
from reports.coverage.selectors.question import Question
from reports.coverage.selectors.row import CoverageRow


class NeedBy(models.TextChoices):
    """By which formula the need of an office is known."""

    STATUSES = "statuses", _("in the print queue, print-ready, sent to the centre")
    COVERAGE = "coverage", _("recorded and not printed, not recorded")


@dataclass(frozen=True)
class Need:
    """`to_print`: recorded and not printed; `to_record`: due and not recorded. None: not known.

    Where an office keeps statuses (`backlog`) these two only stand beside: it needs a card for whoever is in
    its print queue, print-ready or sent.
    """

    to_print: int | None = None
    to_record: int | None = None
    backlog: RegionBacklog | None = None

    @classmethod
    def of(cls, row: CoverageRow) -> Need:
        recorded, printed, left = row["recorded"], row["printed"], row["unrecorded"]
        to_print = None
        if recorded is not None and printed is not None:
            # A source may say more printed than recorded: that is nobody's card.
            to_print = max(0, recorded - printed)
        return cls(to_print, None if left is None else max(0, left))

    @property
    def statuses(self) -> CardsNeeded | None:
        return self.backlog.needed if self.backlog else None

    @property
    def by(self) -> NeedBy | None:
        if self.statuses is not None:
            return NeedBy.STATUSES
        return None if self.cards is None else NeedBy.COVERAGE

    @property
    def cards(self) -> int | None:
        if self.statuses is not None:
            return self.statuses.cards
        if self.to_print is None or self.to_record is None:
            return None
        return self.to_print + self.to_record


UNKNOWN = Need()


def needs_of(codes: Iterable[str], day: date) -> dict[str, Need]:
    return with_statuses(needs_covered(codes, day))


def with_statuses(needs: Mapping[str, Need]) -> dict[str, Need]:
    """The same, of offices that bring lists of statuses by these: the last known, one query."""
    if not needs:
        return {}
    kept = kept_backlogs(_around(sorted(needs)), Level.REGENCY)
    return {code: replace(need, backlog=kept.get(code)) for code, need in needs.items()}


def needs_covered(
    codes: Iterable[str], day: date, *, known: Region | None = None
) -> dict[str, Need]:
    """Of each office what coverage says of it on that day. The same few queries for any number; one less
    where the caller has the region around them in hand (`known`).

    A region answers on its own, whatever list it stands in (ADR 0049): one question for the region
    around them says of each the same as its own page.
    """
    wanted = sorted(set(codes))
    if not wanted:
        return {}
    around = _around(wanted)
    region = known if known and known.pk == around else Region.objects.get(pk=around)
    found = answer(Question(region, Level.REGENCY, day))
    rows = {row["region"]: row for row in (*found.rows, found.whole)}
    return {code: Need.of(rows[code]) if code in rows else UNKNOWN for code in wanted}


def _around(codes: list[str]) -> str:
    if len(codes) == 1:
        return codes[0]
    provinces = {code[:2] for code in codes}
    return provinces.pop() if len(provinces) == 1 else NATION
