"""The house has laws, and tests them."""

from __future__ import annotations

import ast
import gettext
import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.utils.translation import override

from dukcapil.accounts.context import NAVIGATION
from dukcapil.celery import app
from dukcapil.core.errors import NotFound, rule
from events.fields import EventForm
from events.planning.enums import EDITED_FIELDS
from events.planning.services.events import _COPIED

ROOT = Path(settings.BASE_DIR)
APPS = ("dukcapil", "events", "registrations", "reports")
#: A module that does not name it imports nothing from it: to take all modules apart takes seconds.
_TRANSLATION = "django.utils.translation"
#: Between the context of a text and the text: how gettext keys one that has a context.
_CONTEXT = "\x04"
LOCALE = ROOT / "dukcapil" / "locale" / "id" / "LC_MESSAGES"
_TEMPLATE = re.compile(r"""{%\s*translate\s+(?:"([^"]+)"|'([^']+)')""")
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3,4}){1,2}\b(?!\w|-|=)")
#: Where a law may have something to say: to take all modules apart takes seconds.
_SILENCES = re.compile(r"\bexcept\b|suppress")
_REACHES = re.compile(r"import[ (]+_|^ +_\w+,$|, _\w|\b[a-z]\w*\._[a-z]", re.MULTILINE)
_BLOCK = re.compile(r"{%\s*blocktranslate([^%]*)%}(.*?){%\s*endblocktranslate\s*%}", re.DOTALL)


def sources() -> list[Path]:
    return [
        path
        for name in APPS
        for path in (ROOT / name).rglob("*.py")
        if "migrations" not in path.parts
    ]


def in_python(source: str) -> tuple[set[str], set[str]]:
    """Names that a module calls to translate a text, whatever it calls them; and the texts that it translates, as
    keys of the catalogue, of one with a plural the singular.
    """
    return translated(list(ast.walk(ast.parse(source))))


def translated(nodes: list[ast.AST]) -> tuple[set[str], set[str]]:
    names = {
        name.asname or name.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module == _TRANSLATION
        for name in node.names
        if "gettext" in name.name
    }
    found = set()
    for node in nodes:
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in names | {"_"}
        ):
            wanted = 2 if "pgettext" in node.func.id else 1
            texts = [one.value for one in node.args[:wanted] if isinstance(one, ast.Constant)]
            if len(texts) == wanted and all(isinstance(text, str) for text in texts):
                found.add(_CONTEXT.join(map(str, texts)))
    return names, found


class Apart(NamedTuple):
    """What the laws ask of a module, which is taken apart once for all of them."""

    called: set[str]
    translated: set[str]
    private: list[str]
    swallowed: list[int]


@cache
def apart(path: Path) -> Apart:
    source = path.read_text()
    of_others = path.is_relative_to(ROOT / "tests")
    silences, reaches = bool(_SILENCES.search(source)), bool(_REACHES.search(source))
    if of_others and not silences:
        return Apart(set(), set(), [], [])
    translates = "_(" in source or _TRANSLATION in source
    if not (silences or reaches or translates):
        return Apart(set(), set(), [], [])
    nodes = list(ast.walk(ast.parse(source)))
    swallowed = [node.lineno for node in nodes if silent(node)] if silences else []
    if of_others:
        return Apart(set(), set(), [], swallowed)
    return Apart(
        *(translated(nodes) if translates else (set(), set())),
        private(nodes) if reaches else [],
        swallowed,
    )


def strings() -> set[str]:
    found = {text for path in sources() for text in apart(path).translated}
    for path in (ROOT / "templates").rglob("*.html"):
        html = path.read_text()
        found |= {one or two for one, two in _TEMPLATE.findall(html)}
        # Of a text with a plural the catalogue is asked for the singular; a percent sign is doubled.
        # `trimmed` takes the ends of lines for single spaces, as Django does.
        blocks = [
            " ".join(line for raw in one.splitlines() if (line := raw.strip())) if trim else one
            for head, text in _BLOCK.findall(html)
            for one, trim in [(text.partition("{% plural %}")[0], "trimmed" in head.split())]
        ]
        found |= {re.sub(r"{{\s*(\w+)\s*}}", r"%(\1)s", text.replace("%", "%%")) for text in blocks}
    return found


@pytest.mark.xdist_group("modules taken apart")
def test_texts_are_translated_by_names_that_makemessages_knows() -> None:
    """It reads words of the source, and drops from the catalogue what it does not find."""
    named = "from django.utils.translation import gettext as now\nnow('one')\nother('two')"
    assert in_python(named) == ({"now"}, {"one"})
    named = "from django.utils.translation import pgettext_lazy\npgettext_lazy('of what', 'one')"
    assert in_python(named) == ({"pgettext_lazy"}, {"of what\x04one"})
    known = {
        "_",
        "gettext_noop",
        *(f"{n}gettext{lazy}" for n in ("", "n", "p") for lazy in ("", "_lazy")),
    }
    called = {str(path): apart(path).called for path in sources()}
    assert sum(map(bool, called.values())) > 100
    assert {name: odd for name, names in called.items() if (odd := names - known)} == {}


@pytest.mark.xdist_group("modules taken apart")
def test_every_string_has_its_indonesian_one() -> None:
    with (LOCALE / "django.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    wanted = strings()
    assert len(wanted) > 200
    missing = [one for one in wanted if not (catalogue.get(one) or catalogue.get((one, 0)))]
    assert sorted(missing) == []


def test_the_compiled_catalogue_is_that_of_the_source() -> None:
    text = (LOCALE / "django.po").read_text()
    pairs = re.findall(
        r'^(?:msgctxt (".*"\n))?msgid ((?:".*"\n)+)msgstr ((?:".*"(?:\n|$))+)', text, re.MULTILINE
    )

    def joined(lines: str) -> str:
        return "".join(ast.literal_eval(line) for line in lines.strip().split("\n"))

    source = {
        (joined(context) + _CONTEXT if context else "") + joined(one): joined(two)
        for context, one, two in pairs
    }
    with (LOCALE / "django.mo").open("rb") as file:
        compiled = dict(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]
    source.pop("")
    compiled.pop("")
    compiled = {one: two for one, two in compiled.items() if isinstance(one, str)}
    assert source == compiled


def private(nodes: list[ast.AST]) -> list[str]:
    """Names of another module of the house that begin with an underscore: imported, or reached through it."""
    modules: set[str] = set()
    found = []
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in APPS:
            names = {name.asname or name.name: name.name for name in node.names}
            found += [name for name in names.values() if name.startswith("_")]
            modules |= {called for called in names if called.islower()}
    reached = [
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in modules
        and re.match("_[^_]", node.attr)
    ]
    return sorted({*found, *reached})


@pytest.mark.xdist_group("modules taken apart")
def test_what_another_module_uses_is_public() -> None:
    control = (
        "from dukcapil.core import road\nfrom dukcapil.core.history import _Told\nroad._prepare"
    )
    assert private(list(ast.walk(ast.parse(control)))) == ["_Told", "_prepare"]
    found = {
        path.relative_to(ROOT).as_posix(): names
        for path in sources()
        if (names := apart(path).private)
    }
    assert found == {}


def test_vendored_files_are_those_of_the_list() -> None:
    """What browsers are given from npm, at the versions and with the hashes that `make vendor` wrote."""
    folder = ROOT / "static" / "vendor"
    listed = json.loads((folder / "versions.json").read_text())
    assert all(package["integrity"].startswith("sha512-") for package in listed["packages"])
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "versions.json"
    }
    assert found == listed["files"]


def test_every_icon_that_is_drawn_is_in_the_sprite() -> None:
    sprite = (ROOT / "static" / "vendor" / "icons.svg").read_text()
    known = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    drawn = {place.icon for place in NAVIGATION}
    for path in (ROOT / "templates").rglob("*.html"):
        drawn |= set(re.findall(r'(?:{% icon |symbol=)"([^"]+)"', path.read_text()))
    assert drawn - known == set()
    assert known - drawn == set()


def test_every_template_is_used() -> None:
    """By a view, another template, or a library that looks for its name."""
    root = ROOT / "templates"
    library = ("account/", "mfa/", "usersessions/", "django/", "allauth/", "drf_spectacular/")
    said = "".join(path.read_text() for path in [*sources(), *root.rglob("*.html")])
    unused = [
        name
        for path in root.rglob("*.html")
        if not (name := path.relative_to(root).as_posix()).startswith(library) and name not in said
    ]
    assert unused == []


@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_files_stay_rooms_that_one_can_see_across() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for files, most in ((sources(), 400), ((ROOT / "tests").rglob("*.py"), 1000))
        for path in files
        if (lines := len(path.read_text().splitlines())) > most
    }
    assert long == {}, "over 400 lines (tests 1,000): move a part into a module of its own"


def test_no_line_of_a_template_runs_out_of_sight() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / "templates").rglob("*.html")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > 160
    ]
    assert long == []


def test_colours_are_said_once() -> None:
    """In `static/css/tokens.css`; typst, which cannot read it, has one list that repeats some."""
    tokens = ROOT / "static" / "css" / "tokens.css"
    paper = ROOT / "templates" / "typst" / "colours.typ"
    known = _COLOUR.findall(tokens.read_text())
    assert len(known) > 30
    assert sorted(set(known)) == sorted(known)
    assert set(_COLOUR.findall(paper.read_text())) <= set(known)
    drawn = [
        *(ROOT / "static" / "css").glob("*.css"),
        *(ROOT / "static" / "js").glob("*.js"),
        *(ROOT / "templates" / "typst").glob("*.typ"),
        ROOT / ".ci" / "vendor" / "bootstrap.scss",
    ]
    again = {
        str(path.relative_to(ROOT)): found
        for path in drawn
        if path not in {tokens, paper} and (found := _COLOUR.findall(path.read_text()))
    }
    assert again == {}


def test_tokens_are_defined_and_used() -> None:
    css = ROOT / "static" / "css"
    vendor = ROOT / ".ci" / "vendor" / "bootstrap.scss"
    defined = set(re.findall(r"^\s*--([\w-]+):", (css / "tokens.css").read_text(), re.MULTILINE))
    used: set[str] = set()
    for path in css.glob("*.css"):
        used |= set(re.findall(r"var\(--(?!bs-)([\w-]+)", path.read_text()))
    assert used - defined == set()
    used |= set(re.findall(r"\$token-([\w-]+)", vendor.read_text()))
    assert defined - used == {"line-paper"}


def test_no_package_has_a_face() -> None:
    """What is needed is imported from where it is defined: an `__init__` says something or nothing."""
    faces = [
        str(path.relative_to(ROOT))
        for path in [*sources(), *(ROOT / "tests").rglob("*.py")]
        if path.name == "__init__.py"
        and [
            node
            for node in ast.parse(path.read_text()).body
            if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        ]
    ]
    assert faces == []


def silent(node: Any) -> bool:
    """A handler that does nothing at all, or `suppress` of whatever may come."""
    if isinstance(node, ast.ExceptHandler):
        return all(
            isinstance(step, ast.Pass)
            or (isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant))
            for step in node.body
        )
    return (
        isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] == "suppress"
        and any(ast.unparse(one) in {"Exception", "BaseException"} for one in node.args)
    )


@pytest.mark.xdist_group("modules taken apart")
def test_no_fault_is_swallowed() -> None:
    swallowed = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in [*sources(), *(ROOT / "tests").rglob("*.py")]
        for line in apart(path).swallowed
    ]
    assert swallowed == []


def test_beat_asks_for_tasks_that_there_are() -> None:
    app.loader.import_default_modules()
    wanted = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert wanted <= set(app.tasks)


def test_each_locked_requirement_says_who_needs_it() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = [
            line
            for line in (ROOT / name).read_text().splitlines()
            if line and not line.startswith("#")
        ]
        assert [line for line in lines if "==" not in line or "# via" not in line] == []


def test_each_direct_dependency_says_what_for() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    listed = text.partition("dependencies = [")[2].partition("\n]")[0]
    listed += text.partition("dev = [")[2].partition("\n]")[0]
    lines = [line for line in listed.splitlines() if line.strip().startswith('"')]
    assert len(lines) > 30
    assert [line for line in lines if "#" not in line] == []


def test_what_types_cannot_say_has_a_reason() -> None:
    """At most ten places in the whole house, each with its reason behind it."""
    ignored = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sources()
        for line in path.read_text().splitlines()
        if "# type: ignore" in line
    ]
    assert len(ignored) <= 10, ignored
    assert [
        line for line in ignored if not re.search(r"# type: ignore\[[\w-]+\]  # \S", line)
    ] == []


def test_every_rule_of_the_database_can_say_its_words() -> None:
    """Django formats them with the constraint's name, in either language."""
    said = set()
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if constraint.violation_error_code:
                for language in ("id", "en"):
                    with override(language):
                        said.add(constraint.get_violation_error_message())
    assert any("100 %" in words for words in said)
    assert len(said) > 60


def test_what_an_event_is_edited_by_is_what_is_versioned_and_copied() -> None:
    """A field that one of them forgets is emptied by the next save, or lost in every copy."""
    form = set(EventForm.base_fields)
    assert {name.removesuffix("_id") for name in EDITED_FIELDS} == form
    own = {"title", "starts_on", "ends_on"}
    assert set(_COPIED) - {"office_id"} == set(EDITED_FIELDS) - own


def test_a_code_of_the_database_has_one_message() -> None:
    with pytest.raises(ValueError, match="DK201"):
        rule("DK201", NotFound)
