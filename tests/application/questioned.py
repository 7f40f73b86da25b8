"""A society whose safety cases rest on events of the log, and that lists the clinics concerned."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg

from application.case_decisions import DecideFinding
from application.clinics import CorrectClinicDetails
from application.determinations import ConfirmDetermination, QuestionDetermination
from application.safety_cases import AddEvidence, ServeNotice
from consumers.clock_determinations import Grounds, Questioner
from consumers.clock_keeper import Recorder
from consumers.clock_questioned_entries import question_entries
from domain.codes import Reason, Role
from domain.determination import Determination, DeterminationOutcome, EvidenceChange
from domain.listing_category import ListingCategory
from domain.safety_case_codes import Allegation, EvidenceKind, Remedy
from tests.application.case_society import GROUNDS, SCOPES, CaseSociety
from tests.application.listed import ListingSociety


@contextmanager
def _nothing_read(_name: str) -> Iterator[psycopg.Cursor[Any]]:
    msg = "what a case decided is looked up in the store alone"
    raise AssertionError(msg)
    yield


class DoubtingSociety(CaseSociety, ListingSociety):
    """The second piece of evidence of its cases is the event by which the clinic was identified, or another one."""

    cites: str | None = None

    def raised(self) -> UUID:
        """Raise a concern that rests on what is known of the clinic."""
        case_id = super().raised()
        cited = AddEvidence(case_id=case_id, kind=EvidenceKind.event, says="Quagga", event=self.cited)
        self.safety(cited)
        return case_id

    @property
    def cited(self) -> str:
        """Return the id of the event of the log that the evidence is."""
        return self.cites or f"{self.clinic_id}/1"

    def notice(self, case_id: UUID) -> ServeNotice:
        """Return a notice that tells of both pieces of evidence."""
        told = Allegation(grounds=GROUNDS, evidence_ids=(f"{case_id}/2", f"{case_id}/3"), scopes=SCOPES)
        return dataclasses.replace(super().notice(case_id), allegation=told)

    def finding(self, case_id: UUID, remedy: Remedy = Remedy.expulsion) -> DecideFinding:
        """Return a finding that rests on both."""
        found = super().finding(case_id, remedy)
        cited = (f"{case_id}/2", f"{case_id}/3")
        return dataclasses.replace(found, finding=dataclasses.replace(found.finding, evidence_ids=cited))

    def corrected(self, city: str = "Bremen", reason: Reason = Reason.data_entry_error) -> str:
        """Correct what is known of the clinic; return the id of the event."""
        self.registrar(CorrectClinicDetails(clinic_id=self.clinic_id, reason=reason, city=city))
        return f"{self.clinic_id}/{self.clinic(self.clinic_id).version}"

    def doubting(self, finding: str, by: str) -> QuestionDetermination:
        """Return the question of a finding for a correction of what it rests on."""
        return QuestionDetermination(
            determination=finding, evidence=self.cited, change=EvidenceChange.corrected, changed_by=by
        )

    def entry(self, case_id: UUID, category: ListingCategory = ListingCategory.finding_published) -> UUID:
        """Publish the entry of a case after due process."""
        listing_id = self.propose(self.clinic_id, category, case_id)
        self.ready(listing_id)
        self.publish(listing_id)
        return listing_id

    def look(self, *cases: UUID) -> None:
        """Let the clock look at what these cases decided, and at the clinic's entries, once more."""
        recorder = Recorder(self.handler)
        Questioner(recorder, _nothing_read, Grounds()).determinations((), cases)
        question_entries(recorder, [self.clinic_id])

    def questions(self) -> list[Determination.DeterminationQuestioned]:
        """Return every question that was recorded."""
        return [each for each in self.store.log if isinstance(each, Determination.DeterminationQuestioned)]

    def settle(self, question: Determination.DeterminationQuestioned) -> None:
        """Let an officer confirm what was questioned."""
        confirming = ConfirmDetermination(
            determination_id=question.originator_id, outcome=DeterminationOutcome.confirmed, reasons="It stands."
        )
        self.do(confirming, Role.safety_officer, person=self.safety_officers[2])
