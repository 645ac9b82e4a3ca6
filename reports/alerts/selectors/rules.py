"""By which rule a kind is told in a region."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from dukcapil.accounts.permissions import Permission, Role
from dukcapil.accounts.scoping import Actor
from dukcapil.regions.enums import today_in
from dukcapil.regions.validators import NATION, lineage
from reports.alerts.enums import KINDS, OF_THE_HOUSE, AlertKind
from reports.alerts.models import AlertRule


@dataclass(frozen=True)
class Standing:
    """What counts in a region. `rule`: the row that says so, None of what the house began with."""

    is_on: bool
    number: Decimal
    quiet: tuple[time, time] | None
    rule: AlertRule | None = None


def _begun_with(kind: str) -> Standing:
    return Standing(is_on=True, number=KINDS[kind].number, quiet=KINDS[kind].quiet)


def _of(rule: AlertRule) -> Standing:
    quiet = (rule.quiet_from, rule.quiet_until) if rule.quiet_from and rule.quiet_until else None
    return Standing(rule.is_on, rule.number, quiet, rule)


class Rules:
    """The rules of all regions, as of a moment. One query, whatever is asked of them."""

    def __init__(self, rows: Iterable[AlertRule], today: dict[str, date]) -> None:
        self._own: dict[tuple[str, str], Standing] = {}
        for rule in rows:
            if rule.valid_from <= today[rule.region_id]:
                self._own[rule.region_id, rule.kind] = _of(rule)
        self._house = {kind: _begun_with(kind) for kind in KINDS}

    def of(self, kind: str, code: str) -> Standing:
        """Of the nearest region that has one: the office, its province, the nation."""
        if self._own:
            for region in reversed(lineage(code)):
                if (found := self._own.get((region, kind))) is not None:
                    return found
        return self._house[kind]

    def told(self, kind: str, code: str, number: Decimal | float) -> bool:
        """Whether it is on there, and this many are enough."""
        standing = self.of(kind, code)
        return standing.is_on and float(number) >= float(standing.number)


def rules_at(codes: Iterable[str] | None = None) -> Rules:
    """`codes`: the regions that will be asked for; by default all."""
    rows = AlertRule.objects.select_related("region").order_by("valid_from", "pk")
    if codes is not None:
        lines = {one for code in codes for one in lineage(code)}
        rows = rows.filter(region__in=lines)
    return Rules(rows, {rule.region_id: today_in(rule.region_id) for rule in rows})


def answers_for(by: Actor, code: str) -> bool:
    """Whether this actor sets the rules of exactly this region: a head those of the own office, a province
    officer those of the own province, the administrator of the nation those of the nation.
    """
    if not by.may(Permission.ALERTS_SET) or by.region != code:
        return False
    return by.role != Role.ADMINISTRATOR or code == NATION


def kinds_of(code: str) -> list[str]:
    """Kinds that a rule of this region may be about."""
    return [kind for kind in AlertKind if code == NATION or kind not in OF_THE_HOUSE]


def history(code: str) -> QuerySet[AlertRule]:
    """All rules that count, counted or will count in a region: its own and those of regions above."""
    rows = AlertRule.objects.filter(region__in=lineage(code))
    return rows.select_related("region", "by").order_by("-at", "-pk")


def version_parts(code: str, kind: str) -> dict[str, Any]:
    """For the version of a form: the newest row of this very region."""
    rows = AlertRule.objects.filter(region=code, kind=kind).order_by("-pk")
    return {"rule": rows.values_list("pk", flat=True).first()}
