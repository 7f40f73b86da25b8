"""The life of a clinic that asks to be enrolled: it is enrolled or refused, may appeal, and then practises."""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime, timedelta
from random import Random
from typing import Protocol
from uuid import UUID

from application.appeals import AppealEnrolment, DecideEnrolmentAppeal
from application.command import Command
from application.enrolments import EnrolClinic, RefuseEnrolment, RequestEnrolment, SignAgreement
from domain.appeal import AppealOutcome
from domain.codes import Role
from domain.dates import day
from domain.enrolment import SignerAuthority
from interfaces.simulation.agenda import Life
from interfaces.simulation.cast import Part
from interfaces.simulation.member import Member
from interfaces.simulation.places import Place, Speciality
from interfaces.simulation.practice import Practice
from interfaces.simulation.society import Society, document, some_days


class Applying(Protocol):
    """A clinic as far as its request goes."""

    society: Society
    chance: Random
    part: Part
    number: int
    clinic_id: UUID
    person: UUID
    place: Place
    speciality: Speciality
    ending: str

    def act(self, command: Command) -> None:
        """Act as the clinic."""
        ...

    def renamed(self, member: Member) -> Life:
        """Close, and go on under another name."""
        ...


class Applicant:
    """One clinic from its request on."""

    def __init__(self, candidate: Applying) -> None:
        self.candidate = candidate
        self.society, self.chance, self.part = candidate.society, candidate.chance, candidate.part
        self.clinic_id, self.registries = candidate.clinic_id, (candidate.speciality.registry,)

    def live(self) -> Life:
        """Sign, ask to be enrolled, and be enrolled or refused; then practise."""
        agreement = SignAgreement(
            clinic_id=self.clinic_id,
            agreement_version="1",
            authority=SignerAuthority.medical_director,
            consent_to_tracking=True,
            consent_to_publication=True,
            signer=f"Director {self.candidate.number:03d}",
            shown_hash=document("agreement", "1"),
        )
        self.candidate.act(agreement)
        yield self.society.now + some_days(self.chance, 0.1, 3)
        self.candidate.act(RequestEnrolment(clinic_id=self.clinic_id, registries=self.registries))
        decided_after = self.part.decided_after
        yield self.society.now + (timedelta(days=decided_after) if decided_after else some_days(self.chance, 5, 55))
        if self.candidate.ending == "refused" and not (yield from self._refused()):
            return
        enrolling = EnrolClinic(clinic_id=self.clinic_id, registries=self.registries)
        if self.society.do(enrolling, Role.registrar) is not None:
            yield from self._practising()

    def _practising(self) -> Life:
        of = self.candidate
        member = Member(self.society, of.clinic_id, of.person, of.speciality, of.place, of.chance, of.part)
        if self.part.closes_after is not None:
            closing = self.society.now + timedelta(days=self.part.closes_after)
            self.society.agenda.begin(of.renamed(member), closing)
        yield from Practice(member).live()

    def _refused(self) -> Generator[datetime, None, bool]:
        """Be refused, and maybe appeal; say whether the clinic may be enrolled after all."""
        refusal = RefuseEnrolment(
            clinic_id=self.clinic_id,
            reasons=("No ethics body oversees the treatments offered.",),
            appeal_to="Appeals office",
            appeal_until=day((self.society.now + timedelta(days=30)).date()),
        )
        self.society.do(refusal, Role.registrar)
        outcome = self.part.appeal or self.chance.choice([None, "upheld", "overturned"])
        if outcome is None:
            return False
        yield self.society.now + some_days(self.chance, 4, 20)
        self.candidate.act(AppealEnrolment(clinic_id=self.clinic_id, grounds="Our ethics body was founded last month."))
        yield self.society.now + some_days(self.chance, 6, 30)
        deciding = DecideEnrolmentAppeal(
            clinic_id=self.clinic_id,
            outcome=AppealOutcome(outcome),
            reasons=("The ethics body's founding document was seen.",),
        )
        self.society.do(deciding, Role.registrar, person=self.society.officers[1])
        yield self.society.now + some_days(self.chance, 2, 9)
        return outcome == "overturned"
