"""The sheet for a village head as a file that is taken out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import override

from dukcapil.accounts.models import Posting
from dukcapil.accounts.scoping import Actor
from registrations.bench.renderers.village_sheet import SheetRow, VillageSheet, village_sheet
from registrations.bench.selectors.entries import election_of, entries_of, pieces, shown
from registrations.bench.selectors.sheets import SheetAsked, sheet_from
from registrations.missing.enums import Purpose
from registrations.missing.models import RollList
from registrations.missing.selectors.lists import list_of
from registrations.oversight.models import Export
from registrations.oversight.selectors.lists import CHUNK, TooLong

#: More people fit into no folder that somebody walks through a village with.
LONGEST_SHEET = 3_000


def sheet_of(export: Export, actor: Actor, check_right: Callable[[], None]) -> tuple[bytes, int]:
    """Always in Indonesian, whoever asks."""
    asked = sheet_from(actor, export.filters)
    posting = Posting.objects.select_related("user", "region").get(pk=actor.posting_id)
    zone = ZoneInfo(asked.village.timezone)
    made_at = timezone.localtime(export.created_at, zone)
    roll = list_of(Purpose.MISSING, export.office_id)
    closed_at = roll.closed_at if roll else None
    with override("id"):
        sheet = VillageSheet(
            office=posting.region,
            village=asked.village,
            is_to_do=asked.is_to_do,
            of_list=str(Purpose.MISSING.label),
            chosen=", ".join(asked.said),
            as_of=timezone.localtime(closed_at, zone) if closed_at else made_at,
            made_at=made_at,
            who=f"{posting.user.name} ({posting.user.username})",
            number=str(export.pk),
            reason=export.reason,
        )
        return village_sheet(sheet, _rows(actor, roll, asked, check_right) if roll else [])


def _rows(
    actor: Actor, roll: RollList, asked: SheetAsked, check_right: Callable[[], None]
) -> Iterator[SheetRow]:
    found = entries_of(actor, roll, asked.village.pk, asked.which).filter(
        resident__erased_at=None, resident__merged_into=None
    )
    taken, last = 0, 0
    while True:
        check_right()
        piece = pieces(actor, found, CHUNK, last)
        if not piece:
            return
        if (taken := taken + len(piece)) > LONGEST_SHEET:
            raise TooLong
        last = piece[-1]["id"]
        for row in shown(piece, election_of(roll)):
            yield SheetRow(
                *(row["name"], row["nik_masked"], f"{row['born']:%d-%m-%Y}", row["address"]),
                *(row["rt"], row["rw"], str(row["stage"].label), str(row["state"].label)),
            )
