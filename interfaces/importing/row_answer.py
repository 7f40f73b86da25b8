"""What became of a row, and of all rows together: nothing is counted that was not answered, and nothing twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

MOST_LISTED = 1000
"""Refusals and remarks that a summary lists; a report file has all of them."""


class Outcome(StrEnum):
    """What became of a row."""

    accepted = "accepted"
    """At least one event is new, and nothing was refused."""
    repeat = "repeat"
    """Everything was recorded before."""
    refused = "refused"
    """Something was refused; `events` says whether anything of the row was recorded all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowEvent:
    """One thing that a row says and that the store holds now."""

    rule: str
    type: str
    """Name of the event."""
    id: UUID
    """The treatment or adverse event; of a follow-up its own id."""
    version: int
    first_position: int
    position: int
    """Position of its last event in the log; 0 where it was recorded some other way before."""
    repeat: bool
    new: tuple[str, ...] = ()
    """Names of all events recorded now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRefusal:
    """Why something of a row was not recorded."""

    rule: str | None
    column: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRemark:
    """What the registry, or the row itself, has to say about something that was accepted."""

    rule: str
    field: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAnswer:
    """What became of one row."""

    row: int
    """1 for the first row below the header."""
    line: int
    """Line of the file where it begins."""
    clinic_id: UUID | None = None
    treatment_id: UUID | None = None
    events: tuple[RowEvent, ...] = ()
    refusals: tuple[RowRefusal, ...] = ()
    remarks: tuple[RowRemark, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Return what became of the row as a whole."""
        if self.refusals:
            return Outcome.refused
        known = self.events and all(event.repeat for event in self.events)
        return Outcome.repeat if known else Outcome.accepted

    @property
    def position(self) -> int:
        """Return the last position that the row has in the log."""
        return max((event.position for event in self.events), default=0)

    def as_line(self) -> dict[str, Any]:
        """Return the row's answer as one line of a report."""
        return {
            "row": self.row,
            "line": self.line,
            "answer": self.outcome,
            "clinic_id": self.clinic_id,
            "id": self.treatment_id,
            "position": self.position,
            "events": self.events,
            "refusals": self.refusals,
            "remarks": self.remarks,
        }


@dataclass(slots=True)
class Summary:
    """All rows together; its lists are bounded, its counts are not."""

    types: tuple[str, ...]
    """Types of events that the mapping can make; each is counted, also with 0."""
    rows: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[dict[str, Any]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, answer: RowAnswer) -> None:
        """Count a row."""
        self.rows += 1
        self.outcomes[answer.outcome] += 1
        self.counts.update(name for event in answer.events for name in event.new)
        place = {"row": answer.row, "line": answer.line}
        for refusal in answer.refusals:
            words = {"rule": refusal.rule, "column": refusal.column, "reason": refusal.reason}
            self._list("refusals", self.refusals, place | words)
        for remark in answer.remarks:
            words = {"rule": remark.rule, "field": remark.field, "problem": remark.problem}
            self._list("remarks", self.remarks, place | words)

    def _list(self, name: str, entries: list[dict[str, Any]], entry: dict[str, Any]) -> None:
        if len(entries) < MOST_LISTED:
            entries.append(entry)
        else:
            self.left_out[name] += 1

    @property
    def new_events(self) -> int:
        """Return how many events were recorded now."""
        return self.counts.total()

    @property
    def refused(self) -> int:
        """Return how many rows were refused, whole or in part."""
        return self.outcomes[Outcome.refused]

    def as_object(self) -> dict[str, Any]:
        """Return the summary as one object for programs."""
        return {
            "rows": self.rows,
            "accepted": self.outcomes[Outcome.accepted],
            "repeats": self.outcomes[Outcome.repeat],
            "refused": self.refused,
            "new_events": self.new_events,
            "counts": dict.fromkeys(self.types, 0) | dict(sorted(self.counts.items())),
            "refusals": self.refusals,
            "refusals_left_out": self.left_out["refusals"],
            "remarks": self.remarks,
            "remarks_left_out": self.left_out["remarks"],
        }
