"""What one statement answers from a live build is asked in one round trip, and goes to libpq as it is.

Which build is live may have changed since the last time; the answer itself says so, and is then asked for anew.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString, NamedTuple
from weakref import WeakKeyDictionary

import psycopg
from psycopg import sql
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import InvalidSchemaName, UndefinedFunction, UndefinedTable, error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format

from projections.live import LOOK, WAIT, Build, reached

_SWITCHES = 3
"""So often a build may go away under a question; more than that is no switch, the statement is wrong."""

_WHERE: LiteralString = """
    SELECT schema_name
      FROM registry.builds
     WHERE name = %(read_model)s
       AND state IN ('live', 'quarantined')
"""

_TOGETHER: LiteralString = """
    SELECT build.build, build.schema_name, build.state, build.position, build.updated_at, build.error{beside}, answer.*
      FROM registry.builds AS build
      LEFT JOIN LATERAL ({question}) AS answer ON true
     WHERE build.name = $1
       AND build.state IN ('live', 'quarantined')
"""
_OF_BUILD = 6

_NUMBERS = itertools.count(1)


class Answer(NamedTuple):
    """The rows, the build, and what is told beside, all of one moment."""

    rows: list[tuple[Any, ...]]
    build: Build
    beside: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Turned:
    """The statement as it is asked of one build; each has a name of its own on the connections that know it."""

    schema: str
    name: bytes
    text: bytes


class Question:
    """A statement that is asked of a read model's live build, whatever that is at the time; safe for many threads.

    It names what lies in the build as `{build}name` and its parameters from `$2` on; the first column of its rows is
    never NULL. What is told `beside` them, expressions that may name columns of `build`, is told without any row, too.
    """

    def __init__(self, read_model: str, statement: LiteralString, beside: Sequence[LiteralString] = ()) -> None:
        self._read_model = read_model
        self._statement = statement
        self._beside: LiteralString = "".join(f", {each}" for each in beside)
        self._answer_at = _OF_BUILD + len(beside)
        self._turned: _Turned | None = None
        self._prepared: WeakKeyDictionary[psycopg.Connection[Any], bytes] = WeakKeyDictionary()

    def ask(
        self,
        connection: psycopg.Connection[Any],
        parameters: Sequence[object],
        min_position: int | None = None,
        wait: float = WAIT,
    ) -> Answer:
        """Return what is so at one moment; where a position is asked for, wait for it.

        The connection must be in autocommit mode and idle.

        Raises: ReadModelMissing, ReadModelBehind, psycopg.Error
        """
        deadline = time.monotonic() + wait
        asked = (self._read_model, *parameters)
        while True:
            turned, rows = self._rows(connection, asked)
            build = Build(self._read_model, *rows[0][:_OF_BUILD]) if rows else None
            if build is not None and (turned is None or build.schema != turned.schema):
                # Another build is live than the one whose rows these are.
                self._turn_to(connection, build.schema)
                continue
            found = reached(build, self._read_model, min_position, deadline)
            if found is not None:
                at = self._answer_at
                return Answer([row[at:] for row in rows if row[at] is not None], found, rows[0][_OF_BUILD:at])
            time.sleep(LOOK)

    def _rows(
        self, connection: psycopg.Connection[Any], asked: Sequence[object]
    ) -> tuple[_Turned | None, list[tuple[Any, ...]]]:
        """Return what was asked, and the rows behind their build; none where there is no live one."""
        # Read once: another thread may turn to another build meanwhile.
        turned = self._turned
        problem: psycopg.Error | None = None
        for _ in range(_SWITCHES):
            if turned is None:
                found = connection.execute(_WHERE, {"read_model": self._read_model}).fetchone()
                if found is None:
                    return None, []
                turned = self._turn_to(connection, found[0])
            try:
                return turned, self._answer(connection, turned, asked)
            except (UndefinedTable, UndefinedFunction, InvalidSchemaName) as error:
                # The build was switched away and dropped.
                turned, problem = None, error
        assert problem is not None
        raise problem

    def _answer(
        self, connection: psycopg.Connection[Any], turned: _Turned, asked: Sequence[object]
    ) -> list[tuple[Any, ...]]:
        packing = Transformer()
        packed = packing.dump_sequence(asked, [PyFormat.BINARY] * len(asked))
        pgconn = connection.pgconn
        known = self._prepared.get(connection)
        if known != turned.name:
            if known is not None:
                connection.execute(sql.SQL("DEALLOCATE {}").format(sql.Identifier(known.decode())))
            # Taken note of before: a name that could not be made is made under another one.
            self._prepared.pop(connection, None)
            _checked(connection, pgconn.prepare(turned.name, turned.text, packing.types))
            self._prepared[connection] = turned.name
        forms = [Format.BINARY] * len(asked)
        result = _checked(connection, pgconn.exec_prepared(turned.name, packed, forms, Format.BINARY))  # type: ignore[arg-type]
        packing.set_pgresult(result)
        return packing.load_rows(0, result.ntuples, tuple)

    def _turn_to(self, connection: psycopg.Connection[Any], schema: str) -> _Turned:
        build = sql.SQL("{}.").format(sql.Identifier(schema))
        question = sql.SQL(self._statement).format(build=build)
        # Composed once: that takes longer than the question.
        whole = sql.SQL(_TOGETHER).format(question=question, beside=sql.SQL(self._beside))
        text = whole.as_bytes(connection)
        turned = self._turned = _Turned(schema, b"question_%d" % next(_NUMBERS), text)
        return turned


def _checked(connection: psycopg.Connection[Any], result: Any) -> Any:
    if result.status in {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}:
        return result
    if connection.pgconn.status == ConnStatus.BAD:
        raise psycopg.OperationalError(result.get_error_message())
    raise error_from_result(result)
