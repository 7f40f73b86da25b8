"""Everything personal about a patient, and who reported: clear only here and inside a sealed part, never in an event.

Each part is sealed under the key of its subject: the patient, or for `ReporterIdentity` the person who reported.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import InvalidInput
from domain.measures import between
from domain.sealed import PersonalPart
from domain.treatment_codes import Sex


@dataclass(frozen=True, kw_only=True)
class PatientIdentity(PersonalPart):
    """Who a treated patient is to the clinic."""

    TOPIC = "PatientIdentity.v1"
    DISCLOSURE = "party"

    pseudonym: str
    """The clinic's own pseudonym of the patient."""
    year_of_birth: int | None = None
    """Year of birth."""
    sex: Sex | None = None
    """Sex."""

    def __post_init__(self) -> None:
        if not self.pseudonym.strip():
            raise InvalidInput(field="patient_pseudonym", problem="it is empty")
        between(self.year_of_birth, 1850, 2200, "year_of_birth")


@dataclass(frozen=True, kw_only=True)
class TreatmentReferences(PersonalPart):
    """The clinic's own references of a treatment."""

    TOPIC = "TreatmentReferences.v1"
    DISCLOSURE = "party"

    own_reference: str | None = None
    """The clinic's own reference; in the clear only its HMAC."""
    consent_reference: str | None = None
    """Where the signed consent is filed."""
    operator_reference: str | None = None
    """The clinic's reference of the person who treated."""


@dataclass(frozen=True, kw_only=True)
class TreatmentWords(PersonalPart):
    """What was written about a treatment in words."""

    TOPIC = "TreatmentWords.v1"
    DISCLOSURE = "party"

    diagnosis: str | None = None
    """The diagnosis."""
    prior_therapy: str | None = None
    """Earlier cell therapy."""
    malignancy: str | None = None
    """Prior or active malignancy."""
    collection_place: str | None = None
    """Where the cells were collected, when it was not at a site of the clinic."""
    product: str | None = None
    """What `other` stands for in product, cell type or separation."""
    anatomical_site: str | None = None
    """Where it was given."""
    concomitant_procedure: str | None = None
    """What else was done."""
    immediate_reaction: str | None = None
    """What happened at once."""
    comment: str | None = None
    """Anything else."""


@dataclass(frozen=True, kw_only=True)
class FollowUpWords(PersonalPart):
    """What was written about a follow-up in words."""

    TOPIC = "FollowUpWords.v1"
    DISCLOSURE = "party"

    own_reference: str | None = None
    """The clinic's own reference of the follow-up."""
    complication: str | None = None
    """The complication, as it was told."""
    comment: str | None = None
    """Anything else."""


@dataclass(frozen=True, kw_only=True)
class ReasonWords(PersonalPart):
    """Why something was changed or voided, in words beside the reason's code."""

    TOPIC = "ReasonWords.v1"
    DISCLOSURE = "party"

    explanation: str
    """The explanation."""


@dataclass(frozen=True, kw_only=True)
class AdverseEventWords(PersonalPart):
    """What was written about an adverse event in words."""

    TOPIC = "AdverseEventWords.v1"
    DISCLOSURE = "party"

    verbatim_term: str | None = None
    """The event as the reporter called it."""
    narrative: str | None = None
    """What happened."""
    patient: str | None = None
    """The patient as stated: a pseudonym, initials, an age."""
    death_cause: str | None = None
    """Cause of death."""
    organism: str | None = None
    """Organism found."""
    tests: str | None = None
    """Tests and their results."""
    regulator_authority: str | None = None
    """Authority it was reported to."""
    regulator_reference: str | None = None
    """The authority's reference."""
    described_clinic: str | None = None
    """The clinic of a treatment without a record, as stated."""
    described_given: str | None = None
    """What was given in a treatment without a record, as stated."""
    comment: str | None = None
    """Anything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawValue:
    """A value as received, because it was not understood or not allowed in the clear."""

    field: str
    """Name of the field of the report."""
    text: str
    """The text as received."""


@dataclass(frozen=True, kw_only=True)
class ValuesAsReceived(PersonalPart):
    """Values that no code list, calendar or number range knows: kept word for word, so that nothing is lost."""

    TOPIC = "ValuesAsReceived.v1"
    DISCLOSURE = "party"

    values: tuple[RawValue, ...]
    """In the order of the report's fields; a long text goes on in the next value of the same field."""


@dataclass(frozen=True, kw_only=True)
class ReporterIdentity(PersonalPart):
    """Who reported an adverse event; known to the society alone."""

    TOPIC = "ReporterIdentity.v1"
    DISCLOSURE = "restricted"

    name: str | None = None
    """Name as stated."""
    contact: str | None = None
    """Address, telephone or email as stated."""


@dataclass(frozen=True, kw_only=True)
class AssessmentWords(PersonalPart):
    """The adjudicator's reasoning about one patient's adverse event."""

    TOPIC = "AssessmentWords.v1"
    DISCLOSURE = "party"

    reasoning: str
    """Why it was judged so."""


@dataclass(frozen=True, kw_only=True)
class QueryWords(PersonalPart):
    """What an officer asks about a patient's record, or what is answered."""

    TOPIC = "QueryWords.v1"
    DISCLOSURE = "party"

    words: str
    """The words."""
