"""Programs of others read our outputs: pandas, LibreOffice, pysdmx, frictionless, generated clients.

Run by `make readers` in a venv of its own, against a running demonstration (`make run`). Each reader
must understand the file and find the published figures of Lampung in it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.readers import clients

ROOT = Path(__file__).resolve().parent.parent.parent
VAR = Path(os.environ.get("DUKCAPIL_VAR", ROOT / "var"))
DEMO = json.loads((VAR / "demo.json").read_text())
TOKENS = {row["username"]: row["token"] for row in DEMO["accounts"]}
TOKEN = TOKENS["nasional"]
LAMPUNG = {"region": "18", "date": "2024-11-15", "basis": "Lampung dinamis 15 November 2024"}
#: A name and a note that a careless workbook would run.
HOSTILE = "=HYPERLINK(0)"


def fetch(path: str, **query: Any) -> bytes:
    return send("GET", f"/api/v1/{path}?{urlencode(query)}")


def send(method: str, path: str, body: Any = None) -> bytes:
    request = urllib.request.Request(
        DEMO["url"] + path,
        method=method,
        data=json.dumps(body).encode() if body is not None else None,
        headers={"Authorization": f"Token {TOKEN}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def with_pandas() -> str:
    import pandas as pd  # noqa: PLC0415

    text = {"region": str}
    table = pd.read_csv(
        io.BytesIO(fetch("coverage/", **LAMPUNG, level="regency", format="csv")), dtype=text
    )
    rows = json.loads(fetch("coverage/", **LAMPUNG, level="regency"))["results"]
    other = pd.DataFrame(rows)
    assert list(table["region"]) == list(other["region"])
    assert int(table["unrecorded"].sum()) == int(other["unrecorded"].sum()) == 87398
    bom = fetch("coverage/", **LAMPUNG, level="province", format="csv", bom=1)
    whole = pd.read_csv(io.BytesIO(bom), dtype=text, encoding="utf-8-sig")
    assert str(whole["recorded_percent"][0]) == "98.68"
    assert int(whole["first_recordings"][0]) == 26672
    run_the_recipe()
    return f"{len(table)} rows as CSV and JSON, the recipe of docs/api.md"


def run_the_recipe() -> None:
    """Codes stay text in all of its frames: that of Lampung's tenth regency ends with a zero."""
    text = (ROOT / "docs" / "api.md").read_text()
    recipe = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert recipe is not None
    names: dict[str, Any] = {"get": lambda path: send("GET", f"/api/v1/{path}")}
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(recipe[1], names)
    assert "18.10" in names["rows"]["region"].tolist()
    assert said.getvalue().count("Name: 18.10") == 1, said.getvalue()


def office() -> str:
    found = shutil.which("soffice")
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        for command in (
            ["update"],
            ["install", "-y", "--no-install-recommends", "libreoffice-calc"],
        ):
            subprocess.run(["apt-get", "-qq", *command], check=True, stdout=subprocess.DEVNULL)
        found = shutil.which("soffice")
    if found is None:
        sys.exit("LibreOffice is missing: install Debian's libreoffice-calc.")
    return found


#: LibreOffice trusts cached values unless it is told to compute everything anew.
_ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item
 oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode"
 oor:op="fuse"><value>0</value></prop></item></oor:items>"""


def with_libreoffice() -> str:
    import openpyxl  # noqa: PLC0415

    plant_hostile_names()
    checked = 0
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "profile" / "user"
        profile.mkdir(parents=True)
        (profile / "registrymodifications.xcu").write_text(_ALWAYS)
        for number, query in enumerate(
            (
                {"region": "00", "level": "province", "date": "2025-06-30"},
                {"region": "18.72", "level": "regency", "basis": HOSTILE, "date": "2024-12-31"},
            )
        ):
            source = Path(folder) / f"asal{number}.xlsx"
            source.write_bytes(fetch("coverage/", **query, format="xlsx"))
            out = Path(folder) / "out"
            home = f"-env:UserInstallation=file://{folder}/profile"
            subprocess.run(
                [
                    *(office(), home, "--headless", "--norestore", "--convert-to", "xlsx"),
                    *("--outdir", str(out), str(source)),
                ],
                check=True,
                timeout=120,
                capture_output=True,
            )
            formulas = openpyxl.load_workbook(source)
            cached = openpyxl.load_workbook(source, data_only=True)
            anew = openpyxl.load_workbook(out / source.name, data_only=True)
            for sheet in formulas:
                for cell in (cell for line in sheet.iter_rows() for cell in line):
                    if cell.data_type == "f":
                        assert str(cell.value).startswith("=SUM("), cell.value
                        values = [
                            book[sheet.title][cell.coordinate].value for book in (cached, anew)
                        ]
                        assert values[0] == values[1], (cell.coordinate, values)
                        checked += 1
                    elif isinstance(cell.value, str) and HOSTILE in cell.value:
                        assert cell.data_type == "s"
                        assert anew[sheet.title][cell.coordinate].data_type == "s"
    assert checked >= 5, checked
    return f"{checked} sums computed anew, text stayed text"


def plant_hostile_names() -> None:
    """A basis whose name and note begin like a formula; the same again writes nothing."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "basis.csv"
        file.write_text("region_code,wajib_ktp,recorded\n18.72,100,90\n")
        subprocess.run(
            [
                *(ROOT / ".venv/bin/python", "manage.py", "import_basis", file),
                *("--name", HOSTILE, "--kind", "derived", "--as-of", "2024-12-31"),
                *("--level", "regency", "--note", f"{HOSTILE} dan +62811"),
            ],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )


def with_pysdmx() -> str:
    from pysdmx.io import get_datasets, read_sdmx  # noqa: PLC0415

    content = fetch("coverage/", **LAMPUNG, level="regency", format="sdmx-csv").decode()
    [dataset] = get_datasets(content)
    frame = dataset.data
    assert str(dataset.structure) == "Dataflow=DUKCAPIL:COVERAGE(1.0)", dataset.structure
    left = frame[frame["INDICATOR"] == "UNRECORDED"]
    assert sum(Decimal(value) for value in left["OBS_VALUE"]) == 87398
    assert set(left["REF_AREA"]) >= {"ID1801", "ID1872"}
    message = read_sdmx(fetch("structures/").decode(), validate=True)
    [made_of] = message.get_data_structure_definitions()
    assert set(frame.columns) >= {one.id for one in made_of.components}
    figures = next(one for one in message.get_codelists() if one.id == "CL_INDICATOR")
    assert set(frame["INDICATOR"]) == {code.id for code in figures.codes}
    return f"{len(frame)} observations of {len(made_of.components)} components"


def with_frictionless() -> str:
    from frictionless import Package, validate  # noqa: PLC0415

    body = {"kind": "zip", **LAMPUNG, "level": "regency"}
    asked = json.loads(send("POST", "/api/v1/files/", body))
    deadline = time.monotonic() + 90
    while (state := json.loads(send("GET", asked["status"])))["content"] is None:
        if state["state"] == "failed" or time.monotonic() > deadline:
            sys.exit(f"The data package was not made: {state['state']}")
        time.sleep(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "paket.zip"
        path.write_bytes(send("GET", state["content"]))
        report = validate(str(path))
        assert report.valid, report.flatten(["type", "rowNumber", "fieldName", "note"])
        rows = [row.to_dict() for row in Package(str(path)).get_resource("coverage").read_rows()]
    assert sum(row["unrecorded"] for row in rows) == 87398
    return f"{len(rows)} rows of a valid Data Package"


def with_a_generated_python_client() -> str:
    generator = Path(sys.executable).with_name("openapi-python-client")
    return clients.python_story(DEMO["url"], fetch("schema/"), TOKENS, generator)


def with_a_generated_typescript_client() -> str:
    return clients.typescript_story(DEMO["url"], fetch("schema/"), TOKENS)


READERS = (
    *(with_pandas, with_libreoffice, with_pysdmx, with_frictionless),
    *(with_a_generated_python_client, with_a_generated_typescript_client),
)

if __name__ == "__main__":
    wanted = [one for one in READERS if not sys.argv[1:] or one.__name__[5:] in sys.argv[1:]]
    for reader in wanted:
        print(f"{reader.__name__.removeprefix('with_')}: {reader()}", flush=True)
    print(f"{len(wanted)} passed, 0 failed")
