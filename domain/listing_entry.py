"""What one public entry says, word for word: the same content is proposed, approved, shown to the clinic, published.

Nobody types it. It follows from the events of the clinic or case that it cites, so a person can approve or withdraw
an entry, but never word one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from uuid import UUID

from domain.codes import Sha256
from domain.dates import PartialDate
from domain.errors import InvalidInput
from domain.listing_category import ListingCategory


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingEntry:
    """The content of a public entry."""

    clinic_id: UUID
    """The clinic."""
    category: ListingCategory
    """The public category."""
    sentence: str
    """The neutral sentence, with its dates."""
    source: str
    """Where the facts of the sentence come from."""
    since: PartialDate
    """Date since which the condition holds, as precise as it is known."""
    condition: str
    """Id of the event that gave the condition: `<aggregate id>/<version>`."""
    evidence_ids: tuple[str, ...]
    """Ids of the events that the sentence rests on, in the order in which they were recorded."""
    shown_until: PartialDate | None = None
    """Last day on which it may be shown without a new event; no part of what is approved, absent where it has none."""
    own_words: str | None = None
    """What a clinic that declined said about it, verbatim."""

    def __post_init__(self) -> None:
        if not self.sentence or not self.condition:
            raise InvalidInput(field="entry", problem="needs a sentence and the event that gave its condition")

    @property
    def shown_hash(self) -> Sha256:
        """Return the SHA-256 of exactly what an approver and the clinic are shown."""
        return Sha256(hashlib.sha256(self.as_shown.encode()).hexdigest())

    @property
    def as_shown(self) -> str:
        """Return what it says as one JSON object with sorted keys, without spaces: what its hash is taken of."""
        content = {
            "clinic_id": str(self.clinic_id),
            "category": self.category.value,
            "sentence": self.sentence,
            "source": self.source,
            "since": self.since,
            "condition": self.condition,
            "evidence_ids": list(self.evidence_ids),
            "own_words": self.own_words,
        }
        return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
