"""Two people are two people: every verb that wants a second person, tried by accounts that one made of
the other; what one proposes about staff; whose log tells of it.
"""

from __future__ import annotations

import io
import itertools
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from dukcapil.accounts import migrations
from dukcapil.accounts import services as accounts
from dukcapil.accounts.models import (
    ApiToken,
    Posting,
    StaffAct,
    StaffDecision,
    StaffIdentity,
    StaffProposal,
    User,
)
from dukcapil.accounts.permissions import DECIDING, MAY_POST
from dukcapil.accounts.scoping import scoped
from dukcapil.accounts.staff.services import add_staff, approve_proposal, post_staff, reset_access
from dukcapil.core.command import use_role
from dukcapil.core.db import rows
from dukcapil.core.errors import Conflict, Invalid, NotFound, Refused
from dukcapil.regions.models import Region
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.corrections import void_record
from reports.bases.models import BasisDecision
from reports.bases.services.basis import BasisFacts, propose_basis
from reports.demo.accounts import ACCOUNTS, actor, make_accounts, write_accounts
from reports.publication.models import Publication
from reports.publication.services.publications import propose_release
from tests.engines import as_superuser
from tests.world import (
    Caller,
    World,
    looks,
    make_basis,
    make_caller,
    make_resident,
    nik,
    record,
    today,
)

NUMBER = "19800101 200501 1 001"
PASSWORD = re.compile(r"[0-9a-f]{6}-[0-9a-f]{6}-[0-9a-f]{6}")


@pytest.fixture(autouse=True)
def _no_earlier_guesses() -> None:
    cache.clear()


def logged_in(caller: Caller | str) -> Client:
    client = Client()
    name = caller if isinstance(caller, str) else caller.user and caller.user.username
    client.force_login(User.objects.get(username=name))
    return client


# --- verbs x accounts made by each other ----------------------------------------------------------


class Verb:
    """A verb of two people: what the first left, how the second is asked from outside, what is done."""

    def __init__(
        self, first: Caller, second: Caller, ask: Callable[[Caller], Any], done: Callable[[], bool]
    ) -> None:
        self.first, self.second, self.ask, self.done = first, second, ask, done


def _basis(made: World) -> Verb:
    first = made["province_officer"]
    basis = propose_basis(
        by=first.actor,
        rows=[{"region_code": "13.75", "wajib_ktp": "2000", "recorded": "1900"}],
        facts=BasisFacts("Usulan", "dkb", today() - timedelta(days=9), "regency"),
    )
    second = make_caller("provinsi2", "province_officer", "13", today())
    return Verb(
        first,
        second,
        lambda who: logged_in(who).post(f"/dasar/{basis.pk}/", {"do": "approve"}),
        lambda: BasisDecision.objects.filter(basis=basis).exists(),
    )


def publishes(release: Any) -> dict[str, str]:
    return {"do": "approve", "release": str(release), "confirm": "publish"}


def _release(made: World) -> Verb:
    make_basis()
    first = made["administrator"]
    release = propose_release(
        by=first.actor, name="rilis", day=today() - timedelta(days=2), embargo_until=timezone.now()
    )
    second = make_caller("admin2", "administrator", "00", today())
    return Verb(
        first,
        second,
        lambda who: logged_in(who).post("/rilis/", publishes(release.pk)),
        lambda: Publication.objects.filter(release=release).exists(),
    )


def _acceptance(made: World) -> Verb:
    number = nik(today() - timedelta(days=9000))
    born = today() - timedelta(days=9000)
    there = make_resident(made, "13.06", nik=number, birth_date=born)
    here = make_resident(made, nik=number, birth_date=born)
    counted = record(made, there)
    aside = record(made, here)
    with scoped("*"):
        void_record(by=made["neighbour"].actor, record=counted, reason="salah orang")

    def done() -> bool:
        with scoped("*"):
            return ServiceRecord.objects.filter(ref_id=aside.pk, row_kind="accept").exists()

    return Verb(
        made["operator"],
        made["province_officer"],
        lambda who: who.post(f"service-records/{aside.pk}/accept/", {"reason": "sudah diperiksa"}),
        done,
    )


def _staff(made: World) -> Verb:
    first = made["head"]
    proposal = add_staff(
        by=first.actor, name="Kepala Kedua", username="kepala.kedua", **_HEAD_OF_OFFICE()
    )
    assert isinstance(proposal, StaffProposal)
    return Verb(
        first,
        made["province_officer"],
        lambda who: logged_in(who).post(
            "/akun/petugas/usulan/", {"do": "approve", "proposal": str(proposal.pk)}
        ),
        lambda: User.objects.filter(username="kepala.kedua").exists(),
    )


def _HEAD_OF_OFFICE() -> dict[str, Any]:  # noqa: N802 - values that need a database
    region = Region.objects.get(pk="13.75")
    return {"role": "district_head", "region": region, "starts_on": today()}


def _act(kind: str, *, back: bool = False) -> Callable[[Verb], Any]:
    def happened(verb: Verb) -> None:
        subject, by = (verb.first, verb.second) if back else (verb.second, verb.first)
        assert subject.user
        assert by.user
        StaffAct.objects.create(subject=subject.user, by=by.user, kind=kind)

    return happened


def _no_number(who: str) -> Callable[[Verb], Any]:
    """Somebody else with the same posting and no NIP or NIK."""

    def happened(verb: Verb) -> None:
        user = getattr(verb, who).user
        twin = User.objects.create_user(f"{user.username}x", None, name="Tanpa Nomor")
        Posting.objects.filter(user=user).update(user=twin)
        if Authenticator.objects.filter(user=user).exists():
            TOTP.activate(twin, generate_totp_secret())
        posting = Posting.objects.select_related("region").get(user=twin)
        _token, text = accounts.create_token(posting=posting, scopes=["*"], label="uji")
        setattr(verb, who, Caller(accounts.actor_of(posting), text, twin))

    return happened


BETWEEN: dict[str, tuple[Callable[[Verb], Any] | None, bool]] = {
    "strangers": (None, True),
    "first made second": (_act("made"), False),
    "first posted second": (_act("posted"), False),
    "first reset second": (_act("reset"), False),
    "second made first": (_act("made", back=True), False),
    "second posted first": (_act("posted", back=True), False),
    "second reset first": (_act("reset", back=True), False),
    "second without a number": (_no_number("second"), False),
}

VERBS = [_basis, _release, _acceptance, _staff]


@pytest.mark.parametrize("make", VERBS)
def test_no_verb_takes_somebody_who_was_made_by_the_other(
    made: World, make: Callable[[World], Verb]
) -> None:
    found = {}
    for name, (happened, _right) in BETWEEN.items():
        with transaction.atomic():
            verb = make(made)
            if happened:
                happened(verb)
            verb.ask(verb.second)
            found[name] = verb.done()
            transaction.set_rollback(True)
    assert found == {name: right for name, (_happened, right) in BETWEEN.items()}


@pytest.mark.parametrize("make", [_basis, _release, _staff])
def test_nobody_is_their_own_second_person(made: World, make: Callable[[World], Verb]) -> None:
    verb = make(made)
    verb.ask(verb.first)
    assert not verb.done()


@pytest.mark.parametrize("make", [_basis, _release, _staff])
def test_the_database_asks_the_same(
    made: World, make: Callable[[World], Verb], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the question of the verbs off."""
    monkeypatch.setattr("dukcapil.accounts.services.one_person", lambda a, b: None)
    for happened in (None, _act("made"), _act("reset", back=True)):
        with transaction.atomic():
            verb = make(made)
            if happened:
                happened(verb)
            verb.ask(verb.second)
            assert verb.done() is (happened is None)
            transaction.set_rollback(True)


def test_without_either_question_the_attack_works(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: both protections off, and somebody approves what their own creature proposed."""
    monkeypatch.setattr("dukcapil.accounts.services.one_person", lambda a, b: None)
    verb = _acceptance(made)  # which the verb alone guards
    _act("made")(verb)
    verb.ask(verb.second)
    assert verb.done()


def test_thirty_days_later_they_are_two(made: World) -> None:
    first, second = made["head"].actor.user_id, made["operator"].actor.user_id
    StaffAct.objects.create(subject_id=second, by_id=first, kind="made")

    def bar(days: float) -> str | None:
        sql = "SELECT one_person(%s, %s, clock_timestamp() + %s)"
        return rows(sql, [first, second, timedelta(days=days)])[0][0]

    assert [bar(days) for days in (0, 29.9, 30.1)] == ["made", "made", None]
    # An act is not dated back, not even in SQL, and not taken away.
    long_ago = timezone.now() - timedelta(days=90)
    late = StaffAct.objects.create(subject_id=second, by_id=first, kind="made", at=long_ago)
    late.refresh_from_db()
    assert late.at > timezone.now() - timedelta(minutes=5)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        StaffAct.objects.all().delete()


def test_words_say_why(made: World) -> None:
    verb = _release(made)
    _act("made")(verb)
    answer = logged_in(verb.second).post("/rilis/", {"do": "approve", "release": "0"}, follow=True)
    assert answer.status_code == 404
    page = verb.ask(verb.second)
    assert page.status_code == 302
    assert "30 hari" in logged_in_page(verb.second, verb)


def logged_in_page(who: Caller, verb: Verb) -> str:
    client = logged_in(who)
    release = Publication._meta.get_field("release").related_model.objects.get().pk
    return client.post("/rilis/", publishes(release), follow=True).content.decode()


# --- accounts of the demonstration ----------------------------------------------------------------


def test_accounts_of_the_demonstration_are_exempt_from_the_days(db: Any) -> None:
    for number, name in enumerate(("satu", "dua")):
        user = User.objects.create_user(name, None, name=name, demonstration=True)
        StaffIdentity.objects.create(user=user, staff_id=bytes([number]) * 32)
    one, two = User.objects.order_by("pk")
    StaffAct.objects.create(subject=two, by=one, kind="made")
    assert accounts.one_person(one.pk, two.pk) is None
    assert accounts.one_person(one.pk, one.pk) == "same"
    real = User.objects.create_user("tiga", None, name="tiga")
    assert accounts.one_person(one.pk, real.pk) == "no-staff-id"
    StaffIdentity.objects.create(user=real, staff_id=b"3" * 32)
    StaffAct.objects.create(subject=real, by=one, kind="reset")
    assert accounts.one_person(one.pk, real.pk) == "made"


def test_a_real_database_never_becomes_a_demonstration(made: World) -> None:
    """Whatever somebody is called there."""
    for change in (
        lambda: User.objects.create_user("klien-api", None, name="x", demonstration=True),
        lambda: User.objects.filter(username="head").update(demonstration=True),
    ):
        with pytest.raises(DatabaseError, match="demonstration"), transaction.atomic():
            change()
    for name in ("klien-api", "operator-agam", "admin"):
        User.objects.create_user(name, None, name="Klien API Sumatera Barat (contoh)")
    before = User.objects.count(), Posting.objects.count()
    said = io.StringIO()
    call_command("demo", stdout=said)
    assert "users of its own" in said.getvalue()
    assert (User.objects.count(), Posting.objects.count()) == before


def demonstration(folder: Path) -> dict[str, dict[str, str]]:
    """What `make run` writes at each start, without the weeks of work."""
    make_accounts()
    write_accounts(folder, 8000)
    accounts_of = json.loads((folder / "demo.json").read_text())["accounts"]
    return {row["username"]: row for row in accounts_of}


def test_the_demonstration_starts_again_after_a_reset(db: Any, tmp_path: Path) -> None:
    before = demonstration(tmp_path)
    admin, other = (User.objects.get(username=name) for name in ("admin", "admin-kedua"))
    head, operator, province = (actor(n) for n in ("kepala", "operator", "kepala-provinsi"))
    reset_access(by=head, posting=Posting.objects.get(pk=operator.posting_id))
    proposal = reset_access(
        by=actor("admin"), posting=Posting.objects.get(pk=head.posting_id), factor=True
    )
    assert isinstance(proposal, StaffProposal)
    approve_proposal(by=province, proposal=proposal)
    StaffAct.objects.create(subject=other, by=admin, kind="made")
    ApiToken.objects.filter(posting_id=actor("klien-api").posting_id).delete()
    after = demonstration(tmp_path)
    assert after.keys() == before.keys()
    for name, row in after.items():
        assert row["password"] == before[name]["password"]
        assert ("totp_uri" in row) is ("totp_uri" in before[name])
        answer = Client().get("/api/v1/ping/", headers={"Authorization": f"Token {row['token']}"})
        assert answer.status_code == 200, name
    # Who tried a program yesterday goes on with it today.
    same = {name for name, row in after.items() if row["token"] == before[name]["token"]}
    assert same >= {"nasional", "provinsi-13", "operator-agam"}
    assert "klien-api" not in same
    # Different people, exempt from the days.
    users = list(User.objects.values_list("pk", flat=True))
    pairs = itertools.combinations(users, 2)
    assert {accounts.one_person(one, two) for one, two in pairs} == {None}


#: Younger than that migration: no database had them when it ran, and the next start makes them.
_LATER_ACCOUNTS = {
    *("desk-13", "stok", "stok-provinsi", "verifikator-2"),
    *("juru-makam", "juru-makam-2"),
}


def test_the_migration_knows_a_demonstration_of_before(kept: World) -> None:
    """By all of its accounts: one colleague of such a name is none."""
    marking = Path(migrations.__path__[0]) / "sql" / "0004_demonstration.sql"

    def marked() -> set[str]:
        off = "ALTER TABLE accounts_user DISABLE TRIGGER USER"
        as_superuser(off, marking.read_text(), off.replace("DISABLE", "ENABLE"))
        found = User.objects.filter(demonstration=True)
        return set(found.values_list("username", flat=True))

    User.objects.create_user("klien-api", None, name="Klien API Sumatera Barat (contoh)")
    assert marked() == set()
    User.objects.filter(username="operator").update(username="operator.lain")
    of_before = [account for account in ACCOUNTS if account[0] not in _LATER_ACCOUNTS]
    for username, name, _role, _region in of_before:
        if username != "klien-api":
            User.objects.create_user(username, None, name=name)
    assert marked() == {username for username, *_rest in of_before}


def test_a_demonstration_of_before_gets_its_numbers(db: Any, tmp_path: Path) -> None:
    """The migration marked its accounts; here they are, without a number yet."""
    User.objects.create_user("admin", None, name="x", demonstration=True)
    User.objects.create_user("operator", None, name="Seseorang")
    demonstration(tmp_path)
    assert StaffIdentity.objects.filter(user__username="admin").exists()
    # A real colleague of that name is left alone.
    assert not User.objects.get(username="operator").has_usable_password()
    assert not StaffIdentity.objects.filter(user__username="operator").exists()


# --- what one proposes about staff, and another approves ------------------------------------------


def new_person(role: str, region: str, **more: str) -> dict[str, str]:
    return {
        "username": "orang.baru",
        "name": "Orang Baru",
        "staff_number": NUMBER,
        "role": role,
        "region": region,
        "starts_on": str(today()),
        **more,
    }


def approve(who: str | Caller) -> str:
    """The page after approving the newest proposal."""
    client = logged_in(who)
    proposal = StaffProposal.objects.latest("pk")
    data = {"do": "approve", "proposal": str(proposal.pk)}
    answer = client.post("/akun/petugas/usulan/", data, follow=True)
    return answer.content.decode()


@pytest.fixture
def second(made: World) -> Caller:
    return make_caller("admin2", "administrator", "00", today() - timedelta(days=90))


@pytest.mark.parametrize("role", ["administrator", "district_head", "province_officer"])
def test_an_administrator_alone_makes_nobody_who_decides(
    made: World, second: Caller, role: str
) -> None:
    region = {"district_head": "13.75", "province_officer": "13"}.get(role, "00")
    client = logged_in("administrator")
    answer = client.post("/akun/petugas/baru/", new_person(role, region))
    assert answer.headers["Location"] == "/akun/petugas/usulan/"
    assert not User.objects.filter(username="orang.baru").exists()
    assert PASSWORD.search(approve("administrator")) is None
    assert not User.objects.filter(username="orang.baru").exists()
    password = PASSWORD.search(approve(second))
    assert password
    user = User.objects.get(username="orang.baru")
    assert user.check_password(password[0])
    assert user.must_change_password
    # Neither of the two who made this person is two people with them.
    for maker in (made["administrator"], second):
        assert accounts.one_person(maker.actor.user_id, user.pk) == "made"
    # Nothing shows the password again, and nobody approves twice.
    assert PASSWORD.search(approve(second)) is None
    assert StaffDecision.objects.count() == 1


def test_the_whole_attack(made: World, second: Caller) -> None:
    """An administrator with a creature that was approved in good faith publishes nothing with it."""
    logged_in("administrator").post("/akun/petugas/baru/", new_person("administrator", "00"))
    approve(second)
    creature = User.objects.get(username="orang.baru")
    User.objects.filter(pk=creature.pk).update(must_change_password=False)
    TOTP.activate(creature, generate_totp_secret())
    make_basis()
    by = made["administrator"].actor
    release = propose_release(
        by=by, name="r", day=today() - timedelta(days=2), embargo_until=timezone.now()
    )
    logged_in("orang.baru").post("/rilis/", publishes(release.pk))
    assert not Publication.objects.exists()
    logged_in(second).post("/rilis/", publishes(release.pk))
    assert Publication.objects.exists()


def test_who_approves_a_posting_sees_its_days(made: World, second: Caller) -> None:
    until = today() + timedelta(days=20)
    person = new_person("administrator", "00", ends_on=str(until))
    logged_in("administrator").post("/akun/petugas/baru/", person)
    shown = logged_in(second).get("/akun/petugas/usulan/").content.decode()
    days = (date_format(day, "j M Y") for day in (today(), until))
    assert "–".join(days) in shown


def test_a_head_of_one_is_helped_by_the_province(made: World) -> None:
    head = logged_in("head")
    answer = head.post("/akun/petugas/baru/", new_person("district_head", "13.75"))
    assert answer.headers["Location"] == "/akun/petugas/usulan/"
    for stranger in ("other_province_officer", "neighbour_head"):
        client = logged_in(stranger)
        data = {"do": "approve", "proposal": str(StaffProposal.objects.get().pk)}
        assert client.post("/akun/petugas/usulan/", data).status_code == 404
        assert "Orang Baru" not in client.get("/akun/petugas/usulan/").content.decode()
    assert logged_in("operator").get("/akun/petugas/usulan/").status_code == 403
    assert (
        "Orang Baru" in logged_in("province_officer").get("/akun/petugas/usulan/").content.decode()
    )
    assert PASSWORD.search(approve("province_officer"))
    # An operator the head posts alone, as before (ADR 0013).
    alone = new_person("district_operator", "13.75", username="operator.baru", staff_number="")
    assert head.post("/akun/petugas/baru/", alone).headers["Location"].endswith("/dibuat/")


def test_a_reset_of_somebody_who_decides_waits(made: World, second: Caller) -> None:
    """The other administrator's password and factor stay until somebody else agrees."""
    third = make_caller("admin3", "administrator", "00", today() - timedelta(days=90))
    posting = Posting.objects.get(user__username="admin2")
    before = User.objects.get(username="admin2").password
    path = f"/akun/petugas/{posting.pk}/sandi/"
    assert logged_in("administrator").post(path, {"factor": "on"}).status_code == 302

    def unchanged() -> bool:
        user = User.objects.get(username="admin2")
        return user.password == before and Authenticator.objects.filter(user=user).count() == 1

    for who in ("administrator", "admin2"):  # who asked, and whom it is about
        approve(who)
        assert unchanged()
    assert second.get("ping/").status == 200
    assert PASSWORD.search(approve(third))
    assert not unchanged()
    assert second.get("ping/").status == 401


def test_a_coming_posting_counts_too(made: World) -> None:
    """An operator who is head from next week is reset by two."""
    operator = Posting.objects.get(user__username="operator")
    Posting.objects.filter(pk=operator.pk).update(ends_on=today() + timedelta(days=3))
    Posting.objects.create(
        user=operator.user,
        role="district_head",
        region_id="13.75",
        starts_on=today() + timedelta(days=4),
    )
    with pytest.raises(Refused):
        reset_access(by=made["head"].actor, posting=operator)
    reset = reset_access(by=made["administrator"].actor, posting=operator)
    assert isinstance(reset, StaffProposal)
    assert reset.role == "district_head"


def test_a_proposal_is_withdrawn_and_stays_so(made: World, second: Caller) -> None:
    client = logged_in("administrator")
    client.post("/akun/petugas/baru/", new_person("administrator", "00"))
    proposal = StaffProposal.objects.get()
    data = {"do": "withdraw", "proposal": str(proposal.pk)}
    assert client.post("/akun/petugas/usulan/", data).status_code == 302
    approve(second)
    assert not User.objects.filter(username="orang.baru").exists()
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        StaffDecision.objects.update(verdict="approved")


def test_odd_proposals_are_refused(made: World) -> None:
    client = logged_in("administrator")
    for number in ("", "x", "9" * 30, "-1", "\u0663"):
        data = {"do": "approve", "proposal": number}
        assert client.post("/akun/petugas/usulan/", data).status_code == 404
    answer = client.post("/akun/petugas/baru/", new_person("district_head", "00"))
    assert answer.status_code == 422
    answer = client.post("/akun/petugas/baru/", new_person("administrator", "00", username="head"))
    assert answer.status_code == 422
    assert not StaffProposal.objects.exists()


def test_roles_that_decide_are_those_that_may(made: World) -> None:
    assert sorted(DECIDING) == ["administrator", "district_head", "province_officer"]
    assert {*MAY_POST["administrator"]} >= DECIDING


def test_a_further_posting_that_decides_is_proposed_too(made: World, second: Caller) -> None:
    operator = Posting.objects.get(user__username="operator")
    Posting.objects.filter(pk=operator.pk).update(ends_on=today())
    proposal = post_staff(
        by=made["administrator"].actor,
        user=operator.user,
        role="province_officer",
        region=Region.objects.get(pk="13"),
        starts_on=today() + timedelta(days=1),
    )
    assert isinstance(proposal, StaffProposal)
    # Between proposal and approval somebody else comes to know the password.
    User.objects.filter(pk=operator.user_id).update(must_change_password=True)
    with pytest.raises(Conflict, match="password-pending"):
        approve_proposal(by=second.actor, proposal=proposal)
    User.objects.filter(pk=operator.user_id).update(must_change_password=False)
    with pytest.raises(NotFound):
        approve_proposal(by=made["other_province_officer"].actor, proposal=proposal)
    posting, password = approve_proposal(by=second.actor, proposal=proposal)
    assert (posting.role, password) == ("province_officer", None)


@pytest.mark.parametrize("power", ["made", "reset"])
def test_no_administrator_is_made_of_an_account_that_one_of_them_opened(
    made: World, second: Caller, power: str
) -> None:
    """Who made it may be the only one who ever used it: who approves sees that, and hands over a new
    password; the factor is set up anew.
    """
    puppet = User.objects.get(username="operator")
    maker = made["administrator"].actor
    StaffAct.objects.create(subject=puppet, by_id=maker.user_id, kind=power)
    Posting.objects.filter(user=puppet).update(ends_on=today())
    proposal = post_staff(
        by=maker,
        user=puppet,
        role="province_officer",
        region=Region.objects.get(pk="13"),
        starts_on=today() + timedelta(days=1),
    )
    Authenticator.objects.create(user=puppet, type="totp", data={"secret": "x"})
    before = User.objects.get(pk=puppet.pk)
    page = logged_in("administrator").get("/akun/petugas/usulan/").content.decode()
    words = {"made": "membuat akun", "reset": "memberi kata sandi baru"}[power]
    assert words in page
    assert "mendapat kata sandi dan faktor kedua yang baru" in page
    assert isinstance(proposal, StaffProposal)
    _posting, password = approve_proposal(by=second.actor, proposal=proposal)
    after = User.objects.get(pk=puppet.pk)
    assert password is not None
    assert after.check_password(password)
    assert after.must_change_password
    assert after.session_epoch > before.session_epoch
    assert not Authenticator.objects.filter(user=puppet).exists()
    assert looks(kind="password and factor reset")


# --- the machine's operator is the second person --------------------------------------------------


@pytest.fixture
def _back_to_web() -> Iterator[None]:
    yield
    use_role("web")


@pytest.mark.usefixtures("_back_to_web")
def test_the_server_is_the_second_person_of_a_single_administrator(
    kept: World, capsys: pytest.CaptureFixture[str]
) -> None:
    logged_in("administrator").post("/akun/petugas/baru/", new_person("administrator", "00"))
    number = StaffProposal.objects.get().pk
    call_command("staff_proposals")
    assert "orang.baru" not in capsys.readouterr().out.partition("proposed by")[2]
    call_command("staff_proposals", approve=number)
    assert PASSWORD.search(capsys.readouterr().out)
    assert User.objects.filter(username="orang.baru").exists()
    (row,) = looks(kind="staff account approved")
    assert (row.user_id, row.office, row.case) == (None, "00", "server")
    assert [row.case for row in looks(kind="posting made")] == ["server"]
    with pytest.raises(CommandError):
        call_command("staff_proposals", approve=number)


def test_what_the_server_does_about_staff_is_logged_in_the_office(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("kuda-laut-melompat-7\n"))
    call_command(
        "create_user",
        "--username=baru",
        "--name=Orang Baru",
        "--role=district_head",
        "--region=1375",
        f"--staff-number={NUMBER}",
    )
    call_command("api_token", "--username=operator")
    user = User.objects.get(username="baru")
    monkeypatch.setattr("sys.stdin", io.StringIO("3175012304800001\n"))
    with pytest.raises(CommandError, match="sekali"):
        call_command("staff_number", "baru")
    call_command("totp", "head")
    server = [(row.kind, row.office) for row in looks(case="server", office="13.75")]
    assert server == [("posting made", "13.75"), ("second factor code shown", "13.75")]
    tokens = [row for row in looks(kind="token made") if row.case == "server"]
    assert [row.office for row in tokens] == ["13.75"]
    assert accounts.one_person(user.pk, made["head"].actor.user_id) is None


@pytest.mark.parametrize(
    ("who", "typed", "said"),
    [
        ("nobody", NUMBER, "There is no user nobody"),
        ("baru", "", "NIP"),
        ("baru", "12345", "18"),
        ("operator", NUMBER, "sekali"),
        ("baru", NUMBER, ""),
    ],
)
def test_a_staff_number_is_entered_on_the_server(
    made: World, monkeypatch: pytest.MonkeyPatch, who: str, typed: str, said: str
) -> None:
    user = User.objects.create_user("baru", None, name="Orang Baru")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
    output = io.StringIO()
    if said:
        with pytest.raises(CommandError, match=said):
            call_command("staff_number", who, stdout=output)
        assert not StaffIdentity.objects.filter(user=user).exists()
        assert not looks(kind="staff number entered")
    else:
        call_command("staff_number", who, stdout=output)
        assert output.getvalue() == "baru: entered.\n"
        (row,) = looks(kind="staff number entered")
        assert (row.subject, row.case, row.office) == (f"user {user.pk}", "server", "")


@pytest.mark.usefixtures("_back_to_web")
@pytest.mark.parametrize("number", [0, -1, 999_999_999])
def test_the_server_approves_nothing_that_does_not_wait(kept: World, number: int) -> None:
    said = io.StringIO()
    call_command("staff_proposals", stdout=said)
    assert said.getvalue() == ""
    with pytest.raises(CommandError, match="No such proposal waits"):
        call_command("staff_proposals", approve=number)


# --- NIP and NIK ----------------------------------------------------------------------------------


@pytest.mark.contexts
def test_a_number_is_asked_kept_as_a_hash_and_belongs_to_one_account(made: World) -> None:
    client = logged_in("head")
    operator = new_person("district_operator", "13.75")
    for wrong in ("123", "19800101200501100", "1980010120050110012", "abcdefghijklmnop"):
        answer = client.post("/akun/petugas/baru/", {**operator, "staff_number": wrong})
        assert "staff_number" in answer.context["form"].errors, wrong
    assert client.post("/akun/petugas/baru/", operator).status_code == 302
    again = {**operator, "username": "lain", "staff_number": NUMBER.replace(" ", ".")}
    answer = client.post("/akun/petugas/baru/", again)
    assert "akun lain" in str(answer.context["form"].errors["staff_number"])
    plain = NUMBER.replace(" ", "")
    kept = bytes(StaffIdentity.objects.get(user__username="orang.baru").staff_id)
    assert len(kept) == 32
    assert plain.encode() not in kept
    # Without a number the account works, and the list says what that means.
    again["staff_number"] = ""
    assert client.post("/akun/petugas/baru/", again).status_code == 302
    assert "persetujuannya tidak terhitung" in client.get("/akun/petugas/").content.decode()


def test_a_number_is_entered_later_once_and_by_somebody_else(made: World) -> None:
    user = User.objects.create_user("lama", None, name="Petugas Lama")
    posting = Posting.objects.create(
        user=user, role="district_operator", region_id="13.75", starts_on=today()
    )
    client, path = logged_in("head"), f"/akun/petugas/{posting.pk}/nomor/"
    assert client.get(path).status_code == 200
    assert client.post(path, {"staff_number": "1"}).status_code == 422
    assert client.post(path, {"staff_number": NUMBER}).status_code == 302
    assert client.post(path, {"staff_number": "3175012304800001"}).status_code == 422
    own = Posting.objects.get(user__username="head")
    answer = client.post(f"/akun/petugas/{own.pk}/nomor/", {"staff_number": NUMBER})
    assert answer.status_code == 403
    theirs = Posting.objects.get(user__username="neighbour")
    assert client.post(f"/akun/petugas/{theirs.pk}/nomor/", {}).status_code == 404
    assert len(looks(kind="staff number entered")) == 1


# --- whose log tells of it ------------------------------------------------------------------------


def test_an_office_reads_of_the_operator_whom_an_administrator_made_there(made: World) -> None:
    """The whole of the attack: an operator's posting by the nation, and a number revealed with it."""
    client = logged_in("administrator")
    answer = client.post("/akun/petugas/baru/", new_person("district_operator", "13.75"))
    assert answer.status_code == 302
    posting = Posting.objects.get(user__username="orang.baru")
    rows_of = looks(kind="posting made", subject=str(posting.pk))
    assert sorted(row.office for row in rows_of) == ["00", "13.75"]
    User.objects.filter(pk=posting.user_id).update(must_change_password=False)
    person = make_resident(made)
    spy = logged_in("orang.baru")
    data = {"do": "reveal", "reason": "hanya ingin tahu saja", "case": "tanpa kasus"}
    spy.post(f"/penduduk/{person.pk}/", data)
    (shown,) = looks(action="reveal")
    assert (shown.office, shown.user_id) == ("13.75", posting.user_id)
    for who in ("head", "province_officer"):
        page = logged_in(who).get("/pengawasan/?show=postings").content.decode()
        assert "Orang Baru" in page
        assert "administrator (test)" in page
    for who in ("neighbour_head", "other_province_officer"):
        page = logged_in(who).get("/pengawasan/?show=postings").content.decode()
        assert "Orang Baru" not in page
    # The end and a reset of it, too.
    path = f"/akun/petugas/{posting.pk}"
    client.post(f"{path}/sandi/", {})
    client.post(f"{path}/akhiri/", {"last_day": str(today())})
    for kind in ("password reset", "posting ended"):
        assert sorted(row.office for row in looks(kind=kind)) == ["00", "13.75"]


def test_a_row_of_the_own_office_is_written_once(made: World) -> None:
    client = logged_in("head")
    client.post("/akun/petugas/baru/", new_person("district_operator", "13.75"))
    assert [row.office for row in looks(kind="posting made")] == ["13.75"]


def test_tokens_codes_and_factors_leave_a_row_in_the_office(made: World) -> None:
    before = len(looks(kind="token made"))
    operator = logged_in("operator")
    data = {"label": "uji", "scopes": ["read"], "days": "9"}
    assert operator.post("/akun/token/baru/", data).status_code == 302
    rows_of = looks(kind="token made")[before:]
    assert [(row.office, row.user_id) for row in rows_of] == [
        ("13.75", made["operator"].actor.user_id)
    ]
    user = User.objects.get(username="head")
    user.set_password("kuda-laut-melompat-7")
    user.save()
    waiting = Client()
    waiting.post("/akun/masuk/", {"login": "head", "password": "kuda-laut-melompat-7"})
    waiting.post("/akun/kode/", {"code": "000000"})
    (wrong,) = looks(kind="second factor")
    assert (wrong.action, wrong.office, wrong.user_id, wrong.subject) == (
        "refused",
        "13.75",
        user.pk,
        f"user {user.pk}",
    )
    Authenticator.objects.filter(user=user).delete()
    (removed,) = looks(kind="second factor removed")
    assert removed.office == "13.75"


def test_an_administrator_who_removes_a_factor_is_named(made: World, second: Caller) -> None:
    head = Posting.objects.get(user__username="head")
    logged_in("administrator").post(f"/akun/petugas/{head.pk}/sandi/", {"factor": "on"})
    assert PASSWORD.search(approve(second))
    gone = looks(kind="second factor removed")
    assert {(row.office, row.user_id) for row in gone} == {
        ("00", second.actor.user_id),
        ("13.75", second.actor.user_id),
    }


def test_numbers_of_wrong_shape_never_reach_the_hash(made: World) -> None:
    with pytest.raises(Invalid):
        add_staff(
            by=made["head"].actor,
            username="x.y.z",
            name="x",
            staff_number="\u0661" * 16,
            role="district_operator",
            region=Region.objects.get(pk="13.75"),
            starts_on=today(),
        )
