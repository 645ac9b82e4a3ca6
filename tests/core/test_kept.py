"""What somebody typed is kept over a lost session, up to the largest list; and who may send so much."""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import pytest
from django.test import Client

from dukcapil.accounts.models import User
from dukcapil.core.kept import HERE, LARGEST_KEPT, OWNER, signed_owner
from tests import kept_start
from tests.threads import at_once
from tests.world import World, make_event, make_session


def test_a_long_list_is_kept_for_the_browser_of_who_was_here(
    made: World, browser: Callable[[str], Client]
) -> None:
    """A browser in which nobody was logged in today is heard as a stranger is."""
    client = browser("operator")
    path = f"/sesi/{make_session(made, make_event(made)).pk}/rombongan/"
    client.post(path, {"name": ""})
    cookie = client.cookies[HERE].value
    assert client.cookies[HERE]["httponly"]

    def heard(length: int, value: str = cookie) -> bool:
        sent = {"HTTP_COOKIE": f"{HERE}={value}", "CONTENT_LENGTH": str(length)}
        # In a thread of its own, as at the front: it closes its connection, also when it is loaded.
        [known] = at_once(lambda: import_module("dukcapil.rsgi").knows(sent))
        assert isinstance(known, bool), known
        return known

    assert heard(LARGEST_KEPT)
    assert not heard(LARGEST_KEPT + 1)
    assert not heard(200_000, cookie[:-1] + ("a" if cookie[-1] != "a" else "b"))
    assert not heard(200_000, "")
    rows = "\n".join(
        f"{number:016};Siswa Contoh Dengan Nama Yang Panjang Sekali {number};2009-05-17;L"
        for number in range(5_000)
    )
    user = User.objects.get(username="operator")
    typed = {"name": "Kelas XII", "pasted": rows, OWNER: signed_owner(user.pk)}

    def found(here: str) -> bool:
        """What is left of it for its owner, sent without a session from a browser with this cookie."""
        stranger = Client()
        stranger.cookies[HERE] = here
        assert stranger.post(path, typed).status_code == 302
        stranger.force_login(user)
        return "Panjang Sekali 4999" in stranger.get(path).content.decode()

    colleague = browser("head")
    colleague.post(path, {"name": ""})
    assert found(cookie)
    assert not found("")
    assert not found(colleague.cookies[HERE].value)


def test_one_page_does_not_fill_the_table_of_sessions(
    made: World, browser: Callable[[str], Client]
) -> None:
    path = f"/sesi/{make_session(made, make_event(made)).pk}/rombongan/"
    operator, head = (User.objects.get(username=name) for name in ("operator", "head"))

    def kept(user: User, client: Client) -> bool:
        client.post(path, {"name": "Kelas", OWNER: signed_owner(user.pk)})
        return bool(client.session.get("kept_forms"))

    browsers = [Client() for _n in range(101)]
    assert [kept(operator, one) for one in browsers] == [True] * 100 + [False]
    # Whose browser keeps one already goes on, and so do others.
    assert kept(operator, browsers[0])
    assert kept(head, Client())


def test_the_cookie_is_for_browsers_and_goes_with_the_session(
    made: World, browser: Callable[[str], Client]
) -> None:
    client = browser("operator")
    assert HERE not in client.cookies
    assert made["operator"].post("residents/", {}).status == 422
    assert HERE not in made["operator"].client.cookies
    client.post("/api/v1/residents/", {})
    assert HERE not in client.cookies
    client.post("/penduduk/", {})
    mine = client.cookies[HERE].value
    # Another person in the same browser is another cookie at once.
    client.force_login(User.objects.get(username="head"))
    client.post("/penduduk/", {})
    assert client.cookies[HERE].value not in ("", mine)
    client.post("/akun/keluar/")
    assert (client.cookies[HERE].value, client.cookies[HERE]["max-age"]) == ("", 0)


class _Engines:
    """Folders alone: nothing here is about PostgreSQL."""

    def __init__(self, folder: Path) -> None:
        self.var = self.home = folder
        folder.mkdir()
        self.starts = 0

    def start(self) -> None:
        self.starts += 1

    def stop(self) -> None:
        pass


def test_of_two_first_runs_one_makes_what_both_begin_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_start, "_FOLDER", tmp_path / "kept")
    monkeypatch.setattr(kept_start, "_schema", lambda: "one")
    gate, made = threading.Barrier(2), []
    runs = [_Engines(tmp_path / name) for name in ("first", "second")]

    def run(engines: _Engines) -> None:
        def make() -> None:
            made.append(engines)
            for name in ("keys", "pg"):
                (engines.var / name).mkdir()
                (engines.var / name / "file").write_text(str(len(made)))

        gate.wait()
        kept_start.begin(cast("Any", engines), make)

    threads = [threading.Thread(target=run, args=(engines,)) for engines in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert [(one.var / "pg" / "file").read_text() for one in runs] == ["1", "1"]
    assert all(one.starts for one in runs)
