"""The first day of an office: steps that say by themselves what is done, and what waits on the home page."""

from __future__ import annotations

from datetime import timedelta

from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dukcapil.accounts.models import Posting, User
from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.regions.models import Region
from registrations.people.models import Resident
from registrations.roll.models import VillageList
from reports.alerts.models import AlertAddress
from tests.registrations.test_roll import logged_in
from tests.world import (
    World,
    make_basis,
    make_caller,
    make_event,
    make_resident,
    make_session,
    today,
)


def steps(client: Client) -> dict[int, str]:
    page = BeautifulSoup(client.get("/hari-pertama/").content, "html.parser")
    return {
        number: " ".join(row.select_one(".tag").get_text().split())
        for number, row in enumerate(page.select("tbody tr"), 1)
    }


def test_each_step_is_read_from_the_tables(made: World) -> None:
    head = logged_in("head")
    before = steps(head)
    assert len(before) == 10
    assert "/hari-pertama/" in head.get("/hari-ini/").content.decode()
    make_resident(made)
    VillageList.objects.create(
        village_id="13.75.01.1001", office_id="13.75", completeness="whole", on=today()
    )
    make_session(made, make_event(made), {"recording": 1})
    after = steps(head)
    changed = {number for number in after if after[number] != before[number]}
    assert changed == {6, 7, 9}
    villages = Region.objects.within("13.75").filter(level="village").count()
    assert after[7].startswith("1 ")
    assert str(villages) in after[7]
    make_caller("kecamatan", "village_verifier", "13.75.01", today())
    district = Region.objects.within("13.75.01").filter(level="village").count()
    assert district > 1
    assert steps(head)[8] == after[7].replace("1 ", f"{district} ", 1)
    with CaptureQueriesContext(connection) as asked:
        head.get("/hari-pertama/")
    assert len(asked) <= 8
    for name in ("operator", "province_officer", "administrator"):
        assert logged_in(name).get("/hari-pertama/").status_code == 403


def test_what_does_not_count_is_no_step(made: World) -> None:
    """A voters' list, an estimate, a basis of others; a guest; who works there no more, or cannot log in."""
    head = logged_in("head")
    before = steps(head)
    make_basis(name="Uji DPT", kind="dpt")
    make_basis(name="Uji taksiran", kind="derived")
    make_basis(
        name="Uji tetangga",
        rows=[{"region_code": "13.06", "wajib_ktp": "3000", "recorded": "2810"}],
    )
    guest = make_resident(made)
    gone, off = (User.objects.get(username=name) for name in ("operator", "village_verifier"))
    with scoped(EVERYBODY):
        Resident.objects.filter(pk=guest.pk).update(village="13.06.01.2001")
        Posting.objects.filter(user=gone).update(
            starts_on=today() - timedelta(days=9), ends_on=today() - timedelta(days=2)
        )
        User.objects.filter(pk=off.pk).update(is_active=False)
        for user in (gone, off):
            AlertAddress.objects.create(user=user, email="surel@contoh.test")
    after = steps(head)
    changed = {number for number in after if after[number] != before[number]}
    assert changed <= {2, 8}, "fewer work there"
    assert {after[number] for number in (5, 6, 10)} == {"Belum dikerjakan"}
    make_basis(name="Uji DKB")
    assert steps(head)[5].startswith("1 ")
