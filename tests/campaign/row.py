"""A row of the table of failures as the campaign runs it: which test, and how much of it is the full figure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One test, repeated with a new seed each time until the figure is reached."""

    id: str
    """The number of the table, with a letter where several tests make up a row."""
    what: str
    test: str
    full: int
    unit: str
    each: int = 1
    """Units that one run of the test does."""
    longest: float = 900.0
    """Seconds after which a run counts as hanging; a run that is begun has so much time left."""
    takes: float = 0.0
    """Seconds that a run takes at least; it is not begun where less are left."""

    only_full: bool = False
    """Whether it takes longer than people wait, and belongs to `--full` alone."""

    @property
    def number(self) -> int:
        """Return the number of the row in the table of failures."""
        return int(self.id.rstrip("abcdefgh"))
