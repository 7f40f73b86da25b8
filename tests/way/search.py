"""Search everything that an installation has written, wherever it lies and however it is written down."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from infra.stack.postgres_server import PostgresServer

CHUNK = 8 * 1024 * 1024
_BLOCK = 1024 * 1024


class Needles:
    """What is looked for: words in the usual writings, others as they stand, and digests of whole values."""

    def __init__(self, words: Iterable[str], plainly: Iterable[str] = (), digested: Iterable[str] = ()) -> None:
        forms = [form for word in words for form in _writings(word)]
        forms += [form for word in plainly for form in (word.lower().encode(), word.encode().hex().encode())]
        forms += [form for value in digested for form in _digests(value)]
        self._forms = sorted(set(forms))
        self._longest = max(map(len, self._forms))

    def found_in(self, data: bytes) -> bool:
        """Say whether one of them is in there, in whatever case."""
        lower = data.lower()
        return any(form in lower for form in self._forms)

    def found_in_file(self, path: Path) -> bool:
        """Say whether one of them is in the file, a border between two reads included."""
        tail = b""
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                if self.found_in(tail + chunk):
                    return True
                tail = chunk[-self._longest :]
        return False


def places(owner_dsn: str, state_dir: Path, needles: Needles) -> list[str]:
    """Return every table and every file of an installation that holds a needle."""
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        # Statistics hold values of columns, too; and what is only in memory goes to the files.
        connection.execute("ANALYZE")
        connection.execute("CHECKPOINT")
    return [*tables(owner_dsn, needles), *files(state_dir, needles)]


def tables(owner_dsn: str, needles: Needles) -> Iterator[str]:
    """Yield each table of each schema, PostgreSQL's own included, with a needle in the text of a row."""
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        found = connection.execute(
            """
            SELECT n.nspname, c.relname
              FROM pg_class AS c
              JOIN pg_namespace AS n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'm') AND n.nspname NOT LIKE 'pg\\_toast%'
             ORDER BY 1, 2
            """
        ).fetchall()
        for schema, table in found:
            name = sql.Identifier(schema, table)
            with connection.cursor().copy(sql.SQL("COPY (SELECT t::text FROM {} AS t) TO STDOUT").format(name)) as rows:
                held = False
                for block in _blocks(bytes(row) for row in rows):
                    # All rows are read: a COPY that is left before its end spoils the connection.
                    held = needles.found_in(block) or held
            if held:
                yield f"table {schema}.{table}"


def _blocks(rows: Iterable[bytes]) -> Iterator[bytes]:
    """Yield rows by the megabyte; one search is quicker than many."""
    block = bytearray()
    for row in rows:
        block += row
        if len(block) > _BLOCK:
            yield bytes(block)
            block.clear()
    yield bytes(block)


def files(state_dir: Path, needles: Needles) -> Iterator[str]:
    """Yield each file with a needle: data and write-ahead log of PostgreSQL, segments of Kafka, logs, notes."""
    data = PostgresServer(state_dir).data_folder()
    assert data is not None
    elsewhere = [] if data.is_relative_to(state_dir) else [data]
    for root in (state_dir, *elsewhere):
        for path in sorted(root.rglob("*")):
            # The programs are not written by the registry; a file of holes alone has no blocks.
            if not path.is_file() or path.is_symlink() or path.suffix == ".jar" or not path.stat().st_blocks:
                continue
            try:
                found = needles.found_in_file(path)
            except FileNotFoundError:
                continue  # the server took a temporary file away meanwhile
            if found:
                yield f"file {path.relative_to(root)}"


def _writings(word: str) -> Iterator[bytes]:
    plain = word.lower().encode()
    yield plain
    for cased in (plain, plain.upper(), plain.capitalize()):
        yield cased.hex().encode()
    yield plain.decode().encode("utf-16-le")
    for shift in range(3):
        # Whatever stands before it, these letters are the same.
        coded = base64.b64encode(b"\0" * shift + plain)
        yield coded[4 if shift else 0 : -4].lower()


def _digests(value: str) -> Iterator[bytes]:
    for algorithm in ("md5", "sha1", "sha256"):
        digest = hashlib.new(algorithm, value.encode())
        yield digest.hexdigest().encode()
        yield digest.digest().lower()
