"""The first day of an office: steps that say by themselves what is done, and what waits on the home page."""

from __future__ import annotations

from bs4 import BeautifulSoup
from django.test import Client

from dukcapil.regions.models import Region
from registrations.roll.models import VillageList
from tests.registrations.test_roll import logged_in
from tests.world import World, make_event, make_resident, make_session, today


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
    for name in ("operator", "province_officer", "administrator"):
        assert logged_in(name).get("/hari-pertama/").status_code == 403
