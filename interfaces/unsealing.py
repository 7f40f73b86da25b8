"""Open sealed parts for a person who may see them; what was erased shows as erased."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from domain.reader import Reader
from domain.recording import Erased
from infra.event_log import EventLog
from infra.sealing import KeyRing
from interfaces.bootstrap import Bootstrap


class Unsealer:
    """Opens the sealed parts of stored events."""

    def __init__(self, bootstrap: Bootstrap, key_ring: KeyRing, log: EventLog) -> None:
        self._codec = bootstrap.codec
        self._names = {schema.id: schema.name for schema in bootstrap.catalogue.all()}
        self._key_ring = key_ring
        self._log = log

    def open(self, position: int, *, reader: Reader) -> list[dict[str, Any]]:
        """Return each sealed part of an event: its subject, its schema, and its content or the state `erased`.

        Those alone whose own class the reader may see.
        """
        row = self._log.row(position)
        if row is None:
            return []
        event = self._codec.decode(row.topic, row.state, row.originator_id, row.originator_version)
        parts = []
        for sealed in event.context.sealed:
            if not reader.sees(self._codec.part_class(sealed.schema_id), row.clinic_id):
                continue
            opened = self._key_ring.open(
                sealed, topic=row.topic, aggregate_id=row.originator_id, salt=event.context.salt
            )
            told = {"subject": sealed.subject, "schema": self._names.get(sealed.schema_id, str(sealed.schema_id))}
            if isinstance(opened, Erased):
                parts.append({**told, "state": "erased"})
            else:
                parts.append({**told, "state": "opened", "content": msgspec.to_builtins(opened)})
        return parts


@contextmanager
def unsealing(bootstrap: Bootstrap) -> Iterator[Unsealer]:
    """Yield what opens sealed parts of this store; raise KeyMissing, WrongKey."""
    with bootstrap.sealer() as key_ring, bootstrap.log() as log:
        yield Unsealer(bootstrap, key_ring, log)
