"""Lists of people as files: what each kind holds, asked for on its page, refused for anybody else's."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from dukcapil.accounts.scoping import scoped
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.planning.models.session import ServiceSession
from events.stock.services.counting import count
from events.stock.services.destroying import destroy
from events.stock.validators import Minutes
from registrations.booking.services.appointments import book
from registrations.booking.services.waiting import wait
from registrations.ledger.services.ledger import log_service
from registrations.lifecycle.services.events import close_event
from registrations.oversight.models import Export
from registrations.oversight.services.exports import build_export
from tests.world import (
    CLOSING,
    WIB,
    World,
    entry,
    make_event,
    make_resident,
    make_session,
    today,
)


@pytest.fixture
def session(made: World) -> ServiceSession:
    """One booked, one waiting."""
    found = make_session(made, make_event(made), {"recording": 1})
    by = made["operator"].actor
    ani, budi = (make_resident(made, name=name) for name in ("Ani", "Budi"))
    with scoped(by.scope):
        book(by=by, session=found, resident=ani, services=["recording"])
        wait(by=by, session=found, resident=budi, services=["recording"])
    return found


def taken_out(client: Client, query: str, sheet: int = 1) -> list[list[Any]]:
    """Asked for on the page, made by the job, fetched: the rows below the cover's header."""
    answer = client.post(f"/ekspor/{query}", {"reason": "Daftar untuk sekolah"})
    assert answer.status_code == 302, answer.content
    with scoped("*"):
        export = Export.objects.latest("created_at")
    build_export(export.pk)
    file = client.get(f"/ekspor/{export.pk}/berkas/")
    assert file.status_code == 200
    made_at = f"{export.created_at.astimezone(WIB):%Y%m%d-%H%M}"
    assert made_at in file["Content-Disposition"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(file.content))
    return book.get_sheet_by_index(sheet).to_python()


def named(rows: list[list[Any]], *names: str) -> list[str]:
    return [name for name in names if any(name in row for row in rows)]


def test_each_list_has_its_people_and_no_other(
    made: World, session: ServiceSession, browser: Callable[[str], Client]
) -> None:
    client, head = browser("head"), made["head"].actor
    assert named(taken_out(client, f"?session={session.pk}"), "Ani", "Budi") == ["Ani"]
    waiting = taken_out(client, f"?session={session.pk}&list=waiting")
    assert named(waiting, "Ani", "Budi") == ["Budi"]
    early = client.post(f"/ekspor/?event={session.event_id}", {"reason": "Terlalu dini ditanya"})
    assert early.status_code == 422
    assert "ditutup" in early.content.decode()
    with scoped(head.scope):
        close_event(by=head, event=session.event, confirm=CLOSING)
    missing = taken_out(client, f"?event={session.event_id}")
    assert named(missing, "Ani", "Budi") == ["Ani", "Budi"]
    assert named(missing, "Tidak hadir") == ["Tidak hadir"]
    with scoped("*"):
        export = Export.objects.latest("created_at")
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(client.get(f"/ekspor/{export.pk}/berkas/").content)
    )
    about = book.get_sheet_by_index(0).to_python()
    assert session.event.title in str(about)
    assert ["Baris", 2.0] in about  # a number, not its text


def test_the_pages_lead_to_their_lists(
    made: World, session: ServiceSession, browser: Callable[[str], Client]
) -> None:
    with scoped(made["head"].actor.scope):
        close_event(by=made["head"].actor, event=session.event, confirm=CLOSING)
    for path, link in (
        (f"/sesi/{session.pk}/tunggu/", f"?session={session.pk}&amp;list=waiting"),
        (f"/kegiatan/{session.event_id}/susulan/", f"?event={session.event_id}"),
    ):
        assert link in browser("head").get(path).content.decode()
        # An operator takes no list out.
        assert link not in browser("operator").get(path).content.decode()


def test_nobody_takes_out_the_list_of_another_office(
    made: World, session: ServiceSession, browser: Callable[[str], Client]
) -> None:
    for query in (f"?session={session.pk}&list=waiting", f"?event={session.event_id}"):
        answer = browser("neighbour_head").post(
            f"/ekspor/{query}", {"reason": "Ingin tahu isi daftar"}
        )
        assert answer.status_code == 404
    with scoped("*"):
        assert not Export.objects.exists()


@pytest.mark.parametrize(
    ("kind", "of", "ok"),
    [
        ("residents", "", True),
        ("queue", "session", True),
        ("waiting", "session", True),
        ("missing", "event", True),
        ("residents", "session", False),
        ("residents", "event", False),
        ("waiting", "event", False),
        ("missing", "session", False),
        ("missing", "", False),
        ("queue", "", False),
    ],
)
def test_a_list_names_what_it_is_of_and_nothing_else(
    made: World, session: ServiceSession, kind: str, of: str, ok: bool
) -> None:
    values = {"session": session, "event": session.event}
    posting = made["head"].actor.posting_id
    row = (
        Export(
            office_id="13.75",
            posting_id=posting,
            kind=kind,
            reason="uji aturan basis data",
            **{of: values[of]},
        )
        if of
        else Export(
            office_id="13.75", posting_id=posting, kind=kind, reason="uji aturan basis data"
        )
    )
    with scoped(made["head"].actor.scope):
        if ok:
            row.save()
        else:
            with pytest.raises(IntegrityError, match="export_"), transaction.atomic():
                row.save()


def test_the_annex_of_a_destruction_names_whose_cards_were_spoiled_since_the_one_before(
    made: World, browser: Callable[[str], Client]
) -> None:
    by, now = made["operator"].actor, timezone.now()
    team = [{"name": "Rina", "function": "Pengurus barang"}]
    start = {"account": "office:13.75", "item": "card", "physical": 50, "team": team}
    with scoped(by.scope):
        count(by=by, count_id=uuid7(), counted_at=now - timedelta(hours=3), **start)

    def spoiled(name: str) -> None:
        said = {"reason": "device", "card_used": "spoiled:encode"}
        one = entry(make_resident(made, name=name), "card_print", outcome="failed", **said)
        with scoped(by.scope):
            log_service(by=by, entry=one)

    def destroyed(number: str) -> uuid.UUID:
        with scoped(by.scope):
            [moved] = destroy(
                by=by,
                office=Region.objects.get(pk="13.75"),
                item="card",
                quantities={"spoiled:13.75:encode": 1},
                minutes=Minutes(number, today()),
                occurred_at=timezone.now(),
                witnesses=[
                    {"name": "Budi", "function": "Auditor", "office": "Inspektorat"},
                    {"name": "Sari", "function": "Kasi", "office": "Satpol PP"},
                ],
            )
        return moved.pk

    spoiled("Ani")
    first = destroyed("BA/1")
    spoiled("Budi")
    second = destroyed("BA/2")
    spoiled("Citra")
    head = browser("head")
    for movement, whose in ((first, ["Ani"]), (second, ["Budi"])):
        rows = taken_out(head, f"?musnah={movement}")
        assert named(rows, "Ani", "Budi", "Citra") == whose
    ask = {"reason": "Daftar untuk lampiran"}
    assert browser("neighbour_head").post(f"/ekspor/?musnah={first}", ask).status_code == 404
    assert browser("operator").post(f"/ekspor/?musnah={first}", ask).status_code == 403
    assert head.post(f"/ekspor/?musnah={uuid7()}", ask).status_code == 404
