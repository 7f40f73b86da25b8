"""The append function: one outcome per command, whatever else is in the group."""

from __future__ import annotations

import random
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg import errors

from infra.append import append
from tests.infra.append_model import AppendModel, random_group
from tests.infra.scratch_store import Connection, ago, appending, command, damage, event, make_store, one, words


@pytest.fixture
def connection(fresh_database: str) -> Iterator[Connection]:
    with appending(make_store(fresh_database)) as opened:
        yield opened


def test_positions_follow_the_order_of_commands(connection: Connection) -> None:
    outcomes = append(connection, [one(), command(event(uuid4()), event(uuid4())), one()])

    assert [(outcome.word, outcome.first_position, outcome.last_position) for outcome in outcomes] == [
        ("done", 1, 1),
        ("done", 2, 3),
        ("done", 4, 4),
    ]


def test_repeat_gets_the_first_answer(connection: Connection) -> None:
    first = one()
    done = append(connection, [one(), first])[1]

    assert append(connection, [first]) == [done._replace(word="repeat")]
    assert append(connection, [one(), first, one()])[1] == done._replace(word="repeat")


def test_key_with_another_request_is_refused(connection: Connection) -> None:
    key = b"k" * 32
    append(connection, [one(key=key)])

    assert words(connection, one(key=key, request=b"x" * 32)) == ["key_reused"]
    assert words(connection, one(), one(key=key, request=b"x" * 32)) == ["done", "key_reused"]


def test_same_key_of_another_actor_is_another_command(connection: Connection) -> None:
    key = b"k" * 32

    assert words(connection, one(key=key), one(key=key, actor=uuid4())) == ["done", "done"]


def test_conflict_fails_its_own_command_only(connection: Connection, fresh_database: str) -> None:
    taken = uuid4()
    append(connection, [command(event(taken))])

    assert words(connection, one(), command(event(taken)), one()) == ["done", "conflict", "done"]
    assert words(connection, command(event(taken))) == ["conflict"]
    assert damage(fresh_database) == []


def test_first_of_two_rivals_in_a_group_wins(connection: Connection, fresh_database: str) -> None:
    contested = uuid4()

    assert words(connection, command(event(contested)), command(event(contested)), one()) == [
        "done",
        "conflict",
        "done",
    ]
    assert damage(fresh_database) == []


def test_second_of_two_with_one_key_in_a_group_is_a_repeat(connection: Connection) -> None:
    key = b"k" * 32

    outcomes = append(connection, [one(), one(key=key), one(key=key), one(key=key, request=b"x" * 32)])

    assert [outcome.word for outcome in outcomes] == ["done", "done", "repeat", "key_reused"]
    assert outcomes[2] == outcomes[1]._replace(word="repeat")


def test_refused_command_leaves_its_key_free(connection: Connection) -> None:
    taken, key = uuid4(), b"k" * 32
    append(connection, [command(event(taken))])

    assert words(connection, command(event(taken), key=key), one(key=key)) == ["conflict", "done"]


def test_versions_may_follow_each_other_within_a_group_but_never_leave_a_hole(connection: Connection) -> None:
    aggregate_id = uuid4()

    assert words(
        connection, command(event(aggregate_id, 1), event(aggregate_id, 2)), command(event(aggregate_id, 3))
    ) == [
        "done",
        "done",
    ]
    assert words(connection, command(event(aggregate_id, 5))) == ["conflict"]
    assert words(connection, one(), command(event(aggregate_id, 5))) == ["done", "conflict"]
    assert words(connection, command(event(uuid4(), 2))) == ["conflict"]


def test_command_with_several_aggregates_is_whole_or_not_at_all(connection: Connection, fresh_database: str) -> None:
    taken, free = uuid4(), uuid4()
    append(connection, [command(event(taken))])

    assert words(connection, command(event(free), event(taken)), one()) == ["conflict", "done"]
    assert words(connection, command(event(free), event(taken, 2))) == ["done"]
    assert damage(fresh_database) == []


def test_refused_command_leaves_nothing_for_the_next_in_its_group(connection: Connection) -> None:
    taken, begun = uuid4(), uuid4()
    append(connection, [command(event(taken))])
    refused = command(event(begun), event(uuid4(), recorded_at=ago(-200)), event(taken))

    assert words(connection, refused, command(event(begun, 2)), command(event(begun))) == [
        "conflict",
        "conflict",
        "done",
    ]


def test_command_without_events_keeps_its_key(connection: Connection) -> None:
    nothing = command(key=b"k" * 32)

    outcome = append(connection, [nothing])[0]

    assert (outcome.word, outcome.first_position, outcome.last_position) == ("done", 0, 0)
    assert words(connection, nothing, one()) == ["repeat", "done"]


def test_public_events_name_the_public_one_before(connection: Connection, fresh_database: str) -> None:
    for number in range(12):
        group = [
            command(event(uuid4(), disclosure="public" if (number + each) % 3 == 0 else "party"))
            for each in range(number % 4 + 1)
        ]
        append(connection, group)

    assert damage(fresh_database) == []


@pytest.mark.parametrize("alone", [True, False])
def test_times_follow_positions(connection: Connection, *, alone: bool) -> None:
    def outcome(recorded_at: float) -> str:
        group = [command(event(uuid4(), recorded_at=ago(recorded_at)))]
        return words(connection, *group)[0] if alone else words(connection, *group, command())[0]

    assert outcome(0) == "done"
    assert outcome(1.5) == "done"
    assert outcome(60) == "time_behind"
    assert outcome(-280) == "done"
    assert outcome(-310) == "time_ahead"
    assert outcome(0) == "time_behind"


def test_a_time_that_creeps_backwards_is_noticed(connection: Connection) -> None:
    steps = [command(event(uuid4(), recorded_at=ago(step * 1.5))) for step in range(4)]

    assert [words(connection, step)[0] for step in steps] == ["done", "done", "time_behind", "time_behind"]


def test_simulated_store_takes_any_time(fresh_database: str) -> None:
    with appending(make_store(fresh_database, simulated=True)) as connection:
        later, earlier = (event(uuid4(), recorded_at=ago(years * 31e6)) for years in (-3, 3))

        assert words(connection, command(later)) == ["done"]
        assert words(connection, command(earlier)) == ["done"]
        assert words(connection, command(), command(event(uuid4(), recorded_at=ago(9e7)))) == ["done", "done"]


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_other_isolation_levels_are_refused(connection: Connection, level: str) -> None:
    connection.execute(f"BEGIN ISOLATION LEVEL {level}".encode())

    with pytest.raises(errors.InvalidTransactionState):
        append(connection, [one()])


def test_events_that_belong_to_no_command_are_refused(connection: Connection) -> None:
    astray = one()
    pieces = list(astray.pieces)
    pieces[5] = (4).to_bytes(4, "big") + (2).to_bytes(4, "big")

    with pytest.raises(psycopg.errors.ArraySubscriptError):
        append(connection, [type(astray)(tuple(pieces), astray.events, astray.first_leaf_hash)])


def test_random_groups_have_the_outcomes_of_the_model(connection: Connection, fresh_database: str) -> None:
    chance = random.Random(20260301)
    model = AppendModel(now=ago(0))

    for _ in range(150):
        group = random_group(chance, model)
        expected = [model.append(each) for each in group]

        outcomes = append(connection, [each.packed() for each in group])

        assert [(o.word, o.version, o.first_position, o.last_position) for o in outcomes] == expected
    assert set(model.words) == {"done", "repeat", "key_reused", "conflict", "time_behind", "time_ahead"}
    assert damage(fresh_database) == []
