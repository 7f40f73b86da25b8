"""As of a position everything is answered as a log would answer that ends there; a write is read by its position."""

from __future__ import annotations

import itertools
import json
import os
import secrets
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.dates import day
from tests.way.installation import Installation
from tests.way.society import a_member

DAYS = {"{then}": 0, "{later}": 250}
"""Days of which a question speaks, counted from the day on which the position was recorded."""


@pytest.fixture(scope="module")
def position(way: Installation) -> int:
    """Return a position in the middle of the history of many clinics, the last one of its moment."""
    position = way.caught_up() * 2 // 5
    with way.bootstrap.log() as log:
        rows = log.read(position - 1, 100)
    return next(row.position for row, after in itertools.pairwise(rows) if row.recorded_at < after.recorded_at)


@pytest.fixture(scope="module")
def then(way: Installation, position: int) -> date:
    """Return the day on which the position was recorded."""
    with way.bootstrap.log() as log:
        row = log.row(position)
    assert row is not None
    return row.recorded_at.date()


def asked(question: tuple[str, ...], then: date) -> list[str]:
    """Return a question with its days."""
    return [str(then + timedelta(days=DAYS[word])) if word in DAYS else word for word in question]


@pytest.fixture(scope="module")
def cut(way: Installation, position: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Yield a registry whose log is the beginning of the other's, with read models made from it alone."""
    with way.beside(f"w_{secrets.token_hex(6)}", tmp_path_factory.mktemp("cut") / "state") as beside:
        beside.services.prepare()
        for table in ("store", "events"):
            copy(way, beside, table, position)
        for built in beside.done("rebuild", "--switch"):
            assert built["position"] == position
        yield beside


def copy(whole: Installation, beside: Installation, table: str, upto: int) -> None:
    """Copy the rows of a table, of the events those up to a position."""
    which = f"SELECT * FROM registry.{table}" + (f" WHERE position <= {upto}" if table == "events" else "")
    with whole.owner() as source, beside.owner() as target:
        read = source.cursor().copy(f"COPY ({which}) TO STDOUT (FORMAT binary)".encode())
        write = target.cursor().copy(f"COPY registry.{table} FROM STDIN (FORMAT binary)".encode())
        with read as rows, write as copied:
            for block in rows:
                copied.write(block)


def clinics_of(way: Installation) -> list[str]:
    """Return the ids of ten clinics: those that were found first, about which most is known."""
    found = way.done("events", "tail", "--type", "ClinicIdentified", "--limit", 1000)
    return [entry["clinic_id"] for entry in found[:10]]


def outcome(way: Installation, *arguments: object) -> tuple[int, Any]:
    """Return the code of a command line, and what it printed for programs or the name of its refusal."""
    answer = way.icms(*arguments, "--json")
    return answer.code, answer.json if answer.code == 0 else json.loads(answer.err)["error"]


@pytest.mark.parametrize(
    "question",
    [
        ("history",),
        ("history", "--happened-by", "{then}"),
        ("compliance", "--day", "{then}"),
        ("compliance", "--day", "{later}"),
        ("compliance", "--day", "{later}", "--happened-by", "{then}"),
        ("compliance", "--day", "{then}", "--figures"),
    ],
    ids=" ".join,
)
def test_a_clinic_as_of_a_position_is_as_in_a_log_that_ends_there(
    way: Installation, cut: Installation, position: int, then: date, question: tuple[str, ...]
) -> None:
    command, *options = asked(question, then)
    differs_from_now = 0

    for clinic in clinics_of(way):
        known = without_position(outcome(way, command, clinic, *options, "--as-of", position))

        assert known == without_position(outcome(cut, command, clinic, *options)), clinic
        differs_from_now += known != without_position(outcome(way, command, clinic, *options))

    assert differs_from_now


def without_position(answer: tuple[int, Any]) -> Any:
    """Leave out of an answer up to where the read model is, and the clock was: not the same in both."""
    code, content = answer
    return code, {**content, "position": None, "decided": None} if isinstance(content, dict) else content


@pytest.mark.parametrize(
    "question",
    [
        ("listing", "--day", "{then}"),
        ("compliance", "--day", "{then}"),
        ("compliance", "--day", "{later}", "--rule", "FU-30"),
    ],
    ids=" ".join,
)
def test_lists_as_of_a_position_are_as_in_a_log_that_ends_there(
    way: Installation, cut: Installation, position: int, then: date, question: tuple[str, ...]
) -> None:
    words = asked(question, then)

    known = way.done(*words, "--as-of", position)

    assert known["duties"] if isinstance(known, dict) else known
    assert known == cut.done(*words)
    assert known != way.done(*words)


def test_as_of_a_time_is_as_of_the_last_event_recorded_by_then(way: Installation, position: int) -> None:
    with way.bootstrap.log() as log:
        row = log.row(position)
    assert row is not None

    assert way.done("listing", "--as-of", row.recorded_at.isoformat()) == way.done("listing", "--as-of", position)


def test_happened_by_leaves_out_what_happened_later(way: Installation, then: date) -> None:
    left_out = 0

    for clinic in clinics_of(way):
        whole = way.done("history", clinic)
        by_then = way.done("history", clinic, "--happened-by", then)

        assert by_then == [entry for entry in whole if date.fromisoformat(entry["happened"]) <= then]
        left_out += len(whole) - len(by_then)

    assert left_out


@pytest.mark.parametrize("command", ["history", "compliance", "listing", "events count", "events tail"])
def test_a_position_that_is_not_reached_is_refused_within_two_seconds_naming_both(
    way: Installation, command: str
) -> None:
    head = way.caught_up()
    clinic = clinics_of(way)[:1] if command in ("history", "compliance") else []

    began = time.monotonic()
    answer = way.icms(*command.split(), *clinic, "--min-position", head + 7, "--json")
    took = time.monotonic() - began

    refusal = json.loads(answer.err)
    assert answer.code == 12
    assert str(head) in refusal["message"]
    assert str(head + 7) in refusal["message"]
    # Two seconds of waiting; the rest is for a machine that has other things to do.
    assert 2.0 <= took < 6.0


@contextmanager
def frozen(way: Installation, name: str) -> Iterator[None]:
    """Let a process stand still for a while."""
    pid = next(each.pid for each in way.services.status() if each.name == name)
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_write_is_read_by_the_position_of_its_receipt_or_the_reader_is_told(
    way: Installation, tmp_path: Path
) -> None:
    member, recently = a_member(way), day(datetime.now(UTC).date() - timedelta(days=3))
    with frozen(way, "projector"):
        receipt = member.submit(tmp_path, member.submission(performed_on=recently)).json
        treatment, position = receipt["aggregate_id"], receipt["last_position"]
        fresh = ("--min-position", position)
        questions = {
            "the treatment": ("history", treatment, *fresh),
            "the clinic": ("history", member.clinic_id, "--type", "TreatmentSubmitted", *fresh),
            "its duties": ("compliance", member.clinic_id, "--rule", "TX-30", *fresh),
        }

        for question in questions.values():
            assert outcome(way, *question) == (12, "ReadModelBehind")

    answers = {name: answered(way, *question) for name, question in questions.items()}

    assert [entry["position"] for entry in answers["the treatment"]] == [position]
    assert answers["the clinic"][-1]["position"] == position
    # Its duty is the clock's to record; until the next tick the answer says that this was not looked at yet.
    assert answers["its duties"]["position"] >= position
    assert answers["its duties"]["decided"]["position"] < position
    assert not [duty for duty in answers["its duties"]["duties"] if treatment in json.dumps(duty)]


def answered(way: Installation, *question: object) -> Any:
    """Ask until the read model is not behind any more."""
    while (answer := outcome(way, *question))[0] == 12:
        continue
    code, content = answer
    assert code == 0
    return content
