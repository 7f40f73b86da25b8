"""The refusals of an adverse event, each named after its situation; none meets a report with the four elements."""

from __future__ import annotations

from domain.errors import Refused


class ElementsMissing(Refused):
    """A report needs four elements; not given: {elements}."""

    remedy = (
        "Say who or which lot was affected, who reports, which treatment it was (its id, or a description) "
        "and what happened; everything else may be missing or wrong. Nothing was recorded."
    )


class AdverseEventAlreadyReported(Refused):
    """The adverse event {adverse_event} was reported before."""

    remedy = "Supplement it with what is new; nothing was recorded."


class ReportTooLong(Refused):
    """The report has {characters} characters; up to {longest} can be taken at once."""

    remedy = "Send the document by its hash and report its essence, then supplement it; nothing was recorded."


class NothingSupplemented(Refused):
    """The supplement says nothing that the adverse event {adverse_event} does not hold already."""


class AdverseEventIsNullified(Refused):
    """The adverse event {adverse_event} was nullified; nothing more is recorded about it."""

    remedy = "Report it anew if it did happen; nothing was recorded."


class AdverseEventIsClosed(Refused):
    """The adverse event {adverse_event} is closed."""

    remedy = "Reopen it first; supplements reopen it by themselves. Nothing was recorded."


class AdverseEventIsOpen(Refused):
    """The adverse event {adverse_event} is open."""


class AwarenessNeedsOfficer(Refused):
    """The first awareness of adverse event {adverse_event} started a clock; only an officer corrects it, signed."""

    remedy = "Send the supplement without it and ask the society to correct it; nothing was recorded."


class AwarenessNeedsSignature(Refused):
    """The date first_awareness of adverse event {adverse_event} is corrected with a reason and a signature."""

    remedy = "Give the reason, the printed name and the SHA-256 of what you were shown; nothing was recorded."


class AdjudicatorReported(Refused):
    """The person {person} told something about adverse event {adverse_event} or a duplicate and cannot judge it."""

    remedy = "Another safety officer assesses it; nothing was recorded."


class AssessmentEmpty(Refused):
    """An assessment judges at least one suspect factor, and each of them once."""

    remedy = "Give factor, causality and method for each; nothing was recorded."


class JudgementContradictory(Refused):
    """The judgement contradicts itself: {contradiction}."""

    remedy = "Grade 5, the criterion death and a fatal outcome go together; a criterion makes it serious."


class AssessmentNeeded(Refused):
    """The adverse event {adverse_event} is serious and was not assessed since it was last supplemented or reopened."""

    remedy = "Assess it first; nothing was recorded."


class LinkedToItself(Refused):
    """The adverse event {adverse_event} cannot be linked to itself."""


class AlreadyLinked(Refused):
    """The adverse event {adverse_event} is linked to {other} in this way already."""


class DuplicateInCircle(Refused):
    """The adverse event {other} is itself recorded as a duplicate, so {adverse_event} cannot be a duplicate of it."""

    remedy = "Name the first report of it; nothing was recorded."


class DuplicatesStand(Refused):
    """The adverse event {duplicate} is recorded as a duplicate of {adverse_event} and is counted by it."""

    remedy = "Nullify the duplicate first if it does not stand either; nothing was recorded."


class NullificationNeedsReason(Refused):
    """An adverse event is nullified with a reason only."""

    remedy = "Give a reason of its list; nothing was recorded."


class NotYourReport(Refused):
    """The adverse event {adverse_event} concerns another clinic, and somebody else reported it."""

    remedy = "Report what you know as a new report; the society links them. Nothing was recorded."


class NoClinicToTell(Refused):
    """The adverse event {adverse_event} names no clinic, so there is none to tell of it."""

    remedy = "Supplement it with the clinic first; nothing was recorded."


class ClinicKnowsAlready(Refused):
    """The clinic {clinic} knows of the adverse event {adverse_event} as grave as it is: it reported it, or was told."""

    remedy = "Its clock runs since then; nothing was recorded."
