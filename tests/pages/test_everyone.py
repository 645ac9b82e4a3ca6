"""Refusals, navigation and errors, in words. Who may see what: tests/walls/test_matrix.py."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import product

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client
from django.test.utils import override_script_prefix
from django.urls import reverse
from django.utils import translation

from dukcapil.accounts.context import navigation_of
from dukcapil.accounts.models import User
from dukcapil.accounts.permissions import ROLES
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.templatetags import desk
from dukcapil.regions.enums import Level
from tests.engines import LONG, dice
from tests.walls.routes import ROUTES
from tests.world import (
    World,
    looks,
    make_caller,
    make_resident,
    today,
)


def test_what_was_refused_is_in_the_log(made: World, browser: Callable[[str], Client]) -> None:
    theirs = make_resident(made, "13.06", name="Kenari Rahasia Agam")
    browser("operator").get(f"/penduduk/{theirs.pk}/")
    (row,) = looks(action="refused")
    assert row.subject == f"/penduduk/{theirs.pk}/"
    assert "Kenari" not in str(row.__dict__)


#: What the navigation of each shows.
SHOWN: list[tuple[str, set[str]]] = [
    (
        "operator",
        {
            *("today", "events", "log", "residents", "coverage", "desk-own", "bases", "daily"),
            *("elections", "stock-own", "unrecorded", "seventeen", "venues", "burials"),
            *("statuses", "plans"),
        },
    ),
    (
        "head",
        {
            "today",
            "events",
            "log",
            "residents",
            "coverage",
            "desk-own",
            "bases",
            "daily",
            *("set-aside", "findings", "statuses", "plans"),
            "oversight",
            "staff",
            "elections",
            "stock-own",
            # Voters are compared, and breaches written down, by heads (breaches by provinces, too).
            *("unrecorded", "seventeen", "venues", "voters", "breaches"),
            "burials",
        },
    ),
    (
        "province_officer",
        {
            *("events", "residents", "coverage", "bases", "daily", "set-aside", "oversight"),
            *("today", "elections", "evaluation-own", "desk-own", "staff-proposals"),
            *("stock-own", "findings", "unrecorded", "seventeen", "venues", "breaches"),
            *("burials", "plans"),
            "statuses",
        },
    ),
    # Of elections and days off everybody sees those that bear on the own region: figures hang on them.
    (
        "nation_viewer",
        # Who is not recorded is counts by region to whoever sees figures, people to whoever sees people.
        {
            "today",
            "elections",
            "events",
            "coverage",
            "bases",
            "daily",
            "stock-own",
            "unrecorded",
        },
    ),
    (
        "village_verifier",
        {
            *("today", "elections", "residents", "verify", "coverage", "bases"),
            *("unrecorded", "seventeen"),
        },
    ),
    (
        "burial_recorder",
        {
            *("today", "elections", "burials", "coverage", "bases", "unrecorded"),
        },
    ),
    (
        "desk_member",
        {
            *("today", "elections", "coverage", "bases", "daily", "desk-own", "stock-own"),
            "unrecorded",
        },
    ),
    (
        "administrator",
        {
            *("today", "elections", "coverage", "bases", "daily", "staff", "stock-own"),
            *("unrecorded", "breaches"),
        },
    ),
]
#: Who is in no walk of all addresses, and where they are posted.
POSTED = {"desk_member": "13.75", "burial_recorder": "13.75.01.1001"}


def opens(who: str, url: str) -> bool:
    """Whether they open it here, where nothing was entered yet: the operator, and one of all who are led there.

    Of the others the written list says so, by which their walk opens it (`tests/walls/test_matrix.py`).
    """
    led = sorted(one for one, shown in SHOWN if url in shown)
    drawn = dice(f"navigation {url}").choice(led)
    return LONG or who in {"operator", drawn, *POSTED} or url not in ROUTES


@pytest.mark.contexts
@pytest.mark.parametrize(("who", "shown"), SHOWN)
def test_the_navigation_leads_only_where_one_may_go(made: World, who: str, shown: set[str]) -> None:
    if who in POSTED:
        make_caller(who, who, POSTED[who], today())
    client = Client()
    client.force_login(User.objects.get(username=who))
    places = client.get("/", follow=True).context["navigation"]
    assert {place.url for place in places} == shown
    # On the keyboard each has a letter of its own.
    assert len({place.key for place in places}) == len(places)
    for place in places:
        if opens(who, place.url):
            assert client.get(reverse(place.url), follow=True).status_code == 200, place.url
        else:
            assert who in ROUTES[place.url].get, place.url


def test_the_menu_is_of_who_looks_where_and_in_which_language(
    made: World, browser: Callable[[str], Client]
) -> None:
    """It is drawn once for each of these: nobody gets that of somebody else, or of another page."""

    def menu(who: str, path: str, language: str = "id") -> tuple[list[str], list[str], str]:
        client = browser(who)
        client.cookies["django_language"] = language
        page = client.get(path).content.decode()
        side = page[page.index('<nav class="side"') : page.index("</nav>")]
        keys = page[page.index('<dialog id="shortcuts"') :]
        letters = re.findall(r"<kbd>g</kbd> <kbd>(\w)</kbd>", keys)
        assert letters == re.findall(r'data-key="(\w)"', side)
        marked = re.findall(r'href="([^"]+)"\s+data-key="\w" aria-current="page"', side)
        return letters, marked, " ".join(re.findall(r"</svg>\s*(\S.*?)\s*<", side + keys)[:3])

    operator = menu("operator", "/penduduk/")
    assert operator == menu("operator", "/penduduk/")
    assert operator[1] == ["/penduduk/"]
    assert menu("operator", "/kegiatan/")[1] == ["/kegiatan/"]
    assert menu("nation_viewer", "/hari-ini/")[0] != operator[0]
    assert menu("head", "/penduduk/")[0] != operator[0]
    assert operator[2].startswith("Hari ini")
    assert menu("operator", "/penduduk/", "en")[2].startswith("Today")


def everybody() -> Iterator[Actor]:
    """Each role at each of its levels."""
    region = {Level.NATION: "00", Level.PROVINCE: "13", Level.REGENCY: "13.75"}
    for role, rule in ROLES.items():
        for level in rule.levels:
            yield Actor(1, 1, role, region.get(level, "13.75.01.1001"))


def test_a_menu_that_was_drawn_before_is_the_one_that_would_be_drawn_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever else looked before, from where, in whatever language and behind whatever address."""
    parts = ("components/navigation.html", "components/shortcuts.html")
    places = [("", ""), ("coverage", ""), ("residents", "unrecorded"), ("account", "coverage")]
    asked = list(product(everybody(), parts, places, ("id", "en"), ("/", "/dukcapil/")))

    def drawn(actor: Actor, part: str, place: tuple[str, str], language: str, prefix: str) -> str:
        here, section = place
        context = {"navigation": navigation_of(actor), "here": here, "section": section}
        with translation.override(language), override_script_prefix(prefix):
            return desk.of_navigation(context, part)

    for one in asked:
        drawn(*one)
    kept = [drawn(*one) for one in asked]
    for one, before in zip(asked, kept, strict=True):
        monkeypatch.setattr(desk, "_drawn", {})
        assert drawn(*one) == before, one


def test_no_two_entries_of_a_navigation_have_one_key() -> None:
    for actor in everybody():
        keys = [entry.key for entry in navigation_of(actor)]
        assert len(keys) == len(set(keys)), (actor, keys)


def test_too_many_wrong_passwords_are_answered_by_our_own_page(made: World) -> None:
    assert EmailAddress.objects.count() == 0  # nobody is told by mail who tried
    cache.clear()
    client = Client()
    wrong = {"login": "operator", "password": "salah-sekali-ini"}
    answers = [client.post("/akun/masuk/", wrong) for _try in range(12)]
    assert {answer.status_code for answer in answers} <= {200, 429}
    last = answers[-1].content.decode()
    assert "terlalu banyak" in last.lower()


@pytest.mark.parametrize("path", ["/tidak-ada/", "/kegiatan/x/", "/cakupan/99/"])
def test_what_is_not_there_says_so_in_the_frame(
    made: World, browser: Callable[[str], Client], path: str
) -> None:
    answer = browser("operator").get(path)
    assert answer.status_code == 404
    assert "Tidak ditemukan" in answer.content.decode()
    assert 'class="side"' in answer.content.decode()


@pytest.mark.parametrize("who", ["nation_viewer", "desk_member", "administrator"])
def test_who_sees_no_people_is_led_to_none_from_the_counts(made: World, who: str) -> None:
    """Neither by the page of a village's office nor by any link of it that is of people."""
    person = make_resident(made, name="Kenari Rahasia")
    if who in POSTED:
        make_caller(who, who, POSTED[who], today())
    client = Client()
    client.force_login(User.objects.get(username=who))
    page = client.get("/belum-rekam/13.75/")
    assert page.status_code == 200
    html = page.content.decode()
    assert person.village.name in html
    assert "Kenari" not in html
    for path in (f"/belum-rekam/{person.village_id}/", "/tujuh-belas/"):
        assert path not in html
        assert client.get(path).status_code == 403
