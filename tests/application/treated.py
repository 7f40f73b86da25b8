"""A registry with one enrolled clinic and the treatments, follow-ups and reports that tests begin with."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid5

from application.command import Receipt
from application.follow_ups import RecordFollowUp
from application.reports import ReportAdverseEvent
from application.treatments import SubmitTreatment
from domain.aggregate import Source
from domain.clinic import Clinic
from domain.codes import Channel, Role
from domain.dates import DaysText, PartialDate
from domain.patient import TreatmentWords
from domain.product import Donor, Origin
from domain.registry import DEFAULT_REGISTRIES, Registry
from domain.timing import Timing
from domain.treatment_codes import (
    CellOrigin,
    DonorKind,
    FollowUpResult,
    IndicationCategory,
    ProductKind,
    Route,
    Sex,
)
from domain.treatment_content import Delivery, Indication
from tests.application.memory import MemoryRegistry
from tests.domain.clinics import KNEE, act_on, enrolled

ENROLLED_ON = date(2025, 1, 10)
PHYSICIAN = uuid5(UUID(int=0), "a physician")
SOURCE = Source(channel=Channel.file, reference="extract 1")
PSEUDONYM = "Pseudonym-Quetzal-77"
REFERENCE = "Reference-Okapi-12"


class Treated:
    """Given: the knee registry, a clinic enrolled in it, a registrar and a safety officer."""

    def __init__(self) -> None:
        self.registry = MemoryRegistry()
        for short_code, terms in DEFAULT_REGISTRIES:
            self.registry.put(Registry.open(act_on(date(2025, 1, 1)), short_code, terms))
        clinic = enrolled(ENROLLED_ON)
        self.clinic_id = clinic.id
        self.registry.put(clinic)
        self.registrar = self.registry.appoint(Role.registrar)
        self.safety_officer = self.registry.appoint(Role.safety_officer)

    @property
    def clinic(self) -> Clinic:
        found = self.registry.store.load(Clinic, self.clinic_id)
        assert found is not None
        return found

    def submission(self, **changes: Any) -> SubmitTreatment:
        """Return the command that submits an ordinary treatment of a knee."""
        values: dict[str, Any] = {
            "clinic_id": self.clinic_id,
            "own_reference": REFERENCE,
            "registry_id": KNEE,
            "performed_on": PartialDate("2026-02-03"),
            "patient_pseudonym": PSEUDONYM,
            "year_of_birth": 1951,
            "sex": Sex.female,
            "indication": Indication(category=IndicationCategory.musculoskeletal_knee),
            "donor": Donor(kind=DonorKind.autologous),
            "origin": Origin(tissue=CellOrigin.adipose),
            "product_kind": ProductKind.cells,
            "delivery": Delivery(route=Route.intra_articular),
            "words": TreatmentWords(diagnosis="Words-Narwhal"),
        }
        return SubmitTreatment(**(values | changes))

    def as_clinic(self, command: Any, **changes: Any) -> Receipt:
        """Carry out a command as the clinic."""
        return self.registry.do(command, Role.clinic, person=PHYSICIAN, on_behalf_of=self.clinic_id, **changes)

    def as_registrar(self, command: Any, **changes: Any) -> Receipt:
        """Carry out a command as the registrar, from a file."""
        return self.registry.do(command, Role.registrar, person=self.registrar, source=SOURCE, **changes)

    def as_safety_officer(self, command: Any) -> Receipt:
        """Carry out a command as the safety officer."""
        return self.registry.do(command, Role.safety_officer, person=self.safety_officer)

    def as_safety_officer_with_source(self, command: Any) -> Receipt:
        """Carry out a command as the safety officer who says where it is from."""
        return self.registry.do(command, Role.safety_officer, person=self.safety_officer, source=SOURCE)

    def submitted(self, **changes: Any) -> UUID:
        """Submit a treatment and return its id."""
        return self.as_clinic(self.submission(**changes)).aggregate_id

    def follow_up(self, treatment: UUID, result: FollowUpResult = FollowUpResult.completed, **changes: Any) -> Any:
        """Return the command that records a follow-up."""
        return RecordFollowUp(treatment_id=treatment, result=result, **changes)

    def report(self, **changes: Any) -> ReportAdverseEvent:
        """Return a report with the four elements and nothing else."""
        values: dict[str, Any] = {
            "clinic_id": str(self.clinic_id),
            "patient": PSEUDONYM,
            "reporter": "clinic",
            "described_given": "cells into the knee",
            "verbatim_term": "Term-Axolotl",
        }
        return ReportAdverseEvent(**(values | changes))

    def reported(self, **changes: Any) -> UUID:
        """Report an adverse event and return its id."""
        return self.as_clinic(self.report(**changes)).aggregate_id

    def events(self, aggregate: UUID) -> list[Any]:
        """Return the events of an aggregate."""
        return self.registry.store.events_of(aggregate)

    def last(self, aggregate: UUID) -> Any:
        """Return the last event of an aggregate."""
        return self.events(aggregate)[-1]


def days(number: str) -> Timing:
    """Return so many days after the treatment."""
    return Timing(days_after_treatment=DaysText(number))


def on(text: str) -> Timing:
    """Return a date."""
    return Timing(date=PartialDate(text))
