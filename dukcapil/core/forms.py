"""Forms of pages: they look alike, keep what was typed, and show a refusal beside its field."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar, cast

from django import forms
from django.core.validators import DecimalValidator
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest, QueryDict
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dukcapil.core.characters import REFUSAL, Unseen, plain
from dukcapil.core.crypto import decrypt, encrypt
from dukcapil.core.errors import Asks, Conflict, DomainError, Invalid, TooMany
from dukcapil.core.kept import TOKENS, kept_for
from dukcapil.core.numerals import NotANumber, TwoReadings, in_words, read_number, written
from dukcapil.core.versions import version_of

F = TypeVar("F", bound=forms.BaseForm)


class Renderer(TemplatesSetting):
    form_template_name = "components/form.html"
    field_template_name = "components/field.html"


class TextField(forms.CharField):
    """Every text field of ours: without characters that nobody sees. `lines`: it has several."""

    default_error_messages = {"characters": REFUSAL}

    def __init__(self, *, lines: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lines = lines

    def to_python(self, value: Any) -> Any:
        try:
            typed = plain(value, lines=self.lines) if isinstance(value, str) else value
        except Unseen as error:
            raise forms.ValidationError(
                self.error_messages["characters"], code="characters"
            ) from error
        return super().to_python(typed)


class LinkField(TextField, forms.URLField):
    """An address on the web."""


class NumberInput(forms.TextInput):
    """No `type=number`: with it a browser sends 1 for `1.000`, or nothing for `7,5`."""

    def __init__(self, attrs: dict[str, Any] | None = None, *, mode: str = "numeric") -> None:
        super().__init__({"inputmode": mode, "autocomplete": "off", **(attrs or {})})


class DecimalInput(NumberInput):
    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, mode="decimal")


class _Shown(int):
    """A limit that stands in a refusal as people write it."""

    def __str__(self) -> str:
        return number_format(int(self), force_grouping=True)


class NumberField(forms.IntegerField):
    """Every whole number of ours, as Indonesians write it: `1.000` is a thousand.

    `grouped`: shown with dots between thousands; not for years and numbers of revisions.
    """

    widget = NumberInput
    default_error_messages = {
        "invalid": _("Give a whole number in digits, as in 1.250."),
        "whole": _("Give a whole number: no decimals."),
    }

    def __init__(self, *, grouped: bool = True, **kwargs: Any) -> None:
        for limit in ("min_value", "max_value"):
            if grouped and kwargs.get(limit) is not None:
                kwargs[limit] = _Shown(kwargs[limit])
        super().__init__(**kwargs)
        self.grouped = grouped

    def to_python(self, value: Any) -> int | None:
        number = _number(value, self)
        if number is not None and number != int(number):
            raise forms.ValidationError(self.error_messages["whole"], code="invalid")
        return None if number is None else int(number)

    def prepare_value(self, value: Any) -> Any:
        is_shown = self.grouped and isinstance(value, int) and get_language() != "en"
        return written(value) if is_shown else value


_TOO_LONG: Any = {
    "invalid": _("Give a number in digits, as in 7,5."),
    "max_digits": _("This number has too many digits: at most %(max)s."),
    "max_decimal_places": _("At most %(max)s digits behind the comma."),
    "max_whole_digits": _("This number is too large: at most %(max)s digits before the comma."),
}


class DecimalField(forms.DecimalField):
    """Every number with decimals of ours: `7,5`."""

    widget = DecimalInput
    default_error_messages = {"invalid": _("Give a number in digits, as in 7,5.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for validator in self.validators:
            if isinstance(validator, DecimalValidator):
                validator.messages = _TOO_LONG

    def to_python(self, value: Any) -> Any:
        return _number(value, self)

    def prepare_value(self, value: Any) -> Any:
        return written(value) if isinstance(value, Decimal) else value


def _number(value: Any, field: forms.Field) -> Decimal | None:
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if value is None or not str(value).strip():
        return None
    try:
        return read_number(str(value))
    except TwoReadings as error:
        possible = [number for number in error.readings if _may_be(field, number)]
        if not possible:
            # Its limits say why.
            return error.readings[0]
        if len(possible) == 1:
            raise forms.ValidationError(
                _("“%(read)s” is written otherwise here: write %(right)s."),
                code="number-ambiguous",
                params={"read": value, "right": written(possible[0])},
            ) from error
        one, other = possible
        text = _(
            "“%(read)s” can be read in two ways: %(one)s (write %(first)s) or %(other)s"
            " (write %(second)s)."
        ) % {
            "read": value,
            "one": in_words(one),
            "first": written(one),
            "other": in_words(other),
            "second": written(other),
        }
        raise forms.ValidationError(text, code="number-ambiguous") from error
    except NotANumber as error:
        raise forms.ValidationError(field.error_messages["invalid"], code="invalid") from error


def _may_be(field: forms.Field, number: Decimal) -> bool:
    try:
        field.run_validators(number)
    except forms.ValidationError:
        return False
    return True


class _InWords(forms.widgets.DateTimeBaseInput):
    """Says the chosen day in words under it; static/js/app.js does so while it is changed."""

    template_name = "components/day_input.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["words"] = in_full(str(context["widget"]["value"] or ""))
        return context


def in_full(text: str) -> str:
    """`Rabu, 25 November 2026` of a value as a browser sends it; empty when it is no day."""
    try:
        return date_format(date.fromisoformat(text[:10]), "l, j F Y")
    except ValueError:
        return ""


class DateInput(_InWords, forms.DateInput):
    """The browser's own date picker; the value travels as YYYY-MM-DD in every language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


#: A moment as a browser writes it.
MINUTE = "%Y-%m-%dT%H:%M"


class MomentInput(_InWords, forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format=MINUTE)


class MomentField(forms.DateTimeField):
    """Every day with an hour of ours, within the years of `core.api.MomentField`: what lies outside of
    them the database keeps and nobody can read again.
    """

    widget = MomentInput
    default_error_messages = {"range": _("This time is too far away.")}

    def to_python(self, value: Any) -> datetime | None:
        moment: datetime | None = super().to_python(value)
        if moment is not None and not 1900 <= moment.year <= 9000:
            raise forms.ValidationError(self.error_messages["range"], code="range")
        return moment


def fill(
    request: HttpRequest, form_class: type[F], *, do: tuple[str, ...] = (), **kwargs: Any
) -> F:
    """The form with what was posted now, or with what its owner typed before it was lost.

    `do`: of a page with several forms, the words by which this one is sent.
    """
    if request.method == "POST":
        if do and request.POST.get("do", "") not in do:
            return form_class(**kwargs)
        return form_class(request.POST, request.FILES or None, **kwargs)
    kept = kept_for(request)
    if kept is None or kept.used or kept.typed.get("do", "") not in (do or ("",)):
        return form_class(**kwargs)
    kept.used = True
    return form_class(kept.typed, **kwargs)


def attempt(form: forms.BaseForm, verb: Callable[..., Any], **fixed: Any) -> Any:
    """Call the verb with the cleaned data and `fixed`; a refusal is shown at the field it names."""
    if not form.is_valid():
        return None
    try:
        return verb(**form.cleaned_data, **fixed)
    except (Invalid, Conflict, TooMany) as error:
        refuse(form, error)
        return None


def offer(form: forms.BaseForm, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
    """Set the choices of a field that depend on who asks."""
    field: Any = form.fields[name]
    offered = list(choices)
    if isinstance(field, forms.ChoiceField):
        field.choices = offered
    else:
        field.widget.choices = offered


def change_typed(form: forms.BaseForm, name: str, value: str) -> None:
    """Another value for a (hidden) field of a form that is shown again."""
    typed: Any = cast("QueryDict", form.data).copy()
    typed[name] = value
    form.data = typed


def refuse(form: forms.BaseForm, error: DomainError) -> None:
    field = (error.field or "").partition("/")[0]
    field = getattr(form, "typed_in", {}).get(field, field)
    refusal = forms.ValidationError(str(error.message), code=error.code)
    form.add_error(field if field in form.fields else None, refusal)


def refused_with(form: forms.BaseForm, code: str) -> bool:
    """Whether a verb refused this form for that reason."""
    return any(error.code == code for errors in form.errors.as_data().values() for error in errors)


# --- a question about what was typed --------------------------------------------------------------


def asked_about(form: forms.BaseForm) -> str:
    """What a question was about: stands in its page, so that a yes to it is a yes to nothing else."""
    typed = cast("QueryDict", form.data)
    shown = [name for name, field in form.fields.items() if not field.widget.is_hidden]
    return version_of({name: typed.get(name, "") for name in shown})


def confirmed(request: HttpRequest, form: forms.BaseForm) -> list[str]:
    """The words that were confirmed; none when the form was changed after its question was shown."""
    seen = request.POST.get("asked")
    if seen is not None and seen != asked_about(form):
        return []
    return request.POST.getlist("confirm")


@dataclass(frozen=True)
class Question:
    """A refusal that asks, as a page shows it (`components/question.html`), with what is sent again to
    say yes.
    """

    message: str
    fields: list[tuple[str, str]]

    @classmethod
    def of(cls, request: HttpRequest, asks: Asks) -> Question:
        post = request.POST
        names = [name for name in post if name not in TOKENS]
        sent = [(name, value) for name in names for value in post.getlist(name)]
        return cls(str(asks.message), [*sent, *(("confirm", word) for word in asks.words)])


# --- a secret that is shown once ------------------------------------------------------------------

_TOLD_KEY = "told_once"


def tell_once(request: HttpRequest, secret: str) -> None:
    """Keep a secret for the page that this answer redirects to, which shows it once: a second click
    lands on that page too, a reload or the back button shows nothing. Encrypted in the session.
    """
    request.session[_TOLD_KEY] = encrypt(secret, context=_TOLD_KEY).hex()


def told_once(request: HttpRequest) -> str | None:
    kept = request.session.pop(_TOLD_KEY, None)
    return decrypt(bytes.fromhex(kept), context=_TOLD_KEY) if kept else None
