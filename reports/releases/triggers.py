"""A release is frozen with its entries at once."""

from dukcapil.core.rules import with_parent

ENTRIES_WITH_RELEASE = with_parent(
    "entries_with_release",
    "SELECT 1 FROM (SELECT DISTINCT release_id FROM added) added WHERE EXISTS"
    " (SELECT 1 FROM public.accounts_seal seal"
    "   WHERE seal.kind = 'reports_release' AND seal.row = added.release_id)"
    " OR EXISTS (SELECT 1 FROM public.reports_publication publication"
    "   WHERE publication.release_id = added.release_id)",
)
