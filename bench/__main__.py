"""Measure the rows asked for and print them as one table, or as JSON.

Exit codes: 0 every gate is met, 1 one is not, 2 nothing was measured.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
from collections.abc import Sequence

import click
import structlog
from rich.console import Console
from rich.table import Table

from bench.ground import Ground, NoRoom, facts
from bench.row import ROUNDS, Measured, Row, measure
from bench.table import NOT_BUILT, ROWS


def chosen(wanted: Sequence[str]) -> list[Row]:
    """Return the rows named, whole or by the part before the slash; all where none is named.

    Raises: click.UsageError
    """
    known = {row.id for row in ROWS} | {row.id.partition("/")[0] for row in ROWS}
    if unknown := sorted(set(wanted) - known):
        raise click.UsageError(f"there is no row {', '.join(unknown)}; there are {', '.join(row.id for row in ROWS)}")
    return [row for row in ROWS if not wanted or row.id in wanted or row.id.partition("/")[0] in wanted]


def printed(measured: Sequence[Measured]) -> Table:
    """Return the table for people."""
    table = Table("row", "what", "against", "ours /s", "peer /s", "ratio", "low", "high", "gate", "goal")
    for each in measured:
        row, sign = each.row, "≤" if each.row.at_most else "≥"
        table.add_row(
            row.id, row.what, row.against, f"{each.ours:,.4g}", f"{each.peer:,.4g}", f"{each.value:.2f}",
            f"{min(each.ratios):.2f}", f"{max(each.ratios):.2f}", _verdict(each, sign, row.gate),
            _verdict(each, sign, row.goal),
        )  # fmt: skip
    return table


def _verdict(each: Measured, sign: str, bound: float) -> str:
    return f"{sign} {bound:g} {'met' if each.row.holds(each.value, bound) else 'MISSED'}"


@click.command()
@click.argument("rows", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table.")
@click.option("--rounds", default=ROUNDS, show_default=True, help="Interleaved rounds of each row.")
def main(rows: tuple[str, ...], as_json: bool, rounds: int) -> None:
    """Measure all ROWS, or those named (A1, A3, A3/8, ...)."""
    wanted = chosen(rows)
    console = Console(width=160)
    try:
        with Ground() as ground:
            machine = facts(ground)
            measured = []
            for row in wanted:
                click.echo(f"{row.id}: {row.what} against {row.against} ...", err=True)
                measured.append(measure(row, ground, rounds))
    except NoRoom as error:
        click.echo(f"Nothing was measured: {error}.", err=True)
        sys.exit(2)
    if as_json:
        click.echo(json.dumps({"machine": machine, "rows": [each.as_json() for each in measured]}, indent=2))
    else:
        console.print(", ".join(f"{name} {value}" for name, value in machine.items()))
        console.print(printed(measured))
        if not rows:
            console.print("Not measured yet: " + ", ".join(f"{name} ({what})" for name, what in NOT_BUILT.items()))
    sys.exit(0 if all(each.row.holds(each.value, each.row.gate) for each in measured) else 1)


def _end(number: int, _: object) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    # Ended from outside, the servers of the run end with it.
    signal.signal(signal.SIGTERM, _end)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    main()
