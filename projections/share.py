"""A share of the clinics: read models whose accounts are each clinic's own are made by several processes at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from projections.read_model import ReadModel


class ShareCrossed(Exception):
    """An event of one share's clinic needs what another share makes: the shares cannot be made apart."""


@dataclass(frozen=True, slots=True)
class Share:
    """One of several disjoint parts of all clinics, by the last byte of their ids; statements say the same in SQL."""

    number: int
    of: int

    def holds(self, clinic_id: UUID) -> bool:
        """Tell whether a clinic belongs to it."""
        return clinic_id.bytes[15] % self.of == self.number


class Shareable(Protocol):
    """A read model that can be made in shares, into the same tables, where `ShareCrossed` is not raised."""

    def in_share(self, share: Share) -> ReadModel:
        """Return an instance that takes the events of a share alone, and fails at one that concerns another share."""
        ...


def shareable(model: object) -> Shareable | None:
    """Return the read model as one that can be made in shares, if it is one."""
    return model if hasattr(model, "in_share") else None
