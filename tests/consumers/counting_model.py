"""Read models of which a test knows exactly what they must hold: every event once, folded in order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg

from domain.aggregate import RegistryEvent
from projections.read_model import Recorded


class Counting:
    """Per clinic the number of its events and a chain over them, which shows any loss, repeat or change of order."""

    name = "counting"
    tables: tuple[str, ...] = ("chains", "places")
    looks_at: tuple[type[RegistryEvent], ...] = (RegistryEvent,)
    script: LiteralString = """
        CREATE TABLE chains (clinic text PRIMARY KEY, events bigint NOT NULL, chain bytea NOT NULL);
        CREATE TABLE places (position bigint PRIMARY KEY, topic text NOT NULL);
    """

    def apply(self, cursor: psycopg.Cursor[Any], batch: Sequence[Recorded]) -> None:
        for recorded in batch:
            self.check(recorded)
        known = self._known(cursor, {_clinic(recorded) for recorded in batch})
        for recorded in batch:
            events, chain = known.get(_clinic(recorded), (0, b""))
            known[_clinic(recorded)] = events + 1, link(chain, recorded.position, recorded.topic)
        cursor.executemany(
            "INSERT INTO places (position, topic) VALUES (%s, %s)",
            [(recorded.position, recorded.topic) for recorded in batch],
        )
        cursor.executemany(
            "INSERT INTO chains (clinic, events, chain) VALUES (%s, %s, %s) "
            "ON CONFLICT (clinic) DO UPDATE SET events = excluded.events, chain = excluded.chain",
            [(clinic, events, chain) for clinic, (events, chain) in known.items()],
        )

    def check(self, recorded: Recorded) -> None:
        """Refuse what this read model cannot apply."""

    def _known(self, cursor: psycopg.Cursor[Any], clinics: set[str]) -> dict[str, tuple[int, bytes]]:
        rows = cursor.execute("SELECT clinic, events, chain FROM chains WHERE clinic = ANY (%s)", (list(clinics),))
        return {clinic: (events, chain) for clinic, events, chain in rows.fetchall()}


class Counting2(Counting):
    """The same under another name: what happens to one must not happen to the other."""

    name = "counting_again"


class Choking(Counting):
    """A read model with a defect: it cannot apply one position."""

    name = "choking"
    choke_at = 37

    def check(self, recorded: Recorded) -> None:
        if recorded.position == self.choke_at:
            raise KeyError(recorded.event)


class Reading(Counting):
    """A read model that needs what is in every event, not only where it stands."""

    name = "reading"

    def check(self, recorded: Recorded) -> None:
        assert recorded.event.originator_version == recorded.version


def link(chain: bytes, position: int, topic: str) -> bytes:
    """Return the chain with one more event."""
    return hashlib.sha256(chain + f"{position} {topic}".encode()).digest()


def _clinic(recorded: Recorded) -> str:
    return str(recorded.clinic_id or "none")
