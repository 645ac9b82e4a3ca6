"""Where people are together in Bukittinggi: three schools with their rosters, a prison, a group, and a list of
voters that the worker compares once it runs.
"""

from __future__ import annotations

import io
import random
from datetime import date, timedelta

from django.utils import timezone

from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.regions.models import Region
from events.venues.enums import VenueKind
from events.venues.models import Venue
from events.venues.services import add_venue
from registrations.booking.services.drafts import Source
from registrations.people.models import Resident
from registrations.rosters.models import Roster, RosterEntry
from registrations.rosters.services.bringing import bring_roster
from registrations.rosters.services.groups import put_in_group
from registrations.rosters.services.triage import triage
from registrations.rosters.validators import year_of
from registrations.voters.services.lists import bring_voters
from reports.demo.accounts import actor
from reports.demo.life import practice_election
from reports.demo.roll import FAMILY_NAMES, FIRST_NAMES

HEAD = "kepala"
SCHOOLS = ("SMA Negeri 1 (contoh)", "SMK Negeri 2 (contoh)", "MAN 1 (contoh)")
PUPILS, GUESTS = 30, 6
INMATES = 24
#: What became of the first of the inmates, and how many.
TRIAGED = (("complete", 9), ("nik_found", 4), ("other_district", 5), ("never_recorded", 2))
VOTERS = 300
_LISTED = "No;NIK;Nama;Tgl Lahir;L/P;Desa/Kelurahan;Alamat;RT;RW"


def make_places() -> None:
    with scoped(EVERYBODY):
        by, today = actor(HEAD), timezone.localdate()
        chance = random.Random(by.region)  # noqa: S311 - examples
        villages = list(Region.objects.within(by.region).level("village").order_by("pk"))
        people = Resident.objects.filter(office_id=by.region).select_related("identity")
        young = list(people.filter(birth_date__gt=today - timedelta(days=6600)).order_by("pk"))
        for number, name in enumerate(SCHOOLS):
            school = add_venue(
                by=by,
                kind=VenueKind.SCHOOL,
                name=name,
                village=villages[number],
                contact="Tata usaha",
            )
            pupils = young[number * PUPILS : (number + 1) * PUPILS]
            _roster(by, school, today, _pupils(pupils, chance, today))
        _prison(by, today, villages[1], chance)
        for person in people.order_by("birth_date")[:6]:
            put_in_group(by=by, resident=person, group="elderly")
        _voters(by, today, chance)


def _roster(by: Actor, venue: Venue, today: date, rows: list[str]) -> Roster:
    source = Source("\n".join(["Nama;Tanggal lahir;Kelas", *rows]).encode())
    year = year_of(venue.kind, today)
    return bring_roster(by=by, venue=venue, year=year, as_of=today, source=source).roster


def _pupils(pupils: list[Resident], chance: random.Random, today: date) -> list[str]:
    """Those of the district, and some whom the office does not hold."""
    rows = [(one.identity.name, one.birth_date) for one in pupils]
    rows += [
        (_name(chance), today - timedelta(days=chance.randint(6000, 6500))) for _n in range(GUESTS)
    ]
    return [
        f"{name};{born:%d-%m-%Y};XII {'IPA' if number % 2 else 'IPS'} {number % 3 + 1}"
        for number, (name, born) in enumerate(rows)
    ]


def _name(chance: random.Random) -> str:
    return f"{chance.choice(FIRST_NAMES)} {chance.choice(FAMILY_NAMES)} (Contoh)"


def _prison(by: Actor, today: date, village: Region, chance: random.Random) -> None:
    prison = add_venue(
        by=by, kind=VenueKind.PRISON, name="Lembaga pemasyarakatan (contoh)", village=village
    )
    rows = [
        f"{_name(chance)};{today - timedelta(days=9000 + 97 * number):%d-%m-%Y};Blok {'AB'[number % 2]}"
        for number in range(INMATES)
    ]
    roster = _roster(by, prison, today, rows)
    entries = list(RosterEntry.objects.filter(roster=roster).order_by("place", "pk"))
    for verdict, people in TRIAGED:
        chosen, entries = entries[:people], entries[people:]
        triage(by=by, roster=roster, entries=[one.pk for one in chosen], verdict=verdict)


def _voters(by: Actor, today: date, chance: random.Random) -> None:
    """As a list of voters comes: numbers masked, some names misspelt, some people whom nobody holds."""
    adults = Resident.objects.filter(
        office_id=by.region, birth_date__lt=today - timedelta(days=6300)
    ).select_related("identity")
    lines = [_LISTED]
    for number, one in enumerate(adults.order_by("nik_hash")[:VOTERS], start=1):
        name, born = one.identity.name.removesuffix(" (Contoh)"), one.birth_date
        if number % 15 == 0:
            name = name.replace("i", "y")
        if number % 25 == 0:
            name, born = _name(chance), born - timedelta(days=400)
        where = f"{one.village_id};{one.identity.address};{one.identity.rt};{one.identity.rw}"
        sex = "L" if one.sex == "M" else "P"
        lines.append(
            f"{number};{one.identity.nik_masked[:6]}**********;{name};{born:%d-%m-%Y};{sex};{where}"
        )
    bring_voters(
        by=by,
        file=io.BytesIO("\n".join(lines).encode()),
        name="dps-contoh.csv",
        kind="dps",
        election=practice_election(by.region, today),
        as_of=today,
    )
