"""A clinic with its sites: one history, whose events and decisions live in rooms of one idea each.

An event belongs to the clinic by standing in this list; the rooms keep what is true of it.
"""

from __future__ import annotations

from domain import (
    appeal,
    attestation,
    enrolment,
    expulsion,
    identification,
    inspection,
    invitation,
    reporting,
    verification,
)
from domain.clinic_state import ClinicEvent, ClinicState


class Clinic(
    identification.Identification,
    invitation.Invitation,
    enrolment.Enrolment,
    appeal.Appeal,
    expulsion.Expulsion,
    reporting.Reporting,
    attestation.Attestation,
    inspection.Inspection,
    verification.Verifying,
):
    """A clinic that the society knows of, from being identified to its end; its id is random."""

    TOPIC = "Clinic"

    def __init__(self) -> None:
        # Called by name: the library makes dataclasses of the rooms, and gave them an __init__ that does nothing.
        ClinicState.__init__(self)

    Event = ClinicEvent

    ClinicIdentified = identification.ClinicIdentified
    ClinicDetailsCorrected = identification.ClinicDetailsCorrected
    DuplicateSuspected = identification.DuplicateSuspected
    ClinicFoundOutOfScope = identification.ClinicFoundOutOfScope
    ClinicClosed = identification.ClinicClosed
    ClinicMergedInto = identification.ClinicMergedInto
    SuccessorDeclared = identification.SuccessorDeclared

    ClinicInvited = invitation.ClinicInvited
    InvitationDelivered = invitation.InvitationDelivered
    InvitationReminded = invitation.InvitationReminded
    InvitationReturned = invitation.InvitationReturned
    InvitationLapsed = invitation.InvitationLapsed
    InvitationAccepted = invitation.InvitationAccepted
    InvitationDeclined = invitation.InvitationDeclined

    ParticipationAgreementSigned = enrolment.ParticipationAgreementSigned
    EnrolmentRequested = enrolment.EnrolmentRequested
    EnrolmentRefused = enrolment.EnrolmentRefused
    ClinicEnrolled = enrolment.ClinicEnrolled
    ParticipationLapsed = enrolment.ParticipationLapsed
    ParticipationResumed = enrolment.ParticipationResumed
    ClinicWithdrew = enrolment.ClinicWithdrew

    EnrolmentAppealed = appeal.EnrolmentAppealed
    EnrolmentAppealDecided = appeal.EnrolmentAppealDecided

    ClinicExpelled = expulsion.ClinicExpelled
    ClinicReadmitted = expulsion.ClinicReadmitted

    TreatmentCountDeclared = reporting.TreatmentCountDeclared

    GuidelineAttested = attestation.GuidelineAttested
    AttestationVerified = attestation.AttestationVerified
    AttestationLapsed = attestation.AttestationLapsed

    InspectionScheduled = inspection.InspectionScheduled
    InspectionPerformed = inspection.InspectionPerformed
    CorrectiveActionRequested = inspection.CorrectiveActionRequested
    CorrectiveActionAccepted = inspection.CorrectiveActionAccepted
    VerificationExpired = verification.VerificationExpired
    VerificationWithdrawn = verification.VerificationWithdrawn
