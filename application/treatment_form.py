"""What a clinic says about a treatment, section by section; what it leaves out stays as it was, or is missing.

Personal fields come in the clear here and leave sealed; everything else goes into `TreatmentContent`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from application.command import Desk
from application.ports import SubjectKind
from domain.codes import Missing
from domain.content import MissingField, is_empty, merged, value_at, without
from domain.dates import PartialDate, last_day
from domain.errors import InvalidInput
from domain.measurement import Measurement
from domain.patient import PatientIdentity, TreatmentReferences, TreatmentWords
from domain.product import Characteristics, Donor, Origin, Processing, ProductIdentity
from domain.treatment_codes import ImmediateReaction, LegalPathway, ProductKind, Sex
from domain.treatment_content import (
    ConcomitantProcedure,
    Consent,
    Course,
    Delivery,
    Indication,
    Malignancy,
    PriorTherapy,
    TreatmentContent,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentForm:
    """The sections of a treatment."""

    registry_id: UUID | None = None
    """The one registry it belongs to."""
    site_id: UUID | None = None
    """Site of the clinic where it was given."""
    performed_on: PartialDate | None = None
    """When it was given: YYYY-MM-DD, YYYY-MM, YYYY or an interval A/B."""
    patient_pseudonym: str | None = None
    """The clinic's own pseudonym of the patient; sealed."""
    year_of_birth: int | None = None
    """Year of birth; sealed."""
    sex: Sex | None = None
    """Sex; sealed."""
    consent_reference: str | None = None
    """Where the signed consent is filed; sealed."""
    operator_reference: str | None = None
    """The clinic's reference of the person who treated; sealed."""
    course: Course | None = None
    """Course and administration number."""
    legal_pathway: LegalPathway | None = None
    """Under which law it was given."""
    consent: Consent | None = None
    """Minor, consent to registration, guardian's consent."""
    indication: Indication | None = None
    """What was treated."""
    prior_therapy: PriorTherapy | None = None
    """Earlier cell therapy."""
    malignancy: Malignancy | None = None
    """Prior or active malignancy."""
    baseline: Measurement | None = None
    """State before the treatment: instrument, version, score."""
    donor: Donor | None = None
    """Whose cells, and the donor's eligibility."""
    origin: Origin | None = None
    """Tissue, collected when and where."""
    product_kind: ProductKind | None = None
    """What was given."""
    product: ProductIdentity | None = None
    """Product and lot."""
    processing: Processing | None = None
    """Separation steps, culture, laboratory."""
    characteristics: Characteristics | None = None
    """Cell type, doses in 10⁶, viability in %, volume in mL, release tests."""
    delivery: Delivery | None = None
    """Route, anatomical site, laterality, guidance."""
    concomitant_procedure: ConcomitantProcedure | None = None
    """What else was done."""
    immediate_reaction: ImmediateReaction | None = None
    """What happened at once."""
    words: TreatmentWords | None = None
    """Words about the patient; sealed."""
    missing: tuple[MissingField, ...] = ()
    """Empty fields with their reasons."""
    missing_otherwise: Missing = Missing.unknown
    """Why every other empty field is empty."""


_CLEAR = frozenset(each.name for each in dataclasses.fields(TreatmentContent))
_SECTIONS = tuple(each.name for each in dataclasses.fields(TreatmentForm) if each.name in _CLEAR)
_NO_REFERENCES, _NO_WORDS = TreatmentReferences(), TreatmentWords()


def patient_subject(desk: Desk, clinic_id: UUID, pseudonym: str) -> UUID:
    """Return the subject of a clinic's patient."""
    return desk.subject(SubjectKind.patient, str(clinic_id), pseudonym.strip())


def given(form: TreatmentForm) -> dict[str, Any]:
    """Return the clear sections that were given."""
    values = {name: getattr(form, name) for name in _SECTIONS}
    return {name: value for name, value in values.items() if value is not None and value != ()}


def with_changes(content: TreatmentContent, form: TreatmentForm, patient: UUID | None) -> TreatmentContent:
    """Return the content with what the form gives, and without what it says is missing."""
    changes = given(form) | ({"patient": patient} if patient else {})
    for each in form.missing:
        if each.field.partition(".")[0] in _CLEAR and not is_empty(_at(content, each.field)):
            content = without(content, each.field)
    return dataclasses.replace(
        content, **{name: merged(getattr(content, name), value) for name, value in changes.items()}
    )


def _at(content: TreatmentContent, path: str) -> Any:
    try:
        return value_at(content, path)
    except AttributeError:
        raise InvalidInput(field="missing", problem=f"there is no field {path}") from None


def remaining(
    form: TreatmentForm, content: TreatmentContent, before: tuple[MissingField, ...]
) -> tuple[MissingField, ...]:
    """Return the reasons that hold now: the form's, and the earlier ones whose field is still empty."""
    said = {each.field for each in form.missing}
    kept = tuple(each for each in before if each.field not in said and is_empty(value_at(content, each.field)))
    return (*form.missing, *kept)


def sealed_parts(form: TreatmentForm, patient: UUID, own_reference: str | None = None) -> list[tuple[UUID, Any]]:
    """Return the personal parts of a form, for sealing under the patient's key."""
    parts: list[Any] = []
    if form.patient_pseudonym is not None:
        parts.append(PatientIdentity(pseudonym=form.patient_pseudonym, year_of_birth=form.year_of_birth, sex=form.sex))
    elif form.year_of_birth is not None or form.sex is not None:
        raise InvalidInput(field="patient_pseudonym", problem="year of birth and sex need the pseudonym beside them")
    references = TreatmentReferences(
        own_reference=own_reference,
        consent_reference=form.consent_reference,
        operator_reference=form.operator_reference,
    )
    if references != _NO_REFERENCES:
        parts.append(references)
    if form.words is not None and form.words != _NO_WORDS:
        parts.append(form.words)
    return [(patient, part) for part in parts]


def sealed_paths(parts: Sequence[tuple[UUID, Any]]) -> tuple[str, ...]:
    """Return by which paths a change names sealed parts: `sealed.TreatmentWords`."""
    return tuple(f"sealed.{type(part).__name__}" for _, part in parts)


def require_born_before(form: TreatmentForm, content: TreatmentContent) -> None:
    """Refuse a year of birth after the treatment."""
    if form.year_of_birth is not None and form.year_of_birth > last_day(content.performed_on).year:
        raise InvalidInput(field="year_of_birth", problem="it lies after the treatment")
