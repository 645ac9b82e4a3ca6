"""The shape in which DHIS2 reads and writes data values (`dataValueSets`)."""

from __future__ import annotations

from typing import Any

from reports.coverage.selectors.coverage import Answer
from reports.coverage.selectors.metadata import FIGURES
from reports.coverage.selectors.question import Question
from reports.coverage.selectors.row import flat

DATA_SET = "DUKCAPIL_COVERAGE"


def data_values(question: Question, answer: Answer, period: str) -> dict[str, Any]:
    """Unknown figures are left out, as DHIS2 does; every value is text. `period`: as it was asked for."""
    return {
        "dataSet": DATA_SET,
        "period": period,
        "orgUnit": question.region.pk,
        "dataValues": [
            {
                "dataElement": figure.upper(),
                "period": period,
                "orgUnit": row["region"],
                "categoryOptionCombo": "default",
                "attributeOptionCombo": question.view.upper(),
                "value": str(row[figure]),
                "lastUpdated": row["as_of"],
                "comment": row["basis"] or "",
            }
            for row in map(flat, answer.rows)
            for figure in FIGURES
            if row[figure] is not None
        ],
    }
