"""Bring the registry up, see how it is, take it down."""

from __future__ import annotations

import dataclasses

import click

from interfaces.bootstrap import Bootstrap
from interfaces.cli.exit_codes import ExitCode
from interfaces.cli.output import json_option, print_json, print_rows, say


@click.command("up")
@json_option
@click.pass_obj
def up(bootstrap: Bootstrap, *, as_json: bool) -> None:
    """Start servers and processes in the background; what runs already is left as it is.

    The first time it fetches Kafka's programs and makes database, topics, users and rights. Repeat it at any time: it
    starts what was killed, brings an older database to this version, and gives missing rights again.
    """
    from interfaces.services import Services

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
    from interfaces.services import Services

    Services(bootstrap, say).stop()
    if as_json:
        print_json({"stopped": True})
    else:
        click.echo("Everything is stopped.")


@click.command("status")
@json_option
@click.pass_obj
def status(bootstrap: Bootstrap, *, as_json: bool) -> int:
    """Show every process, PostgreSQL and the brokers included.

    Its number, up to which position it is, how far that is from the end of the log, and its last error. Answers
    within seconds whatever is stopped. Ends with 8 when something does not run or has an error to show.
    """
    from interfaces.health import Health, healthy

    found = Health(bootstrap).status()
    processes = [dataclasses.asdict(each) for each in found]
    if as_json:
        print_json({"processes": processes})
    else:
        columns = ("name", "running", "pid", "position", "lag", "restarts", "last_error")
        print_rows(processes, columns, as_json=False)
    return ExitCode.done if healthy(found) else ExitCode.unavailable
