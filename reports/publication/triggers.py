"""Two people: whoever proposed is not the one who publishes."""

import pgtrigger
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.triggers import roles_that, signed_by
from dukcapil.core.errors import Conflict, rule
from dukcapil.core.rules import Rule, signs, with_parent

rule(
    "DK302",
    lambda: Conflict("two-people", _("A second person approves a publication.")),
)


PUBLICATION_TWO_PEOPLE = Rule(
    name="publication_two_people",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("release", "reports_release")],
    func="""
        SELECT * INTO release FROM reports_release WHERE id = NEW.release_id;
        IF release.kind <> 'publication' OR release.proposed_by_id IS NULL
           OR one_person(release.proposed_by_id, NEW.approved_by_id, clock_timestamp()) IS NOT NULL THEN
            RAISE EXCEPTION 'a second person publishes' USING ERRCODE = 'DK302';
        END IF;
        RETURN NEW;
    """,
)


PUBLICATION_APPROVED_BY = signed_by(
    "publication_approved_by",
    "approved_by_id",
    roles_that(Permission.RELEASES_PUBLISH),
    region="'00'",
)


PUBLICATION_SIGNED = signs(
    "publication_signed",
    "SELECT encode(release_content(release), 'hex') INTO signed"
    " FROM reports_release release WHERE release.id = NEW.release_id;",
)


#: Public figures come in the transaction that approves, and never without an approval.
PUBLIC_WITH_RELEASE = with_parent(
    "public_with_release",
    "SELECT 1 FROM (SELECT DISTINCT release_id FROM added) added"
    " LEFT JOIN public.reports_publication publication ON publication.release_id = added.release_id"
    " WHERE publication.id IS NULL OR EXISTS (SELECT 1 FROM public.accounts_seal seal"
    "   WHERE seal.kind = 'reports_publication' AND seal.row = publication.id)",
)
