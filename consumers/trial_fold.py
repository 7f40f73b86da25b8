"""One clinic folded under one policy: the duties that it missed, its steps, and its public category."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from domain.aggregate import RegistryEvent
from domain.clinic_course import DATA, ClinicCourse, clinic_course
from domain.clinic_state import ClinicEvent
from domain.compliance import judge
from domain.dates import day, first_day, last_day, local_day, quarter_end
from domain.duties import Duty, DutyStatus
from domain.listing_condition import Suspension, holds_on, participation_condition
from domain.obligation import Obligation
from domain.obligation_terms import ObligationTerms
from domain.policy import Policy
from domain.standing import StandingStep
from domain.standing_course import RATED, Miss, Quarter, standing_course
from projections.duty_fold import accounts_of, fold
from projections.duty_rulebook import PolicyEntry, Rulebook, RulebookLine, limits_of
from projections.read_model import Recorded

_Key = tuple[str, UUID, str, str]


@dataclass(frozen=True, slots=True)
class Trial:
    """A policy, what registries and guidelines ask for, and the moment up to which it is tried."""

    policy: Policy
    rules: tuple[Recorded, ...]
    now: datetime

    def lines(self) -> Iterator[RulebookLine]:
        """Yield the rulebook with the policies of the trial in the place of those that were adopted."""
        rulebook, told = Rulebook(), False
        for recorded in self.rules:
            line = rulebook.line_of(recorded)
            if line is None:
                continue
            rulebook.learn(line.entry)
            if not isinstance(line.entry, PolicyEntry):
                yield line
            elif not told:
                told = True
                yield from self._policies(line)

    def _policies(self, first: RulebookLine) -> Iterator[RulebookLine]:
        """Yield every version at once, where the first was adopted: a duty looks for the one of its day."""
        for version in self.policy.versions:
            entry = PolicyEntry(
                effective_on=first_day(version.effective_on), limits=limits_of(version.number, version.terms)
            )
            yield RulebookLine(first.position, first.recorded_at, first.event_id, first.happened_by, entry)


class Outcome(NamedTuple):
    """How a clinic stands under a policy."""

    standing: str
    category: str
    quarters: tuple[Quarter, ...]
    misses: dict[_Key, Miss]
    course: ClinicCourse | None


def outcome_of(trial: Trial, clinic_id: UUID, events: Sequence[Recorded]) -> Outcome:
    """Return how a clinic stands at the trial's moment, from its events in the log's order."""
    course = clinic_course((each.event for each in events if _tells_participation(each)), trial.policy, trial.now)
    if course is None:
        return Outcome("not_rated", "not_listed", (), {}, None)
    today = local_day(trial.now, course.clinic.time_zone)
    misses = dict(_misses(trial, clinic_id, events, today, course.clinic.time_zone))
    ruled_from = first_day(trial.policy.versions[0].effective_on)
    quarters = standing_course(course.phases, tuple(misses.values()), ruled_from, today)
    standing = _present(course, quarters)
    condition = participation_condition(clinic_id, _in_time(trial, course), _suspension(standing, quarters))
    listed = condition is not None and holds_on(condition.entry, today)
    category = condition.entry.category.value if condition is not None and listed else "not_listed"
    return Outcome(standing, category, quarters, misses, course)


def differences(before: Outcome, after: Outcome, kinds: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Yield rule, sentence and event of every duty missed, and every lapse, that is otherwise in one than the other."""
    if "lapse" in kinds:
        yield from _lapses(before, after)
    if "duty" not in kinds:
        return
    for key in sorted({*before.misses, *after.misses}, key=lambda each: (each[0], str(each[1]), each[2], each[3])):
        was, would = before.misses.get(key), after.misses.get(key)
        if was is None or would is None or _quarter(was) != _quarter(would):
            rule_id, about, item, event = key
            of = f"{about} {item}".strip()
            yield rule_id, f"{of}: {_told(was)} as adopted, {_told(would)} under the draft", event


def _lapses(before: Outcome, after: Outcome) -> Iterator[tuple[str, str, str]]:
    was = {(each.rule_id, each.due_on, each.started_by) for each in (before.course.lapses if before.course else ())}
    would = {(each.rule_id, each.due_on, each.started_by) for each in (after.course.lapses if after.course else ())}
    for rule_id, due_on, event in sorted(was ^ would):
        under = "as adopted" if (rule_id, due_on, event) in was else "under the draft"
        yield rule_id, f"lapsed after {due_on} {under} only", event


def _told(miss: Miss | None) -> str:
    return f"missed on {miss.due_on}" if miss else "not missed"


def _quarter(miss: Miss) -> tuple[int, int]:
    return miss.counts_on.year, (miss.counts_on.month - 1) // 3


def _tells_participation(recorded: Recorded) -> bool:
    return issubclass(recorded.kind, (ClinicEvent, *DATA))


def _misses(
    trial: Trial, clinic_id: UUID, events: Sequence[Recorded], today: date, time_zone: str
) -> Iterator[tuple[_Key, Miss]]:
    ledger, rulebook = fold(iter(events), trial.lines())
    accounts = accounts_of(each for each in ledger.accounts() if each.clinic_id == clinic_id)
    if accounts is None:
        return
    known = {f"{each.aggregate_id}/{each.version}": local_day(each.recorded_at, time_zone) for each in events}
    persons = _by_persons(events)
    for judged in judge(accounts, rulebook.limits_on, today).duties:
        key, until = _key(judged.duty), persons.get(_key(judged.duty))
        if judged.status is DutyStatus.ended:
            continue
        due_on = max(judged.duty.due, until) if until else judged.duty.due
        if judged.duty.fulfilled_on is None and judged.duty.ended_on is not None and judged.duty.ended_on <= due_on:
            continue
        met_on = judged.duty.fulfilled_on
        if due_on < today and (met_on is None or met_on > due_on):
            yield key, Miss(judged.duty, due_on, known.get(judged.duty.opened_by, judged.duty.start))


def _by_persons(events: Iterable[Recorded]) -> dict[_Key, date]:
    """Return until when a person extended each duty; date.max where one let the clinic off."""
    terms: dict[UUID, ObligationTerms] = {}
    found: dict[_Key, date] = {}
    for recorded in events:
        if not issubclass(recorded.kind, Obligation.Event):
            continue
        event: RegistryEvent = recorded.event
        if isinstance(event, Obligation.ObligationOpened):
            terms[recorded.aggregate_id] = event.terms
        elif isinstance(event, Obligation.ObligationExtended):
            found[_key_of(terms[recorded.aggregate_id])] = last_day(event.due_on)
        elif isinstance(event, Obligation.ObligationWaived) and not event.ended_by:
            found[_key_of(terms[recorded.aggregate_id])] = date.max
    return found


def _key(duty: Duty) -> _Key:
    return duty.rule.value, duty.about, duty.item.partition(" of ")[0], duty.opened_by


def _key_of(terms: ObligationTerms) -> _Key:
    return terms.rule_id, terms.about, terms.item, terms.opened_by


def _present(course: ClinicCourse, quarters: Sequence[Quarter]) -> str:
    phase = course.phases[-1]
    if phase.participation not in RATED or not quarters:
        return "not_rated"
    return quarters[-1].step.value


def _suspension(standing: str, quarters: Sequence[Quarter]) -> Suspension | None:
    if standing != StandingStep.suspended.value:
        return None
    last = quarters[-1]
    misses = (*last.missed, *last.overdue) or quarters[0].missed
    # No event assessed it, so the entry rests on the first that opened a duty missed.
    rests_on = misses[0].duty.opened_by if misses else last.name
    return Suspension(event=rests_on, on=day(quarter_end(last.name)))


def _in_time(trial: Trial, course: ClinicCourse) -> list[RegistryEvent]:
    """Return the events of the clinic and of what registries and guidelines ask for, in the order of recording."""
    rules = [each.event for each in trial.rules]
    return sorted([*rules, *course.events], key=lambda event: event.timestamp)
