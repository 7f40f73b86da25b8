"""What docs/subscribing.md shows works as it stands, against a registry that runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.way.foreign_client import access_of
from tests.way.installation import Installation

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "subscribing.md"


def snippets() -> list[str]:
    """Return the pieces of Python in the document."""
    return re.findall(r"^```python\n(.*?)^```", DOCUMENT.read_text(), flags=re.MULTILINE | re.DOTALL)


def public_positions(way: Installation) -> list[int]:
    with way.bootstrap.log() as log:
        return [row.position for row in log.read(0, 100_000) if row.disclosure == "public"]


@contextmanager
def started(code: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a program in a folder; whatever the test does, it ends with it."""
    command = [sys.executable, "-u", "-W", "error::DeprecationWarning", "-c", code]
    program = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield program
    finally:
        program.kill()
        program.communicate()


def test_the_ten_lines_print_every_public_event(way: Installation, tmp_path: Path) -> None:
    way.caught_up()
    code = snippets()[0]
    wanted = public_positions(way)
    # As the reader of the document gets it.
    (tmp_path / "access.json").write_text(way.icms("subscribe", "--show", "--json").out)

    with started(code, tmp_path) as program:
        assert program.stdout is not None
        printed = [program.stdout.readline() for _ in wanted]

    assert len([line for line in code.splitlines() if line.strip()]) == 10
    assert [int(line.split()[0]) for line in printed] == wanted
    assert "RegistryOpened" not in printed[0]  # a value is decoded, it is no name
    assert "recorded_at" in printed[0]


def test_a_repeat_is_dropped_and_a_miss_is_noticed() -> None:
    names: dict[str, Any] = {}
    exec(snippets()[1], names)
    follows = names["follows"]

    def headers(position: int, previous: int) -> dict[str, bytes]:
        return {"position": b"%d" % position, "prev_position": b"%d" % previous}

    assert follows(headers(7, 4), 4)
    assert not follows(headers(4, 2), 4)
    assert not follows(headers(2, 0), 4)
    with pytest.raises(LookupError):
        follows(headers(9, 7), 4)


def test_show_tells_people_and_programs_the_same(way: Installation) -> None:
    for auditor in (False, True):
        shown = access_of(way, auditor=auditor)
        printed = way.icms("subscribe", "--show", *(["--auditor"] if auditor else [])).out

        for name, value in shown.items():
            if name != "librdkafka" and value is not None:
                assert str(value) in printed, name
        assert shown["librdkafka"]["sasl.password"] == shown["password"]
        assert shown["topic"] in DOCUMENT.read_text()
        assert f"`{shown['user']}`" in DOCUMENT.read_text()
        assert f"`{shown['group_prefix']}`" in DOCUMENT.read_text()


def test_subscribe_follows_the_public_events(way: Installation) -> None:
    way.caught_up()
    wanted = public_positions(way)

    whole = way.icms("subscribe", "--limit", len(wanted), "--json")
    later = way.icms("subscribe", "--after", wanted[3], "--limit", 2)

    followed = [json.loads(line) for line in whole.out.splitlines()]
    assert [entry["position"] for entry in followed] == wanted
    assert {entry["disclosure"] for entry in followed} == {"public"}
    shown = [line for line in later.out.splitlines() if re.match(r" *\d+  ", line)]
    assert [int(line.split()[0]) for line in shown] == wanted[4:6]
