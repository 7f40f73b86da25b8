"""One click group per aggregate, one command per thing that can be done to it; both follow from the application."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import IO, Any
from uuid import UUID

import click

from application.catalogue import commands
from application.command import Actor, Command, Receipt, Request
from domain.aggregate import Source
from domain.codes import Channel, Role, Sha256, Via
from interfaces.bootstrap import Bootstrap
from interfaces.cli.command_options import build, options
from interfaces.cli.output import print_json, say


class ActorType(click.ParamType[Actor]):
    """Who acts, written PERSON:ROLE."""

    name = "PERSON:ROLE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Actor:
        """Return the actor; fail with the list of roles."""
        if isinstance(value, Actor):
            return value
        person, _, role = str(value).partition(":")
        roles = [each.value for each in Role if each is not Role.unrecognised]
        try:
            return Actor(person=UUID(person), role=Role(role if role in roles else "?"))
        except ValueError:
            self.fail(f"{value!r} is not PERSON:ROLE, a person's id and one of {', '.join(roles)}", param, ctx)


def common_options() -> list[click.Option]:
    """Return the options of everything that records: who, under which key, on whose behalf, from which source."""
    channels = [each.value for each in Channel if each is not Channel.unrecognised]
    return [
        click.Option(["--as", "actor"], type=ActorType(), required=True, help="Who acts: a person's id and a role."),
        click.Option(["--key"], help="Idempotency key: the same key and request take effect once. [a random one]"),
        click.Option(["--on-behalf-of"], type=click.UUID, help="The clinic acted for. [role clinic: the clinic named]"),
        click.Option(
            ["--source-channel"], type=click.Choice(channels), help="How the statement arrived, when on paper …"
        ),
        click.Option(["--source-reference"], help="Where it is filed."),
        click.Option(["--source-hash"], help="SHA-256 of the document, in hexadecimal."),
        click.Option(
            ["--input", "document"], type=click.File("r"), help="Read the fields from a JSON file; - for stdin."
        ),
        click.Option(["--json", "as_json"], is_flag=True, help="Print the answer as JSON."),
    ]


def aggregate_groups() -> list[click.Group]:
    """Return a group for each aggregate that has commands of its own."""
    groups: dict[str, click.Group] = {}
    for command in commands():
        if not command.CLI:
            continue
        title = command.AGGREGATE.replace("-", " ")
        group = groups.setdefault(
            command.AGGREGATE, click.Group(command.AGGREGATE, help=f"Commands on one {title}.", no_args_is_help=True)
        )
        group.add_command(_click_command(command))
    return list(groups.values())


def _click_command(command: type[Command]) -> click.Command:
    roles = ", ".join(sorted(role.value for role in command.ROLES))
    return click.Command(
        command.VERB,
        params=[*common_options(), *options(command)],
        callback=_callback(command),
        help=f"{(command.__doc__ or '').strip()}\n\nMay be done by: {roles}.",
        short_help=(command.__doc__ or "").strip().splitlines()[0],
    )


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
        document: IO[str] | None,
        as_json: bool,
        **given: Any,
    ) -> None:
        command = build(kind, given, document.read() if document else None)
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


def _clinic_of(actor: Actor, command: Command) -> UUID | None:
    """Return the clinic that a clinic's own person acts for, when the command names one."""
    clinic: UUID | None = getattr(command, "clinic_id", None) if actor.role is Role.clinic else None
    return clinic


def _source(channel: str | None, reference: str | None, document_hash: str | None) -> Source | None:
    if channel is None:
        if reference or document_hash:
            msg = "--source-reference and --source-hash need --source-channel"
            raise click.UsageError(msg)
        return None
    digest = Sha256(document_hash) if document_hash else None
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
