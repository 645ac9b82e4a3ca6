"""One region over time, on one basis."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from dukcapil.core.db import as_role, dicts
from dukcapil.core.errors import Invalid
from dukcapil.regions.enums import Level
from reports.bases.selectors.basis import Figures, figures, source_of
from reports.bases.validators import percent
from reports.coverage.selectors.counting import cells_of
from reports.coverage.selectors.coverage import plus
from reports.coverage.selectors.question import Question

#: The most days of one answer.
LONGEST_SERIES = 400

_BY_DAY = """
SELECT service_date AS date,
       coalesce(sum(n) FILTER (WHERE service = 'recording'), 0)::bigint AS recorded,
       coalesce(sum(n) FILTER (WHERE service = 'ikd_activation'), 0)::bigint AS ikd
  FROM ({cells}) AS cells
 GROUP BY 1 ORDER BY 1
"""


def usual_first(last: date) -> date:
    """The first day of a series when none is given: it covers thirty days."""
    return last - timedelta(days=29)


def series(question: Question, first: date) -> list[dict[str, Any]]:
    """One row a day from `first` to the question's day, all on the question's basis.

    Raises Invalid for a series that runs backward or is too long.
    """
    if not 0 <= (question.day - first).days < LONGEST_SERIES:
        raise Invalid(
            "series-span",
            _("A series runs forward over at most %(most)s days.") % {"most": LONGEST_SERIES},
            field="from",
        )
    cells, params = cells_of(question)
    params["after"] = min(params["after"], first)
    with as_role("figures"):
        by_day = {row["date"]: row for row in dicts(_BY_DAY.format(cells=cells), params)}
    own = Level(question.region.level)
    code = question.region.pk
    own_figures = figures(source_of(question.basis, code), code, own).get(code, Figures({}))
    since = params["since"]
    added = sum(row["recorded"] for day, row in by_day.items() if since < day < first)
    rows = []
    for number in range((question.day - first).days + 1):
        day = first + timedelta(days=number)
        today = by_day.get(day, {"recorded": 0, "ikd": 0})
        added += today["recorded"] if day > since else 0
        recorded = plus(own_figures.value("recorded"), added)
        rows.append(
            {
                "date": day,
                "wajib_ktp": own_figures.value("wajib"),
                "recorded": recorded,
                "unrecorded": plus(own_figures.value("unrecorded"), -added),
                "recorded_percent": percent(recorded, own_figures.value("wajib")),
                "recorded_today": today["recorded"],
                "ikd_today": today["ikd"],
            }
        )
    return rows
