"""What the documents name is there: modules, files, links, settings. And decisions say what they should."""

from __future__ import annotations

import pkgutil
import re
from datetime import date
from pathlib import Path

from django.conf import settings

from dukcapil.embedded import LOGIN_ROLES

ROOT = Path(settings.BASE_DIR)
APPS = ("dukcapil", "events", "registrations", "reports")
ADR = ROOT / "docs" / "adr"
DECISIONS = sorted(ADR.glob("[0-9]*.md"))
DOCUMENTS = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *ADR.glob("*.md")]
SOURCES = [
    path
    for name in (*APPS, "tests")
    for path in (ROOT / name).rglob("*.py")
    if "migrations" not in path.parts
]
FILES = [
    f"/{path.relative_to(ROOT).as_posix()}"
    for name in (*APPS, "tests", "docs", "templates", "static", ".ci")
    for path in (ROOT / name, *(ROOT / name).rglob("*"))
] + [f"/{path.name}" for path in ROOT.iterdir()]
_SUFFIXES = r"\.(?:py|md|toml|sql|json|js|lock|txt|csv|html|css|po|typ)"
#: Looks like a path of ours and is none -> why.
NO_PATHS = {
    "6000/min": "a rate",
    "MM/DD": "a date",
    "c/": "the end of a range",
    "events/migrations/0003_floor.py": "planted by a test",
    "0003_ledger_append.sql": "what the next migration could bring",
    "engines.json": "made when it runs",
    "serve.lock": "made when it runs",
    "demo.json": "made when it runs",
    "tests/benchmarks/results/": "made by make bench",
    "tests/drills/results/": "made by make drill",
    "datapackage.json": "stands in a ZIP that we make",
}
#: Looks like a module of ours and is none -> why.
NO_MODULES = {
    "models.Model": "Django's",
    "residents.reveal": "a right",
    "incidents.write": "a right",
    "stock.decide": "a right",
    "app.scope": "a setting of PostgreSQL's session",
    "id.timestamp.body": "what a webhook's signature is over",
}
#: Read from the environment, and nothing that an operator sets -> why.
INTERNAL = {
    "CELERY_SKIP_CHECKS": "a worker leaves Django's checks of the code to commands",
    "DJANGO_SETTINGS_MODULE": "always the same",
    "DUKCAPIL_STATIC_HASHED": "tests read static files where they stand",
    "DUKCAPIL_SUPERVISED": "serve says it to its children",
    "PATH": "the machine's",
    "PGAPPNAME": "names our connections, made from the role",
}


def prose(path: Path) -> str:
    """Without what stands in fences, which is shown and not named."""
    return re.sub(r"^ *```.*?^ *```", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)


def ticked(path: Path) -> list[str]:
    return re.findall(r"`+([^`\n]+)`+", prose(path))


def modules() -> set[str]:
    found = set()
    for path in SOURCES:
        parts = path.relative_to(ROOT).with_suffix("").parts
        found.add(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return found


MODULES = modules()
#: What a path into our Python may begin with.
FIRST = {part for name in MODULES for part in name.split(".")}


def named(text: str) -> bool:
    """From the root, or from any folder on the way down: `services.queue.call_next` will do."""
    parts = text.split(".")
    for size in range(1, len(parts) + 1):
        head = ".".join(parts[:size])
        for module in MODULES:
            if module == head or module.endswith(f".{head}"):
                try:
                    pkgutil.resolve_name(".".join([module, *parts[size:]]))
                except (ImportError, AttributeError):
                    continue
                return True
    return False


def no_module(text: str) -> bool:
    """Whether it looks like a path into our Python and leads nowhere."""
    text = re.sub(r"\(.*\)$", "", text)
    return (
        re.fullmatch(r"[a-z]\w*(\.\w+)+", text) is not None
        and text not in NO_MODULES
        and text.split(".")[0] in FIRST
        and not re.search(_SUFFIXES + "$", text)
        and not named(text)
    )


def no_file(text: str) -> bool:
    """Whether it looks like a file or folder of ours, with no place-holder, and is none."""
    if text in NO_PATHS or not re.fullmatch(r"[\w.-][\w./-]*", text):
        return False
    if text.startswith("var") or "NNNN" in text:
        return False
    if "/" not in text and not re.search(_SUFFIXES + "$", text):
        return False
    wanted = {f"/{text.rstrip('/')}", f"/{text}.py"}
    return not any(path.endswith(end) for path in FILES for end in wanted)


def test_what_a_document_names_is_there() -> None:
    gone = {
        path.relative_to(ROOT).as_posix(): [
            text for text in ticked(path) if no_file(text) or no_module(text)
        ]
        for path in DOCUMENTS
    }
    assert {name: texts for name, texts in gone.items() if texts} == {}


def test_what_a_comment_names_is_there() -> None:
    gone = []
    for path in SOURCES:
        text = path.read_text()
        said = re.findall(r"``?([a-z]\w*(?:\.\w+)+)(?:\([^`]*\))?`", text)
        said += re.findall(r"(?<![\w./{}<>*-])[a-z]\w*(?:/[\w.-]+)+\.(?:py|md)\b", text)
        gone += [
            f"{path.relative_to(ROOT)}: {one}" for one in said if no_file(one) or no_module(one)
        ]
    assert gone == []


def test_the_glossary_names_what_is_in_the_code() -> None:
    code = "\n".join(path.read_text() for path in SOURCES if "tests" not in path.parts)
    words = set(re.findall(r"\w+", code))
    rows = re.findall(r"^\|.*\|.*\| (.*) \|$", prose(ROOT / "docs" / "glossary.md"), re.MULTILINE)
    said = [text for row in rows for text in re.findall(r"`([^`]+)`", row)]
    assert len(said) > 60
    assert [one for one in said if not set(re.findall(r"[^\W\d]\w*", one)) <= words] == []


def test_links_lead_somewhere() -> None:
    lost = []
    for path in [*DOCUMENTS, *(ROOT / "docs" / "guide").glob("*.md")]:
        links = re.findall(r"\]\(([^)\s]+)\)", prose(path))
        own = [link.partition("#")[0] for link in links if not re.match(r"\w+:|#", link)]
        lost += [
            (path.relative_to(ROOT).as_posix(), link)
            for link in own
            if not (path.parent / link).exists()
        ]
    assert lost == []


# --- settings -------------------------------------------------------------------------------------


def read_from_environment() -> set[str]:
    found: set[str] = set()
    for path in SOURCES:
        if "tests" not in path.parts:
            found |= set(
                re.findall(
                    r"""\b(?:environ(?:\.\w+)?[(\[]|env\.\w+\()\s*f?"([A-Z][^"]*)\"""",
                    path.read_text(),
                )
            )
    roles = {f"DATABASE_{role.upper()}_URL" for role in LOGIN_ROLES}
    made = {
        "DATABASE_{role.upper()}_URL": roles,
        "DUKCAPIL_NIK_KEY_V{version}": {"DUKCAPIL_NIK_KEY_V1"},
    }
    assert made.keys() <= found
    return {name for one in found for name in made.get(one, {one})}


def test_every_setting_stands_in_operations() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    table = text.partition("## Settings")[2].partition("\n## ")[0]
    listed = {
        name
        for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    read = read_from_environment()
    assert INTERNAL.keys() <= read
    assert listed == read - INTERNAL.keys()


# --- decisions ------------------------------------------------------------------------------------


def numbers() -> set[str]:
    return {path.name[:4] for path in DECISIONS}


def test_a_decision_says_its_state_its_day_and_what_was_not_chosen() -> None:
    for path in DECISIONS:
        text = path.read_text()
        head = re.match(
            r"# (\d{4}) \S.*\n\nStatus: (accepted|(?:superseded|changed) by (\d{4}))\n\n"
            r"Date: (\d{4}-\d\d-\d\d)\n\n",
            text,
        )
        assert head, (path.name, text[:200])
        assert head[1] == path.name[:4], path.name
        assert head[3] is None or (head[3] in numbers() and head[3] > head[1]), path.name
        assert date(2026, 11, 1) < date.fromisoformat(head[4]), path.name
        chosen = re.findall(r"^\*\*Not chosen\.\*\* (\S.{40})", text, re.MULTILINE)
        assert len(chosen) == 1, path.name


def test_decisions_are_listed_and_numbered_once() -> None:
    titles = {
        path.name: path.read_text().splitlines()[0].removeprefix(f"# {path.name[:4]} ")
        for path in DECISIONS
    }
    rows = re.findall(
        r"^\| \[(\d{4})\]\((\S+)\) \| (.*?) \|", (ADR / "README.md").read_text(), re.MULTILINE
    )
    assert {file: title for _number, file, title in rows} == titles
    assert [number for number, _file, _title in rows] == [
        f"{n:04}" for n in range(1, len(rows) + 1)
    ]
    assert all(file.startswith(number) for number, file, _title in rows)


def test_no_decision_is_cited_that_does_not_exist() -> None:
    cited = {
        number
        for path in [*SOURCES, *DOCUMENTS]
        for number in re.findall(r"\bADR\s+\[?(\d{4})\b", path.read_text())
    }
    assert cited - numbers() == set()
