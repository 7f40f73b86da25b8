"""Commands about taking part: agreement, request, decision, a quarter's count, leaving and staying away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from application.clinic_acts import (
    BY_CLINIC,
    BY_CLOCK,
    BY_SOCIETY,
    ClinicCommand,
    LapseCommand,
    SignedCommand,
    act,
    open_registries,
    policy,
    registry_named,
    statement,
)
from application.clinics import compare
from application.command import Desk
from application.invitations import contact_parts
from domain.clinic import Clinic
from domain.codes import Reason, Role
from domain.dates import PartialDate, last_day, local_day, partial_date
from domain.enrolment import SignerAuthority
from domain.participation import ParticipationState
from domain.personal import ClinicContact
from domain.reporting import DeclaredCount
from domain.signature import SignatureMeaning

DATA_EVENTS = ("TreatmentSubmitted", "TreatmentSupplemented", "FollowUpRecorded")
"""Events that are data for PL-2Q; reports of adverse events may come from anybody and are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignAgreement(SignedCommand):
    """Record a clinic's signed participation agreement."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "sign-agreement"
    ROLES: ClassVar[frozenset[Role]] = BY_CLINIC

    agreement_version: str
    """Version of the agreement."""
    authority: SignerAuthority
    """By what authority the signer signs for the clinic."""
    consent_to_tracking: bool
    """Whether its treatments and events may be tracked."""
    consent_to_publication: bool
    """Whether its status may be published."""

    def run(self, desk: Desk) -> Clinic:
        """Record the agreement."""
        clinic = desk.load(Clinic, self.clinic_id)
        parts = [self.signer_part(desk, clinic.id)]
        signing = statement(desk, clinic, Clinic.ParticipationAgreementSigned, self, parts=parts)
        consents = (self.consent_to_tracking, self.consent_to_publication)
        signature = self.signature(desk, SignatureMeaning.agreed)
        clinic.sign_agreement(signing, self.agreement_version, self.authority, consents, signature)
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEnrolment(ClinicCommand):
    """Ask for a clinic's enrolment in registries, invited or not."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "request-enrolment"
    ROLES: ClassVar[frozenset[Role]] = BY_CLINIC

    registries: tuple[str, ...]
    """Short codes of the registries, such as `knee`."""
    contact: ClinicContact | None = None
    """Who asks: name, email, telephone; sealed."""

    def run(self, desk: Desk) -> Clinic:
        """Record the request."""
        clinic = desk.load(Clinic, self.clinic_id)
        parts = contact_parts(desk, clinic, self.contact)
        requesting = statement(desk, clinic, Clinic.EnrolmentRequested, self, parts=parts)
        clinic.request_enrolment(requesting, open_registries(desk, self.registries))
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseEnrolment(ClinicCommand):
    """Decide not to enrol a clinic."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "refuse-enrolment"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY
    DECIDES: ClassVar[bool] = True

    reasons: tuple[str, ...]
    """Why, as told to the clinic, without names of persons."""
    appeal_to: str
    """Office that hears an appeal."""
    appeal_until: PartialDate
    """Last day for an appeal."""

    def run(self, desk: Desk) -> Clinic:
        """Record the refusal."""
        clinic = desk.load(Clinic, self.clinic_id)
        refusing = act(desk, clinic, Clinic.EnrolmentRefused, self)
        appeal_until = partial_date(self.appeal_until, "appeal_until")
        clinic.refuse_enrolment(refusing, self.reasons, self.appeal_to, appeal_until)
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolClinic(ClinicCommand):
    """Enrol a clinic in registries it asked for."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "enrol"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY
    DECIDES: ClassVar[bool] = True

    registries: tuple[str, ...]
    """Short codes of the registries joined, such as `knee`."""

    def run(self, desk: Desk) -> Clinic:
        """Enrol under the signed agreement."""
        clinic = desk.load(Clinic, self.clinic_id)
        enrolling = act(desk, clinic, Clinic.ClinicEnrolled, self)
        clinic.enrol(enrolling, open_registries(desk, self.registries))
        compare(desk, clinic)
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class LapseParticipation(LapseCommand):
    """Record that a clinic stopped taking part without saying so; it happened at the end of the time it had."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "lapse-participation"
    ROLES: ClassVar[frozenset[Role]] = BY_CLOCK

    def run(self, desk: Desk) -> Clinic:
        """Record the lapse under the policy of the day from which the time ran.

        When data last came is read from the store itself, so that data that no read model shows yet count.
        """
        clinic = desk.load(Clinic, self.clinic_id)
        lapsing = act(desk, clinic, Clinic.ParticipationLapsed, self)
        data = desk.clinic_index.last_recorded(clinic.id, DATA_EVENTS)
        last_data, last_data_on = (data[0], local_day(data[1], clinic.time_zone)) if data else ("", None)
        version = policy(desk).version_on(_waited_from(clinic, last_data_on))
        clinic.lapse_participation(lapsing, version, desk.today(clinic.time_zone), last_data_on, last_data)
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawClinic(ClinicCommand):
    """Say for a clinic that it no longer takes part."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "withdraw"
    ROLES: ClassVar[frozenset[Role]] = BY_CLINIC

    explanation: str | None = None
    """Why, in the clinic's words, without names of persons."""
    contact: ClinicContact | None = None
    """Who said so: name, email, telephone; sealed."""

    def run(self, desk: Desk) -> Clinic:
        """Record the withdrawal."""
        clinic = desk.load(Clinic, self.clinic_id)
        parts = contact_parts(desk, clinic, self.contact)
        clinic.withdraw(statement(desk, clinic, Clinic.ClinicWithdrew, self, parts=parts), self.explanation)
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class CountEntry:
    """The number of treatments of one registry, as a person enters it."""

    registry: str
    """Short code of the registry, such as `knee`."""
    treatments: int
    """Treatments performed in the quarter."""
    consent_refusals: int = 0
    """Patients treated who refused to be registered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareTreatmentCount(ClinicCommand):
    """Declare how many treatments a clinic performed in a quarter that is over; zero is a declaration."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "declare-count"
    ROLES: ClassVar[frozenset[Role]] = BY_CLINIC

    quarter: str
    """Calendar quarter, `2026-Q3`."""
    counts: tuple[CountEntry, ...]
    """One entry for each registry joined: registry, treatments, consent_refusals."""
    reason: Reason | None = None
    """Why an earlier declaration is corrected; only then."""

    def run(self, desk: Desk) -> Clinic:
        """Record the declaration."""
        clinic = desk.load(Clinic, self.clinic_id)
        declaring = statement(desk, clinic, Clinic.TreatmentCountDeclared, self, reason=self.reason)
        counts = tuple(
            DeclaredCount(
                registry_id=registry_named(desk, entry.registry).id,
                treatments=entry.treatments,
                consent_refusals=entry.consent_refusals,
            )
            for entry in self.counts
        )
        clinic.declare_count(declaring, self.quarter, counts)
        return clinic


def _waited_from(clinic: Clinic, last_data_on: date | None) -> date:
    """Return the day from which the time ran; date.max, the newest policy, where none runs and all is refused."""
    if clinic.participation is ParticipationState.accepted:
        return last_day(clinic.accepted_on) if clinic.accepted_on else date.max
    began = last_day(clinic.active_since) if clinic.active_since else date.max
    return began if last_data_on is None else max(began, last_data_on)
