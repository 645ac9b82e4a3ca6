"""Loading the region file. Everything is staged first: a bad file leaves nothing behind."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

from django.db import connection

from dukcapil.core.db import rows, service
from dukcapil.core.errors import Invalid
from dukcapil.regions.enums import zone_of
from dukcapil.regions.validators import NATION, level_of, lineage

DATA = Path(__file__).parent / "data"
#: Kepmendagri 300.2.2-2430/2025
EXPECTED = {"nation": 1, "province": 38, "regency": 514, "district": 7285, "village": 83762}

_STAGE = """
CREATE TEMPORARY TABLE staged_region (
    code text, level text, parent_id text, name text, timezone text
) ON COMMIT DROP
"""
_MERGE = """
INSERT INTO regions_region (code, level, parent_id, name, timezone)
SELECT code, level, nullif(parent_id, ''), name, timezone FROM staged_region ORDER BY code
ON CONFLICT (code) DO UPDATE SET name = excluded.name, timezone = excluded.timezone
    WHERE (regions_region.name, regions_region.timezone)
       IS DISTINCT FROM (excluded.name, excluded.timezone)
"""


@service
def import_regions(
    *, path: Path | None = None, retired: Path | None = None, expected: dict[str, int] | None = None
) -> dict[str, int]:
    """Load current and retired codes; returns the counts by level, which must be `expected`."""
    with gzip.open(path or DATA / "regions.csv.gz", "rt", encoding="utf-8") as file:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow((NATION, "nation", "", "Indonesia", zone_of(NATION)))
        for row in csv.DictReader(file):
            code = row["code"]
            parent = lineage(code)[-2]
            writer.writerow((code, level_of(code), parent, row["name"], zone_of(code)))
    text.seek(0)
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        cursor.copy_expert("COPY staged_region FROM STDIN WITH (FORMAT csv)", text)
        cursor.execute(_MERGE)
    counts = dict(rows("SELECT level, count(*) FROM regions_region GROUP BY 1"))
    if counts != (expected or EXPECTED):
        raise Invalid("region-counts", f"The file gives {counts}, expected {expected or EXPECTED}.")
    _import_retired(retired or DATA / "retired-codes.csv")
    return counts


def _import_retired(path: Path) -> None:
    levels = {"kabkota": "regency", "kecamatan": "district"}
    with path.open(encoding="utf-8") as file, connection.cursor() as cursor:
        for row in csv.DictReader(file):
            cursor.execute(
                "INSERT INTO regions_retiredcode"
                " (code, level, name, first_edition, last_edition, successor_id)"
                " VALUES (%s, %s, %s, %s, %s, (SELECT code FROM regions_region WHERE code = %s))"
                " ON CONFLICT (code) DO NOTHING",
                [
                    row["kode_lama"],
                    levels[row["tingkat"]],
                    row["nama"],
                    row["edisi_pertama"],
                    row["edisi_terakhir"],
                    row["kode_baru_menurut_nama"] or None,
                ],
            )
