"""Background jobs of this app; each only calls a verb of a subject."""

from __future__ import annotations

import uuid

from dukcapil.core.jobs import hint, task
from registrations.booking.services import drafts, sending
from registrations.oversight.services import exports
from registrations.people.services import proposals
from registrations.roll.services import work as imports


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
    proposals.forget_proposals()


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
    imports.forget_imports()


@task("registrations.forget_drafts")
def forget_drafts() -> None:
    drafts.forget_drafts()
