"""Pictures that people bring: looked at and written anew in a process of their own (`core.reader`)."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

import structlog
from django.utils.translation import gettext as _

from dukcapil.core.errors import Invalid
from dukcapil.core.reader.picture import LARGEST, LIMITS, WIDEST

_ROOT = Path(__file__).resolve().parents[2]


def _packages() -> str:
    """Where the library lies that draws pictures on paper. It is not imported here."""
    found = find_spec("typst")
    return str(Path(found.origin).parents[1]) if found and found.origin else ""


_CODE = (
    f"import sys; sys.path.insert(0, {str(_ROOT)!r});"
    f" from dukcapil.core.reader import picture; picture.PACKAGES = {_packages()!r}; picture.main()"
)
log = structlog.get_logger(__name__)


def written_anew(file: BinaryIO) -> bytes:
    """The picture alone, as PNG or JPEG. Raises Invalid."""
    content = file.read(LARGEST + 1)
    try:
        done = subprocess.run(  # noqa: S603 - our own command; what it reads is not ours
            [sys.executable, "-I", "-S", "-c", _CODE],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback may show what stands in the file
            env={"LC_ALL": "C.UTF-8"},
            cwd="/",
            start_new_session=True,
            timeout=LIMITS.seconds,
            check=False,
        )
        word, _line, picture = done.stdout.partition(b"\n")
    except subprocess.TimeoutExpired:
        word, picture = b"", b""
    if word != b"ok":
        code = word.partition(b" ")[0].decode("ascii", "replace")
        log.warning("picture_refused", code=code if code in _words() else "none")
        raise Invalid("picture", _words().get(code, _words()["picture"]))
    return picture


def _words() -> dict[str, str]:
    return {
        "picture": _("This picture cannot be read. Save it anew as PNG or JPEG."),
        "picture-kind": _("Bring a picture as PNG or JPEG."),
        "picture-size": _("The picture is too large: at most %(most)s KB.")
        % {"most": LARGEST // 1024},
        "picture-points": _("The picture is too large: at most %(most)s points in each direction.")
        % {"most": WIDEST},
    }
