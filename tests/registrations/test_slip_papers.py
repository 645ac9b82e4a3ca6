"""What a slip and a reminder say that people bring: the papers of all services, by the rule of the visit's day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.regions.models import Region
from events.planning.enums import BRING, Service
from events.planning.services.requirements import set_requirement
from events.planning.services.sessions import open_session
from registrations.booking.models.message import Message
from registrations.booking.readers import from_text
from registrations.booking.services.appointments import book
from registrations.booking.services.gateways import gateway_of
from registrations.booking.services.groups import book_group
from registrations.booking.services.messages import contact_from
from registrations.booking.services.sending import send_due
from tests.smtp import Mailbox, mail_server
from tests.world import BUKITTINGGI, World, at, make_event, make_resident, nik, today

_SERVICES = ["recording", "ikd_activation", "family_card"]


@pytest.fixture
def post(settings: Any) -> Iterator[Mailbox]:
    """A mail server that takes what is sent."""
    with mail_server() as box:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
        settings.GATEWAYS = {"email": "registrations.booking.services.gateways.Mail"}
        gateway_of.cache_clear()
        yield box
        gateway_of.cache_clear()


def asks_from(made: World, days: int, service: str, *papers: str) -> None:
    head = made["head"].actor
    with scoped(head.scope):
        set_requirement(
            by=head,
            region=Region.objects.get(pk=BUKITTINGGI),
            service=service,
            papers=list(papers),
            source="SK 9/2026",
            since=today() + timedelta(days=days),
        )


def test_slips_and_reminders_name_the_papers_of_all_services(
    made: World, client: Client, post: Mailbox
) -> None:
    """Visits today, in two days, and the day after, from which on another paper is asked for: on the evening before
    a visit its reminder has gone out.
    """
    by = made["operator"].actor
    event = make_event(made, starts_on=today(), ends_on=today() + timedelta(days=3))
    places = dict.fromkeys(_SERVICES, 9)
    visits, groups = [], []
    for n, later in enumerate((0, 2, 3)):
        with scoped(by.scope):
            day = today() + timedelta(days=later)
            values = {"event": event, "capacity": places}
            begins, ends = at(23, 0, day), at(23, 55, day)
            session = open_session(by=by, starts_at=begins, ends_at=ends, **values)
            contact = contact_from(f"warga{n}@warga.test")
            person = make_resident(made)
            visits.append(
                book(by=by, session=session, resident=person, services=_SERVICES, contact=contact)
            )
            born = today().replace(year=today().year - 30, day=1)
            number = nik(born)
            make_resident(made, nik=number, name="Siswa Contoh", birth_date=born)
            lines = from_text(f"{number.text};Siswa Contoh")
            group = {"name": f"Kelas {n}", "services": _SERVICES, "lines": lines}
            groups.append(book_group(by=by, session=session, **group).group)
    asks_from(made, 0, "recording", "Surat hari pertama", "Kartu keluarga asli")
    asks_from(made, 3, "recording", "Surat hari kedua", "Kartu keluarga asli")
    # Named by two services, said once.
    asks_from(made, 0, "family_card", "Kartu keluarga asli", "F-1.02")
    client.force_login(made["operator"].user)
    with translation.override("id"):
        shared = [*(str(paper) for paper in BRING[Service.IKD_ACTIVATION]), "F-1.02"]
    with scoped(EVERYBODY):
        Message.objects.filter(state="waiting").update(due_at=timezone.now())
    assert send_due() == 2
    names = ["Surat hari pertama", "Surat hari pertama", "Surat hari kedua"]
    for n, first in enumerate(names):
        other = next(name for name in names if name != first)
        # Nobody is reminded of a visit of today.
        told = post.texts(f"warga{n}@warga.test")
        assert len(told) == (n > 0)
        slip = client.get(f"/janji/{visits[n].pk}/").content.decode()
        slips = client.get(f"/rombongan/{groups[n].pk}/slip/").content.decode()
        for text in (*told, slip, slips):
            assert [paper for paper in (first, *shared) if paper not in text] == []
            assert text.count("Kartu keluarga asli") == 1
            assert other not in text
