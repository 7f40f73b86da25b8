"""A row is recorded once: accepted, recognised as what is there, or refused because something else is there."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from application.command import Actor, Desk
from application.follow_ups import RecordFollowUp
from application.treatments import CorrectTreatment
from domain.adverse_event import AdverseEvent
from domain.aggregate import Act, Aggregate
from domain.clinic import Clinic
from domain.codes import Reason, Role, Via
from domain.dates import day
from domain.patient import PatientIdentity, TreatmentReferences
from domain.treatment import Treatment
from domain.treatment_codes import ProductKind
from interfaces.importing.row_answer import Outcome
from tests.application.memory import MemoryRegistry
from tests.interfaces.importing.extracts import ALIVE, DEAD, EVENTS, extract_file, mapping_file
from tests.interfaces.importing.registries import CLINICS, Target, in_memory, run_import, stored

OTHER_PERSON = Actor(person=UUID(int=77), role=Role.clinic)


@pytest.fixture
def target() -> Target:
    return in_memory()[0]


def test_a_row_becomes_a_treatment_its_adverse_events_and_follow_ups(tmp_path: Path) -> None:
    target, registry = in_memory()

    done = run_import(target, extract_file(tmp_path), mapping_file(tmp_path))

    assert [answer.outcome for answer in done.answers] == [Outcome.accepted] * 2
    assert [event.type for event in done.answers[1].events] == [
        "TreatmentSubmitted", "AdverseEventReported", "FollowUpRecorded",
    ]  # fmt: skip
    submitted, recorded = registry.store.log[-5], registry.store.log[-1]
    assert submitted.content.performed_on == "2024-02-03"
    assert submitted.context.via is Via.import_
    assert submitted.context.source.document_hash is not None
    assert submitted.context.on_behalf_of == CLINICS[0]
    assert registry.opened(submitted)[:2] == [
        PatientIdentity(pseudonym="A1", year_of_birth=1951), TreatmentReferences(own_reference="A1"),
    ]  # fmt: skip
    assert recorded.follow_up.contact.days_after_treatment == "30.0"
    assert recorded.follow_up.adverse_events == (done.answers[1].events[1].id,)
    assert [answer.position for answer in done.answers] == [len(registry.store.log) - 3, len(registry.store.log)]


def test_a_death_opens_no_second_adverse_event(tmp_path: Path) -> None:
    target, registry = in_memory()

    run_import(target, extract_file(tmp_path, [DEAD]), mapping_file(tmp_path))

    assert target.counts()["AdverseEventReported"] == 1
    death: Any = next(event for event in registry.store.log if isinstance(event, AdverseEvent.AdverseEventReported))
    assert death.content.death.on.days_after_treatment == "30.0"


def test_again_nothing_is_new_also_from_another_file_in_another_order(target: Target, tmp_path: Path) -> None:
    mapping = mapping_file(tmp_path)
    first = run_import(target, extract_file(tmp_path), mapping)

    again = run_import(target, extract_file(tmp_path, [DEAD + "another note", ALIVE]), mapping)

    assert first.summary.new_events == EVENTS
    assert again.summary.as_object()["repeats"] == 2
    assert again.summary.new_events == 0
    assert [a.position for a in again.answers] == [a.position for a in reversed(first.answers)]


def test_what_happened_since_is_added_to_a_known_treatment(target: Target, tmp_path: Path) -> None:
    mapping = mapping_file(tmp_path)
    run_import(target, extract_file(tmp_path, [ALIVE]), mapping)

    later = run_import(target, extract_file(tmp_path, [ALIVE.replace(",0,100.0", ",1,400.0")]), mapping)

    assert later.answers[0].outcome is Outcome.accepted
    assert dict(later.summary.counts) == {"AdverseEventReported": 1, "FollowUpRecorded": 1}


def test_changed_content_under_the_same_reference_is_refused_and_not_taken_for_a_repeat(
    target: Target, tmp_path: Path
) -> None:
    mapping = mapping_file(tmp_path)
    run_import(target, extract_file(tmp_path, [ALIVE]), mapping)

    treatment = run_import(target, extract_file(tmp_path, [ALIVE.replace("1951", "1952")]), mapping)
    follow_up = run_import(target, extract_file(tmp_path, [ALIVE.replace("100.0", "120.0")]), mapping)

    for done, rule in ((treatment, "treatment"), (follow_up, "last-contact")):
        assert done.answers[0].outcome is Outcome.refused
        assert done.summary.new_events == 0
        assert [(each.rule, "other content" in each.reason) for each in done.answers[0].refusals] == [(rule, True)]


def test_another_persons_import_of_the_same_rows_is_recognised_and_says_so(target: Target, tmp_path: Path) -> None:
    mapping, extract = mapping_file(tmp_path), extract_file(tmp_path)
    run_import(target, extract, mapping)

    again = run_import(target, extract, mapping, actor=OTHER_PERSON)

    assert [answer.outcome for answer in again.answers] == [Outcome.repeat] * 2
    assert again.summary.new_events == 0
    assert all("another person" in remark.problem for answer in again.answers for remark in answer.remarks)


@pytest.mark.parametrize("change", [("03.02.2024", "05.02.2024"), ("", "")])
def test_another_extract_with_a_reference_that_is_taken_is_refused_not_lost(
    change: tuple[str, str], target: Target, tmp_path: Path
) -> None:
    run_import(target, extract_file(tmp_path, [ALIVE]), mapping_file(tmp_path))
    other = mapping_file(
        tmp_path,
        ('name = "small"', 'name = "other"'),
        ('patient_pseudonym = { column = "id" }', 'patient_pseudonym = { text = "other {id}" }'),
    )

    done = run_import(target, extract_file(tmp_path, [ALIVE.replace(*change)]), other)

    assert done.answers[0].outcome is Outcome.refused
    assert "another treatment under this reference" in done.answers[0].refusals[0].reason
    assert done.summary.new_events == 0


def test_a_later_correction_does_not_make_a_repeat_a_refusal(tmp_path: Path) -> None:
    target, registry = in_memory()
    done = run_import(target, extract_file(tmp_path, [ALIVE]), mapping_file(tmp_path))
    treatment = done.answers[0].treatment_id
    assert treatment is not None
    _correct(registry, treatment)

    again = run_import(target, extract_file(tmp_path, [ALIVE]), mapping_file(tmp_path))

    assert again.answers[0].outcome is Outcome.repeat
    corrected = registry.store.load(Treatment, treatment)
    assert corrected is not None
    assert corrected.content.product_kind is ProductKind.other


def test_a_registrar_imports_with_the_file_as_source(tmp_path: Path) -> None:
    target, registry = in_memory()
    registrar = Actor(person=registry.appoint(Role.registrar), role=Role.registrar)

    done = run_import(target, extract_file(tmp_path), mapping_file(tmp_path), actor=registrar)

    assert done.summary.new_events == EVENTS
    assert registry.store.log[-1].context.source.channel == "file"


def test_what_lies_after_death_is_accepted_and_named(target: Target, tmp_path: Path) -> None:
    said = 'verbatim_term = "Fever"\nreporter = "clinic"\nonset_days = { column = "days", plus = 1 }'
    later = f'[[adverse_event]]\nname = "fever"\n{said}\n\n'
    mapping = mapping_file(tmp_path, ('[[adverse_event]]\nname = "death"', later + '[[adverse_event]]\nname = "death"'))

    done = run_import(target, extract_file(tmp_path), mapping)

    assert done.answers[1].outcome is Outcome.accepted
    named = [(each.rule, each.problem) for each in done.answers[1].remarks if each.field == "onset"]
    assert ("fever", "it lies on day 31.0, after the death on day 30.0") in named
    assert not [each for each in done.answers[0].remarks if each.field == "onset"]


CHANGED = {
    "death": ('verbatim_term = "Death"', 'verbatim_term = "Death of pneumonia"'),
    "graded": ('outcome = "fatal"', 'outcome = "recovered"'),
    "last-contact": ('vital_status = "alive"', ""),
}
"""What another person's mapping says otherwise: only in sealed words, in an adverse event, in a follow-up."""


@pytest.mark.parametrize(
    ("rule", "change"), [(rule.replace("graded", "death"), each) for rule, each in CHANGED.items()]
)
def test_changed_content_in_another_persons_import_is_refused_and_not_taken_for_a_repeat(
    rule: str, change: tuple[str, str], target: Target, tmp_path: Path
) -> None:
    extract = extract_file(tmp_path)
    run_import(target, extract, mapping_file(tmp_path))
    before = target.counts()

    again = run_import(target, extract, mapping_file(tmp_path, change), actor=OTHER_PERSON)

    refused = [each for answer in again.answers for each in answer.refusals]
    assert [(each.rule, "other content" in each.reason) for each in refused] == [(rule, True)]
    assert sorted(answer.outcome for answer in again.answers) == [Outcome.refused, Outcome.repeat]
    assert target.counts() == before


def test_another_persons_import_is_compared_in_a_real_store_too(fresh_database: str, tmp_path: Path) -> None:
    extract = extract_file(tmp_path)

    with stored(fresh_database) as target:
        first = run_import(target, extract, mapping_file(tmp_path))
        same = run_import(target, extract, mapping_file(tmp_path), actor=OTHER_PERSON)
        other = run_import(target, extract, mapping_file(tmp_path, CHANGED["death"]), actor=OTHER_PERSON)

    assert [answer.outcome for answer in same.answers] == [Outcome.repeat] * 2
    assert [answer.position for answer in same.answers] == [answer.position for answer in first.answers]
    assert [answer.outcome for answer in other.answers] == [Outcome.repeat, Outcome.refused]


def test_another_persons_import_is_recognised_after_a_correction(tmp_path: Path) -> None:
    target, registry = in_memory()
    done = run_import(target, extract_file(tmp_path, [ALIVE]), mapping_file(tmp_path))
    assert done.answers[0].treatment_id is not None
    _correct(registry, done.answers[0].treatment_id)

    again = run_import(target, extract_file(tmp_path, [ALIVE]), mapping_file(tmp_path), actor=OTHER_PERSON)

    assert again.answers[0].outcome is Outcome.repeat


def _correct(registry: MemoryRegistry, treatment: UUID) -> None:
    registry.do(
        CorrectTreatment(treatment_id=treatment, reason=Reason.data_entry_error, product_kind=ProductKind.other),
        Role.clinic,
        on_behalf_of=CLINICS[0],
    )


def test_every_event_of_a_command_is_counted_by_its_own_type(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    target, registry = in_memory()
    run_import(target, extract_file(tmp_path, [ALIVE]), mapping_file(tmp_path))
    _lapse(registry)
    _let_follow_ups_resume_participation(monkeypatch)
    before = target.counts()

    done = run_import(target, extract_file(tmp_path, [ALIVE.replace(",0,100.0", ",1,400.0")]), mapping_file(tmp_path))

    expected = {"AdverseEventReported": 1, "FollowUpRecorded": 1, "ParticipationResumed": 1}
    assert dict(done.summary.counts) == expected
    assert dict(target.counts() - before) == expected


def _lapse(registry: MemoryRegistry) -> None:
    clinic = registry.store.load(Clinic, CLINICS[0])
    assert clinic is not None
    opening = registry.store.log[-1]
    act = Act(recorded_at=opening.timestamp, context=dataclasses.replace(opening.context, sealed=()))
    clinic.record(
        Clinic.ParticipationLapsed, act, rule="PL-2Q", policy_version=1, due_on=day(act.recorded_at.date()),
        quarters=("2025-Q3", "2025-Q4"),
    )  # fmt: skip
    registry.put(clinic)


def _let_follow_ups_resume_participation(monkeypatch: pytest.MonkeyPatch) -> None:
    run = RecordFollowUp.run

    def resuming(command: RecordFollowUp, desk: Desk) -> Sequence[Aggregate]:
        changed = run(command, desk)
        if any(isinstance(each, Clinic) for each in changed):
            return changed
        clinic = desk.load(Clinic, CLINICS[0])
        assert clinic.data_received(desk.act(Clinic.ParticipationResumed, clinic.id), f"{command.treatment_id}/2")
        return (*changed, clinic)

    monkeypatch.setattr(RecordFollowUp, "run", resuming)
