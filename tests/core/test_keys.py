"""Keys are made once, whole, and for their owner alone."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from dukcapil import embedded


def test_everybody_who_asks_at_once_gets_the_same_key(tmp_path: Path) -> None:
    """A second reader once met the file while it was still empty, and hashed numbers with nothing."""
    for number in range(40):
        gate, found = threading.Barrier(12), set[str]()

        def ask(name: str = f"nik-{number}", gate: threading.Barrier = gate) -> None:
            gate.wait()
            found.add(embedded.secret(tmp_path, name))  # noqa: B023 - joined below

        threads = [threading.Thread(target=ask) for _n in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 1
        assert len(found.pop()) == 43
    files = list(embedded.keys_dir(tmp_path).iterdir())
    assert len(files) == 40
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_an_empty_key_is_no_key(tmp_path: Path) -> None:
    (embedded.keys_dir(tmp_path) / "nik-v1").touch()
    with pytest.raises(embedded.EngineError, match="is empty"):
        embedded.secret(tmp_path, "nik-v1")
