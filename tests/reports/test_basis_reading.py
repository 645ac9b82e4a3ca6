"""Bases in any dress: shuffled, renamed, in other encodings, or as our own file of coverage."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dukcapil.core.errors import DomainError
from dukcapil.core.lists.grid import Grid, GridRow, read_file
from dukcapil.core.lists.layout import WhichColumns
from dukcapil.core.tables import RowErrors
from dukcapil.regions.models import Region
from reports.bases.models import PopulationBasis
from reports.bases.readers.figures import LIMITS, Parsed, parse
from reports.bases.readers.names import is_name_of, total_of
from reports.bases.readers.numbers import read_column
from reports.bases.readers.sheets import read_table
from reports.bases.services.basis import decide_basis
from tests.reports.test_bases import browser, upload
from tests.world import World, make_basis, make_resident, record, today


def grid(rows: list[list[Any]]) -> Grid:
    return Grid("", [], [GridRow(number, row) for number, row in enumerate(rows, start=1)])


def read(rows: list[list[Any]], level: str = "regency", region: str = "13", **more: Any) -> Parsed:
    return parse(read_table(grid(rows)), level, components=False, region=region, **more)


def figures(parsed: Parsed) -> dict[str, tuple[int | None, int | None]]:
    return {one.region_id: (one.wajib, one.recorded) for one in parsed.figures}


# --- numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (["1.234", "987"], [1234, 987]),
        (["1,234", "12,345"], [1234, 12345]),
        (["1.234.567", "12345"], [1234567, 12345]),
        (["1.234.567", "12345", "1.234"], [1234567, 12345, 1234]),
        (["1.234,00", "5.000"], [1234, 5000]),
        (["1 234", "1\u00a0234 jiwa", "'987"], [1234, 1234, 987]),
        ([1234.0, "987", "-", "", "–", "n/a"], [1234, 987, None, None, None, None]),
        (["12,0", "7.00"], [12, 7]),
    ],
)
def test_a_column_decides_what_its_signs_mean(cells: list[Any], wanted: list[int | None]) -> None:
    column = read_column(enumerate(cells))
    assert column.errors == []
    assert [column.values[row] for row in range(len(cells))] == wanted


@pytest.mark.parametrize(
    ("cells", "bad", "word"),
    [
        (["1.234", "5678"], [0], "5678"),
        (["1.234", 5678.0], [0], "5678"),
        (["1.234", "1,234"], [0, 1], "1234"),
        (["1.234", "7.5"], [0, 1], "1234"),
        (["12,5"], [0], "12,5"),
        ([1.234], [0], "1234"),
        (["0.123"], [0], "0.123"),
        (["98,6%"], [0], "%"),
        (["-3"], [0], ""),
        ([-3.0], [0], ""),
        (["#REF!"], [0], "#REF!"),
        (["1,2E+05"], [0], "1,2E+05"),
        (["seribu"], [0], "seribu"),
        (["9" * 20], [0], ""),
        ([True], [0], ""),
    ],
)
def test_what_a_column_does_not_decide_is_refused(
    cells: list[Any], bad: list[int], word: str
) -> None:
    column = read_column(enumerate(cells))
    assert [row for row, _text in column.errors] == bad
    assert word in column.errors[0][1] or word == "%"


# --- names ----------------------------------------------------------------------------------------


def test_every_name_of_the_nation_is_found_as_offices_write_it(made: World) -> None:
    """In the dress of rekap tables; what two regions share is refused, never given to one of them."""
    regencies = list(Region.objects.level("regency").order_by("code"))
    dresses = [
        lambda name: name,
        str.upper,
        lambda name: name.replace("Kabupaten", "KAB."),
        lambda name: f"12. {name}",
        lambda name: name.replace(" ", ""),
    ]
    for dress in dresses[:4]:
        rows = [["Nama Kabupaten/Kota", "Wajib KTP"]]
        rows += [[dress(region.name), 1000 + n] for n, region in enumerate(regencies)]
        wanted = {region.pk: 1000 + n for n, region in enumerate(regencies)}
        parsed = read(rows, region="00")
        assert {one.region_id: one.wajib for one in parsed.figures} == wanted
    bare = [["Kabupaten/Kota", "Wajib KTP"]]
    bare += [[region.name.split(" ", 1)[1], 1] for region in regencies]
    with pytest.raises(RowErrors) as refused:
        read(bare, region="00")
    assert any("Kabupaten Solok (13.02), Kota Solok (13.72)" in one for one in refused.value.errors)
    shared = {region.name.split(" ", 1)[1] for region in regencies}
    assert len(shared) < len(regencies)


@pytest.mark.parametrize(
    ("written", "code", "name", "same"),
    [
        ("KAB. SOLOK", "13.02", "Kabupaten Solok", True),
        ("Kota Solok", "13.02", "Kabupaten Solok", False),
        ("Solok", "13.02", "Kabupaten Solok", True),
        ("Kota Baru", "63.02", "Kabupaten Kotabaru", True),
        ("Kota Adm. Jakarta Pusat", "31.71", "Kota Administrasi Jakarta Pusat", True),
        ("DKI Jakarta", "31", "Daerah Khusus Ibukota Jakarta", True),
        ("Prov. D.I. Yogyakarta", "34", "Daerah Istimewa Yogyakarta", True),
        ("Sumatra Barat", "13", "Sumatera Barat", True),
        ("Kep. Mentawai", "13.09", "Kabupaten Kepulauan Mentawai", True),
        ("Kec. Guguak Panjang", "13.75.01", "Guguak Panjang", True),
        ("Kel. Ma\u2019ruf", "13.75.01.1001", "Ma'ruf", True),
    ],
)
def test_names_are_compared_as_people_write_them(
    written: str, code: str, name: str, same: bool
) -> None:
    assert is_name_of(written, code, name) == same


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("JUMLAH", ""),
        ("Jumlah Total", ""),
        ("TOTAL :", ""),
        ("Jumlah / Total", ""),
        ("Sub Total", ""),
        ("Jumlah Kab. Agam", "Kab. Agam"),
        ("Jumlahan", None),
        ("Totikum", None),
        ("Kab. Agam", None),
    ],
)
def test_a_row_of_sums_is_known(text: str, rest: str | None) -> None:
    assert total_of(text) == rest


_COLUMNS = ["Nama Kabupaten/Kota", "Wajib KTP", "Sudah Rekam"]
_TWO = [["Kabupaten Agam", 300, 280], ["Kota Bukittinggi", 100, 90]]


def test_a_rest_belongs_to_no_region(made: World) -> None:
    for text in ("Tidak terinci", "LAINNYA", "Tidak diketahui", "Lain-lain"):
        right = read([_COLUMNS, *_TWO, [text, 10, 5], ["Jumlah", 410, 375]])
        assert figures(right) == {"13.06": (300, 280), "13.75": (100, 90)}
        assert any("bukan wilayah" in said for said in right.said)
        assert right.warnings == []
    wrong = read([_COLUMNS, *_TWO, ["Tidak terinci", 11, 5], ["Jumlah", 410, 375]])
    assert any("selisih Jumlah" in text for text in wrong.warnings)
    with pytest.raises(RowErrors) as refused:
        read([_COLUMNS, *_TWO, ["Tidak terinci", 10, 5]])
    assert "tambahkan baris Jumlah" in refused.value.errors[0]


# --- a clean list in any dress --------------------------------------------------------------------

_CODES = ["13.75", "13.06", "13.02", "13.72", "13.10"]
_HEADERS = {
    "code": ["Kode Wilayah", "KODE", "kode_kabupaten_kota", "Kode Kemendagri", "region"],
    "name": ["Nama Kabupaten/Kota", "KAB/KOTA", "Wilayah", "nama_kabupaten_kota", "Daerah"],
    "wajib": ["Wajib KTP", "WAJIB KTP-EL", "Jumlah Wajib KTP", "WKTP", "wajib_ktp"],
    "recorded": ["Sudah Rekam", "PEREKAMAN", "Telah Rekam KTP-el", "Jumlah Perekaman", "recorded"],
    "rank": ["Peringkat", "%", "Keterangan", "Capaian", "No"],
}
_SIGNS = {
    "plain": str,
    "dots": lambda n: f"{n:,}".replace(",", "."),
    "commas": lambda n: f"{n:,}",
    "blanks": lambda n: f"{n:,}".replace(",", " "),
}


@st.composite
def dressed(draw: st.DrawFn) -> tuple[bytes, dict[str, tuple[int, int]]]:
    codes = draw(st.lists(st.sampled_from(_CODES), min_size=2, max_size=5, unique=True))
    wanted = {}
    for code in codes:
        wajib = draw(st.integers(1, 9_999_999))
        wanted[code] = wajib, draw(st.integers(0, wajib))
    with_code, with_name = draw(
        st.sampled_from([(True, True), (True, False), (False, True)]), label="what names a row"
    )
    kinds = [kind for kind, has in (("code", with_code), ("name", with_name)) if has]
    kinds = draw(st.permutations([*kinds, "wajib", "recorded", "rank"]))
    shape = _SIGNS[draw(st.sampled_from(sorted(_SIGNS)))]
    header = [draw(st.sampled_from(_HEADERS[kind])) for kind in kinds]
    rows = [header]
    for number, code in enumerate(codes, start=1):
        cells = {
            "code": code if draw(st.booleans()) else code.replace(".", ""),
            "name": _written(code, draw(st.integers(0, 2))),
            "wajib": shape(wanted[code][0]),
            "recorded": shape(wanted[code][1]),
            "rank": str(number),
        }
        rows.append([cells[kind] for kind in kinds])
    titles = draw(st.integers(0, 2))
    target = io.StringIO()
    sign = draw(st.sampled_from([",", ";", "\t"]))
    writer = csv.writer(
        target, delimiter=sign, lineterminator=draw(st.sampled_from(["\n", "\r\n"]))
    )
    writer.writerows([["REKAPITULASI"], ["PROVINSI SUMATERA BARAT"]][:titles])
    writer.writerows(rows)
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]))
    return target.getvalue().encode(encoding), wanted


_NAMES = {
    "13.75": "Kota Bukittinggi",
    "13.06": "Kabupaten Agam",
    "13.02": "Kabupaten Solok",
    "13.72": "Kota Solok",
    "13.10": "Kabupaten Dharmasraya",
}


def _written(code: str, form: int) -> str:
    name = _NAMES[code]
    return (name, name.upper(), name.replace("Kabupaten", "Kab."))[form]


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(case=dressed())
def test_any_dress_gives_the_clean_reading_or_is_asked_about(
    made: World, case: tuple[bytes, dict[str, tuple[int, int]]]
) -> None:
    content, wanted = case
    try:
        table = read_table(read_file(io.BytesIO(content), "a.csv", LIMITS))
        found = figures(parse(table, "regency", components=False, region="13"))
    except (RowErrors, WhichColumns) as error:
        refusal = str(error.message)
    else:
        refusal = ""
        assert found == wanted
    # `1.234` beside `12345`, as a program makes of a column, is two numbers to two people.
    assert not refusal or "dapat berarti" in refusal


# --- pages ----------------------------------------------------------------------------------------


def test_our_own_file_of_coverage_is_a_basis(made: World) -> None:
    make_basis()
    officer = made["province_officer"]
    answer = officer.get("coverage/?region=13&level=regency&format=csv")
    shown = list(csv.DictReader(io.StringIO(answer.content.decode())))
    client = browser(made, "province_officer")
    done = upload(client, answer.content, name="Dari berkas cakupan")
    assert done.status_code == 302, done.content.decode()
    preview = client.get(done["Location"])
    [content] = re.findall(r'name="content" value="(\w+)"', preview.content.decode())
    client.post(done["Location"], {"content": content, "note": ""})
    basis = PopulationBasis.objects.get(name="Dari berkas cakupan")
    known = [row for row in shown if row["wajib_ktp"]]
    assert known
    stored = basis.figures.values_list("region_id", "wajib", "recorded")
    assert set(stored) == {
        (row["region"], int(row["wajib_ktp"]), int(row["recorded"])) for row in known
    }


def percents(client: Client, address: str) -> dict[str, tuple[str, str]]:
    """region -> percentage today, and with the basis, as the page shows them."""
    page = client.get(address)
    assert page.status_code == 200
    return {row["figure"].region_id: (row["before"], row["after"]) for row in page.context["rows"]}


@pytest.mark.contexts
def test_the_preview_shows_what_the_answer_will_be(made: World) -> None:
    """Before and after, with what was logged since, on the preview, at the approval, and then."""
    make_basis()
    record(made, make_resident(made))
    client = browser(made, "province_officer")
    file = b"Kode Wilayah;Nama Kabupaten/Kota;Wajib KTP;Sudah Rekam\r\n1375;KOTA BUKITTINGGI;2.000;1.899\r\n"
    done = upload(client, file, wajib_as_of=str(today() - timedelta(days=2)))

    def answer() -> str:
        row = made["operator"].get("coverage/?region=13.75&level=regency").json["results"][0]
        return str(row["recorded_percent"])

    before = answer()
    assert percents(client, done["Location"]) == {"13.75": (before, "95.00")}
    [content] = re.findall(
        r'name="content" value="(\w+)"', client.get(done["Location"]).content.decode()
    )
    client.post(done["Location"], {"content": content, "note": ""})
    basis = PopulationBasis.objects.get(name="Dari halaman")
    assert percents(client, f"/dasar/{basis.pk}/") == {"13.75": (before, "95.00")}
    assert answer() == before
    decide_basis(by=made["administrator"].actor, basis=basis, verdict="approved")
    assert answer() == "95.00"


@pytest.mark.contexts
def test_the_preview_costs_the_same_with_two_and_ninety_rows(made: World) -> None:
    make_basis()
    client = browser(made, "province_officer")
    codes = list(Region.objects.within("13").level("district").values_list("code", flat=True)[:90])
    counts = []
    for number in (2, 90):
        lines = "".join(f"{code},100,90\n" for code in codes[:number])
        file = f"region_code,wajib_ktp,recorded\n13,99999,90000\n{lines}".encode()
        address = upload(client, file, level="district", name=f"Uji {number}")["Location"]
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            page = client.get(address)
        assert len(page.context["rows"]) == number + 1
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
@pytest.mark.parametrize("more", ["", "&dinamis=1"])
def test_the_empty_list_is_read_back_when_it_is_filled(made: World, ending: str, more: str) -> None:
    client = browser(made, "head")
    answer = client.get(f"/dasar/contoh/?level=village&format={ending}{more}")
    assert answer.status_code == 200
    cells = read_file(io.BytesIO(answer.content), f"a.{ending}", LIMITS)
    head, *rows = [row.cells for row in cells.rows]
    assert head[:3] == ["Kode Wilayah", "Nama Kecamatan", "Nama Desa/Kelurahan"]
    assert [row[0] for row in rows] == sorted(
        Region.objects.within("13.75").level("village").values_list("code", flat=True)
    )
    numbers = ["1.000", "0", "0", "0", "0", "0", "990"] if more else ["5", "1.000", "990"]
    filled = grid([head, *([*row[:3], *numbers] for row in rows)])
    parsed = parse(read_table(filled), "village", components=bool(more), region="13.75")
    assert {(one.wajib, one.recorded) for one in parsed.figures} == {(1000, 990)}
    assert len(parsed.figures) == len(rows)
    with pytest.raises(RowErrors):  # with nothing filled in there is nothing to store
        parse(read_table(cells), "village", components=False, region="13.75")
    assert client.get("/dasar/contoh/?level=province").status_code == 422


def test_a_preview_is_its_owners_and_ends(made: World) -> None:
    client = browser(made, "head")
    address = upload(client, b"region_code,wajib_ktp,recorded\n13.75,10,9\n")["Location"]
    assert client.get(address).status_code == 200
    assert browser(made, "province_officer").get(address).status_code == 302
    # A choice that cannot be made leaves the preview as it was.
    client.post(address, {"do": "columns", "column-A": "tiada"})
    assert client.get(address).status_code == 200


_HEAD = ["Kode Wilayah", "Nama", "Wajib KTP"]
_ABOVE = ["Kode Wilayah", "Kabupaten", "Kecamatan", "Wajib KTP"]


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ([_HEAD, ["13.75", "Kota Padang", 1]], "13.75 adalah Kota Bukittinggi"),
        ([_HEAD, ["", "", 5], ["13.75", "", 1]], "tidak menyebut wilayah"),
        ([_HEAD, ["13.75", "", 1], ["1375", "", 1]], "sudah ada di baris 2"),
        ([_ABOVE, ["13.75.01", "Agam", "Guguak Panjang", 1]], "terletak di"),
        ([["Kode Kabupaten/Kota", "Wajib KTP"], ["75", 1]], "bukan kode tingkat kolomnya"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused(
    made: World, rows: list[list[Any]], word: str
) -> None:
    with pytest.raises(DomainError) as refused:
        read(rows, level="district")
    assert word in str(refused.value.message)


def test_codes_and_names_of_two_levels_stand_beside_each_other(made: World) -> None:
    """The regency's code beside districts' names, or a district's code beside the regency's name."""
    wanted = {"13.75.01": (10, None), "13.75.02": (20, None)}
    head = ["Kode Wilayah", "Kecamatan", "Wajib KTP"]
    by_regency = [head, ["13.75", "Guguak Panjang", 10], ["13.75", "Mandiangin Koto Selayan", 20]]
    assert figures(read(by_regency, "district")) == wanted
    head = ["Kode Wilayah", "Kabupaten/Kota", "Wajib KTP"]
    by_district = [head, ["137501", "Kota Bukittinggi", 10], ["137502", "Bukittinggi", 20]]
    assert figures(read(by_district, "district")) == wanted
    with pytest.raises(RowErrors):
        read([head, ["137501", "Agam", 10]], "district")


def test_codes_of_seven_digits_are_of_another_office(made: World) -> None:
    rows = [["Kode", "Kecamatan", "Wajib KTP"], ["1375010", "Guguak Panjang", 10]]
    with pytest.raises(RowErrors) as refused:
        read(rows, "district")
    assert refused.value.code == "other-codes"
    assert figures(read(rows, "district", by_name=True)) == {"13.75.01": (10, None)}


def test_a_column_of_names_that_was_sorted_alone_is_no_other_numbering(made: World) -> None:
    """Codes of Kemendagri beside names in the order of the alphabet: nobody may match by name."""
    names = sorted(
        Region.objects.within("13")
        .level("regency")
        .filter(code__lt="13.70")
        .values_list("name", flat=True)
    )
    rows = [["Kode", "Nama", "Wajib KTP"]]
    rows += [[f"13{n:02}", name, n] for n, name in enumerate(names, start=1)]
    with pytest.raises(RowErrors) as refused:
        read(rows)
    assert refused.value.code == "rows"
