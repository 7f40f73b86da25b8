"""A CSV file is read row by row in flat memory; what makes all of it doubtful is said before anything is done."""

from __future__ import annotations

import hashlib
import os
import tracemalloc
from pathlib import Path

import pytest

from interfaces.importing.csv_extract import CsvExtract
from interfaces.importing.mapping import FileShape
from interfaces.importing.refusals import ExtractRefused
from interfaces.importing.row import Row


def written(folder: Path, content: bytes | str) -> Path:
    path = folder / "extract.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows_of(path: Path, **shape: object) -> list[Row]:
    with CsvExtract(path, FileShape(**shape)) as extract:  # type: ignore[arg-type]
        return list(extract.rows())


def test_rows_have_numbers_lines_and_cells_without_space_around(tmp_path: Path) -> None:
    path = written(tmp_path, '\ufeffa, b\r\n1 , 2\r\n\r\n"3\n4","5,""6"""\r\n')

    first, second = rows_of(path)

    assert first == Row(1, 2, 2, {"a": "1", "b": "2"})
    assert second == Row(2, 4, 5, {"a": "3\n4", "b": '5,"6"'})


def test_delimiter_encoding_and_empty_texts_are_the_mappings(tmp_path: Path) -> None:
    path = written(tmp_path, "a;b\nZürich;NA\n".encode("cp1252"))

    (row,) = rows_of(path, delimiter=";", encoding="cp1252", empty=frozenset({"NA"}))

    assert row.cells == {"a": "Zürich", "b": ""}


REFUSED = {
    "nothing": (b"", "the file is empty"),
    "empty first line": (b"\n1,2\n", "the file is empty, or begins with an empty line"),
    "other delimiter": (b"a;b;c\n1;2;3\n", r"delimiter = ';'"),
    "tabs": (b"a\tb\n1\t2\n", r"delimiter = '\\t'"),
    "latin-1": ("a,b\n1,2\n3,Zürich\n".encode("latin-1"), "line 3: the byte 0xfc is not utf-8"),
    "utf-16": ("a,b\n1,2\n".encode("utf-16"), "encoding"),
    "utf-16 without mark": ("a,b\n1,2\n".encode("utf-16-le"), "UTF-16"),
    "cut in a character": ("a,b\n1,é".encode()[:-1], "utf-8"),
    "column twice": (b"a,b,a\n1,2,3\n", "'a' is there twice"),
    "row number": (b"a,#row\n1,2\n", "Rename it"),
    "quote never closed": (b'a,b\n1,2\n3,"4\n5,6\n', "line 3: the row that begins here does not end"),
    "quote never closed in the header": (b'a,"b\n1,2\n', "header"),
    "row never ended": (b"a,b\n" + b'"x\n",' * 400_000, "line 2: the row that begins here does not end"),
    "no line ends": (b"a,b\n" + b"x" * 3_000_000, "line 2: the row that begins here does not end"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_to_its_end_is_refused_before_any_row_counts(name: str, tmp_path: Path) -> None:
    content, message = REFUSED[name]

    with CsvExtract(written(tmp_path, content), FileShape()) as extract, pytest.raises(ExtractRefused, match=message):
        extract.facts()


def test_a_file_that_is_absent_a_folder_or_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = os.open(tmp_path / "pipe", os.O_RDWR)

    for path in (tmp_path / "absent.csv", tmp_path, tmp_path / "pipe"):
        with pytest.raises(ExtractRefused):
            CsvExtract(path, FileShape())
    os.close(writer)


def test_a_broken_row_harms_no_other(tmp_path: Path) -> None:
    path = written(tmp_path, 'a,b\n1,2\n3\n4,5,6\n"7"x,8\n9,\0\n10,11\n')

    rows = rows_of(path)

    assert [row.number for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row.fault is None for row in rows] == [True, False, False, False, False, True]
    assert [row.fault[1][:20] for row in rows if row.fault] == [
        "it has 1 cells, the ",
        "it has 3 cells, the ",
        "a quotation mark sta",
        "it contains a NUL by",
    ]
    assert rows[4].fault is not None
    assert rows[4].fault[0] == "b"


def test_the_hash_is_that_of_the_file_as_it_is(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeffa,b\n1,2\n3,4\n")

    with CsvExtract(path, FileShape()) as extract:
        facts = extract.facts()

    assert (facts.header, facts.rows) == (("a", "b"), 2)
    assert facts.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("ending", [b"", b'"open,1\n' + b"more and more of it,2\n" * 100_000])
def test_memory_stays_flat(ending: bytes, tmp_path: Path) -> None:
    path = written(tmp_path, b"a,b\n" + b"1,some text that takes room\n" * 50_000 + ending)
    tracemalloc.start()

    try:
        with CsvExtract(path, FileShape()) as extract:
            sum(1 for _ in extract.rows())
    except ExtractRefused:
        assert ending
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 2_500_000
