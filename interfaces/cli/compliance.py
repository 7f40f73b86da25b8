"""How clinics stand to their duties, as of a day and as of what was known."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import click

from domain.duties import DutyStatus, Rule
from domain.errors import NotFound
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
)

if TYPE_CHECKING:
    from domain.compliance import Compliance, JudgedDuty


_WHERE_DAYS_END_LAST = timezone(-timedelta(hours=12))


class _Asked(NamedTuple):
    day: date
    rule: Rule | None
    status: DutyStatus | None
    limit: int


@click.command("compliance")
@click.argument("clinic", type=click.UUID, required=False)
@day_option
@click.option("--rule", type=click.Choice([each.value for each in Rule]), help="Only duties of this rule.")
@click.option("--status", type=click.Choice([each.value for each in DutyStatus]), help="Only duties that stand so.")
@click.option("--figures", is_flag=True, help="With a clinic: completeness, timeliness and counts instead of duties.")
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
    as_of: str | None,
    happened_by: date | None,
    limit: int,
    min_position: int | None,
    as_json: bool,
) -> None:
    """Show how clinics stand to their duties as of a day.

    Each duty with its rule, due date, status and evidence. Without CLINIC, those of all clinics.
    """
    if clinic is None and (figures or happened_by):
        msg = "--figures and --happened-by need a clinic"
        raise click.UsageError(msg)
    with read_model(bootstrap, "duty_accounts", as_of, min_position) as read:
        judged_on = day or _today(read, clinic)
        asked = _Asked(judged_on, Rule(rule) if rule else None, DutyStatus(status) if status else None, limit)
        found = _of_clinic(bootstrap, read, clinic, asked.day, happened_by) if clinic else None
        duties = _of_all(read, asked) if found is None else ()
    if found is not None and figures:
        _tell_figures(found, read.position, as_json=as_json)
        return
    _tell_duties(_chosen(found, asked) if found is not None else duties, asked, read, clinic, as_json=as_json)


def _today(read: ReadOf, clinic: UUID | None) -> date:
    """Return today at the clinic; for all clinics, the day that has begun everywhere.

    So nobody's duty is called overdue before its due day is over where the clinic is.
    """
    from projections import duty_accounts

    now = datetime.now(UTC)
    if clinic is None:
        return now.astimezone(_WHERE_DAYS_END_LAST).date()
    return duty_accounts.clinic_day(read.cursor, clinic, now, as_of=read.as_of)


def _of_clinic(bootstrap: Bootstrap, read: ReadOf, clinic: UUID, day: date, happened_by: date | None) -> Compliance:
    from projections import duty_accounts

    found = duty_accounts.clinic_status(
        read.cursor, clinic, day, as_of=read.as_of, happened_by=happened_by, decode=bootstrap.codec.decode
    )
    if found is None:
        raise NotFound(what="clinic", id=clinic)
    return found


def _of_all(read: ReadOf, asked: _Asked) -> tuple[JudgedDuty, ...]:
    from projections import duty_accounts

    page = duty_accounts.list_status(
        read.cursor, asked.day, rule=asked.rule, status=asked.status, as_of=read.as_of, limit=asked.limit
    )
    return tuple(page.duties)


def _chosen(found: Compliance, asked: _Asked) -> tuple[JudgedDuty, ...]:
    chosen = (
        each
        for each in found.duties
        if (asked.rule is None or each.duty.rule == asked.rule)
        and (asked.status is None or each.status == asked.status)
    )
    return tuple(chosen)[: asked.limit]


def _tell_duties(
    duties: tuple[JudgedDuty, ...], asked: _Asked, read: ReadOf, clinic: UUID | None, *, as_json: bool
) -> None:
    rows = (_row(each, as_json=as_json) for each in duties)
    columns = ("clinic_id", "rule", "status", "due", "late_days", "item", "evidence")
    print_rows(rows, columns[1 if clinic else 0 :], as_json=as_json)
    if not as_json:
        say(f"{len(duties):,} duties on {asked.day}, as of position {read.position:,}")


def _row(judged: JudgedDuty, *, as_json: bool) -> dict[str, Any]:
    """Return a duty with the ids of the events it rests on: what opened, met and ended it."""
    duty = judged.duty
    evidence = [event for event in (duty.opened_by, duty.fulfilled_by, duty.ended_by) if event]
    row: dict[str, Any] = plain({**dataclasses.asdict(duty), "status": judged.status, "late_days": judged.late_days})
    return {**row, "evidence": evidence if as_json else ", ".join(evidence)}


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
