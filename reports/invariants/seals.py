"""What is decided: every row as it was sealed, in an unbroken chain, signed by its decision."""

from __future__ import annotations

from reports.invariants.rule import Invariant

#: Table -> the function that hashes its row with all that belongs to it.
SEALED = {
    "reports_populationbasis": "basis_content",
    "reports_basisdecision": "row_content",
    "reports_target": "row_content",
    "reports_release": "release_content",
    "reports_publication": "publication_content",
    "reports_edition": "edition_content",
    "reports_planadoption": "plan_content",
    "reports_regencyday": "day_content",
    "reports_dayconfirmation": "row_content",
    "reports_daylock": "row_content",
    "accounts_staffidentity": "row_content",
    "accounts_staffact": "row_content",
    "accounts_staffproposal": "row_content",
    "accounts_staffdecision": "row_content",
    "events_election": "row_content",
    "events_electiondecision": "row_content",
    "events_eventsignature": "signature_content",
    "events_localday": "row_content",
    "registrations_printrule": "row_content",
}
#: Where the key is not `id`.
_KEYS = {"accounts_staffidentity": "user_id"}

#: Tables whose time is the database's; the trigger is called after the table.
CLOCKED = (
    *(table for table in SEALED if table.startswith("reports_")),
    *("reports_webhook", "reports_figurefile", "accounts_accesslog", "accounts_user"),
    *("accounts_posting", "accounts_apitoken", "accounts_idempotentanswer"),
    *("events_election", "events_electiondecision", "events_localday"),
    *("events_eventreopening", "events_eventsignature", "registrations_printrule"),
)
#: Rules of one table each: what may be added, and what a decision is about.
_RULES = {
    "basis_signed": "reports_basisdecision",
    "target_set_by": "reports_target",
    "basis_decided_by": "reports_basisdecision",
    "publication_approved_by": "reports_publication",
    "confirmed_by": "reports_dayconfirmation",
    "locked_by": "reports_daylock",
    "edition_made_by": "reports_edition",
    "plan_adopted_by": "reports_planadoption",
    "staff_decided_by": "accounts_staffdecision",
    "election_decided_by": "events_electiondecision",
    "localday_by": "events_localday",
    "alert_rule_by": "reports_alertrule",
    "plan_rules_set_by": "reports_planrules",
    "turnout_set_by": "reports_turnoutrule",
    "event_signed_by": "events_eventsignature",
    "publication_signed": "reports_publication",
    "confirmation_signed": "reports_dayconfirmation",
    "lock_signed": "reports_daylock",
    "figures_with_basis": "reports_populationfigure",
    "entries_with_release": "reports_releaseentry",
    "answers_with_release": "reports_releaseanswer",
    "public_with_release": "reports_publicfigure",
    "rows_with_edition": "reports_editionrow",
    "edition_limits": "reports_edition",
    "plan_moves_on": "reports_plan",
    "reports_planduty_stays": "reports_planduty",
    "reports_planstop_stays": "reports_planstop",
    "reports_planleftout_stays": "reports_planleftout",
    "counts_with_day": "reports_daycount",
    "early_with_day": "reports_earlycount",
    "basis_two_people": "reports_basisdecision",
    "publication_two_people": "reports_publication",
    "confirmation_rules": "reports_dayconfirmation",
    "regencyday_frozen": "reports_regencyday",
    "access_chain": "accounts_accesslog",
    "staff_two_people": "accounts_staffdecision",
    **{f"{table}_dated": table for table in SEALED if table.startswith("accounts_")},
}


_DAYS_OF_LOCK = (
    "seal.row IN (SELECT id FROM reports_regencyday day"
    " WHERE day.regency_id = d.regency_id AND day.service_date = d.service_date)"
)


def as_sealed(table: str, content: str) -> str:
    """The part of `seal-content` that is about one table."""
    key = _KEYS.get(table, "id")
    return (
        f"SELECT '{table} ' || coalesce(r.{key}, sealed.row) FROM {table} r FULL JOIN"
        f" (SELECT row, content FROM accounts_seal WHERE kind = '{table}') sealed"
        f" ON sealed.row = r.{key} WHERE r.{key} IS NULL OR sealed.row IS NULL"
        f" OR sealed.content <> {content}(r)"
    )


def _signed(table: str, about: str, join: str) -> str:
    return (
        f"SELECT '{table} ' || d.id FROM {table} d WHERE d.content <> '' AND NOT EXISTS"
        f" (SELECT 1 FROM accounts_seal seal WHERE seal.kind = '{about}' AND {join}"
        f" AND encode(seal.content, 'hex') = d.content)"
    )


def _triggers() -> str:
    wanted = [
        *((table, "seal") for table in SEALED),
        *((table, f"{table}_clock") for table in CLOCKED),
        *((table, name) for name, table in _RULES.items()),
    ]
    return ", ".join(f"('{table}', '{name}')" for table, name in wanted)


SEALS = [
    Invariant(
        "seal-content",
        "what is decided, with all that belongs to it, is what was sealed",
        # Recomputed from every column and child; what the row says of itself is not asked.
        " UNION ALL ".join(as_sealed(table, content) for table, content in SEALED.items())
        + " UNION ALL SELECT kind || ' ' || row FROM accounts_seal WHERE kind NOT IN ("
        + ", ".join(f"'{table}'" for table in SEALED)
        + ")",
    ),
    Invariant(
        "seal-chain",
        "seals are numbered, each has the hash of its content and names the one before it",
        "SELECT chain || ' ' || seq FROM accounts_seal s WHERE hash <> seal_hash(s)"
        " UNION ALL SELECT chain || ' ' || seq FROM (SELECT chain, seq, previous_hash,"
        "   lag(hash, 1, ''::bytea) OVER in_chain AS before, row_number() OVER in_chain AS number"
        "  FROM accounts_seal WINDOW in_chain AS (PARTITION BY chain ORDER BY seq)) chained"
        " WHERE previous_hash <> before OR seq <> number"
        " UNION ALL SELECT coalesce(head.chain, last.chain) FROM accounts_sealhead head"
        "  FULL JOIN (SELECT DISTINCT ON (chain) chain, seq, hash FROM accounts_seal"
        "     ORDER BY chain, seq DESC) last ON last.chain = head.chain"
        " WHERE (head.seq, head.hash) IS DISTINCT FROM (last.seq, last.hash)",
    ),
    Invariant(
        "seal-parents",
        "no figure stands without the basis, release, approval or edition that it came with",
        # Counts of days: `revision-recount`.
        "SELECT figure.id FROM reports_populationfigure figure LEFT JOIN reports_populationbasis"
        "   basis ON basis.id = figure.basis_id WHERE basis.id IS NULL"
        " UNION ALL SELECT entry.id FROM reports_releaseentry entry LEFT JOIN reports_release"
        "   release ON release.id = entry.release_id WHERE release.id IS NULL"
        " UNION ALL SELECT answer.id FROM reports_releaseanswer answer LEFT JOIN reports_release"
        "   release ON release.id = answer.release_id WHERE release.id IS NULL"
        " UNION ALL SELECT figure.id FROM reports_publicfigure figure LEFT JOIN reports_publication"
        "   publication ON publication.release_id = figure.release_id WHERE publication.id IS NULL"
        " UNION ALL SELECT numbers.id FROM reports_editionrow numbers LEFT JOIN reports_edition"
        "   edition ON edition.id = numbers.edition_id WHERE edition.id IS NULL",
    ),
    Invariant(
        "decided-content",
        "a decision carries the hash that its basis, release or day was sealed with",
        # Empty: decided before there were seals. `seal-content` compares the seals themselves.
        " UNION ALL ".join(
            _signed(table, about, join)
            for table, about, join in (
                ("reports_basisdecision", "reports_populationbasis", "seal.row = d.basis_id"),
                ("reports_publication", "reports_release", "seal.row = d.release_id"),
                ("reports_dayconfirmation", "reports_regencyday", "seal.row = d.day_id"),
                (
                    "reports_daylock",
                    "reports_regencyday",
                    # Later revisions stand beside the one that was locked.
                    _DAYS_OF_LOCK,
                ),
            )
        ),
    ),
    Invariant(
        "decided-plans",
        "an office goes by the plans that were adopted, until a later one of the same days is",
        # The seal is without the standing, which a later decision changes.
        "SELECT plan.id FROM reports_plan plan"
        " LEFT JOIN reports_planadoption made ON made.plan_id = plan.id"
        " WHERE plan.standing <> CASE WHEN made.id IS NULL THEN 'draft'"
        "  WHEN EXISTS (SELECT 1 FROM reports_planadoption later"
        "    JOIN reports_plan newer ON newer.id = later.plan_id"
        "   WHERE newer.office_id = plan.office_id AND later.id > made.id"
        "     AND newer.from_day <= plan.until_day AND newer.until_day >= plan.from_day)"
        "  THEN 'replaced' ELSE 'adopted' END",
    ),
    Invariant(
        "seal-triggers",
        "what seals, signs, keeps time and keeps children with their parent is on",
        "SELECT wanted.name || ' ' || wanted.of FROM (VALUES "
        + _triggers()
        + ") wanted (of, name) WHERE NOT EXISTS (SELECT 1 FROM pg_trigger t"
        "   WHERE t.tgrelid = to_regclass(wanted.of) AND t.tgname = wanted.name"
        "     AND t.tgenabled = 'O')"
        " UNION ALL SELECT t FROM unnest(ARRAY['accounts_seal', 'accounts_sealhead',"
        "   'accounts_accesslink', 'accounts_accesshead']) t"
        "  WHERE has_table_privilege('web', t, 'INSERT, UPDATE, DELETE, TRUNCATE')"
        "     OR has_table_privilege('worker', t, 'INSERT, UPDATE, DELETE, TRUNCATE')",
    ),
]
