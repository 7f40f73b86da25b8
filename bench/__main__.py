"""Measure the rows asked for, tell each as soon as it is known, and print all as one table or as JSON.

Exit codes: 0 every gate is met, 1 one is not or a row was left out or failed, 2 nothing was measured.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

import click
import structlog
from rich.console import Console
from rich.table import Table

from bench.ground import Busy, Ground, NoRoom, facts
from bench.row import ROUNDS, Measured, Row, RowFailed, measure
from bench.table import ROWS


@dataclass(slots=True)
class Results:
    """What came of the rows; one that is missing is missed."""

    measured: list[Measured] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    """Rows that this machine lacks something for, and what."""
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Say whether every row was measured and keeps to its gate."""
        kept = all(each.row.holds(each.value, each.row.gate) for each in self.measured)
        return kept and not self.left_out and not self.failed


def chosen(wanted: Sequence[str]) -> list[Row]:
    """Return the rows named, whole or by the part before the slash; all where none is named.

    Raises: click.UsageError
    """
    known = {row.id for row in ROWS} | {row.id.partition("/")[0] for row in ROWS}
    if unknown := sorted(set(wanted) - known):
        raise click.UsageError(f"there is no row {', '.join(unknown)}; there are {', '.join(row.id for row in ROWS)}")
    return [row for row in ROWS if not wanted or row.id in wanted or row.id.partition("/")[0] in wanted]


def measured(rows: Sequence[Row], ground: Ground, rounds: int, results: Results) -> None:
    """Measure what is not left out; a row that fails does not take the others with it."""
    for row in rows:
        if row.id in results.left_out:
            click.echo(f"{row.id}: LEFT OUT, {results.left_out[row.id]}", err=True)
            continue
        click.echo(f"{row.id}: {row.what} against {row.against} ...", err=True)
        try:
            found = measure(row, ground, rounds)
        except RowFailed as error:
            results.failed[row.id] = str(error)
            click.echo(f"{row.id}: FAILED, {error}", err=True)
            continue
        results.measured.append(found)
        ratio = f"{found.value:.2f} ({found.ours:,.4g} and {found.peer:,.4g} {row.unit})"
        click.echo(f"{row.id}: {ratio}, gate {_verdict(found, row.gate)}; {found.told}".rstrip("; "), err=True)


def printed(results: Results) -> Table:
    """Return the table for people."""
    table = Table("row", "what", "against", "ours", "peer", "unit", "ratio", "low", "high", "gate", "goal")
    for each in results.measured:
        row = each.row
        table.add_row(
            row.id, row.what, row.against, f"{each.ours:,.4g}", f"{each.peer:,.4g}", row.unit, f"{each.value:.2f}",
            f"{min(each.ratios):.2f}", f"{max(each.ratios):.2f}", _verdict(each, row.gate), _verdict(each, row.goal),
        )  # fmt: skip
    for name, why in results.left_out.items():
        table.add_row(name, "LEFT OUT", why)
    for name, why in results.failed.items():
        table.add_row(name, "FAILED", why)
    return table


def _verdict(each: Measured, bound: float) -> str:
    sign = "≤" if each.row.at_most else "≥"
    return f"{sign} {bound:g} {'met' if each.row.holds(each.value, bound) else 'MISSED'}"


@click.command()
@click.argument("rows", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table.")
@click.option(
    "--rounds", type=click.IntRange(min=1), default=ROUNDS, show_default=True, help="Interleaved rounds of each row."
)
def main(rows: tuple[str, ...], as_json: bool, rounds: int) -> None:
    """Measure all ROWS, or those named (A1, A3, A3/8, ...)."""
    wanted, ground = chosen(rows), Ground()
    results = Results(left_out={row.id: lacking for row in wanted if (lacking := row.lacks(ground.folder))})
    if rows and results.left_out:
        for name, why in results.left_out.items():
            click.echo(f"{name}: {why}.", err=True)
        click.echo("Nothing was measured.", err=True)
        sys.exit(2)
    try:
        with ground:
            machine = facts(ground)
            measured(wanted, ground, rounds, results)
    except (NoRoom, Busy) as error:
        click.echo(f"Nothing was measured: {error}.", err=True)
        sys.exit(2)
    if as_json:
        found = {"rows": [each.as_json() for each in results.measured], "left_out": results.left_out}
        click.echo(json.dumps({"machine": machine, **found, "failed": results.failed}, indent=2))
    else:
        console = Console(width=170)
        console.print(", ".join(f"{name} {value}" for name, value in machine.items()))
        console.print(printed(results))
    sys.exit(0 if results.met else 1)


def _end(number: int, _: object) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    # Ended from outside, the servers of the run end with it.
    signal.signal(signal.SIGTERM, _end)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    main()
