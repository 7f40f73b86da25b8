"""Rows of a CSV file, one by one: memory stays flat whatever the file, and a broken row harms no other.

What makes every row doubtful (another encoding, another delimiter, a quotation mark that never closes) is found by a
first reading of the whole file, before anything is imported; the second reading then yields the rows.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from domain.codes import Sha256
from interfaces.importing.mapping import FileShape
from interfaces.importing.refusals import ExtractRefused, shown
from interfaces.importing.row import ROW_NUMBER, Row

LONGEST_ROW = 1_000_000
"""Characters of a row, header included; what is longer is no row but a quotation mark left open."""

_OTHER_DELIMITERS = (";", "\t", "|", ",")
_CHUNK = 1 << 16


class _Lines:
    """Lines of a text, numbered, of which one row can take only so many."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._text = text
        self._room = LONGEST_ROW
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._room + 1)
        if not line:
            raise StopIteration
        self._room -= len(line)
        if self._room < 0:
            msg = "the row does not end"
            raise OverflowError(msg)
        self.number += 1
        return line

    def begin_row(self) -> int:
        """Give the next row its room and return the line in which it begins."""
        self._room = LONGEST_ROW
        return self.number + 1


@dataclass(frozen=True, slots=True)
class _Record:
    """What the CSV reader made of one or more lines: cells, or what is wrong with them."""

    first_line: int
    last_line: int
    cells: tuple[str, ...] = ()
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the first reading found."""

    header: tuple[str, ...]
    rows: int
    sha256: Sha256


class CsvExtract:
    """An open CSV file; close it, or use it as a context."""

    def __init__(self, path: Path, shape: FileShape) -> None:
        self._name = path.name
        self._shape = shape
        try:
            self._file: io.BufferedReader = path.open("rb")
        except OSError as error:
            raise self._refused("file", error.strerror or "it cannot be opened", "Check its name.") from error
        if not self._file.seekable():
            self._file.close()
            raise self._refused("file", "it can be read only once", "Give a file instead of a pipe.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def header(self) -> tuple[str, ...]:
        """Return the names of the columns; raise ExtractRefused."""
        with closing(self._read()) as reading:
            return next(reading).cells

    def facts(self, look: Callable[[Row], None] | None = None) -> Facts:
        """Read the whole file once and return what it is, after `look` has seen each row.

        Raises: ExtractRefused where it cannot be read to its end
        """
        header = self.header()
        rows = 0
        for row in self.rows():
            rows += 1
            if look is not None:
                look(row)
        self._file.seek(0)
        digest = hashlib.file_digest(self._file, "sha256").hexdigest()
        return Facts(header, rows, Sha256(digest))

    def rows(self) -> Iterator[Row]:
        """Yield the rows below the header, one iteration at a time; raise ExtractRefused."""
        with closing(self._read()) as reading:
            header = next(reading).cells
            number = 0
            for record in reading:
                if record.cells or record.fault:
                    number += 1
                    yield self._row(number, header, record)

    def _row(self, number: int, header: tuple[str, ...], record: _Record) -> Row:
        lines = record.first_line, record.last_line
        if record.fault is not None:
            return Row(number, *lines, fault=(None, record.fault))
        if len(record.cells) != len(header):
            return Row(number, *lines, fault=(None, f"it has {len(record.cells)} cells, the header {len(header)}"))
        texts = {column: cell.strip() for column, cell in zip(header, record.cells, strict=True)}
        strange = next((column for column, text in texts.items() if "\0" in text), None)
        if strange is not None:
            return Row(number, *lines, fault=(strange, "it contains a NUL byte"))
        if self._shape.empty:
            texts = {column: "" if text in self._shape.empty else text for column, text in texts.items()}
        return Row(number, *lines, cells=texts)

    def _read(self) -> Generator[_Record, None, None]:
        """Yield the header, then each row, empty lines included."""
        self._file.seek(0)
        encoding = "utf-8-sig" if self._shape.encoding == "utf-8" else self._shape.encoding
        text = io.TextIOWrapper(self._file, encoding, newline="")
        lines = _Lines(text)
        reader = csv.reader(lines, delimiter=self._shape.delimiter, strict=True)
        try:
            yield _Record(1, 1, self._header(reader))
            while True:
                first = lines.begin_row()
                try:
                    cells = tuple(next(reader))
                except StopIteration:
                    return
                except csv.Error as error:
                    yield _Record(first, lines.number, fault=self._malformed(error, first))
                except OverflowError:
                    raise self._endless(first) from None
                else:
                    yield _Record(first, lines.number, cells)
        except UnicodeError as error:
            raise self._undecodable() from error
        finally:
            text.detach()

    def _header(self, reader: Iterator[list[str]]) -> tuple[str, ...]:
        try:
            header = tuple(column.strip() for column in next(reader, []))
        except (csv.Error, OverflowError) as error:
            raise self._refused("header", "it does not end, or its quotation marks do not pair", _CHECK) from error
        if not any(header):
            raise self._refused("header", "the file is empty, or begins with an empty line", _SAY_HEADER)
        if any("\0" in column for column in header):
            raise self._refused("encoding", "the header contains NUL bytes, so it may be UTF-16", _SAY_ENCODING)
        if twice := sorted({column for column in header if header.count(column) > 1}):
            raise self._refused("header", f"the column {shown(twice[0])} is there twice", "Rename one of them.")
        if ROW_NUMBER in header:
            raise self._refused("header", f"a column is called {ROW_NUMBER}, which is the row's number", "Rename it.")
        if len(header) == 1:
            self._refuse_other_delimiter(header[0])
        return header

    def _refuse_other_delimiter(self, header: str) -> None:
        for other in _OTHER_DELIMITERS:
            if other != self._shape.delimiter and header.count(other):
                say = f"Say delimiter = {other!r} under [file] in the mapping."
                problem = f"it is one column when cut at {self._shape.delimiter!r}, but contains {other!r}"
                raise self._refused("header", problem, say)

    def _malformed(self, error: csv.Error, first: int) -> str:
        if "unexpected end" in str(error) or "field limit" in str(error):
            raise self._endless(first) from error
        return "a quotation mark stands in the middle of a cell; write it twice within quotation marks"

    def _endless(self, first: int) -> ExtractRefused:
        problem = "the row that begins here does not end: a quotation mark is opened and not closed"
        return self._refused(f"line {first}", problem, _CHECK)

    def _undecodable(self) -> ExtractRefused:
        """Return the refusal that names the line and the byte; reads the file again up to there."""
        self._file.seek(0)
        decoder = codecs.getincrementaldecoder(self._shape.encoding)()
        line = 1
        while chunk := self._file.read(_CHUNK):
            try:
                line += decoder.decode(chunk).count("\n")
            except UnicodeDecodeError as error:
                line += error.object[: error.start].count(b"\n")
                byte = error.object[error.start]
                problem = f"the byte 0x{byte:02x} is not {self._shape.encoding}"
                return self._refused(f"line {line}", problem, _SAY_ENCODING)
            except UnicodeError as error:
                return self._refused(f"line {line}", f"it is not {self._shape.encoding} ({error})", _SAY_ENCODING)
        return self._refused("its end", f"it ends within a character of {self._shape.encoding}", _SAY_ENCODING)

    def _refused(self, field: str, problem: str, what_to_do: str) -> ExtractRefused:
        return ExtractRefused(file=self._name, field=field, problem=problem, what_to_do=what_to_do)


_SAY_HEADER = "Give a file whose first line names the columns."
_CHECK = "Correct the quotation marks there, or say the right delimiter in the mapping."
_SAY_ENCODING = 'Say its encoding under [file] in the mapping, such as encoding = "cp1252" or "utf-16".'
