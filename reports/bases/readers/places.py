"""Which region a row means, by its code and by its name. The two must say the same.

Kemendagri and BPS number the regencies of a province in different orders (1301 is Pesisir Selatan
to one and Kepulauan Mentawai to the other), so a code alone is believed only where no name stands
beside it. A name alone is enough where exactly one region is called so.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property

from django.utils.translation import gettext as _

from dukcapil.core.errors import Invalid
from dukcapil.core.tables import RowError, RowErrors
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region, RetiredCode
from dukcapil.regions.validators import NATION, ancestor, level_of, lineage, within
from reports.bases.readers import names
from reports.bases.readers.rows import Table
from reports.bases.readers.written import CODES, NAME, NAMES, Written, code_of, could_be, unreadable

_SEVEN = re.compile(r"\d{7}")
#: Rows of which a message tells; all are counted.
_TOLD = 12


class OtherCodes(RowErrors):
    """Codes and names contradict each other as the numbering of another office does.

    Whoever asks may have the regions matched by their names.
    """

    def __init__(self, errors: list[RowError]) -> None:
        super().__init__(errors)
        self.code = "other-codes"


@dataclass
class Places:
    """The region of each row, by the row's number."""

    codes: dict[int, str] = field(default_factory=dict)
    #: Name of each region that was found, and of those that the messages need.
    names: dict[str, str] = field(default_factory=dict)
    errors: list[RowError] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


class Finder:
    """Regions within one region, down to the level of a list: two queries, whatever the list."""

    def __init__(self, table: Table, region: str, level: str, *, by_name: bool) -> None:
        self.table = table
        self.region, self.level, self.by_name = region, Level(level), by_name
        self.known: dict[str, str] = {}
        #: Codes of a list that lie outside: known, and nobody is looked for among them.
        self.others: set[str] = set()
        self.found = Places()
        #: Rows whose code is one region's and whose name is another's: (written, code, its own)
        self.contradictions: list[tuple[Written, str, str]] = []
        self.retired: dict[str, tuple[int, str | None]] = {}
        self.told = 0
        self.lost: list[str] = []
        self.spelt: list[str] = []
        self.differing: list[str] = []

    def find(self, written: list[Written]) -> Places:
        """Raises OtherCodes; what is wrong with single rows stands in the answer."""
        codes = {code for one in written if (code := code_of(one))}
        levels = [level for level in Level if not level.is_below(self.level)]
        regions = Region.objects.within(self.region).filter(level__in=levels)
        above = Region.objects.filter(code__in=lineage(self.region))
        self.known = dict((regions | above).values_list("code", "name"))
        self.others = codes - self.known.keys()
        if self.others:
            found = Region.objects.filter(code__in=self.others)
            self.known |= dict(found.values_list("code", "name"))
            retired = RetiredCode.objects.filter(code__in=self.others - self.known.keys())
            self.retired = {
                code: (year, successor)
                for code, year, successor in retired.values_list(
                    "code", "last_edition", "successor_id"
                )
            }
        for one in written:
            try:
                code = self._region(one)
            except Invalid as error:
                place = self.table.place(error.field or one.code_kind or one.name_kind or NAME)
                self.found.errors.append(RowError(one.line.number, place, str(error.message)))
            else:
                self.found.codes[one.line.number] = code
        if not self.by_name:
            self._refuse_contradictions(written)
        self._say()
        self.found.names = self.known
        return self.found

    @cached_property
    def called(self) -> dict[str, list[str]]:
        """Codes by what the names say: read when the first name has to be looked for. A list whose codes
        and names agree needs none, and to read all villages takes longer than such a list.
        """
        found: dict[str, list[str]] = defaultdict(list)
        for code, name in self.known.items():
            if code not in self.others:
                found[names.own_reading(code, name)[1]].append(code)
        return found

    def _region(self, one: Written) -> str:
        if self.by_name:
            return self._by_name_alone(one)
        code = code_of(one)
        if code is None:
            return self._of_its_name(one)
        if self._is_code_above(one, code):
            return self._of_its_name(replace(one, code_kind="", code="", parent=code))
        self._check_code(one, code)
        if one.name and not names.is_name_of(one.name, code, self.known[code]):
            self._check_spelling(one, code)
        self._check_above(one, code)
        return code

    def _is_code_above(self, one: Written, code: str) -> bool:
        """A code of the regency in every row beside the names of its districts."""
        level = NAMES.get(one.name_kind)
        above = level is not None and Level(level).is_below(level_of(code))
        return above and not names.is_name_of(one.name, code, self.known.get(code, ""))

    def _check_code(self, one: Written, code: str) -> None:
        if code not in self.known:
            if one.name and len(own := self._candidates(one)) == 1:
                self.contradictions.append((one, code, own[0]))
            raise Invalid("region-unknown", self._unknown(code), field=one.code_kind)
        wanted = CODES.get(one.code_kind)
        if wanted and level_of(code) != wanted:
            text = _("%(code)s is no code of the level of its column (%(level)s).")
            values = {"code": one.line.text(one.code_kind), "level": Level(wanted).label}
            raise Invalid("region-level", text % values, field=one.code_kind)
        if level_of(code).is_below(self.level):
            text = _("This region lies below the level of the basis.")
            raise Invalid("region-level", text, field=one.code_kind)

    def _unknown(self, code: str) -> str:
        year, successor = self.retired.get(code, (0, None))
        if successor:
            text = _("This code was retired in %(year)s; today it is %(code)s.")
            return text % {"year": year, "code": successor}
        return _("No region has this code; see /api/v1/regions/ for the current ones.")

    def _check_spelling(self, one: Written, code: str) -> None:
        own = [other for other in self._candidates(one) if other != code]
        if own or not names.alike(one.name, code, self.known[code]):
            if len(own) == 1:
                self.contradictions.append((one, code, own[0]))
            raise Invalid(
                "region-name",
                _(
                    "%(code)s is %(name)s, and this row is called “%(written)s”: correct one of the two."
                )
                % {"code": code, "name": self.known[code], "written": one.name[:60]},
                field=one.name_kind,
            )
        self.spelt.append(f"“{one.name[:60]}” = {self.known[code]} ({code})")

    def _check_above(self, one: Written, code: str) -> None:
        for kind, text in one.above.items():
            above = ancestor(code, Level(NAMES[kind]))
            name = self.known.get(above)
            if name is None or len(above) >= len(code) or names.is_name_of(text, above, name):
                continue
            if not names.alike(text, above, name):
                words = _("%(code)s lies in %(name)s, and this row says “%(written)s”.")
                values = {"code": code, "name": name, "written": text[:60]}
                raise Invalid("region-name", words % values, field=kind)

    def _of_its_name(self, one: Written) -> str:
        """No code, or one that lost its zeros: exactly one region is called so."""
        if not one.name:
            raise unreadable(one)
        code = self._only(one)
        if one.code_kind and one.line.text(one.code_kind):
            if not could_be(one.code, code):
                raise unreadable(one)
            self.lost.append(f"{one.code} = {self.known[code]} ({code})")
        return code

    def _by_name_alone(self, one: Written) -> str:
        if not one.name:
            text = _("This row has no name to match it by.")
            raise Invalid("region-name", text, field=one.code_kind or NAME)
        code = self._only(one)
        written = one.line.text(one.code_kind)
        if written and re.sub(r"\D", "", written) != code.replace(".", ""):
            self.differing.append(f"{written} = {self.known[code]} ({code})")
        return code

    def _only(self, one: Written) -> str:
        found = self._candidates(one)
        if len(found) == 1:
            return found[0]
        if not found:
            where = {"name": one.name[:60], "region": self.known.get(self.region, self.region)}
            text = (
                _("No region in %(region)s is called “%(name)s”. Write its code beside it.") % where
            )
            text = f"{text} {self._nearest(one)}".strip()
            raise Invalid("region-unknown", text, field=one.name_kind)
        listed = ", ".join(f"{self.known[code]} ({code})" for code in found[:4])
        text = _("“%(name)s” can be %(regions)s. Write the code, or the full name.")
        values = {"name": one.name[:60], "regions": listed}
        raise Invalid("region-several", text % values, field=one.name_kind)

    def _candidates(self, one: Written) -> list[str]:
        """Regions of that name, within those that the row's other columns name."""
        level = NAMES.get(one.name_kind)
        found = sorted(
            {
                code
                for said, base in names.readings(one.name)
                for code in self.called.get(base, ())
                if said in ("", names.own_reading(code, self.known[code])[0])
                and within(code, one.parent or self.region)
                and (level is None or self._in_column(code, Level(level), said))
            }
        )
        for kind, text in one.above.items():
            found = [code for code in found if self._lies_in(code, Level(NAMES[kind]), text)]
        return found

    def _in_column(self, code: str, level: Level, said: str) -> bool:
        """Of the column's own level, or one above that the name itself says, as sums do."""
        return level_of(code) == level or bool(said and level.is_below(level_of(code)))

    def _nearest(self, one: Written) -> str:
        """A name that may have been meant; nobody decides it but who wrote it."""
        if self.told >= _TOLD:
            return ""
        self.told += 1
        wanted = {base for _said, base in names.readings(one.name)}
        bases = [
            base
            for base, codes in self.called.items()
            if any(within(c, self.region) for c in codes)
        ]
        close = [base for word in wanted for base in get_close_matches(word, bases, 2, 0.75)]
        found = [code for base in dict.fromkeys(close) for code in self.called[base]][:3]
        if not found:
            return ""
        listed = ", ".join(f"{self.known[code]} ({code})" for code in found)
        return _("Nearest: %(regions)s.") % {"regions": listed}

    def _lies_in(self, code: str, level: Level, text: str) -> bool:
        above = ancestor(code, level)
        name = self.known.get(above)
        return name is None or len(above) >= len(code) or names.is_name_of(text, above, name)

    # --- rows that contradict themselves, all of them seen together ----------------------------------

    def _refuse_contradictions(self, written: list[Written]) -> None:
        coded = [one for one in written if one.line.text(one.code_kind)]
        if coded and all(_SEVEN.fullmatch(one.line.text(one.code_kind)) for one in coded):
            text = _(
                "Codes of seven digits are those of BPS for districts. Write Kemendagri's codes, or have"
                " the rows matched by their names."
            )
            raise OtherCodes([RowError(0, "", text)])
        if not self.contradictions or not self._looks_renumbered(written):
            return
        one, code, own = self.contradictions[0]
        text = _(
            "The codes number the regions as BPS does, not as Kemendagri: %(written)s is %(own)s here"
            " (Kemendagri %(code)s), and %(other)s to Kemendagri. %(count)s rows would get another"
            " region's figures. Write Kemendagri's codes, or have the rows matched by their names."
        ) % {
            "written": one.line.text(one.code_kind),
            "own": self.known[own],
            "code": own,
            "other": self.known.get(code, _("no region")),
            "count": len(self.contradictions),
        }
        rows = [
            RowError(
                one.line.number, self.table.place(one.code_kind), self._two_regions(one, other, own)
            )
            for one, other, own in self.contradictions[:_TOLD]
        ]
        raise OtherCodes([RowError(0, "", text), *rows])

    def _two_regions(self, one: Written, code: str, own: str) -> str:
        text = _("%(written)s is %(own)s (%(code)s) by its name, and %(other)s by its code.")
        other = self.known.get(code, _("no region"))
        values = {"written": one.line.text(one.code_kind), "own": self.known[own], "code": own}
        return text % {**values, "other": other}

    def _looks_renumbered(self, written: list[Written]) -> bool:
        """Each name is one region's and none comes twice; code and name agree on the province and on
        regency or city; and the names do not simply stand in the order of the alphabet, as a column
        does that was sorted alone.
        """
        pairs = []
        for one in written:
            code = code_of(one)
            own = self._candidates(one) if one.name else []
            if code is None or len(own) != 1:
                return False
            pairs.append((code, own[0]))
        own_codes = [own for _code, own in pairs]
        letters = [names.own_reading(own, self.known[own])[1] for _code, own in sorted(pairs)]
        return (
            len(self.contradictions) > 1
            and len(set(own_codes)) == len(own_codes)
            and letters != sorted(letters)
            and all(_alike_numbers(code, own) for code, own in pairs)
        )

    def _say(self) -> None:
        for text, found in (
            (
                _("Codes that lost their zeros were understood by their names: %(which)s."),
                self.lost,
            ),
            (_("Other spellings of names were understood by their codes: %(which)s."), self.spelt),
            (
                _("Regions were matched by their names; the file's codes are others': %(which)s."),
                self.differing,
            ),
        ):
            if found:
                which = "; ".join(found[:_TOLD])
                if len(found) > _TOLD:
                    which += _(" and %(count)s more") % {"count": len(found) - _TOLD}
                self.found.said.append(text % {"which": which})


def _alike_numbers(code: str, own: str) -> bool:
    """Of one province, both of regencies or both of cities (whose numbers begin with 71)."""
    if len(code) < 5 or len(own) < 5:
        return code == own
    return code[:2] == own[:2] and (code[3] >= "7") == (own[3] >= "7")


def root_of(codes: Iterable[str]) -> str:
    """The smallest region that all of these lie in."""
    lines = [lineage(code) for code in codes]
    shared = NATION
    for step in zip(*lines, strict=False):
        if len(set(step)) > 1:
            break
        shared = step[0]
    return shared
