"""Killed, doubled, poisoned or lied to: a read model holds every event once, in order, or says where it stands."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from consumers.digest import digest
from consumers.halting import AnotherRunner, SchemaMissing, StoreRewritten
from consumers.projector import ProjectorPlan, project
from consumers.worker import Life, live
from domain.errors import RegistryError
from domain.query import Query
from infra.commitment import commitment, leaf_hash
from infra.crash_points import CRASH_POINTS
from infra.event_log import EventLog
from infra.kafka_log import Message
from projections.read_model import Recorded
from tests.consumers.conftest import TestedRegistry
from tests.consumers.counting_model import Choking, Counting, Counting2, Reading
from tests.consumers.runner import Runner, cursor_of, judge, judge_replayed
from tests.consumers.topic_writer import TopicWriter
from tests.consumers.worker_process import WorkerProcess, running, until

PROJECTOR = "tests.consumers.counting_projector"
FORGERIES = 240


def test_read_models_follow_the_topic_and_go_on_where_they_were(registry: TestedRegistry, topic: TopicWriter) -> None:
    registry.log.write(700)
    topic.publish(1, 400)
    with Runner(registry, Counting, Counting2):
        until(lambda: cursor_of(registry)[0] == 400)
    topic.publish(401, 700)

    with Runner(registry, Counting, Counting2):
        until(lambda: cursor_of(registry)[0] == cursor_of(registry, "counting_again")[0] == 700)

    judge(registry, 700)
    judge(registry, 700, "counting_again")


def test_repeats_have_no_effect(registry: TestedRegistry, topic: TopicWriter) -> None:
    registry.log.write(60)
    for first, last in ((1, 40), (20, 50), (1, 10), (45, 60), (1, 60)):
        topic.publish(first, last)

    with Runner(registry, Counting):
        until(lambda: cursor_of(registry)[0] == 60)

    judge(registry, 60)


def test_killed_anywhere_each_event_has_one_effect(
    registry: TestedRegistry, topic: TopicWriter, tmp_path: Path, seed: int
) -> None:
    options = registry.options("icms_projector", "projector")
    points = [f"{point}:2" for point in CRASH_POINTS if point.startswith("projector.")]
    chance = random.Random(seed)
    for point in chance.sample(points, len(points)):
        registry.log.write(40)
        with running(PROJECTOR, options, tmp_path, "Counting", "Counting2", crash_at=point) as worker:
            half = registry.log.head - chance.randrange(1, 39)
            topic.publish(registry.log.head - 39, half)
            until(partial(_dead_or_at, worker, registry, half))
            topic.publish(half + 1, registry.log.head)
            assert worker.wait() == -9

    with Runner(registry, Counting, Counting2):
        until(lambda: cursor_of(registry)[0] == cursor_of(registry, "counting_again")[0] == registry.log.head)
    judge(registry, registry.log.head)
    judge(registry, registry.log.head, "counting_again")
    judge_replayed(registry, Counting)
    judge_replayed(registry, Counting2)


def _dead_or_at(worker: WorkerProcess, registry: TestedRegistry, position: int) -> bool:
    return not worker.alive or cursor_of(registry, "counting_again")[0] >= position


def test_of_two_runners_of_one_read_model_the_loser_stops(
    registry: TestedRegistry, topic: TopicWriter, seed: int
) -> None:
    chance = random.Random(seed)
    with Runner(registry, Counting) as one:
        written = _published(registry, topic, 0, chance.randrange(1, 400))
        # The second comes when the first has a part of it, or all, or nothing yet.
        part = chance.randrange(written + 1)
        until(lambda: cursor_of(registry)[0] >= part)
        with Runner(registry, Counting) as other:
            until(lambda: cursor_of(registry)[0] == written)
            deadline = written + 4_000
            while one.alive and other.alive:
                assert written < deadline, "two of one read model went on beside each other"
                written = _published(registry, topic, written, chance.randrange(1, 40))

            loser = one if not one.alive else other
            assert isinstance(loser.ended_by, AnotherRunner)
    with Runner(registry, Counting):
        until(lambda: cursor_of(registry)[0] == written)
    judge(registry, written)


def _published(registry: TestedRegistry, topic: TopicWriter, after: int, count: int) -> int:
    """Record and publish some more events; return the last position."""
    registry.log.write(count)
    topic.publish(after + 1, after + count)
    return after + count


def test_an_event_that_one_read_model_cannot_apply_stops_that_one_alone(
    registry: TestedRegistry, topic: TopicWriter
) -> None:
    registry.log.write(100)
    topic.publish(1, 100)

    with Runner(registry, Choking, Counting):
        until(lambda: cursor_of(registry)[0] == 100 and cursor_of(registry, "choking")[1] == "quarantined")

    judge(registry, 100)
    judge(registry, Choking.choke_at - 1, "choking")
    _, _, error = cursor_of(registry, "choking")
    assert error is not None
    assert error.startswith(f"position {Choking.choke_at} ")
    assert "KeyError at counting_model.py" in error
    assert "context" not in error


def test_who_has_nothing_in_a_batch_moves_on_without_being_asked(registry: TestedRegistry, topic: TopicWriter) -> None:
    class Aside(Counting):
        name = "aside"
        looks_at = (Query.Event,)

        def check(self, recorded: Recorded) -> None:
            raise KeyError(recorded.position)

    registry.log.write(100)
    topic.publish(1, 100)

    with Runner(registry, Aside, Counting):
        until(lambda: cursor_of(registry)[0] == cursor_of(registry, "aside")[0] == 100)

    assert cursor_of(registry, "aside") == (100, "live", None)
    judge(registry, 100)


@pytest.mark.parametrize("state", [b"\x02", b"", bytes(200)])
def test_a_stored_event_that_nobody_can_read_stops_who_asks_for_it_alone(
    registry: TestedRegistry, topic: TopicWriter, state: bytes
) -> None:
    registry.log.write(10)
    registry.log.write(1, state=state)
    registry.log.write(10)
    topic.publish(1, 21)

    with Runner(registry, Reading, Counting):
        until(lambda: cursor_of(registry)[0] == 21 and cursor_of(registry, "reading")[1] == "quarantined")

    judge(registry, 21)
    judge(registry, 10, "reading")
    _, _, error = cursor_of(registry, "reading")
    assert error is not None
    assert error.startswith("position 11 ")
    assert "UnreadableEvent" in error


def test_a_stored_event_of_an_unknown_type_halts_everything_before_it(
    registry: TestedRegistry, topic: TopicWriter
) -> None:
    registry.log.write(10)
    registry.log.write(1, topic="NeverHeardOf.v1")
    registry.log.write(10)
    topic.publish(1, 10)
    row = EventLog(registry.log.connection).row(11)
    assert row is not None
    topic.write(type(registry.envelope)("urn:x", "", {"NeverHeardOf.v1": 999_999}).event(row))
    topic.publish(12, 21)

    with Runner(registry, Counting, Counting2) as runner:
        until(lambda: not runner.alive)

    assert isinstance(runner.ended_by, SchemaMissing)
    judge(registry, 10)
    judge(registry, 10, "counting_again")


def test_a_halt_is_shown_beside_the_read_models_and_not_hammered(
    registry: TestedRegistry, topic: TopicWriter, tmp_path: Path
) -> None:
    registry.log.write(5)
    registry.log.write(1, topic="NeverHeardOf.v1")
    topic.publish(1, 5)
    row = EventLog(registry.log.connection).row(6)
    assert row is not None
    topic.write(type(registry.envelope)("urn:x", "", {"NeverHeardOf.v1": 999_999}).event(row))

    with running(PROJECTOR, registry.options("icms_projector", "projector"), tmp_path, "Counting") as worker:
        until(lambda: (cursor_of(registry)[2] or "").startswith("Position 6"), worker)
        assert [entry["event"] for entry in worker.events()].count("worker_waits") == 1

        assert worker.stop() == 0


def forgeries(message: Message, position: int) -> dict[str, Message]:
    """Return what somebody with the relay's password could write instead of a record, or beside it."""
    headers = dict(message.headers)
    aggregate = uuid4()
    state = message.value[5:-1] + bytes([message.value[-1] ^ 1])
    own_hash = leaf_hash(commitment(headers["ce_type"].decode(), aggregate, 1, state)).hex().encode()
    own = {"leaf_hash": own_hash, "ce_id": f"{aggregate}/1".encode()}

    def changed(value: bytes = message.value, **others: bytes) -> Message:
        return Message(message.key, value, list({**headers, **others}.items()))

    frame = message.value[:5]
    return {
        "other bytes, true hash": changed(frame + state),
        "other bytes, own hash": changed(frame + state, **own),
        "far ahead": changed(frame + state, **own, position=b"%d" % (position + 10**6)),
        "beyond all numbers": changed(frame + state, **own, position=b"9" * 30),
        "position below one": changed(position=b"-4"),
        "unknown schema id": changed(b"\0\0\x0f\xff\xff" + message.value[5:]),
        "schema id of another type": changed(b"\0\0\0\0\x01" + message.value[5:]),
        "wrong magic": changed(b"\1" + message.value[1:]),
        "truncated": changed(message.value[:-3]),
        "no value": changed(b""),
        "another aggregate": changed(ce_id=f"{uuid4()}/1".encode()),
        "another type": changed(ce_type=b"ClinicClosed.v1"),
        "a type of that name does not exist": changed(ce_type=b"NeverHeardOf.v1"),
        "huge version": changed(ce_id=f"{aggregate}/{10**40}".encode()),
        "not text": changed(ce_type=b"\xff\xfe"),
        "no headers": Message(message.key, message.value, []),
        "a header twice": Message(message.key, message.value, [*message.headers, ("position", b"1")]),
    }


def test_forged_records_are_not_applied_and_stop_nobody(
    registry: TestedRegistry, topic: TopicWriter, seed: int
) -> None:
    chance = random.Random(seed)
    registry.log.write(FORGERIES // 2)
    # Every kind comes, in any order, in the place of the true record or of one that was read before.
    kinds = list(forgeries(topic.message(1), 1))
    chosen = kinds + chance.choices(kinds, k=FORGERIES - len(kinds))
    chance.shuffle(chosen)
    for position in range(1, FORGERIES // 2 + 1):
        for kind in (chosen.pop(), chosen.pop()):
            place = chance.choice((position, chance.randint(1, position)))
            topic.write(forgeries(topic.message(place), place)[kind])
        topic.publish(position, position)

    with Runner(registry, Counting) as runner:
        until(lambda: cursor_of(registry)[0] == FORGERIES // 2)
        assert runner.alive

    assert chosen == []
    judge(registry, FORGERIES // 2)


def test_a_forged_header_does_not_reach_a_read_model(registry: TestedRegistry, topic: TopicWriter) -> None:
    registry.log.write(30)
    for position in range(1, 31):
        true = topic.message(position)
        headers = {**dict(true.headers), "ce_subject": b"somebody else", "ce_time": b"1999-01-01T00:00:00Z"}
        topic.write(Message(b"another key", true.value, list(headers.items())))

    with Runner(registry, Counting):
        until(lambda: cursor_of(registry)[0] == 30)

    judge(registry, 30)


def test_at_a_gap_the_reader_reads_on_for_what_it_lacks(registry: TestedRegistry, topic: TopicWriter) -> None:
    registry.log.write(90)
    topic.publish(1, 30)
    topic.publish(41, 60)

    with Runner(registry, Counting):
        until(lambda: "lacks position 31" in (cursor_of(registry)[2] or ""))
        assert cursor_of(registry)[0] == 30
        topic.publish(31, 90)
        until(lambda: cursor_of(registry)[0] == 90)

    judge(registry, 90)
    assert cursor_of(registry)[2] is None


def test_a_store_that_was_put_back_stops_the_reader(registry: TestedRegistry, topic: TopicWriter) -> None:
    registry.log.write(50)
    topic.publish(1, 50)
    with Runner(registry, Counting):
        until(lambda: cursor_of(registry)[0] == 50)
    registry.log.cut_back(45)
    registry.log.write(20)
    topic.publish(46, 65)

    with Runner(registry, Counting) as runner:
        until(lambda: not runner.alive)

    assert isinstance(runner.ended_by, StoreRewritten)
    assert cursor_of(registry)[0] == 50


def test_a_read_model_that_is_ahead_notices_that_the_store_was_put_back(
    registry: TestedRegistry, topic: TopicWriter
) -> None:
    registry.log.write(50)
    topic.publish(1, 50)
    with Runner(registry, Counting):
        until(lambda: cursor_of(registry)[0] == 50)
    registry.log.cut_back(45)
    registry.log.write(20)
    topic.publish(46, 65)

    with Runner(registry, Counting2, Counting) as runner:
        until(lambda: not runner.alive)

    assert isinstance(runner.ended_by, StoreRewritten)
    assert "Position 50 " in str(runner.ended_by)
    assert cursor_of(registry)[0] == 50


def test_a_topic_in_which_the_hint_means_nothing_is_read_from_its_beginning(
    registry: TestedRegistry, topic: TopicWriter
) -> None:
    registry.log.write(60)
    topic.publish(1, 60)
    with Runner(registry, Counting):
        until(lambda: cursor_of(registry)[0] == 60)
    registry.log.connection.execute("UPDATE registry.builds SET position = 0, leaf_hash = NULL, kafka_offset = 55")
    registry.log.connection.execute("TRUNCATE counting_1.chains, counting_1.places")

    with Runner(registry, Counting):
        until(lambda: cursor_of(registry)[0] == 60, seconds=8)

    judge(registry, 60)


def test_kafka_away_is_waited_for(registry: TestedRegistry) -> None:
    runner = Runner(registry, Counting)
    nobody = type(runner.plan.servers)(bootstrap_servers="127.0.0.1:1", user="projector", password="x")
    plan = ProjectorPlan(
        dsn=runner.plan.dsn, servers=nobody, topic="t-none", codec=runner.plan.codec, models=[Counting]
    )
    life = Life()
    told: list[RegistryError] = []

    def tell(error: RegistryError) -> None:
        told.append(error)
        life.stop()

    assert live("projector", lambda given: project(plan, given), life, tell) == 0

    assert [error.name for error in told] == ["KafkaAway"]


# One in each column of both tables: a digest that leaves one out is blind there.
CHANGES = (
    b"UPDATE counting_1.chains SET events = events + 1 WHERE clinic = 'none'",
    b"UPDATE counting_1.chains SET chain = chain || '\\x00'::bytea WHERE clinic = 'none'",
    b"UPDATE counting_1.chains SET clinic = 'nowhere' WHERE clinic = 'none'",
    b"UPDATE counting_1.places SET topic = topic || '?' WHERE position = 7",
    b"UPDATE counting_1.places SET position = 1000 WHERE position = 7",
)


def test_equal_logs_give_equal_digests(registry: TestedRegistry, topic: TopicWriter) -> None:
    registry.log.write(80)
    topic.publish(1, 80)
    with Runner(registry, Counting, Counting2):
        until(lambda: cursor_of(registry)[0] == cursor_of(registry, "counting_again")[0] == 80)

    with registry.log.connection.cursor() as cursor:
        digests = {digest(cursor, f"{name}_1", Counting.tables) for name in ("counting", "counting_again")}
        for number, change in enumerate(CHANGES, start=2):
            cursor.execute(change)
            digests.add(digest(cursor, "counting_1", Counting.tables))
            assert len(digests) == number, change
