"""Previews of lists: a list is read, looked at, mended, and then booked as it was shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO

from django.utils import timezone
from django.utils.translation import gettext as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.services import require
from dukcapil.core.db import EVERYBODY, service
from dukcapil.core.errors import Conflict, DomainError, Invalid, NotFound
from dukcapil.core.ids import uuid7
from dukcapil.core.lists.grid import Grid, WhichSheet, read_file, read_pasted
from dukcapil.core.lists.layout import Layout, WhichColumns
from dukcapil.core.versions import CHANGED
from events.planning.models.session import ServiceSession
from registrations.booking.enums import DraftState, RowPerson, RowStatus
from registrations.booking.models.draft import ListDraft
from registrations.booking.models.group import VisitGroup
from registrations.booking.readers import LIMITS, from_layout, laid_out, line_of
from registrations.booking.selectors.drafts import free_places
from registrations.booking.services.answers import Choice, RowAnswer
from registrations.booking.services.draft_content import (
    Content,
    ListRow,
    answers_of,
    opened,
    opened_source,
    same_verdict,
    seal,
    seal_source,
    shown_of,
)
from registrations.booking.services.groups import (
    GroupPlan,
    carry_out,
    fewest,
    lock_free_seats,
    tried,
)
from registrations.booking.services.judging import allot, judge_rows
from registrations.booking.services.matching import ListLook
from registrations.booking.services.visits import open_session_of
from registrations.people.enums import ChangeSource
from registrations.people.services.list_mappings import remember, remembered
from registrations.people.services.lookups import look_up_list
from registrations.people.services.proposals import propose_corrections

#: A list is mended within a shift, or brought again.
KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Source:
    """A list as it was brought: a file with its name, or pasted text."""

    content: bytes
    file: str = ""
    #: What the browser calls the file.
    content_type: str = ""

    def read(self, sheet: str) -> Grid:
        if self.file:
            return read_file(_Upload(self), self.file, LIMITS, sheet)
        return read_pasted(self.content.decode(), LIMITS)


class _Upload(BytesIO):
    """With what the browser calls it, as an upload of Django has."""

    def __init__(self, source: Source) -> None:
        super().__init__(source.content)
        self.content_type = source.content_type


@service
def bring_list(*, by: Actor, session: ServiceSession, plan: GroupPlan, source: Source) -> ListDraft:
    """Read a list and look at each of its rows; nobody is booked, and nobody registered.

    Raises Invalid for a file or text that nobody can read, Conflict as `book`.
    """
    require(by, Permission.APPOINTMENTS_BOOK)
    open_session_of(session)
    draft = ListDraft(
        id=uuid7(),
        session=session,
        event_id=session.event_id,
        office_id=session.event.office_id,
        author_id=by.user_id,
        posting_id=by.posting_id,
        state=DraftState.PREVIEW,
        expires_at=timezone.now() + KEPT_FOR,
    )
    content = Content(plan, file=source.file, file_type=source.content_type)
    try:
        _read(by, draft, content, source)
    except DomainError as error:
        field = "file" if source.file else "pasted"
        raise Invalid(error.code, error.message, field=field) from error
    draft.source = seal_source(draft, source.content)
    _look(by, draft, content)
    draft.content = seal(draft, content)
    draft.save(force_insert=True)
    return draft


def _read(by: Actor, draft: ListDraft, content: Content, source: Source) -> None:
    """Set the rows, or what has to be asked first."""
    content.rows, content.problems = [], []
    try:
        grid = source.read(content.sheet)
    except WhichSheet as error:
        draft.state = DraftState.SHEET
        content.sheets = [vars(sheet) for sheet in error.sheets]
        return
    content.sheet, content.sheets = grid.sheet, [vars(sheet) for sheet in grid.sheets]
    try:
        layout = _laid_out(by, grid, content)
    except WhichColumns as error:
        draft.state = DraftState.COLUMNS
        content.columns = [vars(column) for column in error.columns]
        content.problems, content.said = error.problems, []
        return
    draft.state = DraftState.PREVIEW
    content.columns = [vars(column) for column in layout.columns]
    content.said = [*layout.said, *content.said]
    content.rows = [ListRow(line) for line in from_layout(layout)]


def _laid_out(by: Actor, grid: Grid, content: Content) -> Layout:
    """As somebody chose on this page, or before for the same header, or by the header's words."""
    content.said = []
    if content.chosen is not None:
        layout = laid_out(grid, content.chosen)
        remember(by=by, columns=layout.columns, kinds=content.chosen)
        return layout
    try:
        layout = laid_out(grid)
        columns = layout.columns
    except WhichColumns as error:
        columns = error.columns
        if (chosen := remembered(by=by, columns=columns)) is None:
            raise
    else:
        if (chosen := remembered(by=by, columns=columns)) is None:
            return layout
    content.said = [_("The columns are used as your office chose for this header before.")]
    return laid_out(grid, chosen)


def _look(
    by: Actor, draft: ListDraft, content: Content, fresh: set[int] | None = None
) -> list[RowAnswer]:
    """Say of each row what would become of it, by the free places of this moment."""
    answers = answers_of(content.rows)
    look = ListLook(by, draft.office_id, preview=True, fresh=fresh)
    judge_rows(look, draft.session, content.plan.services, answers)
    free = free_places(draft.session, content.plan.services)
    allot(answers, free, waiting_list=content.plan.waiting_list)
    for row, answer in zip(content.rows, answers, strict=True):
        row.shown, row.changed = shown_of(answer), False
    return answers


# --- answers and mending --------------------------------------------------------------------------


@service
def choose_sheet(*, by: Actor, draft: ListDraft, version: str, sheet: str) -> ListDraft:
    """Read the list again, from this sheet."""
    locked, content = _locked(by, draft, version)
    if sheet not in {one["name"] for one in content.sheets}:
        raise Invalid("choice", _("Choose one of the sheets."), field="sheet")
    content.sheet, content.chosen = sheet, None
    return _read_again(by, locked, content)


@service
def choose_columns(
    *, by: Actor, draft: ListDraft, version: str, kinds: Mapping[str, str]
) -> ListDraft:
    """Read the list again, with these columns; the office remembers them for this header."""
    locked, content = _locked(by, draft, version)
    letters = [column["letter"] for column in content.columns]
    content.chosen = {letter: kinds[letter] for letter in letters if letter in kinds}
    return _read_again(by, locked, content)


def _read_again(by: Actor, draft: ListDraft, content: Content) -> ListDraft:
    if draft.source is None:
        raise Conflict("list-booked", _("Rows of this list are booked: bring the others anew."))
    _read(by, draft, content, Source(opened_source(draft), content.file, content.file_type))
    _look(by, draft, content)
    return _saved(draft, content)


@dataclass(frozen=True)
class Mended:
    """What somebody changed in one row: its cells, or what they decided about it."""

    cells: Mapping[str, str] | None
    choice: Choice


@service
def mend_rows(
    *, by: Actor, draft: ListDraft, version: str, rows: Mapping[int, Mended]
) -> ListDraft:
    """Look at these rows anew. Only theirs are numbers that were not looked up before."""
    locked, content = _locked(by, draft, version)
    fresh = set()
    for row in content.rows:
        mended = rows.get(row.line.row)
        if mended is None:
            continue
        row.choice = mended.choice
        if mended.cells is not None and _typed(row, mended.cells):
            row.line = line_of(row.line.row, {**row.line.cells, **mended.cells}, row.line.text)
            # Answers about other data.
            row.choice = replace(mended.choice, alike="", propose=False)
            fresh.add(row.line.row)
    _look(by, locked, content, fresh)
    return _saved(locked, content)


def _typed(row: ListRow, cells: Mapping[str, str]) -> bool:
    return any(text.strip() != row.line.cells.get(kind, "") for kind, text in cells.items())


# --- booking --------------------------------------------------------------------------------------


@dataclass
class Carried:
    """`changed`: rows whose verdict is another one by now; then nothing was done."""

    draft: ListDraft
    changed: int = 0
    #: People who got a place or wait, and those whom the preview promised it in vain.
    done: int = 0
    refused: int = 0
    group: VisitGroup | None = None


def book_list(*, by: Actor, draft: ListDraft, version: str) -> Carried:
    """Do what the preview showed, all of it or nothing: what changed meanwhile is shown first."""
    require(by, Permission.APPOINTMENTS_BOOK)
    return tried(lambda: _book_list(by=by, draft=draft, version=version))


@service
def _book_list(*, by: Actor, draft: ListDraft, version: str) -> Carried:
    locked, content = _locked(by, draft, version)
    session, plan = locked.session, content.plan
    open_session_of(session)
    answers = answers_of(content.rows)
    look = ListLook(by, locked.office_id, preview=True, fresh=set())
    judge_rows(look, session, plan.services, answers)
    free = lock_free_seats(session, plan.services)
    allot(answers, fewest(free), waiting_list=plan.waiting_list)
    if changed := _changed(content, answers):
        _log_changed(by, changed)
        return Carried(_saved(locked, content), changed=len(changed))
    if not any(answer.stands for answer in answers):
        raise Invalid("nobody", _("No row of the list can be booked: mend one first."))
    promised = [answer for answer in answers if answer.status in _COMING]
    answered = carry_out(look, session, plan, answers, free)
    _propose(by, answered.answers)
    kept = (*_COMING, RowStatus.HERE)
    return Carried(
        _done(locked, content, answered.group, answers),
        done=sum(answer.status in _COMING for answer in answers),
        refused=sum(answer.status not in kept for answer in promised),
        group=answered.group,
    )


_COMING = (RowStatus.BOOKED, RowStatus.WAITING)


def _changed(content: Content, answers: list[RowAnswer]) -> list[RowAnswer]:
    """Rows whose verdict changed, with the new one set in `content`."""
    changed = []
    for row, answer in zip(content.rows, answers, strict=True):
        now = shown_of(answer)
        row.changed = not same_verdict(row.shown, now)
        if row.changed:
            row.shown = now
            changed.append(answer)
    return changed


def _log_changed(by: Actor, answers: list[RowAnswer]) -> None:
    """Who is told now of a number what was not told before has looked it up again."""
    numbered = [answer for answer in answers if answer.line.nik]
    held = [answer.person.pk for answer in numbered if answer.resident]
    if numbered:
        look_up_list(by=by, found=held, missed=len(numbered) - len(held))


def _propose(by: Actor, answers: list[RowAnswer]) -> None:
    """What the list says otherwise, where somebody ticked it; a person of it decides."""
    changes = [
        (answer.person, {difference.field: difference.value for difference in answer.differs})
        for answer in answers
        if answer.choice.propose and answer.differs and answer.who == RowPerson.HELD
    ]
    if changes:
        propose_corrections(
            by=by,
            changes=changes,
            reason=_("A class list says otherwise."),
            source=ChangeSource.LIST,
        )


def _done(
    draft: ListDraft, content: Content, group: VisitGroup, answers: list[RowAnswer]
) -> ListDraft:
    """What was booked is forgotten; what is left to be mended stays."""
    done = (RowStatus.BOOKED, RowStatus.WAITING, RowStatus.HERE)
    for row, answer in zip(content.rows, answers, strict=True):
        row.shown, row.changed = shown_of(answer), False
        content.booked[row.status] = content.booked.get(row.status, 0) + 1
    content.rows = [row for row in content.rows if row.status not in done]
    for row in content.rows:
        # Counted again when they are booked.
        content.booked.pop(row.status, None)
    draft.group, draft.source = group, None
    draft.state = DraftState.PREVIEW if content.rows else DraftState.DONE
    return _saved(draft, content)


# --- keeping --------------------------------------------------------------------------------------


def _locked(by: Actor, draft: ListDraft, version: str) -> tuple[ListDraft, Content]:
    """The draft for a change. Raises NotFound when it is gone, Conflict for an older page of it."""
    require(by, Permission.APPOINTMENTS_BOOK)
    locked = (
        ListDraft.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related("session__event__village")
        .filter(pk=draft.pk, author_id=by.user_id, posting_id=by.posting_id)
        .filter(expires_at__gt=timezone.now())
        .first()
    )
    if locked is None:
        raise NotFound
    if version != str(locked.version):
        raise Conflict(
            CHANGED,
            _("This list was changed in another window. Here it is as it stands now."),
        )
    return locked, opened(locked)


def _saved(draft: ListDraft, content: Content) -> ListDraft:
    draft.version += 1
    draft.content = seal(draft, content)
    draft.save(update_fields=["version", "state", "source", "content", "group"])
    return draft


def take_back_drafts(by: Actor, office: str) -> None:
    """Previews of an office that may name somebody whose data is erased; a job removes the rows."""
    ListDraft.objects.visible_to(by).filter(office_id=office).update(
        source=None, content=None, expires_at=timezone.now()
    )


def forget_drafts() -> int:
    """Remove previews whose day is over. A job's; returns how many."""
    with scoped(EVERYBODY):
        return ListDraft.objects.filter(expires_at__lte=timezone.now()).delete()[0]
