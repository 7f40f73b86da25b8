"""What `icms` prints: tables and sentences for people, JSON for programs; never both mixed on standard output."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import click
import msgspec

if TYPE_CHECKING:
    from rich.console import Console

json_option = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")

_PIPE_WIDTH = 4000
_LONGEST = 400
_SILENCE = 2.0
"""Work that takes no longer than this says nothing of its progress, where there is no terminal."""


class ShowProgress(Protocol):
    """Takes the number done so far and, where they became known or changed, the whole number and what is done."""

    def __call__(self, done: int, total: int | None = None, what: str | None = None) -> None:
        """Show it."""


def print_json(value: Any) -> None:
    """Print a value as indented JSON."""
    click.echo(msgspec.json.format(msgspec.json.encode(plain(value)), indent=2).decode())


def print_json_line(value: Any) -> None:
    """Print a value as JSON on one line, at once: for streams that have no end."""
    click.echo(msgspec.json.encode(plain(value)).decode())
    sys.stdout.flush()


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
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    count = 0
    for row in rows:
        count += 1
        table.add_row(*(Text(_cell(row.get(column))) for column in columns))
    console().print(table)
    return count


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    told = plain(value)
    return ", ".join(map(str, told)) if isinstance(told, (list, tuple)) else str(told)


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
    from rich.console import Console

    return Console(width=None if _is_terminal(sys.stdout) else _PIPE_WIDTH, highlight=False, soft_wrap=False)


def _is_terminal(stream: Any) -> bool:
    return stream is not None and stream.isatty()


def print_entries(rows: Iterable[Mapping[str, Any]]) -> int:
    """Print events for people: a line with when, what and who, and below it what it says; return how many."""
    count = 0
    for row in rows:
        count += 1
        reason = f"  because {plain(row['reason'])}" if row.get("reason") else ""
        recorded = f"{row['recorded_at']:%Y-%m-%d %H:%M:%S}"
        click.echo(
            f"{row['position']:>8}  {recorded}  {row['type']}, happened {row['happened']}, by {_who(row)}{reason}"
        )
        told = [*_flat(plain(row["what"])), *(_sealed(plain(part)) for part in row["sealed"])]
        if told:
            click.echo(f"          {_cut(' · '.join(told), _LONGEST)}")
    return count


def _who(row: Mapping[str, Any]) -> str:
    return str(plain(row["who"]["role"]))


def _flat(value: Any, path: str = "") -> Iterator[str]:
    """Yield what is given in nested content as `path=value`, shortest names first to read."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, name)
    elif isinstance(value, (list, tuple)):
        if value and not isinstance(value[0], (dict, list, tuple)):
            yield f"{path}={', '.join(map(str, value))}"
        elif value:
            yield f"{path}: {len(value)}"
    elif value not in (None, ""):
        yield f"{path}={value}"


def _sealed(part: Mapping[str, Any]) -> str:
    if "content" in part:
        return f"[{part['schema']}: {', '.join(_flat(part['content']))}]"
    return f"[{part.get('schema', 'sealed part')}: {part.get('state', 'sealed')}]"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def say(text: str) -> None:
    """Print a sentence for people on standard error, where it doesn't disturb what programs read."""
    click.echo(text, err=True)


@contextmanager
def progress(title: str, total: int | None) -> Iterator[ShowProgress]:
    """Show how far work is: a bar on a terminal, else a line at every tenth once it takes more than two seconds."""
    if not _is_terminal(sys.stderr):
        yield _LinesOfProgress(title, total)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=total)

        def show(done: int, total: int | None = total, what: str | None = None) -> None:
            bar.update(task, completed=done, total=total, description=f"{title}: {what}" if what else title)

        yield show


class _LinesOfProgress:
    """Progress where there is no terminal: a line at every tenth of the way, none for what is quick."""

    def __init__(self, title: str, total: int | None) -> None:
        self.title = title
        self.total = total
        self.what: str | None = None
        self.tenth = 0
        self.due = time.monotonic() + _SILENCE

    def __call__(self, done: int, total: int | None = None, what: str | None = None) -> None:
        """Print a line when another tenth is done and the last line is some seconds old."""
        known = total or self.total
        tenth = done * 10 // known if known else done // 10_000
        if what != self.what:
            self.what, self.tenth = what, 0
        # Where a longer way was begun, its tenths count.
        self.tenth = min(self.tenth, tenth)
        if tenth > self.tenth and time.monotonic() >= self.due:
            self.tenth, self.due = tenth, time.monotonic() + _SILENCE
            subject = f"{self.title}: {what}" if what else self.title
            say(f"{subject}: {done:,}" + (f" of {known:,}" if known else ""))


def print_error(name: str, message: str, code: int, *, as_json: bool) -> None:
    """Print an error on standard error: a sentence for people, an object for programs."""
    if as_json:
        click.echo(msgspec.json.encode({"error": name, "message": message, "exit_code": int(code)}).decode(), err=True)
    else:
        click.echo(f"{name}: {message}", err=True)
