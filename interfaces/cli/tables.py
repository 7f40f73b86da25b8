"""The tables that people and scripts look up: exit codes and settings, each from the one place where they are made."""

from __future__ import annotations

import click

from infra.settings import options
from interfaces.cli.exit_codes import meanings
from interfaces.cli.output import json_option, print_rows


@click.command("exit-codes")
@json_option
def exit_codes(*, as_json: bool) -> None:
    """Show with which code `icms` ends, and why."""
    rows = [{"code": each.code, "name": each.name, "meaning": each.sentence} for each in meanings()]
    print_rows(rows, ("code", "name", "meaning"), as_json=as_json)


@click.command("settings")
@json_option
def settings(*, as_json: bool) -> None:
    """Show what can be set by environment variables."""
    rows = [{"variable": each.variable, "default": each.default, "meaning": each.sentence} for each in options()]
    print_rows(rows, ("variable", "default", "meaning"), as_json=as_json)
