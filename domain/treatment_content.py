"""What is known in the clear of one treatment: few fields must be there, every other empty one says why.

After the DOSES consensus and CIBMTR's cellular-therapy forms. Words about the patient are sealed (`domain.patient`).
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.coded_term import CodedTerm
from domain.codes import YesNo
from domain.dates import PartialDate, first_day, last_day, partial_date
from domain.errors import InvalidInput
from domain.measurement import Measurement
from domain.measures import between
from domain.product import Characteristics, Donor, Origin, Processing, ProductIdentity
from domain.treatment_codes import (
    Guidance,
    ImmediateReaction,
    IndicationCategory,
    Laterality,
    LegalPathway,
    ProductKind,
    Route,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Which of the patient's courses this was, and which administration within it."""

    course_number: int | None = None
    """Number of the course, from 1."""
    administration_number: int | None = None
    """Number of the administration within the course, from 1."""

    def __post_init__(self) -> None:
        between(self.course_number, 1, 1000, "course.course_number")
        between(self.administration_number, 1, 1000, "course.administration_number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The consent under which the treatment is registered; its reference is sealed."""

    minor: YesNo | None = None
    """Whether the patient was a minor."""
    given: YesNo | None = None
    """Whether the patient consented to registration."""
    given_on: PartialDate | None = None
    """When."""
    guardians_consent: YesNo | None = None
    """Whether a minor's guardian consented."""

    def __post_init__(self) -> None:
        if self.given_on is not None:
            partial_date(self.given_on, "consent.given_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Indication:
    """What was treated; the diagnosis in words is sealed."""

    category: IndicationCategory
    """The registry's category."""
    code: CodedTerm | None = None
    """The diagnosis in a foreign dictionary."""
    diagnosed_on: PartialDate | None = None
    """Date of diagnosis."""

    def __post_init__(self) -> None:
        if self.diagnosed_on is not None:
            partial_date(self.diagnosed_on, "indication.diagnosed_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorTherapy:
    """Cell therapy before this one, here or elsewhere."""

    given: YesNo
    """Whether there was any."""
    times: int | None = None
    """How often."""
    last_on: PartialDate | None = None
    """When last."""

    def __post_init__(self) -> None:
        between(self.times, 0, 1000, "prior_therapy.times")
        if self.last_on is not None:
            partial_date(self.last_on, "prior_therapy.last_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Malignancy:
    """Cancer of the patient, before or at the time of treatment."""

    prior: YesNo | None = None
    """Whether there was one before."""
    active: YesNo | None = None
    """Whether one was active when treated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Where and how the product was given (DOSES: site of delivery)."""

    route: Route
    """By which way."""
    anatomical_site: CodedTerm | None = None
    """Anatomical site in a foreign dictionary; in words it is sealed."""
    laterality: Laterality | None = None
    """On which side."""
    guidance: Guidance | None = None
    """How it was guided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcomitantProcedure:
    """What else was done in the same session; in words it is sealed."""

    performed: YesNo
    """Whether anything was."""
    code: CodedTerm | None = None
    """The procedure in a foreign dictionary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentContent:
    """One treatment as far as it is known in the clear."""

    registry_id: UUID
    """The one registry it belongs to."""
    patient: UUID
    """Random id of the patient, whose key opens the sealed fields."""
    performed_on: PartialDate
    """When it was given: a day, month, year or interval."""
    indication: Indication
    """What was treated."""
    donor: Donor
    """Whose cells."""
    origin: Origin
    """Which tissue they came from."""
    product_kind: ProductKind
    """What was given."""
    delivery: Delivery
    """How it was given."""
    site_id: UUID | None = None
    """Site of the clinic where it was given."""
    course: Course | None = None
    """Course and administration number."""
    legal_pathway: LegalPathway | None = None
    """Under which law."""
    consent: Consent | None = None
    """Consent to registration."""
    prior_therapy: PriorTherapy | None = None
    """Earlier cell therapy."""
    malignancy: Malignancy | None = None
    """Prior or active malignancy."""
    baseline: Measurement | None = None
    """State before the treatment."""
    product: ProductIdentity | None = None
    """Product and lot."""
    processing: Processing | None = None
    """From tissue to product."""
    characteristics: Characteristics | None = None
    """What the product was found to be."""
    concomitant_procedure: ConcomitantProcedure | None = None
    """What else was done."""
    immediate_reaction: ImmediateReaction | None = None
    """What happened at once."""

    def __post_init__(self) -> None:
        partial_date(self.performed_on, "performed_on")
        self._refuse_later(self.indication.diagnosed_on, "indication.diagnosed_on")
        self._refuse_later(self.origin.collected_on, "origin.collected_on")
        self._refuse_later(self.prior_therapy.last_on if self.prior_therapy else None, "prior_therapy.last_on")

    def _refuse_later(self, earlier: PartialDate | None, field: str) -> None:
        if earlier is not None and first_day(earlier) > last_day(self.performed_on):
            raise InvalidInput(field=field, problem="it lies after the treatment")
