"""One click group per aggregate, one command per thing that can be done to it; both follow from the application."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from application.catalogue import commands
from application.command import Actor, Command, Receipt, Request
from domain.aggregate import Source
from domain.codes import Channel, Role, Sha256, Via
from domain.errors import InvalidInput
from domain.signature import sha256_text
from interfaces.bootstrap import Bootstrap
from interfaces.cli.command_options import build, options
from interfaces.cli.examples import example
from interfaces.cli.field_help import codes_of, needed
from interfaces.cli.output import print_json, say


class ActorType(click.ParamType[Actor]):
    """Who acts, written PERSON:ROLE."""

    name = "PERSON:ROLE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Actor:
        """Return the actor; fail with the list of roles."""
        if isinstance(value, Actor):
            return value
        person, _, role = str(value).partition(":")
        roles = codes_of(Role)
        try:
            return Actor(person=UUID(person), role=Role(role if role in roles else "?"))
        except ValueError:
            self.fail(f"{value!r} is not PERSON:ROLE, a person's id and one of {', '.join(roles)}", param, ctx)


READING = {
    "policy": {"try": ("policy_trial:try_", "Try a draft on the whole history: who would stand otherwise, and why.")}
}
"""Commands about an aggregate that record nothing: where each is, and the sentence that stands for it."""


class AggregateGroup(click.Group):
    """The commands on one aggregate, each made when it is asked for."""

    def __init__(self, aggregate: str, sentence: str) -> None:
        super().__init__(aggregate, help=sentence, no_args_is_help=True)
        self._kinds = {each.VERB: each for each in commands() if each.CLI and aggregate == each.AGGREGATE}
        self._reading = READING.get(aggregate, {})

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the verbs."""
        return [*self._kinds, *self._reading]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command of a verb."""
        if cmd_name in self._reading:
            module, _, attribute = self._reading[cmd_name][0].partition(":")
            found: click.Command = getattr(import_module(f"interfaces.cli.{module}"), attribute)
            return found
        kind = self._kinds.get(cmd_name)
        return RecordingCommand(kind) if kind else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write each verb with the sentence that says what it does."""
        with formatter.section("Commands"):
            recording = [(verb, _sentence(kind)) for verb, kind in self._kinds.items()]
            formatter.write_dl([*recording, *((verb, sentence) for verb, (_, sentence) in self._reading.items())])


class RecordingCommand(click.Command):
    """A command of the application on the command line."""

    def __init__(self, kind: type[Command]) -> None:
        roles = ", ".join(sorted(role.value for role in kind.ROLES))
        self._fields, self._needed = options(kind), set(needed(kind))
        self._common = common_options(kind)
        super().__init__(
            kind.VERB,
            params=[*self._fields, *self._common],
            callback=_callback(kind),
            help=f"{_sentence(kind)}\n\nMay be done by: {roles}.",
            short_help=_sentence(kind),
            epilog=(
                f"Many fields? icms {kind.AGGREGATE} {kind.VERB} --example > FILE, edit it, then --input FILE. "
                "Options win over the file."
            ),
        )

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what must be said first, then what may be said, then who acts and how."""
        must = [each for each in self._fields if each.name in self._needed]
        may = [each for each in self._fields if each.name not in self._needed]
        sections = (
            ("Needed (here or in --input)", must),
            ("Fields", may),
            ("Who acts, and how", [*self._common, *filter(None, [self.get_help_option(ctx)])]),
        )
        for title, given in sections:
            rows = [row for row in (each.get_help_record(ctx) for each in given) if row]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def _sentence(kind: type[Command]) -> str:
    return (kind.__doc__ or "").strip().partition("\n")[0]


def common_options(kind: type[Command]) -> list[click.Parameter]:
    """Return the options of everything that records: who, under which key, on whose behalf, from which source."""
    return [
        click.Option(["--as", "actor"], type=ActorType(), required=True, help="Who acts: a person's id and a role."),
        click.Option(["--key"], help="Idempotency key: the same key and request take effect once. [a random one]"),
        click.Option(["--on-behalf-of"], type=click.UUID, help="The clinic acted for. [role clinic: the clinic named]"),
        click.Option(
            ["--source-channel"],
            type=click.Choice(codes_of(Channel)),
            help="How the statement arrived; needed when an officer enters what a clinic or reporter said.",
        ),
        click.Option(["--source-reference"], help="Where it is filed."),
        click.Option(["--source-hash"], help="SHA-256 of the document, in hexadecimal."),
        click.Option(["--input", "document"], metavar="FILE", help="Read the fields from a JSON file; - for stdin."),
        click.Option(["--json", "as_json"], is_flag=True, help=_JSON_HELP),
        click.Option(
            ["--example"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_print_example(kind),
            help="Print a whole document for --input, and end.",
        ),
    ]


_JSON_HELP = "Print the receipt as JSON: id, version, positions, remarks."


def _print_example(kind: type[Command]) -> Callable[[click.Context, click.Parameter, bool], None]:
    def show(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
        if wanted:
            print_json(example(kind))
            ctx.exit()

    return show


def _callback(kind: type[Command]) -> Callable[..., None]:
    @click.pass_obj
    def run(
        bootstrap: Bootstrap,
        /,
        *,
        actor: Actor,
        key: str | None,
        on_behalf_of: UUID | None,
        source_channel: str | None,
        source_reference: str | None,
        source_hash: str | None,
        document: str | None,
        as_json: bool,
        **given: Any,
    ) -> None:
        command = build(kind, given, read_document(document) if document else None)
        request = Request(
            actor=actor,
            key=key or secrets.token_hex(16),
            via=Via.cli,
            on_behalf_of=on_behalf_of or _clinic_of(actor, command),
            source=_source(source_channel, source_reference, source_hash),
        )
        with bootstrap.writer() as handler:
            print_receipt(handler.execute(command, request), as_json=as_json)

    return run


def read_document(place: str) -> str:
    """Return the text of a file, or of standard input for `-`; raise InvalidInput saying why it cannot be read."""
    if place == "-" and sys.stdin is None:
        raise InvalidInput(field="--input", problem="standard input is closed; name a file")
    try:
        content = sys.stdin.buffer.read() if place == "-" else Path(place).read_bytes()
        return content.decode("utf-8-sig")
    except UnicodeError as error:
        raise InvalidInput(field="--input", problem=f"{place} is not UTF-8") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is closed"
        raise InvalidInput(field="--input", problem=f"{place} cannot be read ({reason})") from error


def _clinic_of(actor: Actor, command: Command) -> UUID | None:
    """Return the clinic that a clinic's own person acts for, when the command names one."""
    if actor.role is not Role.clinic:
        return None
    clinic = getattr(command, "clinic_id", None)
    try:
        return UUID(str(clinic)) if clinic else None
    except ValueError:
        return None


def _source(channel: str | None, reference: str | None, document_hash: str | None) -> Source | None:
    if channel is None:
        if reference or document_hash:
            msg = "--source-reference and --source-hash need --source-channel"
            raise click.UsageError(msg)
        return None
    digest = sha256_text(Sha256(document_hash.lower()), "--source-hash") if document_hash else None
    return Source(channel=Channel(channel), reference=reference, document_hash=digest)


def print_receipt(receipt: Receipt, *, as_json: bool) -> None:
    """Print what was recorded, and what was accepted although something is missing or not understood."""
    if as_json:
        print_json(receipt)
        return
    what = "was recorded before" if receipt.repeat else "recorded"
    place = f"position {receipt.last_position}" if receipt.last_position else "nothing new to record"
    click.echo(f"{receipt.aggregate_id} version {receipt.version}: {what}, {place}")
    for remark in receipt.remarks:
        say(f"  {remark.field}: {remark.problem}")
