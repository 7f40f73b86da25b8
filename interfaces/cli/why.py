"""Why a clinic stands where it stands: every axis with its rules, its evidence in the log, and what would change it."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import click

from domain.errors import NotFound
from interfaces.bootstrap import Bootstrap
from interfaces.cli.evidence import positions_of
from interfaces.cli.output import json_option, print_json, say
from interfaces.cli.reading_options import ReadOf, as_of_option, day_option, min_position_option, read_model

if TYPE_CHECKING:
    from domain.aggregate import RegistryEvent
    from domain.axes import Axis, Unmet
    from domain.clinic import Clinic
    from domain.standing import Standing

_EVIDENCE_TOLD = 5
_AFTER_STANDING = 2
_UNMET_TOLD = 100_000
_AFTER_SAFETY = 3


@click.command("why")
@click.argument("clinic", type=click.UUID)
@day_option
@as_of_option
@min_position_option
@json_option
@click.pass_obj
def why(
    bootstrap: Bootstrap, *, clinic: UUID, day: date | None, as_of: str | None, min_position: int | None, as_json: bool
) -> None:
    """Show why a clinic stands where it stands, axis by axis.

    Each with its rules, the events it rests on with their positions, and what would change it. An axis that nobody
    has determined says so.
    """
    from projections import duty_accounts

    with read_model(bootstrap, "duty_accounts", as_of, min_position) as read:
        on = day or duty_accounts.clinic_day(read.cursor, clinic, datetime.now(UTC), as_of=read.as_of)
        axes = _axes(bootstrap, read, clinic, on)
        # As of the position of the first answer, whatever was recorded between the two.
        with read_model(bootstrap, "safety_cases", str(read.position), None) as cases:
            axes.insert(_AFTER_STANDING, _safety(bootstrap, cases, clinic, on))
        with read_model(bootstrap, "listings", str(read.position), None) as entries:
            axes[_AFTER_SAFETY:_AFTER_SAFETY] = _listing(bootstrap, entries, clinic)
        positions = positions_of(read, [event for axis in axes for event in axis.evidence])
    rows = [_row(axis, positions) for axis in axes]
    if as_json:
        print_json({"clinic_id": clinic, "day": on, "position": read.position, "axes": rows})
        return
    for row in rows:
        _tell(row)
    say(f"on {on}, as of position {read.position:,}")


def _axes(bootstrap: Bootstrap, read: ReadOf, clinic_id: UUID, day: date) -> list[Axis]:
    from domain.axes import data_axis, participation_axis, standing_axis, verification_axes
    from projections import duty_accounts

    history, clinic = _replayed(bootstrap, read, clinic_id)
    found = duty_accounts.clinic_status(read.cursor, clinic_id, day, as_of=read.as_of, decode=bootstrap.codec.decode)
    return [
        participation_axis(clinic, history),
        standing_axis(clinic, _assessed(bootstrap, read, clinic_id)),
        *verification_axes(clinic, day),
        *([data_axis(found.figures, _unmet(bootstrap, read.position, clinic_id, day))] if found else ()),
    ]


def _unmet(bootstrap: Bootstrap, position: int, clinic_id: UUID, day: date) -> list[Unmet] | None:
    """Return the recorded duties that nobody has met; None where no clock has decided anything by then."""
    from domain.axes import Unmet
    from domain.duties import RecordedStatus
    from projections import compliance_status

    with read_model(bootstrap, "compliance_status", str(position), None) as read:
        if compliance_status.decided(read.cursor, as_of=position).position == 0:
            return None
        return [
            Unmet(duty.rule_id, duty.evidence)
            for status in (RecordedStatus.missed, RecordedStatus.overdue)
            for duty in compliance_status.list_status(
                read.cursor, day, status=status, clinic=clinic_id, as_of=position, limit=_UNMET_TOLD
            ).duties
        ]


def _safety(bootstrap: Bootstrap, read: ReadOf, clinic_id: UUID, day: date) -> Axis:
    """Return the safety axis on a day at the clinic: at its noon, as measures end with a day."""
    from domain.axes import safety_axis
    from domain.safety_case_state import NO_CASE
    from projections import safety_cases

    _, clinic = _replayed(bootstrap, read, clinic_id)
    at = datetime.combine(day, time(12), ZoneInfo(clinic.time_zone))
    for each in safety_cases.safety_axis(read.cursor, at, clinic_id=clinic_id, as_of=read.as_of):
        return safety_axis(each.safety, _events_at(read, each.positions))
    return safety_axis(NO_CASE, ())


def _listing(bootstrap: Bootstrap, read: ReadOf, clinic_id: UUID) -> list[Axis]:
    """Return an axis for each public entry that there is or is to be, what concerns safety first."""
    from domain.axes import Axis, listing_axis
    from domain.clinic_state import event_id
    from domain.listing_category import ListingCategory
    from domain.listing_state import ListingState
    from projections.listings import entries

    axes = []
    found = entries(read.cursor, clinic_id=clinic_id, as_of=read.as_of)
    for each in sorted(found, key=lambda entry: ListingCategory(entry.category).gravity):
        own = [
            event_id(event.originator_id, event.originator_version)
            for event in _history(bootstrap, read, each.listing_id)
        ]
        category, state = ListingCategory(each.category), ListingState(each.state)
        axes.append(listing_axis(category, state, str(each.listing_id), [*reversed(own), *each.evidence]))
    return axes or [Axis(axis="listing", value="no entry", would_change="A condition that the public is told of.")]


def _events_at(read: ReadOf, positions: list[int]) -> list[str]:
    """Return the ids of the events at these positions."""
    rows = read.cursor.execute(
        """
        SELECT originator_id || '/' || originator_version
          FROM registry.events
         WHERE position = ANY (%(positions)s)
         ORDER BY position
        """,
        {"positions": positions},
    ).fetchall()
    return [event for (event,) in rows]


def _replayed(bootstrap: Bootstrap, read: ReadOf, clinic_id: UUID) -> tuple[list[RegistryEvent], Clinic]:
    """Return the clinic's own events up to where the answer is true, and what they make of it."""
    from domain.clinic import Clinic

    history = _history(bootstrap, read, clinic_id)
    clinic: Any = None
    for event in history:
        clinic = event.mutate(clinic)
    if not isinstance(clinic, Clinic):
        raise NotFound(what="clinic", id=clinic_id)
    return history, clinic


def _assessed(bootstrap: Bootstrap, read: ReadOf, clinic_id: UUID) -> Standing.StandingAssessed | None:
    """Return the last assessment of the clinic's standing."""
    from domain.standing import Standing, standing_id

    last = _history(bootstrap, read, standing_id(clinic_id))[-1:]
    return next((each for each in last if isinstance(each, Standing.StandingAssessed)), None)


def _history(bootstrap: Bootstrap, read: ReadOf, aggregate_id: UUID) -> list[RegistryEvent]:
    """Return an aggregate's events up to where the answer is true."""
    rows = read.cursor.execute(
        """
        SELECT topic, state, originator_id, originator_version
          FROM registry.events
         WHERE originator_id = %(aggregate_id)s
           AND position <= %(position)s
         ORDER BY originator_version
        """,
        {"aggregate_id": aggregate_id, "position": read.position},
    ).fetchall()
    return [bootstrap.codec.decode(topic, bytes(state), owner, version) for topic, state, owner, version in rows]


def _row(axis: Axis, positions: dict[str, tuple[int, str]]) -> dict[str, Any]:
    evidence = [
        {"event_id": event, "position": positions[event][0], "type": positions[event][1]}
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
