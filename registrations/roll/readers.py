"""Which village of the office a cell means."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from dukcapil.core.errors import DomainError, Invalid
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import get_region
from dukcapil.regions.validators import within
from registrations.people.validators import name_key

OTHER_DISTRICT = "other-district"


@dataclass
class Villages:
    """The villages of an office, by code and by name."""

    office: str
    by_code: dict[str, Region] = field(default_factory=dict)
    by_name: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _asked: dict[str, DomainError] = field(default_factory=dict)
    #: The code last asked for that lies in another district.
    elsewhere: str = ""

    @classmethod
    def of(cls, office: str) -> Villages:
        villages = cls(office)
        for region in Region.objects.within(office).filter(level=Level.VILLAGE):
            villages.by_code[region.pk] = region
            villages.by_name[name_key(region.name)].append(region.pk)
        return villages

    def find(self, digits: str, name: str) -> str:
        """The code of the village that is meant. Raises Invalid in words of the row."""
        if digits:
            return self._of_code(f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}.{digits[6:]}", name)
        codes = self.by_name.get(name_key(name), [])
        if len(codes) != 1:
            text = _("No single village of your district has this name: write its ten-digit code.")
            raise Invalid("village", text, field="village")
        return codes[0]

    def _of_code(self, code: str, name: str) -> str:
        if (region := self.by_code.get(code)) is None:
            raise self._unknown(code)
        if name and name_key(name) != name_key(region.name):
            text = _("Code and name are of two villages: %(code)s is %(name)s.")
            raise Invalid(
                "village-differs", text % {"code": code, "name": region.name}, field="village"
            )
        return code

    def _unknown(self, code: str) -> DomainError:
        if code not in self._asked:
            self._asked[code] = self._why_not(code)
        if self._asked[code].code == OTHER_DISTRICT:
            self.elsewhere = code
        return self._asked[code]

    def _why_not(self, code: str) -> DomainError:
        try:
            get_region(code, level=Level.VILLAGE, field="village")
        except DomainError as error:
            return error
        if within(code, self.office):
            return Invalid("village", _("No region has this code."), field="village")
        text = _(
            "The village lies in another district: the row is handed over to that office. Somebody who"
            " comes to yours for a service is added one by one."
        )
        return Invalid(OTHER_DISTRICT, text, field="village")
