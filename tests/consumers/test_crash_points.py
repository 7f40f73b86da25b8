"""Everything that can be interrupted has a name that exists in the code, and a name that does not exist is refused."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import consumers
from consumers import crash_points
from domain.errors import InvalidInput

FOLDER = Path(str(consumers.__file__)).parent


def test_the_table_names_every_point_in_the_code_and_no_other() -> None:
    used = [
        name
        for path in FOLDER.glob("*.py")
        for name in re.findall(r'crash_point\("([^"]+)"\)', path.read_text("utf-8"))
    ]

    assert sorted(used) == sorted(crash_points.CRASH_POINTS)


def test_an_unknown_point_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"there is no crash point relay\.nowhere"):
        crash_points.arm({crash_points.VARIABLE: "relay.nowhere"})


def test_unarmed_nothing_happens() -> None:
    crash_points.arm({})

    for name in crash_points.CRASH_POINTS:
        crash_points.crash_point(name)


def test_an_armed_point_kills_at_the_time_it_was_told() -> None:
    program = (
        "from consumers.crash_points import arm, crash_point\n"
        "arm({'ICMS_TEST_CRASH_AT': 'relay.after_send:3'})\n"
        "for number in range(5):\n"
        "    crash_point('relay.before_send')\n"
        "    print(number, flush=True)\n"
        "    crash_point('relay.after_send')\n"
    )

    done = subprocess.run([sys.executable, "-c", program], cwd=FOLDER.parent, capture_output=True, check=False)

    assert done.returncode == -signal.SIGKILL
    assert done.stdout.split() == [b"0", b"1", b"2"]
