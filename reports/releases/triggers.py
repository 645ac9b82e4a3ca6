"""A release is frozen with its entries and answers at once."""

from dukcapil.core.rules import with_parent

_FROZEN = (
    "SELECT 1 FROM (SELECT DISTINCT release_id FROM added) added WHERE EXISTS"
    " (SELECT 1 FROM public.accounts_seal seal"
    "   WHERE seal.kind = 'reports_release' AND seal.row = added.release_id)"
    " OR EXISTS (SELECT 1 FROM public.reports_publication publication"
    "   WHERE publication.release_id = added.release_id)"
)
ENTRIES_WITH_RELEASE = with_parent("entries_with_release", _FROZEN)
ANSWERS_WITH_RELEASE = with_parent("answers_with_release", _FROZEN)
