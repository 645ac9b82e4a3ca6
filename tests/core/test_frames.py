"""Parts with holes: what is kept of them is nobody's, and each page has its own in them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.translation import override

from dukcapil.core.frames import Frame, hole
from dukcapil.core.templatetags import kept
from dukcapil.core.unbound import unbound

_PAGE = Template("{% load kept %}{% framed 'components/form_errors.html' 'part' frame %}")
_ONCE = re.compile(r'name="once" value="([^"]+)"')


class Choosing(forms.Form):
    service = forms.ChoiceField(choices=[("a", "A"), ("b", "B")])


#: A part as an office has it: a word that all have alike, a form, keys, and what a form sends besides.
_PART = Template(
    "{% load ui %}{{ part.word }}{% form_guard %}[{{ part.key }}]{% form_guard %}[{{ part.key }}]"
    "{{ part.form.service }}{{ more }}"
)


@pytest.fixture(autouse=True)
def parts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often the part was drawn."""
    drawn: list[str] = []

    def draw(_part: str, given: dict[str, Any]) -> str:
        drawn.append(_PART.render(Context(given)))
        return drawn[-1]

    kept.frames.forget()
    monkeypatch.setattr(kept, "render_to_string", draw)
    return drawn


def _page(own: str, word: str = "Meja", **options: Any) -> str:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    form: Any = unbound(Choosing, **options)
    frame = Frame({"word": word, "key": hole("key")}, {"form": form}, {"key": own})
    return str(_PAGE.render(Context({"request": request, "frame": frame})))


def test_each_page_has_its_own(parts: list[str]) -> None:
    one, other = _page("Siti <1>"), _page("Budi")
    assert one.count("[Siti &lt;1&gt;]") == other.count("[Budi]") == 2
    assert len(parts) == 1
    assert "Siti" not in parts[0]
    assert "Budi" not in parts[0]


def test_tokens_are_of_each_page_and_form(parts: list[str]) -> None:
    one, other = _page("1"), _page("1")
    assert len({*_ONCE.findall(one), *_ONCE.findall(other)}) == 4
    assert one.count("csrfmiddlewaretoken") == 2
    assert not _ONCE.search(parts[0])
    assert "csrfmiddlewaretoken" not in parts[0]


def test_what_differs_is_drawn_anew(parts: list[str]) -> None:
    _page("1")
    _page("1", word="Loket")
    _page("1", initial={"service": "b"})
    with override("en"):
        _page("1")
    assert len(parts) == 4


def test_a_text_like_a_hole_is_a_text() -> None:
    assert "hole-key-" in _page("1", word="hole-key-")
    # What somebody wrote is filled in, and not looked through for holes.
    assert _page(hole("key")).count(hole("key")) == 2
