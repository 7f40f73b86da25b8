"""`python -m tests.defects [NAME…]` plants all defects, or some, and ends with 1 if one slipped through.

Each named test is first seen to pass where nothing was planted; otherwise its failure would show nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from tests.defects.catalogue import DEFECTS, Defect
from tests.defects.planting import Run, Verdict, copied_tree, patch_file, plant, require_own_sources, run_tests
from tests.shared_stack import hold_stack, state_dir


def chosen(names: Sequence[str]) -> list[Defect]:
    """Return the defects of these names, or all.

    Raises: SystemExit
    """
    unknown = set(names) - {defect.patch for defect in DEFECTS}
    if unknown:
        raise SystemExit(f"there is no defect {', '.join(sorted(unknown))}")
    return [defect for defect in DEFECTS if not names or defect.patch in names]


def sound(tests: Sequence[str]) -> Run:
    """Run the named tests where nothing was planted."""
    with copied_tree() as tree:
        require_own_sources(tree)
        return run_tests(tree, tests)


def line(defect: Defect, verdict: str, seconds: float) -> str:
    """Return a defect's line of the table."""
    row = "" if defect.row is None else str(defect.row)
    return f"{defect.patch:<40} {row:>3}  {verdict:<12} {seconds:6.1f} s  {defect.test.removeprefix('tests/')}"


def main(names: Sequence[str]) -> int:
    """Plant, print one table, and return how the process ends."""
    defects = chosen(names)
    with hold_stack(state_dir(), state_dir().parent / "kafka-jars"):
        tests = sorted({defect.test for defect in defects})
        before = sound(tests)
        if before.code != 0:
            click.echo(before.said)
            click.echo("These tests fail where nothing is planted; nothing was planted.")
            return 1
        click.echo(f"{len(tests)} tests pass where nothing is planted ({before.seconds:.0f} s)")
        caught = 0
        for defect in defects:
            planted = plant(patch_file(defect.patch), defect.test)
            click.echo(line(defect, planted.verdict, planted.seconds))
            caught += planted.verdict is Verdict.caught
    click.echo(f"{caught} of {len(defects)} caught")
    return 0 if caught == len(defects) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
