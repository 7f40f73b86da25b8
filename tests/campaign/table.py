"""What the campaign came to: row, runs done of the full figure, verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.campaign.ledger import Entry
from tests.campaign.row import CampaignRow


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a row is."""

    row: CampaignRow
    done: int
    seconds: float
    failures: tuple[Entry, ...]
    unmeasured: str | None

    @property
    def reached(self) -> bool:
        """Say whether there is nothing more to run."""
        return self.done >= self.row.full or self.unmeasured is not None

    @property
    def verdict(self) -> str:
        """Return the row's verdict in words."""
        if self.failures:
            seeds = ", ".join(str(entry.seed) for entry in self.failures[:3])
            return f"FAILED {len(self.failures)} times, seeds {seeds}"
        if self.unmeasured is not None:
            return f"not measured here: {self.unmeasured}"
        return "held" if self.done else "not run yet"


def standing(row: CampaignRow, entries: Sequence[Entry]) -> Standing:
    """Return how far a row is, by its entries."""
    ours = [entry for entry in entries if entry.row == row.id]
    held = sum(entry.units for entry in ours if entry.verdict == "held")
    unmeasured = next((_reason(entry.said) for entry in ours if entry.verdict == "unmeasured"), None)
    failures = tuple(entry for entry in ours if entry.verdict == "failed")
    return Standing(row, held, sum(entry.seconds for entry in ours), failures, unmeasured if not held else None)


def table(standings: Sequence[Standing]) -> str:
    """Return the table as text."""
    lines = [f"{'row':<4} {'what':<58} {'done / full':>19} {'unit':<12} {'seconds':>8}  verdict"]
    for each in standings:
        row = each.row
        lines.append(
            f"{row.id:<4} {row.what:<58} {each.done:>9,} / {row.full:>7,} {row.unit:<12} {each.seconds:>8,.0f}  "
            f"{each.verdict}"
        )
    return "\n".join(lines)


def _reason(said: str) -> str:
    lines = [line for line in said.splitlines() if "SKIPPED" in line]
    return lines[-1].split(": ", 1)[-1] if lines else "the test was skipped"
