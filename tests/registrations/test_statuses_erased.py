"""Who is erased: nothing that somebody wrote beside a status stays, and programs read no status of theirs."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from registrations.cards.models import RecordStatus
from tests.world import World, make_resident


def test_statuses_of_who_is_erased(made: World) -> None:
    operator, head = made["operator"], made["head"]
    gone, stays = (make_resident(made, name=name) for name in ("Zulhijah Pradoto", "Contoh Ayu"))
    for days in (3, 2):
        at = (timezone.now() - timedelta(days=days)).isoformat()
        for person in (gone, stays):
            said = {"resident": str(person.pk), "code": "PROCESSING", "at": at}
            said["source"] = f"Telepon keluarga {person.identity.name}"
            assert operator.post("record-statuses/", said).status == 201
    body = {"reason": "permintaan tertulis", "case": "UPT/12/2026"}
    assert head.post(f"residents/{gone.pk}/erase/", body).status == 200
    with scoped(EVERYBODY):
        rows = RecordStatus.everything.filter(resident=gone)
        assert set(rows.values_list("source", "newest")) == {("-", False)}
    for query, n in (("", 2), ("?code=PROCESSING", 2), ("?newest=true", 1)):
        found = operator.get(f"record-statuses/{query}").json["results"]
        assert [row["resident"] for row in found] == [str(stays.pk)] * n
