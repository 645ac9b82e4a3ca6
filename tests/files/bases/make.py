"""Makes the files beside it anew: ``python -m tests.files.bases.make``. See README.md."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import xlsxwriter

from tests import biff

HERE = Path(__file__).parent
DATA = Path("reports/data")

Rows = list[list[Any]]

#: Kemendagri's names in the order in which BPS numbers the regencies of West Sumatra.
BPS = [
    *("Kepulauan Mentawai", "Pesisir Selatan", "Solok", "Sijunjung", "Tanah Datar"),
    *("Padang Pariaman", "Agam", "Lima Puluh Kota", "Pasaman", "Solok Selatan"),
    *("Dharmasraya", "Pasaman Barat"),
]
CITIES = [
    "Padang",
    "Solok",
    "Sawahlunto",
    "Padang Panjang",
    "Bukittinggi",
    "Payakumbuh",
    "Pariaman",
]


def lampung(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def book(sheets: dict[str, Rows], hidden: tuple[str, ...] = ()) -> bytes:
    target = io.BytesIO()
    made = xlsxwriter.Workbook(target, {"in_memory": True})
    for name, rows in sheets.items():
        sheet = made.add_worksheet(name)
        for line, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str) and cell.startswith("#"):
                    sheet.write_formula(line, column, "=B2", None, cell)
                elif cell != "":
                    sheet.write(line, column, cell)
        if name in hidden:
            sheet.hide()
    made.close()
    return target.getvalue()


def ods(rows: Rows) -> bytes:
    """The least that LibreOffice opens."""
    lines = "".join(
        "<table:table-row>" + "".join(map(_ods_cell, row)) + "</table:table-row>" for row in rows
    )
    names = "urn:oasis:names:tc:opendocument:xmlns:"
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
        f' xmlns:office="{names}office:1.0" xmlns:table="{names}table:1.0" xmlns:text="{names}text:1.0"'
        ' office:version="1.2"><office:body><office:spreadsheet><table:table table:name="Dinamis">'
        f"{lines}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<manifest:manifest xmlns:manifest="{names}manifest:1.0" manifest:version="1.2">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        "</manifest:manifest>"
    )
    target = io.BytesIO()
    with ZipFile(target, "w") as packed:
        packed.writestr("mimetype", kind, ZIP_STORED)
        packed.writestr("content.xml", content, ZIP_DEFLATED)
        packed.writestr("META-INF/manifest.xml", manifest, ZIP_DEFLATED)
    return target.getvalue()


def _ods_cell(cell: Any) -> str:
    if cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, (int, float)):
        return f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>{cell}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'


def dp4() -> Rows:
    """As the province printed it: parts that sum to six fewer than the total."""
    rows: Rows = [
        ["DATA PENDUDUK BELUM MELAKUKAN PEREKAMAN KTP-EL"],
        ["PROVINSI LAMPUNG, DP4 30 JUNI 2024"],
        [""],
        ["NO", "KABUPATEN/KOTA", "BELUM REKAM", "% BELUM REKAM"],
        [1, 2, 3, 4],
    ]
    for number, row in enumerate(lampung("lampung-2024-06-30-dp4.csv"), start=1):
        name = row["region_name"].replace("Kabupaten", "KAB.").upper()
        rows.append([number, name, int(row["belum_rekam"]), float(row["published_pct_belum"])])
    return [*rows, ["JUMLAH", "", 119512, 1.82], ["Sumber: Dinas Dukcapil Provinsi Lampung"]]


def dinamis() -> Rows:
    head = ["Kode Wilayah", "Provinsi", "DKB", "Meninggal", "Ganda", "Pindah keluar", "Datang"]
    head += ["Rekam tunggal baru di luar DKB", "Sudah Rekam"]
    figures = [6606173, 12566, 51, 14285, 10143, 26672, 6528688]
    return [head, ["18", "LAMPUNG", *figures]]


def by_sex() -> Rows:
    """Two rows of header with merged cells, as BIP and rekap tables have them."""
    return [
        ["REKAPITULASI WAJIB KTP DAN PEREKAMAN"],
        ["KOTA BUKITTINGGI"],
        ["No", "Kecamatan", "Wajib KTP", "", "", "Perekaman", "", "", "%"],
        ["", "", "L", "P", "L+P", "L", "P", "Jumlah", ""],
        [1, "KEC. GUGUAK PANJANG", 15000, 15600, 30600, 14900, 15500, 30400, 99.35],
        [2, "KEC. MANDIANGIN KOTO SELAYAN", 17000, 17400, 34400, 16800, 17300, 34100, 99.13],
        [3, "KEC. AUR BIRUGO TIGO BALEH", 9000, 9300, 18300, 8950, 9250, 18200, 99.45],
        ["TOTAL", "", 41000, 42300, 83300, 40650, 42050, 82700, 99.28],
    ]


def villages() -> Rows:
    return [
        ["Kecamatan", "Kelurahan", "Wajib KTP", "Sudah Rekam", "Cetak", "IKD"],
        ["Guguak Panjang", "Kel. Tarok Dipo", "8.120", "8.001", "7.950", "1.204"],
        ["", "Kel. Benteng Pasar Atas", "1.010", "1.002", "990", "-"],
        ["Aur Birugo Tigo Baleh", "Birugo", "2.340", "2.300", "2.280", "311"],
    ]


def regencies(*figures: str, code: str = "13.{:02}", names: list[str] = BPS) -> Rows:
    head = ["Kode Wilayah", "Nama Kabupaten/Kota", *figures]
    return [
        head,
        *(
            [
                code.format(number),
                f"Kabupaten {name}",
                *(f"{1000 * number + n}" for n in range(len(figures))),
            ]
            for number, name in enumerate(names, start=1)
        ),
    ]


def bps() -> Rows:
    rows = regencies("Belum Rekam", "Sudah Rekam", code="13{:02}")
    cities = [
        [f"13{71 + n}", f"Kota {name}", f"{100 + n}", f"{9000 + n}"]
        for n, name in enumerate(CITIES)
    ]
    return [*rows, *cities]


def lines(rows: Rows, sign: str = ",") -> str:
    target = io.StringIO()
    csv.writer(target, delimiter=sign, lineterminator="\r\n").writerows(rows)
    return target.getvalue()


def main() -> None:
    head = ["Kode Wilayah", "Nama Wilayah", "Wajib KTP", "Sudah Rekam"]
    files: dict[str, bytes] = {
        "lampung-dp4.xlsx": book({"DP4": dp4()}),
        "lampung-dinamis.ods": ods(dinamis()),
        "bukittinggi-kecamatan.xls": biff.workbook({"REKAP": by_sex()}),
        "bukittinggi-kelurahan.csv": lines(villages(), ";").encode("cp1252"),
        "sumbar-bps.csv": lines(bps()).encode(),
        "sumbar-kode-angka.xlsx": book(
            {"Sheet1": [head, [13.1, "Kab. Dharmasraya", 1500, 1400], [13.08, "Pasaman", 2500, 2450]]}
        ),
        "sumbar-kode-angka-tanpa-nama.csv": b"Kode Wilayah;Wajib KTP\r\n13.1;1500\r\n13.08;2500\r\n",
        "sumbar-nama-saja.csv": lines(
            [head[1:], ["Kab. Solok", "3.000", "2.900"], ["KOTA SOLOK", "1.000", "990"], ["Agam", "9.000", "8.000"]],
            ";",
        ).encode(),
        "sumbar-solok.csv": lines([head[1:], ["Solok", "3000", "2900"], ["Agam", "9000", "8000"]]).encode(),
        "sumbar-salah-nama.csv": lines(
            [head, ["13.06", "Kabupaten Pasaman", "3000", "2900"], ["13.75", "Kota Bukittinggi", "90", "80"]]
        ).encode(),
        "sumbar-kode-dan-nama.csv": lines(
            [["Wilayah", "Wajib KTP", "Sudah Rekam"], ["13.75 - KOTA BUKITTINGGI", "90 000", "89 000"],
             ["[1306] KAB. AGAM", "380 000", "371 000"]]
        ).encode(),
        "satu-data.csv": lines(
            [["kode_provinsi", "nama_provinsi", "bps_kode_kabupaten_kota", "kode_kabupaten_kota",
              "nama_kabupaten_kota", "wajib_ktp", "sudah_rekam", "satuan", "tahun"],
             ["13", "SUMATERA BARAT", "1307", "06", "KABUPATEN AGAM", "380000", "371000", "ORANG", "2025"],
             ["13", "SUMATERA BARAT", "1375", "75", "KOTA BUKITTINGGI", "90000", "89000", "ORANG", "2025"]]
        ).encode(),
        "ribuan-campur.csv": lines(
            [head, ["13.75", "Bukittinggi", "1.234", "1.200"], ["13.06", "Agam", "5678", "5.600"]], ";"
        ).encode(),
        "rusak.xlsx": book(
            {"Data": [head, ["13.75", "Kota Bukittinggi", "#REF!", 80], ["13.06", "Kab. Agam", 12.5, "-"],
                      ["13.71", "Kota Padang", 700, "99%"]]}
        ),
        "dua-lembar.xlsx": book(
            {"Kabupaten": [head, ["13.06", "Kab. Agam", 380, 371]],
             "Kota": [head, ["13.75", "Kota Bukittinggi", 90, 89]]}
        ),
        "lembar-tersembunyi.xlsx": book(
            {"Rekap": [head, ["13.06", "Kab. Agam", 380, 371]], "lama": [head, ["13.06", "Agam", 1, 1]]},
            hidden=("lama",),
        ),
        "dua-kolom.csv": lines(
            [[*head, "Perekaman"], ["13.75", "Kota Bukittinggi", "90", "80", "81"]]
        ).encode(),
        "salah-ketik.csv": lines(
            [["Kode Wilayah", "Nama Wilayah", "Wajib KPT", "Sudah Rekam"], ["13.75", "Kota Bukittinggi", "90", "80"]]
        ).encode(),
        "persen.csv": lines(
            [["Kode Wilayah", "Wajib KTP", "Perekaman (%)"], ["13.75", "90000", "98,6"], ["13.06", "380000", "99"]], ";"
        ).encode(),
        "unicode.txt": "Kode Wilayah\tNama Wilayah\tWajib KTP\tSudah Rekam\tBelum Rekam\r\n"
        "13.75\tKota Bukittinggi\t90.000\t90.173\t-173\r\n".encode("utf-16"),
        "tanpa-kepala.csv": b"13.75,90000,89000\r\n13.06,380000,371000\r\n",
    }  # fmt: skip
    for name, content in files.items():
        (HERE / name).write_bytes(content)


if __name__ == "__main__":
    main()
