"""Forms of the pages of stock: what comes, what goes, what is counted. One a kind of movement."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import (
    MINUTE,
    DateInput,
    MomentField,
    MomentInput,
    NumberField,
    TextField,
    offer,
)
from events.stock.enums import HandedIn, Item
from events.stock.validators import MOST, Minutes

Choices = Iterable[tuple[str, Any]]
#: Rows for who counted, and for who saw a destruction.
TEAM, WITNESSES = 3, 2


class MomentForm(forms.Form):
    """One field is a moment by the clock of the office, and proposes the minute in which the page was
    opened. Left at that, it means the moment in which the form is sent: the minute would begin before what
    was booked in it, so that a count compared itself with the books of before, and a movement just after
    a count stood before it.
    """

    #: Which field it is.
    moment = "occurred_at"
    occurred_at: Any = MomentField(label=_("When"), widget=MomentInput)
    proposed = TextField(required=False, max_length=30, widget=forms.HiddenInput)

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        self.zone = ZoneInfo(zone)
        now = timezone.now().astimezone(self.zone).replace(second=0, microsecond=0, tzinfo=None)
        begins = {self.moment: now, "proposed": f"{now:{MINUTE}}"}
        kwargs["initial"] = {**begins, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.fields[self.moment].help_text = _("Left as it is: now, when you record it.")

    def _post_clean(self) -> None:
        data = self.cleaned_data
        proposed, typed = data.pop("proposed", ""), data.get(self.moment)
        if typed is None:
            return
        is_now = bool(proposed) and proposed == f"{typed:{MINUTE}}"
        data[self.moment] = timezone.now() if is_now else typed.replace(tzinfo=self.zone)


class MoveForm(MomentForm):
    """What every movement says."""

    quantity = NumberField(label=_("Number of cards"), min_value=1, max_value=MOST)
    document = TextField(
        label=_("Document"),
        max_length=120,
        help_text=_("Number of the letter or minutes, such as 050/08/BA-DUKCAPIL/XI/2026."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quantity"].widget.attrs["data-focus"] = ""


class ReceiptForm(MoveForm):
    """From the centre or a grant; what the province sends arrives by `ArrivalForm`."""

    source = forms.ChoiceField(label=_("From"))
    supplier = TextField(label=_("Supplier"), max_length=120, required=False)
    funds = TextField(
        label=_("Source of funds"),
        max_length=120,
        required=False,
        help_text=_("For example: APBN, or APBD as a grant."),
    )
    target = forms.ChoiceField(label=_("Put in"))

    field_order = ("source", "quantity", "document", "supplier", "funds", "target")

    def __init__(self, *args: Any, sources: Choices, stores: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "source", sources)
        offer(self, "target", stores)


class BetweenForm(MoveForm):
    """From one account to another of those that are offered."""

    source = forms.ChoiceField(label=_("From"))
    target = forms.ChoiceField(label=_("Taken to"))
    reason = TextField(label=_("Remark"), max_length=300, required=False)

    field_order = ("source", "target", "quantity", "document", "reason")

    def __init__(self, *args: Any, sources: Choices, targets: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "source", sources)
        offer(self, "target", targets)


class ArrivalForm(MoveForm):
    target = forms.ChoiceField(label=_("Put in"))
    reason = TextField(label=_("Remark"), max_length=300, required=False)

    field_order = ("quantity", "document", "target", "occurred_at", "reason")

    def __init__(self, *args: Any, stores: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "target", stores)


class BagForm(MoveForm):
    event = forms.ChoiceField(label=_("Event"))
    team = forms.ChoiceField(label=_("Team"), required=False)
    source = forms.ChoiceField(label=_("From"))

    field_order = ("event", "team", "source", "quantity", "document")

    def __init__(
        self, *args: Any, sources: Choices, events: Choices, teams: Choices, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("source", sources), ("event", events), ("team", teams)):
            offer(self, name, choices)


class LossForm(MoveForm):
    source = forms.ChoiceField(label=_("From"))
    reason = TextField(label=_("Reason"), max_length=300)

    field_order = ("source", "quantity", "document", "reason")

    def __init__(self, *args: Any, sources: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "source", sources)


class OldCardsForm(MoveForm):
    """Old cards that people bring back, by class."""

    card_class = forms.ChoiceField(label=_("Class"), choices=HandedIn.choices)

    field_order = ("card_class", "quantity", "document")


class SpoiledForm(BetweenForm):
    """Cards that spoil before anybody prints them."""

    field_order = ("source", "target", "quantity", "document", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = True
        self.fields["target"].label = _("Class")


class TakeBackForm(BetweenForm):
    """The way back of a movement, of all its cards or a part of them."""

    field_order = ("source", "target", "quantity", "document", "reason")

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quantity"] = NumberField(
            label=_("Number of cards"), min_value=1, max_value=most
        )
        self.fields["quantity"].widget.attrs["data-focus"] = ""
        self.fields["reason"].required = True
        self.fields["reason"].label = _("Reason")


class NamedForm(forms.Form):
    """Rows of people: name and function, as they are typed under a paper."""

    people = ("member", TEAM)

    def add_people(
        self,
        labels: tuple[Any, ...],
        functions: tuple[Any, ...] = (),
        *,
        needed: int,
        offices: bool,
    ) -> None:
        """One row a label; the first `needed` ones are filled in. A row without a name is empty."""
        name, _count = self.people
        for number, label in enumerate(labels, start=1):
            key, required = f"{name}_{number}", number <= needed
            function = functions[number - 1] if functions else ""
            self.fields[key] = TextField(label=label, max_length=120, required=required)
            self.fields[f"{key}_function"] = TextField(
                label=_("Function"), max_length=120, required=required, initial=function
            )
            if offices:
                self.fields[f"{key}_office"] = TextField(
                    label=_("Agency"), max_length=120, required=required
                )

    def rows(self) -> list[tuple[Any, ...]]:
        """The fields of each row, for the page."""
        name, count = self.people
        parts = ("", "_function", "_office")
        return [
            tuple(self[key] for part in parts if (key := f"{name}_{number}{part}") in self.fields)
            for number in range(1, count + 1)
        ]

    def taken(self, data: dict[str, Any]) -> list[dict[str, str]]:
        """The rows that were filled in, out of the cleaned data."""
        name, count = self.people
        found = []
        for number in range(1, count + 1):
            key = f"{name}_{number}"
            row = {"name": data.pop(key, ""), "function": data.pop(f"{key}_function", "")}
            if f"{key}_office" in self.fields:
                row["office"] = data.pop(f"{key}_office", "")
            if not row["name"]:
                continue
            if not row["function"]:
                self.add_error(f"{key}_function", _("Give the function too."))
            found.append(row)
        return found


class CountForm(MomentForm, NamedForm):
    """An opname. The first one of an account opens it."""

    moment = "counted_at"
    occurred_at = None

    account = forms.ChoiceField(label=_("What was counted"))
    physical = NumberField(label=_("Counted"), min_value=0, max_value=MOST)
    counted_at = MomentField(label=_("When"), widget=MomentInput)
    reason = TextField(
        label=_("Why it differs from the book"),
        max_length=300,
        required=False,
        help_text=_("Needed where the count differs."),
    )
    #: What a question looked at and what the books had then, when it is said yes to.
    asked_at = MomentField(required=False, widget=forms.HiddenInput)
    seen = NumberField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, accounts: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "account", accounts)
        self.fields["physical"].widget.attrs["data-focus"] = ""
        roles = (_("Keeper of the stock"), _("Examiner"), _("Head of the office"))
        names = (_("Who counted"), _("Who examined"), _("Who else was there"))
        self.add_people(names, roles, needed=1, offices=False)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        data["team"] = self.taken(data)
        return data


class DestroyForm(MomentForm, NamedForm):
    """Several classes at once, by one minutes, before two witnesses."""

    people = ("witness", WITNESSES)

    number = TextField(label=_("Number of the minutes"), max_length=120)
    date = forms.DateField(label=_("Date of the minutes"), widget=DateInput)
    reason = TextField(
        label=_("How"), max_length=300, initial="dipotong lalu dibakar", required=False
    )

    def __init__(
        self, *args: Any, zone: str, lying: Iterable[tuple[str, Any, int]], **kwargs: Any
    ) -> None:
        """`lying`: account, its words, how many lie there."""
        day = timezone.now().astimezone(ZoneInfo(zone)).date()
        super().__init__(*args, zone=zone, initial={"date": day}, **kwargs)
        self.lying = list(lying)
        # Called by its account: with another one in its place, a yes to its question is none.
        for account, label, most in self.lying:
            self.fields[f"class_{account}"] = NumberField(
                label=label, min_value=0, max_value=most, required=False, initial=most
            )
        names = (_("First witness"), _("Second witness"))
        self.add_people(names, needed=WITNESSES, offices=True)

    def classes(self) -> list[Any]:
        return [self[f"class_{account}"] for account, _label, _most in self.lying]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        accounts = (account for account, _label, _most in self.lying)
        data["quantities"] = {
            account: amount
            for account in accounts
            if (amount := data.pop(f"class_{account}", None))
        }
        if not data["quantities"] and not self.errors:
            self.add_error(None, _("Say how many cards of which class are destroyed."))
        data["witnesses"] = self.taken(data)
        data["minutes"] = Minutes(data.pop("number", ""), data.pop("date", None))
        return data


class RequestForm(forms.Form):
    item = forms.ChoiceField(label=_("Kind of card"), choices=Item.choices)
    #: Not `asked`, as the verb calls it: a question's own field is called that, and is not kept.
    typed_in = {"asked": "quantity"}
    quantity = NumberField(label=_("How many"), min_value=1, max_value=MOST)
    reason = TextField(
        label=_("Why"), max_length=300, help_text=_("What it is for, and until when it lasts.")
    )


class DecideForm(forms.Form):
    granted = NumberField(
        label=_("Granted"),
        min_value=0,
        max_value=MOST,
        help_text=_("More than asked is allowed; 0 refuses."),
    )
    note = TextField(label=_("Note to the office"), max_length=300, required=False)


class ShareForm(forms.Form):
    document = TextField(
        label=_("Letter of the province"),
        max_length=120,
        help_text=_("Stands in every shipment and in the tasks of the offices."),
    )


class ThresholdForm(forms.Form):
    least = NumberField(label=_("Warn below so many cards"), min_value=0, max_value=MOST)
    valid_from = forms.DateField(label=_("From"), widget=DateInput)


class FilterForm(forms.Form):
    """Which movements of a statement are shown; what is no choice says so, and chooses all."""

    first = forms.DateField(label=_("From"), widget=DateInput, required=False)
    last = forms.DateField(label=_("Until"), widget=DateInput, required=False)
    text = TextField(label=_("Document"), max_length=60, required=False)
    prints = forms.ChoiceField(
        label=_("Prints"),
        choices=[("", _("one by one")), ("none", _("left out"))],
        required=False,
    )
