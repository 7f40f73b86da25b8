"""One statement is answered by the build that is live at that moment, whichever that was the time before."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from projections.live import ReadModelBehind, ReadModelMissing
from projections.question import Question
from tests.projections.answers import answering


@pytest.fixture
def owner(fresh_database: str) -> Iterator[psycopg.Connection[Any]]:
    with answering(fresh_database) as connection:
        yield connection


@pytest.fixture
def question() -> Question:
    return Question("answers", "SELECT answer FROM {build}answers WHERE asked = $2")


def switch(owner: psycopg.Connection[Any]) -> None:
    owner.execute("UPDATE registry.builds SET state = 'retired' WHERE build = 1")
    owner.execute("UPDATE registry.builds SET state = 'live' WHERE build = 2")


def test_the_answer_tells_its_build(owner: psycopg.Connection[Any], question: Question) -> None:
    rows, build, _ = question.ask(owner, (7,))

    assert rows == [(1,)]
    assert (build.name, build.build, build.schema, build.position) == ("answers", 1, "answers_1", 10)


def test_no_row_is_no_answer_but_a_build(owner: psycopg.Connection[Any], question: Question) -> None:
    rows, build, _ = question.ask(owner, (8,))

    assert (rows, build.position) == ([], 10)


@pytest.mark.parametrize("dropped", [False, True])
def test_after_a_switch_the_new_build_answers(
    owner: psycopg.Connection[Any], question: Question, *, dropped: bool
) -> None:
    assert question.ask(owner, (7,))[0] == [(1,)]
    switch(owner)
    if dropped:
        owner.execute("DROP SCHEMA answers_1 CASCADE")

    rows, build, _ = question.ask(owner, (7,))

    assert (rows, build.build) == ([(2,)], 2)


def test_rows_of_one_build_are_never_told_as_anothers(
    owner: psycopg.Connection[Any], question: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one thread waits for its rows the build is switched, and another thread turns the question to it."""
    question.ask(owner, (7,))
    answer = question._answer
    overtaken: list[object] = []

    def overtaking(connection: psycopg.Connection[Any], turned: Any, asked: Any) -> Any:
        if not overtaken:
            overtaken.append(True)
            switch(owner)
            with psycopg.connect(owner.info.dsn, password=owner.info.password, autocommit=True) as other:
                overtaken.append(question.ask(other, (7,)).rows)
        return answer(connection, turned, asked)

    monkeypatch.setattr(question, "_answer", overtaking)
    found = question.ask(owner, (7,))

    assert overtaken[1] == found.rows == [(2,)]
    assert found.build.build == 2


def test_a_connection_keeps_one_statement_of_a_question(owner: psycopg.Connection[Any], question: Question) -> None:
    for build in (2, 1, 2):
        owner.execute("UPDATE registry.builds SET state = 'retired'")
        owner.execute("UPDATE registry.builds SET state = 'live' WHERE build = %s", (build,))
        assert question.ask(owner, (7,)).rows == [(build,)]

    row = owner.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'question_%'").fetchone()
    assert row == (1,)


def test_what_is_told_beside_is_told_without_any_row(owner: psycopg.Connection[Any]) -> None:
    question = Question("answers", "SELECT answer FROM {build}answers WHERE asked = $2", ("build.position + 1", "1"))

    assert question.ask(owner, (7,)).beside == question.ask(owner, (8,)).beside == (11, 1)
    assert (question.ask(owner, (7,)).rows, question.ask(owner, (8,)).rows) == ([(1,)], [])


def test_another_connection_asks_of_the_same_build(owner: psycopg.Connection[Any], question: Question) -> None:
    question.ask(owner, (7,))
    with psycopg.connect(owner.info.dsn, password=owner.info.password, autocommit=True) as other:
        assert question.ask(other, (7,))[0] == [(1,)]


def test_a_model_without_a_live_build_is_missing(owner: psycopg.Connection[Any], question: Question) -> None:
    owner.execute("UPDATE registry.builds SET state = 'retired' WHERE build = 1")

    with pytest.raises(ReadModelMissing):
        question.ask(owner, (7,))


def test_what_is_not_there_yet_is_waited_for(owner: psycopg.Connection[Any], question: Question) -> None:
    with psycopg.connect(owner.info.dsn, password=owner.info.password, autocommit=True) as other:
        moved = threading.Timer(0.05, other.execute, ["UPDATE registry.builds SET position = 11 WHERE build = 1"])
        moved.start()
        build = question.ask(owner, (7,), 11, wait=30).build
        moved.join()

    assert build.position == 11
    with pytest.raises(ReadModelBehind):
        question.ask(owner, (7,), 12, wait=0)


def test_a_wrong_statement_ends_with_its_error(owner: psycopg.Connection[Any]) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        Question("answers", "SELECT 1 FROM {build}nothing").ask(owner, ())


def test_a_refused_answer_is_raised_and_the_connection_goes_on(
    owner: psycopg.Connection[Any], question: Question
) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        Question("answers", "SELECT answer / ($2::int - 7) FROM {build}answers").ask(owner, (7,))

    assert question.ask(owner, (7,))[0] == [(1,)]
