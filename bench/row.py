"""A row of the table: what is measured against what, and which ratio is demanded.

Rates of a machine say little; the ratio of two rates taken in turns within one run says how much of the possible is
reached. A row's value is the median of its rounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench.ground import Ground

ROUNDS = 5

Sample = Callable[[], float]
"""Does a share of the work once and returns what it came to, in the unit of its row."""


class RowFailed(Exception):
    """What was measured is not worth a figure: something was lost, or one of those who worked gave up."""


@dataclass(frozen=True, slots=True)
class Contest:
    """Who runs against whom; both are asked in turns."""

    ours: Sample
    peer: Sample
    figures: dict[str, float] = field(default_factory=dict)
    """What the samples found beside; it is told with the row and has no bound."""


def _nothing(_: Path) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One comparison and its bounds."""

    id: str
    what: str
    against: str
    gate: float
    goal: float
    at_most: bool = False
    """Whether the ratio must stay below its bounds and not above."""
    once: bool = False
    """Whether one long turn says more than five short ones: a figure against a clock and not against a peer."""
    unit: str = "/s"
    """Of our sample and the peer's."""
    lacks: Callable[[Path], str | None] = _nothing
    """Says what is missing on this machine, told the folder of the benchmarks; asked before anything starts."""
    prepare: Callable[[Ground], AbstractContextManager[Contest]]

    def holds(self, value: float, bound: float) -> bool:
        """Say whether a ratio keeps to a bound."""
        return value <= bound if self.at_most else value >= bound


@dataclass(frozen=True, slots=True)
class Measured:
    """What the rounds of a row came to."""

    row: Row
    ratios: tuple[float, ...]
    ours: float
    peer: float
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def value(self) -> float:
        """Return the median ratio."""
        return median(self.ratios)

    @property
    def told(self) -> str:
        """Return the figures beside in words."""
        return ", ".join(f"{name} {value:,.4g}" for name, value in self.figures.items())

    def as_json(self) -> dict[str, Any]:
        """Return the row as the machine-readable answer has it."""
        row = self.row
        return {
            "id": row.id,
            "value": round(self.value, 3),
            "low": round(min(self.ratios), 3),
            "high": round(max(self.ratios), 3),
            "gate": row.gate,
            "gate_met": row.holds(self.value, row.gate),
            "goal": row.goal,
            "goal_met": row.holds(self.value, row.goal),
            "ours": self.ours,
            "peer": self.peer,
            "unit": row.unit,
            "figures": self.figures,
        }


def measure(row: Row, ground: Ground, rounds: int = ROUNDS) -> Measured:
    """Run the rounds of a row; who begins changes with every round, and the first turn of each is not counted."""
    with row.prepare(ground) as contest:
        if row.once:
            rounds = 1
        else:
            contest.peer()
            contest.ours()
        pairs = list(_rounds(contest, rounds))
    ratios = tuple(ours / peer for ours, peer in pairs)
    ours, peer = median(ours for ours, _ in pairs), median(peer for _, peer in pairs)
    return Measured(row, ratios, ours, peer, contest.figures)


def _rounds(contest: Contest, rounds: int) -> Iterator[tuple[float, float]]:
    for number in range(rounds):
        if number % 2:
            peer = contest.peer()
            yield contest.ours(), peer
        else:
            ours = contest.ours()
            yield ours, contest.peer()
