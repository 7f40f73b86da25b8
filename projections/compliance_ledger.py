"""The accounts of one batch: read before it in one statement, folded in memory, written after it in one statement each.

Every version that stood at some position is kept, whether or not the batch ended there, so that the tables are the
same however the log was cut.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from domain import adverse_event_duties, attestation_duties, treatment_duties
from domain.adverse_event_duties import AdverseEventFacts
from domain.attestation_duties import AttestationFacts
from domain.dates import quarter_of
from domain.declaration_duties import ClinicFacts, DeclarationFacts
from domain.duties import Duty
from domain.treatment_duties import TreatmentFacts

Facts = ClinicFacts | AttestationFacts | Duty | DeclarationFacts | TreatmentFacts | AdverseEventFacts

_KINDS: dict[str, type[Any]] = {
    "clinic": ClinicFacts,
    "guideline": AttestationFacts,
    "met": Duty,
    "declaration": DeclarationFacts,
    "treatment": TreatmentFacts,
    "adverse_event": AdverseEventFacts,
}
_DECODERS = {kind: msgspec.json.Decoder(facts) for kind, facts in _KINDS.items()}
_ENCODER = msgspec.json.Encoder()


def clinic_key(clinic_id: UUID) -> str:
    """Return the key of a clinic's own account."""
    return f"clinic:{clinic_id}"


def guideline_key(clinic_id: UUID, guideline_id: UUID) -> str:
    """Return the key of what a clinic owes for a guideline."""
    return f"guideline:{clinic_id}:{guideline_id}"


def met_key(duty: Duty) -> str:
    """Return the key of an attestation duty that was met or ended."""
    return f"met:{duty.clinic_id}:{duty.rule.value}:{duty.about}:{duty.opened_by}"


def declaration_key(clinic_id: UUID, registry_id: UUID, quarter: str) -> str:
    """Return the key of a quarter's declaration for a registry."""
    return f"declaration:{clinic_id}:{registry_id}:{quarter}"


def treatment_key(treatment_id: UUID) -> str:
    """Return the key of a treatment's account."""
    return f"treatment:{treatment_id}"


def adverse_event_key(adverse_event_id: UUID) -> str:
    """Return the key of an adverse event's account."""
    return f"adverse_event:{adverse_event_id}"


def decode_facts(kind: str, text: str) -> Any:
    """Return the facts of an account of this kind."""
    return _DECODERS[kind].decode(text)


@dataclass(slots=True)
class _Held:
    facts: Any
    known_from: int
    changed: bool = False


class Ledger:
    """Accounts by key; what is not held is fetched, once, if there is a cursor to fetch it with."""

    def __init__(self, cursor: psycopg.Cursor[Any] | None = None) -> None:
        self.position = 0
        self._cursor = cursor
        self._held: dict[str, _Held | None] = {}
        self._earlier: list[tuple[str, _Held, int]] = []
        self._all_clinics = cursor is None

    def fetch(self, keys: Collection[str]) -> None:
        """Read these accounts."""
        for key in keys:
            self._held.setdefault(key, None)
        if self._cursor is not None and keys:
            rows = self._cursor.execute(_FETCH, {"keys": list(keys)}).fetchall()
            self._take(rows)

    def get(self, key: str) -> Any:
        """Return the facts of an account, or None where there is none."""
        if key not in self._held:
            self.fetch((key,))
        held = self._held[key]
        return held.facts if held else None

    def put(self, key: str, facts: Facts) -> None:
        """Replace the facts of an account from this position on."""
        held = self.get(key) and self._held[key]
        if held:
            if held.facts == facts:
                return
            if held.known_from != self.position:
                self._earlier.append((key, held, self.position))
        self._held[key] = _Held(facts, self.position, changed=True)

    def clinics(self) -> list[ClinicFacts]:
        """Return every clinic, by id."""
        if not self._all_clinics and self._cursor is not None:
            self._take(self._cursor.execute(_FETCH_CLINICS).fetchall())
            self._all_clinics = True
        return [held.facts for key, held in sorted(self._held.items()) if held and key.startswith("clinic:")]

    def accounts(self) -> Iterable[Facts]:
        """Return the facts of every account held."""
        return [held.facts for _, held in sorted(self._held.items()) if held]

    def write(self) -> None:
        """Write what changed."""
        assert self._cursor is not None, "a ledger without a cursor is a calculation only"
        rows = [_row(key, held) for key, held in self._held.items() if held and held.changed]
        if rows:
            columns = ("keys", "kinds", "clinics", "known", "dues", "registries", "quarters", "facts")
            self._cursor.execute(_UPSERT, dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True)))
        if self._earlier:
            with self._cursor.copy(_COPY_EARLIER) as copy:
                copy.write("".join(_line(key, held, until) for key, held, until in self._earlier))

    def _take(self, rows: Iterable[tuple[str, str, int, str]]) -> None:
        for key, kind, known_from, text in rows:
            if self._held.get(key) is None:
                self._held[key] = _Held(decode_facts(kind, text), known_from)


def _row(key: str, held: _Held) -> tuple[Any, ...]:
    facts = held.facts
    registry_id, quarter = _counted(facts)
    return (
        key,
        key.partition(":")[0],
        facts.clinic_id,
        held.known_from,
        _first_due(facts),
        registry_id,
        quarter,
        _ENCODER.encode(facts).decode(),
    )


def _line(key: str, held: _Held, known_to: int) -> str:
    _, kind, clinic_id, known_from, due, registry_id, quarter, text = _row(key, held)
    escaped = text.replace("\\", "\\\\")
    return (
        f"{key}\t{kind}\t{clinic_id}\t{known_from}\t{known_to}\t{due or _NULL}\t{registry_id or _NULL}\t"
        f"{quarter or _NULL}\t{escaped}\n"
    )


_NULL = "\\N"


def _counted(facts: Facts) -> tuple[UUID | None, str | None]:
    if isinstance(facts, TreatmentFacts) and not facts.voided:
        return facts.registry_id, quarter_of(facts.treated_on)
    return None, None


def _first_due(facts: Facts) -> date | None:
    match facts:
        case TreatmentFacts():
            return treatment_duties.first_due(facts)
        case AdverseEventFacts():
            return adverse_event_duties.first_due(facts)
        case AttestationFacts():
            return attestation_duties.first_due(facts)
        case Duty():
            return facts.asks_until
        case _:
            return None


_FETCH = "SELECT key, kind, known_from, facts FROM accounts WHERE key = ANY (%(keys)s)"

_FETCH_CLINICS = "SELECT key, kind, known_from, facts FROM accounts WHERE kind = 'clinic'"

_UPSERT = """
INSERT INTO accounts (key, kind, clinic_id, known_from, first_due, registry_id, quarter, facts)
SELECT key, kind, clinic_id, known_from, first_due, registry_id, quarter, facts
  FROM unnest(%(keys)s::text[], %(kinds)s::text[], %(clinics)s::uuid[], %(known)s::bigint[], %(dues)s::date[],
              %(registries)s::uuid[], %(quarters)s::text[], %(facts)s::text[])
    AS batch (key, kind, clinic_id, known_from, first_due, registry_id, quarter, facts)
ON CONFLICT (key) DO UPDATE
   SET clinic_id = excluded.clinic_id,
       known_from = excluded.known_from,
       first_due = excluded.first_due,
       registry_id = excluded.registry_id,
       quarter = excluded.quarter,
       facts = excluded.facts
"""

_COPY_EARLIER = """
COPY earlier_accounts (key, kind, clinic_id, known_from, known_to, first_due, registry_id, quarter, facts) FROM STDIN
"""
