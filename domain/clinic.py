"""A clinic with its sites: one history, whose events and decisions live in rooms of one idea each.

An event belongs to the clinic by standing in this list; the rooms keep what is true of it.
"""

from __future__ import annotations

from domain import attestation, enrolment, identification, invitation, reporting
from domain.clinic_state import ClinicEvent, ClinicState


class Clinic(
    identification.Identification,
    invitation.Invitation,
    enrolment.Enrolment,
    reporting.Reporting,
    attestation.Attestation,
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

    TreatmentCountDeclared = reporting.TreatmentCountDeclared

    GuidelineAttested = attestation.GuidelineAttested
    AttestationVerified = attestation.AttestationVerified
    AttestationLapsed = attestation.AttestationLapsed
