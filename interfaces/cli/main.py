"""The command `icms`: every error becomes a sentence and a code of the table, never a traceback."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from domain.errors import RegistryError
from infra.settings import Misconfigured
from interfaces.bootstrap import Bootstrap
from interfaces.cli.exit_codes import ExitCode, exit_code
from interfaces.cli.output import print_error


class Lazy(click.Group):
    """The top group: parts are imported only when named, so that `icms status` doesn't wait for what it doesn't use."""

    parts: dict[str, str] = {  # noqa: RUF012 - a table of constants, never changed
        "init": "interfaces.cli.society:init",
        "up": "interfaces.cli.stack:up",
        "stop": "interfaces.cli.stack:stop",
        "status": "interfaces.cli.stack:status",
        "demo": "interfaces.cli.demo:demo",
        "simulate": "interfaces.cli.simulating:simulate",
        "import": "interfaces.cli.importing:import_",
        "history": "interfaces.cli.reading:history",
        "compliance": "interfaces.cli.reading:compliance",
        "listing": "interfaces.cli.reading:listing",
        "events": "interfaces.cli.events:events",
        "verify": "interfaces.cli.checking:verify",
        "rebuild": "interfaces.cli.checking:rebuild",
        "relay": "interfaces.cli.checking:relay",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return all names: the parts and a group for each aggregate."""
        from interfaces.cli.aggregate_commands import aggregate_groups

        return [*self.parts, *sorted(group.name or "" for group in aggregate_groups())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the part or the aggregate's group of this name."""
        if cmd_name in self.parts:
            module, _, attribute = self.parts[cmd_name].partition(":")
            found: click.Command = getattr(__import__(module, fromlist=[attribute]), attribute)
            return found
        from interfaces.cli.aggregate_commands import aggregate_groups

        return next((group for group in aggregate_groups() if group.name == cmd_name), None)


@click.command(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="icms-registry", prog_name="icms")
@click.pass_context
def icms(ctx: click.Context) -> None:
    """Keep the patient-safety registries of a medical society: record, follow, replay, check.

    Start with `icms up` and `icms init`, or with `make demo`. Every command has --help; whatever prints takes --json.
    """
    ctx.obj = Bootstrap.from_environment(os.environ)


def main() -> None:
    """Run `icms` and end with a code of the table."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    as_json = "--json" in arguments
    try:
        result: Any = icms.main(arguments, prog_name="icms", standalone_mode=False)
    except click.exceptions.Exit as done:
        return done.exit_code
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.interrupted
    except click.ClickException as error:
        error.show()
        return ExitCode.usage
    except RegistryError as error:
        print_error(error.name, str(error), exit_code(error), as_json=as_json)
        return exit_code(error)
    except BrokenPipeError:
        # The reader of our output left; that is no error of ours, but Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.done
    except Exception as error:  # noqa: BLE001 - the last resort: nobody sees a traceback
        print_error("Defect", _defect(error), ExitCode.defect, as_json=as_json)
        return ExitCode.defect
    return result if isinstance(result, int) else ExitCode.done


def _defect(error: Exception) -> str:
    """Keep the details of a defect in a file and say where; the screen gets a sentence."""
    try:
        folder = Bootstrap.from_environment(os.environ).settings.state_dir / "logs"
    except Misconfigured:
        folder = Path.cwd()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "icms-defects.log").open("a") as log:
        traceback.print_exception(error, file=log)
    return (
        f"{type(error).__name__}: this is a defect of the software. What was acknowledged before is safe. "
        f"Details are in {folder / 'icms-defects.log'}; please report them."
    )
