"""`icms import`: old data of clinics come in, row by row, each answered; what was done before is recognised."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import msgspec

from application.command import Actor
from domain.errors import InvalidInput, RegistryError
from interfaces.bootstrap import Bootstrap
from interfaces.cli.aggregate_commands import ActorType
from interfaces.cli.exit_codes import ExitCode
from interfaces.cli.output import plain, print_json, progress, say
from interfaces.importing.csv_extract import CsvExtract
from interfaces.importing.extract_import import (
    THREADS,
    Clinics,
    import_extract,
    new_summary,
    require_clinics,
    survey,
)
from interfaces.importing.mapping import ExtractMapping, load_mapping
from interfaces.importing.preview import preview
from interfaces.importing.row_answer import Outcome, RowAnswer, Summary

import_ = click.Group("import", help="Bring in old data of clinics.", no_args_is_help=True)

_SHOWN = 20
"""Refusals and remarks that are shown to people; --json has more, --report has all."""


class ClinicType(click.ParamType[tuple[str | None, UUID]]):
    """A clinic, written ID or NAME=ID."""

    name = "[NAME=]ID"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str | None, UUID]:
        """Return the name, if there is one, and the id."""
        if isinstance(value, tuple):
            return value
        name, equals, text = str(value).rpartition("=")
        try:
            return (name.strip() if equals else None), UUID(text.strip())
        except ValueError:
            self.fail(f"{value!r} is not [NAME=]ID: {text!r} is no id", param, ctx)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    """How to import, as said on the command line."""

    clinics: Sequence[tuple[str | None, UUID]]
    source_reference: str | None
    report: Path | None
    threads: int
    as_json: bool


_PATH = click.Path(path_type=Path)
_MAPPING = "TOML file that says what the columns mean; examples/mappings has two."
_CLINIC = "The clinic; as NAME=ID once for each name where the mapping tells several apart."


@import_.command("csv")
@click.argument("file", type=_PATH)
@click.option("--mapping", "mapping_file", type=_PATH, required=True, help=_MAPPING)
@click.option("--clinic", "clinics", type=ClinicType(), multiple=True, help=_CLINIC)
@click.option("--as", "actor", type=ActorType(), help="Who acts: a person's id and the role clinic or registrar.")
@click.option("--source-reference", help="Where the society files the extract.")
@click.option("--dry-run", is_flag=True, help="Record nothing; show the first rows and every value no map covers.")
@click.option("--rows", "first", type=click.IntRange(0, 100), default=3, help="Rows that a dry run shows. [3]")
@click.option("--report", type=_PATH, help="Write each row's answer to this file as a JSON line.")
@click.option("--threads", type=click.IntRange(1, 64), default=THREADS, show_default=True, help="Rows done at once.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object.")
@click.pass_obj
def csv_command(
    bootstrap: Bootstrap,
    /,
    *,
    file: Path,
    mapping_file: Path,
    actor: Actor | None,
    dry_run: bool,
    first: int,
    **given: Any,
) -> int:
    """Import a CSV file by a mapping; run it again and only what is new is recorded.

    A row is accepted, recognised as a repeat, or refused with column and reason. docs/importing.md describes mappings.
    """
    options = _Options(**given)
    mapping = load_mapping(mapping_file)
    _require_another_file(options.report, (file, mapping_file))
    with CsvExtract(file, mapping.shape) as extract:
        if dry_run:
            return _try_out(extract, mapping, first, options)
        if actor is None:
            msg = "say who acts: --as PERSON:clinic or --as PERSON:registrar (only --dry-run does without)"
            raise click.UsageError(msg)
        summary = _import(bootstrap, extract, mapping, actor, options)
    _print_summary(summary, as_json=options.as_json)
    return ExitCode.partly if summary.refused else ExitCode.done


def _import(
    bootstrap: Bootstrap, extract: CsvExtract, mapping: ExtractMapping, actor: Actor, options: _Options
) -> Summary:
    found = survey(extract, mapping)
    clinics = _by_name(options.clinics)
    require_clinics(mapping, found, clinics)
    summary = new_summary(mapping)
    with (
        bootstrap.writer() as handler,
        _report_file(options.report) as write,
        progress(f"importing by {mapping.name}", found.rows) as show,
    ):
        answers = import_extract(
            extract, mapping, found, clinics, handler, actor,
            source_reference=options.source_reference, threads=options.threads,
        )  # fmt: skip
        _take(answers, summary, write, show)
    return summary


def _take(
    answers: Iterator[RowAnswer],
    summary: Summary,
    write: Callable[[RowAnswer], None],
    show: Callable[[int], None],
) -> None:
    try:
        for answer in answers:
            write(answer)
            summary.add(answer)
            show(summary.rows)
    except (RegistryError, KeyboardInterrupt):
        if summary.rows:
            say(
                f"Ended after {summary.rows:,} rows; what they say is recorded. Run the same import again to finish it."
            )
        raise


def _by_name(clinics: Sequence[tuple[str | None, UUID]]) -> Clinics:
    named: dict[str | None, UUID] = {}
    for name, clinic in clinics:
        if named.setdefault(name, clinic) != clinic:
            problem = "two different clinics are given" + (f" for {name!r}" if name else " without a name")
            raise InvalidInput(field="--clinic", problem=problem)
    return named


def _require_another_file(report: Path | None, inputs: Sequence[Path]) -> None:
    if report is not None and report.exists() and any(each.exists() and report.samefile(each) for each in inputs):
        raise InvalidInput(field="--report", problem=f"{report.name} is read by this import and would be overwritten")


@contextmanager
def _report_file(path: Path | None) -> Iterator[Callable[[RowAnswer], None]]:
    """Yield what writes a row's answer as a line, for nobody else to read; lines of an earlier run are replaced."""
    if path is None:
        yield lambda _: None
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, stat.S_IRUSR | stat.S_IWUSR)
    except OSError as error:
        raise InvalidInput(field="--report", problem=f"{path} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as lines:
        yield lambda answer: _write_line(lines.write, answer)


def _write_line(write: Callable[[bytes], Any], answer: RowAnswer) -> None:
    write(msgspec.json.encode(plain(answer.as_line())) + b"\n")


def _try_out(extract: CsvExtract, mapping: ExtractMapping, first: int, options: _Options) -> int:
    with _report_file(options.report) as write, progress(f"reading {mapping.name}", None) as show:

        def answered(answer: RowAnswer) -> None:
            write(answer)
            show(answer.row)

        found = preview(extract, mapping, first, answered).as_object()
    if options.as_json:
        print_json(found)
    else:
        _show_preview(found)
    return ExitCode.partly if found["refused"] else ExitCode.done


def _show_preview(found: dict[str, Any]) -> None:
    for row in found["first_rows"]:
        click.echo(f"Row {row['row']} (line {row['line']}) would be stored as")
        print_json(row)
    events = ", ".join(f"{count:,} {name}" for name, count in found["counts"].items())
    click.echo(f"{found['rows']:,} rows would make {events}; {found['refused']:,} rows would be refused.")
    if found["not_covered"]:
        click.echo("Not covered by the mapping:")
        lines = [
            f"{each['column'] or 'row'}: {each['value']!r} {each['problem']} ({each['rows']:,} rows)"
            if each["value"]
            else f"{each['column'] or 'row'}: {each['problem']} ({each['rows']:,} rows)"
            for each in found["not_covered"]
        ]
        _list(lines, found["values_left_out"], most=len(lines))
    _list_remarks(found)
    click.echo("Nothing was recorded.")


def _print_summary(summary: Summary, *, as_json: bool) -> None:
    found = summary.as_object()
    if as_json:
        print_json(found)
        return
    click.echo(
        f"{summary.rows:,} rows: {found['accepted']:,} accepted, {found['repeats']:,} recorded before, "
        f"{found['refused']:,} refused. {summary.new_events:,} new events."
    )
    for name, count in found["counts"].items():
        click.echo(f"  {count:>9,} {name}")
    if summary.outcomes[Outcome.refused]:
        click.echo("Refused; correct these rows and run the import again:")
        lines = [
            f"row {each['row']} (line {each['line']})"
            + "".join(f", {word} {each[word]}" for word in ("rule", "column") if each[word])
            + f": {each['reason']}"
            for each in found["refusals"]
        ]
        _list(lines, found["refusals_left_out"])
    _list_remarks(found)


def _list_remarks(found: dict[str, Any]) -> None:
    if found["remarks"]:
        click.echo("Accepted, with a remark:")
        lines = [
            f"row {each['row']} (line {each['line']}), {each['rule']} {each['field']}: {each['problem']}"
            for each in found["remarks"]
        ]
        _list(lines, found["remarks_left_out"])


def _list(lines: Sequence[str], left_out: int, most: int = _SHOWN) -> None:
    for line in lines[:most]:
        click.echo(f"  {line}")
    more = max(len(lines) - most, 0) + left_out
    if more:
        click.echo(f"  … and {more:,} more; --report FILE has all of them")
