"""Documents as a file: asked for by the head with a reason, masked, of the own office, with rows of the log."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.test import Client
from django.utils import translation
from python_calamine import CalamineWorkbook

from dukcapil.accounts.scoping import scoped
from events.planning.enums import BRING, Service
from registrations.documents.services.requests import ask_document, refuse_document
from registrations.oversight.models import Export
from registrations.oversight.services.exports import build_export
from tests.world import AGAM, World, looks, make_event, make_resident

_WHY = "Daftar permohonan untuk rapat"


def taken(made: World, office: str = "", **values: Any) -> Any:
    by = made["neighbour" if office else "operator"].actor
    person = make_resident(made, *([office] if office else []), name=values.pop("name"))
    asked = {"service": "family_card", "for_whom": "family", "here": []} | values
    with scoped(by.scope):
        return ask_document(by=by, resident=person, **asked)


def file_of(client: Client, query: str) -> tuple[Export, bytes]:
    answer = client.post(f"/ekspor/?{query}", {"reason": _WHY})
    assert answer.status_code == 302, answer.content
    with scoped("*"):
        export = Export.objects.latest("created_at")
    build_export(export.pk)
    return export, client.get(f"/ekspor/{export.pk}/berkas/").content


def test_documents_leave_as_a_file(made: World, client: Client) -> None:
    event = make_event(made)
    taken(made, name="Ani Contoh", event=event)
    papers = [str(paper) for paper in BRING[Service.FAMILY_CARD]]
    taken(made, name="Budi Contoh", here=papers, for_whom="self")
    gone = taken(made, name="Cici Contoh", service="other", for_whom="self")
    by = made["operator"].actor
    with scoped(by.scope):
        refuse_document(by=by, request=gone, because="withdrawn")
    taken(made, AGAM, name="Dodi Contoh")
    client.force_login(made["head"].user)
    export, content = file_of(client, "dokumen=&bentuk=csv")
    text = content.decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["Nama"] for row in rows] == ["Ani Contoh", "Budi Contoh"]
    with translation.override("id"):
        assert rows[0]["Dokumen"] == str(Service.FAMILY_CARD.label)
    assert rows[0]["NIK"].count("•") + rows[0]["NIK"].count("·") > 4
    with scoped("*"):
        export.refresh_from_db()
    assert export.rows == 2
    for query, names in (
        ("dokumen=refused", ["Cici Contoh"]),
        (f"dokumen=&event={event.pk}", ["Ani Contoh"]),
    ):
        _export, book = file_of(client, query)
        sheets = CalamineWorkbook.from_filelike(io.BytesIO(book))
        assert [row[0] for row in sheets.get_sheet_by_index(1).to_python()[1:]] == names, query
    written = looks(action="export", subject=str(export.pk))
    assert sorted((row.kind, row.reason) for row in written) == [
        *(("doc_csv asked", _WHY), ("doc_csv fetched", _WHY)),
    ]
    page = client.get("/dokumen/?state=refused").content.decode()
    assert "?dokumen=refused&amp;bentuk=csv" in page
    assert client.get("/ekspor/?dokumen=hilang").status_code == 422
    assert client.post("/ekspor/?dokumen=", {"reason": "x"}).status_code == 422
    client.force_login(made["operator"].user)
    assert client.get("/ekspor/?dokumen=").status_code == 403
    assert "?dokumen=" not in client.get("/dokumen/").content.decode()
