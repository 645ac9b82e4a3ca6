"""Forms for teams."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import TextField, offer
from dukcapil.core.versions import version_of
from dukcapil.core.whole import Difference, Raw, Stands, WholeForm, different, loaded
from events.resources.selectors import team_parts


class TeamForm(WholeForm):
    """`members`: the teams that there are, with their clerks. Which of them is saved over is known once
    its name is typed, so the page carries all of them.
    """

    name = TextField(
        label=_("Team"),
        max_length=80,
        help_text=_("The same name again changes its members."),
    )
    clerks = forms.MultipleChoiceField(
        label=_("Members"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self,
        *args: Any,
        clerks: Iterable[Any],
        members: Callable[[], dict[str, list[str]]],
        **kwargs: Any,
    ) -> None:
        self.members = members
        super().__init__(*args, stands=lambda: Stands({}, ""), **kwargs)
        self.offered_clerks = {str(clerk.pk): clerk for clerk in clerks}
        offer(self, "clerks", [(key, clerk.name) for key, clerk in self.offered_clerks.items()])

    def clean_clerks(self) -> list[Any]:
        return [self.offered_clerks[key] for key in self.cleaned_data["clerks"]]

    def now_shown(self) -> dict[str, Raw]:
        return dict(self.members())

    def _post_clean(self) -> None:
        super()._post_clean()
        if "shown" in self.data:
            team = loaded(self.data["shown"]).get(self.cleaned_data.get("name", ""), [])
            self.cleaned_data["version"] = version_of(team_parts(team))

    def compared(self, before: dict[str, Raw], now: dict[str, Raw]) -> Iterator[Difference]:
        name = self.cleaned_data.get("name", "")
        mine = self.data.getlist("clerks")  # type: ignore[attr-defined]  # a QueryDict
        teams = before.get(name, []), now.get(name, [])
        yield different(self.fields["clerks"], *teams, mine, of=name)
