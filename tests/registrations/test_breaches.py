"""Breaches of data with their three times 24 hours, and how long things are kept by dated rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Conflict, Invalid, NotFound, Refused
from registrations import tasks
from registrations.forms.oversight import BreachNoteForm
from registrations.oversight.enums import Kept
from registrations.oversight.models import Breach
from registrations.oversight.selectors.breaches import shown, untold
from registrations.oversight.selectors.retention import keep_for
from registrations.oversight.selectors.retention import kept as kept_today
from registrations.oversight.services.breaches import note_breach, report_breach
from registrations.oversight.services.retention import set_retention
from registrations.people.models import CorrectionProposal
from registrations.people.services.proposals import propose_correction
from tests.world import World, looks, make_resident


def minute(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def test_a_breach_is_told_within_three_days(made: World, browser: Callable[[str], Client]) -> None:
    head = browser("head")
    now = timezone.now()
    typed = {
        "what": "Daftar kelas terkirim ke alamat yang salah",
        "kinds": "nama dan nomor",
        "noticed_at": minute(now - timedelta(hours=80)),
        "offices": ["13.75"],
        "people": "31",
    }
    for wrong in (
        {"noticed_at": minute(now + timedelta(hours=2))},
        {"noticed_at": "0026-11-26T08:00"},
        {"offices": ["13.06"]},
        {"what": "NIK 9901011705900001 terlihat"},
        {"kinds": ""},
    ):
        assert head.post("/pelanggaran-data/", typed | wrong).status_code == 422, wrong
    answer = head.post("/pelanggaran-data/", typed)
    assert answer.status_code == 302
    page = head.get("/pelanggaran-data/").content.decode()
    assert "terlambat: belum ada yang diberi tahu" in page
    assert "1 pelanggaran data belum diberitahukan" in head.get("/hari-ini/").content.decode()
    assert browser("province_officer").get(answer.url).status_code == 200
    assert browser("administrator").get(answer.url).status_code == 200
    assert browser("other_province_officer").get(answer.url).status_code == 404
    assert browser("operator").get("/pelanggaran-data/").status_code == 403
    early = {"text": "Surat 5/2026", "people": "", "told_at": minute(now - timedelta(hours=90))}
    assert head.post(answer.url, early).status_code == 422
    assert head.post(answer.url, early | {"text": "", "told_at": ""}).status_code == 422
    told = early | {"told_at": minute(now - timedelta(minutes=5))}
    assert head.post(answer.url, told).status_code == 302
    assert "diberitahukan" in head.get(answer.url).content.decode()
    assert head.post(answer.url, told).status_code == 422  # once
    assert "belum diberitahukan" not in head.get("/hari-ini/").content.decode()
    [one] = shown(list(Breach.objects.all()))
    assert (one.people, one.late, len(one.notes)) == (31, True, 2)
    assert {look.kind for look in looks(subject=str(one.breach.pk))} == {
        *("data breach", "data breach told"),
    }


@pytest.mark.parametrize(("region", "offset"), [("13.75", 7), ("73.71", 8), ("94.71", 9)])
def test_an_hour_is_meant_where_it_was_typed(region: str, offset: int) -> None:
    note = BreachNoteForm({"text": "Surat 5/2026", "told_at": "2026-11-20T08:00"}, region=region)
    assert note.is_valid()
    assert note.cleaned_data["told_at"].utcoffset() == timedelta(hours=offset)
    empty = BreachNoteForm({"text": "Surat 5/2026", "told_at": ""}, region=region)
    assert empty.is_valid()
    assert empty.cleaned_data["told_at"] is None


def test_who_is_in_time_is_not_late(made: World) -> None:
    by, neighbour = made["head"].actor, made["neighbour_head"].actor
    noticed = timezone.now() - timedelta(hours=71)
    fixed: dict[str, Any] = {"what": "Laptop hilang", "kinds": "nama", "noticed_at": noticed}
    with scoped(made["province_officer"].actor.scope):
        both = report_breach(by=made["province_officer"].actor, offices=["13.75", "13.06"], **fixed)
    with scoped(by.scope):
        assert [one.pk for one in untold(by)] == [both.pk]
        assert not shown([both])[0].late
        note_breach(by=by, breach_id=both.pk, people=0)
        note_breach(by=by, breach_id=both.pk, text="Surat 6/2026", told_at=timezone.now())
        with pytest.raises(Conflict) as refused:
            note_breach(by=by, breach_id=both.pk, text="lagi", told_at=timezone.now())
        assert refused.value.code == "already-told"
        assert not untold(by).exists()
        own = report_breach(by=by, offices=["13.75"], **fixed)
    with scoped(neighbour.scope), pytest.raises(NotFound):
        note_breach(by=neighbour, breach_id=own.pk, text="x")


def test_what_is_kept_goes_by_the_rule_of_the_day(kept: World) -> None:
    by, person = kept["operator"].actor, make_resident(kept)
    with scoped(by.scope):
        propose_correction(by=by, resident=person, changes={"name": "Siti"}, reason="daftar")
    with scoped(EVERYBODY):
        CorrectionProposal.objects.update(proposed_at=timezone.now() - timedelta(days=40))
    administrator = kept["administrator"].actor
    rule: dict[str, Any] = {"what": Kept.PROPOSALS, "keep_days": 30, "source": "SK 4"}
    with scoped(administrator.scope):
        for wrong in ({"keep_days": 0}, {"what": Kept.IMPORTS, "keep_days": 31}, {"source": " "}):
            with pytest.raises(Invalid):
                set_retention(by=administrator, **{**rule, **wrong})
        with pytest.raises(Refused):
            set_retention(by=kept["head"].actor, **rule)
        with pytest.raises(Invalid):
            set_retention(by=administrator, since=administrator.today - timedelta(1), **rule)
        later = administrator.today + timedelta(days=1)
        set_retention(by=administrator, since=later, **rule)
        assert keep_for(Kept.PROPOSALS) == timedelta(days=90)
    assert forgotten() == "open"
    with scoped(administrator.scope):
        set_retention(by=administrator, **rule)
        assert keep_for(Kept.PROPOSALS) == timedelta(days=30)
    assert forgotten() == "expired"


def test_every_rule_governs_its_job(kept: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a job of the night is told is what the page says."""
    said: dict[str, timedelta] = {}
    for module, job in (
        *((tasks.proposals, "forget_proposals"), (tasks.imports, "forget_imports")),
        *((tasks.arrivals, "forget_arrivals"), (tasks.voters, "forget_lists")),
    ):
        monkeypatch.setattr(module, job, lambda **told: said.update(told))
    administrator = kept["administrator"].actor
    jobs = {
        Kept.PROPOSALS: (tasks.forget_proposals, "kept"),
        Kept.IMPORTS: (tasks.forget_imports, "rows_kept"),
        Kept.PREVIEWS: (tasks.forget_imports, "preview_kept"),
        Kept.ARRIVALS: (tasks.forget_arrivals, "kept"),
        Kept.VOTERS: (tasks.forget_voters, "kept"),
    }
    assert set(jobs) == set(Kept)
    with scoped(administrator.scope):
        for n, what in enumerate(Kept, 3):
            set_retention(by=administrator, what=what, keep_days=n, source="SK 5")
            assert (what, n) in [(one, days) for one, days, _most in kept_today()]
    for n, what in enumerate(Kept, 3):
        job, name = jobs[what]
        said.clear()
        job()
        assert said[name] == timedelta(days=n), what


def forgotten() -> str:
    use_role("worker")
    tasks.forget_proposals()
    use_role("web")
    with scoped(EVERYBODY):
        return CorrectionProposal.objects.get().state
