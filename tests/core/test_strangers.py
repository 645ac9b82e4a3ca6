"""What strangers bring as a table harms nobody: not the server, not the next one, not the figures."""

from __future__ import annotations

import io
import os
import random
import resource
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Self

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from dukcapil.accounts.scoping import scoped
from dukcapil.core import tables
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.core.errors import Invalid
from dukcapil.core.reader import start
from dukcapil.core.reader.limits import MB, Limits
from dukcapil.core.tables import Busy
from registrations.booking import readers
from registrations.booking.models.draft import ListDraft
from registrations.booking.models.group import VisitGroup
from registrations.people.services.imports import import_residents
from reports.bases.models import PopulationBasis
from tests import hostile
from tests.engines import LONG
from tests.tables import read_here, read_rows, stream
from tests.world import World, make_event, make_session, today

#: Made by the process that tries them, and not by all that collect.
zoo = cache(lambda: list(hostile.few()))
#: One of so many comes to both doors, which have the same reader; in the drill every file does.
BOTH = 2 if LONG else 8


@pytest.fixture(autouse=True)
def _back_to_web() -> Iterator[None]:
    yield
    start.forget()
    if os.environ.get("DATABASE_WEB_URL"):
        use_role("web")


def ours() -> list[int]:
    """Readers of this process that are at work; one more may be ready."""
    ready = {process.pid for process in start._ready}
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            command = (folder / "cmdline").read_bytes()
            pid = int(folder.name)
            if int(parent) == os.getpid() and b"core.reader" in command and pid not in ready:
                found.append(pid)
        except OSError:
            continue
    return found


@contextmanager
def half_a_file(content: bytes = b"nik,nama\n") -> Iterator[io.FileIO]:
    """What somebody began to send and never ends: the reader of it waits for more."""
    end, begin = os.pipe()
    os.write(begin, content)
    with os.fdopen(end, "rb") as file:
        yield file
    os.close(begin)


def as_upload(file: hostile.File) -> SimpleUploadedFile:
    return SimpleUploadedFile(file.name, file.content, file.kind)


# --- at every door --------------------------------------------------------------------------------


class Asked:
    """Asks /healthz while each file is read, and again and again while that takes long; in a thread of its own."""

    def __init__(self, url: str) -> None:
        self.url, self.stop = url, threading.Event()
        self.begun = threading.Semaphore(0)
        self.answers: list[int] = []
        self.answered = threading.Condition()
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self.stop.is_set():
            self.begun.acquire(timeout=0.3)
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=20) as answer, self.answered:
                self.answers.append(answer.status)
                self.answered.notify()

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    @contextmanager
    def meanwhile(self) -> Iterator[None]:
        """Asked as it begins, and answered before anything else is sent."""
        before = len(self.answers)
        self.begun.release()
        yield
        with self.answered:
            assert self.answered.wait_for(lambda: len(self.answers) > before, 20)

    def __exit__(self, *_failed: object) -> None:
        self.stop.set()
        self.begun.release()
        self.thread.join(30)


@pytest.mark.contexts
def test_no_file_of_the_zoo_gets_through_a_door_or_stops_the_house(
    kept: World, live_server: Any, tmp_path: Path
) -> None:
    session = make_session(kept, make_event(kept), {"recording": 3})
    clerk, head = Client(), Client()
    clerk.force_login(kept["operator"].user)
    head.force_login(kept["head"].user)
    list_of = {"name": "XII", "services": ["recording"], "pasted": ""}
    basis = {
        "name": "Asing", "kind": "dkb", "level": "regency",
        "wajib_as_of": str(today() - timedelta(days=20)), "source": "Surat uji",
    }  # fmt: skip
    files = one_of_the_dearest(zoo())
    random.shuffle(files)
    with Asked(live_server.url) as house:
        for number, file in enumerate(files):
            with house.meanwhile():
                answer = clerk.post(
                    f"/sesi/{session.pk}/rombongan/", {**list_of, "file": as_upload(file)}
                )
            if answer.status_code == 302:
                # It can be read and is no list of people: the page asks what its columns hold.
                assert not file.code, file.label
            else:
                assert answer.status_code == 422, file.label
                [error] = answer.context["form"].errors.as_data()["file"]
                assert not file.code or error.code == file.code, file.label
            if number % BOTH:
                continue
            answer = head.post("/dasar/baru/", {**basis, "file": as_upload(file)})
            assert answer.status_code == 422, file.label
            assert answer.context["form"].errors["file"], file.label
    assert set(house.answers) == {200}
    with scoped(EVERYBODY):
        assert not VisitGroup.objects.exists()
        assert not ListDraft.objects.filter(state__in=("preview", "done")).exists()
    assert not PopulationBasis.objects.exists()
    assert ours() == []


def one_of_the_dearest(files: list[hostile.File]) -> list[hostile.File]:
    """Of two that the reader counts cells of for a second, one by the dice of the run: each count of cells is tried
    with a small limit below.
    """
    dear = [file for file in files if file.code == "file-cells"]
    assert len(dear) == 2
    left_out = None if LONG else random.choice(dear)
    return [file for file in files if file is not left_out]


def test_the_commands_refuse_them_too(kept: World, tmp_path: Path) -> None:
    facts = ["--name=A", "--kind=dkb", f"--as-of={today()}", "--level=regency"]
    for number, file in enumerate(zoo()[::3] if LONG else random.sample(zoo(), 3)):
        path = tmp_path / f"{number}-{file.name}"
        path.write_bytes(file.content)
        for command, more in (("import_basis", facts), ("import_residents", [])):
            with pytest.raises(CommandError, match=r"\w"):
                call_command(command, str(path), *more)
    use_role("web")
    assert not PopulationBasis.objects.exists()
    with scoped(EVERYBODY):
        assert rows("SELECT count(*) FROM registrations_residentidentity")[0][0] == 0


def test_without_the_reader_the_zoo_kills() -> None:
    """The control: what read files before, in a process that may take a gigabyte."""
    code = (
        "import io, sys, resource; from python_calamine import CalamineWorkbook as W;"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30,) * 2);"
        "W.from_filelike(io.BytesIO(sys.stdin.buffer.read())).get_sheet_by_index(0).to_python()"
    )
    killers = [hostile.corners, hostile.open_document]
    for content in (made() for made in (killers if LONG else random.sample(killers, 1))):
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=content,
            capture_output=True,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
        )
        assert done.returncode < 0, done.stderr


# --- limits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "content", "code", "number"),
    [
        (Limits(rows=3), lambda: b"nik\n1\n2\n3\n4\n", "file-rows", "3"),
        (Limits(columns=2), lambda: b"nik,nama,x\n", "file-columns", "2"),
        (Limits(cells=3), lambda: b"nik,nama\n1,a\n", "file-cells", "3"),
        (Limits(cells=3), lambda: hostile.merged(4), "file-cells", "3"),
        (Limits(size=5), lambda: b"nik,nama\n", "file-size", "0"),
        (Limits(text=1_000_000), lambda: b"nik\n" + (b"x" * 30_000 + b"\n") * 40, "file-text", "1"),
        (Limits(unpacked=MB), lambda: hostile.sheet(" " * 2 * MB), "file-size", "1"),
        (Limits(cpu=1), lambda: hostile.sheet(b"<row>" + b"<c/>" * 5_000_000), "file-time", "1"),
        (Limits(memory=48 * MB), lambda: hostile.sheet("", f"<si><t>{'a' * 100}</t></si>" * 250_000),
         "file-memory", "48"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("file") else "",
)  # fmt: skip
def test_each_limit_is_told_with_its_number(
    limits: Limits, content: Callable[[], bytes], code: str, number: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read_rows(io.BytesIO(content()), "", limits)
    assert (refused.value.code, refused.value.field) == (code, "file")
    assert number in str(refused.value.message)


@pytest.mark.parametrize(
    ("limits", "content"),
    [
        (Limits(rows=3), lambda: b"nik\n1\n2\n3\n\n"),
        (Limits(columns=2), lambda: b"nik,nama,,\n1,a,,\n"),
        (Limits(cells=4), lambda: b"nik,nama\n1,a\n"),
        (Limits(size=9), lambda: b"nik,nama\n"),
        (Limits(), hostile.ordinary),
    ],
)
def test_a_file_at_its_limit_is_read(limits: Limits, content: Callable[[], bytes]) -> None:
    assert isinstance(read_rows(io.BytesIO(content()), "", limits), list)


def test_who_waits_too_long_for_a_reader_ends_it() -> None:
    with half_a_file() as file, pytest.raises(Invalid) as refused:
        list(stream(file, "csv", Limits(seconds=1)))
    assert refused.value.code == "file-time"
    assert ours() == []


def test_a_reader_that_is_let_go_of_ends() -> None:
    with half_a_file(b"nik\n" + b"1\n" * 500) as file:
        found = stream(file, "csv", Limits())
        assert next(found) == ["nik"]
        assert len(ours()) == 1
        found.close()
    assert ours() == []


def test_a_reader_that_says_too_much_is_not_listened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it would when a file had taken it over."""
    start.forget()
    talks = [sys.executable, "-c", "while True: print('x' * 99_999)"]
    monkeypatch.setattr(start, "COMMAND", talks)
    with pytest.raises(Invalid) as refused:
        read_rows(io.BytesIO(b"nik\n"), "", Limits(text=100, cells=100))
    assert refused.value.code == "file-text"


@pytest.mark.parametrize(
    "does",
    [
        "os.close(1); time.sleep(60)",
        "print('no JSON')",
        "print('[]')",
        """print('{"rows":[[["nik"]]]}')""",
        """print('{"rows":[[{"day":"today"}]]}')""",
        """print('{"rows":[[null]]}')""",
        """print('{"refused":"by nobody","number":1}')""",
    ],
)
def test_a_reader_that_falls_or_raves_is_a_refusal(
    monkeypatch: pytest.MonkeyPatch, does: str
) -> None:
    start.forget()
    code = f"import os, sys, time; sys.stdin.read(); {does}"
    monkeypatch.setattr(start, "COMMAND", [sys.executable, "-c", code])
    with pytest.raises(Invalid) as refused:
        read_rows(io.BytesIO(b"nik\n"))
    assert refused.value.code == "file"
    assert ours() == []


def test_a_reader_that_asks_for_too_much_memory_ends_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start.forget()
    code = "import os, sys; sys.stdin.read(); os.abort()"
    monkeypatch.setattr(start, "COMMAND", [sys.executable, "-c", code])
    with pytest.raises(Invalid) as refused:
        read_rows(io.BytesIO(b"nik\n"))
    assert refused.value.code == "file-memory"


def test_many_at_once_are_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "PATIENCE", 0.2)
    limits = Limits(at_once=1)
    with half_a_file() as file, tables._place(limits):
        slow = stream(file, "csv", limits)
        with pytest.raises(Busy) as refused:
            read_rows(io.BytesIO(b"nik\n1\n"), "", limits)
        assert (refused.value.status, refused.value.code) == (503, "file-busy")
        # Other doors have places of their own.
        assert read_rows(io.BytesIO(b"nik\n1\n"), "", readers.LIMITS) == [{"nik": "1"}]
        slow.close()
    assert read_rows(io.BytesIO(b"nik\n1\n"), "", limits) == [{"nik": "1"}]


def test_a_clerk_reads_that_others_are_being_read(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "PATIENCE", 0.1)
    session = make_session(made, make_event(made))
    client = Client()
    client.force_login(made["operator"].user)
    body = {"name": "XII", "services": ["recording"], "pasted": ""}
    with tables._place(readers.LIMITS), tables._place(readers.LIMITS):
        answer = client.post(
            f"/sesi/{session.pk}/rombongan/",
            {**body, "file": SimpleUploadedFile("k.csv", b"nik\n9901010101080001\n")},
        )
    assert answer.status_code == 422
    assert "Berkas lain sedang dibaca" in answer.content.decode()


# --- walls of the reader --------------------------------------------------------------------------


def test_the_reader_has_nothing_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DUKCAPIL_SECRET_KEY", "rahasia")
    secret = (tmp_path / "kunci").open("w")
    os.set_inheritable(secret.fileno(), True)  # noqa: FBT003 - the library's own order
    with secret, half_a_file(b"nik\n" + b"1\n" * 500) as file:
        found = stream(file, "csv", readers.LIMITS)
        next(found)  # by now it is confined
        [pid] = ours()
        proc = Path("/proc") / str(pid)
        environ = (proc / "environ").read_bytes().split(b"\0")
        # Sentry, where a test before switched it on, adds the number of its trace.
        environ = [text for text in environ if not text.startswith(b"SUBPROCESS_")]
        assert environ == [b"LC_ALL=C.UTF-8", b""]
        assert sorted(fd.name for fd in (proc / "fd").iterdir()) == ["0", "1", "2"]
        limits = {
            line[:25].strip(): line[25:].split()[0]
            for line in (proc / "limits").read_text().splitlines()[1:]
        }
        assert limits["Max open files"] == "3"
        assert limits["Max processes"] == limits["Max file size"] == "0"
        assert limits["Max core file size"] == "0"
        assert limits["Max address space"] == str(readers.LIMITS.memory)
        assert limits["Max cpu time"] == str(readers.LIMITS.cpu)
        assert (proc / "cwd").readlink() == Path("/")
        if os.geteuid() == 0:
            assert proc.stat().st_uid not in (0, 65_534)
        found.close()


def test_the_one_that_is_ready_has_nothing_either_and_reads_one_file_alone() -> None:
    secret = os.environ.get("PATH", "")
    assert read_rows(io.BytesIO(b"nik\n1\n"), "", readers.LIMITS) == [{"nik": "1"}]
    [ready] = start._ready
    proc = Path("/proc") / str(ready.pid)
    assert secret.encode() not in (proc / "environ").read_bytes()
    deadline = time.monotonic() + 10  # a module that it still loads is an open file
    while (held := sorted(fd.name for fd in (proc / "fd").iterdir())) != ["0", "1", "2"]:
        assert time.monotonic() < deadline, held
    assert read_rows(io.BytesIO(hostile.ordinary(2)), "a.xlsx", readers.LIMITS)
    assert ready.returncode is not None
    assert [process.pid for process in start._ready] != [ready.pid]


def test_one_that_died_while_it_waited_is_replaced() -> None:
    start.make_ready()
    start._ready[0].kill()
    start._ready[0].wait()
    assert read_rows(io.BytesIO(b"nik\n1\n")) == [{"nik": "1"}]


def test_the_ready_one_ends_with_whom_it_waits_for() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r});"
        "from dukcapil.core.reader import start; start.make_ready();"
        "print(start._ready[0].pid, flush=True); import os; os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    deadline = time.monotonic() + 20
    while Path(f"/proc/{int(done.stdout)}/cwd").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{int(done.stdout)}/cwd").exists()


def test_the_reader_needs_the_standard_library_alone() -> None:
    code = start.CODE.replace("child.main()", "workbook; print(*sys.modules)")
    code = code.replace("import child", "import child, workbook")
    done = subprocess.run(
        [*start.COMMAND[:-1], code], capture_output=True, text=True, env={}, check=True
    )
    modules = {name.partition(".")[0] for name in done.stdout.split()}
    known = {name.partition(".")[0] for name in sys.stdlib_module_names}
    assert modules - known - {"__main__"} == {"dukcapil"}
    # What these import takes longer than a class list.
    assert modules & {"dataclasses", "typing", "inspect"} == set()


# --- what is read is what stands there ------------------------------------------------------------

_CELLS = st.one_of(
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20),
    st.sampled_from(["_x000D_", "<a>&amp;", " luar ", "9901010101080001", "1.000"]),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15),
    st.booleans(),
    st.dates(date(1900, 3, 1), date(2100, 1, 1)),
    st.none(),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(_CELLS, min_size=3, max_size=3), min_size=1, max_size=6))
def test_a_workbook_is_read_as_another_program_reads_it(given_rows: list[list[Any]]) -> None:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    made, day = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
    made.write_row(0, 0, ["a", "b", "c"])
    for number, row in enumerate(given_rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                made.write_datetime(number, column, cell, day)
            elif isinstance(cell, str):
                made.write_string(number, column, cell)
            elif cell is not None:
                made.write(number, column, cell)
    book.close()
    theirs = CalamineWorkbook.from_filelike(io.BytesIO(target.getvalue())).get_sheet_by_index(0)
    wanted = [
        dict(zip("abc", row, strict=True))
        for row in theirs.to_python()[1:]
        if any(str(cell).strip() for cell in row)
    ]
    with read_here():
        assert read_rows(io.BytesIO(target.getvalue()), "a.xlsx") == wanted


def test_what_other_programs_write() -> None:
    """Prefixes, texts in pieces, reading aids, days since 1904, cells without a place."""
    strings = (
        "<si><r><t>NI</t></r><r><t>K</t></r><rPh><t>x</t></rPh></si><si><t>Tanggal lahir</t></si>"
    )
    body = (
        '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c/></row><row/>'
        '<row><c t="str"><f>A1</f><v>99</v></c><c s="1"><v>37849</v></c><c t="e"><v>#N/A</v></c></row>'
        '<row><c><v>nan</v></c><c t="d"><v>2007-08-17T00:00:00</v></c></row>'
        '<row><c t="b"><v>1</v></c><c s="1"><v>37849.5</v></c></row>'
    )
    content = hostile.sheet(
        body,
        strings,
        **{
            "xl/styles.xml": '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="[$-421]dd'
            '\\ mmmm\\ yyyy"/></numFmts><cellXfs><xf/><xf numFmtId="164"/></cellXfs></styleSheet>',
            "xl/workbook.xml": '<x:workbook xmlns:x="m" xmlns:r="o"><x:workbookPr date1904="1"/>'
            '<x:sheets><x:sheet name="A" r:id="rId1"/></x:sheets></x:workbook>',
        },
    )
    assert read_rows(io.BytesIO(content), "a.XLSX") == [
        {"NIK": "99", "Tanggal lahir": date(2007, 8, 17)},
        {"NIK": "nan", "Tanggal lahir": date(2007, 8, 17)},
        {"NIK": True, "Tanggal lahir": datetime.fromisoformat("2007-08-17T12:00")},
    ]


def test_rows_of_a_csv_keep_their_places() -> None:
    content = b'\n\xef\xbb\xbfnik;nama \r\n\r\n1;"a\r\nb";zu viel\r;;\r\n2\r\n;;\n;;\n'
    assert read_rows(io.BytesIO(content.replace(b"\n\xef", b"\xef", 1)), "a.csv") == [
        {"nik": "", "nama": ""},
        {"nik": "1", "nama": "a\r\nb"},
        {"nik": "", "nama": ""},
        {"nik": "2", "nama": ""},
    ]


@pytest.mark.parametrize(
    ("name", "kind", "wanted"),
    [
        ("a.csv", "application/vnd.ms-excel", "csv"),
        ("a.CSV", "", "csv"),
        ("kelas 12.1.xlsx", "text/plain", "workbook"),
        ("a", "text/csv; charset=utf-8", "csv"),
        ("", "", ""),
    ],
)
def test_what_a_file_is_said_to_be(name: str, kind: str, wanted: str) -> None:
    assert tables.declared_type(name, kind) == wanted


def test_an_import_is_read_in_pieces(kept: World, tmp_path: Path) -> None:
    """The first people are at work while the last are still being read; a bad end leaves nothing."""
    some = random.Random(1)
    line = "99010117059{:05},Siti Contoh,1990-05-17,M,1375011001\n"
    path = tmp_path / "warga.csv"
    path.write_text(
        "nik,name,birth_date,sex,village\n"
        + "".join(line.format(n) for n in some.sample(range(1, 9_999), 6_000))
        + "\0\n"
    )
    seen: list[int] = []
    use_role("worker")
    with scoped(EVERYBODY), pytest.raises(Invalid):
        import_residents(path=path, progress=seen.append)
    assert seen == [5_000]
    with scoped(EVERYBODY):
        assert rows("SELECT count(*) FROM registrations_residentidentity")[0][0] == 0
