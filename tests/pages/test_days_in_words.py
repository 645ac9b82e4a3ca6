"""Under every field for a day stands the day in words, from the server or from static/js/app.js."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

from bs4 import BeautifulSoup
from django import forms
from django.conf import settings
from django.test import Client
from django.utils.translation import override

from dukcapil.core.forms import DateInput, MomentInput
from dukcapil.core.templatetags.ui import day_in_words
from reports.forms import NilForm
from reports.plan_asking import MoveVisitForm, VisitForm
from reports.stock_forms import CountForm
from tests.pages.test_forms import good_resident
from tests.pages.test_numbers import all_forms, built
from tests.world import World

#: Nobody types it: the page says that day beside it; a question keeps the moment that it looked at; a visit is
#: named by the day on which it stands.
UNTYPED = {
    (NilForm, "day"),
    (CountForm, "asked_at"),
    (VisitForm, "day"),
    (MoveVisitForm, "day"),
}
DAY = {"id": "Rabu, 25 November 2026", "en": "Wednesday, 25 November 2026"}


def words_of(html: str) -> str:
    found = BeautifulSoup(html, "html.parser").select_one("input + output.day-words")
    assert found, html
    return found.get_text()


def test_every_form_says_the_day(made: World) -> None:
    days = 0
    for form in all_forms():
        for name, field in built(form, by=made["head"].actor).fields.items():
            if not isinstance(field, forms.DateField | forms.DateTimeField):
                continue
            if field.widget.is_hidden:
                assert (form, name) in UNTYPED
                continue
            days += 1
            assert isinstance(field.widget, DateInput | MomentInput), (form, name)
            for language, words in DAY.items():
                with override(language):
                    html = built(form, by=made["head"].actor)[name].as_widget()
                    # Of the value alone: `min` and `max` are days, too.
                    filled = BeautifulSoup(html, "html.parser").select_one("input[value]")
                    value = str(filled["value"])[:10] if filled else ""
                    assert words_of(html) == day_in_words(value), (form, name)
                    said = field.widget.render(name, "2026-11-25T08:00", {"id": "x"})
                    assert words_of(said) == words, (form, name)
    assert days >= 20


def test_what_is_no_day_has_no_words() -> None:
    for value in ("", "kemarin", "2026-02-31", None):
        assert words_of(DateInput().render("day", value)) == day_in_words(value) == ""
    assert day_in_words("2009-03-05") == day_in_words(date(2009, 3, 5)) == "Kamis, 5 Maret 2009"


def test_a_template_with_a_field_of_its_own_says_it_too() -> None:
    fields = words = 0
    for path in (Path(settings.BASE_DIR) / "templates").rglob("*.html"):
        text = path.read_text()
        fields += len(re.findall(r"""type="(?:date|datetime-local)\"""", text))
        words += text.count('"components/day_words.html"') * (path.parent.name != "components")
    assert fields == words > 0


def test_a_form_that_comes_back_says_what_was_read(
    made: World, browser: Callable[[str], Client]
) -> None:
    client = browser("operator")
    page = client.post("/penduduk/baru/", good_resident(birth_date="2009-03-05", name=""))
    assert page.status_code == 422
    assert words_of(page.content.decode()) == "Kamis, 5 Maret 2009"
    figures = client.get("/cakupan/?date=2026-11-25", follow=True).content.decode()
    assert words_of(figures) == DAY["id"]
