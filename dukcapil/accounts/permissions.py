"""Roles, as data that an official can read: what each may do, where it is posted, how it logs in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dukcapil.regions.enums import Level


class Permission(StrEnum):
    REGIONS_VIEW = "regions.view"
    EVENTS_VIEW = "events.view"
    EVENTS_PLAN = "events.plan"
    EVENTS_APPROVE = "events.approve"
    REQUIREMENTS_SET = "requirements.set"
    RESIDENTS_VIEW = "residents.view"
    RESIDENTS_REGISTER = "residents.register"
    RESIDENTS_CORRECT = "residents.correct"
    RESIDENTS_DECIDE = "residents.decide"
    RESIDENTS_ERASE = "residents.erase"
    RESIDENTS_REVEAL = "residents.reveal"
    RESIDENTS_EXPORT = "residents.export"
    ROLL_IMPORT = "roll.import"
    APPOINTMENTS_VIEW = "appointments.view"
    APPOINTMENTS_BOOK = "appointments.book"
    RECORDS_VIEW = "records.view"
    RECORDS_LOG = "records.log"
    RECORDS_VOID = "records.void"
    RECORDS_ACCEPT = "records.accept"
    COVERAGE_VIEW = "coverage.view"
    REPORTS_VIEW = "reports.view"
    REPORTS_BUILD = "reports.build"
    REPORTS_CONFIRM = "reports.confirm"
    REPORTS_LOCK = "reports.lock"
    BASES_IMPORT = "bases.import"
    BASES_APPROVE = "bases.approve"
    TARGETS_SET = "targets.set"
    RELEASES_PUBLISH = "releases.publish"
    EDITIONS_MAKE = "editions.make"
    WEBHOOKS_MANAGE = "webhooks.manage"
    PUBLIC_VIEW = "public.view"
    STAFF_MANAGE = "staff.manage"
    STAFF_DECIDE = "staff.decide"
    ACCESS_REVIEW = "access.review"
    BREACHES_WRITE = "breaches.write"
    RETENTION_SET = "retention.set"
    INCIDENTS_WRITE = "incidents.write"
    ELECTIONS_SET = "elections.set"
    OPENINGS_CONFIRM = "openings.confirm"
    ALERTS_VIEW = "alerts.view"
    ALERTS_TAKE = "alerts.take"
    ALERTS_SET = "alerts.set"
    STOCK_MOVE = "stock.move"
    STOCK_COUNT = "stock.count"
    STOCK_DECIDE = "stock.decide"
    FINDINGS_PROPOSE = "findings.propose"
    FINDINGS_ACCEPT = "findings.accept"
    GROUPS_VIEW = "groups.view"
    PRISONS_VIEW = "prisons.view"
    VOTERS_MATCH = "voters.match"
    BURIALS_VIEW = "burials.view"
    BURIALS_RECORD = "burials.record"
    BURIALS_MATCH = "burials.match"
    BURIALS_REPORT = "burials.report"
    PAPERS_ISSUE = "papers.issue"
    PAPERS_SET = "papers.set"
    PLANS_VIEW = "plans.view"
    PLANS_MAKE = "plans.make"
    PLANS_SET = "plans.set"


P = Permission
_FIGURES = {P.REGIONS_VIEW, P.COVERAGE_VIEW, P.REPORTS_VIEW}
_LOOK = _FIGURES | {P.EVENTS_VIEW, P.RESIDENTS_VIEW, P.APPOINTMENTS_VIEW, P.RECORDS_VIEW}
_DESK = _LOOK | {
    P.EVENTS_PLAN,
    P.RESIDENTS_REGISTER,
    P.RESIDENTS_CORRECT,
    P.RESIDENTS_REVEAL,
    P.APPOINTMENTS_BOOK,
    P.RECORDS_LOG,
    P.RECORDS_VOID,
    P.REPORTS_CONFIRM,
    P.INCIDENTS_WRITE,
    P.OPENINGS_CONFIRM,
    P.ALERTS_VIEW,
    P.ALERTS_TAKE,
    P.STOCK_MOVE,
    P.STOCK_COUNT,
    P.FINDINGS_PROPOSE,
    *(P.BURIALS_VIEW, P.BURIALS_RECORD, P.BURIALS_MATCH, P.BURIALS_REPORT),
    P.PAPERS_ISSUE,
    P.PLANS_VIEW,
}
_DENOMINATORS = {P.BASES_IMPORT, P.BASES_APPROVE, P.TARGETS_SET}


class Role(models.TextChoices):
    DISTRICT_OPERATOR = "district_operator", _("District operator")
    DISTRICT_HEAD = "district_head", _("Head of the district office")
    PROVINCE_OFFICER = "province_officer", _("Province officer")
    NATIONAL_VIEWER = "national_viewer", _("National viewer")
    VILLAGE_VERIFIER = "village_verifier", _("Village verifier")
    DESK_MEMBER = "desk_member", _("Desk member")
    STOCK_KEEPER = "stock_keeper", _("Stock keeper")
    BURIAL_RECORDER = "burial_recorder", _("Burial recorder")
    API_CLIENT = "api_client", _("API client")
    PUBLIC_CLIENT = "public_client", _("Public API client")
    ADMINISTRATOR = "administrator", _("Administrator")


@dataclass(frozen=True)
class RoleRule:
    purpose: str | Promise
    levels: frozenset[Level]
    permissions: frozenset[Permission]
    second_factor: bool = False


ROLES: dict[str, RoleRule] = {
    Role.DISTRICT_OPERATOR: RoleRule(
        _("Plans events, books people and logs services in one regency or city."),
        frozenset({Level.REGENCY}),
        frozenset(_DESK),
    ),
    Role.DISTRICT_HEAD: RoleRule(
        _(
            "As an operator; approves and closes events, starts reports, brings bases of the own region, manages the staff, takes lists out, reviews who looked at whom, accepts doubtful numbers and what was found about people, decides on other NIK, merges and erases people; sees groups and prisons, compares voters' lists."
        ),
        frozenset({Level.REGENCY}),
        frozenset(
            _DESK
            | {
                *(P.EVENTS_APPROVE, P.REPORTS_BUILD, P.STAFF_MANAGE, P.STAFF_DECIDE),
                *(P.RESIDENTS_DECIDE, P.RESIDENTS_ERASE, P.RESIDENTS_EXPORT, P.ACCESS_REVIEW),
                *(P.BASES_IMPORT, P.RECORDS_ACCEPT, P.ROLL_IMPORT, P.ALERTS_SET),
                *(P.FINDINGS_ACCEPT, P.GROUPS_VIEW, P.PRISONS_VIEW, P.VOTERS_MATCH),
                *(P.BREACHES_WRITE, P.PAPERS_SET, P.REQUIREMENTS_SET),
                *(P.PLANS_MAKE, P.PLANS_SET),
            }
        ),
        second_factor=True,
    ),
    Role.PROVINCE_OFFICER: RoleRule(
        _(
            "Watches the figures of a province; locks days, brings and approves bases, sets targets; decides on records that were set aside, on what was found about people and on requests for cards; reviews who looked at whom."
        ),
        frozenset({Level.PROVINCE}),
        frozenset(
            _LOOK
            | _DENOMINATORS
            | {
                *(P.REPORTS_BUILD, P.REPORTS_LOCK, P.INCIDENTS_WRITE, P.EDITIONS_MAKE),
                *(P.RECORDS_VOID, P.RECORDS_ACCEPT, P.ACCESS_REVIEW, P.STAFF_DECIDE),
                *(P.ELECTIONS_SET, P.STOCK_DECIDE, P.ALERTS_VIEW, P.ALERTS_TAKE, P.ALERTS_SET),
                *(P.FINDINGS_ACCEPT, P.BURIALS_VIEW, P.BURIALS_REPORT),
                *(P.BREACHES_WRITE, P.PAPERS_SET),
                *(P.PLANS_VIEW, P.PLANS_MAKE, P.PLANS_SET),
            }
        ),
        second_factor=True,
    ),
    Role.NATIONAL_VIEWER: RoleRule(
        _("Reads the figures of every region; sees no person."),
        frozenset({Level.NATION}),
        frozenset(_FIGURES | {P.EVENTS_VIEW}),
    ),
    Role.VILLAGE_VERIFIER: RoleRule(
        _("Checks the people of one village or district against reality."),
        frozenset({Level.DISTRICT, Level.VILLAGE}),
        frozenset(_FIGURES | {P.RESIDENTS_VIEW, P.FINDINGS_PROPOSE}),
    ),
    Role.DESK_MEMBER: RoleRule(
        _(
            "Sits at the Desk Pilkada: figures, openings and incidents of an office or a province; sees no person."
        ),
        frozenset({Level.PROVINCE, Level.REGENCY}),
        frozenset(_FIGURES | {P.INCIDENTS_WRITE, P.OPENINGS_CONFIRM, P.ALERTS_VIEW, P.ALERTS_TAKE}),
    ),
    Role.STOCK_KEEPER: RoleRule(
        _(
            "Keeps the cards of an office or of a province: receives, hands out and counts them; sees no person."
        ),
        frozenset({Level.PROVINCE, Level.REGENCY}),
        frozenset(
            _FIGURES
            | {P.EVENTS_VIEW, P.STOCK_MOVE, P.STOCK_COUNT, P.STOCK_DECIDE}
            | {P.ALERTS_VIEW, P.ALERTS_TAKE}
        ),
    ),
    Role.BURIAL_RECORDER: RoleRule(
        _("Keeps the burial register of one village: sees only the burials that they wrote."),
        frozenset({Level.VILLAGE}),
        frozenset(_FIGURES | {P.BURIALS_VIEW, P.BURIALS_RECORD}),
    ),
    Role.API_CLIENT: RoleRule(
        _("A program. Its token says which of these it may use."),
        frozenset({Level.NATION, Level.PROVINCE, Level.REGENCY}),
        frozenset(_FIGURES | {P.EVENTS_VIEW, P.REPORTS_BUILD, P.WEBHOOKS_MANAGE}),
    ),
    Role.PUBLIC_CLIENT: RoleRule(
        _("A program of anybody. Reads published releases, where small counts are left out."),
        frozenset({Level.NATION}),
        frozenset({P.REGIONS_VIEW, P.PUBLIC_VIEW, P.WEBHOOKS_MANAGE}),
    ),
    Role.ADMINISTRATOR: RoleRule(
        _(
            "Creates accounts and postings; brings and approves bases, targets and releases; sees figures, no person."
        ),
        frozenset({Level.NATION, Level.PROVINCE, Level.REGENCY}),
        frozenset(
            _FIGURES
            | _DENOMINATORS
            | {
                *(P.STAFF_MANAGE, P.STAFF_DECIDE, P.RELEASES_PUBLISH, P.ELECTIONS_SET),
                P.REQUIREMENTS_SET,
                *(P.ALERTS_VIEW, P.ALERTS_TAKE, P.ALERTS_SET),
                *(P.BREACHES_WRITE, P.RETENTION_SET),
            }
        ),
        second_factor=True,
    ),
}

#: Roles of an office, and roles of an office or of a province, as the database asks.
OF_OFFICE = ["district_operator", "district_head"]
BESIDE_BOTH = ["desk_member", "stock_keeper"]

#: Roles of a village, or of less than an office: they see no row outside of it.
OF_VILLAGES = frozenset({Role.VILLAGE_VERIFIER, Role.BURIAL_RECORDER})

#: Which roles somebody with STAFF_MANAGE may give, within their own region.
MAY_POST: dict[str, tuple[Role, ...]] = {
    Role.DISTRICT_HEAD: (
        *(Role.DISTRICT_OPERATOR, Role.VILLAGE_VERIFIER, Role.DISTRICT_HEAD),
        *(Role.DESK_MEMBER, Role.STOCK_KEEPER, Role.BURIAL_RECORDER),
    ),
    Role.ADMINISTRATOR: tuple(Role),
}

#: Roles whose password each role may renew. A head may not renew another head's, because who knows a
#: password can act as that person: an administrator does it.
MAY_RESET: dict[str, tuple[Role, ...]] = {
    Role.DISTRICT_HEAD: (
        *(Role.DISTRICT_OPERATOR, Role.VILLAGE_VERIFIER, Role.DESK_MEMBER),
        *(Role.STOCK_KEEPER, Role.BURIAL_RECORDER),
    ),
    Role.ADMINISTRATOR: tuple(Role),
}

#: What a second person has to agree to: whoever may do one of these is posted, and gets another
#: password, by two people (ADR 0030).
_OF_TWO = {
    *(P.EVENTS_APPROVE, P.BASES_APPROVE, P.RELEASES_PUBLISH, P.STAFF_MANAGE),
    *(P.RECORDS_ACCEPT, P.FINDINGS_ACCEPT),
}
DECIDING = frozenset(role for role, rule in ROLES.items() if rule.permissions & _OF_TWO)

#: Roles about which each role may be the second person, within their own region. A province decides
#: about the heads of its offices: many an office has no second head.
MAY_DECIDE: dict[str, frozenset[str]] = {
    Role.DISTRICT_HEAD: frozenset({Role.DISTRICT_HEAD}),
    Role.PROVINCE_OFFICER: frozenset({Role.DISTRICT_HEAD}),
    Role.ADMINISTRATOR: DECIDING,
}

#: A token's scope: a permission, the part before its dot, ``read`` for every ``*.view``, or ``*``.
SCOPES = frozenset(
    {"*", "read", *Permission, *(permission.partition(".")[0] for permission in Permission)}
)


def scope_allows(scopes: tuple[str, ...], permission: str) -> bool:
    area, _dot, verb = permission.partition(".")
    return any(
        scope in ("*", permission, area) or (scope == "read" and verb == "view") for scope in scopes
    )
