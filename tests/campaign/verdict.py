"""What a judge found: of each kind of fault how many there are, and the first of them in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields

KEPT = 10


@dataclass(slots=True)
class Faults:
    """Faults of one kind; the first few are kept, all are counted, so that a broken log of a million fits too."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, what: str, times: int = 1) -> None:
        """Note a fault, or the first of several that one sentence names."""
        self.count += times
        if len(self.first) < KEPT:
            self.first.append(what)

    def take(self, others: Faults) -> None:
        """Note what was noted elsewhere."""
        self.count += others.count
        self.first = (self.first + others.first)[:KEPT]

    def __bool__(self) -> bool:
        return self.count > 0

    def __getitem__(self, number: int) -> str:
        return self.first[number]

    def __iter__(self) -> Iterator[str]:
        return iter(self.first)


@dataclass(slots=True)
class Verdict:
    """What is wrong with a registry."""

    lost: Faults = field(default_factory=Faults)
    doubled: Faults = field(default_factory=Faults)
    reordered: Faults = field(default_factory=Faults)
    changed: Faults = field(default_factory=Faults)
    foreign: Faults = field(default_factory=Faults)
    """Records that somebody else wrote: no fault as long as no reader takes them."""

    early: Faults = field(default_factory=Faults)
    """Records before their turn: no fault where they come again in their place, as after a hole that was filled."""

    @property
    def clean(self) -> bool:
        """Say whether nothing is lost, doubled, reordered or changed."""
        return not (self.lost or self.doubled or self.reordered or self.changed)

    def __str__(self) -> str:
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        said = [f"{name}: {faults.count}, first {faults[0]}" for name, faults in found.items() if faults]
        return "; ".join(said) or "nothing lost, doubled, reordered or changed"
