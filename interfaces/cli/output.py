"""What `icms` prints: tables and sentences for people, JSON for programs; never both mixed on standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table


def print_json(value: Any) -> None:
    """Print a value as indented JSON."""
    click.echo(msgspec.json.format(msgspec.json.encode(plain(value)), indent=2).decode())


def plain(value: Any) -> Any:
    """Return a value in the types JSON knows; bytes become hexadecimal digits."""
    return (
        msgspec.to_builtins(value, enc_hook=_plain_other, builtin_types=(), str_keys=True)
        if not isinstance(value, bytes)
        else value.hex()
    )


def _plain_other(value: Any) -> Any:
    return value.hex() if isinstance(value, (bytes, memoryview)) else str(value)


def print_rows(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool, title: str = "") -> int:
    """Print rows as a table, or all their fields as a JSON array; return how many there were."""
    if as_json:
        return _print_json_array(rows)
    table = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    count = 0
    for row in rows:
        count += 1
        table.add_row(*("" if row.get(column) is None else str(plain(row[column])) for column in columns))
    console().print(table)
    return count


def _print_json_array(rows: Iterable[Mapping[str, Any]]) -> int:
    """Print the rows one by one, so that a long list needs no more memory than a short one."""
    count = 0
    click.echo("[", nl=False)
    for row in rows:
        click.echo(("," if count else "") + "\n  " + msgspec.json.encode(plain(dict(row))).decode(), nl=False)
        count += 1
    click.echo("\n]" if count else "]")
    return count


def console() -> Console:
    """Return the console for people; wide when it is not a terminal, so that a pipe gets whole lines."""
    return Console(soft_wrap=not sys.stdout.isatty(), highlight=False)


def say(text: str) -> None:
    """Print a sentence for people on standard error, where it doesn't disturb what programs read."""
    click.echo(text, err=True)


@contextmanager
def progress(title: str, total: int | None) -> Iterator[Any]:
    """Show a progress bar on a terminal while work goes on; yield a function that takes the number done so far."""
    if not sys.stderr.isatty():
        yield _LinesOfProgress(title, total)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=total)

        def show(done: int, total: int | None = total) -> None:
            bar.update(task, completed=done, total=total)

        yield show


class _LinesOfProgress:
    """Progress where there is no terminal: one line at every tenth of the way."""

    def __init__(self, title: str, total: int | None) -> None:
        self.title = title
        self.total = total
        self.tenth = 0

    def __call__(self, done: int, total: int | None = None) -> None:
        """Print a line when another tenth is done."""
        known = total or self.total
        tenth = done * 10 // known if known else done // 10_000
        if tenth > self.tenth:
            self.tenth = tenth
            say(f"{self.title}: {done:,}" + (f" of {known:,}" if known else ""))


def print_error(name: str, message: str, code: int, *, as_json: bool) -> None:
    """Print an error on standard error: a sentence for people, an object for programs."""
    if as_json:
        click.echo(msgspec.json.encode({"error": name, "message": message, "exit_code": int(code)}).decode(), err=True)
    else:
        click.echo(f"{name}: {message}", err=True)
