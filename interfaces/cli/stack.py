"""Bring the registry up, see how it is, take it down."""

from __future__ import annotations

import dataclasses

import click

from interfaces.bootstrap import Bootstrap
from interfaces.cli.exit_codes import ExitCode
from interfaces.cli.output import print_json, print_rows, say
from interfaces.services import Services

json_option = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")


@click.command("up")
@json_option
@click.pass_obj
def up(bootstrap: Bootstrap, *, as_json: bool) -> None:
    """Start servers and processes in the background; what runs already is left as it is."""
    address = Services(bootstrap, say).up()
    if as_json:
        print_json({"address": address})
    else:
        click.echo(f"The registry is up. Its page: {address}/")


@click.command("stop")
@json_option
@click.pass_obj
def stop(bootstrap: Bootstrap, *, as_json: bool) -> None:
    """Stop processes and embedded servers; what was recorded stays."""
    Services(bootstrap, say).stop()
    if as_json:
        print_json({"stopped": True})
    else:
        click.echo("Everything is stopped.")


@click.command("status")
@json_option
@click.pass_obj
def status(bootstrap: Bootstrap, *, as_json: bool) -> int:
    """Show every process, PostgreSQL and the brokers included: number, position, lag, last error.

    Ends with 8 when one of them does not run.
    """
    processes = [dataclasses.asdict(each) for each in Services(bootstrap, say).status()]
    if as_json:
        print_json({"processes": processes})
    else:
        columns = ("name", "running", "pid", "position", "lag", "restarts", "last_error")
        print_rows(processes, columns, as_json=False)
    whole = all(each["running"] for each in processes) and len(processes) > 3
    return ExitCode.done if whole else ExitCode.unavailable
