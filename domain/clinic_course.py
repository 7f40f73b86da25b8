"""How a clinic's participation would have gone under a policy: its events, with the lapses that this policy gives.

What persons recorded stays as it was; what lapses by itself, and what comes back by itself, follows from the limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.aggregate import Act, Context, RegistryEvent
from domain.clinic import Clinic
from domain.clinic_state import ClinicEvent
from domain.clinic_waits import Lapse, Moment, moments
from domain.codes import Role, Via
from domain.dates import day, last_day, local_day
from domain.errors import Refused
from domain.participation import ParticipationState
from domain.policy import Policy, PolicyVersion
from domain.treatment import Treatment

DATA: tuple[type[RegistryEvent], ...] = (
    Treatment.TreatmentSubmitted,
    Treatment.TreatmentSupplemented,
    Treatment.FollowUpRecorded,
)
"""Events that show that a clinic takes part."""

_BY_ITSELF = (Clinic.InvitationLapsed, Clinic.ParticipationLapsed, Clinic.ParticipationResumed)
_LAPSES = (Lapse.invitation, Lapse.participation)


@dataclass(frozen=True, slots=True)
class Phase:
    """How a clinic takes part from a day on."""

    begins: date
    """Day of recording, at the clinic."""
    participation: ParticipationState
    enrolled_on: date | None
    readmitted: bool
    """Whether it was expelled before."""


@dataclass(frozen=True, slots=True)
class PolicyLapse:
    """Something that lapsed by itself."""

    rule_id: str
    due_on: date
    started_by: str
    """Event from which the time ran: `<aggregate id>/<version>`."""


@dataclass(frozen=True, slots=True)
class ClinicCourse:
    """A clinic's events under a policy, and how it took part."""

    events: tuple[ClinicEvent, ...]
    lapses: tuple[PolicyLapse, ...]
    phases: tuple[Phase, ...]
    clinic: Clinic


def clinic_course(events: Iterable[RegistryEvent], policy: Policy, now: datetime) -> ClinicCourse | None:
    """Return the course of a clinic from its events and its data, in the order of recording; None without a clinic."""
    run = _Run(policy)
    for event in events:
        if isinstance(event, ClinicEvent):
            run.take(event)
        elif isinstance(event, DATA):
            run.receive(event)
    if run.clinic is None:
        return None
    run.let_pass(now)
    return ClinicCourse(tuple(run.events), tuple(run.lapses), tuple(run.phases), run.clinic)


class _Run:
    """The clinic as it becomes, one event after the other."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.clinic: Clinic | None = None
        self.events: list[ClinicEvent] = []
        self.lapses: list[PolicyLapse] = []
        self.phases: list[Phase] = []
        self._last_data: tuple[date, str] | None = None
        self._waiting: Sequence[Moment] | None = None
        self._started: dict[Lapse, str] = {}

    def take(self, event: ClinicEvent) -> None:
        """Apply an event of the clinic; what the clock or data recorded is left to the policy."""
        self.let_pass(event.timestamp)
        if isinstance(event, _BY_ITSELF):
            return
        if self.clinic is None:
            self.clinic = event.mutate(None)
        else:
            # Its version counts lapses that this policy may not give, so the event is applied and not replayed.
            event.apply(self.clinic)
        if isinstance(event, Clinic.InvitationDelivered):
            self._started[Lapse.invitation] = event.evidence
        if isinstance(event, (Clinic.InvitationAccepted, Clinic.ClinicEnrolled, Clinic.ClinicReadmitted)):
            self._started[Lapse.participation] = event.evidence
        self._went_on(event)

    def receive(self, event: RegistryEvent) -> None:
        """Take note of data: they prolong the participation, or resume it."""
        clinic = self.clinic
        if clinic is None:
            return
        self.let_pass(event.timestamp)
        evidence = f"{event.originator_id}/{event.originator_version}"
        received_on = local_day(event.timestamp, clinic.time_zone)
        if self._last_data is None or self._last_data[0] < received_on:
            self._waiting = None
        self._last_data = received_on, evidence
        self._started[Lapse.participation] = evidence
        lapsed = clinic.participation is ParticipationState.not_participating
        if lapsed and clinic.once_enrolled and clinic.agreement is not None:
            clinic.data_received(_act(event.timestamp, event.context), evidence)
            self._pending(clinic)

    def let_pass(self, moment: datetime) -> None:
        """Let lapse what is over by a moment, earliest first."""
        while self.clinic is not None and (over := self._over(self.clinic, moment)) is not None:
            at = datetime.combine(over.due_on + timedelta(days=1), time(), ZoneInfo(self.clinic.time_zone))
            if not self._lapse(self.clinic, over, at.astimezone(UTC)):
                return

    def _over(self, clinic: Clinic, moment: datetime) -> Moment | None:
        if self._waiting is None:
            found = moments(clinic, self._policy, self._last_data[0] if self._last_data else None)
            self._waiting = sorted(
                (each for each in found if each.lapse in _LAPSES), key=lambda each: (each.due_on, each.lapse)
            )
        today = local_day(moment, clinic.time_zone)
        return next((each for each in self._waiting if each.due_on < today), None)

    def _lapse(self, clinic: Clinic, over: Moment, at: datetime) -> bool:
        act, today = _act(at, self.events[-1].context), local_day(at, clinic.time_zone)
        rule_id = _rule_of(clinic, over)
        version = self._version(clinic, rule_id)
        try:
            if over.lapse is Lapse.invitation:
                clinic.lapse_invitation(act, version, today)
            else:
                clinic.lapse_participation(act, version, today, *(self._last_data or (None, "")))
        except Refused:
            # Nothing lapses: the next event tells how the clinic goes on.
            self._waiting = ()
            return False
        self.lapses.append(PolicyLapse(rule_id, over.due_on, self._started.get(over.lapse, self.events[0].evidence)))
        self._pending(clinic)
        return True

    def _version(self, clinic: Clinic, rule_id: str) -> PolicyVersion:
        """Return the version under which the time ran, as the commands that record lapses find it."""
        if rule_id == "IN-90":
            assert clinic.invitation is not None
            assert clinic.invitation.delivered_on is not None
            return self._policy.version_on(last_day(clinic.invitation.delivered_on))
        began = clinic.accepted_on if rule_id == "PL-90" else clinic.active_since
        assert began is not None, "what runs out began"
        last = self._last_data[0] if self._last_data and rule_id == "PL-2Q" else last_day(began)
        return self._policy.version_on(max(last_day(began), last))

    def _pending(self, clinic: Clinic) -> None:
        for event in clinic.collect_events():
            assert isinstance(event, ClinicEvent)
            self._went_on(event)

    def _went_on(self, event: ClinicEvent) -> None:
        assert self.clinic is not None
        self.events.append(event)
        self._waiting = None
        enrolled_on = self.clinic.enrolled_on
        self.phases.append(
            Phase(
                local_day(event.timestamp, self.clinic.time_zone),
                self.clinic.participation,
                last_day(enrolled_on) if enrolled_on else None,
                self.clinic.expulsion_case is not None,
            )
        )


def _rule_of(clinic: Clinic, over: Moment) -> str:
    if over.lapse is Lapse.invitation:
        return "IN-90"
    return "PL-90" if clinic.participation is ParticipationState.accepted else "PL-2Q"


def _act(at: datetime, like: Context) -> Act:
    """Return the clock's act at a moment; it is never recorded."""
    context = Context(
        salt=bytes(16),
        actor_person=None,
        actor_role=Role.system,
        via=Via.clock,
        software=like.software,
        key_hmac=b"",
        correlation_id=like.correlation_id,
        occurred_on=day(at.date()),
        clinic_id=like.clinic_id,
    )
    return Act(recorded_at=at, context=context)
