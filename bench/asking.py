"""Row H2: `icms history` of a clinic with ten thousand events in the kept store, now and as of half-way.

It is the real command in a process of its own, from its start to its last line.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import kept
from bench.ground import PASSWORDS, REPOSITORY, Ground
from bench.row import Contest, RowFailed
from infra.stack.state_files import make_private_folder, write_json

_ALL, _HALF = 10_000, 4_900


def history(as_of: int | None) -> Callable[[Ground], Any]:
    """Return the contest with a clock."""

    @contextmanager
    def prepare(ground: Ground) -> Iterator[Contest]:
        dsn = kept.kept(ground).owner_dsn
        folder = make_private_folder(ground.folder / "asking")
        write_json(folder / "secrets.json", {"icms_reader": PASSWORDS["icms_reader"]}, 0o600)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("ICMS_")}
        environment |= {"ICMS_STATE_DIR": str(folder), "ICMS_DATABASE_URL": dsn}
        command = [str(Path(sys.executable).with_name("icms")), "history", str(kept.LONG), "--json"]
        command += [] if as_of is None else ["--as-of", str(as_of)]
        figures: dict[str, float] = {}

        def ours() -> float:
            began = time.perf_counter()
            done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
            seconds = time.perf_counter() - began
            figures["events"] = done.stdout.count('"event_id"')
            if done.returncode or figures["events"] < (_ALL if as_of is None else _HALF):
                raise RowFailed(f"{figures['events']:.0f} events, {done.stderr.strip()[-300:]}")
            return seconds

        yield Contest(ours, lambda: 1.0, figures)

    return prepare
