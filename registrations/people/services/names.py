"""Finding people by words of their names: the rows that fit what a clerk typed.

Read for `services.lookups` alone, which logs every look. Row security lets only comparisons use an
index, so names are kept turned to each of their words (docs/adr/0040). SQL and not the ORM: to build
and plan seven parts costs more than to run them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import permutations
from typing import Any

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import prepared, rows
from dukcapil.regions.validators import bounds
from registrations.people.selectors import COLUMNS
from registrations.people.services.typed_names import Wanted
from registrations.people.triggers import WORDS_SEARCHED
from registrations.people.validators import name_key

#: A list of more people than this is cut, and says so.
MOST = 20
#: Names that a word is counted up to; of commoner ones the longest is looked through.
_COMMON = 500
_KEYS = ("name_key", *(f"key_{word}" for word in range(2, WORDS_SEARCHED + 1)))
#: Three words of a name of up to five always have two that stand side by side, the last with the first.
_PAIRED, _SHORT = 3, _KEYS[:5]
#: Only names that have so many words have these keys, which hold the whole name: all of them are few.
_LONG, _LONGEST = "key_6", _KEYS[-1]
#: Rows that are looked through for whom no pair found.
_LOOKED = 4_000
#: A name that says one word twice is found twice: at most once in each key, and once among the longest.
_ROWS, _ALL_ROWS = MOST + 1, (MOST + 1) * (len(_KEYS) + 1)


# --- whom it fits ---------------------------------------------------------------------------------

Found = dict[str, Any]
#: `i`: an identity. Its value is `Wanted.patterns`.
_FITS = "' ' || i.name_key || ' ' LIKE ALL (%s)"


def people_named(by: Actor, want: Wanted) -> tuple[list[Found], bool]:
    """At most `MOST` rows of COLUMNS by name, those first that begin with what was typed; and whether
    there are more.
    """
    found: dict[Any, Found] = {}
    if want.birth_date:
        found = _more(found, [_born], by, want)
    else:
        with _by_index_alone():
            found = _more(found, _by_words(want), by, want)
    if by.lent_events:
        found = _more(found, [_booked_where_lent], by, want)
    start = " ".join(want.words)

    def place(row: Found) -> tuple[bool, str, str]:
        key = row.pop("key")
        return not key.startswith(start), key, str(row["id"])

    ordered = sorted(found.values(), key=place)
    kept = sorted(ordered[:MOST], key=lambda row: name_key(row["identity__name"]))
    return kept, len(ordered) > MOST


_Search = Callable[[Actor, Wanted], list[Found]]


def _more(
    found: dict[Any, Found], searches: Iterable[_Search], by: Actor, want: Wanted
) -> dict[Any, Found]:
    """With those whom the next searches find, until there are enough."""
    for search in searches:
        if len(found) > MOST:
            break
        found = found | {row["id"]: row for row in search(by, want)}
    return found


def _by_words(want: Wanted) -> list[_Search]:
    if len(want.words) == 1:
        return [_in_order]
    if len(want.telling) < _PAIRED:
        return [_in_order, _in_any_order]
    return [_in_order, _beside_each_other, _without_a_pair]


#: What a row of COLUMNS is read from; `i`, `r` and `v` are the tables of `_SHOW`.
_SELECT = ", ".join(
    f"i.{name.removeprefix('identity__')}"
    if name.startswith("identity__")
    else f"v.{name.removeprefix('village__')}"
    if name.startswith("village__")
    else f"r.{name}"
    for name in COLUMNS
)
_SHOW = f"""
SELECT {_SELECT}, i.name_key
  FROM (%s) AS found
  JOIN registrations_residentidentity i ON i.resident_id = found.resident_id
  JOIN registrations_resident r ON r.id = found.resident_id
  JOIN regions_region v ON v.code = r.village_id
 WHERE r.merged_into IS NULL AND r.erased_at IS NULL
"""


def _shown(found: list[tuple[Any, ...]]) -> list[Found]:
    return [dict(zip((*COLUMNS, "key"), row, strict=True)) for row in found]


def _wall(by: Actor, alias: str, village: str | None) -> tuple[str, list[str]]:
    """The first wall, as `ScopedQuerySet.visible_to` has it, in SQL with its values. An office is one
    value, so that rows come in the order of the index.
    """
    if by.office:
        parts, values = [f"{alias}.office_id = %s"], [by.office]
    else:
        parts, values = (
            [f"{alias}.office_id >= %s", f"{alias}.office_id < %s"],
            list(bounds(by.region)),
        )
    if by.village_range:
        parts += [f"{alias}.village_id >= %s", f"{alias}.village_id < %s"]
        values += [by.village_range, by.village_range + "/"]
    if village:
        parts.append(f"{alias}.village_id = %s")
        values.append(village)
    return " AND ".join(parts), values


def _in_order(by: Actor, want: Wanted) -> list[Found]:
    """Names that hold the words one after another, wherever they begin; the last one may go on. Of names that
    have more words than keys, those that hold them in any order.
    """
    wall, values = _wall(by, "i", want.village)
    low, high, patterns = (f"${len(values) + place}" for place in (1, 2, 3))
    inside = wall.replace("%s", "{}").format(*(f"${place + 1}" for place in range(len(values))))
    parts = [
        f"""(SELECT i.resident_id FROM registrations_residentidentity i
              WHERE {inside} AND i.{key} >= {low} AND i.{key} < {high}
              ORDER BY i.office_id, i.{key}, i.resident_id LIMIT {MOST + 1})"""
        for key in _KEYS
    ]
    parts.append(f"""(SELECT i.resident_id FROM registrations_residentidentity i
                       WHERE {inside} AND i.{_LONGEST} >= ''
                         AND ' ' || i.{_LONGEST} || ' ' LIKE ALL ({patterns}::text[])
                       LIMIT {MOST + 1})""")
    span = want.span(" ".join(want.words), whole=not want.has_long)
    name = f"people_named_{_kind(by, want)}"
    return _in_keys(name, " UNION ALL ".join(parts), [*values, *span, want.patterns])


def _in_keys(name: str, sql: str, values: list[Any]) -> list[Found]:
    """Planned once for each connection. Where names that say a word twice fill the rows, all of them."""
    found: list[Found] = []
    for most in (_ROWS, _ALL_ROWS):
        statement = _SHOW.replace("%s", f"{sql} LIMIT {most}", 1)
        found = _shown(prepared(f"{name}_{most}", statement, values))
        if len(found) < most or len({one["id"] for one in found}) > MOST:
            break
    return found


def _kind(by: Actor, want: Wanted) -> str:
    """Which values `_wall` has: statements that differ in these have names that differ."""
    kind = f"{'office' if by.office else 'region'}{'_range' * bool(by.village_range)}"
    return f"{kind}{'_village' * bool(want.village)}"


@contextmanager
def _by_index_alone() -> Iterator[None]:
    """Row security looks like one row in 40,000 to the planner, so it would rather collect and sort
    everybody of a common name than read an index in its order and stop after twenty.
    """
    rows(_SETTINGS, ["off", "off", "force_generic_plan"])
    yield
    rows(_SETTINGS, ["on", "on", "auto"])


#: Until the transaction ends, or they are set again.
_SETTINGS = """
SELECT set_config('enable_seqscan', %s, true), set_config('enable_bitmapscan', %s, true),
       set_config('plan_cache_mode', %s, true)
"""


def _beside_each_other(by: Actor, want: Wanted) -> list[Found]:
    """Two of three words one behind the other, in either order: of most names that hold all of them, and
    few to look through where each word alone is common. Looks for words as they are typed alone.
    """
    pairs = permutations(want.telling[:_PAIRED], 2)
    spans = [want.span(" ".join(pair), whole=not want.has_long) for pair in pairs]
    part = _Part(by, want)
    found = f"""
        SELECT fits.resident_id
          FROM (SELECT low, high, array_remove(array_remove({part.patterns}::text[],
                       '% ' || split_part(low, ' ', 1) || '%'), '% ' || split_part(low, ' ', 2) || '%') AS others
                  FROM unnest({part.lows}::text[], {part.highs}::text[]) AS pair (low, high)
                OFFSET 0) AS word
         CROSS JOIN LATERAL ({part.fitting(_others(want), _SHORT)}) AS fits"""
    return _in_keys(
        f"people_named_beside_{_how(want)}_{_kind(by, want)}", found, part.values(spans)
    )


def _others(want: Wanted) -> str:
    """A key begins with the word that it was found by, so whatever is behind it has a blank before it."""
    key = "i.{0}" if want.has_long else "' ' || i.{0} || ' '"
    return f"{key} LIKE ALL (word.others)"


def _how(want: Wanted) -> str:
    return "anyhow" if want.has_long else "whole"


def _without_a_pair(by: Actor, want: Wanted) -> list[Found]:
    """Whom no pair found: in a name of up to five words one of the three goes on (NUR in NURUL), and names of
    more words are few. Where there are many all the same, those of the word that the fewest have.
    """
    spans = [want.going_on(word) for word in want.telling[:_PAIRED]]
    part = _Part(by, want)
    statement = f"""
WITH looked AS MATERIALIZED (
    SELECT names.resident_id, names.key
      FROM (SELECT fits.resident_id, fits.key
              FROM unnest({part.lows}::text[], {part.highs}::text[]) AS word (low, high)
             CROSS JOIN LATERAL ({part.fitting("true", _SHORT, with_key=True)}) AS fits (resident_id, key)
             UNION ALL
            SELECT i.resident_id, i.{_LONG} FROM registrations_residentidentity i
             WHERE {part.inside} AND i.{_LONG} >= '') AS names
     LIMIT {_LOOKED + 1})
SELECT (SELECT count(*) FROM looked) <= {_LOOKED},
       ARRAY(SELECT DISTINCT resident_id FROM looked
              WHERE ' ' || key || ' ' LIKE ALL ({part.patterns}::text[]) LIMIT {_ROWS})"""
    name = f"people_named_going_on_{_LOOKED}_{_kind(by, want)}"
    [(is_all, people)] = prepared(name, statement, part.values(spans))
    if not is_all and len(people) < _ROWS:
        return _in_any_order(by, want)
    shown = _SHOW.replace("%s", "SELECT unnest(%s::uuid[]) AS resident_id", 1)
    return _shown(rows(shown, [list(map(str, people))])) if people else []


def _in_any_order(by: Actor, want: Wanted) -> list[Found]:
    """Begins with the word that the fewest have, and compares the others in what its index holds."""
    spans = [want.span(word, whole=want.is_whole(word)) for word in want.telling]
    part = _Part(by, want)
    found = f"""
        SELECT fits.resident_id
          FROM (SELECT low, high, array_remove({part.patterns}::text[], '% ' || low || '%') AS others
                  FROM unnest({part.lows}::text[], {part.highs}::text[])
                       WITH ORDINALITY AS word (low, high, place)
                 ORDER BY (SELECT count(*)
                             FROM ({part.fitting("true")} LIMIT {_COMMON}) AS names), place
                 LIMIT 1) AS word
         CROSS JOIN LATERAL ({part.fitting(_others(want))}) AS fits"""
    return _in_keys(f"people_named_{_how(want)}_{_kind(by, want)}", found, part.values(spans))


class _Part:
    """Marks and values of statements that look through all keys between `word.low` and `word.high`."""

    def __init__(self, by: Actor, want: Wanted) -> None:
        wall, self._wall = _wall(by, "i", want.village)
        marks = [f"${place}" for place in range(1, len(self._wall) + 4)]
        self.inside = wall.replace("%s", "{}").format(*marks)
        self.lows, self.highs, self.patterns = marks[-3:]
        self._patterns = want.patterns

    def fitting(
        self, condition: str, keys: Sequence[str] = _KEYS, *, with_key: bool = False
    ) -> str:
        """`condition`: with `{0}` for the key."""
        return " UNION ALL ".join(
            f"""SELECT i.resident_id{f", i.{key}" if with_key else ""}
                  FROM registrations_residentidentity i
                 WHERE {self.inside} AND i.{key} >= word.low AND i.{key} < word.high
                   AND {condition.format(key)}"""
            for key in keys
        )

    def values(self, spans: list[tuple[str, str]]) -> list[Any]:
        lows, highs = map(list, zip(*spans, strict=True))
        return [*self._wall, lows, highs, self._patterns]


def _born(by: Actor, want: Wanted) -> list[Found]:
    """Of those who were born on that day: a few for each office."""
    wall, values = _wall(by, "r", want.village)
    sql = f"""SELECT r.id AS resident_id FROM registrations_resident r
                JOIN registrations_residentidentity i ON i.resident_id = r.id
               WHERE {wall} AND r.birth_date = %s AND {_FITS} LIMIT {MOST + 1}"""
    return _shown(rows(_SHOW.replace("%s", sql, 1), [*values, want.birth_date, want.patterns]))


def _booked_where_lent(by: Actor, want: Wanted) -> list[Found]:
    """People who are booked at an event that the actor is lent to: a hall full."""
    more, values = "", []
    for column, value in (("birth_date", want.birth_date), ("village_id", want.village)):
        if value:
            more += f" AND r.{column} = %s"
            values.append(value)
    sql = f"""SELECT i.resident_id FROM registrations_residentidentity i
                JOIN registrations_resident r ON r.id = i.resident_id
               WHERE i.resident_id IN (
                         SELECT resident_id FROM registrations_appointment
                          WHERE event_id = ANY(%s::uuid[]))
                 AND {_FITS}{more} LIMIT {MOST + 1}"""
    events = [str(event) for event in by.lent_events]
    return _shown(rows(_SHOW.replace("%s", sql, 1), [events, want.patterns, *values]))
