"""Burials of the demonstration: a dozen in the registers of two villages, each at another stage."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.regions.models import Region
from registrations.burials.models import Burial
from registrations.burials.services.entries import Entry
from registrations.burials.services.filing import file_burial
from registrations.burials.services.matching import match_burial
from registrations.burials.services.recording import (
    correct_burial,
    record_burial,
    void_burial,
)
from registrations.burials.services.reporting import count_books, send_report
from registrations.missing.models import RollEntry
from registrations.people.models import Resident
from reports.demo.accounts import actor

#: operator, head, who keeps the register, the village of the other office.
REGISTERS = (
    ("operator", "kepala", "juru-makam", "13.06.01.2001"),
    ("operator-agam", "kepala-agam", "juru-makam-2", "13.75.01.1001"),
)
#: Nobody whom an office holds: name, sex, age, days since the death.
STRANGERS = (
    ("Almarhum Contoh Satu", "M", 71, 4),
    ("Almarhumah Contoh Dua", "F", 66, 12),
    ("Almarhum Contoh Tiga", "M", 80, 33),
)
_WHY = "Salah tulis di buku desa (contoh)"


def make_burials() -> None:
    """Once: a register that has a line is left alone."""
    with scoped(EVERYBODY):
        if Burial.everything.exists():
            return
        for operator, head, keeper, elsewhere in REGISTERS:
            _Register(actor(operator), actor(keeper), elsewhere).fill(actor(head))


class _Register:
    """Six burials of one village."""

    def __init__(self, office: Actor, keeper: Actor, elsewhere: str) -> None:
        self.office, self.keeper, self.today = office, keeper, timezone.localdate()
        self.village = Region.objects.get(pk=keeper.region)
        self.elsewhere = Region.objects.get(pk=elsewhere)

    def fill(self, head: Actor) -> None:
        strangers = [
            self._write(name, days, sex=sex, age=age) for name, sex, age, days in STRANGERS
        ]
        missing, held = self._write_held(self._missing()), self._write_held(self._recorded())
        self._write("Almarhum Contoh Rantau", 6, sex="M", age=59, home_village=self.elsewhere)
        for one in (strangers[1], missing, held):
            match_burial(by=self.office, burial_id=one.pk)
        file_burial(by=self.office, burial_id=held.pk, filed_on=self.today)
        first, _second, third = strangers
        values = {"sex": "M", "age": 72}
        said = _said(self.today, "Almarhum Contoh Pertama", 4, **values)
        correct_burial(by=self.keeper, burial_id=first.pk, reason=_WHY, entry=said)
        void_burial(by=self.keeper, burial_id=third.pk, reason=_WHY)
        self._write("Almarhum Contoh Tiga", 33, sex="M", age=80)
        villages = Region.objects.within(self.office.region).level("village").count()
        count_books(
            by=head,
            as_of=self.today - timedelta(days=30),
            books=villages - 3,
            villages=villages,
            cemeteries=villages // 2,
            source="Surat contoh 472.12/1",
        )
        send_report(by=head, month=self.today.replace(day=1))

    def _write(self, name: str, days: int, **more: Any) -> Burial:
        said = _said(self.today, name, days, **more)
        return record_burial(by=self.keeper, village=self.village, entry=said)

    def _write_held(self, person: Resident) -> Burial:
        return self._write(person.identity.name, 8, sex=person.sex, birth_date=person.birth_date)

    def _missing(self) -> Resident:
        """The last on the list of who is missing, of whom nothing was said."""
        found = RollEntry.objects.filter(
            list__purpose="missing", list__office=self.office.region, state="open"
        )
        said = found.filter(resident__findings__isnull=True).select_related("resident__identity")
        return said.order_by("-pk")[0].resident

    def _recorded(self) -> Resident:
        """Recorded long ago."""
        recorded = Resident.objects.filter(
            office_id=self.office.region, known_recorded_on__lt=date(2020, 1, 1)
        )
        return recorded.select_related("identity").order_by("birth_date", "pk")[0]


def _said(today: date, name: str, days: int, **more: Any) -> Entry:
    died = today - timedelta(days=days)
    return Entry(
        name=name,
        died_on=died,
        buried_on=died + timedelta(days=1),
        cemetery="TPU Contoh",
        block=f"A/{days}",
        reporter="Ketua RT Contoh",
        relation="neighbour",
        **more,
    )
