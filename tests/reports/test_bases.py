"""Bases: every bad row named with what to do, nothing half done, and never by one person alone."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dukcapil.core.errors import Conflict, DomainError, Invalid, NotFound
from dukcapil.core.tables import RowErrors
from dukcapil.regions.models import Region
from reports.bases.models import BasisDecision, PopulationBasis, PopulationFigure, Target
from reports.bases.readers.figures import parse
from reports.bases.selectors.basis import components_of
from reports.bases.services.basis import BasisFacts, decide_basis, import_basis, propose_basis
from reports.bases.services.targets import set_target
from reports.bases.validators import COMPONENTS, DINAMIS_SQL, dinamis
from tests.engines import MANY
from tests.tables import read_rows
from tests.world import World, make_basis, make_caller, make_target, today

HEADER = "region_code,wajib_ktp,recorded\n"


def errors_of(content: bytes, name: str = "basis.csv") -> list[str]:
    with pytest.raises(RowErrors) as refused:
        parse(read_rows(io.BytesIO(content), name), "regency", components=False)
    return refused.value.errors


def book(*rows: list[Any]) -> bytes:
    target = io.BytesIO()
    made = xlsxwriter.Workbook(target)
    sheet = made.add_worksheet()
    for line, row in enumerate(rows):
        sheet.write_row(line, 0, row)
    made.close()
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (f"{HEADER}13.75,1.234,990\n13.06,5678,990\n", ["Baris 2, wajib_ktp: “1.234” dapat berarti 1234"]),
        (f'{HEADER}13.75,"12,5",9\n', ["Baris 2, wajib_ktp: Jumlah orang adalah bilangan bulat"]),
        (f"{HEADER}13.75,1000,99%\n", ["Baris 2, recorded: Ini persentase"]),
        (f"{HEADER}13.75,1000,990\n13.75,1000,990\n", ["Baris 3, region_code: Wilayah ini sudah ada di baris 2"]),
        (f"{HEADER}13.98,1,1\n", ["Baris 2, region_code: Tidak ada wilayah dengan kode ini"]),
        (f"{HEADER}13.75,seribu,-3\n", ["Baris 2, wajib_ktp: ", "Baris 2, recorded: Jumlah orang"]),
        (HEADER, ["Berkas tidak berisi baris"]),
        ("kode,wajib\n13.75,1\n", ["Kolom yang kurang: region_code"]),
        ("region_code,wajib_ktp,recordde\n13.75,1,1\n", ["Baris 1, judul kolom: Kolom tidak dikenal: recordde"]),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_with_what_to_do(made: World, content: str, wanted: list[str]) -> None:
    found = errors_of(content.encode())
    assert len(found) == len(wanted)
    for line, start in zip(found, wanted, strict=True):
        assert line.startswith(start) or start.rstrip(": ") in line, line


def test_a_workbook_with_numbers_for_codes_is_refused_and_one_with_text_is_read(
    made: World,
) -> None:
    head = ["region_code", "wajib_ktp", "recorded"]
    [line] = errors_of(book(head, [13.1, 10, 9]), "b.xlsx")
    assert line.startswith("Baris 2, region_code: Kode berupa bilangan di buku kerja (13.1)")
    rows = read_rows(io.BytesIO(book(head, ["13.10", 10, 9])), "b.xlsx")
    parsed = parse(rows, "regency", components=False)
    assert [(f.region_id, f.wajib, f.unrecorded) for f in parsed.figures] == [("13.10", 10, 1)]


def test_a_semicolon_file_of_an_indonesian_spreadsheet_is_read(made: World) -> None:
    rows = read_rows(io.BytesIO(b"\xef\xbb\xbfregion_code;wajib_ktp;recorded\r\n1375;10;9\r\n"))
    assert [f.region_id for f in parse(rows, "regency", components=False).figures] == ["13.75"]


def test_the_table_and_its_statements_keep_the_formula_of_the_file(made: World) -> None:
    """Each part of another size, so that a wrong sign or a part left out shows."""
    parts = dict(zip(COMPONENTS, (9_000_000, 100_000, 10_000, 1_000, 100, 10), strict=True))
    assert dinamis(parts) == 8_889_110
    basis = PopulationBasis.objects.create(
        name="Belum diputuskan",
        kind="dinamis",
        region_id="13",
        level="regency",
        wajib_as_of=today(),
        recorded_as_of=today(),
    )
    rows = PopulationFigure.objects
    made_row = rows.create(basis=basis, region_id="13.71", wajib=dinamis(parts), **parts)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {DINAMIS_SQL} FROM reports_populationfigure WHERE id = %s", [made_row.pk]
        )
        assert cursor.fetchone() == (dinamis(parts),)
    assert [(part["printed"], part["value"]) for part in components_of(made_row)] == [
        *(("", 9_000_000), ("−", 100_000), ("−", 10_000), ("−", 1_000), ("+", 100), ("+", 10)),
    ]
    with pytest.raises(IntegrityError, match="figure_dinamis"), transaction.atomic():
        rows.create(basis=basis, region_id="13.72", wajib=dinamis(parts) + 1, **parts)


def test_a_bomb_and_a_stranger_are_refused() -> None:
    with pytest.raises(Invalid):
        read_rows(io.BytesIO(b"PK\x03\x04tiada"), "b.xlsx")
    with pytest.raises(Invalid):
        read_rows(io.BytesIO(b"%PDF\x00\x00"), "b.csv")


def facts(**changes: Any) -> BasisFacts:
    values: dict[str, Any] = {
        "name": "Usulan",
        "kind": "dkb",
        "wajib_as_of": today() - timedelta(days=30),
        "level": "regency",
        "source": "Surat uji",
    }
    return BasisFacts(**{**values, **changes})


ROWS = [{"region_code": "13.75", "wajib_ktp": "2000", "recorded": "1900"}]


def percent(made: World) -> str:
    return (
        made["operator"]
        .get("coverage/?region=13.75&level=regency")
        .json["results"][0]["recorded_percent"]
    )


def test_a_proposal_counts_only_after_a_second_person(made: World) -> None:
    make_basis()
    old = PopulationBasis.objects.get()
    head, officer = made["head"].actor, made["province_officer"].actor
    proposal = propose_basis(by=head, rows=ROWS, facts=facts())
    assert percent(made) == "99.00"
    names = [row["name"] for row in made["operator"].get("bases/").json["results"]]
    assert names == ["Uji DKB"]
    answer = made["operator"].get("coverage/?region=13.75&level=regency&basis=Usulan")
    assert answer.json["type"] == "/problems/basis-unknown"
    decide_basis(by=officer, basis=proposal, verdict="approved")
    assert percent(made) == "95.00"
    again = propose_basis(
        by=head,
        rows=[{**ROWS[0], "recorded": "1800"}],
        facts=facts(name="Ralat"),
        replaces=proposal,
    )
    decide_basis(by=officer, basis=again, verdict="approved")
    assert percent(made) == "90.00"
    assert old in PopulationBasis.objects.in_force()
    assert proposal not in PopulationBasis.objects.in_force()


def test_nobody_decides_about_their_own_basis(made: World) -> None:
    officer = made["province_officer"].actor
    proposal = propose_basis(by=officer, rows=ROWS, facts=facts())
    with pytest.raises(Conflict) as refused:
        decide_basis(by=officer, basis=proposal, verdict="approved")
    assert refused.value.code == "two-people"
    # Nor past the verbs.
    with pytest.raises(Exception, match="second person"), transaction.atomic():
        BasisDecision.objects.create(
            basis=proposal, verdict="approved", decided_by_id=officer.user_id
        )
    with pytest.raises(Exception, match="nobody whose work"), transaction.atomic():
        BasisDecision.objects.bulk_create([BasisDecision(basis=proposal, verdict="approved")])
    other = make_caller("kedua", "province_officer", "13", today() - timedelta(days=9)).actor
    with pytest.raises(DomainError):
        decide_basis(by=other, basis=proposal, verdict="refused")  # says no reason
    decide_basis(by=other, basis=proposal, verdict="refused", note="Sumber tidak jelas")
    with pytest.raises(Conflict):
        decide_basis(by=other, basis=proposal, verdict="approved")
    assert not PopulationBasis.objects.in_force().exists()


def test_regions_of_others_are_nobodys_to_bring_or_decide(made: World) -> None:
    with pytest.raises(NotFound):
        propose_basis(
            by=made["head"].actor, rows=[{**ROWS[0], "region_code": "13.06"}], facts=facts()
        )
    proposal = propose_basis(by=made["head"].actor, rows=ROWS, facts=facts())
    with pytest.raises(NotFound):
        decide_basis(by=made["other_province_officer"].actor, basis=proposal, verdict="approved")


@pytest.mark.parametrize(
    "rows",
    [
        [{"region_code": "13.75", "wajib_ktp": "100", "recorded": "103"}],
        [
            {"region_code": "13.75", "wajib_ktp": "100", "recorded": "90"},
            {"region_code": "13.75.01", "wajib_ktp": "50", "recorded": "40"},
            {"region_code": "13.75.02", "wajib_ktp": "30", "recorded": "20"},
            {"region_code": "13.75.03", "wajib_ktp": "30", "recorded": "20"},
        ],
    ],
    ids=["above-wajib", "sum-of-parts"],
)
def test_the_unusual_needs_a_note_that_is_then_shown(made: World, rows: list[Any]) -> None:
    head = made["head"].actor
    with pytest.raises(Invalid) as refused:
        propose_basis(by=head, rows=rows, facts=facts(level="district"))
    assert refused.value.field == "note"
    note = "Sesuai surat Ditjen, selisih ada di sumber."
    proposal = propose_basis(by=head, rows=rows, facts=facts(level="district", note=note))
    decide_basis(by=made["province_officer"].actor, basis=proposal, verdict="approved")
    answer = made["operator"].get("coverage/?region=13.75&level=regency").json
    assert answer["notes"] == [note]
    client = Client()
    client.force_login(made["operator"].user)
    assert note in client.get("/cakupan/13.75/", follow=True).content.decode()


def test_a_proposal_is_seen_where_it_is_worked_on_and_by_no_program(made: World) -> None:
    proposal = propose_basis(by=made["head"].actor, rows=ROWS, facts=facts())
    path = f"/dasar/{proposal.pk}/"
    for who, status in (("head", 200), ("province_officer", 200), ("operator", 404)):
        client = Client()
        client.force_login(made[who].user)
        assert client.get(path).status_code == status, who
        assert ("Usulan" in client.get("/dasar/").content.decode()) == (status == 200), who
        assert made[who].get("bases/").json["results"] == []
        assert made[who].get(f"bases/{proposal.pk}/figures/").status == 404
    other = Client()
    other.force_login(made["other_province_officer"].user)
    assert other.get(path).status_code == 404
    decide_basis(by=made["province_officer"].actor, basis=proposal, verdict="approved")
    client = Client()
    client.force_login(made["operator"].user)
    assert client.get(path).status_code == 200


# --- pages ----------------------------------------------------------------------------------------


def browser(made: World, name: str) -> Client:
    client = Client()
    client.force_login(made[name].user)
    return client


def upload(client: Client, content: bytes, **changes: Any) -> Any:
    values = {
        "name": "Dari halaman",
        "kind": "dkb",
        "level": "regency",
        "wajib_as_of": str(today() - timedelta(days=20)),
        "source": "Surat uji",
        "file": SimpleUploadedFile("basis.csv", content),
    }
    return client.post("/dasar/baru/", {**values, **changes})


def test_a_file_is_previewed_sent_and_approved_on_pages(made: World) -> None:
    make_basis()
    old = PopulationBasis.objects.get()
    client = browser(made, "province_officer")
    file = f"{HEADER}13.75,2000,1900\n13.06,3000,2810\n13.01,50,40\n".encode()
    answer = upload(client, file, replaces=old.pk)
    assert answer.status_code == 302
    preview = client.get(answer["Location"])
    text = re.sub(r"\s+", " ", preview.content.decode())
    counts = re.findall(r"<dt>(\S[^<]*)</dt><dd><strong>(\d+)</strong>", text)
    assert dict(counts) == {"Baru": "1", "Berubah": "1", "Hilang dari berkas": "1", "Sama": "1"}
    assert PopulationBasis.objects.count() == 1
    for unseen in ({}, {"content": ""}):
        assert client.post(answer["Location"], {"note": "", **unseen}).status_code in (409, 422)
    assert PopulationBasis.objects.count() == 1
    [shown] = re.findall(r'name="content" value="(\w+)"', preview.content.decode())
    saved = client.post(answer["Location"], {"note": "", "content": shown}, follow=True)
    assert "menunggu persetujuan" in saved.content.decode()
    proposal = PopulationBasis.objects.get(name="Dari halaman")
    assert client.post(f"/dasar/{proposal.pk}/", {"do": "approve"}, follow=True).status_code == 200
    assert not hasattr(PopulationBasis.objects.get(pk=proposal.pk), "decision")
    second = make_caller("kedua", "province_officer", "13", today() - timedelta(days=9))
    made["second"] = second
    browser(made, "second").post(f"/dasar/{proposal.pk}/", {"do": "approve"})
    assert list(PopulationBasis.objects.in_force()) == [proposal]
    # The preview is used up.
    assert client.get(answer["Location"]).status_code == 302


def test_what_cannot_be_is_remarked_before_and_at_the_decision(made: World) -> None:
    make_basis()
    old = PopulationBasis.objects.get()
    client = browser(made, "province_officer")
    before = dict(old.figures.values_list("region_id", "wajib"))["13.75"]
    file = f"{HEADER}13.75,{before * 2},{before * 2 + 9}\n".encode()
    preview = client.get(upload(client, file, replaces=old.pk)["Location"])
    [shown] = re.findall(r'name="content" value="(\w+)"', preview.content.decode())
    client.post(preview.request["PATH_INFO"], {"note": "Uji", "content": shown}, follow=True)
    page = client.get(f"/dasar/{PopulationBasis.objects.latest('pk').pk}/")
    for shown in (preview, page):
        text = shown.content.decode()
        assert "1 wilayah bercatatan" in text
        assert "di atas 100 %" in text
        assert "Wajib KTP berubah +100 %" in text
        assert "Wajib KTP saat ini" in text
    bare = upload(client, f"region,wajib_ktp\n13.75,{before}\n".encode(), name="Tanpa rekam")
    text = client.get(bare["Location"]).content.decode()
    assert "tidak memuat jumlah yang merekam" in text
    assert "bercatatan" not in text


def test_bad_rows_are_shown_at_the_file_and_what_was_typed_stays(made: World) -> None:
    answer = upload(browser(made, "head"), f'{HEADER}13.75,"1,5",990\n13.06,1,1\n'.encode())
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Baris 2, kolom B (wajib_ktp): Jumlah orang adalah bilangan bulat" in text
    assert 'value="Dari halaman"' in text
    outside = upload(browser(made, "head"), f"{HEADER}13.06,10,9\n".encode())
    assert "di luar wilayah Anda" in outside.content.decode()
    assert not PopulationBasis.objects.exists()


@pytest.mark.parametrize("path", ["/dasar/", "/target/", "/rilis/"])
def test_lists_cost_the_same_with_one_and_many_rows(made: World, path: str) -> None:
    client = browser(made, "province_officer")
    counts = []
    for rows in (1, MANY):
        for number in range(rows):
            make_basis(name=f"Dasar {rows} {number}")
            make_target(indicator="ikd", region_id="13", year=2030, percent="10", source="Uji")
        client.get(path)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


# --- targets --------------------------------------------------------------------------------------


def test_the_newest_target_counts_and_a_withdrawn_one_gives_way(made: World) -> None:
    make_basis()
    officer = made["province_officer"].actor

    def target() -> str | None:
        return (
            made["operator"]
            .get("coverage/?region=13.75&level=regency")
            .json["results"][0]["target_percent"]
        )

    year = today().year
    make_target(year=2011)
    assert target() == "99.40"
    region = Region.objects.get(pk="13")
    given: dict[str, Any] = {"by": officer, "indicator": "recording", "region": region}
    set_target(**given, year=year, percent=Decimal("99.00"), source="SE Gubernur")
    set_target(**given, year=year, percent=Decimal("99.50"), source="SE Gubernur, ralat")
    assert target() == "99.50"
    set_target(**given, year=year, percent=None)
    assert target() == "99.40"
    with pytest.raises(Invalid):
        set_target(**given, year=year, percent=Decimal("99.00"))  # without a source
    with pytest.raises(NotFound):
        set_target(**{**given, "region": Region.objects.get(pk="14")}, year=year, percent=None)
    with pytest.raises(Exception, match=r"never changed|permission denied"), transaction.atomic():
        Target.objects.update(percent="1")


def test_the_command_still_imports_at_once(made: World) -> None:
    done = import_basis(
        rows=ROWS, name="Operator", kind="dkb", wajib_as_of=date(2024, 1, 1), level="regency"
    )
    assert PopulationBasis.objects.in_force().get() == done.basis
