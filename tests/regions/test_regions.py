from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pytest

from dukcapil.core.command import use_role
from dukcapil.core.db import rows
from dukcapil.core.errors import Invalid
from dukcapil.regions.enums import Level, zone_of
from dukcapil.regions.models import Region, RetiredCode, inside
from dukcapil.regions.selectors import breadcrumbs, get_region
from dukcapil.regions.services import EXPECTED, import_regions
from dukcapil.regions.validators import (
    ancestor,
    ancestor_sql,
    dotted,
    inside_sql,
    level_of,
    lineage,
    span,
    within,
)

pytestmark = pytest.mark.django_db


def test_all_codes_are_there() -> None:
    assert Counter(Region.objects.values_list("level", flat=True)) == EXPECTED
    assert RetiredCode.objects.count() == 620
    assert RetiredCode.objects.filter(successor__isnull=True).count() == 5


def test_every_region_lies_in_its_parent() -> None:
    bukittinggi = Region.objects.get(pk="13.75")
    assert (bukittinggi.name, bukittinggi.parent_id) == ("Kota Bukittinggi", "13")
    assert Region.objects.within("13.75").level("village").count() == 24
    assert [region.code for region in breadcrumbs("13.75.01")] == ["00", "13", "13.75", "13.75.01"]


@pytest.mark.parametrize(
    ("code", "zone"),
    [("13", "Asia/Jakarta"), ("61.01", "Asia/Jakarta"), ("64", "Asia/Makassar"),
     ("51.71", "Asia/Makassar"), ("81", "Asia/Jayapura"), ("96.01", "Asia/Jayapura")],
)  # fmt: skip
def test_zones(code: str, zone: str) -> None:
    assert zone_of(code) == zone
    assert Region.objects.get(pk=code).timezone == zone


@pytest.mark.parametrize(
    ("text", "code"),
    [("1375011001", "13.75.01.1001"), ("13.75.01.1001", "13.75.01.1001"), (" 1375 ", "13.75"),
     ("00", "00"), ("137501", "13.75.01")],
)  # fmt: skip
def test_codes_with_and_without_dots(text: str, code: str) -> None:
    assert dotted(text) == code


@pytest.mark.parametrize("text", ["", "1", "137", "13.7", "13.75.1", "x", "13,75", "१३", "13..75"])
def test_what_is_no_code(text: str) -> None:
    with pytest.raises(Invalid):
        dotted(text)


def test_a_neighbour_with_a_longer_code_is_not_within() -> None:
    assert within("13.75.01", "13.75")
    assert not within("13.75", "13.7")
    assert not within("13.06", "13.75")
    assert within("96.01", "00")
    assert ancestor("13.75.01.1001", Level.REGENCY) == "13.75"
    assert level_of("00") == Level.NATION


def test_a_line_goes_from_the_nation_down_to_the_region() -> None:
    assert lineage("13.75.01.1001") == ["00", "13", "13.75", "13.75.01", "13.75.01.1001"]
    assert (lineage("13"), lineage("00")) == (["00", "13"], ["00"])


@pytest.mark.parametrize("code", ["00", "13", "13.75", "13.75.01", "13.75.01.1001", "1", "13.7"])
def test_inside_means_the_same_in_python_queries_and_sql(code: str) -> None:
    known = Region.objects.filter(level__in=["nation", "province", "regency"]) | (
        Region.objects.filter(pk__startswith="13.7")
    )
    expected = {one for one in known.values_list("pk", flat=True) if within(one, code)}
    assert set(known.filter(inside("code", code)).values_list("pk", flat=True)) == expected
    sql = f"SELECT code FROM regions_region WHERE {inside_sql('code')} AND code = ANY (%(known)s)"
    known_codes = list(known.values_list("pk", flat=True))
    assert {one for (one,) in rows(sql, {**span(code), "known": known_codes})} == expected


@pytest.mark.parametrize("level", Level)
def test_an_ancestor_is_the_same_in_python_and_sql(level: Level) -> None:
    sql = f"SELECT code, {ancestor_sql('code', level)} FROM regions_region WHERE level = 'village'"
    found = rows(sql + " ORDER BY code LIMIT 300")
    assert found == [(code, ancestor(code, level)) for code, _above in found]
    assert {above in lineage(code) for code, above in found} == {True}


def test_a_retired_code_says_what_it_is_today() -> None:
    with pytest.raises(Invalid) as refused:
        get_region("91.01")
    assert (refused.value.code, refused.value.extra["successor"]) == ("region-retired", "93.01")


def test_loading_again_changes_nothing(transactional_db: None) -> None:
    use_role("owner")
    try:
        assert import_regions() == EXPECTED
    finally:
        use_role("web")


def test_a_file_with_other_counts_leaves_nothing(transactional_db: None, tmp_path: Path) -> None:
    path = tmp_path / "regions.csv.gz"
    with gzip.open(path, "wt") as file:
        file.write("code,name\n99,Provinsi Uji\n")
    use_role("owner")
    try:
        with pytest.raises(Invalid):
            import_regions(path=path)
    finally:
        use_role("web")
    assert not Region.objects.filter(pk="99").exists()


def test_serving_roles_cannot_change_regions() -> None:
    with pytest.raises(Exception, match="permission denied"):
        Region.objects.filter(pk="13").update(name="Lain")
