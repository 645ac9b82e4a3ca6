"""The staff of an office: what one person does alone, and what needs a second one (ADR 0030)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date

from allauth.mfa.models import Authenticator
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access, ProposalKind, ProposalVerdict, StaffActKind
from dukcapil.accounts.models import (
    Posting,
    StaffDecision,
    StaffIdentity,
    StaffProposal,
    User,
)
from dukcapil.accounts.permissions import DECIDING, MAY_POST, Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.selectors import end_parts, may_reset
from dukcapil.accounts.services import (
    check_posting_region,
    check_username,
    create_posting,
    create_user,
    end_everything,
    end_posting,
    log_access,
    log_by_machine,
    remember_act,
    require,
    require_two_persons,
)
from dukcapil.accounts.staff.selectors import access_set_by, held_postings, may_decide
from dukcapil.accounts.validators import staff_id_of
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound, Refused
from dukcapil.core.versions import require_seen
from dukcapil.regions.models import Region


@service
def post_staff(
    *,
    by: Actor,
    user: User,
    role: str,
    region: Region,
    starts_on: date,
    ends_on: date | None = None,
) -> Posting | StaffProposal:
    """A posting inside the actor's own region, to a role that the actor may give. Of a role that
    decides only a proposal.
    """
    _may_post(by, role, region)
    user = _with_own_password(user)
    if role in DECIDING:
        return _propose(
            by,
            StaffProposal(
                kind=ProposalKind.POSTING,
                user=user,
                role=role,
                region=region,
                starts_on=starts_on,
                ends_on=ends_on,
            ),
        )
    posting = create_posting(
        user=user,
        role=role,
        region=region,
        starts_on=starts_on,
        ends_on=ends_on,
        makers=[by.user_id],
    )
    _log(by, "posting made", posting)
    return posting


def _may_post(by: Actor, role: str, region: Region) -> None:
    require(by, Permission.STAFF_MANAGE)
    if not by.covers(region.pk):
        raise NotFound
    if role not in MAY_POST[by.role]:
        raise Invalid("role-not-given", _("You may not give this role."), field="role")
    check_posting_region(role, region)


def _with_own_password(user: User) -> User:
    """Locked. While somebody else still knows the password, it must not open a second posting."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.must_change_password:
        raise Conflict(
            "password-pending",
            _("This person has not chosen a password of their own yet; wait for the first login."),
        )
    return user


@service
def add_staff(
    *,
    by: Actor,
    username: str,
    name: str,
    role: str,
    region: Region,
    starts_on: date,
    ends_on: date | None = None,
    email: str = "",
    staff_number: str = "",
) -> tuple[Posting, str] | StaffProposal:
    """A new account with its first posting, and the first password: shown once, stored hashed. Of a
    role that decides only a proposal, and no account yet.
    """
    _may_post(by, role, region)
    proposal = StaffProposal(
        kind=ProposalKind.ACCOUNT,
        username=username,
        name=name,
        email=email,
        staff_id=staff_id_of(staff_number),
        role=role,
        region=region,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    if role not in DECIDING:
        posting, password = _make_account(proposal, makers=[by.user_id])
        _log(by, "posting made", posting)
        return posting, password
    check_username(username)
    if proposal.staff_id and StaffIdentity.objects.filter(staff_id=proposal.staff_id).exists():
        raise Conflict(
            "staff-id-taken",
            _("This NIP or NIK belongs to another account."),
            field="staff_number",
        )
    return _propose(by, proposal)


def _make_account(proposal: StaffProposal, makers: Sequence[int]) -> tuple[Posting, str]:
    password = _random_password()
    user = create_user(
        username=proposal.username,
        name=proposal.name,
        password=password,
        email=proposal.email,
        staff_id=bytes(proposal.staff_id) if proposal.staff_id else None,
        makers=makers,
    )
    posting = _make_posting(proposal, user, makers)
    User.objects.filter(pk=user.pk).update(must_change_password=True)
    return posting, password


def _make_posting(proposal: StaffProposal, user: User, makers: Sequence[int]) -> Posting:
    if proposal.starts_on is None:
        raise NotFound
    return create_posting(
        user=user,
        role=proposal.role,
        region=proposal.region,
        starts_on=proposal.starts_on,
        ends_on=proposal.ends_on,
        makers=makers,
    )


@service
def enter_staff_number(*, by: Actor, posting: Posting, staff_number: str) -> None:
    """The NIP or NIK of an account that has none yet; nobody enters the own one."""
    if posting.user_id == by.user_id:
        raise Refused("own-number", _("Somebody else enters your NIP or NIK."))
    _manages(by, posting)
    identify(user=posting.user, staff_number=staff_number)
    _log(by, "staff number entered", posting)


@service
def identify(*, user: User, staff_number: str) -> None:
    """A step, and what the machine's operator does."""
    staff_id = staff_id_of(staff_number)
    if staff_id is None:
        raise Invalid("staff-number", _("Enter the NIP or NIK."), field="staff_number")
    StaffIdentity.objects.create(user=user, staff_id=staff_id)


@service
def end_staff_posting(
    *, by: Actor, posting: Posting, last_day: date, version: str | None = None
) -> Posting:
    """Nobody ends their own posting, or one of a role that they may not give; the last day is never
    moved to a later one.

    A last day before the first day becomes the first day: whoever has no other posting is stopped at
    once then, as by a new password that nobody was told. `version`: of the last day that was shown.
    """
    if posting.user_id == by.user_id:
        raise Refused("own-posting", _("Nobody ends their own posting."))
    _manages(by, posting)
    posting.ends_on = Posting.objects.select_for_update().get(pk=posting.pk).ends_on
    require_seen(version, end_parts(posting), {"last_day": _("Last day")})
    if posting.ends_on is not None and last_day > posting.ends_on:
        raise Invalid(
            "posting-longer",
            _("It ends on %(day)s already; make a new posting to go on.")
            % {"day": date_format(posting.ends_on, "j F Y")},
            field="last_day",
        )
    ended = end_posting(posting=posting, last_day=max(last_day, posting.starts_on))
    _log(by, "posting ended", posting)
    if last_day < posting.starts_on:
        _stop(by, posting)
    return ended


def _stop(by: Actor, posting: Posting) -> None:
    """Nobody may log in by this posting on its only day, which is still to pass."""
    user = User.objects.select_for_update().get(pk=posting.user_id)
    if held_postings(user) == [posting]:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        end_everything(user)
        _log(by, "access ended", posting)


def _manages(by: Actor, posting: Posting) -> None:
    """Whether this posting is the actor's to manage: inside the region, of a role they may give."""
    require(by, Permission.STAFF_MANAGE)
    if not by.covers(posting.region_id):
        raise NotFound
    if posting.role not in MAY_POST[by.role]:
        raise Refused("role-not-given", _("You may not manage a posting of this role."))


@service
def reset_access(*, by: Actor, posting: Posting, factor: bool = False) -> str | StaffProposal:
    """A new first password for a colleague who forgot theirs, lost a phone, or must be stopped.

    Ends every session and token of the person at once; with `factor` the second factor too, which
    is set up anew at the next login. Returns the password: shown once, stored hashed, changed at
    the first login. Refused when the person holds another posting (another region, a higher role)
    that this actor may not reset: then somebody who may reset all of them does it. Of somebody who
    decides, or will, only a proposal; until it is approved nothing changes.
    """
    if posting.user_id == by.user_id:
        raise Refused("own-access", _("Change your own password under Own account."))
    user = User.objects.select_for_update().get(pk=posting.user_id)
    held = [posting, *(one for one in held_postings(user) if one != posting)]
    for one in held:
        _manages(by, one)
        if not may_reset(by, one):
            raise Refused("role-not-given", _("Ask an administrator: this is not yours to renew."))
    if deciding := [one for one in held if one.role in DECIDING]:
        return _propose(
            by,
            StaffProposal(
                kind=ProposalKind.RESET,
                user=user,
                posting=deciding[0],
                factor=factor,
                role=deciding[0].role,
                region_id=deciding[0].region_id,
            ),
        )
    password = _renew(user, factor=factor, makers=[by.user_id])
    _log(by, _reset_kind(factor=factor), posting)
    return password


def _renew(user: User, *, factor: bool, makers: Sequence[int]) -> str:
    password = _random_password()
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    if factor:
        Authenticator.objects.filter(user=user).delete()
    end_everything(user)
    remember_act(kind=StaffActKind.RESET, subject=user, makers=makers)
    return password


def _reset_kind(*, factor: bool) -> str:
    return "password and factor reset" if factor else "password reset"


def _random_password() -> str:
    return "-".join(secrets.token_hex(3) for _part in range(3))


def _log(by: Actor | None, kind: str, posting: Posting) -> None:
    """Read by the office that the posting is for, whoever did it."""
    _log_change(by, kind, str(posting.pk), posting.region_id)


def _log_change(by: Actor | None, kind: str, subject: str, office: str) -> None:
    if by is None:
        log_by_machine(kind=kind, subject=subject, office=office)
    else:
        log_access(by=by, action=Access.CHANGE, kind=kind, subject=subject, office=office)


# --- what one proposes and another approves -------------------------------------------------------


def _propose(by: Actor, proposal: StaffProposal) -> StaffProposal:
    proposal.proposed_by_id = by.user_id
    proposal.save()
    _log_proposal(by, "proposed", proposal)
    return proposal


def _log_proposal(by: Actor | None, what: str, proposal: StaffProposal) -> None:
    kind, subject = f"staff {proposal.kind} {what}", f"proposal {proposal.pk}"
    _log_change(by, kind, subject, proposal.region_id)


@service
def approve_proposal(*, by: Actor, proposal: StaffProposal) -> tuple[Posting, str | None]:
    """By a second person: the posting, and the password where one was made. It is shown to who
    approves, never to who proposed.

    Somebody whose account another person made or reset gets a new password and sets up the second
    factor anew before the posting that decides: whoever knew the first ones knows these no longer.
    """
    require(by, Permission.STAFF_DECIDE)
    if not may_decide(by, proposal):
        raise NotFound
    require_two_persons(by, proposal.proposed_by_id)
    if proposal.user_id == by.user_id:
        raise Conflict("two-people", _("Nobody approves what is about themselves."))
    return _carry_out(by, proposal)


@service
def approve_on_server(*, proposal: StaffProposal) -> tuple[Posting, str | None]:
    """By the machine's operator, where an installation has no second person."""
    return _carry_out(None, proposal)


def _carry_out(by: Actor | None, proposal: StaffProposal) -> tuple[Posting, str | None]:
    # First: of two who approve at once the second one is told that it is decided.
    StaffDecision.objects.create(
        proposal=proposal,
        verdict=ProposalVerdict.APPROVED,
        decided_by_id=by.user_id if by else None,
    )
    makers = [proposal.proposed_by_id, *([by.user_id] if by else [])]
    password: str | None = None
    done = "posting made"
    if proposal.kind == ProposalKind.ACCOUNT:
        posting, password = _make_account(proposal, makers)
    elif proposal.user is None:
        raise NotFound
    elif proposal.kind == ProposalKind.POSTING:
        user = _with_own_password(proposal.user)
        posting = _make_posting(proposal, user, makers)
        if access_set_by([user.pk]):
            # Whoever set it may be the only one who ever used it: no second person by promotion.
            password = _renew(user, factor=True, makers=makers)
            _log(by, _reset_kind(factor=True), posting)
    else:
        user = User.objects.select_for_update().get(pk=proposal.user.pk)
        if proposal.posting is None:
            raise NotFound
        posting = proposal.posting
        password = _renew(user, factor=proposal.factor, makers=makers)
        done = _reset_kind(factor=proposal.factor)
    _log_proposal(by, "approved", proposal)
    _log(by, done, posting)
    return posting, password


@service
def withdraw_proposal(*, by: Actor, proposal: StaffProposal) -> StaffDecision:
    """By who proposed it, or by anybody who may decide about it."""
    require(by, Permission.STAFF_DECIDE)
    if proposal.proposed_by_id != by.user_id and not may_decide(by, proposal):
        raise NotFound
    if proposal.user_id == by.user_id:
        raise Conflict("two-people", _("Nobody withdraws what others propose about themselves."))
    decision = StaffDecision.objects.create(
        proposal=proposal, verdict=ProposalVerdict.WITHDRAWN, decided_by_id=by.user_id
    )
    _log_proposal(by, "withdrawn", proposal)
    return decision
