"""The public sentence states facts with their dates and where they come from; it never judges.

"Invited 3 March 2026, two reminders, no reply by 1 June 2026": silence is never called unsafe.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from domain.dates import PartialDate, first_day, last_day
from domain.public_category import AttestationState, AttestationSummary, PublicCategory


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicFacts:
    """What happened between the society and a clinic, as far as its public sentence tells it."""

    invited_on: PartialDate | None = None
    """Date of the last invitation."""
    delivered_on: PartialDate | None = None
    """Date on which its delivery was proved."""
    delivery_proof: str | None = None
    """Kind of that proof, a code."""
    reminders: int = 0
    """Reminders sent since that invitation."""
    accepted_on: PartialDate | None = None
    """Date of accepting it, unless it was declined afterwards."""
    replied_on: PartialDate | None = None
    """Date of declining it, or up to which no reply had come."""
    decline_reason: str | None = None
    """Reason given for declining, a code."""
    enrolled_on: PartialDate | None = None
    """Date of the enrolment."""
    registries: int = 0
    """Number of registries joined."""
    left_on: PartialDate | None = None
    """Date of withdrawing, or on which the participation was recorded as lapsed."""
    guidelines: int = 0
    """Number of guidelines that apply."""
    attested_on: PartialDate | None = None
    """Date of the last attestation."""
    lapsed_on: PartialDate | None = None
    """Date on which an attestation's lapse was recorded."""


def plain_date(value: PartialDate) -> str:
    """Return a date as it is read aloud: `3 March 2026`, `March 2026`, `2026`, `March 2026 to May 2026`."""
    start, slash, end = value.partition("/")
    return f"{_plain(start)} to {_plain(end)}" if slash else _plain(start)


def _plain(text: str) -> str:
    moment = first_day(PartialDate(text))
    if len(text) == len("YYYY"):
        return str(moment.year)
    month = f"{_MONTHS[moment.month - 1]} {moment.year}"
    return month if len(text) == len("YYYY-MM") else f"{moment.day} {month}"


_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


def public_sentence(category: PublicCategory, facts: PublicFacts, attestation: AttestationSummary) -> str:
    """Return the neutral sentence for a clinic in this category."""
    match category:
        case PublicCategory.invited_no_reply:
            return f"{_invitation(facts)}, no reply by {_on(facts.replied_on)}"
        case PublicCategory.invited_declined:
            return f"{_invitation(facts)}, declined {_on(facts.replied_on)}{_given_reason(facts)}"
        case PublicCategory.does_not_participate:
            return _lapsed_participation(facts)
        case PublicCategory.withdrew:
            return f"{_beginning(facts)}, withdrew {_on(facts.left_on)}"
        case _:
            return f"{_enrolment(facts)}, {_attestation(facts, attestation)}"


def public_source(category: PublicCategory, facts: PublicFacts) -> str:
    """Return where the sentence's facts come from."""
    match category:
        case PublicCategory.invited_no_reply:
            proof = f"delivery proved {_on(facts.delivered_on)}" if facts.delivered_on else "delivery on record"
            kind = f" ({_words(facts.delivery_proof)})" if facts.delivered_on and facts.delivery_proof else ""
            return f"The society's record of its invitation, {proof}{kind}"
        case PublicCategory.invited_declined:
            return "The clinic's reply to the society's invitation"
        case PublicCategory.does_not_participate:
            return "The society's record of what the clinic submitted"
        case PublicCategory.withdrew:
            return "The clinic's own statement"
        case PublicCategory.enrolled_attestation_lapsed:
            return "The society's record of the clinic's attestations"
        case _:
            return "The society's register of enrolments and the clinic's own attestations"


def _invitation(facts: PublicFacts) -> str:
    if facts.invited_on is None:
        return "Declined without an invitation on record"
    reminders = f", {_count(facts.reminders)} reminder{'' if facts.reminders == 1 else 's'}" if facts.reminders else ""
    return f"Invited {_on(facts.invited_on)}{reminders}"


def _given_reason(facts: PublicFacts) -> str:
    known = facts.decline_reason not in (None, "other", "unrecognised")
    return f", reason given: {_words(facts.decline_reason)}" if known else ""


def _beginning(facts: PublicFacts) -> str:
    if facts.enrolled_on is not None:
        return _enrolment(facts)
    if facts.accepted_on is not None:
        return f"Accepted the invitation {_on(facts.accepted_on)}"
    return "Applied for enrolment"


def _enrolment(facts: PublicFacts) -> str:
    registries = f" in {_count(facts.registries)} registries" if facts.registries > 1 else ""
    return f"Enrolled {_on(facts.enrolled_on)}{registries}"


def _lapsed_participation(facts: PublicFacts) -> str:
    if facts.enrolled_on is not None:
        return f"{_enrolment(facts)}, neither data nor a nil declaration for two quarters by {_on(facts.left_on)}"
    return f"Accepted the invitation {_on(facts.accepted_on)}, no request for enrolment by {_on(facts.left_on)}"


def _before_enrolment(facts: PublicFacts) -> bool:
    lapsed_on, enrolled_on = facts.lapsed_on, facts.enrolled_on
    return lapsed_on is not None and enrolled_on is not None and last_day(lapsed_on) < first_day(enrolled_on)


def _attestation(facts: PublicFacts, attestation: AttestationSummary) -> str:
    which = "the guideline that applies" if facts.guidelines == 1 else f"all {facts.guidelines} guidelines that apply"
    match attestation.state:
        case AttestationState.valid:
            assert attestation.valid_until is not None
            return f"attested to {which} {_on(facts.attested_on)}, valid until {_exact(attestation.valid_until)}"
        case AttestationState.lapsed if _before_enrolment(facts):
            return f"attestation of an earlier membership lapsed {_on(facts.lapsed_on)} and not renewed"
        case AttestationState.lapsed:
            return f"attestation lapsed {_on(facts.lapsed_on)}"
        case _:
            return _still_missing(facts.guidelines, len(attestation.missing))


def _still_missing(guidelines: int, missing: int) -> str:
    if missing == guidelines:
        return "not yet attested to the guidelines that apply"
    return f"not yet attested to {missing} of the {guidelines} guidelines that apply"


def _on(value: PartialDate | None) -> str:
    return "a date not recorded" if value is None else plain_date(value)


def _exact(value: date) -> str:
    return plain_date(PartialDate(value.isoformat()))


def _words(code: str | Enum | None) -> str:
    return str(code).replace("_", " ")


def _count(number: int) -> str:
    few = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return few[number] if number < len(few) else str(number)
