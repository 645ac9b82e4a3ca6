"""The recipe for a table with people, followed to the letter: three places, and both walls stand."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from dukcapil import embedded
from tests import engines

ROOT = Path(__file__).resolve().parent.parent.parent
_BLOCK = re.compile(
    r"^ +```python\n +# (?P<path>\S+)\n(?P<code>.*?)^ +```$", re.MULTILINE | re.DOTALL
)


def places() -> dict[str, str]:
    """File -> what the recipe writes there."""
    text = (ROOT / "docs" / "recipes.md").read_text()
    recipe = text.partition("## Add a table with people")[2].partition("\n## ")[0]
    return {m["path"]: textwrap.dedent(m["code"]) for m in _BLOCK.finditer(recipe)}


def run(copy: Path, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", *command],
        cwd=copy,
        env={**os.environ, "DUKCAPIL_SECRET_KEY": "unused", **env},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.long
@pytest.mark.xdist_group("roles")
def test_a_table_with_people_is_said_in_three_places(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for name in ("dukcapil", "events", "registrations", "reports"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", copy)
    declared, granted, matrix = places().items()
    assert [path for path, _code in (declared, granted, matrix)] == [
        "registrations/people/models.py",
        "dukcapil/grants.py",
        "tests/walls/test_scope.py",
    ]
    models, grants = copy / declared[0], copy / granted[0]
    models.write_text(models.read_text() + "\n\n" + declared[1])
    made = run(copy, "manage.py", "makemigrations", "registrations", "-n", "companion")
    assert made.returncode == 0, made.stderr
    name = f"recipe_{engines.worker_name()}"
    engines.admin(f"CREATE DATABASE {name}")
    url = engines.database_url(embedded.SUPERUSER).replace(engines.database_name(), name)
    try:
        # One place alone is not enough: the list of rights says so.
        half = run(copy, "manage.py", "prepare_server", DATABASE_URL=url)
        assert half.returncode == 1
        assert "registrations_companion: not listed in dukcapil/grants.py" in half.stdout
        text = grants.read_text()
        line = '    "registrations_residentidentity": '
        assert line in text
        grants.write_text(text.replace(line, f"    {granted[1].strip()}\n{line}", 1))
        whole = run(copy, "manage.py", "prepare_server", DATABASE_URL=url)
        assert (whole.returncode, whole.stderr) == (0, ""), whole.stdout + whole.stderr
        assert "as written" in whole.stdout
    finally:
        engines.admin(f"DROP DATABASE {name} WITH (FORCE)")
    # The third place: what the hand-written list must say, and does not say yet.
    script = (
        "import django; django.setup()\n"
        "from dukcapil import grants\n"
        "print([(t, (s.office, s.village, s.event)) for t, s, _k in grants.walled()"
        " if t == 'registrations_companion'])"
    )
    said = run(copy, "-c", script, DJANGO_SETTINGS_MODULE="dukcapil.settings")
    wanted = ast.literal_eval("{" + matrix[1] + "}")
    assert ast.literal_eval(said.stdout) == list(wanted.items())
