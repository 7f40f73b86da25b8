"""Ids of public things that every process must find without asking: they follow from a public name.

Clinics, persons and patients never get such ids: these would tell who is behind them.
"""

from __future__ import annotations

from uuid import UUID, uuid5

_NAMESPACE = UUID("6f1c9c1e-6d0e-4b8a-9d53-3a1f5b0d7c42")


def public_id(kind: str, name: str) -> UUID:
    """Return the id (UUID version 5) of the public thing of this kind and name, the same everywhere and for ever."""
    return uuid5(_NAMESPACE, f"{kind}/{name}")
