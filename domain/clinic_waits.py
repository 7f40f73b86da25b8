"""What is waited for from a clinic, or owed to it by the society, and when something lapses by itself.

IN-90, PL-90, PL-2Q and EN-60 follow from the clinic's own events; each is met by the event that ends the waiting.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from domain import enrolment, expulsion, identification, invitation
from domain.clinic import Clinic
from domain.clinic_state import ClinicEvent, Reminder
from domain.dates import PartialDate, day, due_day, last_day, quarter_end
from domain.obligation_terms import ObligationEnding, ObligationTerms
from domain.owed import Owed
from domain.participation import ParticipationState
from domain.policy import Policy
from domain.silence import reply_due, silent_quarters

_MEETS: Mapping[type[ClinicEvent], tuple[str, ...]] = MappingProxyType(
    {
        invitation.InvitationAccepted: ("IN-90", "PL-90"),
        invitation.InvitationDeclined: ("IN-90", "PL-90"),
        invitation.InvitationLapsed: ("IN-90",),
        enrolment.EnrolmentRequested: ("IN-90", "PL-90"),
        enrolment.ParticipationLapsed: ("PL-90",),
        enrolment.ClinicEnrolled: ("EN-60",),
        enrolment.EnrolmentRefused: ("EN-60",),
    }
)
_ENDS: Mapping[type[ClinicEvent], ObligationEnding] = MappingProxyType(
    {
        invitation.ClinicInvited: ObligationEnding.replaced,
        enrolment.ClinicWithdrew: ObligationEnding.left,
        expulsion.ClinicExpelled: ObligationEnding.left,
        identification.ClinicClosed: ObligationEnding.closed,
        identification.ClinicMergedInto: ObligationEnding.closed,
        identification.ClinicFoundOutOfScope: ObligationEnding.closed,
    }
)
_BEGINS: Mapping[type[ClinicEvent], str] = MappingProxyType(
    {
        invitation.InvitationDelivered: "IN-90",
        invitation.InvitationAccepted: "PL-90",
        enrolment.EnrolmentRequested: "EN-60",
    }
)
_ENDED_BY_LEAVING = ("IN-90", "PL-90", "EN-60")


class Lapse(StrEnum):
    """What lapses by itself when its time is over."""

    invitation = "invitation"
    participation = "participation"
    attestation = "attestation"
    verification = "verification"
    reply = "reply"


@dataclass(frozen=True, slots=True)
class Moment:
    """After which day something of a clinic lapses."""

    lapse: Lapse
    due_on: date
    item: str = ""
    """The guideline, or the event that scheduled the inspection."""


def clinic_owed(
    clinic: Clinic, events: Iterable[ClinicEvent], policy: Policy, last_data_on: date | None, last_data: str
) -> tuple[Owed, ...]:
    """Return every wait and society's duty that a clinic's events made, with what became of each."""
    waits = _Waits(clinic.id, clinic.time_zone, policy)
    for event in events:
        waits.take(event)
    return (*waits.found, *_silence(clinic, policy, last_data_on, last_data))


class _Waits:
    """The fold from a clinic's events to what is waited for; the running ones by rule."""

    def __init__(self, clinic_id: UUID, time_zone: str, policy: Policy) -> None:
        self._clinic_id, self._time_zone, self._policy = clinic_id, time_zone, policy
        self._running: dict[str, Owed] = {}
        self._done: list[Owed] = []
        self._reminders: dict[int, Reminder] = {}

    @property
    def found(self) -> list[Owed]:
        return [*self._done, *self._running.values()]

    def take(self, event: ClinicEvent) -> None:
        """Follow one event: it meets or ends what was waited for, and may begin a wait of its own."""
        kind = type(event)
        if isinstance(event, invitation.InvitationReminded):
            self._remind(event)
        self._met(_MEETS.get(kind, ()), event)
        ending = _ENDS.get(kind)
        if ending is not None:
            rules = ("IN-90",) if ending is ObligationEnding.replaced else _ENDED_BY_LEAVING
            self._end(rules, event, ending)
        rule_id = _BEGINS.get(kind)
        if rule_id is not None and rule_id not in self._running:
            self._open(rule_id, event)

    def _open(self, rule_id: str, event: ClinicEvent) -> None:
        start = last_day(event.context.occurred_on)
        version = self._policy.version_on(start)
        terms = ObligationTerms(
            rule_id=rule_id,
            policy_version=version.number,
            about=self._clinic_id,
            clock_start=day(start),
            due_on=day(due_day(start, version.rule(rule_id).limit)),
            time_zone=self._time_zone,
            opened_by=event.evidence,
        )
        if rule_id == "IN-90":
            self._reminders = {}
        self._running[rule_id] = Owed(terms=terms, clinic_id=self._clinic_id, changed_by=event.evidence)

    def _remind(self, event: invitation.InvitationReminded) -> None:
        waiting = self._running.get("IN-90")
        if waiting is None:
            return
        self._reminders[event.reminder] = Reminder(event.context.occurred_on, event.evidence, event.proof is not None)
        start = waiting.terms.clock_start
        rule = self._policy.version_on(last_day(start)).rule("IN-90")
        terms = dataclasses.replace(waiting.terms, due_on=day(reply_due(start, rule, self._reminders)))
        self._running["IN-90"] = dataclasses.replace(waiting, terms=terms, changed_by=event.evidence)

    def _met(self, rules: Iterable[str], event: ClinicEvent) -> None:
        on = event.context.occurred_on
        for owed in self._taken(rules):
            met_on = day(max(last_day(on), last_day(owed.terms.clock_start)))
            self._done.append(dataclasses.replace(owed, fulfilled_on=met_on, fulfilled_by=event.evidence))

    def _end(self, rules: Iterable[str], event: ClinicEvent, ending: ObligationEnding) -> None:
        for owed in self._taken(rules):
            self._done.append(dataclasses.replace(owed, ending=ending, ended_by=event.evidence))

    def _taken(self, rules: Iterable[str]) -> Iterator[Owed]:
        for rule_id in rules:
            owed = self._running.pop(rule_id, None)
            if owed is not None:
                yield owed


def _silence(clinic: Clinic, policy: Policy, last_data_on: date | None, last_data: str) -> Iterator[Owed]:
    """Yield PL-2Q of a clinic that takes part: data, or a nil declaration, begin the two quarters anew."""
    if clinic.active_since is None or clinic.participation is not ParticipationState.enrolled:
        return
    version, quarters = _quarters(clinic, policy, last_data_on)
    first, due = quarter_end(quarters[0]), quarter_end(quarters[-1])
    start = date(first.year, first.month - 2, 1) - timedelta(days=1)
    terms = ObligationTerms(
        rule_id="PL-2Q",
        policy_version=version,
        about=clinic.id,
        clock_start=day(start),
        due_on=day(due),
        time_zone=clinic.time_zone,
        opened_by=clinic.enrolled_evidence,
    )
    yield Owed(terms=terms, clinic_id=clinic.id, changed_by=last_data or clinic.enrolled_evidence)


def _quarters(clinic: Clinic, policy: Policy, last_data_on: date | None) -> tuple[int, tuple[str, ...]]:
    assert clinic.active_since is not None
    began = last_day(clinic.active_since)
    version = policy.version_on(began if last_data_on is None else max(began, last_data_on))
    nil = [quarter for quarter, declared in clinic.declarations.items() if declared.nil]
    return version.number, silent_quarters(began, last_data_on, nil, version.rule("PL-2Q").limit)


def moments(clinic: Clinic, policy: Policy, last_data_on: date | None) -> tuple[Moment, ...]:
    """Return after which days something of a clinic lapses, as far as it can lapse by what is known."""
    return (
        *_invitation_moment(clinic, policy),
        *_participation_moment(clinic, policy, last_data_on),
        *(
            Moment(Lapse.attestation, last_day(held.valid_until), str(guideline_id))
            for guideline_id, held in clinic.attestations.items()
            if not held.lapsed and clinic.participation is ParticipationState.enrolled
        ),
        *(
            Moment(Lapse.verification, last_day(held.valid_until), scheduled)
            for scheduled, held in clinic.inspections.items()
            if held.valid_until is not None and not held.ended
        ),
    )


def _invitation_moment(clinic: Clinic, policy: Policy) -> Iterator[Moment]:
    running = clinic.invitation
    if running is None or running.delivered_on is None or clinic.participation is not ParticipationState.invited:
        return
    rule = policy.version_on(last_day(running.delivered_on)).rule("IN-90")
    proved = [number for number, reminder in running.reminders.items() if reminder.proved]
    if set(range(1, len(rule.reminders) + 1)) <= set(proved):
        yield Moment(Lapse.invitation, reply_due(running.delivered_on, rule, running.reminders))


def _participation_moment(clinic: Clinic, policy: Policy, last_data_on: date | None) -> Iterator[Moment]:
    if clinic.participation is ParticipationState.accepted and clinic.accepted_on is not None:
        accepted: PartialDate = clinic.accepted_on
        limit = policy.version_on(last_day(accepted)).rule("PL-90").limit
        yield Moment(Lapse.participation, due_day(last_day(accepted), limit))
    elif clinic.participation is ParticipationState.enrolled and clinic.active_since is not None:
        _, quarters = _quarters(clinic, policy, last_data_on)
        yield Moment(Lapse.participation, quarter_end(quarters[-1]))
