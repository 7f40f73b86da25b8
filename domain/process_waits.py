"""What runs in a safety case, in a public entry and in a determination in question, and what meets it.

CA-180, RE-30, AP-30, LI-30, IT-30, DI-14, RV-365 and DQ-7. One table says which event begins and which ends what.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from domain.aggregate import RegistryEvent
from domain.appeal import AppealOutcome
from domain.clinic_state import event_id
from domain.dates import PartialDate, day, due_day, last_day
from domain.listing import Listing
from domain.obligation_terms import ObligationEnding, ObligationTerms, named_clinic
from domain.owed import Owed
from domain.policy import Policy
from domain.safety_case import SafetyCase
from domain.safety_case_codes import CaseOutcome


@dataclass(frozen=True, slots=True)
class Turn:
    """What one kind of event does to what runs."""

    begins: tuple[tuple[str, str], ...] = ()
    """Rules whose clock it starts, each with the field that holds the last day; empty where the policy's limit does."""
    meets: tuple[str, ...] = ()
    """Rules that it meets."""
    ends: tuple[str, ...] = ()
    """Rules whose ground it takes away."""
    once: bool = False
    """Whether a clock that runs already goes on instead of beginning anew."""


TURNS: Mapping[str, Turn] = MappingProxyType(
    {
        "PanelConvened": Turn(begins=(("CA-180", "decide_by"),), once=True),
        "NoticeDelivered": Turn(begins=(("RE-30", "reply_until"),)),
        "ClinicReplied": Turn(meets=("RE-30",)),
        "ReplyPeriodLapsed": Turn(meets=("RE-30",)),
        "CaseDismissed": Turn(meets=("CA-180",), ends=("RE-30", "IT-30")),
        "FindingDecided": Turn(meets=("CA-180",), ends=("IT-30",)),
        "FindingDelivered": Turn(begins=(("AP-30", "appeal_until"), ("LI-30", "preview_until"))),
        "AppealLodged": Turn(meets=("AP-30",)),
        "AppealDecided": Turn(ends=("LI-30", "IT-30")),
        "FindingPublished": Turn(meets=("LI-30",), ends=("AP-30", "IT-30")),
        "InterimPublished": Turn(begins=(("IT-30", "ends_on"),)),
        "FindingLifted": Turn(ends=("AP-30", "LI-30", "IT-30")),
        "ListingPreviewDelivered": Turn(begins=(("LI-30", "until"),)),
        "ListingProposed": Turn(ends=("LI-30",)),
        "ListingPublished": Turn(begins=(("RV-365", "review_on"),), meets=("LI-30",)),
        "ListingDisputed": Turn(begins=(("DI-14", ""),)),
        "ListingCorrected": Turn(meets=("DI-14",)),
        "ListingWithdrawn": Turn(meets=("DI-14", "RV-365"), ends=("LI-30",)),
        "DeterminationQuestioned": Turn(begins=(("DQ-7", ""),), once=True),
        "DeterminationConfirmed": Turn(meets=("DQ-7",)),
    }
)
"""Every event that begins, meets or ends something; the others change nothing here."""


def process_owed(
    events: Iterable[RegistryEvent], policy: Policy, time_zone: str, clinic_id: UUID | None
) -> tuple[Owed, ...]:
    """Return everything that ran in one aggregate, with what became of it."""
    running: dict[str, Owed] = {}
    done: list[Owed] = []
    for event in events:
        turn = TURNS.get(type(event).__name__)
        if turn is None:
            continue
        by, on = event_id(event.originator_id, event.originator_version), event.context.occurred_on
        for rule_id in _met_by(turn, event):
            if (owed := running.pop(rule_id, None)) is not None:
                met_on = day(max(last_day(on), last_day(owed.terms.clock_start)))
                done.append(dataclasses.replace(owed, fulfilled_on=met_on, fulfilled_by=by))
        # A panel that grows judges by the day that was set when it was convened.
        begins = [(rule_id, field) for rule_id, field in turn.begins if not (turn.once and rule_id in running)]
        begun = tuple(rule_id for rule_id, _ in begins)
        over = [
            owed for rule_id in (*_ended_by(turn, event), *begun) if (owed := running.pop(rule_id, None)) is not None
        ]
        done.extend(dataclasses.replace(owed, ending=ObligationEnding.replaced, ended_by=by) for owed in over)
        for rule_id, field in begins:
            terms = _terms(event, rule_id, field, policy, time_zone)
            if terms is not None:
                running[rule_id] = Owed(terms=terms, clinic_id=named_clinic(rule_id, clinic_id), changed_by=by)
    return (*done, *running.values())


def _met_by(turn: Turn, event: RegistryEvent) -> tuple[str, ...]:
    """Return what an event meets; only the answer to a dispute answers it, not what is corrected for another cause."""
    unanswered = isinstance(event, Listing.ListingCorrected) and event.dispute is None
    return () if unanswered else turn.meets


def _ended_by(turn: Turn, event: RegistryEvent) -> tuple[str, ...]:
    """Return whose ground an event takes away; what stands by it takes no ground away."""
    match event:
        case SafetyCase.FindingDecided(outcome=CaseOutcome.substantiated):
            return ()
        case SafetyCase.AppealDecided(outcome=AppealOutcome.upheld):
            return ()
        case _:
            return turn.ends


def _terms(event: RegistryEvent, rule_id: str, field: str, policy: Policy, time_zone: str) -> ObligationTerms | None:
    start = last_day(event.context.occurred_on)
    version = policy.version_on(start)
    given: PartialDate | None = getattr(event, field) if field else None
    if field and given is None:
        return None
    due = last_day(given) if given else due_day(start, version.rule(rule_id).limit)
    return ObligationTerms(
        rule_id=rule_id,
        policy_version=version.number,
        about=event.originator_id,
        clock_start=day(min(start, due)),
        due_on=day(due),
        time_zone=time_zone,
        opened_by=event_id(event.originator_id, event.originator_version),
    )
