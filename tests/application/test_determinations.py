"""A determination whose evidence changed is questioned once for each change, and settled by an officer with reasons."""

from __future__ import annotations

import dataclasses
from typing import Any
from uuid import UUID, uuid4

import pytest

from application.appointments import DeclareInterest
from application.determinations import ConfirmDetermination, NotADetermination, QuestionDetermination
from application.permission import ConflictOfInterest
from domain.aggregate import Aggregate, Opening, RegistryEvent
from domain.codes import Role
from domain.determination import (
    AlreadyQuestioned,
    ChangeNotNamed,
    ChangeOfOther,
    ConfirmationNamesChange,
    Determination,
    DeterminationKind,
    DeterminationOutcome,
    DeterminationSettled,
    EvidenceChange,
)
from domain.errors import InvalidInput, NotFound, NotPermitted
from domain.officer import InterestKind
from domain.personal import DeliberationWords
from tests.application.society import Society
from tests.domain.clinics import act_on


class Judged(Aggregate):
    """Stands for whatever determines: a history with two assessments."""

    TOPIC = "Judged"

    class Event(RegistryEvent):
        """An event of it."""

    class StandingAssessed(Opening, Event):
        """The first assessment."""

        TOPIC = "Judged.StandingAssessed"

    class StandingLowered(Event):
        """A later one."""

        TOPIC = "Judged.StandingLowered"


class Questioned(Society):
    """A society with a standing about a clinic, and the clinic's own events as evidence."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.clinic_id = self.enrolled()
        now = self.store.log[-1].timestamp
        act = dataclasses.replace(act_on().replace(clinic_id=self.clinic_id), recorded_at=now)
        judged = Judged.begin(Judged.StandingAssessed, uuid4(), act)
        judged.record(Judged.StandingLowered, act)
        self.put(judged)
        self.standing, self.lowered = f"{judged.id}/1", f"{judged.id}/2"
        self.evidence = [f"{self.clinic_id}/{version}" for version in range(1, 5)]

    def question(self, changed_by: int = 1, **changes: Any) -> UUID:
        """Question the standing because its evidence was changed by another event of the clinic."""
        given = {"determination": self.standing, "evidence": self.evidence[0], **changes}
        command = QuestionDetermination(change=EvidenceChange.corrected, changed_by=self.evidence[changed_by], **given)
        return self.do(command, Role.system).aggregate_id

    def confirm(
        self, questioned: UUID, outcome: DeterminationOutcome, changed_by: str | None = None, officer: int = 0
    ) -> None:
        """Settle it."""
        command = ConfirmDetermination(
            determination_id=questioned, outcome=outcome, reasons="The report of Quagga stands.", changed_by=changed_by
        )
        self.do(command, Role.safety_officer, person=self.officers[officer])


@pytest.fixture
def society() -> Questioned:
    return Questioned()


def test_a_question_names_the_determination_its_evidence_and_the_clinic(society: Questioned) -> None:
    questioned = society.question()

    (event,) = society.store.events_of(questioned)
    assert (event.kind, event.determination, event.evidence) == (
        DeterminationKind.standing,
        society.standing,
        society.evidence[0],
    )
    assert (event.change, event.changed_by) == (EvidenceChange.corrected, society.evidence[1])
    assert event.context.clinic_id == society.clinic_id


def test_the_same_change_is_recognised_and_another_one_questions_again(society: Questioned) -> None:
    questioned = society.question()
    with pytest.raises(AlreadyQuestioned):
        society.question()
    society.confirm(questioned, DeterminationOutcome.confirmed)
    with pytest.raises(AlreadyQuestioned):
        society.question()

    assert society.question(changed_by=2) == questioned
    society.confirm(questioned, DeterminationOutcome.confirmed)

    assert society.names_of(questioned) == ["DeterminationQuestioned", "DeterminationConfirmed"] * 2
    assert society.question(evidence=society.evidence[3]) != questioned


@pytest.mark.parametrize("outcome", [DeterminationOutcome.changed, DeterminationOutcome.withdrawn])
def test_a_changed_determination_names_the_event_that_changed_it(
    society: Questioned, outcome: DeterminationOutcome
) -> None:
    questioned = society.question()
    for changed_by, refusal in (
        (None, ChangeNotNamed),
        (society.standing, ChangeOfOther),
        (society.evidence[1], ChangeOfOther),
        (f"{uuid4()}/1", NotFound),
        ("the last one", InvalidInput),
    ):
        with pytest.raises(refusal):
            society.confirm(questioned, outcome, changed_by)

    society.confirm(questioned, outcome, society.lowered)

    assert society.store.log[-1].changed_by == society.lowered


def test_what_stands_was_changed_by_nothing_and_is_settled_once(society: Questioned) -> None:
    questioned = society.question()
    with pytest.raises(ConfirmationNamesChange):
        society.confirm(questioned, DeterminationOutcome.confirmed, society.lowered)
    society.confirm(questioned, DeterminationOutcome.confirmed)

    with pytest.raises(DeterminationSettled):
        society.confirm(questioned, DeterminationOutcome.confirmed)


def test_reasons_are_sealed(society: Questioned) -> None:
    society.confirm(society.question(), DeterminationOutcome.confirmed)

    assert "Quagga" not in repr(society.store.log)
    assert society.opened(society.store.log[-1]) == [DeliberationWords(words="The report of Quagga stands.")]


def test_who_has_an_interest_does_not_settle_it(society: Questioned) -> None:
    questioned = society.question()
    society.registrar(DeclareInterest(clinic_id=society.clinic_id, kind=InterestKind.owns))

    with pytest.raises(ConflictOfInterest):
        society.confirm(questioned, DeterminationOutcome.confirmed)
    society.confirm(questioned, DeterminationOutcome.confirmed, officer=1)

    assert society.names_of(questioned)[-1] == "DeterminationConfirmed"


def test_only_what_was_recorded_and_determines_is_questioned(society: Questioned) -> None:
    with pytest.raises(NotADetermination):
        society.question(determination=society.evidence[0])
    for field in ("determination", "evidence"):
        with pytest.raises(NotFound):
            society.question(**{field: f"{uuid4()}/1"})
        for wrong in ("", "1", f"{uuid4()}", f"{uuid4()}/0", f"{uuid4()}/01", f"{uuid4()}/x"):
            with pytest.raises(InvalidInput):
                society.question(**{field: wrong})
    command = QuestionDetermination(
        determination=society.standing,
        evidence=society.evidence[0],
        change=EvidenceChange.voided,
        changed_by=society.evidence[1],
    )
    with pytest.raises(NotPermitted):
        society.by(Role.safety_officer, command)
    assert not [each for each in society.store.log if isinstance(each, Determination.Event)]
