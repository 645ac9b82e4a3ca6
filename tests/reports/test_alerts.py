"""Alerts: once a cause, to whose work it is, by rules of who answers for a region, and none is lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from dukcapil.accounts.models import Posting
from dukcapil.accounts.scoping import scoped
from dukcapil.accounts.selectors import current_posting
from dukcapil.accounts.services import create_token
from dukcapil.core.command import use_role
from dukcapil.core.errors import DomainError, from_database
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.elections.services.opening import give_sign, plan_opening
from events.incidents.services import change_incident, report_incident
from events.resources.services import add_device, assign, change_fault, note_fault
from events.stock.services.counting import count
from registrations.booking.services.gateways import gateway_of
from registrations.ledger.services.corrections import void_record
from reports.alerts.enums import KINDS, AlertKind
from reports.alerts.models import Alert, AlertAddress, AlertMail, AlertRule
from reports.alerts.renderers import text_of
from reports.alerts.selectors.rules import rules_at
from reports.alerts.selectors.shown import waiting_alerts
from reports.alerts.services import mailing, watching
from reports.alerts.services.addresses import agree_to_mail, want_no_mail
from reports.alerts.services.rules import set_rule
from reports.alerts.services.watching import Looked, look
from reports.alerts.validators import mail_may_go
from reports.daily.services.build import build_stale
from reports.daily.services.confirming import confirm_day, report_nil
from reports.publication.services.freezing import freeze_release
from tests.counting import asks
from tests.engines import MANY
from tests.smtp import Mailbox, mail_server
from tests.threads import at_once
from tests.world import (
    AGAM,
    BUKITTINGGI,
    WIB,
    Answer,
    Caller,
    World,
    at,
    make_basis,
    make_caller,
    make_event,
    make_resident,
    make_session,
    record,
    today,
)

NOBODY_SAYS_WHY = {AlertKind.NIL_WITHOUT_REASON, AlertKind.NO_REPORT}


@dataclass
class Clock:
    """What the house takes for now; the database has its own."""

    moment: datetime = field(default_factory=lambda: at(9, 0))

    def to(self, hour: int, minute: int = 0, days: int = 0) -> None:
        self.moment = at(hour, minute, today_of_test() + timedelta(days=days))

    def on(self, **more: float) -> None:
        self.moment += timedelta(**more)


_now = timezone.now


def today_of_test() -> Any:
    return _now().astimezone(WIB).date()


def to_saturday() -> int:
    """Days from today until the next day on which offices open for a reason."""
    return (5 - today_of_test().weekday()) % 7 or 7


@pytest.fixture
def clock(monkeypatch: Any) -> Clock:
    found = Clock()
    monkeypatch.setattr("django.utils.timezone.now", lambda: found.moment)
    return found


@pytest.fixture
def post(settings: Any) -> Iterator[Mailbox]:
    """A mail server that takes what is sent."""
    with mail_server() as box:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
        settings.GATEWAYS = {"email": "registrations.booking.services.gateways.Mail"}
        gateway_of.cache_clear()
        yield box
        gateway_of.cache_clear()


@contextmanager
def the_job() -> Iterator[None]:
    use_role("worker")
    try:
        yield
    finally:
        use_role("web")


def looked() -> Looked:
    with the_job():
        return look()


def mailed() -> int:
    with the_job():
        return mailing.send_due()


def do(who: Caller, verb: Callable[..., Any], **given: Any) -> Any:
    with scoped(who.actor.scope):
        return verb(by=who.actor, **given)


def told(kind: str = "", region: str = "", **more: Any) -> list[Alert]:
    found = Alert.objects.filter(closed_at=None, **more).order_by("opened_at")
    found = found.filter(kind=kind) if kind else found
    return list(found.filter(region=region) if region else found)


def silence(made: World, *kinds: str) -> None:
    """Kinds that another test is about are off in the whole house."""
    for kind in kinds:
        _say(made["administrator"], kind, "00", is_on=False)


def _say(who: Caller, kind: str, region: str, **changes: Any) -> AlertRule:
    given = {"is_on": True, "number": KINDS[kind].number, "reason": "uji"} | changes
    return do(who, set_rule, region=Region.objects.get(pk=region), kind=kind, **given)


def overdue(made: World, who: str = "operator", office: str = BUKITTINGGI) -> Any:
    """An incident that was to end an hour ago."""
    return do(
        made[who],
        report_incident,
        offices=[Region.objects.get(pk=office)],
        kind="network",
        note="Jaringan putus",
        due=timezone.now() + timedelta(minutes=1),
    )


def ended(made: World, incident: Any, version: int, state: str = "closed") -> None:
    do(
        made["operator"],
        change_incident,
        incident_id=incident.pk,
        version=version,
        state=state,
    )


# --- once a cause -----------------------------------------------------------------------------------


def _many(times: int) -> list[Looked]:
    return [look() for _time in range(times)]


@pytest.mark.parametrize(
    ("times", "locked"),
    [(6, True), (6, False), pytest.param(500, True, marks=pytest.mark.long)],
)
@pytest.mark.timeout(600)
def test_a_cause_is_told_once_and_anew_when_it_returns(
    kept: World, clock: Clock, monkeypatch: Any, times: int, *, locked: bool
) -> None:
    """By two workers, and also where the lock lets both of them look: then the database says so."""
    silence(kept, *NOBODY_SAYS_WHY)
    for who in ("operator", "head", "province_officer"):
        do(kept[who], agree_to_mail, email=f"{who}@contoh.id")
    incident = overdue(kept)
    clock.on(hours=1)
    if not locked:
        monkeypatch.setattr(watching, "try_hold", lambda *_lock: True)
    with the_job():
        results = at_once(lambda: _many(times), lambda: _many(times))
    flat = [one for many in results for one in many]
    assert sum(one.opened for one in flat) == 1
    assert sum(one.closed for one in flat) == 0
    (alert,) = Alert.objects.all()
    assert (alert.kind, alert.region_id, alert.subject) == (
        *("incident_overdue", BUKITTINGGI),
        str(incident.pk),
    )
    # Those whose work it is: an operator sees it, and is not mailed.
    readers = [kept[name].actor.user_id for name in ("head", "province_officer")]
    assert sorted(alert.mails.values_list("user_id", flat=True)) == sorted(readers)

    ended(kept, incident, 1)
    assert [looked() for _time in range(3)] == [Looked(0, 1), Looked(), Looked()]
    ended(kept, incident, 2, "open")
    assert [looked(), looked()] == [Looked(1, 0), Looked()]
    assert Alert.objects.count() == 2
    assert AlertMail.objects.count() == 4


def test_the_database_keeps_what_was_told(kept: World, clock: Clock) -> None:
    silence(kept, *NOBODY_SAYS_WHY)
    overdue(kept)
    clock.on(hours=1)
    looked()
    (alert,) = told()
    same = {"kind": alert.kind, "region_id": alert.region_id, "subject": alert.subject}
    by = kept["operator"].actor.user_id
    taken = {"taken_at": timezone.now(), "taken_by_id": by, "note": "Saya"}
    wrong = {
        "alert-moved-on": [
            lambda: Alert.objects.filter(pk=alert.pk).update(region_id=AGAM),
            lambda: Alert.objects.filter(pk=alert.pk).update(seen_by=[]),
            lambda: Alert.objects.filter(pk=alert.pk).update(taken_by_id=None, note=""),
        ],
        "note": [lambda: Alert.objects.filter(pk=alert.pk).update(note="")],
    }
    assert Alert.objects.filter(pk=alert.pk).update(**taken) == 1
    for code, steps in wrong.items():
        for step in steps:
            with pytest.raises(DatabaseError) as refused:
                step()
            found = from_database(refused.value)
            assert found is not None
            assert found.code in {code, "alert-moved-on"}
    with the_job(), pytest.raises(DatabaseError, match="alert_one_open"):
        Alert.objects.create(**same, seen_by=[])
    with pytest.raises(DatabaseError, match="permission denied"):
        Alert.objects.create(**same | {"subject": "x"}, seen_by=[])
    with pytest.raises(DatabaseError, match="permission denied"):
        alert.delete()


# --- mail -------------------------------------------------------------------------------------------


def test_a_dead_server_loses_none_and_says_so(
    kept: World, clock: Clock, post: Mailbox, settings: Any
) -> None:
    silence(kept, *NOBODY_SAYS_WHY)
    for who in ("head", "province_officer", "operator"):
        do(kept[who], agree_to_mail, email=f"{who}@contoh.id")
    overdue(kept)
    clock.on(hours=1)
    settings.EMAIL_PORT = 1  # nobody listens there
    assert looked() == Looked(1, 0)
    for _try in range(2):
        assert (mailed(), looked()) == (0, Looked())
        clock.on(minutes=40)
    settings.EMAIL_PORT, post.busy = post.port, True  # it listens, and takes nothing
    assert mailed() == 0
    assert looked() == Looked(1, 0)
    (told_so,) = told("mail_not_sent")
    assert (told_so.region_id, told_so.facts["n"], told_so.mails.count()) == ("00", 2, 0)
    for who in ("operator", "head", "other_province_officer", "administrator"):
        seen = kept[who].get("alerts/?kind=mail_not_sent").json["results"]
        assert [one["region"] for one in seen] == ["00"], who
    refused = kept["head"].post(f"alerts/{told_so.pk}/take/", {"note": "Saya"})
    assert refused.status == 403  # it is the whole house's
    clock.on(hours=5)
    assert mailed() == 0

    post.busy = False
    clock.on(hours=1)
    assert mailed() == 2
    assert looked() == Looked(0, 1)
    assert {mail.state for mail in AlertMail.objects.all()} == {"sent"}
    assert post.to("operator@contoh.id") == []
    (text,) = post.texts("head@contoh.id")
    (alert,) = told("incident_overdue")
    assert f"/peringatan/{alert.pk}/" in text
    assert "Bukittinggi" in text
    names = [kept[who].user.name for who in ("operator", "head", "province_officer")]
    assert not any(name in text for name in names)
    assert (mailed(), len(post.mails)) == (0, 2)


def test_a_full_mailbox_holds_up_its_own_mails_alone(
    kept: World, clock: Clock, post: Mailbox
) -> None:
    silence(kept, *NOBODY_SAYS_WHY)
    for who in ("head", "province_officer"):
        do(kept[who], agree_to_mail, email=f"{who}@contoh.id")
    post.full = {"head@contoh.id"}
    for _incident in range(4):
        overdue(kept)
    clock.on(hours=1)
    assert looked() == Looked(4, 0)
    # Three mails in vain leave a dead server alone; this one is alive.
    of_head = AlertMail.objects.filter(user=kept["head"].user)
    with the_job():
        of_head.update(due_at=timezone.now() - timedelta(minutes=30))
    assert mailed() == 4
    assert len(post.to("province_officer@contoh.id")) == 4
    for _try in range(3):
        clock.on(hours=1)
        assert (mailed(), looked()) == (0, Looked())
    assert told("mail_not_sent") == []
    post.full = set()
    clock.on(hours=1)
    assert mailed() == 4
    assert len(post.to("head@contoh.id")) == 4


def test_a_refused_address_says_so_to_its_owner_alone(
    kept: World, clock: Clock, post: Mailbox
) -> None:
    silence(kept, *NOBODY_SAYS_WHY)
    for who in ("head", "province_officer"):
        do(kept[who], agree_to_mail, email=f"{who}@contoh.id")
    overdue(kept)
    clock.on(hours=1)
    looked()
    post.policy = "550 5.7.1 relaying denied"
    assert mailed() == 0
    assert not AlertAddress.objects.filter(refused_at__isnull=False).exists()
    post.policy, post.unknown = "", {"head@contoh.id"}
    clock.on(hours=1)
    assert mailed() == 2
    assert set(AlertMail.objects.values_list("user_id", "state")) == {
        (kept["head"].actor.user_id, "refused"),
        (kept["province_officer"].actor.user_id, "sent"),
    }
    pages = {}
    for who in ("head", "province_officer"):
        client = Client()
        client.force_login(kept[who].user)
        pages[who] = client.get("/peringatan/surel/").content.decode()
    assert "head@contoh.id" in pages["head"]
    assert ("Alamat Anda ditolak" in pages["head"]) is True
    assert "ditolak" not in pages["province_officer"]
    # Nothing more goes there until its owner says so.
    incident = overdue(kept)
    clock.on(hours=1)
    looked()
    assert not AlertMail.objects.filter(
        alert__subject=str(incident.pk), user=kept["head"].user
    ).exists()
    do(kept["head"], agree_to_mail, email="head.baru@contoh.id")
    assert "ditolak" not in client_of(kept, "head").get("/peringatan/").content.decode()


def client_of(made: World, who: str) -> Client:
    client = Client()
    client.force_login(made[who].user)
    return client


@pytest.mark.parametrize(
    ("code", "hour", "day", "expected"),
    [
        ("13.75", 20, 1, (20, 1)),
        ("13.75", 21, 1, (6, 2)),
        ("13.75", 23, 1, (6, 2)),
        ("13.75", 5, 1, (6, 1)),
        ("13.75", 6, 1, (6, 1)),
        # 19.00 in Jakarta is 21.00 in Jayapura, and 06.00 there is 04.00 here.
        ("91.71", 19, 1, (4, 2)),
        ("91.71", 4, 1, (4, 1)),
        ("64.09", 20, 1, (5, 2)),
    ],
)
def test_mail_waits_in_quiet_hours_of_the_place(
    code: str, hour: int, day: int, expected: tuple[int, int]
) -> None:
    def moment(hour: int, day: int) -> datetime:
        return datetime(2026, 11, day, hour, tzinfo=WIB)

    quiet = (time(21), time(6))
    assert mail_may_go(moment(hour, day), code, quiet) == moment(*expected)
    assert mail_may_go(moment(hour, day), code, None) == moment(hour, day)
    by_day = mail_may_go(moment(12, 1), "13.75", (time(11), time(13)))
    assert by_day == moment(13, 1)


def test_the_bell_does_not_wait_for_the_morning(kept: World, clock: Clock, post: Mailbox) -> None:
    silence(kept, *NOBODY_SAYS_WHY)
    do(kept["head"], agree_to_mail, email="head@contoh.id")
    clock.to(21, 30)
    incident = overdue(kept)
    clock.to(22, 0)
    looked()
    assert "1 peringatan" in _bell(client_of(kept, "head"))
    assert mailed() == 0
    post.busy = True
    clock.to(6, 0, days=1)
    assert (mailed(), post.asked) == (0, 1)
    clock.to(21, 10, days=1)  # what is tried again waits for the next morning
    assert (mailed(), post.asked) == (0, 1)
    post.busy = False
    ended(kept, incident, 1)
    clock.to(6, 0, days=2)
    looked()
    # It is over by now, and told all the same.
    assert mailed() == 1
    assert "selesai" in post.texts("head@contoh.id")[0]


def _bell(client: Client) -> str:
    """What the header of any page says."""
    bell = BeautifulSoup(client.get("/peringatan/").content, "html.parser").select_one(".bell")
    assert bell is not None
    return " ".join(bell.get_text(" ").split())


def test_who_left_or_wants_no_mail_gets_none(kept: World, clock: Clock, post: Mailbox) -> None:
    silence(kept, *NOBODY_SAYS_WHY)
    moved = {"pindah": {"region_id": AGAM}, "turun": {"role": "district_operator"}}
    for who in moved:
        kept[who] = make_caller(who, "district_head", BUKITTINGGI, today())
    for who in ("head", "province_officer", *moved):
        do(kept[who], agree_to_mail, email=f"{who}@contoh.id")
    overdue(kept)
    clock.on(hours=1)
    looked()
    assert AlertMail.objects.count() == 4
    do(kept["head"], want_no_mail)
    for who, changed in moved.items():
        Posting.objects.filter(pk=kept[who].actor.posting_id).update(**changed)
    Posting.objects.filter(user=kept["province_officer"].user).update(
        ends_on=today() - timedelta(days=2)
    )
    assert mailed() == 0
    assert {mail.state for mail in AlertMail.objects.all()} == {"dropped"}
    assert post.mails == []


# --- who sees, who takes ----------------------------------------------------------------------------


def _listed(who: Caller, query: str = "") -> tuple[int, set[str]]:
    answer: Answer = who.get(f"alerts/{query}")
    if answer.status != 200:
        return answer.status, set()
    return 200, {f"{one['kind']} {one['region']}" for one in answer.json["results"]}


def test_an_alert_is_seen_where_it_is_and_taken_once(kept: World, clock: Clock) -> None:
    silence(kept, *NOBODY_SAYS_WHY)
    overdue(kept)
    clock.on(hours=1)
    looked()
    (alert,) = told()
    here = {"incident_overdue 13.75"}
    everybody = {
        **dict.fromkeys(["operator", "head", "province_officer"], (200, here)),
        **dict.fromkeys(
            ["neighbour", "neighbour_head", "other_province_officer", "administrator"], (200, set())
        ),
        **dict.fromkeys(["nation_viewer", "village_verifier", "api_client"], (403, set())),
    }
    assert {who: _listed(kept[who]) for who in everybody} == everybody
    assert _listed(kept["province_officer"], "?region=13.06") == (200, set())
    assert _listed(kept["operator"], "?region=13.06")[0] == 404
    assert _listed(kept["operator"], "?state=taken") == (200, set())
    path, note = f"alerts/{alert.pk}/", {"note": "Sudah menghubungi Telkom"}
    for who in ("neighbour", "other_province_officer", "administrator"):
        assert kept[who].get(path).status == 404, who
        assert kept[who].post(f"{path}take/", note).status == 404, who
        assert client_of(kept, who).get(f"/peringatan/{alert.pk}/").status_code == 404, who
    posting = Posting.objects.get(pk=kept["operator"].actor.posting_id)
    _token, text = create_token(posting=posting, scopes=["read"], label="baca")
    reads = Caller(kept["operator"].actor, text)
    assert (reads.get(path).status, reads.post(f"{path}take/", note).status) == (200, 403)
    for unfit in (" ", "Sudah menelepon 1375 0101 0101 0001"):
        assert kept["operator"].post(f"{path}take/", {"note": unfit}).status == 422

    answers = [kept[who].post(f"{path}take/", note) for who in ("operator", "head")]
    assert [one.status for one in answers] == [200, 409]
    assert answers[0].json["state"] == "taken"
    assert answers[0].json["taken_by"] == kept["operator"].actor.user_id
    assert answers[1].json["type"].endswith("alert-taken")
    assert looked() == Looked()
    assert _listed(kept["head"], "?state=taken") == (200, here)
    page = client_of(kept, "head").get(f"/peringatan/{alert.pk}/").content.decode()
    assert note["note"] in page
    assert 'name="note"' not in page


def test_an_alert_that_is_over_is_taken_by_nobody(kept: World, clock: Clock) -> None:
    silence(kept, *NOBODY_SAYS_WHY)
    incident = overdue(kept)
    clock.on(hours=1)
    looked()
    (alert,) = told()
    ended(kept, incident, 1)
    looked()
    answer = kept["head"].post(f"alerts/{alert.pk}/take/", {"note": "Saya"})
    assert (answer.status, answer.json["type"].rpartition("/")[2]) == (409, "alert-closed")
    with pytest.raises(DatabaseError) as refused:
        Alert.objects.filter(pk=alert.pk).update(note="x")
    assert from_database(refused.value) is not None


# --- rules ------------------------------------------------------------------------------------------


def test_who_answers_for_a_region_says_what_is_told(kept: World, clock: Clock) -> None:
    codes = {BUKITTINGGI: "head", "13": "province_officer", "00": "administrator"}
    kind = AlertKind.NIL_WITHOUT_REASON

    def number(code: str) -> tuple[bool, int]:
        standing = rules_at().of(kind, code)
        return standing.is_on, int(standing.number)

    assert number(BUKITTINGGI) == (True, 1)
    _say(kept["administrator"], kind, "00", number=5)
    _say(kept["province_officer"], kind, "13", number=7)
    assert (number(BUKITTINGGI), number("18.71")) == ((True, 7), (True, 5))
    _say(kept["head"], kind, BUKITTINGGI, is_on=False)
    later = _say(kept["head"], kind, BUKITTINGGI, number=9, valid_from=today() + timedelta(days=3))
    assert (number(BUKITTINGGI), number(AGAM)) == ((False, 1), (True, 7))
    clock.on(days=3)
    assert number(BUKITTINGGI) == (True, 9)
    for region, owner in codes.items():
        for who in ("operator", "head", "neighbour_head", "province_officer", "administrator"):
            if who == owner:
                continue
            with pytest.raises(DomainError) as refused:
                _say(kept[who], kind, region)
            assert refused.value.status in (403, 404), (who, region)
    for wrong in (
        {"number": 0},
        {"number": 31},
        {"number": "1.5"},
        {"reason": " "},
        {"reason": "Titipan 1375010101010001"},
        {"valid_from": clock.moment.date() - timedelta(days=1)},
        {"quiet_from": time(21)},
        {"kind": AlertKind.MAIL_NOT_SENT, "number": 3},
    ):
        with pytest.raises(DomainError) as refused:
            _say(kept["head"], **{"kind": kind, "region": BUKITTINGGI} | wrong)
        assert refused.value.status == 422, wrong
    with pytest.raises(DatabaseError):
        AlertRule.objects.filter(pk=later.pk).update(number=1)


@pytest.mark.contexts
def test_a_rule_is_set_on_the_page_and_two_people_meet(kept: World) -> None:
    client = client_of(kept, "head")
    page = client.get("/peringatan/aturan/?kind=no_report")
    form = page.context["form"]
    body = {
        "kind": "no_report",
        "number": "2",
        "is_on": "on",
        "quiet_from": "20:00",
        "quiet_until": "05:00",
        "reason": "Hari pasar",
        "version": form.initial["version"],
        "shown": form["shown"].value(),
    }
    assert client.post("/peringatan/aturan/", body).status_code == 302
    second = client.post("/peringatan/aturan/", body | {"number": "3"})
    assert second.status_code == 409
    (rule,) = AlertRule.objects.all()
    assert (rule.number, rule.quiet_from, rule.region_id) == (2, time(20), BUKITTINGGI)
    for who, code, status in (
        ("operator", BUKITTINGGI, 200),
        ("province_officer", BUKITTINGGI, 200),
        ("neighbour", BUKITTINGGI, 404),
        ("other_province_officer", BUKITTINGGI, 404),
    ):
        shown = client_of(kept, who).get(f"/peringatan/aturan/{code}/")
        assert shown.status_code == status, who
        assert ("Hari pasar" in shown.content.decode()) == (status == 200)
    assert client_of(kept, "operator").post("/peringatan/aturan/", body).status_code == 404


# --- kinds ------------------------------------------------------------------------------------------


def test_an_office_that_is_not_open_or_stopped(kept: World, clock: Clock) -> None:
    silence(kept, *NOBODY_SAYS_WHY)
    ahead = to_saturday()
    office, who = Region.objects.get(pk=BUKITTINGGI), kept["operator"]
    day = today() + timedelta(days=ahead)
    opening = do(who, plan_opening, office=office, day=day, opens_at=time(7), closes_at=time(13))
    _say(kept["head"], AlertKind.OFFICE_NOT_OPEN, BUKITTINGGI, number=45)
    clock.to(7, 44, ahead)
    assert looked() == Looked()
    clock.to(7, 45, ahead)
    assert looked() == Looked(1, 0)
    (alert,) = told("office_not_open")
    with translation.override("id"):
        assert "07.00 WIB" in text_of(alert)
    clock.to(7, 50, ahead)
    do(who, give_sign, opening_id=opening.pk, state="open")
    assert looked() == Looked(0, 1)
    clock.to(8, 10, ahead)
    do(who, give_sign, opening_id=opening.pk, state="stopped")
    assert looked() == Looked(1, 0)
    clock.to(8, 0, ahead + 1)
    assert looked() == Looked(0, 1)


def test_cards_and_devices(kept: World) -> None:
    silence(kept, *NOBODY_SAYS_WHY)
    _say(kept["head"], AlertKind.STOCK_LOW, BUKITTINGGI, number=5)

    def counted(physical: int, item: str = "card") -> None:
        do(
            kept["head"],
            count,
            count_id=uuid7(),
            account="office:13.75",
            item=item,
            physical=physical,
            counted_at=timezone.now(),
            team=[{"name": "Pengurus", "function": "Pengurus barang"}],
            reason="opname uji",
        )

    assert told(AlertKind.STOCK_LOW) == []  # before the first count nothing is known
    counted(1000)
    assert looked() == Looked()
    counted(999)
    assert looked() == Looked(1, 0)
    (alert,) = told(AlertKind.STOCK_LOW)
    assert alert.facts == {"left": 999, "threshold": 1000, "days": None}
    counted(640)
    assert looked() == Looked()
    alert.refresh_from_db()
    assert alert.facts["left"] == 640  # it shows what holds now, and tells nobody again
    counted(1000, "child_card")
    assert looked() == Looked()
    counted(400, "child_card")
    assert looked() == Looked(1, 0)
    (child,) = Alert.objects.filter(kind=AlertKind.STOCK_LOW, subject="child_card")
    assert child.facts == {"left": 400, "threshold": 1000, "days": None}
    with translation.override("id"):
        assert text_of(child).startswith("Blangko KIA: ")
        assert "KIA" not in text_of(alert)
    page = Client()
    page.force_login(kept["operator"].user)
    html = page.get(f"/peringatan/{child.pk}/").content.decode()
    assert "/stok/13.75/?item=child_card" in html

    session = make_session(kept, make_event(kept))
    office = Region.objects.get(pk=BUKITTINGGI)
    device = do(kept["operator"], add_device, office=office, label="Set 1", kind="set")
    do(
        kept["operator"],
        assign,
        event=session.event,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        device=device,
    )
    assert looked() == Looked()
    do(kept["operator"], note_fault, device_id=device.pk, what="Kamera mati")
    assert looked() == Looked(1, 0)
    (broken,) = told(AlertKind.DEVICE_DOWN_ON_EVENT_DAY)
    assert (broken.subject, broken.facts["device"]) == (str(device.pk), "Set 1")
    # It names the event: a desk member, who sees no event, is not told of it.
    member = make_caller("anggota.desk", "desk_member", BUKITTINGGI, today())
    for who, sees in ((kept["operator"], True), (member, False)):
        assert (broken.facts["event"] in str(who.get("alerts/").json)) == sees
    do(kept["operator"], change_fault, device_id=device.pk, done="Kabel diganti")
    assert looked() == Looked(0, 1)


def test_days_that_an_office_owes(kept: World) -> None:
    day = today() - timedelta(days=1)
    record(kept, make_resident(kept), occurred_at=at(9, 0, day))
    with the_job():
        build_stale()
    clock = timezone.now() + timedelta(days=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: clock)
        looked()
        assert [one.facts["first"] for one in told("no_report")] == [str(day)]
        empty = {one.region_id: one.facts for one in told("nil_without_reason")}
        assert empty.keys() == {BUKITTINGGI, AGAM}  # offices in which somebody works
        do(kept["operator"], confirm_day, regency=BUKITTINGGI, day=day, revision=1)
        first = datetime.fromisoformat(empty[BUKITTINGGI]["first"]).date()
        do(
            kept["operator"],
            report_nil,
            regency=BUKITTINGGI,
            day=first,
            nil_reason="network",
        )
        assert looked() == Looked(0, 1)
        assert told("no_report") == []
        (after,) = told("nil_without_reason", BUKITTINGGI)
        assert after.facts["n"] == empty[BUKITTINGGI]["n"] - 1
        assert after.facts["first"] > empty[BUKITTINGGI]["first"]
        # Where nobody works any more, nobody owes a day.
        Posting.objects.filter(region=AGAM).update(ends_on=day - timedelta(days=1))
        assert looked() == Looked(0, 1)
        assert told("nil_without_reason", AGAM) == []


def test_records_in_doubt_and_a_fall_of_coverage(kept: World) -> None:
    silence(kept, *NOBODY_SAYS_WHY)
    make_basis()
    people = [make_resident(kept) for _n in range(2)]
    rows = [record(kept, one) for one in people]
    young = make_resident(kept, birth_date=today() - timedelta(days=365 * 12))
    kept["operator"].post(
        "service-records/batch/",
        {
            "records": [
                {
                    "id": "019a0000-0000-7000-8000-000000000001",
                    "service": "recording",
                    "outcome": "done",
                    "resident": str(young.pk),
                    "occurred_at": timezone.now() - timedelta(minutes=1),
                }
            ]
        },
    )
    with the_job():
        build_stale()
        freeze_release(name="harian-1")
    assert looked() == Looked(1, 0)
    assert [one.facts["n"] for one in told("doubtful_records", BUKITTINGGI)] == [1]
    for row in rows:
        do(kept["head"], void_record, record=row, reason="Salah orang")
    with the_job():
        build_stale()
        freeze_release(name="harian-2")
    looked()
    falls = told("coverage_drop")
    assert [one.region_id for one in falls] == [BUKITTINGGI]
    assert falls[0].facts["fewer"] == 2
    after_a_week = timezone.now() + timedelta(days=8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: after_a_week)
        looked()
    assert told("coverage_drop") == []  # nobody is told of what fell a week ago
    looked()
    assert told("coverage_drop") != []
    make_basis(name="Lain", wajib_as_of=today())
    with the_job():
        build_stale()
        freeze_release(name="harian-3")
    looked()
    assert told("coverage_drop") == []  # another basis: nothing is said of it


# --- cost -------------------------------------------------------------------------------------------


def _work(made: World, offices: list[str]) -> None:
    """Each has an opening that nobody opens, an incident past its hour, and days that it owes."""
    saturday = today_of_test() + timedelta(days=to_saturday())
    for code in offices:
        who = made[f"op.{code}"] = make_caller(
            f"op.{code}", "district_operator", code, today() - timedelta(days=50)
        )
        office = Region.objects.get(pk=code)
        do(
            *(who, plan_opening),
            office=office,
            day=saturday,
            opens_at=time(7),
            closes_at=time(13),
        )
        overdue(made, f"op.{code}", code)
        do(who, agree_to_mail, email=f"op{code}@contoh.id")


def test_a_look_costs_the_same_for_one_office_and_many(kept: World, clock: Clock) -> None:
    codes = list(
        Region.objects.level("regency")
        .exclude(pk__startswith="13")
        .order_by("pk")
        .values_list("pk", flat=True)[:MANY]
    )
    counts = []
    for offices in (codes[:1], codes[1:]):
        clock.to(5, 0, to_saturday())
        _work(kept, offices)
        clock.to(9, 0, to_saturday())
        with the_job(), CaptureQueriesContext(connection) as first:
            opened = look().opened
        with the_job(), CaptureQueriesContext(connection) as again:
            assert look() == Looked()
        assert opened >= 3 * len(offices)
        counts.append((len(first), len(again)))
    assert counts[0] == counts[1], counts
    assert counts[0][0] <= 30


def test_the_bell_costs_no_page_a_query(kept: World, clock: Clock) -> None:
    silence(kept, *NOBODY_SAYS_WHY)
    client = client_of(kept, "head")
    counts = []
    for n in (1, MANY - 1):
        for _n in range(n):
            overdue(kept)
        clock.on(hours=1)
        looked()
        page_counts = []
        one = f"/peringatan/{told()[0].pk}/"
        for path in ("/peringatan/", "/kegiatan/", "/peringatan/aturan/", one):
            with CaptureQueriesContext(connection) as asked:
                assert client.get(path).status_code == 200
            said = [row["sql"] for row in asked if asks(row["sql"])]
            page_counts.append(len(said))
        counts.append(page_counts)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 8, counts
    assert f"{MANY} peringatan" in _bell(client)


def test_the_bell_counts_what_the_list_shows(kept: World) -> None:
    roles = ["district_head", "province_officer", "administrator"]
    with the_job():
        for region in (BUKITTINGGI, AGAM, "18.71", "00"):
            Alert.objects.create(kind="no_report", region_id=region, seen_by=roles)
    expected = {"head": 2, "neighbour_head": 2, "province_officer": 3, "administrator": 4}
    for who, n in (expected | {"operator": 0, "other_province_officer": 2}).items():
        caller = kept[who]
        assert caller.user is not None
        posting = current_posting(caller.user.pk)
        counted = getattr(posting, "open_alerts", None)
        assert (counted, waiting_alerts(caller.actor).count()) == (n, n), who


def test_the_mail_of_an_alert_has_every_word_in_indonesian() -> None:
    """And a row of a release before, without a fact, is shown by its name."""
    region = Region(code=BUKITTINGGI, name="Kota Bukittinggi", level="regency")
    facts: dict[str, dict[str, Any]] = {
        "office_not_open": {"point": "", "from": "07.00 WIB", "stopped": False},
        "stock_low": {"left": 640, "threshold": 1000, "days": "4.2"},
        "device_down_on_event_day": {"device": "Set 2", "event": "Gebyar", "day": "2026-11-27"},
        "incident_overdue": {"kind": "network", "due": "2026-11-26T08:00:00+00:00"},
        "no_report": {"n": 2, "first": "2026-11-20"},
        "nil_without_reason": {"n": 1, "first": "2026-11-20"},
        "doubtful_records": {"n": 1200, "first": "2026-11-20"},
        "coverage_drop": {
            "before": "98.71",
            "after": "98.40",
            "fewer": 12,
            "since": "2026-11-20",
            "basis": "DKB 2026",
        },
        "mail_not_sent": {"n": 3, "first": "2026-11-26T08:00:00+00:00"},
    }
    assert facts.keys() == set(AlertKind)
    for kind, known in facts.items():
        texts = {}
        for language in ("id", "en"):
            with translation.override(language):
                texts[language] = text_of(Alert(kind=kind, region=region, facts=known))
                bare = text_of(Alert(kind=kind, region=region, facts={}))
                assert bare == AlertKind(kind).label
        assert texts["id"] != texts["en"], kind
        assert json.dumps(known)
