"""What a verification finds: how often each kind of problem, and where it is first."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ProblemKind(StrEnum):
    """In which way something is not as it must be."""

    position_missing = "position_missing"
    """The store has a hole, or does not begin with position 1."""
    hash_wrong = "hash_wrong"
    """A row's bytes are not what its leaf hash says."""
    unreadable = "unreadable"
    """A row's bytes cannot be read by its schema."""
    column_wrong = "column_wrong"
    """A column does not say what the bytes say."""
    public_chain_wrong = "public_chain_wrong"
    """A public row names another predecessor than the public row before it."""
    not_in_topic = "not_in_topic"
    """A row, and perhaps those after it, is not in the topic."""
    record_differs = "record_differs"
    """A record is not the bytes, key and headers of its row."""
    foreign_record = "foreign_record"
    """A record of no row of this store."""
    read_model_differs = "read_model_differs"
    """A read model holds other rows than a fresh replay."""
    not_replayable = "not_replayable"
    """A read model cannot be made again from this store."""
    read_model_quarantined = "read_model_quarantined"
    """A read model met an event that it could not apply."""


@dataclass(frozen=True, slots=True)
class Problem:
    """The first of its kind; shows no content."""

    kind: ProblemKind
    where: str
    detail: str


@dataclass(slots=True)
class Findings:
    """Problems counted by kind."""

    counts: dict[ProblemKind, int] = field(default_factory=dict)
    first: dict[ProblemKind, Problem] = field(default_factory=dict)

    def add(self, kind: ProblemKind, where: str, detail: str, times: int = 1) -> None:
        """Count a problem, and keep it if it is the first of its kind."""
        self.counts[kind] = self.counts.get(kind, 0) + times
        self.first.setdefault(kind, Problem(kind, where, detail))

    def merge(self, others: Findings) -> None:
        """Take in what was found elsewhere."""
        for kind, problem in others.first.items():
            self.add(kind, problem.where, problem.detail, others.counts[kind])
