"""The laws themselves: none is switched off without a reason, and none fails unheard."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections import Counter
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
SETTINGS = (ROOT / "pyproject.toml").read_text()
RUFF: dict[str, Any] = tomllib.loads(SETTINGS)["tool"]["ruff"]
_CODE = re.compile(r'"[A-Z]+\d*"')


def spread(pattern: str) -> list[str]:
    """`{a,b}/c` as `a/c` and `b/c`."""
    inner = re.search(r"{(.*?)}", pattern)
    if inner is None:
        return [pattern]
    return [pattern.replace(inner[0], one) for one in inner[1].split(",")]


@pytest.fixture(scope="module")
def broken() -> Counter[tuple[str, str]]:
    """How often each file breaks each rule that is ignored somewhere, were it ignored nowhere."""
    lint = RUFF["lint"]
    codes = [
        *lint["ignore"],
        *(code for some in lint["per-file-ignores"].values() for code in some),
    ]
    done = subprocess.run(
        [
            *(ROOT / ".venv/bin/ruff", "check", ".", "--isolated", "--no-cache", "--exit-zero"),
            *("--output-format=json", f"--select={','.join(codes)}"),
            *(f"--line-length={RUFF['line-length']}", f"--target-version={RUFF['target-version']}"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return Counter(
        (Path(hit["filename"]).relative_to(ROOT).as_posix(), hit["code"])
        for hit in json.loads(done.stdout)
    )


def hits(broken: Counter[tuple[str, str]], code: str, *patterns: str) -> int:
    return sum(
        number
        for (path, hit), number in broken.items()
        if re.fullmatch(rf"{code}\d*", hit) and any(fnmatch(path, one) for one in patterns)
    )


def test_every_ignored_rule_has_something_to_forgive(broken: Counter[tuple[str, str]]) -> None:
    idle = [("everywhere", code) for code in RUFF["lint"]["ignore"] if not hits(broken, code, "*")]
    idle += [
        (files, code)
        for files, codes in RUFF["lint"]["per-file-ignores"].items()
        for code in codes
        if not hits(broken, code, *spread(files))
    ]
    assert idle == []


def test_every_ignored_rule_says_why() -> None:
    """Also of djlint, and of what mypy may not report."""
    listed = re.findall(r"^ignore = \[\n(.*?)^\]", SETTINGS, re.DOTALL | re.MULTILINE)[0]
    listed += SETTINGS.partition("[tool.ruff.lint.per-file-ignores]\n")[2].partition("\n[")[0]
    lines = [line for line in listed.splitlines() if _CODE.search(line)]
    lines += re.findall(
        r"^(?:allowed-confusables|ignore|disable_error_code) = [^\n]*[^\n\[]$",
        SETTINGS,
        re.MULTILINE,
    )
    assert len(lines) > 20
    assert [line for line in lines if not re.search(r"  ?# \w+", line)] == []


def _recipe(target: str) -> str:
    found = re.search(
        rf"^{target}:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE
    )
    assert found
    return found[1]


def test_no_step_of_the_check_can_fail_unheard() -> None:
    """A pipe, a `;`, an `||` or a leading `-` would swallow what a tool says."""
    all_of_them = "\t@$(MAKE) --no-print-directory --jobs 2 types laws\n"
    assert _recipe("check") == all_of_them
    makefile = (ROOT / "Makefile").read_text()
    assert "\nlaws: style layers models\n" in makefile
    assert "--jobs 2 types $(STAMPS)/compiled laws\n" in _recipe("test")
    recipe = "".join(map(_recipe, ("types", "style", "layers", "models")))
    steps = recipe.replace("\\\n", " ").splitlines()
    plain = re.compile(
        r'\t@(?:\w+=\S+\s+)*(?:\$\(BIN\)/|\.ci/)\w[\w-]*(?:\s+(?:"[^"]*"|[\w./-]+))*'
    )
    assert [step for step in steps if not plain.fullmatch(step)] == []
    tools = ("ruff check", "ruff format --check", "djlint", "lint-imports", "mypy", "--check")
    assert [tool for tool in tools if tool not in recipe] == []
