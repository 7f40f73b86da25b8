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

    Raises: click.UsageError
    """
    unknown = set(names) - {defect.patch for defect in DEFECTS}
    if unknown:
        raise click.UsageError(f"there is no defect {', '.join(sorted(unknown))}; --list shows all")
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


@click.command()
@click.argument("names", nargs=-1, metavar="[DEFECT]...")
@click.option("--list", "listed", is_flag=True, help="Only show the defects: row, what is broken, the test.")
def main(names: tuple[str, ...], *, listed: bool) -> None:
    """Plant every known defect, or those named, in a copy of the sources, and see the test that must catch it fail."""
    if listed:
        for defect in chosen(names):
            click.echo(f"{defect.patch:<40} {defect.row or '':>3}  {defect.broken}")
        return
    sys.exit(planted(chosen(names)))


def planted(defects: Sequence[Defect]) -> int:
    """Plant, print one table, and return how the process ends."""
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
            found = plant(patch_file(defect.patch), defect.test)
            click.echo(line(defect, found.verdict, found.seconds))
            caught += found.verdict is Verdict.caught
    click.echo(f"{caught} of {len(defects)} caught")
    return 0 if caught == len(defects) else 1


if __name__ == "__main__":
    main()
