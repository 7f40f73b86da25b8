"""Which events change what somebody may have decided on, and how: every event type stands in one of two tables.

A correction, a voiding or a nullification leaves the old event where it was. What was determined on it is questioned
by itself. Source: domain.md, Due process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

from domain.adverse_event_codes import LinkKind
from domain.aggregate import RegistryEvent
from domain.appeal import AppealOutcome
from domain.clinic_state import event_id
from domain.codes import Reason
from domain.determination import EvidenceChange
from domain.evidence_reports import assessed_otherwise, supplemented, treatment_corrected
from domain.listing_state import CorrectionKind, WithdrawalCause
from domain.obligation_terms import Holder, ObligationEnding, ObligationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What one event changed of what was recorded before it."""

    change: EvidenceChange
    events: frozenset[str] = frozenset()
    """Ids of the events that do not stand as they were."""
    duties_about: frozenset[UUID] = frozenset()
    """Subjects whose duties followed from them, and maybe would not have."""
    opened_by: frozenset[str] = field(default_factory=frozenset)
    """Only duties that one of these events opened; empty for any about the subjects."""


Reading = Callable[[Any, Sequence[RegistryEvent]], Changed | None]
"""What an event changed, from itself and from the events of its aggregate before it; None where it changed nothing."""


def changed_by(event: RegistryEvent, earlier: Sequence[RegistryEvent]) -> Changed | None:
    """Return what an event changed of what was recorded before it, the events of its aggregate until then."""
    reading = CHANGING.get(type(event).__name__)
    return reading(event, earlier) if reading else None


def _record(change: EvidenceChange) -> Reading:
    """Read an event after which nothing of its record stands as it was."""

    def reading(event: RegistryEvent, earlier: Sequence[RegistryEvent]) -> Changed:
        return Changed(change=change, events=_ids(earlier), duties_about=frozenset({event.originator_id}))

    return reading


def _named(change: EvidenceChange, path: str) -> Reading:
    """Read an event that names in a field the one event that does not stand as it was."""

    def reading(event: RegistryEvent, _earlier: Sequence[RegistryEvent]) -> Changed | None:
        named = getattr(event, path)
        return Changed(change=change, events=frozenset({named})) if named else None

    return reading


def _treatment_corrected(event: Any, earlier: Sequence[RegistryEvent]) -> Changed:
    owed = frozenset({event.originator_id}) if treatment_corrected(event) else frozenset()
    return Changed(change=EvidenceChange.corrected, events=_ids(earlier), duties_about=owed)


def _supplemented(event: Any, earlier: Sequence[RegistryEvent]) -> Changed | None:
    told = supplemented(event, earlier)
    if not told.corrected:
        return None
    owed = frozenset({event.originator_id}) if told.owed else frozenset()
    return Changed(change=EvidenceChange.corrected, events=_ids(earlier), duties_about=owed)


def _assessed(event: Any, earlier: Sequence[RegistryEvent]) -> Changed | None:
    told = assessed_otherwise(event, earlier)
    if told.seriousness:
        about = frozenset({event.originator_id})
        return Changed(change=EvidenceChange.corrected, events=_ids(earlier), duties_about=about)
    return Changed(change=EvidenceChange.corrected, events=told.judgements) if told.judgements else None


def _linked(event: Any, earlier: Sequence[RegistryEvent]) -> Changed | None:
    """Read a link; of two reports of the same event only one goes on being counted."""
    return _record(EvidenceChange.corrected)(event, earlier) if event.kind is LinkKind.duplicate_of else None


def _declared(event: Any, earlier: Sequence[RegistryEvent]) -> Changed | None:
    """Read a declaration; duties followed from the first one of its quarter, in the registries whose number differs."""
    if event.corrects is None:
        return None
    of_quarter = [each for each in earlier if isinstance(each, type(event)) and each.quarter == event.quarter]
    counts: dict[UUID, object] = {}
    for each in of_quarter:
        counts.update({count.registry_id: count for count in each.counts})
    differing = {count.registry_id for count in event.counts if counts.get(count.registry_id) not in (None, count)}
    if not differing:
        return None
    old = _ids(of_quarter)
    return Changed(change=EvidenceChange.corrected, events=old, duties_about=frozenset(differing), opened_by=old)


def _details(event: Any, earlier: Sequence[RegistryEvent]) -> Changed | None:
    """Read other details of a clinic; those of one that moved were right until then."""
    news = event.context.reason is Reason.new_information
    return None if news else _named(EvidenceChange.corrected, "corrects")(event, earlier)


def _overturned(path: str) -> Reading:
    def reading(event: Any, earlier: Sequence[RegistryEvent]) -> Changed | None:
        overturned = event.outcome is not AppealOutcome.upheld
        return _named(EvidenceChange.voided, path)(event, earlier) if overturned else None

    return reading


def _notice(change: EvidenceChange) -> Reading:
    """Read an event after which a notice does not say what it said."""

    def reading(_event: RegistryEvent, earlier: Sequence[RegistryEvent]) -> Changed:
        return Changed(change=change, events=_ids(earlier))

    return reading


def _entry_corrected(event: Any, earlier: Sequence[RegistryEvent]) -> Changed | None:
    corrected = event.kind is not CorrectionKind.upheld
    return _named(EvidenceChange.corrected, "replaces")(event, earlier) if corrected else None


def _entry_withdrawn(event: Any, earlier: Sequence[RegistryEvent]) -> Changed | None:
    """Read the end of an entry; one whose condition ended was right as long as it was public."""
    wrong = event.cause in {WithdrawalCause.in_error, WithdrawalCause.disputed}
    return _named(EvidenceChange.voided, "published")(event, earlier) if wrong else None


_GROUNDLESS: Mapping[ObligationEnding, EvidenceChange] = MappingProxyType(
    {
        ObligationEnding.voided: EvidenceChange.voided,
        ObligationEnding.nullified: EvidenceChange.nullified,
        ObligationEnding.replaced: EvidenceChange.corrected,
    }
)


def _duty_ended(event: Any, earlier: Sequence[RegistryEvent]) -> Changed | None:
    """Read the end of a clinic's duty; only a correction makes that it should never have been opened as it was."""
    opened: Any = earlier[0]
    change = _GROUNDLESS.get(event.ending)
    of_clinic = opened.holder is Holder.clinic and opened.kind is ObligationKind.duty
    return Changed(change=change, events=_ids(earlier)) if change and of_clinic else None


def _questioned(event: Any, _earlier: Sequence[RegistryEvent]) -> Changed:
    """Read a question: what rests on the determination rests on the same evidence, and on the same change of it."""
    return Changed(change=event.change, events=frozenset({event.determination}))


def _ids(events: Sequence[RegistryEvent]) -> frozenset[str]:
    return frozenset(event_id(each.originator_id, each.originator_version) for each in events)


CHANGING: Mapping[str, Reading] = MappingProxyType(
    {
        "TreatmentCorrected": _treatment_corrected,
        "TreatmentVoided": _record(EvidenceChange.voided),
        "AdverseEventSupplemented": _supplemented,
        "AdverseEventAssessed": _assessed,
        "AdverseEventLinked": _linked,
        "AdverseEventNullified": _record(EvidenceChange.nullified),
        "TreatmentCountDeclared": _declared,
        "ClinicDetailsCorrected": _details,
        "VerificationWithdrawn": _named(EvidenceChange.voided, "verification"),
        "EnrolmentAppealDecided": _overturned("refusal"),
        "AppealDecided": _overturned("finding"),
        "CaseReopened": _named(EvidenceChange.voided, "finding"),
        "ObligationWaived": _duty_ended,
        "SafetyNoticeUpdated": _notice(EvidenceChange.corrected),
        "SafetyNoticeWithdrawn": _notice(EvidenceChange.voided),
        "ListingCorrected": _entry_corrected,
        "ListingWithdrawn": _entry_withdrawn,
        "DeterminationQuestioned": _questioned,
    }
)
"""Event types that correct, void or nullify what was recorded, and how to tell what."""

UNCHANGING: frozenset[str] = frozenset(
    {
        # Rules hold from a day on; what was judged by the earlier ones was judged rightly.
        *("RegistryOpened", "RegistryRevised", "RegistryClosed", "PolicyAdopted"),
        *("GuidelinePublished", "GuidelineRevised", "GuidelineRetired"),
        # Who may do what, from then on.
        *("OfficerAppointed", "RoleGranted", "RoleRevoked", "InterestDeclared", "BreakGlassUsed"),
        # A clinic's course: what comes later ends what was, and does not make it wrong.
        *("ClinicIdentified", "DuplicateSuspected", "ClinicFoundOutOfScope", "ClinicClosed", "ClinicMergedInto"),
        *("SuccessorDeclared", "ClinicInvited", "InvitationDelivered", "InvitationReminded", "InvitationReturned"),
        *("InvitationLapsed", "InvitationAccepted", "InvitationDeclined", "ParticipationAgreementSigned"),
        *("EnrolmentRequested", "EnrolmentRefused", "ClinicEnrolled", "ParticipationLapsed", "ParticipationResumed"),
        *("ClinicWithdrew", "EnrolmentAppealed", "ClinicExpelled", "ClinicReadmitted"),
        # A new attestation, inspection or check stands beside the earlier one; time ends one that was right.
        *("GuidelineAttested", "AttestationVerified", "AttestationLapsed", "InspectionScheduled"),
        *("InspectionPerformed", "CorrectiveActionRequested", "CorrectiveActionAccepted", "VerificationExpired"),
        # Reports and what fills their empty fields; a consent that ends leaves what was recorded.
        *("TreatmentSubmitted", "TreatmentSupplemented", "FollowUpRecorded", "FollowUpMissed", "ConsentWithdrawn"),
        *("AdverseEventReported", "AdverseEventNoticeDelivered", "AdverseEventClosed", "AdverseEventReopened"),
        *("QueryRaised", "QueryAnswered", "QueryClosed", "SignalDetected", "SignalReviewed", "SafetyNoticePublished"),
        # What was missed stays missed, also when it is met late or a standing goes on.
        *("ObligationOpened", "ObligationFulfilled", "ObligationMissed", "ObligationExtended", "SocietyDutyMissed"),
        *("StandingAssessed", "DeterminationConfirmed"),
        # Steps of a process, none of which undoes an earlier one; a finding was right until it was lifted.
        *("ListingProposed", "ListingApproved", "ListingPreviewed", "ListingPreviewDelivered", "ListingPublished"),
        *("ListingDisputed", "ConcernRaised", "EvidenceAdded", "CaseDismissed", "PanelConvened", "VoteCast"),
        *("PanelInterestDeclared", "NoticeServed", "NoticeDelivered", "ClinicReplied", "ReplyPeriodLapsed"),
        *("FindingDecided", "FindingDelivered", "FindingPublished", "InterimPublished", "FindingLifted"),
        *("AppealLodged", "StayGranted", "StayEnded"),
    }
)
"""Event types after which everything that was recorded before stands as it was."""
