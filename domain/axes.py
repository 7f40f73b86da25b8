"""Where a clinic stands on each axis, by which rule, on what evidence, and what would change it.

Each axis is told apart from the others; one about which nobody has determined anything says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from domain.aggregate import RegistryEvent
from domain.clinic import Clinic
from domain.clinic_state import event_id
from domain.compliance import DataFigures
from domain.dates import first_day, quarter_end
from domain.listing_category import ListingCategory
from domain.listing_state import ListingState
from domain.participation import MOVES, ParticipationState, state_after
from domain.safety_case_state import CaseState
from domain.standing import Standing

UNDETERMINED = "no determination yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis of a clinic's status."""

    axis: str
    """participation, standing, safety, listing, verification or data."""
    about: str = ""
    """Guideline id, for the verification; id of the entry, for the listing."""
    value: str
    """Where the clinic stands."""
    rules: tuple[str, ...] = ()
    """Ids of the rules that it follows from."""
    evidence: tuple[str, ...] = ()
    """Ids of the events that it rests on."""
    would_change: str = ""
    """What would change it."""


def participation_axis(clinic: Clinic, history: Sequence[RegistryEvent]) -> Axis:
    """Return the participation, with the event that led to it and those that lead on from it."""
    last = _led_there(history)
    rule: str = getattr(last, "rule", "")
    onward = sorted(name for name, move in MOVES.items() if clinic.participation in move.sources)
    return Axis(
        axis="participation",
        value=clinic.participation.value,
        rules=(rule,) if rule else (),
        evidence=(event_id(last.originator_id, last.originator_version), *getattr(last, "evidence_ids", ())),
        would_change=f"One of these events: {', '.join(onward)}." if onward else "Nothing; its history ends here.",
    )


def verification_axes(clinic: Clinic, day: date) -> tuple[Axis, ...]:
    """Return how far each guideline that the clinic ever attested is verified on a day."""
    found = ((guideline_id, clinic.verified(guideline_id, day)) for guideline_id in sorted(clinic.attestations))
    return tuple(
        Axis(
            axis="verification",
            about=str(guideline_id),
            value=verified.level.value,
            rules=("AT-365",),
            evidence=verified.evidence,
            would_change=verified.restored_by,
        )
        for guideline_id, verified in found
    )


class Unmet(NamedTuple):
    """A duty that was missed, or whose due day is over, and that nobody has met since."""

    rule: str
    evidence: tuple[str, ...]


def data_axis(figures: DataFigures, unmet: Sequence[Unmet] | None) -> Axis:
    """Return the three figures of the data, with the rules and events of duties unmet; None: the clock did not say."""
    shares = {
        "follow-up completeness": figures.completeness_percent,
        "reporting timeliness": figures.timeliness_percent,
        "submitted of declared treatments": figures.submitted_percent,
    }
    number = len(unmet or ())
    changing = f"Fulfilling the {number} duties that are overdue; what was missed stays counted." if unmet else ""
    return Axis(
        axis="data",
        value=", ".join(f"{name} {'–' if share is None else f'{share:g} %'}" for name, share in shares.items()),
        rules=tuple(sorted({each.rule for each in unmet or ()})),
        evidence=tuple(dict.fromkeys(event for each in unmet or () for event in each.evidence)),
        would_change=changing if unmet is not None else "The clock ticks: it has not decided yet what is overdue.",
    )


def standing_axis(clinic: Clinic, assessed: Standing.StandingAssessed | None = None) -> Axis:
    """Return the standing as it was assessed last in this membership; not rated outside of one."""
    if clinic.participation not in {ParticipationState.enrolled, ParticipationState.not_participating}:
        return Axis(axis="standing", value="not_rated", would_change="The clinic is enrolled.")
    began = first_day(clinic.enrolled_on) if clinic.enrolled_on else date.min
    if assessed is None or quarter_end(assessed.quarter) < began:
        return Axis(axis="standing", value=UNDETERMINED, would_change="The clock assesses the first full quarter.")
    return Axis(
        axis="standing",
        value=assessed.step.value,
        rules=assessed.rule_ids,
        evidence=(event_id(assessed.originator_id, assessed.originator_version), *assessed.evidence_ids),
        would_change=assessed.restored_by,
    )


def safety_axis(value: str, evidence: Sequence[str]) -> Axis:
    """Return the gravest of the clinic's safety cases, with the events that made its cases stand as they do."""
    rules, changing = _SAFETY.get(value, ((), ""))
    return Axis(axis="safety", value=value, rules=rules, evidence=tuple(evidence), would_change=changing)


def listing_axis(category: ListingCategory, state: ListingState, about: str, evidence: Sequence[str]) -> Axis:
    """Return where one public entry stands: which category it gives, how near it is to the public, what ends it."""
    public = state in {ListingState.published, ListingState.disputed}
    rules = [rule for rule, applies in (
        ("LI-30", category.waits_for_preview and not public),
        ("DI-14", state is ListingState.disputed),
        ("RV-365", category.reviewed and public),
        ("IT-30", category is ListingCategory.interim),
    ) if applies]  # fmt: skip
    ending = "The end of its condition withdraws it."
    return Axis(
        axis="listing",
        about=about,
        value=f"{state.value}: {category.label}",
        rules=tuple(rules),
        evidence=tuple(evidence),
        would_change=f"{_onward(category, state)} {ending}".lstrip(),
    )


def _onward(category: ListingCategory, state: ListingState) -> str:
    match state:
        case ListingState.disputed:
            return "The answer to the dispute upholds, corrects or withdraws it."
        case ListingState.published:
            return ""
        case _ if category.waits_for_preview:
            return "Two approvals, proved delivery of its preview and the end of LI-30 make it public."
        case _ if category.previewed:
            return "Being sent to the clinic makes it public."
        case _:
            return "Its publication, which waits for nobody."


_SAFETY: Mapping[str, tuple[tuple[str, ...], str]] = MappingProxyType(
    {
        CaseState.under_review: (("CA-180",), "The panel's case is dismissed, or the clinic is served a notice."),
        CaseState.notice_served: (("RE-30",), "The clinic replies, or the time for it lapses."),
        CaseState.deciding: (
            ("CA-180", "AP-30", "LI-30"),
            "The panel decides, or the finding is published or appealed.",
        ),
        CaseState.finding_published: ((), "The finding is lifted, overturned, or stayed on appeal."),
        CaseState.interim: (("IT-30",), "Its last day passes; until then it may be ended or renewed."),
        CaseState.stayed_on_appeal: ((), "The appeal is decided, or the stay is ended."),
        CaseState.lifted: ((), "A case is reopened, or a new one raised."),
    }
)
"""Rules behind each place on the safety axis, and what would change it."""


def _led_there(history: Sequence[RegistryEvent]) -> RegistryEvent:
    """Return the last event of the participation table, or that changed the state otherwise."""
    state, last = ParticipationState.prospect, history[0]
    for event in history:
        name = type(event).__name__
        after = state_after(name, state)
        if name in MOVES or after is not state:
            last = event
        state = after
    return last
