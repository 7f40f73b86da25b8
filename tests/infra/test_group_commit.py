"""Rows 3 to 6 of the failure table: one rival wins, lost replies and repeats have one effect, crashes lose nothing."""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from domain.recording import StoreUnavailable
from infra import commit_queue, group_commit
from infra.append import Outcome, Submission, append
from infra.group_commit import GroupWriter
from infra.postgres import connect
from infra.stack.postgres_server import PostgresServer
from infra.stack.state_files import exclusive, make_folder
from tests.campaign.acknowledged import Acknowledged
from tests.infra.proxy import Fault, proxied
from tests.infra.scratch_store import command, count_events, damage, event, make_store, one
from tests.infra.told import Given, require_as_told

ROUNDS, STOPS = 30, 3


@pytest.fixture
def app_dsn(fresh_database: str) -> str:
    return make_store(fresh_database)


@pytest.fixture
def writer(app_dsn: str) -> Iterator[GroupWriter]:
    opened = GroupWriter(lambda: connect(app_dsn))
    yield opened
    opened.close()


def submit_all(writer: GroupWriter, submissions: list[Submission], threads: int = 16) -> list[Outcome]:
    """Submit from many threads and return the outcomes in the order of the submissions."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(writer.submit, submissions))


def test_one_of_sixteen_rivals_wins_each_round(app_dsn: str, fresh_database: str, seed: int) -> None:
    chance = random.Random(seed)
    writers = [GroupWriter(lambda: connect(app_dsn)) for _ in range(chance.randint(2, 4))]
    contested = {uuid4(): 0 for _ in range(3)}

    with ThreadPoolExecutor(16) as pool:
        for _ in range(ROUNDS):
            about = chance.choice(list(contested))
            rivals = [command(event(about, contested[about] + 1)) for _ in range(16)]
            # Others work beside them, in the same groups.
            group = rivals + [one() for _ in range(chance.randrange(8))]
            chance.shuffle(group)
            answers = dict(zip(map(id, group), submit_anywhere(pool, writers, group, chance), strict=True))
            words = Counter(answers.pop(id(each)).word for each in rivals)
            assert words == {"done": 1, "conflict": 15}
            assert all(outcome.word == "done" for outcome in answers.values())
            contested[about] += 1

    for each in writers:
        each.close()
    assert damage(fresh_database) == []
    require_as_told(fresh_database, ())


def submit_anywhere(
    pool: ThreadPoolExecutor, writers: list[GroupWriter], group: list[Submission], chance: random.Random
) -> list[Outcome]:
    """Submit a group at once, each command through any of the writers."""
    return [each.result() for each in [pool.submit(chance.choice(writers).submit, submission) for submission in group]]


def test_lost_requests_and_replies_have_one_effect_and_success_answers(
    app_dsn: str, fresh_database: str, seed: int
) -> None:
    chance = random.Random(seed)
    faults = [Fault.REPLY_LOST, Fault.REPLY_LOST, Fault.REQUEST_LOST, Fault.NONE, Fault.NONE, Fault.NONE]
    given = [Given() for _ in range(200)]

    with proxied(app_dsn, lambda _: chance.choice(faults)) as (dsn, proxy):
        writer = GroupWriter(lambda: connect(dsn))
        outcomes = submit_all(writer, [each.submission for each in given], threads=4)
        writer.close()

    assert Counter(outcome.word for outcome in outcomes) == {"done": 200}
    assert sorted(outcome.first_position for outcome in outcomes) == list(range(1, 201))
    assert proxy.lost.count(Fault.REPLY_LOST) > 10
    assert count_events(fresh_database) == 200
    require_as_told(fresh_database, (each.told(outcome) for each, outcome in zip(given, outcomes, strict=True)))


def test_groups_sent_ahead_have_one_effect_when_the_connection_is_lost(app_dsn: str, fresh_database: str) -> None:
    chance = random.Random(6)
    faults = [Fault.REPLY_LOST, Fault.REQUEST_LOST, Fault.NONE, Fault.NONE, Fault.NONE, Fault.NONE]
    submissions = [one() for _ in range(400)]

    with proxied(app_dsn, lambda _: chance.choice(faults)) as (dsn, proxy):
        writer = GroupWriter(lambda: connect(dsn))
        outcomes = submit_all(writer, submissions, threads=24)
        writer.close()

    assert Counter(outcome.word for outcome in outcomes) == {"done": 400}
    assert sorted(outcome.first_position for outcome in outcomes) == list(range(1, 401))
    assert proxy.lost.count(Fault.REPLY_LOST) > 3
    assert count_events(fresh_database) == 400
    assert damage(fresh_database) == []


def test_nobody_is_answered_before_the_commit(writer: GroupWriter, fresh_database: str) -> None:
    with psycopg.connect(fresh_database) as owner:
        owner.execute(_FAILS_AT_COMMIT)
    submissions = [one() for _ in range(40)]
    submissions[25] = command(event(uuid4(), topic="FailsAtCommit.v1"))

    def answer(submission: Submission) -> str:
        try:
            return writer.submit(submission).word
        except StoreUnavailable:
            return "unavailable"

    with ThreadPoolExecutor(20) as pool:
        words = list(pool.map(answer, submissions))

    assert words == ["done"] * 25 + ["unavailable"] + ["done"] * 14
    assert count_events(fresh_database) == 39
    assert damage(fresh_database) == []


_FAILS_AT_COMMIT = """
    CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
        RAISE EXCEPTION 'not committed';
    END
    $body$;
    CREATE CONSTRAINT TRIGGER fails_at_commit AFTER INSERT ON registry.events DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.topic = 'FailsAtCommit.v1') EXECUTE FUNCTION public.fail()
"""


def test_what_was_a_repeat_before_the_reply_was_lost_stays_one(app_dsn: str) -> None:
    repeated, nothing = one(), command()
    with proxied(app_dsn, lambda number: Fault.REPLY_LOST if number > 1 and number % 2 == 0 else Fault.NONE) as (
        dsn,
        _,
    ):
        writer = GroupWriter(lambda: connect(dsn))
        first = writer.submit(repeated)

        assert writer.submit(Submission(repeated.pieces, 1, b"another event")) == first._replace(word="repeat")
        assert writer.submit(nothing).word == "done"
        writer.close()


def test_random_repeats_get_the_same_answer_and_have_one_effect(
    writer: GroupWriter, fresh_database: str, seed: int
) -> None:
    chance = random.Random(seed)
    commands = [Given() for _ in range(300)]
    requests = [chance.randrange(300) for _ in range(1500)] + list(range(300))

    outcomes = submit_all(writer, [commands[number].submission for number in requests])

    answers: dict[int, set[Outcome]] = {}
    for number, outcome in zip(requests, outcomes, strict=True):
        answers.setdefault(number, set()).add(outcome._replace(word=""))
    assert all(len(answer) == 1 for answer in answers.values())
    assert Counter(outcome.word for outcome in outcomes) == {"done": 300, "repeat": 1500}
    assert count_events(fresh_database) == 300
    told = (commands[number].told(outcome) for number, outcome in zip(requests, outcomes, strict=True))
    require_as_told(fresh_database, told)


def test_a_command_that_postgresql_refuses_hinders_nobody(writer: GroupWriter, fresh_database: str) -> None:
    poison = [command(event(uuid4(), disclosure="nobody")) for _ in range(5)]
    submissions = [one() for _ in range(45)]

    def answer(submission: Submission) -> str:
        try:
            return writer.submit(submission).word
        except StoreUnavailable:
            return "unavailable"

    with ThreadPoolExecutor(16) as pool:
        words = list(
            pool.map(
                answer, [each for five in range(5) for each in (*submissions[five * 9 : five * 9 + 9], poison[five])]
            )
        )

    assert Counter(words) == {"done": 45, "unavailable": 5}
    assert count_events(fresh_database) == 45
    assert damage(fresh_database) == []


def test_waiting_commands_are_committed_together(writer: GroupWriter, fresh_database: str) -> None:
    with psycopg.connect(fresh_database) as other, ThreadPoolExecutor(40) as pool:
        other.execute("SELECT pg_advisory_xact_lock(7164290431)")
        answers = [pool.submit(writer.submit, one()) for _ in range(40)]
        while pending(writer) < 39:
            time.sleep(0.001)
        other.rollback()
        outcomes = [answer.result() for answer in answers]

    transactions = "SELECT count(DISTINCT xmin::text) FROM registry.events"
    with psycopg.connect(fresh_database) as owner:
        assert owner.execute(transactions).fetchone() == (2,)
    assert {outcome.word for outcome in outcomes} == {"done"}


def pending(writer: GroupWriter) -> int:
    """Return how many commands wait beside those that are being sent."""
    return len(writer.queue)


def test_who_comes_when_the_queue_is_full_waits(
    writer: GroupWriter, fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit_queue, "ROOM", 5)

    with psycopg.connect(fresh_database) as other, ThreadPoolExecutor(20) as pool:
        other.execute("SELECT pg_advisory_xact_lock(7164290431)")
        answers = [pool.submit(writer.submit, one()) for _ in range(20)]
        while pending(writer) < 5:
            time.sleep(0.001)
        assert pending(writer) == 5
        other.rollback()

        assert {answer.result().word for answer in answers} == {"done"}


def test_closing_commits_what_waits_and_refuses_what_comes(app_dsn: str, fresh_database: str) -> None:
    writer = GroupWriter(lambda: connect(app_dsn))
    with psycopg.connect(fresh_database) as other, ThreadPoolExecutor(10) as pool:
        other.execute("SELECT pg_advisory_xact_lock(7164290431)")
        answers = [pool.submit(writer.submit, one()) for _ in range(10)]
        while pending(writer) < 9:
            time.sleep(0.001)
        closing = pool.submit(writer.close)
        other.rollback()
        closing.result()

        assert {answer.result().word for answer in answers} <= {"done"}
    with pytest.raises(StoreUnavailable):
        writer.submit(one())


def test_without_postgresql_everybody_hears_of_it_in_time(app_dsn: str, fresh_database: str) -> None:
    with proxied(app_dsn, lambda _: Fault.NONE) as (dsn, proxy):
        writer = GroupWriter(lambda: connect(dsn), patience=3.0)
        proxy.close()
        began = time.monotonic()

        with ThreadPoolExecutor(8) as pool:
            answers = [pool.submit(writer.submit, one()) for _ in range(8)]
            errors = [answer.exception() for answer in answers]

        assert {type(error) for error in errors} == {StoreUnavailable}
        assert time.monotonic() - began < 4.0
        writer.close()
    assert count_events(fresh_database) == 0


def test_a_postgresql_that_hangs_is_not_waited_for_for_ever(app_dsn: str, fresh_database: str) -> None:
    writer = GroupWriter(lambda: connect(app_dsn), patience=1.0)
    large = command(event(uuid4(), state=bytes(4_000_000)))
    with psycopg.connect(fresh_database) as other:
        other.execute("SELECT pg_advisory_xact_lock(7164290431)")
        began = time.monotonic()

        for submission in (one(), large):
            with pytest.raises(StoreUnavailable, match="connection was lost"):
                writer.submit(submission)

        assert time.monotonic() - began < 6.0
    assert writer.submit(one()).word == "done"
    writer.close()


def test_commands_of_a_refused_group_share_one_patience(app_dsn: str, fresh_database: str) -> None:
    with proxied(app_dsn, lambda _: Fault.NONE) as (dsn, proxy):
        writer = GroupWriter(lambda: connect(dsn), patience=2.0)
        proxy.fault = lambda number: proxy.vanish() if number > 2 else Fault.NONE
        with psycopg.connect(fresh_database) as other, ThreadPoolExecutor(12) as pool:
            other.execute("SELECT pg_advisory_xact_lock(7164290431)")
            first = pool.submit(writer.submit, one())
            answers = [pool.submit(writer.submit, one()) for _ in range(10)]
            answers.append(pool.submit(writer.submit, command(event(uuid4(), disclosure="nobody"))))
            while pending(writer) < 11:
                time.sleep(0.001)
            other.rollback()
            began = time.monotonic()

            assert first.result().word == "done"
            assert {type(answer.exception()) for answer in answers} == {StoreUnavailable}

        assert time.monotonic() - began < 5.0
        writer.close()


@pytest.fixture
def crashing_server(stack_state_dir: Path) -> Iterator[PostgresServer]:
    """Yield a PostgreSQL that nobody else uses, so that it may be crashed."""
    folder = make_folder(stack_state_dir / "crashing")
    with exclusive(folder / ".one-test"):
        server = PostgresServer(folder)
        server.start()
        yield server
        server.stop("immediate")


def test_immediate_stops_lose_and_double_nothing(crashing_server: PostgresServer, seed: int) -> None:
    chance = random.Random(seed)
    name = f"t_{secrets.token_hex(8)}"
    with psycopg.connect(crashing_server.dsn(), autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {name}".encode())
    owner_dsn = crashing_server.dsn(name)
    writer = GroupWriter(_connector(make_store(owner_dsn)), patience=60)
    acknowledged: list[Acknowledged] = []
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            given = Given()
            acknowledged.append(given.told(writer.submit(given.submission)))

    clients = chance.randint(2, 12)
    with ThreadPoolExecutor(clients) as pool:
        workers = [pool.submit(work) for _ in range(clients)]
        for _ in range(STOPS):
            enough = len(acknowledged) + chance.randrange(1, 300)
            while len(acknowledged) < enough:
                time.sleep(0.002)
            crashing_server.stop("immediate")
            crashing_server.start()
        stop.set()
        for worker in workers:
            worker.result()
    writer.close()

    positions = sorted(each.first_position for each in acknowledged)
    assert positions == list(range(1, len(positions) + 1))
    assert count_events(owner_dsn) == len(acknowledged)
    require_as_told(owner_dsn, acknowledged)


def _connector(dsn: str) -> Callable[[], psycopg.Connection[tuple[object, ...]]]:
    return lambda: connect(dsn)


@pytest.mark.parametrize("planted", ["nothing is sent again", "what is sent again is a new command"])
def test_the_oracle_notices(app_dsn: str, fresh_database: str, monkeypatch: pytest.MonkeyPatch, planted: str) -> None:
    def again_as_new(
        connection: psycopg.Connection[tuple[object, ...]], group: list[Submission], _: float
    ) -> list[Outcome]:
        return real(connection, [one() for _ in group])

    real = append
    if planted == "nothing is sent again":
        monkeypatch.setattr(group_commit, "lost", lambda _: False)
    else:
        monkeypatch.setattr(group_commit, "append", again_as_new)

    with proxied(app_dsn, lambda number: Fault.REPLY_LOST if number == 1 else Fault.NONE) as (dsn, _):
        writer = GroupWriter(lambda: connect(dsn))
        try:
            success = writer.submit(one()).word == "done"
        except StoreUnavailable:
            success = False
        writer.close()

    assert not (success and count_events(fresh_database) == 1)
