"""An empty list of a region's parts to fill in: codes as text, names beside them, no numbers."""

from __future__ import annotations

import csv
import io

from django.utils.translation import gettext as _

from dukcapil.core.errors import Invalid
from dukcapil.core.workbook import new_book
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import ancestor

#: More rows are asked for in parts.
MOST_ROWS = 20_000
_PLAIN = ("Jumlah Penduduk", "Wajib KTP", "Sudah Rekam", "Belum Rekam", "Cetak", "IKD")
_DINAMIS = (
    *("DKB", "Meninggal", "Ganda", "Pindah keluar", "Datang", "Rekam di luar DKB"),
    *("Sudah Rekam", "Belum Rekam"),
)
_NAMES = {
    Level.PROVINCE: "Nama Provinsi",
    Level.REGENCY: "Nama Kabupaten/Kota",
    Level.DISTRICT: "Nama Kecamatan",
    Level.VILLAGE: "Nama Desa/Kelurahan",
}


def template_rows(region: Region, level: Level, *, dinamis: bool) -> list[list[str]]:
    """Header and one row a region. The words are Indonesian in every language: offices read them."""
    if Level(region.level).is_below(level) or level == Level.NATION:
        raise Invalid("level", _("Choose a level of regions within your own."), field="level")
    above = [name for name in _NAMES if level.is_below(name) and name.is_below(Level(region.level))]
    wanted = [*above, level]
    regions = Region.objects.within(region.pk).filter(level__in=wanted)
    names = dict(regions.values_list("code", "name"))
    codes = sorted(code for code in names if len(code) == level.code_length)
    if len(codes) > MOST_ROWS:
        text = _("More than %(most)s regions: ask for a part of them.") % {"most": MOST_ROWS}
        raise Invalid("too-many-rows", text, field="level")
    counts = _DINAMIS if dinamis else _PLAIN
    header = ["Kode Wilayah", *(_NAMES[one] for one in wanted), *counts]
    return [
        header,
        *(
            [code, *(names[ancestor(code, one)] for one in wanted), *[""] * len(counts)]
            for code in codes
        ),
    ]


def template_xlsx(rows: list[list[str]]) -> bytes:
    target = io.BytesIO()
    book = new_book(target, strings_to_numbers=False)
    head = book.add_format({"bold": True, "text_wrap": True, "bg_color": "#eff5fd", "border": 1})
    text = book.add_format({"num_format": "@"})
    count = book.add_format({"num_format": "#,##0"})
    sheet = book.add_worksheet("Data dasar")
    sheet.freeze_panes(1, 1)
    texts = sum(bool(cell) for cell in rows[-1]) if len(rows) > 1 else 2
    sheet.set_column(0, 0, 16, text)
    sheet.set_column(1, max(1, texts - 1), 30, text)
    sheet.set_column(texts, len(rows[0]) - 1, 15, count)
    for column, name in enumerate(rows[0]):
        sheet.write_string(0, column, name, head)
    for line, row in enumerate(rows[1:], start=1):
        for column, cell in enumerate(row[:texts]):
            sheet.write_string(line, column, cell, text)
    book.close()
    return target.getvalue()


def template_csv(rows: list[list[str]]) -> bytes:
    """With semicolons and the mark of UTF-8, as an Indonesian Excel opens it in columns."""
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
    return ("\ufeff" + text.getvalue()).encode()
