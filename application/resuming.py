"""Data of any kind, a follow-up or a late result too, show that a clinic that had stopped takes part again."""

from __future__ import annotations

from application.command import Desk
from domain.clinic import Clinic
from domain.clinic_state import event_id
from domain.participation import ParticipationState
from domain.treatment import Treatment


def resumed(desk: Desk, clinic: Clinic, first_data: str) -> Clinic | None:
    """Return the clinic where its participation resumes with the event `first_data`, None where it never lapsed.

    Raises the refusals of `Clinic.data_received`.
    """
    # Asked before the act is made: nearly every clinic that sends data takes part.
    if clinic.participation is not ParticipationState.not_participating:
        return None
    clinic.data_received(desk.act(Clinic.ParticipationResumed, clinic.id), first_data)
    return clinic


def taking_part_again(desk: Desk, treatment: Treatment) -> Clinic | None:
    """Return the clinic where its participation resumes with the treatment's newest event, which it has to follow.

    What a clinic owes after its agreement ended is taken all the same; then nothing resumes.
    """
    clinic = desk.load(Clinic, treatment.clinic_id) if treatment.clinic_id else None
    if clinic is None or clinic.agreement is None or not clinic.once_enrolled:
        return None
    return resumed(desk, clinic, event_id(treatment.id, treatment.version))
