"""Command lines of `icms`, run in this process or as the real executable, in an environment of their own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from interfaces.bootstrap import Bootstrap
from interfaces.cli.main import run

ICMS = Path(sys.executable).with_name("icms")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command line printed, and with which code it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Shell:
    """Somebody's terminal: the environment in which `icms` is called."""

    environment: Mapping[str, str] = field(default_factory=dict)

    def with_(self, **environment: str) -> Shell:
        return Shell({**self.environment, **environment})

    @property
    def bootstrap(self) -> Bootstrap:
        return Bootstrap.from_environment(self.environment)

    @property
    def variables(self) -> dict[str, str]:
        """Return the whole environment: that of the tests, without what would configure another registry."""
        return {name: text for name, text in os.environ.items() if not name.startswith("ICMS_")} | dict(
            self.environment
        )

    def icms(self, *arguments: object, stdin: str = "") -> Answer:
        """Run a command line in this process."""
        out, err = io.StringIO(), io.StringIO()
        given = io.TextIOWrapper(io.BytesIO(stdin.encode()))
        with (
            patch.dict(os.environ, self.variables, clear=True),
            patch.object(sys, "stdin", given),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            code = run([str(each) for each in arguments])
        return Answer(int(code), out.getvalue(), err.getvalue())

    def done(self, *arguments: object, stdin: str = "") -> Any:
        """Run a command line with --json, which must succeed, and return what it printed."""
        answer = self.icms(*arguments, "--json", stdin=stdin)
        assert answer.code == 0, f"icms {' '.join(map(str, arguments))} ended with {answer.code}: {answer.err}"
        return answer.json

    def process(self, *arguments: object, **options: Any) -> subprocess.Popen[bytes]:
        """Start the real executable."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command = [str(ICMS), *map(str, arguments)]
        return subprocess.Popen(command, env=self.variables, start_new_session=True, **{**pipes, **options})

    def executed(self, *arguments: object, **options: Any) -> Answer:
        """Run the real executable to its end."""
        with self.process(*arguments, **options) as process:
            out, err = process.communicate(timeout=120)
        return Answer(process.returncode, (out or b"").decode(), (err or b"").decode())
