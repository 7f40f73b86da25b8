"""From a clinic's request to its enrolment and the end of it; nobody is enrolled without a signed agreement.

PL-90: after accepting, 90 days to request enrolment. PL-2Q: enrolled, two full quarters with neither data nor a nil
declaration.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from domain.aggregate import Act
from domain.chronology import require_not_before
from domain.clinic_state import Agreement, ClinicEvent, ClinicState, Membership, Refusal, ended, require_over
from domain.codes import Code
from domain.dates import PartialDate, day, due_day, last_day, local_day, quarter_end
from domain.errors import InvalidInput, Refused
from domain.participation import ParticipationForbids, ParticipationState, require_possible
from domain.policy import PolicyVersion
from domain.signature import Signature, SignatureMeaning, require_signed
from domain.silence import silent_quarters


class AgreementNotSigned(Refused):
    """No participation agreement of the clinic {clinic} is in force; nobody is enrolled without one."""

    remedy = "Record the signed agreement first; nothing was recorded."


class ConsentNotGiven(Refused):
    """An agreement needs the clinic's consent to {what}."""


class RegistryNotRequested(Refused):
    """The clinic {clinic} did not ask to join the registry {registry}."""


class SignerAuthority(Code):
    """By what authority a person signs for a clinic."""

    unrecognised = "unrecognised"
    medical_director = "medical_director"
    legal_representative = "legal_representative"
    authorised_officer = "authorised_officer"
    other = "other"


class ParticipationAgreementSigned(ClinicEvent):
    """A clinic agreed to take part, to be tracked and to be published about; the signer's name is sealed."""

    TOPIC = "ParticipationAgreementSigned.v1"

    agreement_version: str
    """Version of the agreement."""
    authority: SignerAuthority
    """By what authority the signer signs for the clinic."""
    consent_to_tracking: bool
    """Whether its treatments and events may be tracked."""
    consent_to_publication: bool
    """Whether its status may be published."""
    signature: Signature
    """The signature, with the hash of the agreement's text."""

    def _remember(self, clinic: ClinicState) -> None:
        clinic.agreement = Agreement(self.context.occurred_on, self.evidence)


class EnrolmentRequested(ClinicEvent):
    """A clinic asked to be enrolled, invited or not; the name of who asked is sealed."""

    TOPIC = "EnrolmentRequested.v1"

    registries: tuple[UUID, ...]
    """Registries it wants to join."""

    def _remember(self, clinic: ClinicState) -> None:
        clinic.requested_on, clinic.requested = self.context.occurred_on, self.registries


class EnrolmentRefused(ClinicEvent):
    """The society did not enrol a clinic; says why, and how to appeal."""

    TOPIC = "EnrolmentRefused.v1"

    reasons: tuple[str, ...]
    """Why, as told to the clinic, without names of persons."""
    appeal_to: str
    """Office that hears an appeal."""
    appeal_until: PartialDate
    """Last day for an appeal."""

    def _remember(self, clinic: ClinicState) -> None:
        context = self.context
        clinic.refusal = Refusal(self.evidence, context.occurred_on, context.actor_person, self.appeal_until)


class ClinicEnrolled(ClinicEvent):
    """A clinic joined one or more registries."""

    TOPIC = "ClinicEnrolled.v1"

    registries: tuple[UUID, ...]
    """Registries joined."""
    agreement: str
    """Id of the event of the signed agreement: `<aggregate id>/<version>`."""

    def _remember(self, clinic: ClinicState) -> None:
        clinic.registries = self.registries
        earlier = ended(clinic.memberships, self.context.occurred_on)
        clinic.memberships = (*earlier, Membership(self.registries, self.context.occurred_on))
        clinic.enrolled_on, clinic.enrolled_evidence = self.context.occurred_on, self.evidence
        clinic.active_since = self.context.occurred_on
        clinic.first_enrolled_on = clinic.first_enrolled_on or self.context.occurred_on


class ParticipationLapsed(ClinicEvent):
    """A clinic stopped taking part without saying so; happened at the end of the last day it had."""

    TOPIC = "ParticipationLapsed.v1"

    rule: str
    """Rule id: `PL-90` after accepting, `PL-2Q` when enrolled."""
    policy_version: int
    """Version of the policy, in force on the day from which the time ran."""
    due_on: PartialDate
    """Last day it had."""
    quarters: tuple[str, ...]
    """The silent quarters, `2026-Q3`; empty for PL-90."""
    last_data_on: PartialDate | None = None
    """Day on which data last came; absent where none ever did, and for PL-90."""
    evidence_ids: tuple[str, ...] = ()
    """Events from which the time ran: `<aggregate id>/<version>`."""

    def _remember(self, clinic: ClinicState) -> None:
        clinic.lapsed_on = self.context.occurred_on


class ParticipationResumed(ClinicEvent):
    """Data came again from a clinic that no longer took part."""

    TOPIC = "ParticipationResumed.v1"

    first_data: str
    """Id of the event that brought the data: `<aggregate id>/<version>`."""

    def _remember(self, clinic: ClinicState) -> None:
        clinic.active_since = self.context.occurred_on


class ClinicWithdrew(ClinicEvent):
    """A clinic said that it no longer takes part; its agreement ends, its open follow-ups and reports do not."""

    TOPIC = "ClinicWithdrew.v1"

    explanation: str | None = None
    """Why, in the clinic's words, without names of persons."""

    def _remember(self, clinic: ClinicState) -> None:
        clinic.agreement = None


class Enrolment(ClinicState):
    """Decisions about joining, leaving and staying away."""

    def sign_agreement(
        self,
        act: Act,
        agreement_version: str,
        authority: SignerAuthority,
        consents: tuple[bool, bool],
        signature: Signature,
    ) -> None:
        """Record the signed agreement with its consents to tracking and to publication, both needed."""
        if self.participation in _NO_LONGER:
            allowed = ", ".join(sorted(set(ParticipationState) - _NO_LONGER))
            raise ParticipationForbids(event="ParticipationAgreementSigned", state=self.participation, allowed=allowed)
        if not agreement_version.strip() or authority is SignerAuthority.unrecognised:
            raise InvalidInput(field="agreement", problem="needs a version, and an authority of the code list")
        for given, what in zip(consents, ("tracking", "publication"), strict=True):
            if not given:
                raise ConsentNotGiven(what=what)
        require_signed(signature, SignatureMeaning.agreed, act)
        self.record(
            ParticipationAgreementSigned,
            act,
            agreement_version=agreement_version,
            authority=authority,
            consent_to_tracking=True,
            consent_to_publication=True,
            signature=signature,
        )

    def request_enrolment(self, act: Act, registries: tuple[UUID, ...]) -> None:
        """Ask to join registries."""
        _require_registries(registries)
        self.record(EnrolmentRequested, act, registries=registries)

    def refuse_enrolment(self, act: Act, reasons: tuple[str, ...], appeal_to: str, appeal_until: PartialDate) -> None:
        """Decide not to enrol, with reasons and a way to appeal."""
        self._decided("EnrolmentRefused", act)
        if not reasons or any(not reason.strip() for reason in reasons):
            raise InvalidInput(field="reasons", problem="needs at least one, none empty")
        if not appeal_to.strip():
            raise InvalidInput(field="appeal_to", problem="is empty")
        require_not_before("appeal_until", appeal_until, act.context.occurred_on, "the refusal")
        self.record(EnrolmentRefused, act, reasons=reasons, appeal_to=appeal_to, appeal_until=appeal_until)

    def enrol(self, act: Act, registries: tuple[UUID, ...]) -> None:
        """Enrol the clinic in registries it asked for, under its signed agreement."""
        self._decided("ClinicEnrolled", act)
        _require_registries(registries)
        for registry in registries:
            if registry not in self.requested:
                raise RegistryNotRequested(clinic=self.id, registry=registry)
        if self.agreement is None:
            raise AgreementNotSigned(clinic=self.id)
        require_not_before("occurred_on", act.context.occurred_on, self.agreement.on, "the agreement's signature")
        self.record(ClinicEnrolled, act, registries=registries, agreement=self.agreement.evidence)

    def lapse_participation(
        self, act: Act, policy: PolicyVersion, today: date, last_data_on: date | None = None, last_data: str = ""
    ) -> None:
        """Record that the clinic stopped taking part, after PL-90 or PL-2Q ran out.

        `last_data_on` and `last_data` are the day at the clinic on which its data last came and that event's id.
        """
        require_possible("ParticipationLapsed", self.participation)
        if self.participation is ParticipationState.accepted:
            self._lapse_after_accepting(act, policy, today)
        else:
            self._lapse_after_silence(act, policy, today, last_data_on, last_data)

    def data_received(self, act: Act, first_data: str) -> bool:
        """Record that participation resumed with these data where it had lapsed; tell whether it had.

        It resumed on the clinic's day on which the data came, whatever day they are about.
        Refuses data of a clinic that stopped taking part before it was ever enrolled, or without an agreement.
        """
        if self.participation is not ParticipationState.not_participating:
            return False
        self.require_once_enrolled()
        if self.agreement is None:
            raise AgreementNotSigned(clinic=self.id)
        received_on = day(local_day(act.recorded_at, self.time_zone))
        self.record(ParticipationResumed, act.replace(occurred_on=received_on), first_data=first_data)
        return True

    def withdraw(self, act: Act, explanation: str | None = None) -> None:
        """Leave the registry at the clinic's own wish."""
        self.record(ClinicWithdrew, act, explanation=explanation)

    def _decided(self, event: str, act: Act) -> None:
        require_possible(event, self.participation)
        assert self.requested_on is not None, "only a request leads to the state applied"
        require_not_before("occurred_on", act.context.occurred_on, self.requested_on, "the request")

    def _lapse_after_accepting(self, act: Act, policy: PolicyVersion, today: date) -> None:
        assert self.accepted_on is not None, "only accepting leads to the state accepted"
        rule = policy.rule("PL-90")
        due_on = due_day(last_day(self.accepted_on), rule.limit)
        require_over(rule.rule_id, due_on, today)
        self.record(
            ParticipationLapsed,
            act.replace(occurred_on=day(due_on)),
            rule=rule.rule_id,
            policy_version=policy.number,
            due_on=day(due_on),
            quarters=(),
            evidence_ids=(self.accepted_evidence,),
        )

    def _lapse_after_silence(
        self, act: Act, policy: PolicyVersion, today: date, last_data_on: date | None, last_data: str
    ) -> None:
        assert self.active_since is not None, "only enrolling or resuming leads to the state enrolled"
        rule = policy.rule("PL-2Q")
        nil = [quarter for quarter, declared in self.declarations.items() if declared.nil]
        quarters = silent_quarters(last_day(self.active_since), last_data_on, nil, rule.limit)
        due_on = quarter_end(quarters[-1])
        require_over(rule.rule_id, due_on, today)
        self.record(
            ParticipationLapsed,
            act.replace(occurred_on=day(due_on)),
            rule=rule.rule_id,
            policy_version=policy.number,
            due_on=day(due_on),
            quarters=quarters,
            last_data_on=day(last_data_on) if last_data_on else None,
            evidence_ids=tuple(filter(None, (self.enrolled_evidence, last_data))),
        )


_NO_LONGER = frozenset({ParticipationState.out_of_scope, ParticipationState.expelled, ParticipationState.closed})


def _require_registries(registries: tuple[UUID, ...]) -> None:
    if not registries or len(set(registries)) != len(registries):
        raise InvalidInput(field="registries", problem="needs at least one registry, each once")
