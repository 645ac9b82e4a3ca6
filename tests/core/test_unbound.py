"""Forms that nobody typed into look as Django's own, and are made only where something of them is drawn anew."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory

from dukcapil.core.forms import TextField
from dukcapil.core.templatetags import kept
from dukcapil.core.unbound import Unbound, fill_or_unbound, unbound

_PART = """{% load kept %}{% if form.errors %}errors{% endif %}{% if form.differences %}differences{% endif %}
{% unbound_once "components/one_form.html" form %}"""


class Choosing(forms.Form):
    made = 0
    service = forms.ChoiceField(choices=[("a", "A"), ("b", "B")])
    note = TextField(required=False)

    def __init__(self, *args: Any, only: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        type(self).made += 1
        if only:
            self.fields["service"].choices = [(only, only)]


@pytest.fixture(autouse=True)
def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    kept.fields.forget()
    monkeypatch.setattr(Choosing, "made", 0)
    monkeypatch.setattr(kept, "render_to_string", lambda _part, given: str(given["form"]))


def _drawn(form: Any) -> str:
    return Template(_PART).render(Context({"form": form}))


def test_it_is_drawn_as_the_form_itself_and_made_once() -> None:
    for options in ({}, {"only": "b"}, {"initial": {"service": "b"}}, {"prefix": "x"}):
        own = _drawn(Choosing(**options))  # type: ignore[arg-type]
        kept.fields.forget()
        before = Choosing.made
        assert _drawn(unbound(Choosing, **options)) == own
        assert _drawn(unbound(Choosing, **options)) == own
        assert Choosing.made == before + 1


def test_a_text_to_begin_with_is_not_kept() -> None:
    with pytest.raises(ValueError, match="begins with a text"):
        _drawn(unbound(Choosing, initial={"note": "Siti"}))


def test_whoever_looks_at_more_sees_the_form() -> None:
    form = unbound(Choosing, only="b")
    assert [field.name for field in form] == ["service", "note"]
    assert form["service"].field.choices == [("b", "b")]
    assert form.fields.keys() == {"service", "note"}
    assert not form.is_bound
    assert not form.errors


def test_what_was_sent_is_a_form_of_its_own() -> None:
    sent = {"do": "log", "service": "a"}
    request = RequestFactory().post("/", sent)
    form = fill_or_unbound(request, Choosing, do=("log",))
    assert form.is_bound
    assert form.is_valid()
    other: Any = fill_or_unbound(request, Choosing, do=("other",))
    assert isinstance(other, Unbound)
