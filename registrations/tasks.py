"""Background jobs of this app; each only calls a verb of a subject."""

from __future__ import annotations

import uuid

from dukcapil.core.jobs import hint, task
from registrations.arrivals.services import deciding as arrivals
from registrations.booking.services import drafts, sending
from registrations.cards.services import counting
from registrations.cards.services import importing as statuses
from registrations.missing.services import closing, refreshing
from registrations.oversight.enums import Kept
from registrations.oversight.selectors.retention import keep_for
from registrations.oversight.services import exports
from registrations.people.services import proposals
from registrations.roll.services import work as imports
from registrations.voters.services import work as voters


@task("registrations.build_exports")
def build_exports() -> None:
    for export_id in exports.waiting_exports():
        exports.build_export(export_id)


@task("registrations.build_export")
def build_export(export_id: str) -> None:
    exports.build_export(uuid.UUID(export_id))


@task("registrations.forget_exports")
def forget_exports() -> None:
    exports.forget_exports()


@task("registrations.forget_proposals")
def forget_proposals() -> None:
    proposals.forget_proposals(kept=keep_for(Kept.PROPOSALS))


@task("registrations.send_messages")
def send_messages() -> None:
    sending.send_due()


@task("registrations.work_on_imports")
def work_on_imports() -> None:
    for import_id in imports.due_imports():
        hint(work_on_import, str(import_id))


@task("registrations.work_on_import")
def work_on_import(import_id: str) -> None:
    if imports.work_on(uuid.UUID(import_id)):
        hint(work_on_import, import_id)


@task("registrations.forget_imports")
def forget_imports() -> None:
    imports.forget_imports(rows_kept=keep_for(Kept.IMPORTS), preview_kept=keep_for(Kept.PREVIEWS))


@task("registrations.forget_arrivals")
def forget_arrivals() -> None:
    arrivals.forget_arrivals(kept=keep_for(Kept.ARRIVALS))


@task("registrations.forget_drafts")
def forget_drafts() -> None:
    drafts.forget_drafts()
    statuses.forget_previews()
    counting.count_days()


@task("registrations.work_on_voters")
def work_on_voters() -> None:
    for list_id in voters.due_lists():
        hint(work_on_voter_list, str(list_id))


@task("registrations.work_on_voter_list")
def work_on_voter_list(list_id: str) -> None:
    if voters.work_on(uuid.UUID(list_id)):
        hint(work_on_voter_list, list_id)


@task("registrations.forget_voters")
def forget_voters() -> None:
    voters.forget_lists(kept=keep_for(Kept.VOTERS))


@task("registrations.ask_for_lists")
def ask_for_lists() -> None:
    closing.ask_for_all()
    hint(work_on_lists)


@task("registrations.work_on_lists")
def work_on_lists() -> None:
    refreshing.work_on_lists()
