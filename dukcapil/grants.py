"""The written list: who may do what with which table, every policy of row-level security, and the
functions that somebody has reviewed.

`dukcapil/catalogue.py` makes PostgreSQL agree with it after every `migrate` and compares the two. A
table that is not listed here counts as a difference: whoever adds a table also writes here who may
use it. Whose rows are whose is declared by the table itself (`accounts.scoping.Scope`); policies are
made from that.

Letters are PostgreSQL's: r SELECT, a INSERT, w UPDATE, d DELETE. `owner` owns every table and
`backup` reads every one; both are checked, not repeated below.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.apps import apps

from dukcapil.accounts.scoping import Scope, scoped_models

ALL = "arwd"


@dataclass(frozen=True)
class Rights:
    """What each role may do with a table; a role that is not named may do nothing."""

    web: str = ""
    worker: str = ""
    figures: str = ""
    keeper: str = ""


_PLANS = Rights(web=ALL, worker="r")
#: Rows are added, never changed: a release answers with those of its moment.
_ADDED = Rights(web="ar", worker="r")
_SECRETS = Rights(web=ALL, worker="r")
_HISTORY = Rights(web="ar", worker="ar")
#: The same, and the trigger that seals a row reads what belongs to it.
_SEALED = Rights(web="ar", worker="r", keeper="r")
_READ = Rights(web="r", worker="r")

TABLES: dict[str, Rights] = {
    # Who works here, and how they log in: no policy, grants only.
    "accounts_user": Rights(web="arw", worker="r"),
    "accounts_posting": Rights(web="arw", worker="r"),
    "accounts_postingevent": Rights(web="ar", worker="r"),
    # Who is who (a keyed hash), who made whom, and what one proposed and another approved.
    "accounts_staffidentity": _ADDED,
    "accounts_staffact": _ADDED,
    "accounts_staffproposal": _ADDED,
    "accounts_staffdecision": _ADDED,
    # What an office prints on its paper, each change a row.
    "accounts_officeprofile": _ADDED,
    "accounts_apitoken": _SECRETS,
    "accounts_idempotentanswer": Rights(web=ALL, worker="rd"),
    "account_emailaddress": _SECRETS,
    "account_emailconfirmation": _SECRETS,
    "mfa_authenticator": _SECRETS,
    "usersessions_usersession": _SECRETS,
    "django_session": _SECRETS,
    "knox_authtoken": Rights(),
    # Who looked at what: everybody writes it, the office reads it, the definer function alone chains it.
    "accounts_accesslog": Rights(web="ar", worker="ar"),
    "accounts_accesslink": Rights(keeper="ar"),
    "accounts_accesshead": Rights(keeper="arw"),
    # What is decided, chained in the same way; read by the rules that let nothing be added to it.
    "accounts_seal": Rights(web="r", worker="r", keeper="ar"),
    "accounts_sealhead": Rights(keeper="arw"),
    "pghistory_context": Rights(web="arw", worker="arw"),
    # Plans: no person in them.
    "events_serviceevent": Rights(web="arw", worker="r"),
    "events_servicesession": _PLANS,
    "events_seat": _PLANS,
    "events_team": _PLANS,
    "events_device": _PLANS,
    "events_devicefault": Rights(web="arw", worker="r"),
    "events_assignment": _PLANS,
    "events_teammember": _PLANS,
    "events_loan": Rights(web="arw", worker="r"),
    "events_station": _PLANS,
    "events_eventcost": _PLANS,
    "events_eventobstacle": _PLANS,
    # Noted by hand before cards had a ledger: read only.
    "events_eventblanko": _READ,
    "events_eventaudience": _PLANS,
    "events_eventsignature": _SEALED,
    "events_eventreopening": _ADDED,
    "events_eventchange": Rights(web="arw", worker="r"),
    "events_calendarlink": Rights(web="arw", worker="r"),
    # What people bring to a service.
    "events_requirement": _ADDED,
    "events_election": _SEALED,
    "events_electiondecision": _SEALED,
    "events_localday": _SEALED,
    "events_point": Rights(web="arw", worker="r"),
    "events_opening": Rights(web="arw", worker="r"),
    "events_openingevent": Rights(web="ar", worker="r"),
    "events_openinglink": Rights(web="arw", worker="r"),
    "events_heartbeat": _ADDED,
    # What a desk follows up: no person in it.
    "events_incident": Rights(web="arw", worker="r"),
    "events_incidentoffice": Rights(web="arw", worker="r"),
    "events_incidentnote": _ADDED,
    "events_outage": Rights(web="arwd", worker="r"),
    "events_task": Rights(web="arw", worker="r"),
    "events_call": _ADDED,
    "events_commitment": Rights(web="arw", worker="r"),
    # Cards: balances are written by the triggers of movements and counts.
    "events_stockaccount": Rights(web="arw", worker="r"),
    "events_movement": _ADDED,
    "events_stockcount": _ADDED,
    "events_cardofrecord": _ADDED,
    "events_stockrequest": Rights(web="arw", worker="r"),
    "events_stockthreshold": _ADDED,
    # Where people are together: no person in it.
    "events_venue": Rights(web="arw", worker="r", keeper="r"),
    "events_venuevisit": Rights(web="ar", worker="r"),
    "events_serviceeventevent": Rights(web="ar", worker="r"),
    "events_servicesessionevent": Rights(web="ar", worker="r"),
    # People: behind both walls. A job imports residents and fills exports.
    # Nobody who serves deletes a person; `undo_import` takes back whom an import brought, `ledger_write` holds
    # whom it writes of (a lock asks for the right to change).
    "registrations_resident": Rights(web="arw", worker="arw", keeper="rwd"),
    "registrations_residentidentity": Rights(web="arw", worker="arw", keeper="rwd"),
    "registrations_residentevent": replace(_HISTORY, keeper=ALL),
    "registrations_printrule": _SEALED,
    "registrations_correctionproposal": Rights(web="arw", worker="arw", keeper="rw"),
    # What was found about people: the ledger's trigger contradicts it; what a village signed.
    "registrations_finding": Rights(web="arw", worker="r", keeper="rw"),
    "registrations_findingminutes": _ADDED,
    "registrations_findingtask": _ADDED,
    # Counted in figures: of a row only the person, once merged, and the evidence ever change.
    # What SIAK says of recordings: `newest` alone is changed, whose it is when people are merged, and what
    # was entered wrongly; a job drops previews of yesterday.
    "registrations_recordstatus": Rights(web="arw", worker="r", keeper="r"),
    "registrations_statusimport": Rights(web="arw", worker="rw"),
    # How many there are, no person; a job counts anew who became late.
    "registrations_statuscount": Rights(web="arw", worker="arw"),
    "registrations_recordingreopened": Rights(web="arw", worker="r", keeper="r"),
    "registrations_appointment": Rights(web="arw", worker="r", keeper="rw"),
    "registrations_appointmentservice": Rights(web="arw", worker="r", keeper="rw"),
    # The function `ledger_write` alone adds to the ledger.
    "registrations_servicerecord": Rights(web="r", worker="r", keeper="ar"),
    # Papers: numbers are drawn, and states follow the ledger, by definer functions.
    "registrations_paper": Rights(web="arw", worker="rw", keeper="rw"),
    "registrations_paperrule": _SEALED,
    "registrations_papertemplate": _SEALED,
    "registrations_papercounter": Rights(web="r", worker="r", keeper="arw"),
    "registrations_visitgroup": Rights(web="arw", worker="r"),
    "registrations_waiting": Rights(web="arw", worker="r", keeper="rw"),
    # What somebody looks at before it is booked, gone after a day; how an office reads its lists.
    "registrations_listdraft": Rights(web=ALL, worker="rd"),
    "registrations_listmapping": Rights(web="arw", worker="arw"),
    "registrations_visitrequest": Rights(web="arw", worker="r", keeper="r"),
    # Papers handed in and documents handed out; the ledger's void reopens them.
    "registrations_documentrequest": Rights(web="arw", worker="r", keeper="rw"),
    "registrations_officecount": _ADDED,
    "registrations_message": Rights(web="arw", worker="rw"),
    "registrations_recordnote": Rights(web="ar", worker="r", keeper="r"),
    "registrations_cardreceiver": Rights(web="arw", worker="r"),
    "registrations_export": Rights(web="arw", worker="rw", keeper="rw"),
    # How long things are kept, and breaches of data: no person in them.
    "registrations_retentionrule": _ADDED,
    "registrations_breach": _ADDED,
    "registrations_breachoffice": _ADDED,
    "registrations_breachnote": _ADDED,
    "registrations_rollimport": Rights(web="arw", worker="rw", keeper="r"),
    "registrations_rollrows": Rights(web="rw", worker=ALL),
    "registrations_rollperson": Rights(web="r", worker="ar", keeper="rw"),
    # Who is at a school or in a prison, and groups: a row of a group that is taken back is gone.
    "registrations_roster": Rights(web="arw", worker="r", keeper="r"),
    "registrations_rosterversion": _ADDED,
    "registrations_rosterentry": Rights(web="arw", worker="r", keeper="rw"),
    "registrations_groupmember": Rights(web=ALL, worker="r"),
    # Who is to be recorded: states and counts are written by the definer functions alone.
    "registrations_villagelist": Rights(web="arw", worker="arw"),
    "registrations_rolllist": Rights(web="arw", worker="arw", keeper="r"),
    "registrations_rollentry": Rights(web="rw", worker="rw", keeper=ALL),
    "registrations_rollcount": Rights(web="r", worker="r", keeper="arw"),
    "registrations_rollvenuecount": Rights(web="r", worker="r", keeper="arw"),
    "registrations_rolltouched": Rights(web="r", worker="r", keeper="ard"),
    # What was noted of somebody on a list; a merge takes it along.
    "registrations_rollcontact": Rights(web="arw", worker="r", keeper="rw"),
    # Burials: merging and erasing follow in the database; counts of registers, and reports, are added.
    "registrations_burial": Rights(web="arw", worker="r", keeper="rw"),
    "registrations_burialbooks": _ADDED,
    "registrations_burialreport": _ADDED,
    # Selections under a name: codes and words, no person.
    "registrations_savedview": Rights(web=ALL, worker="r"),
    # Who is on a whole list no more is asked by the job and answered by people; nobody deletes a question.
    "registrations_rollgone": Rights(web="rw", worker="arw"),
    # Another office's function writes it; this office decides, and a job empties what nobody decided.
    "registrations_arrival": Rights(web="rw", worker="rw", keeper="arw"),
    # A job compares a list, somebody decides; the names go when the result is accepted.
    "registrations_voterlist": Rights(web="arw", worker="rw"),
    "registrations_voterrow": Rights(web="rw", worker=ALL, keeper="rw"),
    # Counts of its rows: by a trigger, and by the job where it writes every row.
    "registrations_votercount": Rights(web="r", worker=ALL, keeper="arw"),
    "registrations_votercode": Rights(web=ALL, worker="r"),
    "registrations_notavoter": Rights(web=ALL, worker="r"),
    "registrations_effectiveservice": Rights(keeper=ALL),
    "registrations_ledgerhead": Rights(web="r", worker="r", figures="r", keeper="arw"),
    # Figures: a job writes them, nobody changes them.
    # The function `nil_day` writes the report of a day on which nobody was served.
    "reports_buildhead": Rights(web="r", worker="arw", figures="r", keeper="arw"),
    "reports_regencyday": Rights(web="r", worker="arw", figures="r", keeper="ar"),
    "reports_daycount": Rights(web="r", worker="ar", figures="r", keeper="r"),
    "reports_earlycount": Rights(web="r", worker="ar", figures="r"),
    "reports_release": Rights(web="ar", worker="ar", figures="r", keeper="r"),
    "reports_releaseentry": Rights(web="ar", worker="ar", figures="r", keeper="r"),
    "reports_releaseanswer": Rights(web="ar", worker="ar", figures="r", keeper="r"),
    "reports_populationbasis": _SEALED,
    "reports_populationfigure": _SEALED,
    "reports_basisdecision": _ADDED,
    "reports_target": _ADDED,
    "reports_dayconfirmation": _ADDED,
    "reports_daylock": _ADDED,
    "reports_publication": _SEALED,
    "reports_publicfigure": _SEALED,
    "reports_edition": _SEALED,
    "reports_editionrow": _SEALED,
    "reports_webhook": Rights(web="arw", worker="r"),
    "reports_webhookdelivery": Rights(web="ar", worker="arw"),
    # Kept by a job for the boards.
    "reports_deskrow": Rights(web="r", worker="arw"),
    "reports_figurefile": Rights(web="ar", worker="rw"),
    # A job tells; whoever sees it takes it. Rules and the own address are the staff's.
    "reports_alert": Rights(web="rw", worker="arw"),
    "reports_alertrule": _ADDED,
    "reports_alertmail": Rights(web="r", worker="arw"),
    "reports_alertaddress": Rights(web="arw", worker="rw"),
    # Plans of jemput bola: places, ways, rules and counts, no person. A job writes what it finds; the seal
    # reads what an office adopted.
    "reports_siteprofile": Rights(web="arw", worker="r"),
    "reports_siteclosure": _PLANS,
    "reports_travelleg": _PLANS,
    "reports_turnoutrule": _HISTORY,
    "reports_planrules": _ADDED,
    "reports_planfloor": _PLANS,
    "reports_planpin": _PLANS,
    "reports_plan": Rights(web="arw", worker="arw", keeper="r"),
    "reports_planadoption": _SEALED,
    "reports_planduty": Rights(web=ALL, worker=ALL, keeper="r"),
    "reports_planstop": Rights(web=ALL, worker=ALL, keeper="r"),
    "reports_planleftout": Rights(web=ALL, worker=ALL, keeper="r"),
    # Loaded by migrations and commands of the owner.
    "regions_region": _READ,
    "regions_retiredcode": _READ,
    "auth_group": _READ,
    "auth_group_permissions": _READ,
    "auth_permission": _READ,
    "django_content_type": _READ,
    "django_migrations": _READ,
}

#: Of the ledger `figures` reads what counts: never an id, a resident, an author or a device.
COLUMNS: dict[tuple[str, str], frozenset[str]] = {
    ("registrations_servicerecord", "figures"): frozenset(
        "office_id seq row_kind service outcome reason category domicile_id place_id occurred_at"
        " timezone service_date received_at weight counts_from".split()
    ),
    ("registrations_recordingreopened", "figures"): frozenset(
        "domicile_id place_id counted_on reopened_on void chain_id seq at".split()
    ),
}


@dataclass(frozen=True)
class Expression:
    """A condition as we write it, and as PostgreSQL shows it (without the casts that it adds)."""

    sql: str
    shown: str


def _evaluated_once(function: str) -> Expression:
    """A function of the scope, in a subquery: evaluated once a statement, not once a row."""
    return Expression(f"(SELECT {function}())", f"( SELECT {function}() AS {function})")


def _compared(column: str, operator: str, function: str) -> Expression:
    value = _evaluated_once(function)
    return Expression(f"{column} {operator} {value.sql}", f"({column} {operator} {value.shown})")


def _one_of(column: str, function: str) -> Expression:
    value = _evaluated_once(function)
    return Expression(
        f"{column} = ANY ({value.sql}::uuid[])", f"({column} = ANY ({value.shown}::uuid[]))"
    )


TRUE = Expression("true", "true")


def reached(scope: Scope) -> Expression:
    """The second wall's condition: rows within the ranges of the scope, or of an event that the actor
    is lent to.
    """
    parts = [_compared(scope.office, ">=", "scope_low"), _compared(scope.office, "<", "scope_high")]
    if scope.village:
        parts += [
            _compared(scope.village, ">=", "scope_village_low"),
            _compared(scope.village, "<", "scope_village_high"),
        ]
    else:
        parts.append(_evaluated_once("scope_any_village"))
    own_ranges = Expression(
        " AND ".join(part.sql for part in parts),
        "(" + " AND ".join(part.shown for part in parts) + ")",
    )
    if not scope.event:
        return own_ranges
    lent = _one_of(scope.event, "scope_events")
    return Expression(f"({own_ranges.sql}) OR {lent.sql}", f"({own_ranges.shown} OR {lent.shown})")


@dataclass(frozen=True)
class Policy:
    """Which roles may do what (SELECT, INSERT, ALL) with which rows."""

    roles: tuple[str, ...]
    command: str
    using: Expression | None
    check: Expression | None = None


_SERVE = ("web", "worker")
_KEEP = Policy(("keeper",), "ALL", TRUE, TRUE)
_VERIFY = Policy(("owner",), "SELECT", TRUE)

#: Beside the policies that a scope makes.
_MORE: dict[tuple[str, str], Policy] = {
    ("registrations_servicerecord", "count"): Policy(("figures",), "SELECT", TRUE),
    ("registrations_recordingreopened", "count"): Policy(("figures",), "SELECT", TRUE),
    # Keyed hashes of NIK: the definer functions write them, no serving role reads them.
    ("registrations_effectiveservice", "keep"): _KEEP,
    ("registrations_effectiveservice", "verify"): _VERIFY,
}


def policies() -> dict[tuple[str, str], Policy]:
    """(table, name) -> policy, for every table that holds people or tells of them."""
    written = dict(_MORE)
    for table, scope, key in walled():
        condition = reached(scope)
        if scope.written_by_all:
            # What the server's operator signs, the commands write as `owner`, and their rows of the log.
            written[table, "write"] = Policy(("owner", *_SERVE), "INSERT", None, TRUE)
            written[table, "serve"] = Policy(_SERVE, "SELECT", condition)
        else:
            written[table, "serve"] = Policy(_SERVE, "ALL", condition, condition)
            written[table, "keep"] = _KEEP
        written[table, "verify"] = _VERIFY
        if scope.lent:
            # PostgreSQL asks the last by name first: `serve`, the cheaper one, and this for others' rows.
            written[table, "lent"] = Policy(("web",), "SELECT", _one_of(key, "scope_lent"))
    return written


def walled() -> list[tuple[str, Scope, str]]:
    """(table, scope, primary key) of every table with people, and of the history of one."""
    scopes = {model: model.scope for model in scoped_models() if model.scope.people}
    tables: list[tuple[Any, Scope]] = list(scopes.items())
    tables.extend(
        (history, replace(scopes[tracked], lent=None))
        for history in apps.get_models()
        if (tracked := getattr(history, "pgh_tracked_model", None)) in scopes
    )
    return [(model._meta.db_table, scope, model._meta.pk.column) for model, scope in tables]


#: role -> may log in, bypasses row-level security. None is superuser or creates anything.
ROLES = {
    "owner": (True, False),
    "web": (True, False),
    "worker": (True, False),
    "backup": (True, True),
    "figures": (False, False),
    "keeper": (False, False),
}
#: Who may enter which role.
MEMBERS = frozenset({("figures", "web"), ("figures", "worker"), ("keeper", "owner")})
