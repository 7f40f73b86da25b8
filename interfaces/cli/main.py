"""The command `icms`: every error becomes a sentence and a code of the table, never a traceback."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from domain.errors import RegistryError
from interfaces.cli.exit_codes import ExitCode, exit_code, known_exit_code, meanings

if TYPE_CHECKING:
    from interfaces.bootstrap import Bootstrap


class Part(NamedTuple):
    """Where a command of `icms` is, and the sentence that stands for it."""

    place: str
    sentence: str


_SUBSCRIBE = "Follow the public events as an outside service does, or show what a program of your own needs for it."
PARTS: dict[str, dict[str, Part]] = {
    "Run it": {
        "demo": Part("demo:demo", "Start everything, let a simulated society live in it, and say what to try next."),
        "up": Part("stack:up", "Start servers and processes in the background; what runs already is left as it is."),
        "init": Part(
            "society:init",
            "Open the store, once: two officers, policy version 1, the default registries.",
        ),
        "status": Part("stack:status", "Show every process, PostgreSQL and the brokers included."),
        "clock": Part(
            "clock:clock", "Let time pass: obligations are opened, met and missed, and what runs out lapses."
        ),
        "stop": Part("stack:stop", "Stop processes and embedded servers; what was recorded stays."),
        "exit-codes": Part("tables:exit_codes", "Show with which code `icms` ends, and why."),
        "settings": Part("tables:settings", "Show what can be set by environment variables."),
    },
    "Fill it": {
        "simulate": Part("simulating:simulate", "Let a made-up society live through the real commands."),
        "import": Part("importing:import_", "Bring in old data of clinics."),
    },
    "Read it": {
        "history": Part("histories:history", "Replay a clinic, treatment, adverse event …, as of any day or position."),
        "compliance": Part(
            "compliance:compliance", "Show how clinics stand to their duties as of a day, by what is recorded."
        ),
        "obligations": Part("obligations:obligations", "Show what clinics and the society owe, by due day."),
        "standing": Part("standing:standing", "Show how clinics stand to their duties, and what would restore them."),
        "why": Part("why:why", "Show why a clinic stands where it stands, axis by axis."),
        "queries": Part(
            "queries:queries", "Show which queries about treatments and adverse events wait, and for whom."
        ),
        "safety-cases": Part(
            "safety_cases:safety_cases", "Show how safety cases stand, and clinics by the gravest of theirs."
        ),
        "listing": Part(
            "listing:listing",
            "Show what the public sees: every published entry of each clinic, what concerns safety first.",
        ),
        "safety-notices": Part(
            "safety_notices:safety_notices", "Show what everybody is told about techniques, laboratories and lots."
        ),
        "listings": Part(
            "listings:listings",
            "Show every public entry with its state: proposed, previewed, published, disputed, withdrawn.",
        ),
        "events": Part("events:events", "Look at the log."),
        "subscribe": Part("subscribing:subscribe", _SUBSCRIBE),
    },
    "Check it": {
        "verify": Part("checking:verify", "Compare the store with Kafka, and every read model with a fresh replay."),
        "rebuild": Part("checking:rebuild", "Build read models anew beside the live ones, and switch in one step."),
        "relay": Part("checking:relay", "Decide what the relay must not decide by itself."),
    },
}
AGGREGATES = {
    "officer": "Appoint officers, grant and revoke their roles, declare interests, break the glass.",
    "obligation": "Give the holder of an obligation more time, or let them off; the clock does the rest.",
    "adverse-event": "Report an adverse event, supplement, assess, link, close, reopen, nullify it.",
    "listing": "Propose a public entry, approve, preview, publish, dispute, correct, withdraw it.",
    "clinic": "Identify a clinic, invite, enrol, attest it, and everything else about its participation.",
    "determination": "Settle a determination whose evidence was corrected, voided or nullified.",
    "guideline": "Publish, revise and retire guidelines.",
    "policy": "Adopt a version of the policy, or try a draft of one on the whole history.",
    "query": "Ask about a treatment or adverse event, answer, close.",
    "registry": "Open, revise and close registries.",
    "safety-notice": "Publish, update and withdraw what everybody is told about a technique, laboratory or lot.",
    "signal": "Judge what a rule noticed around a laboratory, lot, product or technique.",
    "safety-case": "Raise a concern about a clinic, judge it by a panel, tell the clinic, publish, appeal, lift.",
    "treatment": "Submit a treatment, supplement, correct, void it, record its follow-ups.",
}


_TABLES = ("exit-codes", "settings")
"""What needs no configuration, and shows how to make one."""


class Lazy(click.Group):
    """The top group: parts are imported only when named, so that `icms status` doesn't wait for what it doesn't use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return all names: the parts and a group for each aggregate."""
        return [*(name for section in PARTS.values() for name in section), *AGGREGATES]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the part or the aggregate's group of this name."""
        place = next((section[cmd_name].place for section in PARTS.values() if cmd_name in section), None)
        if place is not None:
            module, _, attribute = place.partition(":")
            found: click.Command = getattr(__import__(f"interfaces.cli.{module}", fromlist=[attribute]), attribute)
            return found
        if cmd_name not in AGGREGATES:
            return None
        from interfaces.cli.aggregate_commands import AggregateGroup

        return AggregateGroup(cmd_name, AGGREGATES[cmd_name])

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the commands by what they are for, without importing any."""
        for title, section in PARTS.items():
            with formatter.section(title):
                formatter.write_dl([(name, part.sentence) for name, part in section.items()])
        with formatter.section("Record something; who acts is said with --as PERSON:ROLE"):
            formatter.write_dl(list(AGGREGATES.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table of exit codes."""
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(each.code), each.sentence) for each in meanings()])


@click.command(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="icms-registry", prog_name="icms")
@click.pass_context
def icms(ctx: click.Context) -> None:
    """Keep the patient-safety registries of a medical society: record, follow, replay, check.

    Start with `icms up` and `icms init`, or with `icms demo`. Every command has --help; whatever prints takes --json.
    """
    if ctx.invoked_subcommand in _TABLES:
        return
    try:
        ctx.obj = _bootstrap()
    except RegistryError:
        # Help and examples are given in a misconfigured environment too.
        if not {*ctx.help_option_names, "--example"}.intersection(ctx.obj or ()):
            raise


def _bootstrap() -> Bootstrap:
    from interfaces.bootstrap import Bootstrap

    return Bootstrap.from_environment(os.environ)


def main() -> None:
    """Run `icms` and end with a code of the table."""
    code = run(sys.argv[1:])
    _let_go_of_output()
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    as_json = "--json" in arguments
    try:
        result: Any = icms.main(arguments, prog_name="icms", standalone_mode=False, obj=arguments)
    except click.exceptions.Exit as done:
        return done.exit_code
    except (click.Abort, KeyboardInterrupt):
        _tell("Interrupted", "what was acknowledged is recorded.", ExitCode.interrupted, as_json=as_json)
        return ExitCode.interrupted
    except click.ClickException as error:
        _show_usage(error, as_json=as_json)
        return ExitCode.usage
    except (BrokenPipeError, SystemExit):
        # The reader of our output left; that is no error of ours. (click turns it into an exit of its own.)
        return ExitCode.done
    except Exception as error:  # noqa: BLE001 - the last resort: nobody sees a traceback
        return _explain(error, as_json=as_json)
    return result if isinstance(result, int) else ExitCode.done


def _explain(error: Exception, *, as_json: bool) -> int:
    """Say what happened in a sentence and return the code for it."""
    from interfaces.cli.foreign_errors import translated

    known: Exception | None = error if known_exit_code(type(error)) is not None else translated(error)
    if known is None:
        _tell("Defect", _defect(error), ExitCode.defect, as_json=as_json)
        return ExitCode.defect
    name = known.name if isinstance(known, RegistryError) else type(known).__name__
    _tell(name, str(known), exit_code(known), as_json=as_json)
    return exit_code(known)


def _tell(name: str, message: str, code: int, *, as_json: bool) -> None:
    from interfaces.cli.output import print_error

    try:
        print_error(name, message, code, as_json=as_json)
    except (OSError, ValueError):
        # Nobody listens to standard error; the exit code still tells.
        return


def _show_usage(error: click.ClickException, *, as_json: bool) -> None:
    if as_json:
        _tell("UsageError", error.format_message(), ExitCode.usage, as_json=True)
        return
    try:
        error.show()
    except OSError:
        return


def _let_go_of_output() -> None:
    """Send what cannot be written to nowhere: Python would try again at its end and complain with a traceback."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _defect(error: Exception) -> str:
    """Keep the details of a defect in a file and say where; the screen gets a sentence."""
    known = f"{type(error).__name__}: this is a defect of the software. What was acknowledged before is safe."
    try:
        folder = _bootstrap().settings.state_dir / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "icms-defects.log").open("a") as log:
            traceback.print_exception(error, file=log)
    except (RegistryError, OSError):
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return f"{known} It arose in {Path(frame.filename).name}, line {frame.lineno}; please report this."
    return f"{known} Details are in {folder / 'icms-defects.log'}; please report them."
