"""Commands about a safety case up to its decision: raised, fed, judged by a panel, told to the clinic, replied to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from application.acting import person_subject
from application.case_acts import (
    BY_CLINIC,
    BY_MEMBER,
    BY_SAFETY,
    CaseCommand,
    act,
    contact_part,
    interested,
    judging,
    require_officers,
    statement,
    today,
    version_on,
    words,
)
from application.command import Command, Desk
from domain.chronology import require_past
from domain.clinic import Clinic
from domain.codes import SOCIETY_ROLES, Role, Sha256
from domain.dates import PartialDate, partial_date
from domain.errors import Refused
from domain.letters import InvitationChannel, Letter, Proof, Sending
from domain.patient import ReporterIdentity
from domain.personal import ClinicContact
from domain.safety_case import SafetyCase
from domain.safety_case_codes import Allegation, CaseScope, EvidenceKind, Ground

ANYONE = SOCIETY_ROLES | {Role.clinic, Role.reporter, Role.system}
"""Anyone may raise a concern about any clinic."""


class NotYourConcern(Refused):
    """The person {person} did not raise the concern of the case {case}."""

    remedy = "Raise a concern of your own; nothing was recorded."


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseConcern(Command):
    """Raise a concern about any clinic."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "raise-concern"
    ROLES: ClassVar[frozenset[Role]] = ANYONE

    clinic_id: UUID
    """The clinic that it is about."""
    grounds: tuple[Ground, ...]
    """Why, as far as it can be said already."""
    concern: str
    """What happened, in words; sealed under the key of the case."""
    scopes: tuple[CaseScope, ...] = ()
    """What it is about: kind, about, technique."""
    reporter_name: str | None = None
    """Name of who raised it, where somebody else enters it; sealed, known to the society alone."""
    reporter_contact: str | None = None
    """How to reach them; sealed."""
    occurred_on: PartialDate | None = None
    """When it was raised: YYYY-MM-DD; today at the clinic if left out."""

    def run(self, desk: Desk) -> SafetyCase:
        """Begin the case, under a random id."""
        clinic, case_id = desk.load(Clinic, self.clinic_id), desk.new_id()
        parts = words(desk, case_id, self.concern)
        if self.reporter_name is not None:
            identity = ReporterIdentity(name=self.reporter_name, contact=self.reporter_contact)
            parts.append((person_subject(desk, None, self.reporter_name), identity))
        on = partial_date(self.occurred_on, "occurred_on") if self.occurred_on else None
        raising = desk.act(SafetyCase.ConcernRaised, case_id, occurred_on=on, clinic_id=clinic.id, parts=parts)
        require_past(raising, clinic.time_zone)
        return SafetyCase.raise_concern(raising, case_id, self.grounds, self.scopes)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddEvidence(CaseCommand):
    """Add evidence to a safety case; a reporter only to their own."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "add-evidence"
    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.safety_officer, Role.registrar, Role.reporter})

    kind: EvidenceKind
    """What it is."""
    says: str
    """What it says, in words; sealed under the key of the case."""
    event: str | None = None
    """Id of the event of the log that it is: `<aggregate id>/<version>`."""
    document_hash: Sha256 | None = None
    """SHA-256 of the document."""

    def run(self, desk: Desk) -> SafetyCase:
        """Record it; its event's id is by what it is cited."""
        case, person = desk.load(SafetyCase, self.case_id), desk.request.actor.person
        if desk.request.actor.role is Role.reporter and person != case.raised_by:
            raise NotYourConcern(person=person, case=case.id)
        adding = act(desk, case, SafetyCase.EvidenceAdded, self, parts=words(desk, case.id, self.says))
        case.add_evidence(adding, self.kind, self.event, self.document_hash)
        return case


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvenePanel(CaseCommand):
    """Convene the panel of a safety case, or let it grow."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "convene-panel"
    ROLES: ClassVar[frozenset[Role]] = BY_SAFETY
    DECIDES: ClassVar[bool] = True

    members: tuple[UUID, ...]
    """Person ids of all its members, officers without an interest; at least three."""

    def run(self, desk: Desk) -> SafetyCase:
        """Record it under the policy of the day on which it was first convened."""
        case = desk.load(SafetyCase, self.case_id)
        require_officers(desk, [each for each in self.members if each not in case.panel.members])
        convening = judging(desk, case, SafetyCase.PanelConvened, self)
        version = version_on(desk, case.panel.on or convening.context.occurred_on)
        case.convene(convening, self.members, interested(desk, case, self.members), version)
        return case


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarePanelInterest(CaseCommand):
    """Say that one has an interest, as a member of a safety case's panel."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "declare-panel-interest"
    ROLES: ClassVar[frozenset[Role]] = BY_MEMBER

    def run(self, desk: Desk) -> SafetyCase:
        """Record it; the member's vote counts no longer."""
        case = desk.load(SafetyCase, self.case_id)
        case.declare_panel_interest(act(desk, case, SafetyCase.PanelInterestDeclared, self))
        return case


@dataclass(frozen=True, slots=True, kw_only=True)
class DismissCase(CaseCommand):
    """Dismiss a concern that has no substance, before the clinic is served a notice."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "dismiss"
    ROLES: ClassVar[frozenset[Role]] = BY_SAFETY
    DECIDES: ClassVar[bool] = True

    reasons: tuple[str, ...]
    """Why, without names of persons."""

    def run(self, desk: Desk) -> SafetyCase:
        """Record it."""
        case = desk.load(SafetyCase, self.case_id)
        case.dismiss(judging(desk, case, SafetyCase.CaseDismissed, self), self.reasons)
        return case


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeNotice(CaseCommand):
    """Tell the clinic what is alleged and on which evidence, by one or more ways at once."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "serve-notice"
    ROLES: ClassVar[frozenset[Role]] = BY_SAFETY
    DECIDES: ClassVar[bool] = True

    allegation: Allegation
    """What is alleged: grounds, guideline_items, evidence_ids, scopes."""
    letter: Letter
    """What was sent: version, text_hash, language, sender."""
    sendings: tuple[Sending, ...]
    """By which ways: channel, address, address_source."""

    def run(self, desk: Desk) -> SafetyCase:
        """Record the notice."""
        case = desk.load(SafetyCase, self.case_id)
        serving = judging(desk, case, SafetyCase.NoticeServed, self)
        case.serve_notice(serving, self.allegation, self.letter, self.sendings)
        return case


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveNoticeDelivery(CaseCommand):
    """Record what proves that a notice arrived."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "prove-notice-delivery"
    ROLES: ClassVar[frozenset[Role]] = BY_SAFETY
    DECIDES: ClassVar[bool] = True

    channel: InvitationChannel
    """By which of its ways it arrived."""
    proof: Proof
    """What proves it: kind, document_hash."""

    def run(self, desk: Desk) -> SafetyCase:
        """Record the proof; RE-30 runs from that day, under the policy in force on it."""
        case = desk.load(SafetyCase, self.case_id)
        proving = judging(desk, case, SafetyCase.NoticeDelivered, self)
        version = version_on(desk, proving.context.occurred_on)
        case.prove_notice_delivery(proving, self.channel, self.proof, version)
        return case


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyToNotice(CaseCommand):
    """Reply for a clinic to a notice, however late."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "reply"
    ROLES: ClassVar[frozenset[Role]] = BY_CLINIC

    reply: str
    """What the clinic says; sealed under the key of the case."""
    contact: ClinicContact | None = None
    """Who says so: name, email, telephone; sealed."""

    def run(self, desk: Desk) -> SafetyCase:
        """Record the reply; a late one is marked and shown to who decides."""
        case = desk.load(SafetyCase, self.case_id)
        parts = [*words(desk, case.id, self.reply), *contact_part(desk, case, self.contact)]
        case.reply(statement(desk, case, SafetyCase.ClinicReplied, self, parts=parts), today(desk, case))
        return case


@dataclass(frozen=True, slots=True, kw_only=True)
class LapseReplyPeriod(Command):
    """Record that no reply to a notice came in the time there was; it happened at the end of that time."""

    AGGREGATE: ClassVar[str] = "safety-case"
    VERB: ClassVar[str] = "lapse-reply-period"
    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.system})

    case_id: UUID
    """The safety case."""

    def run(self, desk: Desk) -> SafetyCase:
        """Record the lapse."""
        case = desk.load(SafetyCase, self.case_id)
        case.lapse_reply_period(desk.act(SafetyCase.ReplyPeriodLapsed, case.id), today(desk, case))
        return case
