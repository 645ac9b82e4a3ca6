"""What a second person decides about: a basis with its figures as they stand."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from dukcapil.core.db import rows
from reports.bases.models import BasisDecision, PopulationBasis

BASIS_WORDS: dict[str, Any] = {
    "description": _("description"),
    "figures": _("figures"),
    "decision": _("decision"),
}

#: Read from the rows themselves: what the import wrote down as its hash is not asked.
_FIGURES = """
SELECT count(*), md5(coalesce(string_agg(md5(f::text), '' ORDER BY f.region_id, f.id), ''))
  FROM reports_populationfigure f WHERE f.basis_id = %s
"""


def basis_parts(basis: PopulationBasis) -> dict[str, Any]:
    """Name of a part -> its content, for `core.versions`."""
    return {
        "description": [
            *(basis.name, basis.kind, basis.region_id, basis.level, basis.wajib_as_of),
            *(basis.recorded_as_of, basis.source, basis.note, basis.content_hash),
            *(basis.replaces_id, basis.imported_by_id),
        ],
        "figures": rows(_FIGURES, [basis.pk])[0],
        "decision": BasisDecision.objects.filter(basis=basis)
        .values_list("verdict", "note")
        .first(),
    }
