"""Documents on the reports of an event, a day and a period: the same on page, in the file and over the API."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import translation
from python_calamine import CalamineWorkbook

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from events.planning.enums import BRING, Service
from registrations.documents.enums import COUNTED, DocumentState, ForWhom
from registrations.documents.services.counts import set_counts
from registrations.documents.services.requests import (
    ask_document,
    hand_over,
    move_document,
    refuse_document,
)
from registrations.ledger.services.ledger import log_service
from reports.closing.selectors.closing import closing
from reports.daily.services.build import build_stale
from tests.engines import LONG
from tests.world import BUKITTINGGI, World, entry, make_event, make_resident, today

#: domain-2.md section 11: an event that closes. Without LONG about a tenth of it, no two services alike.
PULO_PANJANG = {
    service: whole if LONG else part
    for service, whole, part in (
        ("family_card", 77, 8),
        ("recording", 47, 5),
        ("card_print", 100, 10),
        ("birth_certificate", 76, 9),
        ("death_certificate", 7, 2),
        ("child_card", 3, 1),
    )
}
ALL, OF_PERSONS = (310, 147) if LONG else (35, 15)


def papers_of(service: str) -> list[str]:
    return [str(paper) for paper in BRING[Service(service)]]


def taken_in(made: World, service: str, for_whom: str, steps: int, **more: Any) -> None:
    """`steps`: 0 asked, 1 in work, 2 ready, 3 handed over; 9 refused at once; -1 papers are missing."""
    by = made["operator"].actor
    here = [] if steps == -1 else papers_of(service)
    values = {"resident": make_resident(made), "service": service, "for_whom": for_whom}
    request = ask_document(by=by, here=here, **values, **more)
    if steps == 9:
        refuse_document(by=by, request=request, because="not_entitled")
    for state in ("in_work", "ready")[: steps if 0 <= steps <= 3 else 0]:
        request = move_document(by=by, request=request, state=state)
    if steps == 3:
        hand_over(by=by, request=request, relation="self", proof="ktp")


def sheet_of(client: Client, address: str) -> list[list[Any]]:
    book = client.get(address).content
    return CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()


def asked_in(sheet: list[list[Any]]) -> dict[tuple[str, str, str], int]:
    """(service, for whom, state) -> n, out of the table of a file."""
    with translation.override("id"):
        states = [str(state.label) for state in DocumentState]
        kinds = {
            f"{service.label} · {whom.label}": (service.value, whom.value)
            for service in Service
            for whom in ForWhom
        }
    found = {}
    for row in sheet:
        if row[0] in kinds:
            cells = [int(cell) for cell in row[2 : 2 + len(states)]]
            assert int(row[1]) == sum(cells)
            for state, n in zip(DocumentState.values, cells, strict=True):
                if n:
                    found[*kinds[row[0]], state] = n
    return found


def counted_in(sheet: list[list[Any]]) -> dict[str, int]:
    with translation.override("id"):
        names = {str(label): what for what, label in COUNTED}
        title = "Dihitung tanpa nama orang"
    begins = next((n for n, row in enumerate(sheet) if row[0] == title), None)
    rows = [] if begins is None else sheet[begins + 2 :]
    found = {}
    for row in rows:
        if row[0] not in names:
            break
        found[names[row[0]]] = int(row[1])
    return found


def told(made: World, query: str, at: str = "") -> tuple[dict[Any, int], dict[str, int]]:
    """The same out of the API."""
    answer = made["operator"].get(f"documents/counts/?{query}").json
    asked: dict[Any, int] = {}
    for row in answer["asked"]:
        if at in ("", row["at"]):
            key = (row["service"], row["for_whom"], row["state"])
            asked[key] = asked.get(key, 0) + row["n"]
    counted: dict[str, int] = {}
    for row in answer["counted"]:
        if at in ("", row["at"]):
            counted[row["what"]] = counted.get(row["what"], 0) + row["n"]
    return asked, counted


def test_event_day_and_recap_say_the_same(kept: World, client: Client) -> None:
    by, day, event = kept["operator"].actor, today(), make_event(kept)
    with scoped(by.scope):
        taken_in(kept, "family_card", "family", 3, event=event)
        taken_in(kept, "family_card", "family", -1, event=event)
        taken_in(kept, "family_card", "self", 1, event=event)
        taken_in(kept, "death_certificate", "deceased", 2, event=event)
        taken_in(kept, "birth_0_17", "child", 9, event=event)
        taken_in(kept, "birth_0_17", "child", 0)
        set_counts(by=by, day=day, event=event, counts={"marriage": 5}, version="")
        set_counts(by=by, day=day, counts={"marriage": 2, "new_nik": 1}, version="")
    use_role("worker")
    build_stale()
    use_role("web")
    at_event = {
        ("family_card", "family", "handed_over"): 1,
        ("family_card", "family", "incomplete"): 1,
        ("family_card", "self", "in_work"): 1,
        ("death_certificate", "deceased", "ready"): 1,
        ("birth_0_17", "child", "refused"): 1,
    }
    of_day = {**at_event, ("birth_0_17", "child", "asked"): 1}
    client.force_login(kept["operator"].user)
    days = f"region={BUKITTINGGI}&first={day}&last={day}"
    for address, query, at, asked, counted in (
        (f"/kegiatan/{event.pk}/laporan/?", f"event={event.pk}", "", at_event, {"marriage": 5}),
        (f"/kegiatan/rekap/?first={day}&last={day}", days, "event", at_event, {"marriage": 5}),
        (f"/laporan/{BUKITTINGGI}/?date={day}", days, "", of_day, {"marriage": 7, "new_nik": 1}),
    ):
        assert told(kept, query, at) == (asked, counted), address
        file = address.replace("/?date", "/berkas/?date") + "&format=xlsx"
        sheet = sheet_of(client, file)
        assert (asked_in(sheet), counted_in(sheet)) == (asked, counted), address
        page = client.get(address).content.decode()
        with translation.override("id"):
            for service, whom, _state in asked:
                name = f"{Service(service).label} · {ForWhom(whom).label}"
                row = page.split(f'<th scope="row">{name}</th>')[1].split("</tr>")[0]
                cells = [text.split("<")[0] for text in row.split('<td class="n">')[1:]]
                states = [asked.get((service, whom, state), 0) for state in DocumentState.values]
                assert cells == [str(n) for n in (sum(states), *states)], (address, name)
    before = day - timedelta(days=1)
    assert told(kept, f"region={BUKITTINGGI}&first={before}") == ({}, {})


def test_pulo_panjang_closes_with_310_or_a_tenth(made: World, client: Client) -> None:
    """Once with everybody by name, once where the office only counts its documents."""
    by = made["operator"].actor
    by_name, counts_alone = make_event(made), make_event(made, title="Gebyar kedua")
    with scoped(by.scope):
        people = [make_resident(made) for _n in range(PULO_PANJANG["card_print"])]
        for service, n in PULO_PANJANG.items():
            for person in people[:n]:
                reason = "lost" if service == "card_print" else ""
                done = entry(person, service, event=by_name.pk, reason=reason)
                log_service(by=by, entry=done)
        for service in ("card_print",):
            for person in people[: PULO_PANJANG[service]]:
                done = entry(person, service, event=counts_alone.pk, reason="lost")
                log_service(by=by, entry=done)
        documents = [one.value for one in Service.documents()]
        counts: dict[str, int | None] = {
            service: n for service, n in PULO_PANJANG.items() if service in documents
        }
        set_counts(by=by, day=today(), event=counts_alone, counts=counts, version="")
        others = [make_resident(made) for _n in range(PULO_PANJANG["recording"])]
        for person in others:
            log_service(by=by, entry=entry(person, event=counts_alone.pk))
        with translation.override("en"):
            first, second = closing(by, by_name), closing(by, counts_alone)
            names = {str(Service(one).label): n for one, n in PULO_PANJANG.items()}
    services = next(one for one in first.sections if one.title == "Services")
    assert {row[0]: row[2] for row in services.rows if row[0] in names} == names
    assert (services.total or [])[2] == sum(PULO_PANJANG.values()) == ALL
    assert dict(first.figures)["Services done"] == ALL
    figures = dict(second.figures)
    assert figures["Services done"] == OF_PERSONS
    assert figures["Documents counted without persons"] == ALL - OF_PERSONS
    assert figures["Done and counted together"] == ALL
    client.force_login(made["operator"].user)
    page = client.get(f"/kegiatan/{by_name.pk}/laporan/").content.decode()
    assert f"<strong>{ALL}</strong>" in page
