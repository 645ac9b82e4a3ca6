"""What `.ci/install` asks whom: uv where pip asks what everybody asks, else pip (with programs that note their calls)."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

_PYTHON = """#!/bin/sh
echo "python $*" >> calls
case "$*" in *"config list"*) echo "$TOLD"; exit ${SILENT:-0} ;; esac
"""
_UV = """#!/bin/sh
echo "uv $*; index: $UV_INDEX $UV_DEFAULT_INDEX" >> calls
exit $UV_FAILS
"""


def calls(folder: Path, told: str, *, fails: int = 0, **more: str) -> list[str]:
    """What was called after pip was asked for its settings."""
    (folder / ".ci").mkdir()
    shutil.copy(settings.BASE_DIR / ".ci" / "install", folder / ".ci" / "install")
    (folder / "requirements-dev.txt").write_text("six==1\nuv==7.7.7   # via\n")
    (folder / ".venv" / "bin").mkdir(parents=True)
    for name, text in (("python", _PYTHON), ("uv", _UV)):
        program = folder / ".venv" / "bin" / name
        program.write_text(text)
        program.chmod(0o755)
    env = {"PATH": os.environ["PATH"], "TOLD": told, "UV_FAILS": str(fails), **more}
    subprocess.run([folder / ".ci" / "install", "wanted.txt"], env=env, check=True)
    asked, *rest = (folder / "calls").read_text().splitlines()
    assert asked.endswith("config list")
    return [line.replace(" --disable-pip-version-check", "") for line in rest]


_UV_ITSELF = "python -m pip install --quiet uv==7.7.7"
_BY_UV = (
    "uv --no-config pip install --quiet --system-certs --python .venv/bin/python"
    " --compile-bytecode --requirement wanted.txt; index:  "
)
_BY_PIP = "python -m pip install --quiet --requirement wanted.txt"


@pytest.mark.parametrize(
    "told",
    ["", "global.cert='/etc/x'", "global.extra-index-url='file:///x'\n:env:.find-links='/w'"],
)
def test_where_pip_asks_what_everybody_asks_uv_does_it(tmp_path: Path, told: str) -> None:
    others = {"UV_INDEX": "https://elsewhere.invalid", "UV_DEFAULT_INDEX": "https://b.invalid"}
    assert calls(tmp_path, told, **others) == [_UV_ITSELF, _BY_UV]


@pytest.mark.parametrize(
    "told",
    [
        "global.cert='/etc/x'\nglobal.index-url='https://u:p@own.invalid/simple'",
        ':env:.index-url="https://own.invalid/it\'s"',
        "install.no-index='1'",
        "user.only-binary=':all:'",
        "global.require-hashes='1'",
    ],
)
def test_where_pip_is_told_whom_to_ask_nobody_else_is_asked(tmp_path: Path, told: str) -> None:
    assert calls(tmp_path, told) == [_BY_PIP]


def test_where_pip_does_not_say_what_it_is_told_pip_does_it(tmp_path: Path) -> None:
    assert calls(tmp_path, "", SILENT="1") == [_BY_PIP]


def test_what_uv_does_not_get_pip_gets(tmp_path: Path) -> None:
    assert calls(tmp_path, "", fails=2) == [_UV_ITSELF, _BY_UV, _BY_PIP]


def test_without_compiling(tmp_path: Path) -> None:
    found = calls(tmp_path, "", fails=2, COMPILE="no")
    assert found[1] == _BY_UV.replace(" --compile-bytecode", "")
    assert found[2] == _BY_PIP.replace("--requirement", "--no-compile --requirement")
