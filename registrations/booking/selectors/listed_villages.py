"""Villages as lists write them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models.functions import Upper

from dukcapil.accounts.scoping import Actor
from dukcapil.core.lists.clean import village_words
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region


class VillageFinder:
    """The villages that these texts mean: two queries for any number of them."""

    def __init__(self, by: Actor, texts: Iterable[str]) -> None:
        read = {text: village_words(text) for text in texts if text}
        self._read = read
        villages = Region.objects.filter(level=Level.VILLAGE)
        codes = {code for code, _name in read.values() if code}
        self._by_code = {region.pk: region for region in villages.filter(pk__in=codes)} if codes else {}
        self._by_name: dict[str, list[Region]] = defaultdict(list)
        names = {name.upper() for code, name in read.values() if name and not code}
        if names:
            within = Region.objects.within(by.office or by.region).filter(level=Level.VILLAGE)
            for region in within.annotate(upper=Upper("name")).filter(upper__in=names):
                self._by_name[region.name.upper()].append(region)

    def village(self, text: str) -> Region | None:
        """None when none, or several of the office, have this name."""
        if not text:
            return None
        code, name = self._read[text]
        if code:
            return self._by_code.get(code)
        regions = self._by_name.get(name.upper(), [])
        return regions[0] if len(regions) == 1 else None
