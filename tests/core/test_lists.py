"""Lists as people bring them are read right, or refused with the right reason."""

from __future__ import annotations

import io

import pytest

from dukcapil.core.errors import Invalid
from dukcapil.core.lists.grid import read_file, read_pasted
from dukcapil.core.lists.layout import Layout, lay_out
from dukcapil.core.lists.people import PEOPLE
from dukcapil.core.reader.limits import Limits
from tests.files.corpus import FOLDER, PEOPLE_FILES, ListFile, reading

LIMITS = Limits(at_once=None)


def laid_out(file: ListFile) -> Layout:
    if isinstance(file.content, str):
        grid = read_pasted(file.content, LIMITS)
    else:
        grid = read_file(io.BytesIO(file.content), file.name, LIMITS, file.sheet)
    return lay_out(grid, PEOPLE, file.chosen)


@pytest.mark.parametrize("file", PEOPLE_FILES, ids=lambda file: file.name)
def test_the_corpus_is_read_as_it_is_meant(file: ListFile) -> None:
    try:
        found = reading(laid_out(file))
    except Invalid as error:
        assert (error.code, str(error.message)) == (file.refused, str(error.message))
        return
    assert file.refused == ""
    assert found == file.rows


def test_the_corpus_is_whole() -> None:
    """Every text has its reading, and nobody in it lives."""
    on_disk = {path.name for path in FOLDER.iterdir()} - {"expected.json"}
    assert on_disk <= {file.name for file in PEOPLE_FILES}
    assert len(PEOPLE_FILES) >= 80
