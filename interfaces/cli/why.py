"""Why a clinic stands where it stands: every axis with its rules, its evidence in the log, and what would change it."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import click

from domain.errors import NotFound
from domain.reader import Reader
from interfaces.bootstrap import Bootstrap
from interfaces.cli.output import json_option, print_json, say
from interfaces.cli.reading_options import (
    ReadOf,
    as_of_option,
    day_option,
    min_position_option,
    read_model,
    reader_option,
)

if TYPE_CHECKING:
    from domain.aggregate import RegistryEvent
    from domain.axes import Axis, Unmet
    from domain.clinic import Clinic
    from domain.standing import Standing
    from projections.shown_events import EventPlace

_EVIDENCE_TOLD = 5
_UNMET_TOLD = 100_000


@click.command("why")
@click.argument("clinic", type=click.UUID)
@day_option
@reader_option
@as_of_option
@min_position_option
@json_option
@click.pass_obj
def why(
    bootstrap: Bootstrap,
    *,
    clinic: UUID,
    day: date | None,
    reader: Reader,
    as_of: str | None,
    min_position: int | None,
    as_json: bool,
) -> None:
    """Show why a clinic stands where it stands, axis by axis.

    Each with its rules, the events it rests on with their positions, and what would change it. An axis that nobody
    has determined says so. Who may not see more of the clinic is told of its published entries.
    """
    from projections import duty_accounts
    from projections.histories import clinic_as_of
    from projections.shown_events import event_places

    with read_model(bootstrap, "duty_accounts", as_of, min_position) as read:
        now = datetime.now(UTC)
        on = day or duty_accounts.clinic_day(read.cursor, clinic, now, reader=reader, as_of=read.as_of)
        decode = bootstrap.codec.decode
        known = clinic_as_of(read.cursor, clinic, read.position, reader=reader, decode=decode)
        asked = _Asked(bootstrap, reader, clinic, on)
        axes = _axes(asked, read, known) if known else _public(asked, read)
        positions = event_places(read.cursor, [event for axis in axes for event in axis.evidence], reader=reader)
    rows = [_row(axis, positions) for axis in axes]
    if as_json:
        print_json({"clinic_id": clinic, "day": on, "position": read.position, "axes": rows})
        return
    for row in rows:
        _tell(row)
    say(f"on {on}, as of position {read.position:,}")


class _Asked(NamedTuple):
    bootstrap: Bootstrap
    reader: Reader
    clinic_id: UUID
    day: date


def _axes(asked: _Asked, read: ReadOf, clinic: Clinic) -> list[Axis]:
    """Return every axis of a clinic; that of safety, which nobody else is told of, for the society."""
    from domain.axes import data_axis, participation_axis, standing_axis, verification_axes
    from projections import duty_accounts

    decode = asked.bootstrap.codec.decode
    found = duty_accounts.clinic_status(
        read.cursor, asked.clinic_id, asked.day, reader=asked.reader, as_of=read.as_of, decode=decode
    )
    return [
        participation_axis(clinic, _history(asked, read, asked.clinic_id)),
        standing_axis(clinic, _assessed(asked, read)),
        *([_safety(asked, read.position, clinic.time_zone)] if asked.reader.of_society else ()),
        *_listing(asked, read.position),
        *verification_axes(clinic, asked.day),
        *([data_axis(found.figures, _unmet(asked, read.position))] if found else ()),
    ]


def _public(asked: _Asked, read: ReadOf) -> list[Axis]:
    """Return an axis for each published entry; raise NotFound for a clinic without one, as for none at all."""
    from domain.axes import listing_axis
    from domain.listing_state import ListingState
    from projections import public_listing

    with read_model(asked.bootstrap, "public_listing", str(read.position), None) as listed:
        found = public_listing.entries_of(
            listed.cursor, asked.clinic_id, reader=asked.reader, day=asked.day, as_of=listed.as_of
        )
    if not found:
        raise NotFound(what="clinic", id=asked.clinic_id)
    axes = []
    for each in found:
        disputed = each.dispute is not None and each.dispute.outcome is None
        state = ListingState.disputed if disputed else ListingState.published
        own = _ids_of(asked, read, each.listing_id)
        axes.append(listing_axis(each.category, state, str(each.listing_id), own[::-1]))
    return axes


def _unmet(asked: _Asked, position: int) -> list[Unmet] | None:
    """Return the recorded duties that nobody has met; None where no clock has decided anything by then."""
    from domain.axes import Unmet
    from domain.duties import RecordedStatus
    from projections import compliance_status

    with read_model(asked.bootstrap, "compliance_status", str(position), None) as read:
        if compliance_status.decided(read.cursor, reader=asked.reader, as_of=position).position == 0:
            return None
        return [
            Unmet(duty.rule_id, duty.evidence)
            for status in (RecordedStatus.missed, RecordedStatus.overdue)
            for duty in compliance_status.list_status(
                read.cursor, asked.day, reader=asked.reader, status=status, clinic=asked.clinic_id, as_of=position,
                limit=_UNMET_TOLD,
            ).duties
        ]  # fmt: skip


def _safety(asked: _Asked, position: int, time_zone: str) -> Axis:
    """Return the safety axis on a day at the clinic: at its noon, as measures end with a day."""
    from domain.axes import safety_axis
    from domain.safety_case_state import NO_CASE
    from projections import safety_cases
    from projections.shown_events import events_at

    at = datetime.combine(asked.day, time(12), ZoneInfo(time_zone))
    # As of the position of the first answer, whatever was recorded between the two.
    with read_model(asked.bootstrap, "safety_cases", str(position), None) as read:
        for each in safety_cases.safety_axis(
            read.cursor, at, reader=asked.reader, clinic_id=asked.clinic_id, as_of=read.as_of
        ):
            return safety_axis(each.safety, events_at(read.cursor, each.positions, reader=asked.reader))
    return safety_axis(NO_CASE, ())


def _listing(asked: _Asked, position: int) -> list[Axis]:
    """Return an axis for each public entry that there is or is to be, what concerns safety first."""
    from domain.axes import Axis, listing_axis
    from domain.listing_category import ListingCategory
    from domain.listing_state import ListingState
    from projections.listings import entries

    axes = []
    with read_model(asked.bootstrap, "listings", str(position), None) as read:
        found = entries(read.cursor, reader=asked.reader, clinic_id=asked.clinic_id, as_of=read.as_of)
        for each in sorted(found, key=lambda entry: ListingCategory(entry.category).gravity):
            own = _ids_of(asked, read, each.listing_id)
            category, state = ListingCategory(each.category), ListingState(each.state)
            axes.append(listing_axis(category, state, str(each.listing_id), [*reversed(own), *each.evidence]))
    return axes or [Axis(axis="listing", value="no entry", would_change="A condition that the public is told of.")]


def _assessed(asked: _Asked, read: ReadOf) -> Standing.StandingAssessed | None:
    """Return the last assessment of the clinic's standing."""
    from domain.standing import Standing, standing_id

    last = _history(asked, read, standing_id(asked.clinic_id))[-1:]
    return next((each for each in last if isinstance(each, Standing.StandingAssessed)), None)


def _history(asked: _Asked, read: ReadOf, aggregate_id: UUID) -> list[RegistryEvent]:
    """Return an aggregate's events up to where the answer is true, those that the reader is shown."""
    from projections.histories import events_of

    decode = asked.bootstrap.codec.decode
    return events_of(read.cursor, aggregate_id, read.position, reader=asked.reader, decode=decode)


def _ids_of(asked: _Asked, read: ReadOf, aggregate_id: UUID) -> list[str]:
    from domain.clinic_state import event_id

    history = _history(asked, read, aggregate_id)
    return [event_id(event.originator_id, event.originator_version) for event in history]


def _row(axis: Axis, positions: dict[str, EventPlace]) -> dict[str, Any]:
    evidence = [
        {"event_id": event, "position": positions[event].position, "type": positions[event].type}
        for event in axis.evidence
        if event in positions
    ]
    return {**dataclasses.asdict(axis), "evidence": evidence}


def _tell(row: dict[str, Any]) -> None:
    kind = "entry" if row["axis"] == "listing" else "guideline"
    about = f" of {kind} {row['about']}" if row["about"] else ""
    click.echo(f"{row['axis']}{about}: {row['value']}")
    if row["rules"]:
        click.echo(f"  rules: {', '.join(row['rules'])}")
    for each in row["evidence"][:_EVIDENCE_TOLD]:
        click.echo(f"  because of {each['type']} at position {each['position']:,} ({each['event_id']})")
    if len(row["evidence"]) > _EVIDENCE_TOLD:
        click.echo(f"  and {len(row['evidence']) - _EVIDENCE_TOLD:,} events more; --json has all of them")
    if row["would_change"]:
        click.echo(f"  would change it: {row['would_change']}")
