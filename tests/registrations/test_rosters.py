"""Schools, prisons and groups: lists in, whom they mean, what is new, and a visit planned from one."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.crypto import decrypt
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Asks, Conflict, Invalid, NotFound, Refused
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.venues.models import Venue, VenueVisit
from events.venues.services import add_venue
from registrations.booking.models.appointment import Appointment
from registrations.booking.services.appointments import check_in
from registrations.booking.services.drafts import Source
from registrations.booking.services.matching import not_matched
from registrations.corrections.services.called_again import reopen_recording
from registrations.corrections.services.merging import merge
from registrations.findings.services.findings import Evidence, decide, propose
from registrations.lifecycle.services.class_visits import plan_class_visit
from registrations.lifecycle.services.events import close_event, open_to_booking
from registrations.lifecycle.services.follow_up import follow_up
from registrations.oversight.selectors.letters import LetterAsked, letter_of
from registrations.oversight.services.erasing import erase_person
from registrations.people.models import Resident
from registrations.requests.services.requests import ask_visit
from registrations.rosters.enums import PupilState, Triage
from registrations.rosters.models import GroupMember, Roster, RosterEntry
from registrations.rosters.selectors.groups import group_counts, members_of
from registrations.rosters.selectors.pupils import pupils_of
from registrations.rosters.selectors.rosters import (
    funnel,
    get_roster_or_404,
    new_since_visit,
    present,
    roster_with_lists_or_404,
    shown,
    standing_of,
)
from registrations.rosters.services.bringing import Brought, bring_roster
from registrations.rosters.services.groups import put_in_group, take_from_group
from registrations.rosters.services.triage import triage
from registrations.rosters.validators import year_of
from tests.engines import LONG
from tests.world import (
    BUKITTINGGI,
    CLOSING,
    VILLAGES,
    World,
    looks,
    make_resident,
    nik,
    record,
    today,
)

PUPIL = date(today().year - 17, 1, 2)
HEADER = "NIK;Nama;Tanggal lahir;Kelas\n"


def make_venue(made: World, kind: str = "school", **changes: Any) -> Venue:
    values = {
        "name": "SMA 1 Contoh",
        "village": Region.objects.get(pk=VILLAGES[BUKITTINGGI]),
        "contact": "Kepala sekolah",
    }
    by = made["head"].actor
    with scoped(by.scope):
        return add_venue(by=by, kind=kind, **{**values, **changes})


def bring(made: World, venue: Venue, text: str, who: str = "head", **changes: Any) -> Brought:
    by = made[who].actor
    values: dict[str, Any] = {"as_of": today(), "year": year_of(venue.kind, today())}
    with scoped(by.scope):
        return bring_roster(
            by=by, venue=venue, source=Source(text.encode()), **{**values, **changes}
        )


def row(person: Resident, class_name: str, **other: str) -> str:
    with scoped(EVERYBODY):
        identity = person.identity
    cells = {
        "nik": other.get("nik", ""),
        "name": other.get("name", identity.name),
        "born": other.get("born", f"{person.birth_date:%d-%m-%Y}"),
    }
    return f"{cells['nik']};{cells['name']};{cells['born']};{class_name}\n"


def test_a_school_from_its_list_to_the_follow_up(made: World) -> None:
    """Two classes: matched, one recorded already; the visit, its approval, who was absent, the next list."""
    head = made["head"].actor
    names = ["Adi Saputra", "Budi Hartono", "Citra Lestari", "Dewi Anggraini", "Eka Putri"]
    people = [make_resident(made, name=name, birth_date=PUPIL) for name in names]
    record(made, people[0])
    venue = make_venue(made)
    text = HEADER + "".join(
        row(one, "XII IPA 1" if place < 3 else "XII IPS 2") for place, one in enumerate(people)
    )
    with scoped(head.scope):
        wish = ask_visit(
            by=head,
            resident=people[4],
            services=["recording"],
            reason="cannot_come",
            partner_kind="rt_rw",
        )
    text += f";Farhan Asing;{PUPIL:%d-%m-%Y};XII IPS 2\n"
    text += f";Adi Saputra;{PUPIL:%d-%m-%Y};XII IPA 1\n;;;XII IPA 1\n"
    brought = bring(made, venue, text, who="operator")
    assert (brought.version.added, brought.matched) == (6, 5)
    assert [number for number, _why in brought.refused] == [8, 9]
    with scoped(head.scope):
        roster = get_roster_or_404(head, brought.roster.pk)
        states = [one.state for one in shown(present(head, roster), standing_of(head, roster))]
        assert states.count(PupilState.RECORDED) == 1
        assert states.count(PupilState.TO_DO) == 5
        planned = plan_class_visit(
            by=head, roster=roster, starts_on=today(), begins=time(0, 1), ends=time(23, 59)
        )
        assert (planned.expected, planned.left) == (4, {"unknown": 1, "recorded": 1})
        assert planned.event.place_kind == "school"
        # Nobody is visited at home as well.
        wish.refresh_from_db()
        assert (wish.state, wish.event_id) == ("planned", planned.event.pk)
        with pytest.raises(Conflict, match="nobody-to-visit"):
            plan_class_visit(
                by=head, roster=roster, starts_on=today(), begins=time(0, 1), ends=time(23, 59)
            )
        # A draft that nobody approved holds nobody once its hours are over.
        planned.event.sessions.update(ends_at=timezone.now())
        planned = plan_class_visit(
            by=head, roster=roster, starts_on=today(), begins=time(0, 1), ends=time(23, 59)
        )
        assert planned.expected == 4
        open_to_booking(by=head, event=planned.event, neutrality_signed=True)
        visits = list(Appointment.objects.filter(event=planned.event).select_related("group"))
        assert sorted(visit.group.name for visit in visits if visit.group) == [
            *("XII IPA 1", "XII IPA 1", "XII IPS 2", "XII IPS 2")
        ]
        came = next(visit for visit in visits if visit.resident_id == people[1].pk)
        check_in(by=head, appointment=came)
    record(made, people[1], session=came.session_id)
    with scoped(head.scope):
        event = close_event(by=head, event=planned.event, confirm=CLOSING)
        later = follow_up(by=head, event=event, starts_on=today() + timedelta(days=7))
        assert VenueVisit.objects.get(event=later).venue == venue
        assert later.sessions.get().waiting.count() == 3
    # The next list: one is gone, which is asked, and one is in another class.
    again = HEADER + row(people[1], "XII IPA 1") + row(people[2], "XII IPS 2")
    again += row(people[3], "XII IPS 2")
    with pytest.raises(Asks) as asked:
        bring(made, venue, again)
    assert asked.value.words == ("people-gone",)
    second = bring(made, venue, again, confirm=["people-gone"]).version
    counts = (second.added, second.moved, second.gone, second.same)
    assert counts == (0, 1, 3, 2)
    with scoped(EVERYBODY):
        assert RosterEntry.objects.count() == 6


def test_a_list_is_read_with_its_doubts(made: World) -> None:
    """A masked number, day and month swapped, a name of two letters, last year's list, a future day."""
    swapped = make_resident(made, name="Gita Permata", birth_date=date(PUPIL.year, 3, 4))
    short = make_resident(made, name="Al", birth_date=PUPIL)
    known = make_resident(made, name="Hadi Wijaya", birth_date=PUPIL)
    venue = make_venue(made)
    text = HEADER + row(swapped, "XII", born=f"03-04-{PUPIL.year}") + row(short, "XII")
    text += row(known, "XII", nik="1375************")
    brought = bring(made, venue, text)
    by = made["operator"].actor
    with scoped(by.scope):
        roster = get_roster_or_404(by, brought.roster.pk)
        found = {one.name: one for one in shown(present(by, roster), standing_of(by, roster))}
    assert (found["Gita Permata"].doubt, found["Gita Permata"].resident) == ("day_month", None)
    assert found["Al"].resident == short.pk
    assert (found["Hadi Wijaya"].doubt, found["Hadi Wijaya"].resident) == ("number", known.pk)
    # The same classes a year later are last year's list.
    year = roster.year
    with scoped(EVERYBODY):
        Roster.objects.filter(pk=roster.pk).update(year=year - 1)
    with pytest.raises(Asks) as asked:
        bring(made, venue, text)
    assert asked.value.words == ("last-years-list",)
    bring(made, venue, text.replace(";XII\n", ";XIII\n"))
    old = HEADER + "".join(f";Nama {n};02-01-{PUPIL.year - 4};X\n" for n in "ABC")
    with pytest.raises(Asks, match="last-years-list"):
        bring(made, make_venue(made, name="SMA 2"), old)
    for changes, code in (
        ({"as_of": today() + timedelta(days=1)}, "as-of"),
        ({"year": year + 3}, "roster-year"),
    ):
        with pytest.raises(Invalid) as refused:
            bring(made, venue, text, **changes)
        assert refused.value.code == code
    with pytest.raises(NotFound):
        bring(made, venue, text, who="neighbour")
    with pytest.raises(Invalid) as refused:
        bring(made, venue, "Nama\n" + "Satu Dua\n" * 5_001)
    assert "5.001" in str(refused.value.message)


# --- keyed rows -----------------------------------------------------------------------------------


def insert_people(by_venue: dict[Venue | None, tuple[int, int]]) -> None:
    """Of each venue so many recorded and so many not, each a row with a number of its own."""
    office, village = BUKITTINGGI, VILLAGES[BUKITTINGGI]
    born = today() - timedelta(days=365 * 17 + 100)
    year = year_of("school", today())
    keys = "sha256(convert_to(%s || n, 'UTF8'))"
    with connection.cursor() as cursor:
        for number, (recorded, missing) in enumerate(by_venue.values()):
            cursor.execute(
                "INSERT INTO registrations_resident (id, office_id, nik_hash, village_id, birth_date,"
                " sex, marital_status, known_recorded_on, is_example, created_at)"
                f" SELECT gen_random_uuid(), %s, {keys}, %s, %s, 'M', 'single',"
                " CASE WHEN n <= %s THEN current_date - 30 END, false, now()"
                "   FROM generate_series(1, %s) n ORDER BY random()",
                [office, f"{number}-", village, born, recorded, recorded + missing],
            )
        # The rule about entries was planned for a table of few people.
        cursor.execute("DISCARD PLANS")
        for number, (venue, (recorded, missing)) in enumerate(by_venue.items()):
            if venue is None:
                continue
            roster = Roster.objects.create(venue=venue, office_id=office, year=year, version=1)
            cursor.execute(
                "INSERT INTO registrations_rosterentry (id, roster_id, office_id, key, nik_hash,"
                " sealed, class_name, resident_id, added_in)"
                " SELECT gen_random_uuid(), %s, %s, r.nik_hash, r.nik_hash, '\\x00', 'XII', r.id, 1"
                "   FROM generate_series(1, %s) n JOIN registrations_resident r"
                f"     ON r.nik_hash = {keys}",
                [roster.pk, office, recorded + missing, f"{number}-"],
            )


@pytest.mark.parametrize(
    ("listed", "recorded", "inside", "outside", "nowhere"),
    [
        # Each pupil is looked up as its row is written, which takes ten seconds for 20,887: a tenth of them without LONG.
        pytest.param(
            *((2_455, 0, 1_214, 1_241, 661) if LONG else (246, 0, 122, 124, 66)),
            id="Karanganyar 3,116",
        ),
        pytest.param(
            *((20_887, 15_518, 4_193, 1_176, 1_648) if LONG else (689, 152, 419, 118, 165)),
            id="Purbalingga 7,017",
        ),
    ],
)
def test_pupils_as_two_districts_counted_them(
    made: World, listed: int, recorded: int, inside: int, outside: int, nowhere: int
) -> None:
    away = Region.objects.get(pk=VILLAGES["13.06"])
    schools = [make_venue(made, name=f"SMA {n}") for n in (1, 2)]
    elsewhere = make_venue(made, name="SMK Jauh", village=away)
    head = made["head"].actor
    with scoped(head.scope):
        insert_people(
            {
                schools[0]: (recorded, inside - 100),
                schools[1]: (0, 100),
                elsewhere: (0, outside),
                None: (0, nowhere),
            }
        )
        pupils = pupils_of(head, BUKITTINGGI)
    assert pupils.listed == listed
    assert pupils.states == {
        PupilState.RECORDED: recorded,
        PupilState.TO_DO: inside,
        PupilState.OUTSIDE: outside,
        PupilState.OUT_OF_SCHOOL: nowhere,
        PupilState.YOUNG: 0,
        PupilState.GONE: 0,
    }
    assert pupils.unrecorded == inside + outside + nowhere
    assert pupils.out_of_school == {VILLAGES[BUKITTINGGI]: nowhere}


def test_a_prison_is_for_whoever_may_see_prisons(made: World) -> None:
    """Purwokerto's funnel and Permisan's 393 of keyed rows, the newcomers after a visit, and who may look."""
    head = made["head"].actor
    prisons = {
        "Purwokerto": {
            "complete": 798,
            "other_district": 125,
            "nik_found": 4,
            "never_recorded": 12,
        },
        "Permisan": {"nik_found": 260, "not_identified": 46, "other_district": 87},
    }
    rosters = {}
    for name, classes in prisons.items():
        venue = make_venue(made, "prison", name=f"Lapas {name}")
        rows = sum(classes.values())
        text = "NIK;Nama;Blok\n" + "".join(f";Warga {name} {n};A{n % 7}\n" for n in range(rows))
        with pytest.raises(Refused):
            bring(made, venue, text, who="operator")
        roster = rosters[name] = bring(made, venue, text).roster
        with scoped(head.scope):
            left = list(present(head, roster).values_list("pk", flat=True))
            for verdict, count in classes.items():
                chosen, left = left[:count], left[count:]
                assert triage(by=head, roster=roster, entries=chosen, verdict=verdict) == count
    with scoped(head.scope):
        one = funnel(standing_of(head, rosters["Purwokerto"]))
        assert (one.listed, one.unrecorded, one.local, one.never_recorded) == (939, 141, 16, 12)
        assert one.open == 0
        other = funnel(standing_of(head, rosters["Permisan"])).by_class
        permisan = (other[Triage.NIK_FOUND], other[Triage.NOT_IDENTIFIED])
        assert (*permisan, other[Triage.OTHER_DISTRICT], sum(other.values())) == (260, 46, 87, 393)
        with pytest.raises(Invalid):
            triage(by=head, roster=rosters["Permisan"], entries=[uuid7()], verdict="guilty")
        with pytest.raises(NotFound):
            triage(by=head, roster=rosters["Permisan"], entries=[uuid7()], verdict="complete")
    operator = made["operator"].actor
    with scoped(operator.scope):
        with pytest.raises(Refused):
            get_roster_or_404(operator, rosters["Permisan"].pk)
        # Nor as a filter of another list.
        assert not RosterEntry.objects.visible_to(operator).exists()


def last_visit(made: World, roster: Roster) -> datetime | None:
    read, _lists = roster_with_lists_or_404(made["head"].actor, roster.pk)
    until: datetime | None = vars(read)["visited_until"]
    return until


def test_a_prison_is_visited_again_for_who_is_new(made: World) -> None:
    head = made["head"].actor
    person = make_resident(made, name="Indra Jaya", birth_date=date(1990, 5, 17))
    venue = make_venue(made, "prison", name="Lapas Contoh")
    first = "NIK;Nama;Tanggal lahir;Blok\n" + row(person, "A")
    roster = bring(made, venue, first).roster
    with scoped(head.scope):
        entry = present(head, roster).get().pk
        triage(by=head, roster=roster, entries=[entry], verdict="never_recorded")
        assert funnel(standing_of(head, roster)).unrecorded == 1
    now = timezone.localtime()
    with scoped(head.scope):
        assert new_since_visit(head, roster, last_visit(made, roster)) is None
        ends = (now + timedelta(minutes=1)).time() if now.hour < 23 else time(23, 59)
        planned = plan_class_visit(
            by=head, roster=roster, starts_on=now.date(), begins=time(0, 0), ends=ends
        )
        open_to_booking(by=head, event=planned.event, neutrality_signed=True)
        planned.event.sessions.update(ends_at=timezone.now())
        close_event(by=head, event=planned.event, confirm=CLOSING)
    record(made, person)
    bring(made, venue, first + "".join(f";Baru {n};01-02-1991;B\n" for n in range(96)))
    with scoped(head.scope):
        roster = get_roster_or_404(head, roster.pk)
        newcomers = new_since_visit(head, roster, last_visit(made, roster))
        assert newcomers is not None
        assert newcomers.count() == 96
        # A year later their list is another, and nobody on it is new for that.
        Roster.objects.filter(pk=roster.pk).update(year=roster.year - 1)
    text = "NIK;Nama;Tanggal lahir;Blok\n" + row(person, "A") + ";Baru Sekali;01-02-1991;B\n"
    with scoped(head.scope):
        later = get_roster_or_404(head, bring(made, venue, text).roster.pk)
        newcomers = new_since_visit(head, later, last_visit(made, later))
        assert newcomers is not None
        assert [one.told["name"] for one in newcomers] == ["Baru Sekali"]
        # Whoever was recorded meanwhile is so, whatever was said of them before.
        after = funnel(standing_of(head, roster))
        assert (after.listed, after.unrecorded, after.never_recorded) == (97, 0, 0)


def test_groups_rosters_and_a_person_who_is_merged_or_erased(made: World) -> None:
    head, operator = made["head"].actor, made["operator"].actor
    stays, gone = (make_resident(made, name=name) for name in ("Joko Satu", "Joko Dua"))
    extra = nik(date(1990, 5, 17))
    for one in (stays, gone):
        with scoped(head.scope):
            put_in_group(by=head, resident=one, group="remote")
    with scoped(head.scope):
        with pytest.raises(Conflict, match="in-group"):
            put_in_group(by=head, resident=gone, group="remote")
        put_in_group(by=head, resident=gone, group="disability")
        counts = {one.group: (one.people, one.public) for one in group_counts(head)}
        assert counts["remote"] == (2, None)
    with scoped(operator.scope):
        for refused in (
            lambda: group_counts(operator),
            lambda: members_of(operator, "remote"),
            lambda: put_in_group(by=operator, resident=stays, group="neglected"),
        ):
            with pytest.raises(Refused):
                refused()
    venue = make_venue(made, "company", name="PT Contoh")
    text = HEADER + row(gone, "Giling")
    text += f"{extra.text};Joko Satu Asing;17-05-1990;Giling\n"
    # Nobody's row as the office reads it: two people have this name, and one of them is erased.
    text += ";Joko Satu;17-05-1990;Linting\n"
    make_resident(made, name="Joko Satu")
    roster = bring(made, venue, text).roster
    with scoped(head.scope):
        merge(by=head, resident=gone, into=stays, reason="orang yang sama")
        assert set(GroupMember.objects.values_list("resident_id", "group")) == {
            (stays.pk, "remote"),
            (stays.pk, "disability"),
        }
        assert RosterEntry.objects.get(roster=roster, resident=stays).told["name"] == "Joko Dua"
        take_from_group(by=head, resident=stays, group="disability")
        with pytest.raises(NotFound):
            take_from_group(by=head, resident=stays, group="disability")
        erase_person(by=head, resident=stays, reason="diminta", case="1/2026")
        entry = RosterEntry.objects.get(roster=roster, resident=stays)
        assert (entry.told, entry.key) == ({}, None)
        assert [one.people for one in group_counts(head) if one.people] == []
        assert present(head, roster).count() == 1


def number_of(person: Resident) -> str:
    with scoped(EVERYBODY):
        return decrypt(bytes(person.identity.nik_cipher), context=str(person.pk))


def test_a_list_with_masks_finds_who_was_named_with_numbers(made: World) -> None:
    head = made["head"].actor
    venue = make_venue(made, "prison", name="Lapas Contoh")
    numbers = [nik(date(1990, 5, 17)).text for _n in range(3)]
    whole = "NIK;Nama;Blok\n" + "".join(f"{one};Warga {n};A\n" for n, one in enumerate(numbers))
    roster = bring(made, venue, whole).roster
    with scoped(head.scope):
        chosen = list(present(head, roster).values_list("pk", flat=True))
        triage(by=head, roster=roster, entries=chosen, verdict="never_recorded")
    masked = "NIK;Nama;Tanggal lahir;Blok\n" + "".join(
        f"{one[:6]}******{one[12:]};Warga {n};17-05-1990;A\n" for n, one in enumerate(numbers)
    )
    for text in (masked, whole):
        version = bring(made, venue, text).version
        assert (version.added, version.gone, version.same) == (0, 0, 3)
    with scoped(head.scope):
        assert funnel(standing_of(head, roster)).never_recorded == 3
        assert {one.told["nik"] for one in present(head, roster)} == set(numbers)


def test_a_person_stays_one_entry_whatever_number_or_day_a_list_has(made: World) -> None:
    person = make_resident(made, name="Lina Marlina", birth_date=PUPIL)
    venue, number = make_venue(made), number_of(person)
    roster = bring(made, venue, HEADER + row(person, "X", nik=number, born="03-03-2008")).roster
    lists = (row(person, "X"), row(person, "XI", name="Marlina", nik=number))
    for text, same in zip(lists, (1, 0), strict=True):
        version = bring(made, venue, HEADER + text).version
        assert (version.added, version.gone, version.same) == (0, 0, same)
    with scoped(made["head"].actor.scope):
        assert [one.class_name for one in present(made["head"].actor, roster)] == ["XI"]


def test_an_erased_person_is_in_no_roster_and_told_by_none(made: World) -> None:
    """Other offices' lists, too; a list that has the number again says what it says of any other."""
    head, neighbour = made["head"].actor, made["neighbour_head"].actor
    person = make_resident(made, name="Ani Hapus")
    number, born = number_of(person), f"{person.birth_date:%d-%m-%Y}"
    with scoped(neighbour.scope):
        away = add_venue(
            by=neighbour,
            kind="company",
            name="PT Jauh",
            village=Region.objects.get(pk=VILLAGES["13.06"]),
        )
        bring_roster(
            by=neighbour,
            venue=away,
            year=today().year,
            as_of=today(),
            source=Source(f"{HEADER}{number};Ani Hapus;{born};A\n".encode()),
        )
    own = make_venue(made, "company", name="PT Dekat")
    bring(made, own, "Nama;Kelas\nAni Hapus;A\nLain Orang;A\n")
    with scoped(head.scope):
        erase_person(by=head, resident=person, reason="diminta", case="1/2026")
    with scoped(EVERYBODY):
        left = [one.told["name"] for one in RosterEntry.objects.all() if one.told]
    assert left == ["Lain Orang"]
    searched = len(looks(action="search"))
    text = f"{HEADER}{number};Ani Hapus;{born};A\n;Lain Orang;17-05-1990;A\n"
    brought = bring(made, make_venue(made, "company", name="PT Baru"), text, who="operator")
    assert brought.refused == [(2, not_matched())]
    assert len(looks(action="search")) > searched
    # Who tries numbers is told nothing: many that look alike lead to nobody.
    tried = "".join(
        f"{number[:12]}{int(number[12:]) + n:04};Coba {n};{born};A\n" for n in range(1, 25)
    )
    brought = bring(made, make_venue(made, "company", name="PT Coba"), HEADER + tried)
    assert len(brought.refused) > 10


def test_two_who_were_one_stand_on_a_roster_once(made: World) -> None:
    head = made["head"].actor
    gone, stays = (
        make_resident(made, name=name, birth_date=PUPIL) for name in ("Joko Satu", "Joko Dua")
    )
    roster = bring(made, make_venue(made), HEADER + row(gone, "X") + row(stays, "X")).roster
    with scoped(head.scope):
        merge(by=head, resident=gone, into=stays, reason="orang yang sama")
        roster = get_roster_or_404(head, roster.pk)
        assert standing_of(head, roster).whole.listed == 1
        assert [one.told["name"] for one in present(head, roster)] == ["Joko Dua"]


def test_a_class_visit_expects_nobody_who_is_gone(made: World) -> None:
    head = made["head"].actor
    dead, off, here, later = (
        make_resident(made, name=name, birth_date=PUPIL)
        for name in ("Adi Mati", "Budi Hilang", "Ani", "Cici Nanti")
    )
    record(made, later)
    proof = Evidence("death_certificate", "1", "Dukcapil", today() - timedelta(days=3))
    operator = made["operator"].actor
    with scoped(operator.scope):
        found = propose(by=operator, resident=dead, outcome="deceased", evidence=proof)
    with scoped(head.scope):
        decide(by=head, finding=found, accept=True)
        # What was said of another day since takes nothing back.
        propose(by=head, resident=dead, outcome="not_met")
        Resident.objects.filter(pk=off.pk).update(off_roll_since=today())
        reopen_recording(
            by=head,
            resident=later,
            reason="adjudicate",
            may_return_on=today() + timedelta(days=4),
        )
        assert pupils_of(head, BUKITTINGGI).out_of_school == {VILLAGES[BUKITTINGGI]: 2}
    text = HEADER + "".join(row(one, "X") for one in (dead, off, here, later))
    roster = bring(made, make_venue(made), text).roster
    with scoped(head.scope):
        (school,) = pupils_of(head, BUKITTINGGI).schools
        for sums in (standing_of(head, roster).whole, school):
            assert (sums.listed, sums.gone, sums.to_do) == (4, 2, 2)
        letter = letter_of(head, LetterAsked("undangan", roster.pk, "pdf"))
        assert [one.name for one in letter.people] == ["Ani", "Cici Nanti"]
        planned = plan_class_visit(
            by=head,
            roster=roster,
            starts_on=today() + timedelta(days=3),
            begins=time(8),
            ends=time(10),
        )
    assert (planned.expected, planned.left) == (1, {"gone": 2, "later": 1})


def test_who_is_too_young_is_not_invited(made: World) -> None:
    head = made["head"].actor
    child = make_resident(made, name="Anak Kecil", birth_date=date(today().year - 13, 1, 2))
    venue = make_venue(made, name="SMP Jauh", village=Region.objects.get(pk=VILLAGES["13.06"]))
    wife = make_resident(
        made, name="Istri Muda", birth_date=child.birth_date, marital_status="married"
    )
    text = HEADER + row(child, "VII") + f";Adik Kecil;02-02-{today().year - 13};VII\n"
    text += row(wife, "VII") + f";Kakak Besar;{PUPIL:%d-%m-%Y};VII\n;Tanpa Tanggal;;VII\n"
    roster = bring(made, venue, text).roster
    invited = ["Istri Muda", "Kakak Besar", "Tanpa Tanggal"]
    with scoped(head.scope):
        letter = letter_of(head, LetterAsked("undangan", roster.pk, "pdf"))
        assert [one.name for one in letter.people] == invited
        (school,) = pupils_of(head, BUKITTINGGI).schools
        standing = standing_of(head, roster)
        for sums in (school, standing.whole, standing.by_class["VII"]):
            assert (sums.listed, sums.young, sums.to_do) == (5, 2, 3)
        rows = {one.name: one for one in shown(present(head, roster), standing)}
    assert sorted(n for n, one in rows.items() if one.state == PupilState.OUTSIDE) == invited
    # As everywhere else: by what the office holds.
    assert (rows["Istri Muda"].stage, rows["Anak Kecil"].stage) == ("married_minor", "too_young")
