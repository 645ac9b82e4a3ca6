"""Figures of the demonstration that nobody published: made up, and named so wherever they are shown.

They give every page something to look at: regencies between 82 and 101 percent, villages that differ, IKD,
and lists of voters. The published figures beside them stay as they were printed.
"""

from __future__ import annotations

import zlib
from datetime import date, timedelta

from django.utils import timezone

from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import ancestor, lineage
from reports.bases.services.basis import import_basis
from reports.demo.published import derived_figures

SYNTHETIC = "Contoh sintetis 30 Juni 2025"
#: Offices whose villages have figures of their own.
OFFICES = ("13.75", "13.06")
#: Lists of voters, and the office whose edition the demonstration shows.
VOTERS, GIVEN = "13.75", "13.72"

_NOTE = "Angka sintetis untuk peragaan, bukan angka resmi: cakupan 82 sampai 101 % dibuat-buat."
_NUMBERS = ("wajib_ktp", "recorded", "printed", "ikd_activated")
#: Unrecorded of the last villages of a list of voters: few enough to be left out, or nobody. The people of
#: the demonstration live in the first ones.
_FEW = (3, 0, 12)


def load_synthetic() -> None:
    """Running it again writes nothing, as long as the day is the same."""
    import_basis(
        name=SYNTHETIC,
        kind="derived",
        wajib_as_of=date(2025, 6, 30),
        level="village",
        source="Contoh sintetis; wajib KTP seperti pada estimasi semester II 2024",
        note=_NOTE,
        rows=_coverage(),
    )
    for office, name in ((VOTERS, "Kota Bukittinggi"), (GIVEN, "Kota Solok")):
        import_basis(
            name=f"Contoh DPT {name} (sintetis)",
            kind="dpt",
            wajib_as_of=timezone.localdate() - timedelta(days=60),
            level="village",
            source=f"Contoh sintetis, bukan daftar pemilih {name}",
            note="Angka sintetis untuk peragaan, bukan angka resmi.",
            rows=_voters(office),
            # Only these places are looked at, which makes the start a second shorter.
            region=office,
        )


def _share(code: str, about: str) -> float:
    """From 0 up to 1, the same for a region at each start."""
    return zlib.crc32(f"{about} {code}".encode()) % 10_000 / 10_000


def _coverage() -> list[dict[str, str]]:
    estimated = derived_figures()
    villages = {office: _villages(office) for office in OFFICES}
    wajib: dict[str, int] = {}
    for code, (people, _recorded) in estimated.items():
        if len(code) != Level.REGENCY.code_length:
            continue
        parts = villages.get(code, [code])
        for place, part in enumerate(parts):
            wajib[part] = people // len(parts) + (place < people % len(parts))
    sums: dict[str, list[int]] = {}
    for code, people in wajib.items():
        # Most are near the target, and a few are far from it.
        recorded = round(people * (1.01 - 0.19 * _share(code, "rekam") ** 3))
        numbers = (
            people,
            recorded,
            round(recorded * (0.90 + 0.09 * _share(code, "cetak"))),
            round(recorded * (0.04 + 0.30 * _share(code, "IKD"))),
        )
        for key in lineage(code):
            before = sums.setdefault(key, [0] * len(numbers))
            sums[key] = [one + more for one, more in zip(before, numbers, strict=True)]
    return [
        {"region_code": code, **dict(zip(_NUMBERS, map(str, sums[code]), strict=True))}
        for code in sorted(sums)
    ]


def _villages(office: str) -> list[str]:
    return sorted(Region.objects.within(office).level(Level.VILLAGE).values_list("code", flat=True))


def _voters(office: str) -> list[dict[str, str]]:
    people = derived_figures()[office][0]
    villages = _villages(office)
    sums: dict[str, list[int]] = {}
    for place, code in enumerate(villages):
        voters = round(people / len(villages) * (0.7 + 0.6 * _share(code, "pemilih")))
        missing = round(voters * 0.04 * _share(code, "belum"))
        if (left := len(villages) - 1 - place) < len(_FEW):
            missing = _FEW[left]
        for key in (code, ancestor(code, Level.DISTRICT)):
            before = sums.setdefault(key, [0, 0])
            sums[key] = [before[0] + voters, before[1] + voters - missing]
    return [
        {"region_code": code, "wajib_ktp": str(voters), "recorded": str(recorded)}
        for code, (voters, recorded) in sorted(sums.items())
    ]
