"""A city's list of its dead, as the press printed it: what became of 11,663 people comes out of keyed rows.

Tangerang Selatan, 2023: field workers of an election had reported 11,663 voters as dead. Each run asks for one in
ten of them, of whatever became of them at least one; LONG=yes for all.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY, rows
from registrations.findings.models import Finding
from registrations.missing.services.closing import close_list, the_list
from registrations.people.models import Resident
from tests.engines import LONG
from tests.world import Caller, World, make_caller, today

CITY = "36.74"
#: outcome, paper, state, why it was refused -> people.
PRINTED = {
    ("deceased", "death_certificate", "accepted", ""): 3_289,
    ("deceased", "minutes", "accepted", ""): 8_100,
    ("deceased", "letter", "accepted", ""): 12,
    ("deceased", "minutes", "refused", "alive"): 58,
    ("moved", "letter", "accepted", ""): 169,
    ("unknown_nik", "", "accepted", ""): 34,
    # The heir does not want to hand in any paper: nobody has decided.
    ("deceased", "other", "proposed", ""): 1,
}
if not LONG:
    PRINTED = {fate: -(-people // 10) for fate, people in PRINTED.items()}
REPORTED = 11_663 if LONG else 1_169
_PEOPLE = """
INSERT INTO registrations_resident (id, office_id, nik_hash, village_id, birth_date, sex,
    marital_status, is_example, created_at)
SELECT gen_random_uuid(), %(city)s, sha256(('tangsel ' || n)::bytea),
       villages[1 + n %% array_length(villages, 1)], date '1940-01-01' + n %% 20000, 'M', 'single',
       true, now()
  FROM generate_series(0, %(people)s - 1) n,
       (SELECT array_agg(code ORDER BY code) AS villages FROM regions_region
         WHERE level = 'village' AND code > %(city)s || '.' AND code < %(city)s || '/') places
"""
_FINDINGS = """
INSERT INTO registrations_finding (id, resident_id, office_id, village_id, outcome, evidence_kind,
    evidence_number, evidence_issuer, evidence_on, state, why, found_by_id, decided_by_id, decided_at)
SELECT gen_random_uuid(), id, office_id, village_id, %(outcome)s, %(kind)s,
       CASE WHEN %(kind)s <> '' THEN '\\x01'::bytea END,
       CASE WHEN %(kind)s <> '' THEN 'Kelurahan' ELSE '' END,
       CASE WHEN %(kind)s <> '' THEN %(day)s::date END, %(state)s, %(why)s, %(found_by)s,
       CASE WHEN %(state)s <> 'proposed' THEN %(decided_by)s::bigint END,
       CASE WHEN %(state)s <> 'proposed' THEN now() END
  FROM (SELECT id, office_id, village_id, row_number() OVER (ORDER BY nik_hash) AS n
          FROM registrations_resident WHERE office_id = %(city)s) people
 WHERE n > %(after)s AND n <= %(after)s + %(people)s
"""


@pytest.fixture
def city(made: World) -> World:
    """The city's verifier found what the list says, and its head decided."""
    start = today() - timedelta(days=400)
    for name, role in (("finder", "district_operator"), ("decider", "district_head")):
        made[name] = make_caller(name, role, CITY, start)
    made["banten"] = make_caller("banten", "province_officer", "36", start)
    users = {name: User.objects.get(username=name).pk for name in ("finder", "decider")}
    with scoped(EVERYBODY):
        rows_of(_PEOPLE, city=CITY, people=REPORTED)
        after = 0
        for (outcome, kind, state, why), people in PRINTED.items():
            rows_of(
                _FINDINGS,
                city=CITY,
                outcome=outcome,
                kind=kind,
                day=today() - timedelta(days=30),
                state=state,
                why=why,
                found_by=users["finder"],
                decided_by=users["decider"],
                after=after,
                people=people,
            )
            after += people
        close_list(by=None, roll_list=the_list("missing", CITY, None))
    return made


def rows_of(sql: str, **params: object) -> None:
    rows(f"WITH done AS ({sql.strip()} RETURNING 1) SELECT count(*) FROM done", params)


def counts(who: Caller) -> dict[str, int]:
    """Of the city, by the API; its villages sum to it."""
    whole = who.get(f"roll/?region={CITY}&purpose=missing&level=regency").json["results"]
    villages = who.get(f"roll/?region={CITY}&purpose=missing&level=village").json["results"]
    names = ["on_list", "recorded", "explained", "booked", "asked", "open", "left"]
    (row,) = whole
    assert {name: sum(one[name] or 0 for one in villages) for name in names} == {
        name: row[name] for name in names
    }
    assert sum(row[name] for name in names[1:]) == row["on_list"]
    return {name: row[name] for name in names}


def test_what_became_of_tangsels_dead(city: World) -> None:
    assert sum(PRINTED.values()) == REPORTED
    explained = sum(
        people for (*_of, state, _why), people in PRINTED.items() if state == "accepted"
    )
    assert explained == (3_289 + 8_112 + 169 + 34 if LONG else 329 + 812 + 17 + 4)
    for who in ("decider", "banten"):
        assert counts(city[who]) == {
            "on_list": REPORTED,
            "recorded": 0,
            "explained": explained,
            "booked": 0,
            "asked": 0,
            "open": REPORTED - explained,
            "left": 0,
        }
    # Of the dead some are alive, and are recorded one after the other.
    with scoped(EVERYBODY):
        alive = Finding.objects.filter(office_id=CITY, why="alive").values_list("resident")
        one = Resident.objects.filter(pk__in=alive).first()
    assert one is not None
    served = {
        "id": str(one.pk),
        "service": "recording",
        "outcome": "done",
        "resident": str(one.pk),
        "occurred_at": timezone.now().isoformat(),
    }
    answer = city["finder"].post("service-records/", served)
    assert answer.status == 201, answer.json
    after = counts(city["decider"])
    assert (after["recorded"], after["open"]) == (1, REPORTED - explained - 1)
