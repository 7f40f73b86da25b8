"""An account as it stands in its table: its key, the kind that the key begins with, its facts as text, its columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from domain.adverse_event_duties import AdverseEventFacts
from domain.attestation_duties import AttestationFacts
from domain.dates import quarter_of
from domain.declaration_duties import ClinicFacts, DeclarationFacts
from domain.duties import Duty, Exposure, exposure_of
from domain.treatment_duties import TreatmentFacts, exposure

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


@lru_cache(maxsize=4096)
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


def new_treatment_key(treatment_id: str) -> str:
    """Return the key of the account of a treatment that begins, given its id as text."""
    return f"treatment:{treatment_id}"


@lru_cache(maxsize=4096)
def treatment_key(treatment_id: UUID) -> str:
    """Return the key of a treatment's account."""
    # Making the text of an id costs more than finding it again within a batch.
    return new_treatment_key(str(treatment_id))


@lru_cache(maxsize=4096)
def adverse_event_key(adverse_event_id: UUID) -> str:
    """Return the key of an adverse event's account."""
    return f"adverse_event:{adverse_event_id}"


def decode_facts(kind: str, text: str) -> Any:
    """Return the facts of an account of this kind."""
    return _DECODERS[kind].decode(text)


@dataclass(slots=True)
class Held:
    """The facts of an account, since when they are known, and whether they were changed since they were read."""

    facts: Any
    known_from: int
    changed: bool = False
    new: bool = False
    """Whether the tables hold no account by this key."""


def line_of(key: str, held: Held) -> str:
    """Return an account as text: columns between tabs, empty for NULL; JSON holds neither tabs nor line ends."""
    facts = held.facts
    registry_id, quarter = _counted(facts)
    exposed = _exposure(facts)
    return (
        f"{key}\t{key.partition(':')[0]}\t{_text(facts.clinic_id)}\t{held.known_from}\t{exposed.first_due or ''}\t"
        f"{exposed.settled_on or ''}\t{_text(registry_id) if registry_id else ''}\t{quarter or ''}\t"
        f"{_ENCODER.encode(facts).decode()}"
    )


@lru_cache(maxsize=4096)
def _text(clinic_or_registry: UUID) -> str:
    return str(clinic_or_registry)


def _counted(facts: Facts) -> tuple[UUID | None, str | None]:
    if isinstance(facts, TreatmentFacts) and not facts.voided:
        return counted_in(facts)
    return None, None


def counted_in(facts: TreatmentFacts) -> tuple[UUID, str]:
    """Return the registry and the quarter in which a treatment counts."""
    return facts.registry_id, quarter_of(facts.treated_on)


def _exposure(facts: Facts) -> Exposure:
    match facts:
        case TreatmentFacts():
            return exposure(facts)
        case AdverseEventFacts():
            return exposure_of(facts.duties)
        case AttestationFacts():
            return exposure_of(facts.open)
        case Duty():
            return exposure_of((facts,))
        case _:
            return Exposure()
