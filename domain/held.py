"""What stands now, and which event holds each of its values: so a change can always name where the old value is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

C = TypeVar("C")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A field that changed, and where its old value stands."""

    field: str
    """Path of the field, such as `indication.diagnosed_on`."""
    held_by: int
    """Version of the event of the same aggregate that holds the old value."""


@dataclass(frozen=True, slots=True)
class Held(Generic[C]):
    """Content as it stands, with the versions of the events that gave each of its values."""

    content: C
    opened_by: int = 1
    """Version of the event that gave all that was not changed since."""
    holders: Mapping[str, int] = field(default_factory=dict)
    """Version of the last event that changed a path."""

    @property
    def latest(self) -> int:
        """Return the version of the last event that gave any of it."""
        return max(self.holders.values(), default=self.opened_by)

    @property
    def versions(self) -> frozenset[int]:
        """Return the versions of all events that gave any of it as it stands."""
        return frozenset({self.opened_by, *self.holders.values()})

    def after(self, content: C, changes: Sequence[FieldChange], version: int) -> Held[C]:
        """Return what stands after an event of this version."""
        return Held(content, self.opened_by, {**self.holders, **{each.field: version for each in changes}})

    def changes(self, paths: Sequence[str]) -> tuple[FieldChange, ...]:
        """Return these paths with the versions that hold their old values."""
        return tuple(FieldChange(field=path, held_by=self.holder(path)) for path in paths)

    def holder(self, path: str) -> int:
        """Return the version that holds a path: the last that changed it, a part of it, or a section around it."""
        related = (
            version
            for changed, version in self.holders.items()
            if changed == path or changed.startswith(f"{path}.") or path.startswith(f"{changed}.")
        )
        return max(related, default=self.opened_by)
