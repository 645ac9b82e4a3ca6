"""People are corrected, get another number, are merged and erased; every figure equals a recount."""

from __future__ import annotations

from datetime import date

from dukcapil.accounts.scoping import scoped
from registrations.people.services.proposals import content, propose_correction
from tests.world import World, make_resident


def test_a_proposal_changes_nothing(made: World) -> None:
    by, person = made["operator"].actor, make_resident(made)
    wanted = {"name": "Siti  Aminah", "birth_date": date(1991, 1, 2), "sex": person.sex, "rt": None}
    with scoped(by.scope):
        proposal = propose_correction(by=by, resident=person, changes=wanted, reason="dari daftar")
        assert proposal is not None
        assert content(proposal)["new"] == {"name": "Siti Aminah", "birth_date": "1991-01-02"}
        assert content(proposal)["old"]["birth_date"] == person.birth_date.isoformat()
        again = propose_correction(by=by, resident=person, changes=wanted, reason="dari daftar")
        assert again == proposal
        same = {"name": person.identity.name, "birth_date": person.birth_date}
        assert propose_correction(by=by, resident=person, changes=same, reason="x") is None
        person.refresh_from_db()
        assert person.birth_date != date(1991, 1, 2)
