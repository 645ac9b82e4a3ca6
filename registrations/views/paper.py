"""What slips are printed on: an office has one printer at its desk, so the choice is kept."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

#: Sheets of paper, and rolls of receipt printers by their width.
PAPERS = {"a4": _("A4"), "80": _("80 mm"), "58": _("58 mm")}
_KEPT = "slip_paper"


def paper_of(request: HttpRequest) -> str:
    chosen = request.GET.get("kertas", "")
    if chosen in PAPERS:
        request.session[_KEPT] = chosen
        return chosen
    kept = request.session.get(_KEPT)
    return kept if kept in PAPERS else "a4"
