"""The refusals of a treatment, each named after its situation; they carry ids and field names, never what is sealed."""

from __future__ import annotations

from domain.errors import Refused


class TreatmentAlreadySubmitted(Refused):
    """The treatment {treatment} with this reference of the clinic was submitted before."""

    remedy = "Supplement or correct it; nothing was recorded."


class TreatmentIsVoided(Refused):
    """The treatment {treatment} was voided; nothing more is recorded about it."""

    remedy = "Reports and changes of its adverse events are still taken; submit it anew under another reference."


class ClinicHasLeft(Refused):
    """The clinic {clinic} left before {performed_on}; only treatments up to then are taken."""

    remedy = "Follow-ups and adverse events of its earlier treatments are still taken; nothing was recorded."


class RegistryNotJoined(Refused):
    """The clinic {clinic} did not join the registry {registry}."""

    remedy = "Name a registry that the clinic joined when it enrolled; nothing was recorded."


class OutsideScope(Refused):
    """A treatment of {category} with {tissue} cells, {route}, does not belong in the registry {registry}."""

    remedy = "Name the registry whose scope fits; nothing was recorded."


class SiteUnknown(Refused):
    """The clinic {clinic} has no site {site}."""

    remedy = "Correct the clinic's details first, or leave the site empty; nothing was recorded."


class SupplementChangesValue(Refused):
    """The treatment {treatment} has a value in {fields} already; a supplement only fills what is empty."""

    remedy = "Correct it, with the reason; nothing was recorded."


class NothingNew(Refused):
    """The treatment {treatment} is recorded just so; there is nothing to record."""


class NoSuchRecord(Refused):
    """The event {version} of treatment {treatment} is not one that holds what is to be corrected."""

    remedy = "Name the event that holds the old value, or none for the latest; nothing was recorded."


class NoFollowUp(Refused):
    """The treatment {treatment} has no follow-up {follow_up}."""

    remedy = "Record it first; nothing was recorded."


class ReasonNeeded(Refused):
    """A correction or voiding says why; nothing was recorded."""

    remedy = "Give a reason of its list."


class ClockDateNeedsOfficer(Refused):
    """The date {field} started a clock; only a registrar of the society corrects it, and signs."""

    remedy = "Ask the society to correct it; nothing was recorded."


class SignatureNeeded(Refused):
    """A date that started a clock is corrected with a signature."""

    remedy = "Sign it: printed name and the SHA-256 of what you were shown; nothing was recorded."


class FollowUpAlreadyRecorded(Refused):
    """The follow-up {follow_up} of treatment {treatment} was recorded before."""

    remedy = "Correct it where it was wrong; nothing was recorded."


class TimePointUnknown(Refused):
    """The schedule of treatment {treatment} has no time point at {months} months; it has: {known}."""

    remedy = "Name one of them, or none; nothing was recorded."


class ContactOutsideWindow(Refused):
    """The contact lies outside {opens_on} to {closes_on}, the window at {months} months of treatment {treatment}."""

    remedy = "Correct the contact's date, or record it without a time point; nothing was recorded."


class DeathAlreadyRecorded(Refused):
    """A follow-up of treatment {treatment} recorded the patient's death before."""

    remedy = "Correct that follow-up where it was wrong; nothing was recorded."


class ScheduleEnded(Refused):
    """The schedule of treatment {treatment} ended with the patient's death; a later time point cannot be met."""

    remedy = "Record it without a time point, or with its contact before the death; nothing was recorded."


class ConsentIsWithdrawn(Refused):
    """The patient of treatment {treatment} withdrew consent; no later follow-up is recorded."""

    remedy = "Adverse events are still taken; nothing was recorded."


class ConsentAlreadyWithdrawn(Refused):
    """The withdrawal of consent to treatment {treatment} was recorded before."""


class ComplicationUnnamed(Refused):
    """A follow-up with a complication or a death names its adverse event or opens one."""

    remedy = "Give adverse_events, or the complication in words; nothing was recorded."


class AdverseEventElsewhere(Refused):
    """The adverse event {adverse_event} does not belong to treatment {treatment}, or was nullified."""

    remedy = "Supplement that adverse event with the treatment first, or name another; nothing was recorded."


class NotFirstOfCourse(Refused):
    """The treatment {treatment} is not the first of its course; only the first one's follow-up serves others."""

    remedy = "Record the follow-up on the course's first treatment; nothing was recorded."


class NotOfThisCourse(Refused):
    """The treatment {other} is not of the same clinic, patient and course as treatment {treatment}."""

    remedy = "Leave it out of the treatments served; nothing was recorded."
