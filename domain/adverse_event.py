"""One adverse event: reported by anyone about any clinic, judged by somebody else, never made to vanish.

Only a report without its four elements is refused. A nullified one takes nothing more; a closed one can be reopened.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from domain.adverse_event_codes import LinkKind, Outcome, ReporterKind, Seriousness
from domain.adverse_event_content import AdverseEventContent, FactorCausality, is_serious
from domain.adverse_event_duties import Gravity, gravity_of
from domain.adverse_event_errors import (
    AdjudicatorReported,
    AdverseEventIsClosed,
    AdverseEventIsNullified,
    AdverseEventIsOpen,
    AlreadyLinked,
    AssessmentEmpty,
    AssessmentNeeded,
    AwarenessNeedsOfficer,
    AwarenessNeedsSignature,
    ClinicKnowsAlready,
    DuplicateInCircle,
    DuplicatesStand,
    LinkedToItself,
    NoClinicToTell,
    NothingSupplemented,
    NullificationNeedsReason,
)
from domain.aggregate import Act, Aggregate, Context, Opening, RegistryEvent
from domain.codes import Role, YesNo
from domain.content import MissingField, changed_paths, refuse_unrecognised
from domain.death import require_consistent_judgement
from domain.held import FieldChange, Held
from domain.letters import InvitationChannel, Letter, Proof
from domain.measures import between
from domain.signature import Signature

CLOCK_DATE = "first_awareness"
"""The date that starts AE-7, AE-15 and AE-90."""

OFFICERS = frozenset({Role.safety_officer, Role.registrar})


def told_by_clinic(context: Context, content: AdverseEventContent, by_officer: frozenset[Role] = frozenset()) -> bool:
    """Tell whether a clinic said this itself, or an officer entered its words for it."""
    if context.actor_role is Role.clinic:
        return context.on_behalf_of == context.clinic_id
    return context.actor_role in by_officer and content.reporter is ReporterKind.clinic


class AdverseEvent(Aggregate):
    """Something untoward that happened with a treatment, a lot or a donor."""

    TOPIC = "AdverseEvent"

    def __init__(self) -> None:
        self.clinic_id: UUID | None = None
        self.held: Held[AdverseEventContent] = Held(AdverseEventContent())
        self.missing: tuple[MissingField, ...] = ()
        self.informants: frozenset[UUID] = frozenset()
        self.assessed = False
        self.assessor: UUID | None = None
        self.judged_serious: bool | None = None
        self.links: frozenset[tuple[LinkKind, UUID]] = frozenset()
        self.clinic_knows: Gravity | None = None
        self.closed = False
        self.nullified = False

    class Event(RegistryEvent):
        """An event of an adverse event."""

        def apply(self, adverse_event: AdverseEvent) -> None:
            """Change what later decisions need."""
            self._change(adverse_event)

        def _change(self, adverse_event: AdverseEvent) -> None:
            raise NotImplementedError

    class AdverseEventReported(Opening, Event):
        """Somebody reported an adverse event; verbatim term, narrative and reporter are sealed."""

        TOPIC = "AdverseEventReported.v1"

        content: AdverseEventContent
        """What was said, as far as it could be understood."""
        missing: tuple[MissingField, ...] = ()
        """Empty fields with the reasons given."""
        unrecognised: tuple[str, ...] = ()
        """Fields of the report whose values were not understood and are kept sealed, word for word."""

        def _change(self, adverse_event: AdverseEvent) -> None:
            adverse_event.clinic_id = self.context.clinic_id
            adverse_event.held = Held(self.content)
            adverse_event.missing = self.missing
            if told_by_clinic(self.context, self.content, by_officer=OFFICERS):
                adverse_event.clinic_knows = gravity_of(self.content)
            adverse_event.note_informant(self.context.actor_person)

    class AdverseEventSupplemented(Event):
        """More became known, or something else; the content is complete as it stands now."""

        TOPIC = "AdverseEventSupplemented.v1"

        content: AdverseEventContent
        """The whole content as it is known now."""
        changes: tuple[FieldChange, ...] = ()
        """What changed, and the events that hold the old values; empty when only sealed words were added."""
        missing: tuple[MissingField, ...] = ()
        """Empty fields with the reasons given."""
        unrecognised: tuple[str, ...] = ()
        """Fields of the supplement whose values were not understood and are kept sealed, word for word."""
        signature: Signature | None = None
        """Signature of the officer who corrected the date that started the clock."""

        def _change(self, adverse_event: AdverseEvent) -> None:
            adverse_event.held = adverse_event.held.after(self.content, self.changes, self.originator_version)
            adverse_event.missing = self.missing
            adverse_event.assessed = False
            if told_by_clinic(self.context, self.content):
                adverse_event.clinic_knows = gravity_of(self.content)
            adverse_event.note_informant(self.context.actor_person)

    class AdverseEventAssessed(Event):
        """An adjudicator who did not report it judged causes and seriousness; a later judgement replaces this one."""

        TOPIC = "AdverseEventAssessed.v1"

        causalities: tuple[FactorCausality, ...]
        """One judgement per suspect factor."""
        serious: YesNo
        """Whether it is serious, after the adjudicator."""
        seriousness: tuple[Seriousness, ...] = ()
        """ICH E2A criteria met, after the adjudicator."""
        grade: int | None = None
        """CTCAE grade after the adjudicator; absent: as reported."""
        outcome: Outcome | None = None
        """Outcome after the adjudicator; absent: as reported."""

        def _change(self, adverse_event: AdverseEvent) -> None:
            adverse_event.assessed, adverse_event.assessor = True, self.context.actor_person
            adverse_event.judged_serious = self.serious is YesNo.yes

    class AdverseEventLinked(Event):
        """It belongs together with another adverse event."""

        TOPIC = "AdverseEventLinked.v1"

        kind: LinkKind
        """How they belong together."""
        other: UUID
        """The other adverse event; of duplicates the one that goes on being counted."""

        def _change(self, adverse_event: AdverseEvent) -> None:
            adverse_event.links = adverse_event.links | {(self.kind, self.other)}

    class AdverseEventNoticeDelivered(Event):
        """The clinic was told of what another reported about it, and that is proved; its own duties begin."""

        TOPIC = "AdverseEventNoticeDelivered.v1"

        letter: Letter
        """What was sent."""
        channel: InvitationChannel
        """By which way it arrived."""
        proof: Proof
        """What proves it."""
        content: AdverseEventContent
        """What was known of the adverse event then; it gives the class of the duty."""

        def _change(self, adverse_event: AdverseEvent) -> None:
            adverse_event.clinic_knows = gravity_of(self.content)

    class AdverseEventClosed(Event):
        """Nothing more is expected about it."""

        TOPIC = "AdverseEventClosed.v1"

        def _change(self, adverse_event: AdverseEvent) -> None:
            adverse_event.closed = True

    class AdverseEventReopened(Event):
        """Something is to be added or judged again."""

        TOPIC = "AdverseEventReopened.v1"

        def _change(self, adverse_event: AdverseEvent) -> None:
            adverse_event.closed, adverse_event.assessed = False, False

    class AdverseEventNullified(Event):
        """It does not stand: it did not happen, or was reported twice; it stays readable with the reason."""

        TOPIC = "AdverseEventNullified.v1"

        def _change(self, adverse_event: AdverseEvent) -> None:
            adverse_event.nullified = True

    @property
    def concerns(self) -> UUID | None:
        """Return the clinic it happened at, where that is known."""
        return self.clinic_id

    @property
    def content(self) -> AdverseEventContent:
        """Return the content as it stands now."""
        return self.held.content

    @property
    def duplicate_of(self) -> UUID | None:
        """Return the adverse event of which this is a duplicate."""
        return next((other for kind, other in self.links if kind is LinkKind.duplicate_of), None)

    def note_informant(self, person: UUID | None) -> None:
        """Remember who told something about it; used by its events."""
        if person is not None:
            self.informants = self.informants | {person}

    @classmethod
    def report(
        cls, adverse_event_id: UUID, act: Act, content: AdverseEventContent,
        missing: tuple[MissingField, ...] = (), unrecognised: tuple[str, ...] = (),
    ) -> AdverseEvent:  # fmt: skip
        """Begin an adverse event from a report that has its four elements."""
        return cls.begin(
            cls.AdverseEventReported, adverse_event_id, act, content=content, missing=missing, unrecognised=unrecognised
        )

    def supplement(
        self, act: Act, content: AdverseEventContent, missing: tuple[MissingField, ...] = (),
        unrecognised: tuple[str, ...] = (), signature: Signature | None = None,
    ) -> None:  # fmt: skip
        """Add what became known; the date that started the clock is changed by an officer only, signed."""
        self.require_standing()
        if self.closed:
            raise AdverseEventIsClosed(adverse_event=self.id)
        changed = changed_paths(self.content, content)
        if not (changed or unrecognised or act.context.sealed or missing != self.missing):
            raise NothingSupplemented(adverse_event=self.id)
        if CLOCK_DATE in changed and self.content.first_awareness is not None:
            self._require_officer(act, signature)
        self.record(
            self.AdverseEventSupplemented, act, content=content, changes=self.held.changes(changed), missing=missing,
            unrecognised=unrecognised, signature=signature,
        )  # fmt: skip

    def assess(
        self, act: Act, causalities: tuple[FactorCausality, ...], serious: YesNo,
        seriousness: tuple[Seriousness, ...] = (), grade: int | None = None, outcome: Outcome | None = None,
        duplicates: Sequence[AdverseEvent] = (),
    ) -> None:  # fmt: skip
        """Judge causes and seriousness, as somebody who told nothing about it, nor in a report of the same event."""
        self.require_standing()
        if self.closed:
            raise AdverseEventIsClosed(adverse_event=self.id)
        if any(act.context.actor_person in each.informants for each in (self, *duplicates)):
            raise AdjudicatorReported(person=act.context.actor_person, adverse_event=self.id)
        factors = [each.factor for each in causalities]
        if not factors or len(set(factors)) < len(factors):
            raise AssessmentEmpty
        for name, value in (("causalities", causalities), ("serious", serious), ("seriousness", seriousness),
                            ("outcome", outcome)):  # fmt: skip
            refuse_unrecognised(value, name)
        between(grade, 1, 5, "grade")
        require_consistent_judgement(serious, seriousness, grade, outcome)
        self.record(
            self.AdverseEventAssessed, act, causalities=causalities, serious=serious, seriousness=seriousness,
            grade=grade, outcome=outcome,
        )  # fmt: skip

    def link(self, act: Act, kind: LinkKind, other: AdverseEvent) -> None:
        """Say that it is a duplicate of another one, or of the same lot."""
        self.require_standing()
        other.require_standing()
        refuse_unrecognised(kind, "kind")
        if other.id == self.id:
            raise LinkedToItself(adverse_event=self.id)
        if (kind, other.id) in self.links or (kind is LinkKind.duplicate_of and self.duplicate_of is not None):
            raise AlreadyLinked(adverse_event=self.id, other=self.duplicate_of or other.id)
        if kind is LinkKind.duplicate_of and other.duplicate_of is not None:
            raise DuplicateInCircle(adverse_event=self.id, other=other.id)
        if kind is LinkKind.duplicate_of and other.assessor in self.informants:
            raise AdjudicatorReported(person=other.assessor, adverse_event=self.id)
        self.record(self.AdverseEventLinked, act, kind=kind, other=other.id)

    def prove_notice(self, act: Act, letter: Letter, channel: InvitationChannel, proof: Proof) -> None:
        """Record that the clinic was told of another's report, and what proves it; again where it became graver."""
        self.require_standing()
        if self.clinic_id is None:
            raise NoClinicToTell(adverse_event=self.id)
        if self.clinic_knows is not None and gravity_of(self.content) <= self.clinic_knows:
            raise ClinicKnowsAlready(adverse_event=self.id, clinic=self.clinic_id)
        for name, value in (("channel", channel), ("proof", proof)):
            refuse_unrecognised(value, name)
        self.record(
            self.AdverseEventNoticeDelivered, act, letter=letter, channel=channel, proof=proof, content=self.content
        )

    def close(self, act: Act) -> None:
        """Say that nothing more is expected; a serious one was assessed first, unless it is a duplicate."""
        self.require_standing()
        if self.closed:
            raise AdverseEventIsClosed(adverse_event=self.id)
        grave = is_serious(self.content) or self.judged_serious
        if grave and not self.assessed and self.duplicate_of is None:
            raise AssessmentNeeded(adverse_event=self.id)
        self.record(self.AdverseEventClosed, act)

    def reopen(self, act: Act) -> None:
        """Take it up again."""
        self.require_standing()
        if not self.closed:
            raise AdverseEventIsOpen(adverse_event=self.id)
        self.record(self.AdverseEventReopened, act)

    def nullify(self, act: Act, duplicates: Sequence[AdverseEvent] = ()) -> None:
        """Say that it does not stand, and why; not while duplicates are counted by it."""
        self.require_standing()
        counted = [each.id for each in duplicates if each.duplicate_of == self.id and not each.nullified]
        if counted:
            raise DuplicatesStand(adverse_event=self.id, duplicate=counted[0])
        if act.context.reason is None:
            raise NullificationNeedsReason
        self.record(self.AdverseEventNullified, act)

    def require_standing(self) -> None:
        """Refuse changes of a nullified adverse event."""
        if self.nullified:
            raise AdverseEventIsNullified(adverse_event=self.id)

    def _require_officer(self, act: Act, signature: Signature | None) -> None:
        if act.context.actor_role not in OFFICERS:
            raise AwarenessNeedsOfficer(adverse_event=self.id)
        if signature is None or act.context.reason is None:
            raise AwarenessNeedsSignature(adverse_event=self.id)
