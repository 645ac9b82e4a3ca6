"""Taking the file apart: into sealed rows, or into a question about its sheets and columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.crypto import keyed_hash
from dukcapil.core.errors import DomainError, Invalid
from dukcapil.core.lists.grid import WhichSheet
from dukcapil.core.lists.layout import Row as ListRow
from dukcapil.core.lists.layout import WhichColumns
from dukcapil.core.lists.people import VOTERS
from registrations.people.readers import FindVillage
from registrations.roll.readers import Villages
from registrations.roll.services.files import lay_out_file
from registrations.voters.enums import ListState, ListStep, Verdict
from registrations.voters.models import VoterList, VoterRow, sealed
from registrations.voters.readers import KINDS, read_voter
from registrations.voters.services.counting import counted_once
from registrations.voters.services.pieces import PIECE, Pieces, array

_TAKE = """
INSERT INTO registrations_voterrow (voter_list_id, office_id, number, village_id, sealed, nik_hash,
    verdict, code_by_hand)
SELECT %(list)s, %(office)s, number, village, decode(sealed, 'hex'), decode(nik, 'hex'), verdict, false
  FROM unnest(%(numbers)s::integer[], %(villages)s::text[], %(sealed)s::text[], %(niks)s::text[],
              %(verdicts)s::text[]) AS piece (number, village, sealed, nik, verdict)
"""
_COLUMNS = ("numbers", "villages", "sealed", "niks", "verdicts")


def read_list(voter_list: VoterList, by: Actor) -> dict[str, Any]:
    """Stage every row. Returns the columns to write: the next step, a question, or why it failed."""
    told = voter_list.told
    try:
        total = _staged(voter_list, by, told)
    except WhichSheet as question:
        sheets = [vars(sheet) for sheet in question.sheets]
        return _asks(voter_list, told | {"asked": "sheet", "sheets": sheets})
    except WhichColumns as question:
        columns = [vars(column) for column in question.columns]
        more = {"asked": "columns", "columns": columns, "problems": question.problems}
        return _asks(voter_list, told | more)
    except DomainError as error:
        # What is wrong with the whole may be known only behind the last row: none of them stands.
        return {
            "state": ListState.FAILED,
            "problem": error.code[:40],
            "about": voter_list.tell(told | {"message": str(error.message)}),
            "file": None,
        }
    return {
        "step": ListStep.MATCH,
        "total": total,
        "done": 0,
        "attempts": 0,
        "file": None,
        "about": voter_list.tell({**told, "asked": ""}),
    }


def _asks(voter_list: VoterList, told: dict[str, Any]) -> dict[str, Any]:
    return {"state": ListState.ASKS, "about": voter_list.tell(told)}


def _staged(voter_list: VoterList, by: Actor, told: dict[str, Any]) -> int:
    """How many rows; what was said of the file is added to `told`. Rows of an earlier reading go."""
    layout, listed = lay_out_file(voter_list, VOTERS, by, told)
    total = 0
    with counted_once(voter_list.pk), Pieces(_TAKE) as pieces:
        VoterRow.objects.visible_to(by).filter(voter_list=voter_list).delete()
        for piece in _pieces(voter_list, by, listed):
            columns = dict(zip(_COLUMNS, map(array, zip(*piece, strict=True)), strict=True))
            pieces.send(columns | {"list": str(voter_list.pk), "office": voter_list.office_id})
            total += len(piece)
    if not total:
        raise Invalid("file-empty", _("There is no row in this list."), field="file")
    said = [*layout.said, *told.pop("remembered", [])]
    told |= {"said": said, "columns": [{**vars(one), "sample": ""} for one in layout.columns]}
    return total


def _pieces(
    voter_list: VoterList, by: Actor, listed: Iterable[ListRow]
) -> Iterator[list[tuple[str, ...]]]:
    find, today = _finder(Villages.of(str(voter_list.office_id))), by.today
    rows = iter(listed)
    while piece := [_columns(voter_list, row, find, today) for row in islice(rows, PIECE)]:
        yield piece


def _finder(villages: Villages) -> FindVillage:
    """A list has few villages, each of them many times."""
    return lru_cache(maxsize=5_000)(villages.find)


def _columns(
    voter_list: VoterList, row: ListRow, find: FindVillage, today: date
) -> tuple[str, ...]:
    cells = {name: cell for name, cell in row.cells.items() if name in KINDS}
    read = read_voter(cells, find, today)
    voter = read.voter
    village = read.village or ("" if voter.village else voter_list.village_id or "")
    told = voter.nik or voter.name
    verdict = Verdict.WAITING if told else Verdict.UNREAD
    if not told:
        voter.notes.append(_("Neither NIK nor name could be read."))
    return (
        str(row.number),
        village,
        sealed(voter, voter_list.pk, row.number).hex(),
        keyed_hash(voter.nik).hex() if voter.nik else "",
        verdict.value,
    )
