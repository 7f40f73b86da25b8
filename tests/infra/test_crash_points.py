"""Everything that can be interrupted has a name that exists in the code, and a name that does not exist is refused."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import consumers
import infra
from domain.errors import InvalidInput
from infra import crash_points
from tests.infra.effects import Step, steps_of

FOLDERS = [Path(str(package.__file__)).parent for package in (consumers, infra)]
SOURCES = [path for folder in FOLDERS for path in sorted(folder.glob("*.py"))]
ONE_STATEMENT = "one statement that PostgreSQL does whole or not at all; nothing follows from its half"
INSIDE = "a step inside the one that its caller names"
ASKED = "what is asked is looked at where its callers ask it"
AT_SETUP = "when a store is made or migrated, by hand; each step is one transaction and may be given again"
NOT_NAMED = {
    "consumers/builds.py::create": "one transaction; rebuild.after_create stands behind it",
    "consumers/builds.py::move": INSIDE,
    "consumers/builds.py::quarantine": ONE_STATEMENT,
    "consumers/builds.py::report": ONE_STATEMENT,
    "consumers/builds.py::switch": INSIDE,
    "consumers/builds.py::drop": "one transaction; the next rebuild drops what is left",
    "consumers/clock_place.py::assess": "one statement; assessed again, a quarter is answered as a repeat",
    "consumers/clock_place.py::make": ONE_STATEMENT,
    "consumers/clock_place.py::move": "one statement behind clock.before_cursor; looked at again, nothing comes twice",
    "consumers/clock_place.py::round_head": "one statement; a round that was begun is found again by its moment",
    "consumers/clock_place.py::round_over": "one statement; a round that was over is done again and finds nothing",
    "consumers/clock_place.py::rounds_over": "one statement; rounds that were over are done again and find nothing",
    "consumers/clock_place.py::ticked": "one statement for people; what matters was recorded before it",
    "consumers/clock_moments.py::note_case": "one transaction; what it notes follows from the case and is noted again",
    "consumers/clock_moments.py::note": "one transaction; what it notes follows from the log and is noted again",
    "consumers/beside.py::_work": "an answer between two processes that only read",
    "consumers/projector.py::_apply": "one transaction that moves cursors alone; the records are read again",
    "consumers/rebuild.py::_switch": "one transaction between rebuild.before_switch and rebuild.after_switch",
    "consumers/share_cursors.py::begin": "one transaction on an empty build; begun again, it is done again",
    "consumers/share_cursors.py::arrive": "one transaction; shares that have arrived are not made again",
    "consumers/share_cursors.py::forget": INSIDE,
    "consumers/share_cursors.py::mover": INSIDE,
    "consumers/share_cursors.py::move": INSIDE,
    "consumers/shares.py::_work": "an answer between two processes; what was made is in the store before it",
    "consumers/fold.py::pass_to": "one transaction that moves a cursor alone; moved again, it stays",
    "consumers/lease.py::acquire": "one statement; relay.after_lease stands behind it",
    "consumers/lease.py::renew": ONE_STATEMENT,
    "consumers/lease.py::report": ONE_STATEMENT,
    "consumers/lease.py::release": ONE_STATEMENT,
    "consumers/relay_notes.py::write_note": "one statement; relay.after_topic_noted stands behind it",
    "consumers/relay_notes.py::settle": ONE_STATEMENT,
    "consumers/relay_notes.py::accept_cluster": ONE_STATEMENT,
    "infra/append.py::send": INSIDE,
    "infra/key_files.py::register_keys": AT_SETUP,
    "infra/key_files.py::_create": AT_SETUP,
    "infra/clinic_index.py::claim": "one statement; claimed again by the same clinic, nothing changes",
    "infra/libpq.py::_exchange": INSIDE,
    "infra/libpq.py::send": INSIDE,
    "infra/migration.py::give_password": AT_SETUP,
    "infra/migration.py::migrate": AT_SETUP,
    "infra/migration.py::_apply": AT_SETUP,
    "infra/postgres.py::mark_store": AT_SETUP,
    "infra/reader.py::answer": ASKED,
    "infra/reader.py::rows": ASKED,
    "infra/schema_shelf.py::shelve": "a tool of those who write the software",
    "infra/schema_shelf.py::_write_json": "a tool of those who write the software",
    "infra/subject_keys.py::_keep": INSIDE,
}
"""Steps with an effect that have no name of their own, and why they need none."""


HOLDING = """
_MOVE = 'DELETE FROM registry.x'
_LOOK = 'SELECT 1 FROM registry.x'
_ALL = (_MOVE, 'SELECT 1')
class Place:
    moving = _MOVE
def _moving():
    return _MOVE
def _one(query):
    return cursor.execute(query).fetchone()
"""
"""A source in which statements are held in every way."""


def test_the_table_names_every_point_in_the_code_and_no_other() -> None:
    used = {name for path in SOURCES for name in re.findall(r'crash_point\("([^"]+)"\)', path.read_text("utf-8"))}

    assert used == set(crash_points.CRASH_POINTS)


def test_every_step_that_has_an_effect_has_a_name_or_a_reason() -> None:
    found = [step for path in SOURCES for step in steps_of(path.read_text("utf-8"), f"{path.parent.name}/{path.name}")]

    assert {step.place for step in found if not step.named} == set(NOT_NAMED)
    assert len([step for step in found if step.named]) >= 4


@pytest.mark.parametrize(
    "line",
    [
        "connection.commit()",
        "with connection.transaction(): pass",
        "producer.send('topic', b'value')",
        "cursor.execute('UPDATE registry.builds SET position = 1')",
        "cursor.execute(_MOVE, {})",
        "_MOVE.ask(connection, ())",
        "statement = 'DELETE FROM registry.x'; cursor.execute(statement)",
        "moving = _MOVE; cursor.execute(moving.format(place=1))",
        "for each in ('SELECT 1', _MOVE): cursor.execute(each)",
        "[cursor.execute(each) for each in _ALL]",
        "cursor.execute(_moving())",
        "cursor.execute(Place.moving)",
        "cursor.execute(statement := f'{_MOVE} WHERE x')",
        "cursor.execute(brought_from_elsewhere)",
        "_one(_MOVE)",
        "self._one(_MOVE)",
        "self._reader.rows(_MOVE, {})",
        "many(pool.execute)",
        "pool.submit(connection.commit)",
        "cursor.copy('COPY registry.x (a) FROM STDIN')",
        "os.fsync(file)",
        "os.replace(one, other)",
        "path.unlink()",
    ],
)
def test_a_new_step_without_a_name_is_noticed(line: str) -> None:
    source = f"{HOLDING}\ndef step():\n    {line}\n"
    named = source + "    crash_point('relay.after_send')\n"

    assert steps_of(source, "consumers/new.py") == [Step("consumers/new.py::step", named=False)]
    assert steps_of(named, "consumers/new.py") == [Step("consumers/new.py::step", named=True)]


@pytest.mark.parametrize(
    "line",
    [
        "cursor.execute('SELECT 1')",
        "statement = 'SELECT 1'; cursor.execute(statement)",
        "_one(_LOOK)",
        "self._reader.rows(_LOOK, {})",
        "cursor.copy('COPY (SELECT 1) TO STDOUT')",
        "twin = copy.copy(value)",
        "self.handler.execute(command, request)",
        "'a'.replace('a', 'b')",
    ],
)
def test_what_only_reads_needs_no_name(line: str) -> None:
    assert steps_of(f"{HOLDING}\ndef step():\n    {line}\n", "consumers/new.py") == []


def test_an_unknown_point_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"there is no crash point relay\.nowhere"):
        crash_points.arm({crash_points.VARIABLE: "relay.nowhere"})


def test_unarmed_nothing_happens() -> None:
    crash_points.arm({})

    for name in crash_points.CRASH_POINTS:
        crash_points.crash_point(name)


def test_an_armed_point_kills_at_the_time_it_was_told() -> None:
    program = (
        "from infra.crash_points import arm, crash_point\n"
        "arm({'ICMS_TEST_CRASH_AT': 'relay.after_send:3'})\n"
        "for number in range(5):\n"
        "    crash_point('relay.before_send')\n"
        "    print(number, flush=True)\n"
        "    crash_point('relay.after_send')\n"
    )

    done = subprocess.run([sys.executable, "-c", program], cwd=FOLDERS[0].parent, capture_output=True, check=False)

    assert done.returncode == -signal.SIGKILL
    assert done.stdout.split() == [b"0", b"1", b"2"]
