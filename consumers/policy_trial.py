"""A draft of the policy tried on the whole history: how would clinics stand had it been in force? Nothing is recorded.

Each clinic is folded twice by the same functions, under the policies that were adopted and under the draft. What
persons recorded, extensions and waivers included, stays as it is; limits, lapses and steps follow from the policy.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from consumers.store_rows import recorded_of
from consumers.trial_fold import Outcome, Trial, differences, outcome_of
from domain.dates import day, first_day
from domain.guideline import Guideline
from domain.policy import Policy, PolicyTerms, PolicyVersion, require_whole
from domain.registry import Registry
from infra.avro_codec import Codec
from infra.event_log import EventLog, Selection
from projections.read_model import Recorded, kind_of

_NEXT_CLINIC: LiteralString = """
    SELECT clinic_id
      FROM registry.events
     WHERE clinic_id IS NOT NULL
       AND (%(after)s::uuid IS NULL OR clinic_id > %(after)s)
     ORDER BY clinic_id
     LIMIT 1
"""

_CLINICS: LiteralString = """
    SELECT count(*) FROM registry.events WHERE topic LIKE 'ClinicIdentified.%%' AND position <= %(upto)s
"""


@dataclass(frozen=True, slots=True)
class Because:
    """One duty or lapse that is otherwise under the draft."""

    rule_id: str
    what: str
    """What differs, in a sentence."""
    event: str
    """Event from which its time runs: `<aggregate id>/<version>`."""
    position: int | None
    """Where that event is in the log."""


@dataclass(frozen=True, slots=True)
class TrialChange:
    """A clinic that would stand otherwise on one axis."""

    clinic_id: UUID
    axis: str
    """`standing` or `category`."""
    before: str
    """Under the policies that were adopted."""
    after: str
    """Under the draft."""
    quarters: tuple[str, ...]
    """Quarters after which its step would have been another, with both steps; empty for a category."""
    because: tuple[Because, ...]


def draft_policy(adopted: Policy, terms: PolicyTerms, since: date | None) -> Policy:
    """Return the adopted policies with a draft in the place of those in force from a day on; all of them by default.

    Raises: PolicyIncomplete
    """
    require_whole(terms)
    kept = tuple(each for each in adopted.versions if since is not None and first_day(each.effective_on) < since)
    begins = day(since) if since is not None and kept else adopted.versions[0].effective_on
    draft = copy.copy(adopted)
    draft.versions = (*kept, PolicyVersion(adopted.versions[-1].number + 1, begins, terms))
    return draft


def adopted_policy(connection: psycopg.Connection[Any], codec: Codec, upto: int) -> Policy:
    """Return the policy as adopted up to a position."""
    policy: Policy | None = None
    for event in _rules(EventLog(connection), codec, upto):
        if isinstance(event.event, Policy.PolicyAdopted):
            policy = event.event.mutate(policy)
    assert policy is not None, "an opened store has a policy"
    return policy


def try_policy(
    connection: psycopg.Connection[Any],
    codec: Codec,
    terms: PolicyTerms,
    *,
    now: datetime,
    since: date | None = None,
    progress: Callable[[int, int], object] = lambda _done, _total: None,
) -> Iterator[TrialChange]:
    """Yield, clinic by clinic, what would be otherwise at a moment had a draft been in force from a day on.

    The connection reads and nothing else; one clinic's events are in memory at a time.

    Raises: PolicyIncomplete
    """
    log = EventLog(connection)
    upto = log.head()
    adopted = adopted_policy(connection, codec, upto)
    rules = tuple(_rules(log, codec, upto))
    trials = Trial(adopted, rules, now), Trial(draft_policy(adopted, terms, since), rules, now)
    total, after = _number(connection, upto), None
    done = 0
    while (clinic_id := _next(connection, after)) is not None:
        events = [recorded_of(row, codec.decode) for row in log.read_clinic(clinic_id, upto=upto)]
        before, tried = (outcome_of(trial, clinic_id, events) for trial in trials)
        yield from _changes(clinic_id, before, tried, [*rules, *events])
        after, done = clinic_id, done + 1
        progress(min(done, total), total)


def adopted_outcomes(
    connection: psycopg.Connection[Any], codec: Codec, now: datetime
) -> Iterator[tuple[UUID, Outcome]]:
    """Yield how each clinic stands at a moment under the policies that were adopted, by the folds of a trial."""
    log = EventLog(connection)
    upto, after = log.head(), None
    trial = Trial(adopted_policy(connection, codec, upto), tuple(_rules(log, codec, upto)), now)
    while (clinic_id := _next(connection, after)) is not None:
        yield (
            clinic_id,
            outcome_of(trial, clinic_id, [recorded_of(row, codec.decode) for row in log.read_clinic(clinic_id)]),
        )
        after = clinic_id


def _changes(clinic_id: UUID, before: Outcome, tried: Outcome, events: Sequence[Recorded]) -> Iterator[TrialChange]:
    positions = {f"{each.aggregate_id}/{each.version}": each.position for each in events}

    def because(kinds: tuple[str, ...]) -> tuple[Because, ...]:
        found = differences(before, tried, kinds)
        return tuple(Because(rule, what, event, positions.get(event)) for rule, what, event in found)

    steps = {quarter.name: quarter.step for quarter in before.quarters}
    later = {quarter.name: quarter.step for quarter in tried.quarters}
    quarters = tuple(
        f"{name}: {_step(steps, name)} → {_step(later, name)}"
        for name in sorted({*steps, *later})
        if steps.get(name) is not later.get(name)
    )
    if before.standing != tried.standing or quarters:
        yield TrialChange(clinic_id, "standing", before.standing, tried.standing, quarters, because(("duty", "lapse")))
    if before.category != tried.category:
        suspended = "suspended" in (before.category, tried.category)
        kinds = ("duty", "lapse") if suspended else ("lapse",)
        yield TrialChange(clinic_id, "category", before.category, tried.category, (), because(kinds))


def _step(steps: dict[str, Any], name: str) -> str:
    return str(steps[name].value) if name in steps else "not_rated"


def _rules(log: EventLog, codec: Codec, upto: int) -> Iterator[Recorded]:
    """Yield the events of policies, registries and guidelines: there are few."""
    topics = [topic for topic in log.counts(upto) if _is_rule(topic)]
    after = 0
    while rows := log.following(Selection(topics=topics), after, 500):
        yield from (recorded_of(row, codec.decode) for row in rows if row.position <= upto)
        after = rows[-1].position


def _is_rule(topic: str) -> bool:
    return issubclass(kind_of(topic), (Policy.Event, Registry.Event, Guideline.Event))


def _next(connection: psycopg.Connection[Any], after: UUID | None) -> UUID | None:
    row = connection.execute(_NEXT_CLINIC, {"after": after}).fetchone()
    return row[0] if row else None


def _number(connection: psycopg.Connection[Any], upto: int) -> int:
    row = connection.execute(_CLINICS, {"upto": upto}).fetchone()
    return int(row[0]) if row else 0
