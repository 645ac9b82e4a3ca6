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
    "events_assignment": _PLANS,
    "events_teammember": _PLANS,
    "events_loan": Rights(web="arw", worker="r"),
    "events_station": _PLANS,
    "events_eventcost": _PLANS,
    "events_eventobstacle": _PLANS,
    "events_eventblanko": _PLANS,
    "events_eventaudience": _PLANS,
    "events_eventsignature": _ADDED,
    "events_eventreopening": _ADDED,
    "events_eventchange": Rights(web="arw", worker="r"),
    "events_calendarlink": Rights(web="arw", worker="r"),
    "events_election": _ADDED,
    "events_localday": _ADDED,
    "events_serviceeventevent": Rights(web="ar", worker="r"),
    "events_servicesessionevent": Rights(web="ar", worker="r"),
    # People: behind both walls. A job imports residents and fills exports.
    # Nobody who serves deletes a person; `undo_import` takes back whom an import brought.
    "registrations_resident": Rights(web="arw", worker="arw", keeper="rd"),
    "registrations_residentidentity": Rights(web="arw", worker="arw", keeper="rwd"),
    "registrations_residentevent": replace(_HISTORY, keeper=ALL),
    "registrations_correctionproposal": Rights(web="arw", worker="arw", keeper="rw"),
    "registrations_appointment": Rights(web="arw", worker="r", keeper="rw"),
    "registrations_appointmentservice": Rights(web="arw", worker="r", keeper="rw"),
    "registrations_servicerecord": Rights(web="ar", worker="r", keeper="r"),
    "registrations_visitgroup": Rights(web="arw", worker="r"),
    "registrations_waiting": Rights(web="arw", worker="r", keeper="rw"),
    # What somebody looks at before it is booked, gone after a day; how an office reads its lists.
    "registrations_listdraft": Rights(web=ALL, worker="rd"),
    "registrations_listmapping": Rights(web="arw", worker="arw"),
    "registrations_visitrequest": Rights(web="arw", worker="r"),
    "registrations_message": Rights(web="arw", worker="rw"),
    "registrations_recordnote": Rights(web="ar", worker="r"),
    "registrations_export": Rights(web="arw", worker="rw", keeper="rw"),
    "registrations_rollimport": Rights(web="arw", worker="rw", keeper="r"),
    "registrations_rollrows": Rights(web="rw", worker=ALL),
    "registrations_rollperson": Rights(web="r", worker="ar", keeper="rw"),
    "registrations_effectiveservice": Rights(keeper=ALL),
    "registrations_ledgerhead": Rights(web="r", worker="r", figures="r", keeper="arw"),
    # Figures: a job writes them, nobody changes them.
    "reports_buildhead": Rights(web="r", worker="arw", figures="r"),
    "reports_regencyday": Rights(web="r", worker="arw", figures="r", keeper="r"),
    "reports_daycount": Rights(web="r", worker="ar", figures="r", keeper="r"),
    "reports_release": Rights(web="ar", worker="ar", figures="r", keeper="r"),
    "reports_releaseentry": Rights(web="ar", worker="ar", figures="r", keeper="r"),
    "reports_populationbasis": _SEALED,
    "reports_populationfigure": _SEALED,
    "reports_basisdecision": _ADDED,
    "reports_target": _ADDED,
    "reports_dayconfirmation": _ADDED,
    "reports_daylock": _ADDED,
    "reports_publication": _SEALED,
    "reports_publicfigure": _SEALED,
    "reports_webhook": Rights(web="arw", worker="r"),
    "reports_webhookdelivery": Rights(web="ar", worker="arw"),
    "reports_figurefile": Rights(web="ar", worker="rw"),
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
        " timezone service_date received_at weight".split()
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
            written[table, "write"] = Policy(_SERVE, "INSERT", None, TRUE)
            written[table, "serve"] = Policy(_SERVE, "SELECT", condition)
        else:
            written[table, "serve"] = Policy(_SERVE, "ALL", condition, condition)
            written[table, "keep"] = _KEEP
        written[table, "verify"] = _VERIFY
        if scope.lent:
            # PostgreSQL tries policies by name: `serve`, the cheaper one, comes first.
            written[table, "serve_lent"] = Policy(("web",), "SELECT", _one_of(key, "scope_lent"))
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


#: Functions that run with the rights of `keeper`; every other one has the rights of its caller.
DEFINERS = frozenset(
    {
        *("ledger_append", "recorded_dates", "recorded_here", "access_chain", "present_on"),
        *("unusual_records", "seal", "resident_changed", "erased_numbers", "undo_import"),
    }
)

#: SHA-256 of the body of every function that a migration writes (`migrations/sql/`): nothing else
#: may stand in the database under that name. `prepare_server --check` says which hash it found.
FUNCTIONS: dict[str, str] = {
    "access_chain": "15ca538c47be00e5ee37cdfb10686a4d039073d7326c8253163013c9e07b6f3d",
    "access_hash": "69b2779a9a1591b6d0510805e590342bf32b009b531dc242f9a6447481883588",
    "basis_content": "60b072c7392de750b86afc6ff05538bc47686ca5330c4f8ad5ddb210c3a33b10",
    "day_content": "bd9147dd7e207d7b4b6e86bf577b925fa63b4405cd44a316d14c157ddee7a5e1",
    "daycount_months": "db65060f7108f54d296c73e134c78d5127234b62b119084f76a2f1f9ed83eefe",
    "erased_numbers": "5c91ae9d0116cc1204491ebd94fd32cef121dfbb412546d8d29f1ede63ce6405",
    "ledger_append": "ea6c05dbc2488a3442bf8f6090b7b47529c2fc40d3c991b05f4a75a21ea6d150",
    "ledger_hash": "8eb520541ea4971b8568791f5325c96e4a7dcb5920cb3d2757fe3c7f15b43b7d",
    "one_person": "8bc04982f0f292aa0d74c4bbcf681a51c6de4ae12494995a28e37fc729c9833c",
    "present_on": "2bc84f0dcb87eca678de6dd692b75a66698d65739b5c33a52be38b838fbfb095",
    "publication_content": "9f3c40b992e9c1728ff234a8ca07266b75530e7c625060c0712bded732c6e65f",
    "recorded_dates": "b48a318d0da2d7bd81db1aac5d418b2996df113b3343bd27432871efabdbe96e",
    "recorded_here": "be552c3fcc52353944f2dabf8b3bf16df8e6a55ecd0ac450faeaab921c0182f4",
    "release_content": "5c9abe71ed993de97544ef2f020820d22c9b842f1d9102a1e7a70f38b4b12033",
    "resident_changed": "ffc0956bb234fe929216caf32ae457dc3cff12a45516b90d85da682e3fe2e7fd",
    "row_content": "45c73c05fe53e973fbee5cfa8f7dbbee032465dd466868f07ce0b7bad6bfe98a",
    "scope": "67ef3f098a22034b3e46e4c459efccc51e9098994e27892acc35b16a810e6927",
    "scope_any_village": "8e71813d83283c89aa69e1073a34552bb99d79cfaef4f32a46c18bc94ea57261",
    "scope_events": "4ba78100e2ed5c3572adc5a3e0140679b89413d8bfd60b3515a4768d722cd756",
    "scope_high": "b0ec3abf2f31b5604ddb071980657f27f1f46eb38414b0dd27a4e0d9004332c6",
    "scope_lent": "9421b420c7e56ac8b56744ff79adf17ad596eb79aafe60a229cec13f566e15d0",
    "scope_low": "fa9933d6183c78660a2c8d2dda261d1e3f5569758995777646e28e712f033cf4",
    "scope_village_high": "e69d52678956b22b505c64debaa3b2d2a3960341bc8a2da6012b8951325d379a",
    "scope_village_low": "dfa3b1aa0092bead9043fdbb1a98c733b858ee7e923b53904de323e050cb4872",
    "seal": "acd2152a1b226639259e4779d15a185655a5ba2c43f19f6c23ed03afc69c450a",
    "seal_append": "030802406936911b5075a0eb53b049aea964a2137cb7ecc456b6194c68ab784e",
    "seal_hash": "3d9e06d078b0a685dab1a898c64f292f4cab32aa2de6c66b06c087a812e7f496",
    "undo_import": "124005aef9aa7f561e135fbae060a075eeb6f6c190408b59d2520c1c44614413",
    "unusual_records": "155f77dc4c9120af3c3988a2fdb44c9e259d59170263430cd1faa34db5feae7e",
}


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
