"""A defect is planted in a copy of the sources and never in the sources; it is caught only by the test named for it.

A test that cannot be collected, or that fails because the planted code cannot run at all, has caught nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.shared_stack import state_dir

REPOSITORY = Path(__file__).resolve().parents[2]
PATCHES = Path(__file__).resolve().parent
PATIENCE = 150
"""Seconds after which a test that hangs counts as failed."""
_SOURCES = (
    "application", "consumers", "domain", "infra", "interfaces", "projections", "schemas", "tests", "pyproject.toml",
)  # fmt: skip
_FAILED = re.compile(r"^FAILED (\S+)", re.MULTILINE)
# Such a failure says that the patch is no program, and nothing about what it breaks.
_NO_PROGRAM = re.compile(
    r"^E +(NameError|ImportError|ModuleNotFoundError|SyntaxError|IndentationError|"
    r"psycopg\.errors\.(SyntaxError|UndefinedFunction|UndefinedColumn))\b",
    re.MULTILINE,
)
_WHERE = "import application as a, consumers as c, domain as d, infra as i; print(*(m.__file__ for m in (a, c, d, i)))"


class Verdict(StrEnum):
    """What became of a planted defect."""

    caught = "caught"
    not_caught = "NOT CAUGHT"
    cannot_apply = "CANNOT APPLY"
    no_program = "NO PROGRAM"


@dataclass(frozen=True, slots=True)
class Planted:
    """The verdict on one defect, how long its test took, and what pytest said."""

    verdict: Verdict
    seconds: float
    said: str


@dataclass(frozen=True, slots=True)
class Run:
    """What pytest said of some tests."""

    code: int
    failed: frozenset[str]
    """Node ids that failed, with and without their parameters."""
    seconds: float
    said: str

    @classmethod
    def of(cls, code: int, said: str, seconds: float) -> Run:
        """Read what pytest said."""
        failed = _FAILED.findall(said)
        return cls(code, frozenset(failed) | {test.partition("[")[0] for test in failed}, seconds, said)


def patch_file(name: str) -> Path:
    """Return where a patch is kept."""
    return PATCHES / f"{name}.patch"


def applies(patch: Path) -> bool:
    """Say whether a patch fits the sources as they are."""
    return _git_apply(patch, REPOSITORY, "--check")


def plant(patch: Path, test: str) -> Planted:
    """Run a test in a copy of the sources with this patch applied, and say whether the test noticed."""
    with copied_tree() as tree:
        if patch.stat().st_size and not _git_apply(patch, tree):
            return Planted(Verdict.cannot_apply, 0.0, "")
        run = run_tests(tree, [test])
    return Planted(judged(run, test), run.seconds, run.said)


def judged(run: Run, test: str) -> Verdict:
    """Say what a run of one test shows."""
    # What cannot be collected or set up is an error and no failure; an error behind a failure is its consequence.
    if run.code != 1 or test not in run.failed:
        return Verdict.not_caught
    return Verdict.no_program if _NO_PROGRAM.search(run.said) else Verdict.caught


def run_tests(tree: Path, tests: Sequence[str]) -> Run:
    """Run tests of a copy on the servers that the tests share, up to the first that fails."""
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-rfE", "--tb=short", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [*command, f"--timeout={PATIENCE}", *tests],
            cwd=tree, env=_environment(tree), capture_output=True, text=True, timeout=PATIENCE * (len(tests) + 1),
            check=False,
        )  # fmt: skip
        code, said = done.returncode, done.stdout + done.stderr
    except subprocess.TimeoutExpired:
        code, said = -1, "pytest did not end"
    return Run.of(code, said, time.monotonic() - began)


@contextmanager
def copied_tree() -> Iterator[Path]:
    """Yield a copy of the sources, from which Python and the tests really import."""
    with tempfile.TemporaryDirectory(prefix="icms-defect-") as folder:
        tree = Path(folder).resolve()
        for name in _sources():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, tree / name)
        yield tree


def require_own_sources(tree: Path) -> None:
    """Make sure that a process in this copy imports the copy, although the package is installed from the checkout.

    Raises: RuntimeError
    """
    found = subprocess.run(
        [sys.executable, "-c", _WHERE], cwd=tree, env=_environment(tree), capture_output=True, text=True, check=True
    ).stdout.split()
    astray = [file for file in found if not Path(file).is_relative_to(tree)]
    if astray or not found:
        raise RuntimeError(f"not imported from the copy: {astray}")


def _sources() -> list[str]:
    """Return what git would know of the sources; a module that is not added yet may be imported already."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *_SOURCES]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (REPOSITORY / name).is_file()]


def _git_apply(patch: Path, tree: Path, *options: str) -> bool:
    # Were the copy within a repository, git would leave out every file silently.
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)}
    command = ["git", "apply", "--whitespace=nowarn", *options, str(patch)]
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, check=False).returncode == 0


def _environment(tree: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "ICMS_", "GIT_"))}
    return {
        **kept,
        "PYTHONPATH": str(tree),
        "PYTHONDONTWRITEBYTECODE": "1",
        "ICMS_TEST_STATE_DIR": str(state_dir()),
    }
