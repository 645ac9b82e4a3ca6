"""The standing cast, and a district's work built through the public services."""

from __future__ import annotations

import itertools
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import connection
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.test import Client
from django.utils import timezone
from knox.crypto import hash_token

from dukcapil.accounts.models import AccessLog, ApiToken, Posting, User
from dukcapil.accounts.permissions import ROLES
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.selectors import actor_of
from dukcapil.accounts.services import create_token
from dukcapil.accounts.staff.services import identify
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.calendar.models import LocalDay
from events.elections.models import ElectionDecision
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.services.events import plan_event
from events.planning.services.sessions import open_session
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.entries import Entry
from registrations.ledger.services.ledger import log_service
from registrations.lifecycle.services.events import open_to_booking
from registrations.papers.services.papers import issue
from registrations.people.models import Resident
from registrations.people.services.register_many import register_many
from registrations.people.services.residents import register
from registrations.people.validators import Nik, Person
from reports.bases.models import BasisDecision, Target
from reports.bases.services.basis import import_basis
from tests.documented import disagreements

WIB = ZoneInfo("Asia/Jakarta")
BUKITTINGGI, AGAM = "13.75", "13.06"
VILLAGES = {"13.75": "13.75.01.1001", "13.06": "13.06.01.2001"}
#: What closing asks about while the day goes on.
CLOSING = ("before-end", "people-waiting", "cards-left")
_serial = itertools.count(1)

CAST = {
    "operator": ("district_operator", "13.75"),
    "head": ("district_head", "13.75"),
    "neighbour": ("district_operator", "13.06"),
    "neighbour_head": ("district_head", "13.06"),
    "province_officer": ("province_officer", "13"),
    "other_province_officer": ("province_officer", "18"),
    "nation_viewer": ("national_viewer", "00"),
    "village_verifier": ("village_verifier", "13.75.01.1001"),
    "api_client": ("api_client", "13"),
    "administrator": ("administrator", "00"),
    "public_client": ("public_client", "00"),
}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class Caller:
    """Somebody with a token, through Django's test client (or nobody, without one)."""

    def __init__(self, actor: Actor | None, token: str | None, user: User | None = None) -> None:
        self._actor, self.token, self.user = actor, token, user
        self.client = Client()

    @property
    def actor(self) -> Actor:
        assert self._actor is not None
        return self._actor

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        auth = {"Authorization": f"Token {self.token}"} if self.token else {}
        data = body if isinstance(body, (bytes, str)) else json.dumps(body, default=str)
        response = self.client.generic(
            method,
            f"/api/v1/{path}",
            data if body is not None else "",
            content_type="application/json",
            headers={**auth, **headers},
        )
        answer = Answer(response.status_code, dict(response.headers), response.content)
        if answer.status == 401 and self.token:
            _say_why(self.token)
        wrong = disagreements(
            method, f"/api/v1/{path}", answer.status, answer.headers, answer.content
        )
        assert not wrong, "\n".join(wrong)
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        return self._send("GET", path, None, headers)

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        return self._send("POST", path, body, headers)

    def patch(self, path: str, body: Any) -> Answer:
        return self._send("PATCH", path, body, {})

    def delete(self, path: str) -> Answer:
        return self._send("DELETE", path, None, {})


def _say_why(token: str) -> None:
    """Beside a failure stands what the database knows of a token that was refused."""
    found = ApiToken.objects.filter(digest=hash_token(token)).values(
        *("expiry", "user__is_active", "user__must_change_password"),
        *("posting__role", "posting__starts_on", "posting__ends_on"),
    )
    print("refused token:", list(found), "of", ApiToken.objects.count(), "at", timezone.now())


class World(dict[str, Caller]):
    pass


def make_world() -> World:
    found = World()
    start = timezone.localdate() - timedelta(days=400)
    for name, (role, region) in CAST.items():
        found[name] = make_caller(name, role, region, start)
    end = timezone.localdate() - timedelta(days=2)
    found["former_operator"] = make_caller(
        "former_operator", "district_operator", "13.75", start, end
    )
    found["anonymous"] = Caller(None, None)
    return found


def without_factor(username: str) -> None:
    """As somebody stands who was posted today and has not set up TOTP yet."""
    Authenticator.objects.filter(user__username=username).delete()


def make_caller(
    name: str, role: str, region: str, starts_on: date, ends_on: date | None = None
) -> Caller:
    user = User.objects.create_user(name, None, name=f"{name} (test)")
    identify(user=user, staff_number=f"9902{zlib.crc32(name.encode()):012}")
    posting = Posting.objects.create(
        user=user, role=role, region_id=region, starts_on=starts_on, ends_on=ends_on
    )
    if ROLES[role].second_factor:
        TOTP.activate(user, generate_totp_secret())
    _token, text = create_token(posting=posting, scopes=["*"], label="test")
    return Caller(actor_of(Posting.objects.select_related("region").get(pk=posting.pk)), text, user)


def today() -> date:
    return timezone.now().astimezone(WIB).date()


def at(hour: int, minute: int = 0, day: date | None = None) -> datetime:
    return datetime.combine(day or today(), time(hour, minute), WIB)


def make_event(made: World, office: str = BUKITTINGGI, **changes: Any) -> ServiceEvent:
    """An approved event that runs from yesterday until tomorrow."""
    operator, head = _staff(made, office)
    values: dict[str, Any] = {
        "title": "Gebyar",
        "kind": "gebyar",
        "office": Region.objects.get(pk=office),
        "village": Region.objects.get(pk=VILLAGES[office]),
        "place": "Aula",
        "starts_on": today() - timedelta(days=1),
        "ends_on": today() + timedelta(days=1),
        "services": ["recording", "ikd_activation", "family_card"],
    }
    with scoped(operator.scope):
        event = plan_event(by=operator, **{**values, **changes})
        return open_to_booking(by=head, event=event, neutrality_signed=True)


def _staff(made: World, office: str) -> tuple[Actor, Actor]:
    if office == BUKITTINGGI:
        return made["operator"].actor, made["head"].actor
    return made["neighbour"].actor, made["neighbour_head"].actor


def make_session(
    made: World, event: ServiceEvent, capacity: dict[str, int] | None = None
) -> ServiceSession:
    by, _head = _staff(made, event.office_id)
    with scoped(by.scope):
        return open_session(
            by=by,
            event=event,
            starts_at=at(0, 1),
            ends_at=at(23, 59),
            capacity=capacity or {"recording": 10, "ikd_activation": 10},
        )


def nik(born: date, sex: str = "M") -> Nik:
    number = next(_serial)
    day = born.day + (40 if sex == "F" else 0)
    return Nik(f"9901{1 + number // 10_000:02}{day:02}{born:%m%y}{number % 10_000:04}")


def make_resident(made: World, office: str = BUKITTINGGI, **changes: Any) -> Resident:
    by, _head = _staff(made, office)
    born = changes.pop("birth_date", date(1990, 5, 17))
    values: dict[str, Any] = {
        "nik": nik(born),
        "name": "Contoh Warga",
        "birth_date": born,
        "sex": "M",
        "village": Region.objects.get(pk=VILLAGES[office]),
    }
    with scoped(by.scope):
        # People of examples look alike.
        return register(by=by, confirm=["look-alike"], **{**values, **changes})


def make_many(made: World, names: Iterable[str], office: str = BUKITTINGGI) -> list[Resident]:
    """People of an office of one birth date, as a list brings them: two statements for all."""
    by, _head = _staff(made, office)
    village, born = Region.objects.get(pk=VILLAGES[office]), date(1990, 5, 17)
    people = [Person(nik(born), name, born, "M", village=village) for name in names]
    with scoped(by.scope):
        return list(register_many(by=by, people=dict(enumerate(people))).values())


def entry(resident: Resident, service: str = "recording", **changes: Any) -> Entry:
    values: dict[str, Any] = {
        "id": uuid7(),
        "service": service,
        "outcome": "done",
        "resident": resident.pk,
        "occurred_at": timezone.now() - timedelta(minutes=1),
    }
    return Entry(**{**values, **changes})


def first_recorded(name: str, office: str, when: datetime) -> ServiceRecord:
    """By a new clerk of the office, somebody new of its first village."""
    by = make_caller(name, "district_operator", office, date(2024, 1, 1)).actor
    born = date(1990, 1, 1)
    with scoped(by.scope):
        village = Region.objects.within(office).level("village")[0]
        person = register(
            by=by, nik=nik(born), name="Contoh Zona", birth_date=born, sex="M", village=village
        )
        return log_service(by=by, entry=entry(person, occurred_at=when))[0]


def record(
    made: World, resident: Resident, service: str = "recording", **changes: Any
) -> ServiceRecord:
    by, _head = _staff(made, resident.office_id)
    with scoped(by.scope):
        return log_service(by=by, entry=entry(resident, service, **changes))[0]


def issue_paper(made: World, resident: Resident, kind: str, **changes: Any) -> ServiceRecord:
    """By the head, outside every rule; the record of it."""
    _by, head = _staff(made, resident.office_id)
    with scoped(head.scope):
        paper, _new = issue(
            by=head, kind=kind, resident=resident.pk, **{"reason": "Blanko habis", **changes}
        )
        return paper.record


_MADE_WITH_THE_CAST = ["token made", "second factor set up"]


def looks(**wanted: Any) -> list[AccessLog]:
    """Rows of the access log, oldest first, read past both walls; what made the cast only if asked."""
    with scoped(EVERYBODY):
        rows = AccessLog.objects.filter(**wanted).order_by("pk")
        return list(rows if "kind" in wanted else rows.exclude(kind__in=_MADE_WITH_THE_CAST))


@receiver(pre_save, sender=BasisDecision)
@receiver(pre_save, sender=ElectionDecision)
@receiver(pre_save, sender=LocalDay)
def _in_the_administrators_name(instance: Any, **_more: Any) -> None:
    """What a test lets stand without saying who decided it. Tests are `web`, which decides nothing in nobody's
    name; the operator of a server does, as `owner`.
    """
    column = "decided_by_id" if isinstance(instance, BasisDecision) else "by_id"
    if getattr(instance, column) is None and connection.settings_dict["USER"] == "web":
        somebody = User.objects.filter(username="administrator").values_list("pk", flat=True)
        setattr(instance, column, somebody.first())
        if isinstance(instance, ElectionDecision):
            instance.source = instance.source or "KPU"


def make_target(**values: Any) -> Target:
    """Set by the administrator: of recordings of the whole nation, unless it is said."""
    of_the_nation = {"indicator": "recording", "region_id": "00", "percent": "99.40"}
    setter = User.objects.get(username="administrator")
    return Target.objects.create(set_by=setter, **of_the_nation | values)


def make_basis(**changes: Any) -> None:
    """West Sumatra with Bukittinggi and Agam, recorded up to a year ago."""
    values: dict[str, Any] = {
        "name": "Uji DKB",
        "kind": "dkb",
        "wajib_as_of": today() - timedelta(days=365),
        "level": "regency",
        "rows": [
            {"region_code": "13", "wajib_ktp": "4000", "recorded": "3800"},
            {"region_code": "13.75", "wajib_ktp": "1000", "recorded": "990"},
            {"region_code": "13.06", "wajib_ktp": "3000", "recorded": "2810"},
        ],
    }
    import_basis(**{**values, **changes})
