"""An inspection is planned, performed with a finding for every item of the guideline, and followed by corrections.

It counts for the verification only when every item is met or its corrective action was accepted
(`domain.verification`); what was found stays, whatever follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.aggregate import Act
from domain.attestation import Answer, held_attestation, require_may_attest
from domain.chronology import require_not_before
from domain.clinic_state import ClinicEvent, ClinicState, HeldInspection
from domain.codes import Reason, Sha256
from domain.dates import PartialDate, first_day, last_day, partial_date
from domain.errors import InvalidInput, Refused
from domain.guideline import GuidelineVersion
from domain.signature import Signature, SignatureMeaning, require_signed, sha256_text

_LONGEST = 2000


class InspectionAlreadyScheduled(Refused):
    """An inspection of the guideline {guideline} is scheduled already, by {earlier}."""

    remedy = "To plan it anew, give a reason of the code list; nothing was recorded."


class NoSuchInspection(Refused):
    """The clinic {clinic} has no inspection {inspection} that waits for this."""

    remedy = "Name the event that scheduled the inspection, `<clinic id>/<version>`; nothing was recorded."


class FindingsIncomplete(Refused):
    """An inspection has one finding for every item of the version inspected; missing, unknown or doubled: {items}."""


class NotTheInspector(Refused):
    """The person {person} is none of the inspectors named when the inspection was scheduled."""


class ItemsNotOpen(Refused):
    """Only items found not met, without a correction asked for or accepted, can be asked to be corrected: {items}."""


class NoSuchCorrectiveAction(Refused):
    """No corrective action {requested} of this inspection waits to be accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFinding:
    """What inspectors found about one item."""

    item_id: str
    """Id of the item in the guideline."""
    finding: Answer
    """Whether it is met."""
    observation: str | None = None
    """What was seen, never about a patient; needed where it is not met."""

    def __post_init__(self) -> None:
        if self.finding is Answer.unrecognised:
            raise InvalidInput(field="findings", problem=f"the finding for {self.item_id} is not in the code list")
        if self.finding is Answer.not_met and not (self.observation or "").strip():
            raise InvalidInput(field="findings", problem=f"{self.item_id} is not met; say what was seen")
        if self.observation is not None and len(self.observation) > _LONGEST:
            raise InvalidInput(field="findings", problem=f"the observation for {self.item_id} is too long")


class InspectionScheduled(ClinicEvent):
    """The society plans to inspect how a clinic follows a guideline."""

    TOPIC = "InspectionScheduled.v1"

    guideline_id: UUID
    """The guideline."""
    guideline_version: str
    """Its version, as attested."""
    planned_on: PartialDate
    """When it is planned; may lie ahead."""
    inspectors: tuple[UUID, ...]
    """Officers who are to inspect."""
    site_id: UUID | None = None
    """The site; the whole clinic where absent."""
    replaces: str | None = None
    """Id of the event of the plan that this one takes the place of: `<aggregate id>/<version>`."""

    def _remember(self, clinic: ClinicState) -> None:
        if self.replaces is not None:
            clinic.inspections[self.replaces].ended = self.evidence
        clinic.inspections[self.evidence] = HeldInspection(
            self.guideline_id, self.guideline_version, self.evidence, self.context.occurred_on, self.inspectors
        )


class InspectionPerformed(ClinicEvent):
    """Inspectors saw for themselves, item by item; the name of who signed is sealed."""

    TOPIC = "InspectionPerformed.v1"

    inspection: str
    """Id of the event that scheduled it: `<aggregate id>/<version>`."""
    guideline_id: UUID
    """The guideline."""
    guideline_version: str
    """The version inspected."""
    findings: tuple[ItemFinding, ...]
    """One for each item."""
    report_hash: Sha256
    """SHA-256 of the inspection's report."""
    valid_until: PartialDate
    """Last day on which it counts: an exact day."""
    signature: Signature
    """An inspector's signature."""

    def _remember(self, clinic: ClinicState) -> None:
        held = clinic.inspections[self.inspection]
        held.performed, held.performed_on, held.valid_until = self.evidence, self.context.occurred_on, self.valid_until
        held.open_items = frozenset(each.item_id for each in self.findings if each.finding is not Answer.met)
        held.open_items -= {each.item_id for each in self.findings if each.finding is Answer.not_applicable}


class CorrectiveActionRequested(ClinicEvent):
    """The society asked a clinic to correct what an inspection found not met."""

    TOPIC = "CorrectiveActionRequested.v1"

    inspection: str
    """Id of the event that scheduled the inspection: `<aggregate id>/<version>`."""
    guideline_id: UUID
    """The guideline."""
    item_ids: tuple[str, ...]
    """Items to be corrected."""
    action: str
    """What is to be done, as told to the clinic."""
    due_on: PartialDate
    """Last day for it."""

    def _remember(self, clinic: ClinicState) -> None:
        clinic.inspections[self.inspection].actions[self.evidence] = self.item_ids


class CorrectiveActionAccepted(ClinicEvent):
    """The society saw that a corrective action was carried out; the name of who signed is sealed."""

    TOPIC = "CorrectiveActionAccepted.v1"

    inspection: str
    """Id of the event that scheduled the inspection: `<aggregate id>/<version>`."""
    requested: str
    """Id of the event that asked for it: `<aggregate id>/<version>`."""
    guideline_id: UUID
    """The guideline."""
    item_ids: tuple[str, ...]
    """Items that were corrected."""
    evidence_hash: Sha256
    """SHA-256 of the evidence seen."""
    signature: Signature
    """The signature, with the hash of what the signer was shown."""

    def _remember(self, clinic: ClinicState) -> None:
        held = clinic.inspections[self.inspection]
        held.actions.pop(self.requested, None)
        held.open_items -= set(self.item_ids)
        held.accepted |= {self.requested}


class Inspection(ClinicState):
    """Decisions about inspections and what follows from them."""

    def schedule_inspection(
        self,
        act: Act,
        guideline_id: UUID,
        planned_on: PartialDate,
        inspectors: tuple[UUID, ...],
        site_id: UUID | None = None,
    ) -> None:
        """Plan to inspect what the clinic attested; planning it anew needs a reason."""
        require_may_attest(self, "InspectionScheduled")
        attested = held_attestation(self, guideline_id)
        partial_date(planned_on, "planned_on")
        require_not_before("planned_on", planned_on, act.context.occurred_on, "the planning")
        if not inspectors or len(set(inspectors)) != len(inspectors):
            raise InvalidInput(field="inspectors", problem="needs at least one officer, each once")
        if site_id is not None and site_id not in self.site_ids:
            raise InvalidInput(field="site_id", problem=f"the clinic has no site {site_id}")
        self.require_independent(inspectors)
        earlier = [
            each.scheduled
            for each in self.inspections.values()
            if each.guideline_id == guideline_id and not each.performed and not each.ended
        ]
        if earlier and act.context.reason in (None, Reason.unrecognised):
            raise InspectionAlreadyScheduled(guideline=guideline_id, earlier=earlier[0])
        self.record(
            InspectionScheduled,
            act,
            guideline_id=guideline_id,
            guideline_version=attested.version,
            planned_on=planned_on,
            inspectors=inspectors,
            site_id=site_id,
            replaces=earlier[0] if earlier else None,
        )

    def inspection_performed(
        self,
        act: Act,
        inspection: str,
        guideline: GuidelineVersion,
        findings: tuple[ItemFinding, ...],
        report_hash: Sha256,
        valid_until: PartialDate,
        signature: Signature,
    ) -> None:
        """Record what the inspectors found; one of them must be acting."""
        require_may_attest(self, "InspectionPerformed")
        held = self.inspections.get(inspection)
        if held is None or held.performed or held.ended:
            raise NoSuchInspection(clinic=self.id, inspection=inspection)
        if act.context.actor_person not in held.inspectors:
            raise NotTheInspector(person=act.context.actor_person)
        self.require_independent(held.inspectors)
        named = [each.item_id for each in findings]
        wrong = (set(named) ^ {each.item_id for each in guideline.items}) | {x for x in named if named.count(x) > 1}
        if wrong:
            raise FindingsIncomplete(items=", ".join(sorted(wrong)))
        sha256_text(report_hash, "report_hash")
        partial_date(valid_until, "valid_until")
        if first_day(valid_until) != last_day(valid_until):
            raise InvalidInput(field="valid_until", problem="needs an exact day")
        require_signed(signature, SignatureMeaning.verified, act)
        require_not_before("occurred_on", act.context.occurred_on, held.scheduled_on, "the planning")
        require_not_before("valid_until", valid_until, act.context.occurred_on, "the inspection")
        self.record(
            InspectionPerformed,
            act,
            inspection=inspection,
            guideline_id=held.guideline_id,
            guideline_version=held.version,
            findings=findings,
            report_hash=report_hash,
            valid_until=valid_until,
            signature=signature,
        )

    def request_correction(
        self, act: Act, inspection: str, item_ids: tuple[str, ...], action: str, due_on: PartialDate
    ) -> None:
        """Ask for the correction of items found not met."""
        held = self._performed(inspection, act)
        asked = {item for items in held.actions.values() for item in items}
        wrong = (set(item_ids) - (held.open_items - asked)) | {x for x in item_ids if item_ids.count(x) > 1}
        if wrong or not item_ids:
            raise ItemsNotOpen(items=", ".join(sorted(wrong)) or "none is named")
        if not action.strip() or len(action) > _LONGEST:
            raise InvalidInput(field="action", problem=f"needs 1 to {_LONGEST} characters")
        partial_date(due_on, "due_on")
        require_not_before("due_on", due_on, act.context.occurred_on, "the request")
        self.record(
            CorrectiveActionRequested,
            act,
            inspection=inspection,
            guideline_id=held.guideline_id,
            item_ids=item_ids,
            action=action,
            due_on=due_on,
        )

    def accept_correction(
        self, act: Act, inspection: str, requested: str, evidence_hash: Sha256, signature: Signature
    ) -> None:
        """Accept a corrective action that was asked for."""
        held = self._performed(inspection, act)
        items = held.actions.get(requested)
        if items is None:
            raise NoSuchCorrectiveAction(requested=requested)
        self.require_independent([act.context.actor_person])
        sha256_text(evidence_hash, "evidence_hash")
        require_signed(signature, SignatureMeaning.verified, act)
        self.record(
            CorrectiveActionAccepted,
            act,
            inspection=inspection,
            requested=requested,
            guideline_id=held.guideline_id,
            item_ids=items,
            evidence_hash=evidence_hash,
            signature=signature,
        )

    def _performed(self, inspection: str, act: Act) -> HeldInspection:
        held = self.inspections.get(inspection)
        if held is None or held.performed_on is None or held.ended:
            raise NoSuchInspection(clinic=self.id, inspection=inspection)
        require_not_before("occurred_on", act.context.occurred_on, held.performed_on, "the inspection")
        return held
