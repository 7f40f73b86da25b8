"""How a test asks each query of the product: about one clinic or all, as some reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from domain.obligation import ObligationStatus
from domain.reader import Reader
from projections import (
    audit_trail,
    compliance_status,
    duty_accounts,
    histories,
    listings,
    obligations,
    public_listing,
    queries,
    restricted_process,
    safety_cases,
    safety_notices,
    shown_events,
    standings,
)
from projections.read_model import Recorded
from tests.projections.history import uid
from tests.projections.populated import LATE, NAMES, ON, UNKNOWN, Populated, matter, told_case, untold_case
from tests.projections.test_audit_trail import CODEC

Cursor = psycopg.Cursor[Any]
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MOMENT = datetime.fromisoformat(LATE)
READING = {"decode": CODEC.decode, "part_class": CODEC.part_class}


class Told(NamedTuple):
    """What of a clinic a query tells: to the clinic itself, and what to the society alone."""

    ask: Callable[[Cursor, Reader, UUID | None], Any]
    party: Callable[[Populated, UUID], set[str]]
    """Nothing of a query whose answers are the society's alone."""
    society: Callable[[Populated, UUID], set[str]] = lambda _, __: set()
    of_all: bool = True
    """Whether it may be asked about all clinics at once."""


class Logged(NamedTuple):
    """A query whose answers are events: by the class of each, and but for obligations kept back."""

    ask: Callable[[Cursor, Reader, Populated], set[str]]
    keeps_back: bool


def _clinic(_: Populated, clinic: UUID) -> set[str]:
    return {str(clinic)}


def _next_day(_: Populated, __: UUID) -> set[str]:
    return {repr(date(2026, 6, 2))}


def _owed(*rules: str) -> Callable[[Populated, UUID], set[str]]:
    return lambda log, clinic: {str(log.owed[f"{rule} {NAMES[clinic]}"]) for rule in rules}


def _named(what: str) -> Callable[[Populated, UUID], set[str]]:
    return lambda _, clinic: {str(uid(f"{what} {NAMES[clinic]}"))}


def _case_behind(_: Populated, clinic: UUID) -> set[str]:
    return {f"{told_case(clinic)}/2"}


def _case_within(_: Populated, clinic: UUID) -> set[str]:
    return {f"{told_case(clinic)}/{version}" for version in (2, 3, 4)}


def _cases(_: Populated, clinic: UUID) -> set[str]:
    return {str(told_case(clinic)), str(untold_case(clinic))}


TOLD: dict[str, Told] = {
    "compliance_status.list_status": Told(
        lambda cursor, reader, clinic: compliance_status.list_status(cursor, ON, reader=reader, clinic=clinic),
        _owed("TX-30", "FU-30", "AE-15"),
        _case_within,
    ),
    "compliance_status.standing_of": Told(
        lambda cursor, reader, clinic: compliance_status.standing_of(cursor, clinic or UNKNOWN, reader=reader),
        _clinic,
        of_all=False,
    ),
    "compliance_status.clinic_day": Told(
        lambda cursor, reader, clinic: compliance_status.clinic_day(cursor, clinic or UNKNOWN, MOMENT, reader=reader),
        _next_day,
        of_all=False,
    ),
    "duty_accounts.clinic_status": Told(
        lambda cursor, reader, clinic: duty_accounts.clinic_status(cursor, clinic or UNKNOWN, ON, reader=reader),
        _clinic,
        of_all=False,
    ),
    "duty_accounts.replay_status": Told(
        lambda cursor, reader, clinic: duty_accounts.replay_status(
            cursor, clinic or UNKNOWN, ON, reader=reader, decode=CODEC.decode
        ),
        _clinic,
        of_all=False,
    ),
    "duty_accounts.clinic_day": Told(
        lambda cursor, reader, clinic: duty_accounts.clinic_day(cursor, clinic or UNKNOWN, MOMENT, reader=reader),
        _next_day,
        of_all=False,
    ),
    "duty_accounts.list_status": Told(
        lambda cursor, reader, clinic: duty_accounts.list_status(cursor, ON, reader=reader, clinic=clinic), _clinic
    ),
    "duty_accounts.overdue": Told(
        lambda cursor, reader, clinic: duty_accounts.overdue(cursor, ON, reader=reader, clinic=clinic), _clinic
    ),
    "histories.clinic_as_of": Told(
        lambda cursor, reader, clinic: getattr(
            histories.clinic_as_of(cursor, clinic or UNKNOWN, 10_000, reader=reader, decode=CODEC.decode), "id", None
        ),
        _clinic,
        of_all=False,
    ),
    "listings.entries": Told(
        lambda cursor, reader, clinic: [
            listings.entries(cursor, reader=reader, clinic_id=clinic, decode=CODEC.decode, **how)
            for how in ({}, {"as_of": 10_000}, {"happened_by": date(2027, 1, 1)})
        ],
        _named("entry of"),
        lambda log, clinic: {str(told_case(clinic)), *_case_behind(log, clinic)},
    ),
    "obligations.queue": Told(
        lambda cursor, reader, clinic: [
            obligations.queue(cursor, reader=reader, clinic_id=clinic, as_of=as_of, status=status)
            for as_of in (None, 10_000)
            for status in (None, ObligationStatus.fulfilled, ObligationStatus.ended)
        ],
        _owed("TX-30", "FU-30", "AE-15", "told CA-180", "RE-30"),
        lambda log, clinic: {
            *_owed("untold CA-180", "DQ-7")(log, clinic),
            *_case_within(log, clinic),
            str(untold_case(clinic)),
            str(matter(clinic)),
        },
    ),
    "queries.work_list": Told(
        lambda cursor, reader, clinic: queries.work_list(cursor, reader=reader, clinic_id=clinic), _named("query to")
    ),
    "safety_cases.cases": Told(
        lambda cursor, reader, clinic: safety_cases.cases(cursor, NOON, reader=reader, clinic_id=clinic),
        lambda _, __: set(),
        _cases,
    ),
    "safety_cases.safety_axis": Told(
        lambda cursor, reader, clinic: safety_cases.safety_axis(cursor, NOON, reader=reader, clinic_id=clinic),
        lambda _, __: set(),
        _cases,
    ),
    "shown_events.knows_clinic": Told(
        lambda cursor, reader, clinic: shown_events.knows_clinic(cursor, clinic or UNKNOWN, 10_000, reader=reader),
        lambda _, __: {"True"},
        of_all=False,
    ),
    "standings.standings": Told(
        lambda cursor, reader, clinic: [
            standings.standings(cursor, reader=reader, clinic_id=clinic, history=history) for history in (False, True)
        ],
        _clinic,
        _case_behind,
    ),
}
"""What is about one clinic."""

SAME: dict[str, Callable[[Cursor, Reader, UUID], Any]] = {
    "compliance_status.decided": lambda cursor, reader, _: compliance_status.decided(cursor, reader=reader),
    "public_listing.search": lambda cursor, reader, _: public_listing.search(cursor, reader=reader, day=ON),
    "public_listing.countries": lambda cursor, reader, _: public_listing.countries(cursor, reader=reader, day=ON),
    "public_listing.entries_of": lambda cursor, reader, clinic: public_listing.entries_of(
        cursor, clinic, reader=reader, day=ON
    ),
    "public_listing.clinic_page": lambda cursor, reader, clinic: public_listing.clinic_page(
        cursor, clinic, reader=reader, day=ON
    ),
    "safety_notices.notices": lambda cursor, reader, _: safety_notices.notices(cursor, reader=reader),
}
"""What everybody is told alike."""


class Cited(NamedTuple):
    """A row that names an event."""

    event: str | None


def all_ids(log: Populated) -> list[str]:
    """Return the id of every event."""
    return [id_of(each) for each in log.log]


def id_of(recorded: Recorded) -> str:
    """Return an event's id."""
    return f"{recorded.aggregate_id}/{recorded.version}"


def _aggregates(log: Populated) -> list[UUID]:
    return sorted({each.aggregate_id for each in log.log})


def _trail(pages: Iterator[audit_trail.TrailPage]) -> set[str]:
    return {entry.event_id for page in pages for entry in page.entries}


def _known(cursor: Cursor, reader: Reader, log: Populated) -> set[str]:
    """Return the events of what is known: those shown, or all where none is and nothing should be known."""
    found: set[str] = set()
    for identity in _aggregates(log):
        if histories.knows(cursor, identity, reader=reader, decode=CODEC.decode):
            own = [each for each in log.log if each.aggregate_id == identity]
            about = [each for each in log.log if each.clinic_id == identity]
            seen = [each for each in own if shown(reader, each)]
            found |= {id_of(each) for each in seen or ([] if any(shown(reader, each) for each in about) else own)}
    return found


def _not_withheld(cursor: Cursor, reader: Reader, log: Populated) -> set[str]:
    """Return all events but those of obligations withheld that are not public."""
    kept_back = restricted_process.withheld_obligations(
        cursor, list(log.owed.values()), reader=reader, decode=CODEC.decode, as_of=None
    )
    assert kept_back == (frozenset() if reader.of_society else log.untold)
    return {id_of(each) for each in log.log if each.aggregate_id not in kept_back and shown(reader, each)}


def shown(reader: Reader, each: Recorded) -> bool:
    """Return whether domain.md shows an event to a reader, said here once more."""
    if reader.kind in {"officer", "auditor"}:
        return True
    own = reader.clinic_id is not None and each.clinic_id == reader.clinic_id
    return each.disclosure == "public" or (each.disclosure == "party" and own)


LOGGED: dict[str, Logged] = {
    "audit_trail.of_clinic": Logged(
        lambda cursor, reader, log: {
            *_trail(audit_trail.of_clinic(cursor, clinic, reader=reader, **READING) for clinic in NAMES),
            *(id_of(each) for each in log.log if each.clinic_id is None and shown(reader, each)),
        },
        keeps_back=True,
    ),
    "audit_trail.of_aggregate": Logged(
        lambda cursor, reader, log: _trail(
            audit_trail.of_aggregate(cursor, each, reader=reader, **READING) for each in _aggregates(log)
        ),
        keeps_back=True,
    ),
    "audit_trail.of_log": Logged(
        lambda cursor, reader, _: _trail(iter([audit_trail.of_log(cursor, reader=reader, **READING)])), keeps_back=True
    ),
    "histories.events_of": Logged(
        lambda cursor, reader, log: {
            f"{event.originator_id}/{event.originator_version}"
            for each in _aggregates(log)
            for event in histories.events_of(cursor, each, 10_000, reader=reader, decode=CODEC.decode)
        },
        keeps_back=True,
    ),
    "histories.knows": Logged(_known, keeps_back=True),
    "restricted_process.withheld_obligations": Logged(_not_withheld, keeps_back=True),
    "shown_events.event_places": Logged(
        lambda cursor, reader, log: set(shown_events.event_places(cursor, all_ids(log), reader=reader)),
        keeps_back=False,
    ),
    "shown_events.events_at": Logged(
        lambda cursor, reader, log: set(
            shown_events.events_at(cursor, [each.position for each in log.log], reader=reader)
        ),
        keeps_back=False,
    ),
    "shown_events.told_events": Logged(
        lambda cursor, reader, log: set(shown_events.told_events(cursor, all_ids(log), reader=reader)),
        keeps_back=False,
    ),
    "shown_events.as_told": Logged(
        lambda cursor, reader, log: {
            row.event
            for row in shown_events.as_told(cursor, [Cited(each) for each in all_ids(log)], ("event",), reader=reader)
            if row.event is not None
        },
        keeps_back=False,
    ),
}
"""What answers with events."""
