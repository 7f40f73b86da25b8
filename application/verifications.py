"""Commands about inspections, corrective actions and the end of a verification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from application.clinic_acts import BY_SOCIETY, ClinicCommand, LapseCommand, SignedCommand, act, guideline
from application.command import Desk
from application.permission import require_independent
from domain.clinic import Clinic
from domain.codes import SOCIETY_ROLES, Reason, Role, Sha256
from domain.dates import PartialDate, partial_date
from domain.errors import NotFound, Refused
from domain.inspection import ItemFinding
from domain.officer import Officer
from domain.signature import SignatureMeaning


class InspectorNotAppointed(Refused):
    """The person {person} holds no role of the society, and so cannot inspect for it."""

    remedy = "Name appointed officers; nothing was recorded."


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleInspection(ClinicCommand):
    """Plan to inspect how a clinic follows a guideline that it attested."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "schedule-inspection"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY

    guideline_id: UUID
    """The guideline."""
    planned_on: PartialDate
    """When it is planned; may lie ahead."""
    inspectors: tuple[UUID, ...]
    """Persons who are to inspect: officers without an interest in the clinic."""
    site_id: UUID | None = None
    """The site; the whole clinic if left out."""
    reason: Reason | None = None
    """Why an inspection already scheduled is planned anew; only then."""

    def run(self, desk: Desk) -> Clinic:
        """Record the plan."""
        clinic = desk.load(Clinic, self.clinic_id)
        for person in self.inspectors:
            officer = desk.find(Officer, person)
            if officer is None or not officer.roles & SOCIETY_ROLES:
                raise InspectorNotAppointed(person=person)
            require_independent(desk.store, person, clinic)
        scheduling = act(desk, clinic, Clinic.InspectionScheduled, self, reason=self.reason)
        planned_on = partial_date(self.planned_on, "planned_on")
        clinic.schedule_inspection(scheduling, self.guideline_id, planned_on, self.inspectors, self.site_id)
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordInspection(SignedCommand):
    """Record what inspectors found, item by item; given by one of them."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "record-inspection"
    ROLES: ClassVar[frozenset[Role]] = SOCIETY_ROLES
    DECIDES: ClassVar[bool] = True

    inspection: str
    """Id of the event that scheduled it: `<clinic id>/<version>`."""
    findings: tuple[ItemFinding, ...]
    """One for each item of the version inspected: item_id, finding, observation."""
    report_hash: Sha256
    """SHA-256 of the inspection's report."""
    valid_until: PartialDate
    """Last day on which it counts: an exact day."""

    def run(self, desk: Desk) -> Clinic:
        """Record the findings."""
        clinic = desk.load(Clinic, self.clinic_id)
        planned = clinic.inspections.get(self.inspection)
        if planned is None:
            raise NotFound(what="inspection", id=self.inspection)
        for person in planned.inspectors:
            # An interest may have been declared since they were named.
            require_independent(desk.store, person, clinic)
        version = guideline(desk, planned.guideline_id).versions[planned.version]
        performing = act(desk, clinic, Clinic.InspectionPerformed, self, parts=[self.signer_part(desk, None)])
        clinic.inspection_performed(
            performing,
            self.inspection,
            version,
            self.findings,
            self.report_hash,
            self.valid_until,
            self.signature(desk, SignatureMeaning.verified),
        )
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCorrectiveAction(ClinicCommand):
    """Ask a clinic to correct what an inspection found not met."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "request-corrective-action"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY
    DECIDES: ClassVar[bool] = True

    inspection: str
    """Id of the event that scheduled the inspection: `<clinic id>/<version>`."""
    item_ids: tuple[str, ...]
    """Items to be corrected."""
    action: str
    """What is to be done, as told to the clinic."""
    due_on: PartialDate
    """Last day for it."""

    def run(self, desk: Desk) -> Clinic:
        """Record the request."""
        clinic = desk.load(Clinic, self.clinic_id)
        asking = act(desk, clinic, Clinic.CorrectiveActionRequested, self)
        clinic.request_correction(asking, self.inspection, self.item_ids, self.action, self.due_on)
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptCorrectiveAction(SignedCommand):
    """Accept a corrective action as carried out."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "accept-corrective-action"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY
    DECIDES: ClassVar[bool] = True

    inspection: str
    """Id of the event that scheduled the inspection: `<clinic id>/<version>`."""
    requested: str
    """Id of the event that asked for it: `<clinic id>/<version>`."""
    evidence_hash: Sha256
    """SHA-256 of the evidence seen."""

    def run(self, desk: Desk) -> Clinic:
        """Record that it was accepted."""
        clinic = desk.load(Clinic, self.clinic_id)
        accepting = act(desk, clinic, Clinic.CorrectiveActionAccepted, self, parts=[self.signer_part(desk, None)])
        signature = self.signature(desk, SignatureMeaning.verified)
        clinic.accept_correction(accepting, self.inspection, self.requested, self.evidence_hash, signature)
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireVerification(LapseCommand):
    """Record that an inspection ran out; it happened at the end of its last day."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "expire-verification"
    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.system})

    inspection: str
    """Id of the event that scheduled the inspection: `<clinic id>/<version>`."""

    def run(self, desk: Desk) -> Clinic:
        """Record the expiry."""
        clinic = desk.load(Clinic, self.clinic_id)
        expiring = act(desk, clinic, Clinic.VerificationExpired, self)
        clinic.expire_verification(expiring, self.inspection, desk.today(clinic.time_zone))
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawVerification(SignedCommand):
    """Withdraw a check of documents or an inspection."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "withdraw-verification"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY
    DECIDES: ClassVar[bool] = True

    verification: str
    """Id of the event of the documents' check or the inspection: `<clinic id>/<version>`."""
    grounds: tuple[str, ...]
    """Why, as told to the clinic, without names of persons."""
    reason: Reason
    """The same as a code."""

    def run(self, desk: Desk) -> Clinic:
        """Record the withdrawal."""
        clinic = desk.load(Clinic, self.clinic_id)
        parts = [self.signer_part(desk, None)]
        withdrawing = act(desk, clinic, Clinic.VerificationWithdrawn, self, reason=self.reason, parts=parts)
        signature = self.signature(desk, SignatureMeaning.verified)
        clinic.withdraw_verification(withdrawing, self.verification, self.grounds, signature)
        return clinic
