"""Characters that nobody sees come in by no door."""

from __future__ import annotations

import importlib
import io
import pkgutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.core.management import CommandError, call_command
from django.test import Client

import dukcapil.accounts
import events
import registrations
import reports
from dukcapil.accounts.scoping import scoped
from dukcapil.core.characters import Unseen, plain
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY
from dukcapil.core.forms import TextField
from dukcapil.core.lists.grid import read_file
from registrations.booking.readers import from_layout, from_text, laid_out
from registrations.people.models import ResidentIdentity
from tests.world import World, nik

REFUSED = ["\x01", "\x1b", "\x7f", "\x9b", "\ue000", "\U000f0000", "\ufdd0", "\uffff"]
TAKEN_AWAY = [
    "\u200b",
    "\u200e",
    "\u200f",
    "\u202a",
    "\u202e",
    "\u2066",
    "\u2069",
    "\ufeff",
    "\xad",
]


@pytest.mark.parametrize("sign", REFUSED)
def test_what_no_keyboard_gives_is_refused(sign: str) -> None:
    for lines in (False, True):
        with pytest.raises(Unseen):
            plain(f"Siti{sign} Aminah", lines=lines)


@pytest.mark.parametrize("sign", TAKEN_AWAY)
def test_what_only_travels_along_is_taken_away(sign: str) -> None:
    assert plain(f"{sign}Siti{sign} Aminah") == "Siti Aminah"


def test_lines_stay_lines_where_there_are_several() -> None:
    assert plain("a\tb\r\nc\u2028d") == "a b  c d"
    assert plain("a\tb\r\nc\u2028d", lines=True) == "a\tb\r\nc\nd"
    assert plain("Nur'aini Dt. Rajo Émilie 愛 👍") == "Nur'aini Dt. Rajo Émilie 愛 👍"


def _forms() -> Iterator[type[forms.BaseForm]]:
    """Every form of ours."""
    for package in (dukcapil.accounts, events, registrations, reports):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".forms" in found.name:
                importlib.import_module(found.name)
    waiting: list[type] = [forms.BaseForm]
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if one.__module__.split(".")[0] in {"dukcapil", "events", "registrations", "reports"}:
            yield one


def test_every_text_field_of_a_form_is_ours() -> None:
    """`core.forms.TextField`; numbers, dates, choices and files take no text anyway."""
    plain_fields = {
        f"{form.__module__}.{form.__name__}.{name}"
        for form in _forms()
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field, forms.CharField)
        and not isinstance(field, (TextField, forms.RegexField, forms.EmailField, forms.UUIDField))
    }
    assert plain_fields == set()
    assert sum(1 for _form in _forms()) > 20


@pytest.mark.contexts
@pytest.mark.parametrize("sign", ["\x01", "\ue000"])
def test_pages_and_api_refuse_them_at_their_field(
    made: World, browser: Callable[[str], Client], sign: str
) -> None:
    person = {
        "nik": nik(date(1990, 5, 17)).text,
        "name": f"Siti{sign}",
        "birth_date": "1990-05-17",
        "sex": "M",
        "village": "13.75.01.1001",
    }
    answer = made["operator"].post("residents/", person)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/name")
    page = browser("operator").post("/penduduk/baru/", {**person, "marital_status": "single"})
    assert page.status_code == 422
    assert "name" in page.context["form"].errors
    with scoped(EVERYBODY):
        assert not ResidentIdentity.objects.exists()


def test_marks_of_direction_are_kept_nowhere(made: World, browser: Callable[[str], Client]) -> None:
    def person(name: str) -> dict[str, Any]:
        return {
            "nik": f"\u202a{nik(date(1990, 5, 17)).text}\u202c",
            "name": name,
            "birth_date": "1990-05-17",
            "sex": "M",
            "village": "13.75.01.1001",
        }

    assert made["operator"].post("residents/", person("\u202eSiti\u202c Satu")).status == 201
    browser("operator").post(
        "/penduduk/baru/", {**person("Siti\u200b Dua"), "marital_status": "single"}
    )
    with scoped(EVERYBODY):
        names = set(ResidentIdentity.objects.values_list("name", flat=True))
    assert names == {"Siti Satu", "Siti Dua"}


def test_a_class_list_names_the_row(made: World) -> None:
    table = "NIK,Nama\n9901011705900001,Siti\u202e Satu\n9901011705900002,Budi\x01\n"
    one, two = from_layout(laid_out(read_file(io.BytesIO(table.encode()), "kelas.csv")))
    assert (one.name, one.problem) == ("Siti Satu", None)
    assert two.problem is not None
    assert (two.problem[0], "\x01" in two.text) == ("characters", False)
    pasted = plain("\u202a9901011705900001\u202c;Siti", lines=True)  # as the form gives it on
    assert from_text(pasted)[0].problem is None


def test_an_import_and_a_command_refuse_them(kept: World, tmp_path: Path) -> None:
    file = tmp_path / "warga.csv"
    file.write_text(
        "nik,name,birth_date,sex,village,address\n"
        "9901011705900001,Siti,1990-05-17,M,13.75.01.1001,Jalan\x07 Satu\n"
    )
    try:
        with pytest.raises(CommandError, match="address"):
            call_command("import_residents", str(file))
    finally:
        use_role("web")
    with pytest.raises(CommandError):
        call_command(
            "create_user",
            "--username=baru",
            "--name=Orang\x1b[2J",
            "--role=district_operator",
            "--region=13.75",
        )
