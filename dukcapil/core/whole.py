"""Forms that write a whole set over what stood: costs, stations, the data of a person. Each carries the
version of what it showed. When somebody else saved meanwhile it is shown again with what was typed, beside
what stood and what stands; the next try is about what stands now (docs/adr/0042).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django import forms
from django.utils.translation import gettext as _

from dukcapil.core.forms import TextField, in_full
from dukcapil.core.versions import CHANGED, LONGEST_VERSION

#: A text as a browser sends it, or the texts of several choices.
Raw = str | list[str]


@dataclass(frozen=True)
class Stands:
    """`values`: what the fields begin with. `version`: what the verb asks for."""

    values: Mapping[str, Any]
    version: str


@dataclass(frozen=True)
class Difference:
    """One field that somebody else changed, in words."""

    label: str
    before: str
    now: str
    mine: str
    #: Whether it was left as it was shown: then what stands now was put in.
    taken: bool


class WholeForm(forms.Form):
    """`stands` reads what stands now: once for the page, and once more after a refusal."""

    version = TextField(required=False, max_length=LONGEST_VERSION, widget=forms.HiddenInput)
    #: What the fields showed, as JSON, so that nobody has to keep it for us.
    shown = TextField(required=False, max_length=60_000, widget=forms.HiddenInput)

    #: Of a form whose fields are rows in an order, nothing is put in: rows would come together that
    #: nobody saw together.
    takes_theirs = True

    def __init__(self, *args: Any, stands: Callable[[], Stands], **kwargs: Any) -> None:
        self.stands = stands
        self.differences: list[Difference] = []
        kwargs["initial"] = _initial(stands())
        super().__init__(*args, **kwargs)

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        if field_name == "shown":
            return orjson.dumps(self.now_shown()).decode()
        return super().get_initial_for_field(field, field_name)

    def _post_clean(self) -> None:
        # After `clean`, in which a form may have made something else of its fields.
        self.cleaned_data.pop("shown", None)
        self.cleaned_data["version"] = str(self.data.get("version", "")) or None

    def add_error(self, field: Any, error: Any) -> None:
        super().add_error(field, error)
        if getattr(error, "code", "") == CHANGED:
            self._take_up()

    def now_shown(self) -> dict[str, Raw]:
        return {
            name: raw_of(field, self.get_initial_for_field(field, name))
            for name, field in self._own()
        }

    def _own(self) -> Iterator[tuple[str, forms.Field]]:
        return ((n, field) for n, field in self.fields.items() if not field.widget.is_hidden)

    def _take_up(self) -> None:
        """Go on from what stands now, and say what is different."""
        data: Any = self.data
        self.data = data = data.copy()
        before = loaded(data.get("shown", ""))
        self.initial = _initial(self.stands())
        now = self.now_shown()
        self.differences = list(self.compared(before, now))
        data["version"], data["shown"] = self.initial["version"], orjson.dumps(now).decode()

    def compared(self, before: dict[str, Raw], now: dict[str, Raw]) -> Iterator[Difference]:
        """What differs of the fields; what was left as it was shown takes what stands now."""
        data: Any = self.data
        for name, field in self._own():
            if name not in before or before[name] == now[name]:
                continue
            mine = self._typed(name, field)
            taken = self.takes_theirs and mine == before[name]
            yield different(field, before[name], now[name], mine, taken=taken)
            if taken:
                value = now[name]
                data.setlist(name, value if isinstance(value, list) else [value])

    def _typed(self, name: str, field: forms.Field) -> Raw:
        value = field.widget.value_from_datadict(self.data, self.files, name)
        try:
            value = field.clean(value)
        except forms.ValidationError:
            return value if isinstance(value, list) else str(value or "")
        return raw_of(field, value)


def different(
    field: forms.Field, before: Raw, now: Raw, mine: Raw, *, taken: bool = False, of: str = ""
) -> Difference:
    label = f"{field.label} ({of})" if of else str(field.label)
    before, now, mine = (_in_words(field, raw) for raw in (before, now, mine))
    return Difference(label, before, now, mine, taken=taken)


def _initial(now: Stands) -> dict[str, Any]:
    return {**now.values, "version": now.version}


def loaded(text: str) -> dict[str, Raw]:
    """What a page carried; a program that sends something else compares with nothing."""
    try:
        shown = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(shown, dict):
        return {}
    return {
        name: value
        for name, value in shown.items()
        if isinstance(value, str) or (isinstance(value, list) and all(map(_is_text, value)))
    }


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def raw_of(field: forms.Field, value: Any) -> Raw:
    if callable(value):
        value = value()
    if isinstance(field.widget, forms.CheckboxInput):
        return "on" if value else ""
    shown = field.widget.format_value(field.prepare_value(value))
    if isinstance(field, forms.MultipleChoiceField):
        return sorted(str(one) for one in shown or ())
    if isinstance(shown, list | tuple):
        shown = next(iter(shown), "")
    return "" if shown is None else str(shown)


def _in_words(field: forms.Field, raw: Raw) -> str:
    if isinstance(field.widget, forms.CheckboxInput):
        return _("yes") if raw else _("no")
    labels = _labels(getattr(field.widget, "choices", ()))
    if isinstance(raw, list):
        return ", ".join(labels.get(one, one) for one in raw) or "–"
    if isinstance(field, forms.DateField):
        return in_full(raw) or raw or "–"
    return labels.get(raw, raw) or "–"


def _labels(choices: Any) -> dict[str, str]:
    labels: dict[str, str] = {}
    for value, label in choices:
        if isinstance(label, list | tuple):
            labels |= _labels(label)
        else:
            labels[str(value)] = str(label)
    return labels
