"""What the society owes for an adverse event: to assess a serious one (AS-30), from its receipt."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from domain.adverse_event import AdverseEvent
from domain.adverse_event_content import is_serious
from domain.aggregate import RegistryEvent
from domain.clinic_state import event_id
from domain.codes import SOCIETY_ROLES
from domain.dates import day, due_day, last_day, local_day
from domain.obligation_terms import ObligationEnding, ObligationTerms
from domain.owed import Owed
from domain.policy import Policy


def assessment_owed(events: Iterable[RegistryEvent], policy: Policy, time_zone: str) -> Owed | None:
    """Return AS-30 of an adverse event and what became of it; None while nothing serious was received."""
    owed: Owed | None = None
    for event in events:
        by = event_id(event.originator_id, event.originator_version)
        on = day(local_day(event.timestamp, time_zone))
        match event:
            case AdverseEvent.AdverseEventReported() | AdverseEvent.AdverseEventSupplemented() if owed is None:
                if is_serious(event.content):
                    owed = _opened(event, policy, time_zone, by)
            case AdverseEvent.AdverseEventAssessed() if owed is not None and not owed.settled_by:
                owed = dataclasses.replace(owed, fulfilled_on=on, fulfilled_by=by)
            case AdverseEvent.AdverseEventNullified() if owed is not None and not owed.settled_by:
                owed = dataclasses.replace(owed, ending=ObligationEnding.nullified, ended_by=by)
            case _:
                pass
    return owed


def _received_on(event: RegistryEvent, recorded_on: date) -> date:
    """Return the day on which the society had the report; an officer may enter on paper what came earlier."""
    received = event.content.received if isinstance(event, AdverseEvent.AdverseEventReported) else None
    if received is None or event.context.actor_role not in SOCIETY_ROLES:
        return recorded_on
    return min(last_day(received), recorded_on)


def _opened(event: RegistryEvent, policy: Policy, time_zone: str, by: str) -> Owed:
    received_on = _received_on(event, local_day(event.timestamp, time_zone))
    version = policy.version_on(received_on)
    about: UUID = event.originator_id
    terms = ObligationTerms(
        rule_id="AS-30",
        policy_version=version.number,
        about=about,
        clock_start=day(received_on),
        due_on=day(due_day(received_on, version.rule("AS-30").limit)),
        time_zone=time_zone,
        opened_by=by,
    )
    return Owed(terms=terms, clinic_id=event.context.clinic_id, changed_by=by)
