"""How clinics stand to their duties, as of a day and as of what was known."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import click

from domain.duties import DutyStatus, RecordedStatus, Rule
from domain.errors import NotFound, Refused
from domain.reader import Reader
from interfaces.bootstrap import Bootstrap
from interfaces.cli.output import json_option, plain, print_json, print_rows, say
from interfaces.cli.reading_options import (
    ReadOf,
    as_of_option,
    day_option,
    happened_by_option,
    limit_option,
    min_position_option,
    read_model,
    reader_option,
)

if TYPE_CHECKING:
    from domain.compliance import Compliance
    from projections.compliance_status import Decided, RecordedDuty, RecordedStep
    from projections.shown_events import EventPlace


_WHERE_DAYS_END_LAST = timezone(-timedelta(hours=12))


class _Asked(NamedTuple):
    reader: Reader
    clinic: UUID | None
    day: date
    rule: Rule | None
    status: RecordedStatus | None
    happened_by: date | None
    limit: int


@click.command("compliance")
@click.argument("clinic", type=click.UUID, required=False)
@day_option
@click.option("--rule", type=click.Choice([each.value for each in Rule]), help="Only duties of this rule.")
@click.option("--status", type=click.Choice([each.value for each in RecordedStatus]), help="Only duties that stand so.")
@click.option("--figures", is_flag=True, help="With a clinic: completeness, timeliness and counts instead of duties.")
@reader_option
@as_of_option
@happened_by_option
@limit_option(1000)
@min_position_option
@json_option
@click.pass_obj
def compliance(
    bootstrap: Bootstrap,
    *,
    clinic: UUID | None,
    day: date | None,
    rule: str | None,
    status: str | None,
    figures: bool,
    reader: Reader,
    as_of: str | None,
    happened_by: date | None,
    limit: int,
    min_position: int | None,
    as_json: bool,
) -> None:
    """Show how clinics stand to their duties as of a day, by what is recorded.

    Each duty with its rule, due date, status and evidence, and up to where the clock has decided. Without CLINIC, those
    of all clinics.
    """
    if clinic is None and figures:
        msg = "--figures needs a clinic"
        raise click.UsageError(msg)
    if clinic is not None and figures:
        _tell_figures(*_figures(bootstrap, reader, clinic, day, as_of, happened_by, min_position), as_json=as_json)
        return
    with read_model(bootstrap, "compliance_status", as_of, min_position) as read:
        asked = _Asked(
            reader, clinic, day or _today(read, clinic, reader), Rule(rule) if rule else None,
            RecordedStatus(status) if status else None, happened_by, limit,
        )  # fmt: skip
        answer = _recorded(read, asked)
    _tell_recorded(answer, as_json=as_json)


class ClockNotStarted(Refused):
    """No clock has decided anything {upto}: what is owed is not recorded yet, which is not to say nothing is due."""

    remedy = "Start the registry (icms up), whose clock ticks by itself; in a simulated store, icms clock tick --now T."


class _Answer(NamedTuple):
    asked: _Asked
    position: int
    decided: Decided
    standing: RecordedStep | None
    duties: tuple[RecordedDuty, ...]
    positions: dict[str, EventPlace]
    """Position and type of each event that the duties rest on."""


def _today(read: ReadOf, clinic: UUID | None, reader: Reader) -> date:
    """Return today at the clinic; for all clinics, the day that has begun everywhere.

    So nobody's duty is called overdue before its due day is over where the clinic is.
    """
    from projections import compliance_status

    now = datetime.now(UTC)
    if clinic is None:
        return now.astimezone(_WHERE_DAYS_END_LAST).date()
    return compliance_status.clinic_day(read.cursor, clinic, now, reader=reader, as_of=read.as_of)


def _recorded(read: ReadOf, asked: _Asked) -> _Answer:
    """Return what is recorded; raise ClockNotStarted where nothing was decided yet, NotFound for an unknown clinic."""
    from projections import compliance_status
    from projections.shown_events import event_places, knows_clinic

    if asked.clinic is not None and not knows_clinic(read.cursor, asked.clinic, read.position, reader=asked.reader):
        raise NotFound(what="clinic", id=asked.clinic)
    decided = compliance_status.decided(read.cursor, reader=asked.reader, as_of=read.as_of)
    if decided.position == 0 and read.position > 0:
        raise ClockNotStarted(upto="in this store" if read.as_of is None else f"up to position {read.as_of}")
    page = compliance_status.list_status(
        read.cursor, asked.day, reader=asked.reader, rule=asked.rule, status=asked.status, clinic=asked.clinic,
        as_of=read.as_of, happened_by=asked.happened_by, limit=asked.limit,
    )  # fmt: skip
    standing = None
    if asked.clinic is not None:
        standing = compliance_status.standing_of(
            read.cursor, asked.clinic, reader=asked.reader, as_of=read.as_of, happened_by=asked.happened_by
        )
    cited = [event for duty in page.duties for event in duty.evidence]
    positions = event_places(read.cursor, cited, reader=asked.reader)
    return _Answer(asked, read.position, decided, standing, page.duties, positions)


def _tell_recorded(answer: _Answer, *, as_json: bool) -> None:
    asked, standing = answer.asked, answer.standing
    rows = [_row(each, answer.positions, as_json=as_json) for each in answer.duties]
    if as_json:
        decided = {"position": answer.decided.position, "at": answer.decided.at}
        told = standing._asdict() if standing else None
        head = {"clinic_id": asked.clinic, "day": asked.day, "position": answer.position, "decided": decided}
        print_json({**head, "standing": told, "duties": rows})
        return
    columns = ("clinic_id", "rule", "status", "due", "late_days", "item", "policy_version", "evidence")
    print_rows(rows, columns[1 if asked.clinic else 0 :], as_json=False)
    if standing is not None:
        rules = f", by {', '.join(standing.rule_ids)}" if standing.rule_ids else ""
        click.echo(f"standing: {standing.step} after {standing.quarter}{rules} (policy {standing.policy_version})")
    say(f"{len(rows):,} duties on {asked.day}, as of position {answer.position:,}")
    moment = f", at {answer.decided.at:%Y-%m-%d %H:%M:%S} UTC" if answer.decided.at else ""
    say(f"The clock has decided up to position {answer.decided.position:,}{moment}; what came later, it looks at next.")


def _row(duty: RecordedDuty, positions: dict[str, EventPlace], *, as_json: bool) -> dict[str, Any]:
    """Return a duty with the events it rests on: what opened, met and ended it, and its own, with their positions."""
    evidence = [
        {"event_id": event, "position": positions[event].position, "type": positions[event].type}
        for event in dict.fromkeys(duty.evidence)
        if event in positions
    ]
    named = {name: value for name, value in duty._asdict().items() if name not in ("positions", "event_ids", "rule_id")}
    row: dict[str, Any] = plain({"rule": duty.rule_id, "due": duty.due_on, **named})
    return {**row, "evidence": evidence if as_json else [f"{each['type']} at {each['position']}" for each in evidence]}


def _figures(
    bootstrap: Bootstrap,
    reader: Reader,
    clinic: UUID,
    day: date | None,
    as_of: str | None,
    happened_by: date | None,
    min_position: int | None,
) -> tuple[Compliance, int]:
    """Return what a clinic's records come to; figures count records, not what the clock decided about them."""
    from projections import duty_accounts

    with read_model(bootstrap, "duty_accounts", as_of, min_position) as read:
        of: dict[str, Any] = {"reader": reader, "as_of": read.as_of}
        judged_on = day or duty_accounts.clinic_day(read.cursor, clinic, datetime.now(UTC), **of)
        decode = bootstrap.codec.decode
        found = duty_accounts.clinic_status(
            read.cursor, clinic, judged_on, happened_by=happened_by, decode=decode, **of
        )
        position = read.position
    if found is None:
        raise NotFound(what="clinic", id=clinic)
    return found, position


def _tell_figures(found: Compliance, position: int, *, as_json: bool) -> None:
    summary = [
        {"rule": each.rule, **{status.value: number for status, number in each.counts.items()}}
        for each in found.summary
    ]
    figures = dataclasses.asdict(found.figures)
    if as_json:
        answer = {"clinic_id": found.clinic_id, "day": found.day, "position": position}
        print_json({**answer, "figures": figures, "summary": summary})
        return
    rows = ({"figure": name, "value": value} for name, value in plain(figures).items())
    print_rows(rows, ("figure", "value"), as_json=False)
    print_rows(summary, ("rule", *(status.value for status in DutyStatus)), as_json=False)
