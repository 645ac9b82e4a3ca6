"""Villages as lists write them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from dukcapil.accounts.scoping import Actor
from dukcapil.core.lists.clean import Unreadable, Village, village_words
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import dotted
from registrations.people.validators import name_key


class VillageFinder:
    """The villages that these texts mean: two queries for any number of them."""

    def __init__(self, by: Actor, texts: Iterable[str]) -> None:
        self._read = {text: _words(text) for text in texts}
        villages = Region.objects.filter(level=Level.VILLAGE)
        codes = {_code(words) for words in self._read.values() if words.code}
        self._by_code = (
            {region.pk: region for region in villages.filter(pk__in=codes)} if codes else {}
        )
        self._by_name: dict[str, list[Region]] = defaultdict(list)
        if any(words.name and not words.code for words in self._read.values()):
            for region in Region.objects.within(by.office or by.region).filter(level=Level.VILLAGE):
                self._by_name[name_key(region.name)].append(region)

    def village(self, text: str) -> Region | None:
        """None when none, or several of the office, have this name, or code and name disagree."""
        words = self._read[text]
        if words.code:
            region = self._by_code.get(_code(words))
            agrees = not words.name or (region and name_key(region.name) == name_key(words.name))
            return region if agrees else None
        regions = self._by_name.get(name_key(words.name), [])
        return regions[0] if len(regions) == 1 else None


def _words(text: str) -> Village:
    try:
        return village_words(text)
    except Unreadable:
        return Village()


def _code(words: Village) -> str:
    return dotted(words.code)
