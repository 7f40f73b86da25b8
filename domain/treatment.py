"""One treatment of one patient: what was given and what became of it, corrected only by events that keep the old value.

A voided treatment takes nothing more; a death or a withdrawn consent ends its schedule, but never reports of harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from domain import treatment_errors
from domain.aggregate import Act, Aggregate, Opening, RegistryEvent
from domain.chronology import require_past
from domain.codes import Missing, Role
from domain.content import MissingField, changed_paths, check_missing, is_empty, refuse_unrecognised, value_at
from domain.dates import PartialDate
from domain.follow_up import FollowUp
from domain.held import FieldChange, Held
from domain.registry import TimePoint
from domain.signature import Signature, SignatureMeaning, require_signed
from domain.treatment_content import TreatmentContent
from domain.treatment_schedule import Followed, require_follow_up_possible

CLOCK_DATE = "performed_on"
"""The date that starts TX-30 and every follow-up window."""


class Treatment(Aggregate):
    """One treatment; its id follows from the clinic and the clinic's own reference."""

    TOPIC = "Treatment"

    def __init__(self) -> None:
        self.clinic_id: UUID | None = None
        self.schedule: tuple[TimePoint, ...] = ()
        self.held: Held[TreatmentContent]
        self.missing: tuple[MissingField, ...] = ()
        self.follow_ups: dict[UUID, Held[FollowUp]] = {}
        self.voided = False
        self.missed: frozenset[int] = frozenset()
        self.consent_withdrawn_on: PartialDate | None = None

    class Event(RegistryEvent):
        """An event of a treatment."""

        def apply(self, treatment: Treatment) -> None:
            """Change what later decisions need."""
            self._change(treatment)

        def _change(self, treatment: Treatment) -> None:
            raise NotImplementedError

    class TreatmentSubmitted(Opening, Event):
        """A clinic submitted a treatment; patient, references and words are sealed."""

        TOPIC = "TreatmentSubmitted.v1"

        own_reference_hmac: str
        """HMAC-SHA-256, in hexadecimal, of the clinic's own reference, which is sealed."""
        content: TreatmentContent
        """What was given, to whom, for what."""
        schedule: tuple[TimePoint, ...]
        """Follow-up time points of its registry at that moment; the treatment keeps them."""
        missing_otherwise: Missing
        """Why every other empty field is empty."""
        missing: tuple[MissingField, ...] = ()
        """Empty fields with their reasons."""

        def _change(self, treatment: Treatment) -> None:
            treatment.clinic_id = self.context.clinic_id
            treatment.schedule = self.schedule
            treatment.held, treatment.missing = Held(self.content), self.missing

    class TreatmentSupplemented(Event):
        """Late results filled what was empty; the content is complete as it stands now."""

        TOPIC = "TreatmentSupplemented.v1"

        content: TreatmentContent
        """The whole content as it is known now."""
        changes: tuple[FieldChange, ...]
        """What was filled, `sealed.<part>` for a sealed part, and the events in which it was empty."""
        missing_otherwise: Missing
        """Why every other empty field is empty."""
        missing: tuple[MissingField, ...] = ()
        """Empty fields with their reasons."""

        def _change(self, treatment: Treatment) -> None:
            treatment.held = treatment.held.after(self.content, self.changes, self.originator_version)
            treatment.missing = self.missing

    class TreatmentCorrected(Event):
        """A wrong value of the treatment, or of one of its follow-ups, was replaced; the old one stays where it was."""

        TOPIC = "TreatmentCorrected.v1"

        corrects: int
        """Version of the event of this treatment that is corrected."""
        changes: tuple[FieldChange, ...]
        """What changed, and the events that hold the old values; `sealed.<part>` is a sealed part."""
        missing_otherwise: Missing
        """Why every other empty field is empty."""
        content: TreatmentContent | None = None
        """The treatment's whole content as corrected; absent when a follow-up is corrected."""
        follow_up: FollowUp | None = None
        """The whole follow-up as corrected; absent when the treatment is corrected."""
        schedule: tuple[TimePoint, ...] = ()
        """Time points of its new registry; empty when the registry stays."""
        missing: tuple[MissingField, ...] = ()
        """Empty fields with their reasons."""
        signature: Signature | None = None
        """Signature of the officer who corrected a date that had started a clock."""

        def _change(self, treatment: Treatment) -> None:
            version = self.originator_version
            treatment.schedule = self.schedule or treatment.schedule
            if self.content is not None:
                treatment.held = treatment.held.after(self.content, self.changes, version)
                treatment.missing = self.missing
            if self.follow_up is not None:
                kept = treatment.follow_ups[self.follow_up.follow_up_id]
                treatment.follow_ups[self.follow_up.follow_up_id] = kept.after(self.follow_up, self.changes, version)

    class TreatmentVoided(Event):
        """The treatment does not stand: it never took place, or was submitted twice or for the wrong patient."""

        TOPIC = "TreatmentVoided.v1"

        def _change(self, treatment: Treatment) -> None:
            treatment.voided = True

    class FollowUpRecorded(Event):
        """A follow-up took place, or was tried; its words are sealed."""

        TOPIC = "FollowUpRecorded.v1"

        follow_up: FollowUp
        """What it found."""
        missing_otherwise: Missing
        """Why every other empty field is empty."""
        missing: tuple[MissingField, ...] = ()
        """Empty fields with their reasons."""

        def _change(self, treatment: Treatment) -> None:
            follow_up_id = self.follow_up.follow_up_id
            treatment.follow_ups[follow_up_id] = Held(self.follow_up, self.originator_version)

    class FollowUpMissed(Event):
        """A time point's last day passed without any follow-up recorded for it; recorded by the clock."""

        TOPIC = "FollowUpMissed.v1"

        time_point_months: int
        """The time point, in months after the treatment."""
        due_on: PartialDate
        """Last day on which recording it was in time."""
        obligation: UUID
        """The obligation that was missed."""

        def _change(self, treatment: Treatment) -> None:
            treatment.missed |= {self.time_point_months}

    class ConsentWithdrawn(Event):
        """The patient no longer consents to being followed; what was recorded stays, the schedule ends."""

        TOPIC = "ConsentWithdrawn.v1"

        def _change(self, treatment: Treatment) -> None:
            treatment.consent_withdrawn_on = self.context.occurred_on

    @property
    def concerns(self) -> UUID | None:
        """Return the clinic that treated."""
        return self.clinic_id

    @property
    def content(self) -> TreatmentContent:
        """Return the content as it stands now."""
        return self.held.content

    def followed(self, without: UUID | None = None) -> Followed:
        """Return what decides about a follow-up; `without` is one that is about to be corrected."""
        others = tuple(held.content for follow_up_id, held in self.follow_ups.items() if follow_up_id != without)
        return Followed(
            treatment=self.id, clinic=self.clinic_id, content=self.content, schedule=self.schedule, others=others,
            withdrawn_on=self.consent_withdrawn_on,
        )  # fmt: skip

    @classmethod
    def submit(
        cls, treatment_id: UUID, act: Act, content: TreatmentContent, *, time_zone: str, own_reference_hmac: str,
        schedule: tuple[TimePoint, ...], missing: tuple[MissingField, ...], missing_otherwise: Missing,
    ) -> Treatment:  # fmt: skip
        """Begin a treatment that `domain.admission` admitted."""
        require_past(act, time_zone)
        refuse_unrecognised(content)
        check_missing(content, missing)
        return cls.begin(
            cls.TreatmentSubmitted, treatment_id, act, content=content, own_reference_hmac=own_reference_hmac,
            schedule=schedule, missing=missing, missing_otherwise=missing_otherwise,
        )  # fmt: skip

    def supplement(
        self, act: Act, content: TreatmentContent, missing: tuple[MissingField, ...], missing_otherwise: Missing,
        sealed: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """Fill what was empty; a value that stands is corrected. `sealed` are the paths of sealed parts added."""
        changed = self._checked_changes(self.content, content, missing, sealed)
        if filled := [path for path in changed if path not in sealed and not is_empty(value_at(self.content, path))]:
            raise treatment_errors.SupplementChangesValue(treatment=self.id, fields=", ".join(filled))
        self.record(
            self.TreatmentSupplemented, act, content=content, changes=self.held.changes(changed),
            missing=missing, missing_otherwise=missing_otherwise,
        )  # fmt: skip

    def correct(
        self, act: Act, content: TreatmentContent, missing: tuple[MissingField, ...], missing_otherwise: Missing,
        *, time_zone: str, sealed: tuple[str, ...] = (), corrects: int | None = None,
        schedule: tuple[TimePoint, ...] = (), signature: Signature | None = None,
    ) -> None:  # fmt: skip
        """Replace values of the treatment; its date only by a registrar, signed."""
        changed = self._checked_changes(self.content, content, missing, sealed)
        if CLOCK_DATE in changed:
            require_past(act.replace(occurred_on=content.performed_on), time_zone)
            if act.context.actor_role is not Role.registrar:
                raise treatment_errors.ClockDateNeedsOfficer(field=CLOCK_DATE)
            if signature is None:
                raise treatment_errors.SignatureNeeded
            require_signed(signature, SignatureMeaning.approved, act)
        self._correct(
            act, self.held, changed, corrects, content=content, schedule=schedule, signature=signature,
            missing=missing, missing_otherwise=missing_otherwise,
        )  # fmt: skip

    def correct_follow_up(
        self, act: Act, follow_up: FollowUp, missing: tuple[MissingField, ...], missing_otherwise: Missing,
        served: Sequence[Treatment] = (), *, corrects: int | None = None, sealed: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """Replace values of a follow-up that was recorded."""
        held = self.follow_ups.get(follow_up.follow_up_id)
        if held is None:
            raise treatment_errors.NoFollowUp(follow_up=follow_up.follow_up_id, treatment=self.id)
        changed = self._checked_changes(held.content, follow_up, missing, sealed)
        require_follow_up_possible(
            self.followed(follow_up.follow_up_id), follow_up, [each.followed() for each in served],
            today=act.recorded_at.date(),
        )  # fmt: skip
        self._correct(
            act, held, changed, corrects, follow_up=follow_up, missing=missing, missing_otherwise=missing_otherwise
        )

    def void(self, act: Act) -> None:
        """Say that the treatment does not stand, and why."""
        self.require_standing()
        if act.context.reason is None:
            raise treatment_errors.ReasonNeeded
        self.record(self.TreatmentVoided, act)

    def record_follow_up(
        self, act: Act, follow_up: FollowUp, missing: tuple[MissingField, ...], missing_otherwise: Missing,
        served: Sequence[Treatment] = (),
    ) -> None:  # fmt: skip
        """Record what a follow-up found; `served` are the further treatments that it names."""
        self.require_standing()
        if follow_up.follow_up_id in self.follow_ups:
            raise treatment_errors.FollowUpAlreadyRecorded(follow_up=follow_up.follow_up_id, treatment=self.id)
        refuse_unrecognised(follow_up)
        check_missing(follow_up, missing)
        require_follow_up_possible(
            self.followed(follow_up.follow_up_id), follow_up, [each.followed() for each in served],
            today=act.recorded_at.date(),
        )  # fmt: skip
        self.record(
            self.FollowUpRecorded, act, follow_up=follow_up, missing=missing, missing_otherwise=missing_otherwise
        )

    def miss_follow_up(self, act: Act, months: int, due_on: PartialDate, obligation: UUID) -> bool:
        """Record that a time point passed without a follow-up; say whether there was something to record."""
        met = {held.content.time_point_months for held in self.follow_ups.values()}
        if self.voided or months in self.missed or months in met:
            return False
        self.record(self.FollowUpMissed, act, time_point_months=months, due_on=due_on, obligation=obligation)
        return True

    def withdraw_consent(self, act: Act, time_zone: str) -> None:
        """Record that the patient no longer consents."""
        self.require_standing()
        if self.followed().consent_withdrawn:
            raise treatment_errors.ConsentAlreadyWithdrawn(treatment=self.id)
        require_past(act, time_zone)
        self.record(self.ConsentWithdrawn, act)

    def require_standing(self) -> None:
        """Refuse changes of a voided treatment."""
        if self.voided:
            raise treatment_errors.TreatmentIsVoided(treatment=self.id)

    def _checked_changes(
        self, old: Any, new: Any, missing: tuple[MissingField, ...], sealed: tuple[str, ...]
    ) -> tuple[str, ...]:
        self.require_standing()
        refuse_unrecognised(new)
        check_missing(new, missing)
        if not (changed := (*changed_paths(old, new), *sealed)):
            raise treatment_errors.NothingNew(treatment=self.id)
        return changed

    def _correct(
        self, act: Act, held: Held[Any], changed: tuple[str, ...], corrects: int | None, **content: Any
    ) -> None:
        if act.context.reason is None:
            raise treatment_errors.ReasonNeeded
        if corrects is not None and corrects not in held.versions:
            raise treatment_errors.NoSuchRecord(version=corrects, treatment=self.id)
        self.record(
            self.TreatmentCorrected, act, corrects=corrects or held.latest, changes=held.changes(changed), **content
        )
