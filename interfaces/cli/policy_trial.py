"""A draft of the policy tried on the whole history before anybody adopts it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click
import msgspec

from domain.errors import InvalidInput, RegistryError
from domain.policy import PolicyTerms
from interfaces.bootstrap import Bootstrap
from interfaces.cli.clock import MomentType
from interfaces.cli.command_options import invalid
from interfaces.cli.output import json_option, print_rows, progress, say
from interfaces.cli.reading_options import DayType

if TYPE_CHECKING:
    from consumers.policy_trial import TrialChange

_TOLD = 5


@click.command("try")
@click.argument("draft", metavar="FILE", type=click.File("rb"))
@click.option("--since", type=DayType(), help="From which day on the draft counts. [the first day of the first policy]")
@click.option("--now", type=MomentType(), help="At which moment clinics are compared, with its time zone. [now]")
@json_option
@click.pass_obj
def try_(bootstrap: Bootstrap, *, draft: Any, since: date | None, now: datetime | None, as_json: bool) -> None:
    """Try a draft on the whole history: who would stand otherwise, and why.

    FILE is a document of `icms policy adopt --example`, or its terms alone; - reads standard input. Every clinic is
    folded under the policies that were adopted and under the draft; shown are those whose standing or public category
    would differ, with the events because of which. Nothing is recorded.
    """
    terms = read_terms(draft.read())
    with bootstrap.reader() as connection, progress("trying the draft", None) as show:
        from consumers.policy_trial import try_policy

        moment = now or datetime.now(UTC)
        found = list(try_policy(connection, bootstrap.codec, terms, now=moment, since=since, progress=show))
    columns = ("clinic_id", "axis", "before", "after", "quarters", "because")
    shown: Iterator[dict[str, Any]] = (_row(each, as_json=as_json) for each in found)
    print_rows(shown, columns, as_json=as_json)
    if not as_json:
        clinics = len({each.clinic_id for each in found})
        say(f"{clinics:,} clinics would stand otherwise at {moment:%Y-%m-%d %H:%M %Z}; nothing was recorded")


def read_terms(text: bytes) -> PolicyTerms:
    """Return the terms of a draft; raise InvalidInput, PolicyIncomplete for what is none."""
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise InvalidInput(field="FILE", problem=f"is no JSON document: {error}") from error
    if not isinstance(found, dict):
        raise InvalidInput(field="FILE", problem="is no JSON object; `icms policy adopt --example` shows one")
    content = found.get("terms", found)
    if not isinstance(content, dict) or "rules" not in content:
        raise InvalidInput(field="rules", problem="is missing; `icms policy adopt --example` shows a whole document")
    known = set(PolicyTerms.__dataclass_fields__)
    unknown = sorted(set(content) - known)
    if unknown:
        raise InvalidInput(field=unknown[0], problem=f"is no part of a policy; it has {', '.join(sorted(known))}")
    try:
        return msgspec.convert(content, PolicyTerms, builtin_types=(), strict=True)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, RegistryError):
            raise error.__cause__ from error
        raise invalid(error) from error


def _row(change: TrialChange, *, as_json: bool) -> dict[str, Any]:
    row = {name: getattr(change, name) for name in change.__slots__}
    if not as_json:
        told = [f"{each.rule_id} {each.what} ({each.event} at {each.position})" for each in change.because[:_TOLD]]
        further = len(change.because) - _TOLD
        row["because"] = [*told, f"{further:,} more; --json has them all"] if further > 0 else told
    return row
