"""What files and messages say of the bases of an answer, each line in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports.bases.models import PopulationBasis
from reports.coverage.selectors.coverage import Answer
from reports.coverage.selectors.question import Question

#: Regions that a line names; of more it says how many.
_NAMED = 12


def of_basis(basis: PopulationBasis) -> str:
    text = (
        _("Basis: %(name)s (voters, not wajib KTP; recordings of %(day)s, and all logged since)")
        if basis.of_voters
        else _("Basis: %(name)s (recordings of %(day)s, and all logged since)")
    )
    return text % {"name": basis.name, "day": date_format(basis.recorded_as_of, "j F Y")}


def of_others(question: Question, answer: Answer) -> Iterator[str]:
    """Which rows stand on another basis than the region itself."""
    days = {basis.name: basis.recorded_as_of for basis in question.answering.bases}
    rows = defaultdict(list)
    for row in answer.elsewhere:
        rows[row["basis"]].append(f"{row['name']} ({row['region']})")
    for name, regions in rows.items():
        count = ngettext("%(n)s region", "%(n)s regions", len(regions)) % {"n": len(regions)}
        yield _("On another basis, %(name)s (recordings of %(day)s): %(regions)s") % {
            "name": name,
            "day": date_format(days[name], "j F Y") if name in days else "–",
            "regions": ", ".join(regions) if len(regions) <= _NAMED else count,
        }
