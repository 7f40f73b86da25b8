"""Somebody to act as: a clinic of the simulated society that still takes part, and what it can submit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec

from application.command import Actor, Receipt, Request
from application.treatments import SubmitTreatment
from domain.codes import Role, Via
from domain.dates import PartialDate
from domain.patient import TreatmentWords
from domain.product import Donor, Origin
from domain.registry import registry_id
from domain.treatment_codes import CellOrigin, DonorKind, IndicationCategory, ProductKind, Route
from domain.treatment_content import Delivery, Indication
from tests.way.installation import Answer, Installation


@dataclass(frozen=True, slots=True)
class Member:
    """A clinic enrolled in the knee registry, and the person who acts for it."""

    way: Installation
    clinic_id: UUID
    person: UUID

    def submission(self, **changes: Any) -> SubmitTreatment:
        """Return an ordinary treatment, with a reference and a patient of its own."""
        values: dict[str, Any] = {
            "clinic_id": self.clinic_id,
            "own_reference": f"R-{uuid4()}",
            "registry_id": registry_id("knee"),
            "performed_on": PartialDate("2024-02-03"),
            "patient_pseudonym": f"P-{uuid4()}",
            "indication": Indication(category=IndicationCategory.musculoskeletal_knee),
            "donor": Donor(kind=DonorKind.autologous),
            "origin": Origin(tissue=CellOrigin.adipose),
            "product_kind": ProductKind.cells,
            "delivery": Delivery(route=Route.intra_articular),
            "words": TreatmentWords(comment="a comment"),
        }
        return SubmitTreatment(**(values | changes))

    def submit(self, folder: Path, command: SubmitTreatment) -> Answer:
        """Submit a treatment with the command line, from a JSON file."""
        path = folder / f"{uuid4()}.json"
        path.write_text(json.dumps(msgspec.to_builtins(command)))
        return self.way.icms("treatment", "submit", "--as", f"{self.person}:clinic", "--input", path, "--json")

    def do(self, *commands: Any) -> list[Receipt]:
        """Carry out commands as the clinic."""
        actor = Actor(person=self.person, role=Role.clinic)
        with self.way.bootstrap.writer() as handler:
            return [
                handler.execute(
                    command, Request(actor=actor, key=str(uuid4()), via=Via.api, on_behalf_of=self.clinic_id)
                )
                for command in commands
            ]


def a_member(way: Installation) -> Member:
    """Return a clinic of the simulated society that takes part in the knee registry."""
    gone = ("ClinicWithdrew", "ClinicClosed", "ClinicMergedInto", "ParticipationLapsed")
    left = way.done("events", "tail", "--limit", 1000, *(word for name in gone for word in ("--type", name)))
    not_here = {entry["clinic_id"] for entry in left}
    for entry in way.done("events", "tail", "--type", "ClinicEnrolled", "--limit", 1000):
        if entry["clinic_id"] not in not_here and str(registry_id("knee")) in json.dumps(entry["what"]):
            return Member(way, UUID(entry["clinic_id"]), uuid4())
    raise AssertionError("no simulated clinic takes part in the knee registry; choose another seed")
