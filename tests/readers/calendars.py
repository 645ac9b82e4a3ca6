"""icalendar, vobject and ical.js read the same instants, states and versions out of our calendars.

Made by `in_three_zones` in a process of the project's own environment, without a database: hours at half
past midnight and over it, in each zone, and whole days.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
ICAL_JS = "ical.js@2"
#: UID -> (begins, ends, status, sequence, place)
Read = dict[str, tuple[str, str, str, int, str]]

_MADE = "import tests.readers.in_three_zones as made; made.main()"


def made() -> tuple[bytes, Read]:
    """A calendar and what stands in it."""
    command = [str(ROOT / ".venv/bin/python"), "-c", _MADE]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    said = json.loads(done.stdout)
    return said["calendar"].encode(), {uid: tuple(row) for uid, row in said["expected"].items()}  # type: ignore[misc]


def shown(moment: date | datetime) -> str:
    """An instant in UTC, or a day."""
    if isinstance(moment, datetime):
        return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return f"{moment:%Y-%m-%d}"


def by_icalendar(content: bytes) -> Read:
    from icalendar import Calendar  # noqa: PLC0415

    return {
        str(one["uid"]): (
            shown(one["dtstart"].dt),
            shown(one["dtend"].dt),
            str(one["status"]),
            int(one["sequence"]),
            str(one["location"]),
        )
        for one in Calendar.from_ical(content).walk("VEVENT")
    }


def by_vobject(content: bytes) -> Read:
    import vobject  # noqa: PLC0415

    calendar: Any = vobject.readOne(content.decode())
    return {
        one.uid.value: (
            shown(one.dtstart.value),
            shown(one.dtend.value),
            one.status.value,
            int(one.sequence.value),
            one.location.value,
        )
        for one in calendar.contents.get("vevent", [])
    }


def by_ical_js(content: bytes) -> Read | str:
    """What the library of Thunderbird and Nextcloud reads; else why it was left out."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        return "without ical.js, for Node and npm are missing"
    with tempfile.TemporaryDirectory() as folder:
        install = [npm, "install", "--no-audit", "--no-fund", "--silent", ICAL_JS]
        try:
            subprocess.run(install, cwd=folder, check=True, capture_output=True, timeout=180)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return "without ical.js, for npm could not install it"
        script = Path(folder) / "read.mjs"
        script.write_text((ROOT / "tests/readers/calendar.mjs").read_text())
        done = subprocess.run(
            [node, str(script)], cwd=folder, input=content, check=True, capture_output=True
        )
    return {uid: tuple(row) for uid, row in json.loads(done.stdout).items()}  # type: ignore[misc]


def read_alike(feed: bytes) -> str:
    """`feed`: of the running demonstration."""
    content, expected = made()
    for reader in (by_icalendar, by_vobject):
        assert reader(content) == expected, (reader.__name__, reader(content), expected)
    assert by_icalendar(feed) == by_vobject(feed)
    third, of_feed = by_ical_js(content), by_ical_js(feed)
    if isinstance(third, str):
        return f"{len(expected)} entries in two readers, {third}"
    assert third == expected, (third, expected)
    assert of_feed == by_icalendar(feed)
    return f"{len(expected)} entries of three zones and {len(of_feed)} of the feed in three readers"


if __name__ == "__main__":
    sys.stdout.write(read_alike(made()[0]) + "\n")
