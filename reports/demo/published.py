"""Published figures as bases, targets and elections: history that the demonstration shows.

Sources stand in reports/data/README.md and in each basis' own `source`.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from dukcapil.accounts.models import User
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import NATION, ancestor, lineage
from events.elections.models import Election
from reports.bases.models import PopulationBasis, Target
from reports.bases.services.basis import import_basis

DATA = Path(__file__).parent.parent / "data"

DERIVED = "Estimasi DKB semester II 2024"
_DERIVED_BEFORE = "Turunan DKB semester II 2024 (perkiraan)"
#: The share that it rests on is of the first half of 2024.
ESTIMATED_ON = date(2024, 6, 30)
SPLIT = "Contoh per desa Bukittinggi dan Agam (dibagi rata)"
LAMPUNG_DP4 = "Lampung DP4 30 Juni 2024"
LAMPUNG_DKB = "Lampung DKB 15 November 2024"
LAMPUNG_DINAMIS = "Lampung dinamis 15 November 2024"

#: Wajib KTP and population of Lampung: the only pair that was published.
WAJIB, POPULATION = 6_606_173, 9_082_727
#: Recorded of wajib, nation, first semester of 2024, in hundredths of a percent.
RECORDED_SHARE = 9719

_LAMPUNG = "Dinas Dukcapil Provinsi Lampung, dimuat pers 19 November 2024"

ELECTIONS = [
    ("Pemilihan Umum 2019", "pemilu", date(2019, 4, 17)),
    ("Pemilihan Umum 2024", "pemilu", date(2024, 2, 14)),
    ("Pilkada Serentak 2024", "pilkada", date(2024, 11, 27)),
]
TARGETS = [
    ("recording", 2023, "99.40"),
    ("recording", 2024, "99.40"),
    ("ikd", 2023, "25.00"),
    ("ikd", 2024, "30.00"),
    ("child_card", 2023, "50.00"),
    ("child_card", 2024, "60.00"),
    ("birth_certificate", 2023, "98.00"),
    ("burial_book", 2023, "75.00"),
]


def load_published() -> None:
    """Elections and bases. Running it again writes nothing."""
    for name, kind, day in ELECTIONS:
        identity = {"region_id": NATION, "kind": kind, "first_held_on": day}
        if not Election.objects.filter(**identity).exists():
            source = "Komisi Pemilihan Umum"
            Election.objects.create(**identity, name=name, held_on=day, source=source)
    load_lampung()
    load_denpasar()
    load_nation()
    load_derived()


def load_targets() -> None:
    """Set by the administrator of the demonstration, so after the accounts."""
    setter = User.objects.get(username="admin")
    for indicator, year, share in TARGETS:
        Target.objects.get_or_create(
            indicator=indicator,
            region_id=NATION,
            year=year,
            defaults={
                "percent": share,
                "source": "Kementerian Dalam Negeri",
                "set_by": setter,
            },
        )


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def load_lampung() -> None:
    regencies = _rows("lampung-2024-06-30-dp4.csv")
    import_basis(
        name=LAMPUNG_DP4,
        kind="dp4",
        wajib_as_of=date(2024, 6, 30),
        level="regency",
        source="Dinas Dukcapil Provinsi Lampung, dimuat pers 14 Agustus 2024",
        note="Jumlah lima belas kabupaten/kota 119.506; tercetak 119.512. Selisih ada di sumber.",
        rows=[
            {
                "region_code": "18",
                "wajib_ktp": "6577037",
                "recorded": "6457525",
                "published_unrecorded_percent": "1.82",
            },
            *(
                {
                    "region_code": row["region_code"],
                    "unrecorded": row["belum_rekam"],
                    "published_unrecorded_percent": row["published_pct_belum"],
                }
                for row in regencies
            ),
        ],
    )
    import_basis(
        name=LAMPUNG_DKB,
        kind="dkb",
        wajib_as_of=date(2024, 6, 30),
        recorded_as_of=date(2024, 11, 15),
        level="province",
        source=_LAMPUNG,
        rows=[
            {
                "region_code": "18",
                "population": "9082727",
                "wajib_ktp": "6606173",
                "recorded": "6528688",
            }
        ],
    )
    load_lampung_dinamis()


def load_lampung_dinamis() -> None:
    """The province from its six components, the regencies by their printed unrecorded people."""
    components = {
        "region_code": "18",
        "population": "9082727",
        "published_unrecorded_percent": "1.32",
        "dkb": "6606173",
        "deaths": "12566",
        "duplicates": "51",
        "moved_out": "14285",
        "moved_in": "10143",
        "first_recordings": "26672",
        "recorded": "6528688",
    }
    import_basis(
        name=LAMPUNG_DINAMIS,
        kind="dinamis",
        wajib_as_of=date(2024, 11, 15),
        level="regency",
        components=True,
        source=_LAMPUNG,
        rows=[
            components,
            *(
                {"region_code": row["region_code"], "unrecorded": row["belum_rekam"]}
                for row in _rows("lampung-2024-11-15-belum-rekam.csv")
            ),
        ],
    )


def load_denpasar() -> None:
    import_basis(
        name="Denpasar IKD Oktober 2024",
        kind="dkb",
        wajib_as_of=date(2024, 10, 10),
        level="regency",
        source="Dinas Dukcapil Kota Denpasar, dimuat pers 10 Oktober 2024",
        note="Dasar 510.493 adalah penduduk sudah rekam; wajib KTP tidak dimuat.",
        rows=[{"region_code": "51.71", "recorded": "510493", "ikd_activated": "19740"}],
    )
    import_basis(
        name="Denpasar IKD April 2024",
        kind="dkb",
        wajib_as_of=date(2024, 4, 30),
        level="regency",
        source="Dinas Dukcapil Kota Denpasar, dimuat pers April 2024",
        note="Dasar “sekitar 500.000” penduduk sudah rekam, seperti yang dimuat.",
        rows=[{"region_code": "51.71", "recorded": "500000", "ikd_activated": "11000"}],
    )


def load_nation() -> None:
    """The first half of 2024: wajib KTP was not printed; it follows from recorded and percentage."""
    import_basis(
        name="Nasional semester I 2024",
        kind="derived",
        wajib_as_of=date(2024, 6, 30),
        level="nation",
        source="Ditjen Dukcapil, dimuat pers 2024",
        note="Wajib KTP 207.896.132 dihitung dari 202.054.251 / 97,19 %; tidak dimuat.",
        rows=[{"region_code": NATION, "wajib_ktp": "207896132", "recorded": "202054251"}],
    )


def derived_figures() -> dict[str, tuple[int, int]]:
    """regency -> (wajib, recorded), rounded half up; provinces and nation are their sums."""
    figures: dict[str, tuple[int, int]] = {}
    for row in _rows("population-2024s2.csv"):
        code = row["kode"]
        if "." not in code:
            continue
        people = int(row["jumlah_penduduk"])
        wajib = (2 * people * WAJIB + POPULATION) // (2 * POPULATION)
        recorded = (2 * wajib * RECORDED_SHARE + 10_000) // 20_000
        for key in lineage(code):
            before = figures.get(key, (0, 0))
            figures[key] = (before[0] + wajib, before[1] + recorded)
    return figures


def load_derived() -> None:
    before = PopulationBasis.objects.filter(name__in=(DERIVED, _DERIVED_BEFORE))
    if before.exclude(wajib_as_of=ESTIMATED_ON).exists():
        return  # a demonstration of before: a second basis of the same figures says nothing new
    figures = derived_figures()
    note = (
        "Bukan angka resmi, bertanggal 30 Juni 2024: penduduk semester II 2024 x 0,7273; perekaman"
        " 97,19 % (nasional, semester I 2024)."
    )
    rows = [row for office in ("13.75", "13.06") for row in _split(office, *figures[office])]
    import_basis(
        name=SPLIT,
        kind="derived",
        wajib_as_of=ESTIMATED_ON,
        level="village",
        source="Estimasi; angka kabupaten/kota dibagi rata ke desa dan kelurahan",
        note=note,
        rows=rows,
        # Only these places are looked at, which makes the start half a second shorter.
        region="13",
    )
    # The last of two of one day answers where both do: an office's own row, not the sum of its parts.
    import_basis(
        name=DERIVED,
        kind="derived",
        wajib_as_of=ESTIMATED_ON,
        level="regency",
        source="Dihitung dari DKB semester II 2024 (cahyadsn/wilayah, MIT)",
        note=note,
        rows=[
            {"region_code": code, "wajib_ktp": str(wajib), "recorded": str(recorded)}
            for code, (wajib, recorded) in sorted(figures.items())
        ],
    )


def _split(office: str, wajib: int, recorded: int) -> list[dict[str, str]]:
    villages = list(Region.objects.within(office).level("village").values_list("code", flat=True))
    sums: dict[str, tuple[int, int]] = {}
    for position, code in enumerate(sorted(villages)):
        shares = tuple(
            total // len(villages) + (position < total % len(villages))
            for total in (wajib, recorded)
        )
        for key in (code, ancestor(code, Level.DISTRICT)):
            before = sums.get(key, (0, 0))
            sums[key] = (before[0] + shares[0], before[1] + shares[1])
    return [
        {"region_code": code, "wajib_ktp": str(w), "recorded": str(r)}
        for code, (w, r) in sorted(sums.items())
    ]
