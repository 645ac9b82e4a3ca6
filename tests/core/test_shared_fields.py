"""Forms that share their fields say what each would say with fields of its own."""

from __future__ import annotations

from typing import Any

from django.utils import translation

from events.planning.enums import Service
from registrations.forms.desk import LogForm, WalkInForm

_SENT = {"service": "recording", "outcome": "failed", "reason": "power"}


def _log(sent: dict[str, Any] | None = None, *, services: Any = ("recording",)) -> LogForm:
    return LogForm(sent, services=services, zone="Asia/Jakarta")


def _offered(fields: dict[str, Any], name: str) -> list[str]:
    return [value for value, _label in fields[name].choices]


def test_each_offers_what_it_was_made_with() -> None:
    one, other = _log(), _log(services=["recording", "card_print"])
    assert _offered(one.fields, "service") == ["recording"]
    assert _offered(other.fields, "service") == ["recording", "card_print"]
    assert not _log({**_SENT, "service": "card_print"}).is_valid()
    assert _offered(WalkInForm(services=["recording"]).fields, "services") == ["recording"]
    # The class itself offers nothing.
    assert _offered(LogForm.base_fields, "service") == []


def test_what_one_is_refused_for_the_next_one_does_not_hear() -> None:
    assert not _log({**_SENT, "reason": ""}).is_valid()
    right = _log(_SENT)
    assert right.is_valid(), right.errors
    assert right.cleaned_data["reason"] == "power"
    one, other = _log(), _log()
    del one.fields["note"]
    assert "note" in other.fields
    assert "note" in _log().fields


def test_words_are_of_whoever_reads() -> None:
    said = {}
    for language in ("id", "en", "id"):
        with translation.override(language):
            said[language] = str(_log()["service"]), str(Service.RECORDING.label)
    for drawn, word in said.values():
        assert word in drawn
    assert said["id"][1] != said["en"][1]
