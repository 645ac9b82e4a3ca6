"""A row that keeps the file somebody brought, sealed, until its list was read."""

from __future__ import annotations

import base64
import os
from typing import Any, BinaryIO

import orjson
from django.db import models

from dukcapil.core.crypto import decrypt, encrypt

#: Characters that are kept of the end of a file's name.
_LONGEST_NAME = 120


class Brought(models.Model):
    """Each column is sealed for its row, which must have its key from the start: moved elsewhere it cannot
    be opened.
    """

    #: The name that the file had on its owner's machine.
    name = models.BinaryField(null=True)
    #: Gone once the rows are read.
    file = models.BinaryField(null=True)
    #: JSON: which sheet and columns somebody chose, what is asked, what was said of the file.
    about = models.BinaryField(null=True)

    class Meta:
        abstract = True

    def keep(self, name: str, content: bytes) -> None:
        """Put the file into the columns; nothing is saved."""
        self.name = encrypt(name[-_LONGEST_NAME:], context=f"name {self.pk}")
        self.file = encrypt(base64.b64encode(content).decode(), context=f"file {self.pk}")

    @property
    def file_name(self) -> str:
        return decrypt(bytes(self.name), context=f"name {self.pk}") if self.name else ""

    def open_file(self) -> BinaryIO:
        """The file in memory, with a descriptor for the process that reads it; never on a disk."""
        text = decrypt(bytes(self.file or b""), context=f"file {self.pk}")
        file = os.fdopen(os.memfd_create("list"), "w+b")
        file.write(base64.b64decode(text))
        file.flush()
        file.seek(0)
        return file

    @property
    def told(self) -> dict[str, Any]:
        """What is known of the file: `sheet`, `columns`, `chosen`, `asked`, `said`, `message`."""
        sealed = self.about
        return orjson.loads(decrypt(bytes(sealed), context=f"about {self.pk}")) if sealed else {}

    def tell(self, told: dict[str, Any]) -> bytes:
        """Sealed, for `about`."""
        return encrypt(orjson.dumps(told).decode(), context=f"about {self.pk}")
